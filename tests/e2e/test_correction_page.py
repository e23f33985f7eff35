"""Correct a transcript on the page of its job, in a real browser against the whole local stack."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.keys import Keys

from tests.e2e.browser import Browser, needs_chromium
from tests.e2e.conftest import SAMPLES, Stack

pytestmark = needs_chromium

HELLO = (SAMPLES / "hello.txt").read_text(encoding="utf-8")
FOLDER = "uploads/correction/"


def job_with_errors(stack: Stack, name: str, folder: Path) -> dict[str, Any]:
    """A job whose transcript has words that are not spoken, and an emoji."""
    text = folder / f"{name}.txt"
    text.write_text(HELLO.replace("chocolates", "😀 elephants danced wildly upstairs"), encoding="utf-8")
    stack.put(text, FOLDER + text.name)
    stack.put(SAMPLES / "hello.wav", f"{FOLDER}{name}.wav")
    return stack.settled(f"{FOLDER}{name}.wav")


@pytest.fixture(scope="module")
def wrong(stack: Stack, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """The job that no test corrects."""
    return job_with_errors(stack, "wrong", tmp_path_factory.mktemp("correction"))


@pytest.fixture
def editing(browser: Browser, wrong: dict[str, Any]) -> Iterator[Browser]:
    browser.open(f"/jobs/{wrong['job_id']}")
    browser.wait(lambda: browser.all(".word"))
    browser.one("#correct").click()
    browser.wait(lambda: browser.all(".editor"))
    yield browser
    browser.open("/health")  # the page keeps its draft when it is left
    browser.run("localStorage.clear()")


def text_of(browser: Browser) -> str:
    return str(browser.run("return document.querySelector('.editor').innerText"))


def marked(browser: Browser, name: str) -> list[str]:
    found: list[str] = browser.run(
        "return Array.from(CSS.highlights.get(`syncline-${arguments[0]}`) ?? [], (range) => range.toString())", name
    )
    return found


def select_uncertain(browser: Browser, word: str) -> None:
    """Go from one uncertain word to the next until this one is selected."""
    for _ in range(40):
        hold(browser, Keys.CONTROL, ".")
        if browser.run("return getSelection().toString()") == word:
            return
    raise AssertionError(f"“{word}” is not uncertain")


def said(browser: Browser) -> str:
    return browser.text("#correction [role=status]")


def hold(browser: Browser, modifiers: str, *keys: str) -> None:
    """Press keys while the modifiers are held."""
    chain = ActionChains(browser.driver, duration=0)
    for modifier in modifiers:
        chain.key_down(modifier)
    chain.send_keys(*keys)
    for modifier in modifiers:
        chain.key_up(modifier)
    chain.perform()


def alignment(stack: Stack, name: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(stack.read(f"results/correction/{name}/alignment.json"))
    return found


def test_uncertain_words_are_marked_and_selected_in_turn(editing: Browser) -> None:
    words = alignment(editing.stack, "wrong.wav")["words"]
    unheard = [word["word"] for word in words if word["case"] == "not-found-in-audio"]
    doubtful = [word["word"] for word in words if word["case"] == "success" and word["confidence"] < 0.6]
    assert {"danced", "wildly", "upstairs"} <= {*unheard, *doubtful}
    assert marked(editing, "unheard") == unheard
    assert marked(editing, "doubtful") == doubtful
    assert editing.focused == editing.one(".editor")
    hold(editing, Keys.CONTROL, ".")
    selected = editing.run("return getSelection().toString()")
    assert selected in unheard + doubtful
    assert f"“{selected}”" in said(editing)


def test_a_reload_loses_nothing(editing: Browser) -> None:
    hold(editing, Keys.CONTROL, Keys.END)
    editing.type(" One more.", Keys.ENTER, "A new line.")
    editing.driver.refresh()
    editing.wait(lambda: editing.all(".editor"))
    assert text_of(editing).endswith(" One more.\nA new line.")
    assert "not saved yet" in said(editing)
    # The marks are at the same words.
    assert "wildly" in marked(editing, "unheard") + marked(editing, "doubtful")

    editing.one("[data-act=discard]").click()
    editing.driver.switch_to.alert.accept()
    editing.wait(lambda: editing.all(".word"))
    assert not editing.all(".editor")


def test_a_mark_disappears_when_its_word_is_edited(editing: Browser) -> None:
    before = marked(editing, "unheard") + marked(editing, "doubtful")
    select_uncertain(editing, "wildly")
    editing.type("sweets")
    editing.wait(lambda: "Draft kept" in said(editing))
    after = marked(editing, "unheard") + marked(editing, "doubtful")
    assert sorted([*after, "wildly"]) == sorted(before)


def test_nothing_changes_without_a_change(editing: Browser) -> None:
    hold(editing, Keys.CONTROL, "s")
    editing.wait(lambda: said(editing) == "Nothing has changed.")


def test_markup_stays_text(editing: Browser) -> None:
    hold(editing, Keys.CONTROL, Keys.END)
    editing.run("""
        const data = new DataTransfer();
        data.setData("text/html", "<img src=x onerror=document.title='pwned'>pasted");
        data.setData("text/plain", "<b>pasted</b>");
        const paste = new ClipboardEvent("paste", { bubbles: true, cancelable: true, clipboardData: data });
        if (document.activeElement.dispatchEvent(paste)) document.execCommand("insertText", false, "<b>pasted</b>");
    """)
    assert text_of(editing).rstrip().endswith("<b>pasted</b>")
    assert not editing.all(".editor b, .editor img")


def test_the_text_plays_from_the_caret(editing: Browser) -> None:
    hold(editing, Keys.CONTROL, Keys.END)
    hold(editing, Keys.CONTROL, Keys.ENTER)
    editing.wait(lambda: not editing.media("paused"))
    starts = [word["start"] for word in alignment(editing.stack, "wrong.wav")["words"] if "start" in word]
    assert editing.media("currentTime") >= starts[-1] - 0.01
    hold(editing, Keys.CONTROL, Keys.ENTER)
    editing.wait(lambda: editing.media("paused"))


def test_a_correction_by_keyboard_runs_the_job_again(browser: Browser, tmp_path: Path) -> None:
    """From the list to the new times, with the keyboard only."""
    wrong = job_with_errors(browser.stack, "corrected", tmp_path)
    browser.open(f"/jobs/{wrong['job_id']}")
    browser.wait(lambda: browser.all(".word"))
    while browser.focused.get_attribute("id") != "correct":
        browser.type(Keys.TAB)
    browser.type(Keys.ENTER)
    browser.wait(lambda: browser.all(".editor"))
    for word in ("danced", "wildly", "upstairs"):
        select_uncertain(browser, word)
        browser.type(Keys.BACKSPACE)
    hold(browser, Keys.CONTROL + Keys.SHIFT, Keys.ARROW_LEFT)
    browser.type("chocolates")
    hold(browser, Keys.CONTROL, "s")
    browser.wait(lambda: "Saved." in said(browser))
    browser.wait(lambda: "chocolates" in [word.text for word in browser.all(".word.heard")], seconds=90)
    assert browser.run("return localStorage.length") == 0
    job = browser.stack.job(FOLDER + "corrected.wav")
    assert job["revision"] != wrong["revision"]
    assert browser.stack.read(FOLDER + "corrected.txt").decode() == HELLO.replace("chocolates", "😀 chocolates")
    times = {word["word"]: word.get("start") for word in alignment(browser.stack, "corrected.wav")["words"]}
    assert times["chocolates"] is not None


def test_a_correction_of_another_version_is_explained_and_can_go_on(browser: Browser, tmp_path: Path) -> None:
    for name in ("hello.txt", "hello.wav"):
        browser.stack.put(SAMPLES / name, FOLDER + name)
    first = browser.stack.settled(FOLDER + "hello.wav")
    browser.open(f"/jobs/{first['job_id']}")
    browser.wait(lambda: browser.all(".word"))
    browser.one("#correct").click()
    browser.wait(lambda: browser.all(".editor"))
    hold(browser, Keys.CONTROL, Keys.END)
    browser.type(" Mine.")

    theirs = tmp_path / "hello.txt"
    theirs.write_text(HELLO + "Theirs.\n", encoding="utf-8")
    browser.stack.put(theirs, FOLDER + "hello.txt")
    browser.wait(lambda: browser.stack.job(FOLDER + "hello.wav")["revision"] != first["revision"])
    browser.stack.settled(FOLDER + "hello.wav")
    hold(browser, Keys.CONTROL, "s")
    browser.wait(lambda: "Your text is kept" in browser.text("#correction [role=alert]"))
    assert browser.focused.text == "Show the new version"
    browser.type(Keys.ENTER)
    browser.wait(lambda: "Continue with my text" in browser.text("#earlier-draft"))
    browser.wait(lambda: "Theirs" in browser.text("#text"))
    browser.one("[data-act=continue]").click()
    browser.wait(lambda: browser.all(".editor"))
    assert text_of(browser).rstrip().endswith("Mine.")
    hold(browser, Keys.CONTROL, "s")
    browser.wait(lambda: "Saved." in said(browser))
    browser.wait(lambda: "Mine" in [word.text for word in browser.all(".word")], seconds=90)
    assert "Theirs" not in browser.stack.read(FOLDER + "hello.txt").decode()


def test_the_transcript_of_a_failed_job_can_be_corrected(browser: Browser, tmp_path: Path) -> None:
    broken = tmp_path / "broken.wav"
    broken.write_bytes(b"RIFF\x00\x00\x00\x00WAVE" + bytes(4000))
    browser.stack.put(SAMPLES / "hello.txt", FOLDER + "broken.txt")
    browser.stack.put(broken, FOLDER + "broken.wav")
    job = browser.stack.settled(FOLDER + "broken.wav", states=("FAILED",))
    browser.open(f"/jobs/{job['job_id']}")
    browser.one("#correct").click()
    browser.wait(lambda: browser.all(".editor"))
    assert text_of(browser).split() == HELLO.split()
    hold(browser, Keys.CONTROL, Keys.END)
    browser.type("More.")
    hold(browser, Keys.CONTROL, "s")
    browser.wait(lambda: browser.stack.job(FOLDER + "broken.wav")["revision"] != job["revision"])


def test_a_transcribed_text_is_the_first_transcript(browser: Browser, tmp_path: Path) -> None:
    options = tmp_path / "heard.job.json"
    options.write_text('{"mode": "transcribe"}', encoding="utf-8")
    browser.stack.put(options, FOLDER + "heard.job.json")
    browser.stack.put(SAMPLES / "hello.wav", FOLDER + "heard.wav")
    job = browser.stack.settled(FOLDER + "heard.wav")
    browser.open(f"/jobs/{job['job_id']}")
    browser.wait(lambda: browser.all(".word"))
    browser.one("#correct").click()
    browser.wait(lambda: browser.all(".editor"))
    heard = alignment(browser.stack, "heard.wav")["transcript"]
    assert text_of(browser).split() == heard.split()
    hold(browser, Keys.CONTROL, "a")
    browser.type(HELLO.strip())
    browser.one("[data-act=save]").click()
    browser.wait(lambda: "Saved." in said(browser))
    browser.wait(lambda: len(browser.all(".word.heard")) == 23, seconds=90)
    assert browser.stack.job(FOLDER + "heard.wav")["options"]["mode"] == "align"


def test_the_times_of_a_word_are_adjusted_and_confirmed_by_keyboard(browser: Browser) -> None:
    for name in ("times.txt", "times.wav"):
        browser.stack.put(SAMPLES / f"hello{Path(name).suffix}", FOLDER + name)
    job = browser.stack.settled(FOLDER + "times.wav")
    before = {word["word"]: word for word in alignment(browser.stack, "times.wav")["words"]}
    browser.open(f"/jobs/{job['job_id']}")
    browser.wait(lambda: browser.all(".word") and browser.all(".word-times"))
    browser.enter_the_text()
    browser.type(Keys.ARROW_RIGHT, "t")
    assert browser.text(".word-times strong") == "world"
    assert float(str(browser.focused.get_attribute("value"))) == pytest.approx(before["world"]["start"], abs=0.005)
    browser.type("1.9", Keys.TAB, "1.7", Keys.ENTER)
    assert "The end must be after the start" in browser.text(".word-times [role=status]")
    start, end = before["world"]["start"] + 0.05, before["world"]["end"] + 0.02
    browser.one(".word-times input").clear()
    browser.one(".word-times input").send_keys(f"{start:.2f}")
    browser.type(Keys.TAB)
    browser.type(f"{end:.2f}", Keys.ENTER)
    assert browser.focused.text == "world"
    assert "confirmed" in str(browser.focused.get_attribute("class"))

    browser.driver.refresh()  # loses nothing
    save = browser.wait(lambda: browser.one(".word-times .primary"))
    browser.wait(lambda: save.text == "Save 1 word and run again")
    assert [word.text for word in browser.all(".word.confirmed")] == ["world"]
    save.send_keys(Keys.ENTER)
    browser.wait(lambda: browser.stack.job(FOLDER + "times.wav")["revision"] != job["revision"])
    browser.stack.settled(FOLDER + "times.wav")
    browser.wait(lambda: browser.all(".word.confirmed") and not browser.one(".word-times .primary").is_displayed())
    assert [word.text for word in browser.all(".word.confirmed")] == ["world"]
    after = {word["word"]: word for word in alignment(browser.stack, "times.wav")["words"]}
    assert (after["world"]["start"], after["world"]["end"]) == (round(start, 2), round(end, 2))
    # The words far from it are as they were.
    assert after["nine"]["start"] == before["nine"]["start"]
