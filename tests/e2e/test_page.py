"""The pages in a real browser, against the whole local stack."""

from __future__ import annotations

import json
import time
import urllib.parse
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.remote.webelement import WebElement

from syncline.aws import settings
from syncline.aws.deployment import connect
from syncline.core import transitions
from syncline.local.stack import in_environment
from tests.e2e.browser import FOLDER, Browser, needs_chromium
from tests.e2e.conftest import SAMPLES, Stack

pytestmark = needs_chromium


@pytest.fixture(scope="module", autouse=True)
def jobs(stack: Stack, tmp_path_factory: pytest.TempPathFactory) -> None:
    """hello.wav twice: with translations, and with an emoji and a sentence that is not spoken."""
    folder = tmp_path_factory.mktemp("page")
    extra = folder / "extra.txt"
    hello = (SAMPLES / "hello.txt").read_text(encoding="utf-8")
    extra.write_text(
        hello.replace("Life", "😀🧑‍🚀 Life").replace(
            "The meeting", "Purple elephants danced wildly upstairs. The meeting"
        ),
        encoding="utf-8",
    )
    options = folder / "hello.job.json"
    options.write_text(json.dumps({"translate_to": ["ja"]}), encoding="utf-8")
    stack.put(options, FOLDER + "hello.job.json")
    stack.put(SAMPLES / "hello.txt", FOLDER + "hello.txt")
    stack.put(SAMPLES / "hello.wav", FOLDER + "hello.wav")
    stack.put(extra, FOLDER + "extra.txt")
    stack.put(SAMPLES / "hello.wav", FOLDER + "extra.wav")
    assert stack.settled(FOLDER + "hello.wav")["state"] == "SUCCEEDED"
    assert stack.settled(FOLDER + "extra.wav")["state"] == "SUCCEEDED"


def alignment(stack: Stack, name: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(stack.read(f"results/page/{name}/alignment.json"))
    return found


def test_pages_need_a_session(signed_out: Browser) -> None:
    signed_out.open("/jobs?state=SUCCEEDED")
    assert signed_out.text("h1") == "Sign in"
    assert "hello.wav" not in signed_out.driver.page_source

    signed_out.one("#token").send_keys("not the token", Keys.ENTER)
    signed_out.wait(lambda: "is not valid" in signed_out.text("#wrong"))

    signed_out.one("#token").send_keys(signed_out.stack.description["token"], Keys.ENTER)
    signed_out.wait(lambda: signed_out.text("h1") == "Jobs")
    assert signed_out.driver.current_url.endswith("/jobs?state=SUCCEEDED")

    signed_out.one(".top button").click()
    signed_out.wait(lambda: signed_out.text("h1") == "Sign in")
    signed_out.open("/jobs")
    assert signed_out.text("h1") == "Sign in"


def test_the_printed_address_signs_in_and_is_removed_from_the_history(browser: Browser) -> None:
    assert browser.stack.description["token"] not in browser.driver.current_url
    browser.driver.back()
    assert browser.stack.description["token"] not in browser.driver.current_url
    # Scripts cannot read the cookie.
    assert browser.run("return document.cookie") == ""


def test_a_job_opens_from_the_list(browser: Browser) -> None:
    browser.driver.find_element(By.LINK_TEXT, f"{FOLDER}hello.wav").click()
    browser.wait(lambda: len(browser.all(".word")) == 23)
    assert browser.text("h1").endswith("hello.wav")
    assert "23 of 23" in browser.text(".figures")
    assert "".join(browser.run("return document.getElementById('text').textContent").split()) == "".join(
        (SAMPLES / "hello.txt").read_text(encoding="utf-8").split()
    )


def test_a_click_on_a_word_seeks_to_it_and_highlights_it(browser: Browser) -> None:
    browser.open_job("extra.wav")
    starts = {word["word"]: word.get("start") for word in alignment(browser.stack, "extra.wav")["words"]}

    # This word follows an emoji of five code points. Offsets count code points; JavaScript counts UTF-16 units.
    browser.word("chocolates").click()
    browser.wait(lambda: browser.text(".now") == "chocolates")
    assert browser.media("currentTime") == pytest.approx(starts["chocolates"], abs=0.01)
    assert browser.run("return location.hash") == f"#t={starts['chocolates']:.2f}"

    # The text follows the recording while it is paused, too.
    browser.run("document.getElementById('media').currentTime = arguments[0]", starts["meeting"] + 0.1)
    browser.wait(lambda: browser.text(".now") == "meeting")


def test_a_click_on_an_unheard_word_does_nothing(browser: Browser) -> None:
    browser.open_job("extra.wav", "#t=2")
    browser.wait(lambda: browser.media("currentTime") == 2)
    unheard = [word.text for word in browser.all(".word.unheard")]
    cases = {word["word"]: word["case"] for word in alignment(browser.stack, "extra.wav")["words"]}
    assert "elephants" in unheard
    assert unheard == [word for word, case in cases.items() if case != "success"]

    browser.record_seeks()
    browser.word("elephants").click()
    browser.word("chocolates").click()
    browser.wait(lambda: browser.text(".now") == "chocolates")
    starts = {word["word"]: word.get("start") for word in alignment(browser.stack, "extra.wav")["words"]}
    assert browser.seeks() == [pytest.approx(starts["chocolates"], abs=0.01)]


def test_playing_highlights_one_word_after_the_other(browser: Browser) -> None:
    browser.open_job("hello.wav")
    browser.press(" ")
    seen: list[str] = []
    deadline = time.monotonic() + 15
    while time.monotonic() < deadline and len(seen) < 4:
        now = browser.run("return document.querySelector('.now')?.textContent")
        if now and now not in seen:
            seen.append(now)
    browser.press(" ")
    assert browser.media("paused")
    assert seen[:2] == ["Hello", "world"]
    assert len(seen) == 4


def test_a_link_to_a_moment_opens_there(browser: Browser) -> None:
    browser.open_job("hello.wav", "#t=7.3")
    browser.wait(lambda: browser.media("currentTime") == pytest.approx(7.3, abs=0.01))
    assert browser.wait(lambda: browser.text(".now"))


def test_search_shows_every_match_and_enter_the_next(browser: Browser) -> None:
    browser.open_job("extra.wav")
    browser.press("/")
    browser.one("#search").send_keys("YOU")
    browser.wait(lambda: browser.one("#found").get_attribute("value") == "1 of 2")
    assert [word.text.lower() for word in browser.all(".found")] == ["you", "you"]
    browser.one("#search").send_keys(Keys.ENTER)
    browser.wait(lambda: browser.one("#found").get_attribute("value") == "2 of 2")
    assert browser.text(".found.here") == "you"

    browser.one("#search").clear()
    browser.one("#search").send_keys("box  of chocolates")
    browser.wait(lambda: [word.text for word in browser.all(".found")] == ["box", "of", "chocolates"])
    browser.one("#search").send_keys("x")
    browser.wait(lambda: browser.one("#found").get_attribute("value") == "not found")


def test_the_keys(browser: Browser) -> None:
    browser.open_job("hello.wav", "#t=1")
    browser.press(Keys.ARROW_RIGHT)
    browser.wait(lambda: browser.media("currentTime") == pytest.approx(6, abs=0.05))
    browser.press(Keys.ARROW_LEFT)
    browser.wait(lambda: browser.media("currentTime") == pytest.approx(1, abs=0.05))
    browser.press("]")
    assert browser.media("playbackRate") == 1.25
    browser.press("f")
    assert not browser.one("#follow").is_selected()


def test_space_toggles_the_switch_that_has_the_focus(browser: Browser) -> None:
    browser.open_job("hello.wav")
    browser.run("document.getElementById('follow').focus()")
    browser.type(" ")
    assert not browser.one("#follow").is_selected()
    assert browser.media("paused")


def test_the_text_is_one_stop_of_the_tab_key(browser: Browser) -> None:
    browser.open_job("hello.wav")
    browser.run("document.querySelector('.keys summary').focus()")
    browser.type(Keys.TAB)
    assert browser.focused.text == "Hello"
    browser.type(Keys.TAB)
    assert browser.focused == browser.one(".files a")
    ActionChains(browser.driver).key_down(Keys.SHIFT).send_keys(Keys.TAB).key_up(Keys.SHIFT).perform()
    assert browser.focused.text == "Hello"


def test_arrows_move_from_word_to_word_without_seeking(browser: Browser) -> None:
    browser.open_job("extra.wav")
    words = [word.text for word in browser.all(".word")]
    browser.enter_the_text()
    walked = []
    for _ in words[1:]:
        browser.type(Keys.ARROW_RIGHT)
        walked.append(browser.focused.text)
    assert walked == words[1:]
    browser.type(Keys.ARROW_RIGHT)
    assert browser.focused.text == words[-1]
    browser.type(Keys.ARROW_LEFT)
    assert browser.focused.text == words[-2]
    browser.type(Keys.HOME)
    assert browser.focused.text == words[0]
    browser.type(Keys.END)
    assert browser.focused.text == words[-1]
    assert browser.media("currentTime") == 0
    assert len(browser.all("#text [tabindex]")) == len(browser.all("#text [role]")) == 1


def test_arrows_up_and_down_move_from_line_to_line(browser: Browser) -> None:
    browser.open_job("extra.wav")
    browser.enter_the_text()
    browser.type(Keys.ARROW_RIGHT)
    lines: dict[int, list[WebElement]] = {}
    for word in browser.all(".word"):
        lines.setdefault(word.rect["y"], []).append(word)
    (_, first, *_), second, *_ = lines.values()
    browser.type(Keys.ARROW_DOWN)
    assert browser.focused == min(second, key=lambda word: abs(middle(word) - middle(first)))
    browser.type(Keys.ARROW_UP)
    assert browser.focused.rect["y"] == first.rect["y"]
    browser.type(Keys.ARROW_UP)
    assert browser.focused.rect["y"] == first.rect["y"]


def middle(word: WebElement) -> float:
    return float(word.rect["x"] + word.rect["width"] / 2)


def test_arrows_follow_the_direction_of_a_right_to_left_text(browser: Browser) -> None:
    browser.open_job("hello.wav")
    browser.run("document.getElementById('text').dir = 'rtl'")
    browser.enter_the_text()
    browser.type(Keys.ARROW_LEFT)
    assert browser.focused.text == "world"


@pytest.mark.parametrize("key", [Keys.ENTER, " "])
def test_a_word_plays_by_keyboard_and_escape_returns_the_keys(key: str, browser: Browser) -> None:
    browser.open_job("hello.wav")
    starts = [word["start"] for word in alignment(browser.stack, "hello.wav")["words"]]
    browser.run("document.getElementById('media').addEventListener('seeking', (event) => { went = media.currentTime })")
    browser.enter_the_text()
    browser.type(Keys.ARROW_RIGHT, Keys.ARROW_RIGHT, key)
    browser.wait(lambda: not browser.media("paused"))
    assert browser.run("return went") == pytest.approx(starts[2], abs=0.01)
    # The focus stays on the word while playback continues.
    browser.wait(lambda: browser.media("currentTime") > starts[4])
    assert browser.focused == browser.all(".word")[2]

    browser.type(Keys.ESCAPE, " ")
    browser.wait(lambda: browser.media("paused"))
    browser.run("document.getElementById('media').currentTime = 1")
    browser.type(Keys.ARROW_RIGHT)
    browser.wait(lambda: browser.media("currentTime") == pytest.approx(6, abs=0.05))
    # Tab returns to the word at the current time.
    browser.type(Keys.TAB)
    assert browser.focused.text == [word.text for word in browser.all(".word")][sum(start <= 6 for start in starts) - 1]


def test_after_a_click_the_arrows_still_seek(browser: Browser) -> None:
    browser.open_job("hello.wav")
    for _ in range(2):  # the second time it is the word at which Tab stops
        browser.word("world").click()
    at = browser.media("currentTime")
    assert at > 0
    browser.press(Keys.ARROW_RIGHT)
    browser.wait(lambda: browser.media("currentTime") == pytest.approx(at + 5, abs=0.05))
    assert browser.one("#follow").is_selected()


def test_screen_readers_get_the_role_and_state_of_a_word(browser: Browser) -> None:
    browser.open_job("extra.wav")
    assert browser.one("#text").accessible_name == "Text"
    browser.enter_the_text()
    assert (browser.focused.aria_role, browser.focused.accessible_name) == ("button", "Hello")
    assert browser.focused.get_attribute("aria-disabled") is None
    browser.record_seeks()
    while "unheard" not in str(browser.focused.get_attribute("class")):
        browser.type(Keys.ARROW_RIGHT)
    assert browser.focused.get_attribute("aria-disabled") == "true"
    browser.type(Keys.ENTER)
    while "unheard" in str(browser.focused.get_attribute("class")):
        browser.type(Keys.ARROW_RIGHT)
    heard = browser.focused.text
    assert browser.media("paused")
    browser.type(Keys.ENTER)
    browser.wait(lambda: not browser.media("paused"))
    starts = {word["word"]: word.get("start") for word in alignment(browser.stack, "extra.wav")["words"]}
    assert browser.seeks() == [pytest.approx(starts[heard], abs=0.01)]


@pytest.mark.parametrize("height", [440, 720])  # without and with room for a player that stays
def test_the_focused_word_is_visible(height: int, browser: Browser) -> None:
    browser.open_job("hello.wav")
    size = browser.driver.get_window_size()
    browser.driver.set_window_size(500, height)
    try:
        browser.run("scrollTo(0, document.getElementById('text').getBoundingClientRect().top + scrollY - 5)")
        browser.enter_the_text()
        assert browser.run("return getComputedStyle(document.activeElement).outlineStyle") == "solid"
        script = """
            const at = document.activeElement.getBoundingClientRect();
            return document.elementFromPoint(at.x + at.width / 2, at.y + at.height / 2) === document.activeElement"""
        browser.wait(lambda: browser.run(script), seconds=5)
        covered = browser.run("return document.querySelector('.player').getBoundingClientRect().bottom / innerHeight")
        assert covered < 0.5
    finally:
        browser.driver.set_window_size(size["width"], size["height"])


def test_scrolling_by_hand_switches_follow_off(browser: Browser) -> None:
    browser.open_job("hello.wav")
    assert browser.one("#follow").is_selected()
    browser.run("document.body.dispatchEvent(new WheelEvent('wheel', {deltaY: 100, bubbles: true}))")
    assert not browser.one("#follow").is_selected()


def test_doubtful_words_are_marked(browser: Browser) -> None:
    browser.open_job("extra.wav")
    doubtful = [
        word["word"]
        for word in alignment(browser.stack, "extra.wav")["words"]
        if word["case"] == "success" and word["confidence"] < 0.6
    ]
    assert [word.text for word in browser.all(".doubtful")] == doubtful
    assert browser.one("#doubtful").is_displayed() == bool(doubtful)


def test_a_translation_is_shown_under_its_sentences(browser: Browser) -> None:
    browser.open_job("hello.wav")
    browser.one("#language option[value=ja]").click()
    browser.wait(lambda: len(browser.all(".translation")) == 4)
    shown = browser.all(".translation")
    assert [line.text for line in shown][1] == "人生はチョコレートの箱のようなものだ。"
    assert {line.get_attribute("lang") for line in shown} == {"ja"}
    browser.one("#language option[value='']").click()
    browser.wait(lambda: not browser.all(".translation"))


def test_files_can_be_saved(browser: Browser) -> None:
    browser.open_job("hello.wav")
    links = {link.text: link.get_attribute("href") for link in browser.all(".files a")}
    assert {"alignment.json", "captions.en.srt", "captions.ja.vtt", "translation.ja.json"} <= set(links)
    text = browser.driver.execute_async_script(
        "fetch(arguments[0]).then((a) => a.text()).then(arguments[1])", links["captions.en.srt"]
    )
    assert text == browser.stack.read("results/page/hello.wav/captions.en.srt").decode()


def test_the_page_of_a_waiting_job_updates_itself(browser: Browser) -> None:
    browser.stack.put(SAMPLES / "hello.wav", FOLDER + "late.wav")
    job = browser.stack.settled(FOLDER + "late.wav", states=("WAITING",))
    browser.open(f"/jobs/{job['job_id']}")
    assert "waits for the transcript" in browser.text("main")

    browser.stack.put(SAMPLES / "hello.txt", FOLDER + "late.txt")
    browser.wait(lambda: len(browser.all(".word")) == 23, seconds=60)
    assert "Succeeded" in browser.text(".pill")


def test_progress_is_shown_without_a_reload(browser: Browser) -> None:
    browser.stack.put(SAMPLES / "hello.wav", FOLDER + "slow.wav")
    waiting = browser.stack.settled(FOLDER + "slow.wav", states=("WAITING",))
    with in_environment(browser.stack.description["env"]):
        store = connect(settings.read(browser.stack.description["env"])).store
    now = datetime.now(UTC)
    job = store.get(waiting["job_id"])
    assert job is not None
    started = transitions.started(job, owner="test", lease_seconds=600, now=now)
    running = store.put(transitions.progressed(started, stage="align", progress=0.25, now=now))
    browser.open(f"/jobs/{job.job_id}")
    assert browser.text("#standing").startswith("Align")
    browser.run("window.sameDocument = true")
    store.put(transitions.progressed(running, stage="translate", progress=0.75, now=now))
    browser.wait(lambda: browser.text("#standing").startswith("Translate"))
    assert browser.run("return document.getElementById('progress').value") == 0.75
    assert browser.run("return window.sameDocument")


def test_a_failure_shows_its_hint_and_can_be_retried(browser: Browser, tmp_path: Path) -> None:
    broken = tmp_path / "broken.wav"
    broken.write_bytes(b"RIFF\x00\x00\x00\x00WAVE" + bytes(4000))
    browser.stack.put(SAMPLES / "hello.txt", FOLDER + "broken.txt")
    browser.stack.put(broken, FOLDER + "broken.wav")
    job = browser.stack.settled(FOLDER + "broken.wav", states=("FAILED", "REJECTED"))
    browser.open(f"/jobs/{job['job_id']}")
    assert job["error"]["message"] in browser.text("div.problem")
    assert job["error"]["hint"] in browser.text("div.problem")

    browser.one("#retry").click()
    browser.wait(lambda: browser.stack.job(FOLDER + "broken.wav")["updated_at"] > job["updated_at"])
    browser.wait(lambda: browser.one("#retry").is_enabled() and browser.all("div.problem"), seconds=60)


def test_markup_in_a_name_is_shown_as_text(browser: Browser) -> None:
    name = "<img src=x onerror=document.title='pwned'>&quot;.wav"
    browser.stack.put(SAMPLES / "hello.wav", FOLDER + name)
    job = browser.stack.settled(FOLDER + name, states=("WAITING",))
    browser.open("/jobs?state=WAITING")
    assert browser.driver.find_element(By.LINK_TEXT, FOLDER + name)
    browser.open(f"/jobs?key={urllib.parse.quote(job['recording_key'])}")
    assert browser.text("h1").endswith(name.rpartition("/")[2])
    assert "pwned" not in browser.run("return document.title").split("'")[0]
    assert not browser.all("main img")


def test_the_list_updates_itself(browser: Browser) -> None:
    browser.open("/jobs?state=WAITING")
    browser.stack.put(SAMPLES / "hello.wav", FOLDER + "another.wav")
    browser.wait(lambda: browser.driver.find_elements(By.LINK_TEXT, f"{FOLDER}another.wav"), seconds=30)


def test_the_word_at_a_time_is_found_in_a_long_recording(browser: Browser) -> None:
    """The binary search gives the same answers as a linear search."""
    browser.open("/jobs")
    wrong = browser.driver.execute_async_script(
        """
        const done = arguments[0];
        const module = document.querySelector('script[type=module]').src.replace('jobs.js', 'text.js');
        import(module).then(({ Text }) => {
          const word = (i) => ({ case: 'success', word: 'w', start: i * 0.4, end: i * 0.4 + 0.3,
            startOffset: 2 * i, endOffset: 2 * i + 1 });
          const words = Array.from({ length: 27000 }, (_, i) => word(i));
          const text = new Text({ transcript: 'w '.repeat(27000), words });
          let wrong = 0;
          for (let i = 0; i < 500; i++) {
            const t = (i * 7919.37) % 10900;
            const found = words.find((word) => word.start <= t && t < word.end) ?? null;
            if (text.at(t) !== found) wrong++;
          }
          done([wrong, text.paragraphs().length, text.search('w w').length]);
        });
        """
    )
    assert wrong == [0, 1, 13500]
