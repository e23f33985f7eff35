"""`make pictures`: screenshots for the documentation, of the samples in a local stack."""

from __future__ import annotations

from pathlib import Path

from selenium import webdriver

from tests.e2e.browser import FOLDER, Browser, chromium
from tests.e2e.conftest import SAMPLES, Stack, start_local, stop_local

IMAGES = Path(__file__).parents[2] / "docs" / "images"
RECORDINGS = ("voicemail.wav", "invoice.m4a", "recipe.flac", "bird-walk.mp4", "museum-tour.mp3", "hello.wav")


def take(stack: Stack, driver: webdriver.Chrome) -> None:
    for name in RECORDINGS:
        for path in sorted(SAMPLES.glob(f"{Path(name).stem}.*")):
            if not path.name.endswith((".truth.json", name)):
                stack.drop(path, FOLDER + path.name)
        stack.drop(SAMPLES / name, FOLDER + name)
        stack.settled(FOLDER + name)
    stack.drop(SAMPLES / "lighthouse.opus", FOLDER + "lighthouse.opus")
    stack.settled(FOLDER + "lighthouse.opus", states=("WAITING",))
    browser = Browser(driver, stack)
    driver.get(stack.description["page"])
    browser.wait(lambda: browser.text("h1") == "Jobs")
    driver.save_screenshot(IMAGES / "jobs.png")
    browser.open_job("museum-tour.mp3")
    browser.word("window").click()
    browser.wait(lambda: browser.text(".now") == "window")
    browser.run("scrollTo(0, 0)")
    driver.save_screenshot(IMAGES / "job.png")


if __name__ == "__main__":
    running = start_local("--workers", "1")
    try:
        with chromium() as started:
            take(running, started)
    finally:
        stop_local(running)
