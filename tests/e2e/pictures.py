"""`make pictures`: screenshots for the documentation, of the samples in a local stack."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory

from selenium import webdriver

from tests.e2e.browser import FOLDER, Browser, chromium
from tests.e2e.conftest import SAMPLES, Stack, start_local, stop_local

IMAGES = Path(__file__).parents[2] / "docs" / "images"
RECORDINGS = ("voicemail.wav", "invoice.m4a", "recipe.flac", "bird-walk.mp4", "museum-tour.mp3", "hello.wav")


# A copy of the museum tour whose transcript has words that are not spoken.
DRAFT = "museum-tour-draft.mp3"
WRONG = (("farmers", "forty astronauts"), ("window", "chandelier"))


def drop_samples(stack: Stack) -> None:
    for name in RECORDINGS:
        for path in sorted(SAMPLES.glob(f"{Path(name).stem}.*")):
            if not path.name.endswith((".truth.json", name)):
                stack.put(path, FOLDER + path.name)
        stack.put(SAMPLES / name, FOLDER + name)
        stack.settled(FOLDER + name)
    stack.put(SAMPLES / "lighthouse.opus", FOLDER + "lighthouse.opus")
    stack.settled(FOLDER + "lighthouse.opus", states=("WAITING",))


def drop_draft(stack: Stack, folder: Path) -> None:
    text = (SAMPLES / "museum-tour.txt").read_text(encoding="utf-8")
    for right, wrong in WRONG:
        text = text.replace(right, wrong, 1)
    transcript = folder / "museum-tour-draft.txt"
    transcript.write_text(text, encoding="utf-8")
    stack.put(transcript, FOLDER + transcript.name)
    stack.put(SAMPLES / "museum-tour.mp3", FOLDER + DRAFT)
    stack.settled(FOLDER + DRAFT)


def take_jobs(browser: Browser, folder: Path) -> None:
    browser.driver.get(browser.stack.description["page"])
    browser.wait(lambda: browser.text("h1") == "Jobs")
    browser.driver.save_screenshot(IMAGES / "jobs.png")
    (folder / "minutes.txt").write_bytes("Überblick".encode("utf-16"))
    (folder / "minutes.mp3").write_bytes((SAMPLES / "museum-tour.mp3").read_bytes())
    files = (SAMPLES / "recipe.flac", SAMPLES / "recipe.txt", folder / "minutes.mp3", folder / "minutes.txt")
    browser.one("#upload summary").click()
    browser.one("#files").send_keys("\n".join(map(str, files)))
    browser.wait(lambda: browser.all(".set[data-state=ready]") and browser.all(".set[data-state=refused]"))
    browser.driver.save_screenshot(IMAGES / "upload.png")


def take_job(browser: Browser) -> None:
    browser.open_job("museum-tour.mp3")
    browser.word("window").click()
    browser.wait(lambda: browser.text(".now") == "window")
    browser.run("scrollTo(0, 0)")
    browser.driver.save_screenshot(IMAGES / "job.png")


def take_correction(browser: Browser) -> None:
    browser.open_job(DRAFT)
    browser.one("#correct").click()
    browser.wait(lambda: browser.all(".editor"))
    browser.one("[data-act=next]").click()
    browser.driver.save_screenshot(IMAGES / "correction.png")


def take(stack: Stack, driver: webdriver.Chrome) -> None:
    drop_samples(stack)
    browser = Browser(driver, stack)
    with TemporaryDirectory() as folder:
        drop_draft(stack, Path(folder))
        take_jobs(browser, Path(folder))
    take_job(browser)
    take_correction(browser)


if __name__ == "__main__":
    running = start_local("--workers", "1")
    try:
        with chromium() as started:
            take(running, started)
    finally:
        stop_local(running)
