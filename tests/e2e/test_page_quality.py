"""Accessibility, small screens, dark mode, weight and long texts of the pages, in a real browser."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from selenium.webdriver.common.by import By

from tests.e2e.browser import Browser, needs_chromium
from tests.e2e.conftest import SAMPLES, Stack
from tests.e2e.long_text import WORDS, long_alignment

AXE = next(iter(sorted((Path(__file__).parents[2] / "build/axe").glob("axe-*.min.js"))), None)
MARKUP = "<img src=x onerror=\"document.title='pwned'\">"
MAX_FIRST_LOAD = 150_000  # bytes as they are sent
FOLDER = "uploads/quality/"
PHONE, DESKTOP = (390, 800), (1100, 800)

pytestmark = needs_chromium


@pytest.fixture(scope="module")
def jobs(stack: Stack, tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, Any]]:
    """A text with unheard words and a translation, one of 30,000 words, one that waits, one that failed, a video."""
    folder = tmp_path_factory.mktemp("quality")
    text = (
        (SAMPLES / "hello.txt").read_text(encoding="utf-8").replace("chocolates", f"elephants danced {MARKUP} wildly")
    )
    (folder / "talk.txt").write_text(text, encoding="utf-8")
    options = {"translate_to": ["ar"], "metadata": {"course": MARKUP}}
    (folder / "talk.job.json").write_text(json.dumps(options), encoding="utf-8")
    (folder / "broken.wav").write_bytes(b"RIFF\x00\x00\x00\x00WAVE" + bytes(4000))
    (folder / "long.json").write_text(json.dumps(long_alignment()), encoding="utf-8")
    for name in ("talk.txt", "talk.job.json"):
        stack.put(folder / name, FOLDER + name)
    stack.put(SAMPLES / "hello.wav", FOLDER + "talk.wav")
    for stem in ("long", "broken"):
        stack.put(SAMPLES / "hello.txt", f"{FOLDER}{stem}.txt")
    stack.put(SAMPLES / "hello.wav", FOLDER + "long.wav")
    stack.put(folder / "broken.wav", FOLDER + "broken.wav")
    stack.put(SAMPLES / "hello.wav", FOLDER + "waiting.wav")
    (folder / "video.job.json").write_text('{"storyboard": true}', encoding="utf-8")
    stack.put(folder / "video.job.json", FOLDER + "video.job.json")
    stack.put(SAMPLES / "bird-walk.txt", FOLDER + "video.txt")
    stack.put(SAMPLES / "bird-walk.mp4", FOLDER + "video.mp4")
    found = {stem: stack.settled(f"{FOLDER}{stem}.wav") for stem in ("talk", "long", "broken")}
    found["video"] = stack.settled(FOLDER + "video.mp4")
    stack.put(folder / "long.json", "results/quality/long.wav/alignment.json")
    return found | {"waiting": stack.settled(FOLDER + "waiting.wav", states=("WAITING",))}


@contextmanager
def screen(browser: Browser, size: tuple[int, int], *, dark: bool) -> Iterator[None]:
    before = browser.driver.get_window_size()
    scheme = [{"name": "prefers-color-scheme", "value": "dark" if dark else "light"}]
    browser.driver.set_window_size(*size)
    browser.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": scheme})
    try:
        yield
    finally:
        browser.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": []})
        browser.driver.set_window_size(before["width"], before["height"])


def open_text(browser: Browser, job: dict[str, Any]) -> None:
    browser.open(f"/jobs/{job['job_id']}")
    browser.wait(lambda: browser.all(".word"))


def views(browser: Browser, jobs: dict[str, dict[str, Any]], folder: Path) -> Iterator[str]:
    """Open the pages in the states that people see; each is checked before the next is opened."""
    browser.open("/jobs")
    browser.run("document.getElementById('upload').open = document.querySelector('.targets').open = true")
    (folder / "notes.docx").write_bytes(b"PK")
    (folder / "good.wav").write_bytes((SAMPLES / "hello.wav").read_bytes())
    browser.one("#files").send_keys(f"{folder / 'notes.docx'}\n{folder / 'good.wav'}")
    browser.wait(lambda: browser.all(".set[data-state=refused]") and browser.all(".set[data-state=ready]"))
    yield "list and upload"
    open_text(browser, jobs["talk"])
    browser.one("#language option[value=ar]").click()
    browser.wait(lambda: browser.all(".translation"))
    browser.word("world").click()
    browser.driver.find_element(By.XPATH, "//button[text()='Adjust times']").click()
    yield "text, translation and word times"
    browser.one("#correct").click()
    browser.wait(lambda: browser.all(".editor"))
    yield "correction"
    open_text(browser, jobs["video"])
    browser.wait(lambda: browser.all(".frame") and browser.all(".waveform canvas"))
    yield "video"
    for name in ("broken", "waiting"):
        browser.open(f"/jobs/{jobs[name]['job_id']}")
        yield name
    browser.open("/nowhere")
    yield "problem"
    browser.open("/sign-in")
    yield "sign in"


@pytest.mark.skipif(AXE is None, reason="axe-core is not there; scripts/setup_axe.sh gets it from npm")
@pytest.mark.parametrize(("size", "dark"), [(DESKTOP, False), (PHONE, True)], ids=["desktop, light", "phone, dark"])
def test_axe_finds_nothing_serious(
    size: tuple[int, int], dark: bool, browser: Browser, jobs: dict[str, dict[str, Any]], tmp_path: Path
) -> None:
    assert AXE is not None
    script = AXE.read_text(encoding="utf-8")
    with screen(browser, size, dark=dark):
        for view in views(browser, jobs, tmp_path):
            browser.run(script)
            found = browser.driver.execute_async_script(
                "axe.run(document, { resultTypes: ['violations'] }).then(arguments[0])"
            )
            serious = [each for each in found["violations"] if each["impact"] in ("serious", "critical")]
            assert not serious, (view, [(each["id"], each["nodes"][0]["html"]) for each in serious])


def test_pages_fit_a_phone(browser: Browser, jobs: dict[str, dict[str, Any]], tmp_path: Path) -> None:
    with screen(browser, PHONE, dark=False):
        for view in views(browser, jobs, tmp_path):
            assert browser.run("return document.documentElement.scrollWidth - innerWidth") <= 0, view


def test_hostile_texts_do_nothing(browser: Browser, jobs: dict[str, dict[str, Any]]) -> None:
    browser.open("/jobs?prefix=uploads/quality/")
    assert MARKUP in browser.text(".tags")
    open_text(browser, jobs["talk"])
    browser.one("#language option[value=ar]").click()
    browser.wait(lambda: browser.all(".translation"))
    assert MARKUP in browser.run("return document.getElementById('text').textContent")
    browser.one("#correct").click()
    browser.wait(lambda: browser.all(".editor"))
    assert MARKUP in browser.text(".editor")
    assert not browser.all("main img")
    assert "pwned" not in browser.run("return document.title")


def test_dark_mode_is_dark(browser: Browser) -> None:
    paper = "return getComputedStyle(document.documentElement).backgroundColor.match(/\\d+/g).map(Number)"
    with screen(browser, DESKTOP, dark=True):
        assert max(browser.run(paper)) < 60
    assert min(browser.run(paper)) > 200


def test_the_first_load_is_light(browser: Browser, jobs: dict[str, dict[str, Any]]) -> None:
    """Everything that the list and a job's page load from the status URL, the editor included, with an empty cache."""
    browser.driver.execute_cdp_cmd("Network.clearBrowserCache", {})
    sent = 0
    for address in ("/jobs", f"/jobs/{jobs['talk']['job_id']}"):
        browser.open(address)
        if browser.all("#correct"):
            browser.one("#correct").click()
            browser.wait(lambda: browser.all(".editor"))
        entries = browser.run("""
            const own = (entry) => entry.name.startsWith(location.origin) && !entry.name.includes("/results/");
            return [...performance.getEntriesByType("navigation"), ...performance.getEntriesByType("resource")]
              .filter((entry) => own(entry) && !/recording|transcript/.test(entry.name))
              .map(({ name, encodedBodySize, decodedBodySize }) => ({ name, encodedBodySize, decodedBodySize }))
        """)
        scripts = [entry for entry in entries if entry["name"].endswith(".js")]
        assert len(scripts) > 3
        assert all(entry["encodedBodySize"] < entry["decodedBodySize"] for entry in scripts)
        sent += sum(entry["encodedBodySize"] for entry in entries)
    assert 5_000 < sent < MAX_FIRST_LOAD


def test_a_long_text_is_laid_out_only_where_it_is_visible(browser: Browser, jobs: dict[str, dict[str, Any]]) -> None:
    open_text(browser, jobs["long"])
    assert len(browser.run("return Array.from(document.querySelectorAll('.word'), () => 1)")) == WORDS
    # A paragraph is laid out when it comes near the screen.
    paragraphs, near = browser.run("""
        const all = [...document.querySelectorAll(".paragraph > :first-child")];
        return [all.length, all.filter((each) => each.checkVisibility({ contentVisibilityAuto: true })).length]""")
    assert paragraphs > 200
    assert 0 < near < paragraphs / 4
    browser.one("#correct").click()
    browser.wait(lambda: browser.all(".editor"))
    assert browser.run("return getComputedStyle(document.querySelector('.line')).contentVisibility") == "auto"
