"""The waveform, the frames and the captions of a video on its job's page, in a real browser."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.keys import Keys

from tests.e2e.browser import FOLDER, Browser, needs_chromium
from tests.e2e.conftest import SAMPLES, Stack

pytestmark = needs_chromium
RESULTS = "results/page/walk.mp4/"
CANVAS = ".waveform canvas"


@pytest.fixture(scope="module", autouse=True)
def job(stack: Stack, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """A video with a storyboard and a translation. One of its words is made doubtful afterwards."""
    folder = tmp_path_factory.mktemp("media-page")
    options = folder / "walk.job.json"
    options.write_text(json.dumps({"storyboard": True, "translate_to": ["ja"]}), encoding="utf-8")
    stack.put(options, FOLDER + "walk.job.json")
    stack.put(SAMPLES / "bird-walk.txt", FOLDER + "walk.txt")
    stack.put(SAMPLES / "bird-walk.mp4", FOLDER + "walk.mp4")
    settled = stack.settled(FOLDER + "walk.mp4")
    assert settled["state"] == "SUCCEEDED", settled
    aligned = json.loads(stack.read(RESULTS + "alignment.json"))
    for word in aligned["words"]:
        word["confidence"] = 1.0
    doubtful_word(aligned)["confidence"] = 0.2
    changed = folder / "alignment.json"
    changed.write_text(json.dumps(aligned), encoding="utf-8")
    stack.put(changed, RESULTS + "alignment.json")
    return settled


@pytest.fixture
def page(browser: Browser) -> Browser:
    browser.open_job("walk.mp4")
    browser.wait(lambda: browser.all(CANVAS))
    return browser


@pytest.fixture(scope="module")
def aligned(stack: Stack, job: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(stack.read(RESULTS + "alignment.json"))
    return found


def doubtful_word(aligned: dict[str, Any]) -> dict[str, Any]:
    heard: list[dict[str, Any]] = [word for word in aligned["words"] if word["case"] == "success"]
    return heard[20]


def click_at(page: Browser, share: float) -> float:
    """Click on the waveform, at this share of its width -> the time that the page went to."""
    canvas = page.one(CANVAS)
    offset = (share - 0.5) * canvas.size["width"]
    ActionChains(page.driver, duration=0).move_to_element_with_offset(canvas, round(offset), 0).click().perform()
    return float(page.wait(lambda: page.media("currentTime")))


def edge_times(page: Browser) -> tuple[float, float]:
    """What the left and the right end of the waveform stand for."""
    script = """
      const box = arguments[0].getBoundingClientRect(), times = [];
      const reader = (event) => times.push(event);
      for (const x of [box.left, box.right]) {
        arguments[0].dispatchEvent(new PointerEvent('pointerdown', { clientX: x, pointerId: 1 }));
        arguments[0].dispatchEvent(new PointerEvent('pointerup', { clientX: x, pointerId: 1 }));
        times.push(media.currentTime);
      }
      return times;"""
    page.run("HTMLElement.prototype.setPointerCapture = () => {}")  # pointer 1 is not a real one
    first, second = page.run(script, page.one(CANVAS))
    return first, second


def colour_at(page: Browser, seconds: float, span: tuple[float, float], height: float) -> list[int]:
    """The colour of the waveform's picture at a time and a share of its height, where `span` is visible."""
    share = (seconds - span[0]) / (span[1] - span[0])
    script = """
      const [canvas, x, y] = arguments;
      const [left, top] = [Math.floor(x * canvas.width), Math.floor(y * canvas.height)];
      const copy = Object.assign(document.createElement('canvas'), { width: 1, height: 1 });
      const pen = copy.getContext('2d', { willReadFrequently: true });
      pen.drawImage(canvas, left, top, 1, 1, 0, 0, 1, 1);
      return [...pen.getImageData(0, 0, 1, 1).data];"""
    found: list[int] = page.run(script, page.one(CANVAS), share, height)
    return found


def colour_named(page: Browser, name: str) -> list[int]:
    text = page.run("return getComputedStyle(document.body).getPropertyValue(arguments[0])", name)
    return [int(text.strip()[at : at + 2], 16) for at in (1, 3, 5)] + [255]


def show_whole(page: Browser) -> None:
    page.one("[aria-label='Show the whole recording']").click()


# --- the waveform ----------------------------------------------------------------------------------------------


def test_the_waveform_is_drawn_without_decoding_in_the_browser(page: Browser) -> None:
    page.wait(lambda: sum(colour_at(page, 12.0, (0, 24), 0.48)) > 0)
    fetched = page.run(
        "return performance.getEntriesByType('resource')"
        ".filter((each) => each.initiatorType === 'fetch').map((each) => each.name)"
    )
    assert any("waveform.dat" in name for name in fetched)
    assert not any(name.endswith("/recording") for name in fetched)


def test_a_click_goes_to_the_moment_at_any_zoom(page: Browser, aligned: dict[str, Any]) -> None:
    seconds = aligned["syncline"]["audio_seconds"]
    show_whole(page)
    assert click_at(page, 0.5) == pytest.approx(seconds / 2, abs=0.1)
    page.one("[aria-label='Zoom in']").click()
    first, second = edge_times(page)
    assert second - first == pytest.approx(seconds / 2, abs=0.1)
    for _ in range(9):
        page.one("[aria-label='Zoom in']").click()
    first, second = edge_times(page)
    assert second - first == pytest.approx(2.0, abs=0.05)
    show_whole(page)
    assert edge_times(page) == (0.0, pytest.approx(seconds, abs=0.1))


def test_dragging_moves_through_the_recording(page: Browser) -> None:
    show_whole(page)
    page.record_seeks()
    canvas = page.one(CANVAS)
    drag = ActionChains(page.driver, duration=20).move_to_element(canvas).click_and_hold()
    for _ in range(5):
        drag = drag.move_by_offset(20, 0)
    drag.release().perform()
    page.wait(lambda: len(page.seeks()) >= 3)
    assert page.seeks() == sorted(page.seeks())


def test_the_keyboard_moves_in_the_waveform(page: Browser) -> None:
    page.run("document.querySelector(arguments[0]).focus()", CANVAS)
    page.type(Keys.ARROW_RIGHT, Keys.ARROW_RIGHT)
    page.wait(lambda: page.media("currentTime") == pytest.approx(2.0, abs=0.01))
    page.type(Keys.ARROW_LEFT)
    page.wait(lambda: page.media("currentTime") == pytest.approx(1.0, abs=0.01))
    said = [page.one(CANVAS).get_attribute(name) for name in ("role", "aria-valuenow", "aria-valuetext")]
    assert said[:2] == ["slider", "1"] and said[2].startswith("0:01 of 0:")
    page.type(Keys.END)
    page.wait(lambda: page.media("currentTime") > 20)
    page.type("+")
    first, second = edge_times(page)
    assert second - first < 24
    page.type(Keys.SPACE)
    page.wait(lambda: not page.media("paused") or page.media("ended"))


def test_the_current_word_and_doubtful_words_are_marked(page: Browser, aligned: dict[str, Any]) -> None:
    show_whole(page)
    span = (0.0, aligned["syncline"]["audio_seconds"])
    word = doubtful_word(aligned)
    middle = (word["start"] + word["end"]) / 2
    assert page.wait(lambda: colour_at(page, middle, span, 0.98) == colour_named(page, "--still"))
    other = next(each for each in aligned["words"] if each["case"] == "success" and each is not word)
    assert colour_at(page, (other["start"] + other["end"]) / 2, span, 0.98)[3] == 0
    page.run("media.currentTime = arguments[0]", other["start"] + 0.01)
    late = other["end"] - 0.02
    page.wait(lambda: colour_at(page, late, span, 0.02) == colour_named(page, "--glow"))


def test_a_job_of_an_earlier_version_has_no_waveform(page: Browser) -> None:
    """A result that cannot be loaded counts as well: the panel removes only itself."""
    place = {"Bucket": page.stack.description["bucket"], "Key": RESULTS + "waveform.dat"}
    waveform = page.stack.read(place["Key"])
    page.stack.s3.delete_object(**place)
    page.driver.execute_cdp_cmd("Network.clearBrowserCache", {})  # the file was loaded a moment ago
    try:
        page.open_job("walk.mp4")
        page.wait(lambda: page.all(".frame"))
        page.wait(lambda: not page.all(".waveform"))
        assert page.all(".timeline")
    finally:
        page.stack.s3.put_object(**place, Body=waveform)
        page.driver.get_log("browser")  # the refused request, and the message about it


def test_peaks_of_hours_are_exact_and_cheap_at_any_zoom(page: Browser) -> None:
    """Twelve hours with one loud point. Each column of each view is as loud as the points in it."""
    script = """
      const done = arguments[arguments.length - 1];
      import(arguments[0]).then(({ Peaks }) => {
        const points = 12 * 3600 * 50, body = new ArrayBuffer(24 + 2 * points), header = new DataView(body);
        [2, 1, 16000, 320, points, 1].forEach((value, index) => header.setInt32(4 * index, value, true));
        new Int8Array(body, 24)[2 * 1234567 + 1] = 99; // at 24691.34 s
        const peaks = new Peaks(body), columns = 1000;
        const found = [2, 30, 3600, 12 * 3600].map((span) => {
          const from = Math.min(24691.35 - span / 3, 12 * 3600 - span);
          const loud = [];
          for (let x = 0; x < columns; x++)
            if (peaks.between(from + (x * span) / columns, from + ((x + 1) * span) / columns)[1] === 99) loud.push(x);
          const at = ((24691.35 - from) / span) * columns;
          return [loud[0] <= at, loud.at(-1) >= at - 1, loud.length];
        });
        done([peaks.seconds, peaks.loudest, found]);
      });"""
    edition = re.search(r"/static/(\w+)/", page.driver.page_source)
    assert edition
    seconds, loudest, views = page.driver.execute_async_script(script, f"/static/{edition[1]}/peaks.js")
    assert (seconds, loudest) == (12 * 3600, 99)
    assert all(begins and ends for begins, ends, _ in views)
    assert [columns for *_, columns in views][1:] == [pytest.approx(1, abs=1)] * 3


# --- frames ----------------------------------------------------------------------------------------------------


def test_every_sentence_has_its_frame(page: Browser, aligned: dict[str, Any]) -> None:
    page.wait(lambda: page.all(".frame"))
    sentences = [each["id"] for each in aligned["syncline"]["sentences"] if each["start"] is not None]
    shown = page.run("return [...document.querySelectorAll('.sentence .frame')].map((each) => each.dataset.frame)")
    assert shown == [str(each) for each in sentences]
    assert page.one(".frame").size == {"width": 160, "height": 90}
    page.all(".frame")[2].click()
    third = aligned["syncline"]["sentences"][2]["start"]
    page.wait(lambda: page.media("currentTime") == pytest.approx(third, abs=0.01))
    page.wait(lambda: sheet_loads(page))
    assert len(sheet_loads(page)) == 1, "a sheet is loaded once for all its frames"


def sheet_loads(page: Browser) -> list[str]:
    loads: list[str] = page.run(
        "return performance.getEntriesByType('resource').filter((each) => each.name.includes('storyboard-1.jpg')"
        " && each.responseEnd).map((each) => each.name)"
    )
    return loads


def test_frames_can_be_hidden(page: Browser) -> None:
    page.wait(lambda: page.one(".frame").is_displayed())
    page.one(".frames-switch input").click()
    assert not page.one(".frame").is_displayed()


@pytest.mark.parametrize("line", [".timeline", CANVAS])
def test_the_pointer_on_the_timeline_shows_a_frame(page: Browser, aligned: dict[str, Any], line: str) -> None:
    page.wait(lambda: page.all(".preview"))
    assert not page.one(".preview").is_displayed()
    show_whole(page)
    sentence = aligned["syncline"]["sentences"][3]
    canvas = page.one(line)
    share = (sentence["start"] + 0.3) / aligned["syncline"]["audio_seconds"] - 0.5
    ActionChains(page.driver, duration=0).move_to_element_with_offset(
        canvas, round(share * canvas.size["width"]), 0
    ).perform()
    page.wait(lambda: page.one(".preview").is_displayed())
    assert page.one(".preview .picture").get_attribute("data-frame") == str(sentence["id"])
    ActionChains(page.driver, duration=0).move_to_element(page.one("h1")).perform()
    page.wait(lambda: not page.one(".preview").is_displayed())


# --- captions --------------------------------------------------------------------------------------------------


def test_the_video_has_a_caption_track_for_each_language(page: Browser) -> None:
    tracks = page.wait(
        lambda: page.run("return [...media.textTracks].map((track) => [track.kind, track.label, track.language])")
    )
    assert sorted(tracks) == [["captions", "English", "en"], ["subtitles", "Japanese", "ja"]]
    for language in ("en", "ja"):
        page.run(
            "for (const track of media.textTracks)"
            " track.mode = track.language === arguments[0] ? 'showing' : 'disabled'",
            language,
        )
        cues = page.wait(lambda language=language: shown_cues(page, language))
        assert cues == cues_in(page.stack.read(f"{RESULTS}captions.{language}.vtt").decode())


def shown_cues(page: Browser, language: str) -> list[list[Any]]:
    script = """
      const track = [...media.textTracks].find((each) => each.language === arguments[0]);
      return [...track.cues ?? []].map((cue) => [cue.startTime, cue.endTime, cue.text]);"""
    found: list[list[Any]] = page.run(script, language)
    return found


def cues_in(file: str) -> list[list[Any]]:
    def seconds(time: str) -> float:
        hours, minutes, rest = time.split(":")
        return int(hours) * 3600 + int(minutes) * 60 + float(rest)

    cues = []
    for block in file.strip().split("\n\n")[1:]:
        _, times, text = block.split("\n", 2)
        begin, end = times.split(" --> ")
        cues.append([pytest.approx(seconds(begin)), pytest.approx(seconds(end)), text])
    return cues
