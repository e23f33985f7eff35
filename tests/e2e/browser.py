"""A real browser on the pages of a local stack."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pytest
from selenium import webdriver
from selenium.common.exceptions import NoSuchElementException, StaleElementReferenceException
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.remote.webelement import WebElement
from selenium.webdriver.support.ui import WebDriverWait

if TYPE_CHECKING:
    from tests.e2e.conftest import Stack

CHROMIUM, DRIVER = shutil.which("chromium"), shutil.which("chromedriver")
FOLDER = "uploads/page/"
# Chromium logs refused requests, too. The pages explain them.
EXPECTED_MESSAGES = ("401 (Unauthorized)", "409 (Conflict)", "/nowhere - Failed", "username fields")

needs_chromium = pytest.mark.skipif(
    not (CHROMIUM and DRIVER),
    reason="Chromium and its driver are not installed; scripts/setup_test_programs.sh installs them",
)


class Browser:
    def __init__(self, driver: webdriver.Chrome, stack: Stack) -> None:
        self.driver = driver
        self.stack = stack
        self.home = stack.description["status_url"]

    def open(self, address: str) -> None:
        self.driver.get(self.home + address)

    def open_job(self, name: str, after: str = "") -> None:
        job = self.stack.job(FOLDER + name)
        self.open("/health")  # so that a link to a moment of the same page loads it, too
        self.open(f"/jobs/{job['job_id']}{after}")
        self.wait(lambda: self.all(".word") and self.media("readyState") > 0)

    def all(self, selector: str) -> list[WebElement]:
        return self.driver.find_elements(By.CSS_SELECTOR, selector)

    def one(self, selector: str) -> WebElement:
        return self.driver.find_element(By.CSS_SELECTOR, selector)

    def text(self, selector: str) -> str:
        return self.one(selector).text

    def word(self, text: str) -> WebElement:
        return next(word for word in self.all(".word") if word.text == text)

    def run(self, script: str, *given: Any) -> Any:
        return self.driver.execute_script(script, *given)

    def media(self, name: str) -> Any:
        return self.run("return document.getElementById('media')[arguments[0]]", name)

    def record_seeks(self) -> None:
        self.run("window.seeks = []; media.addEventListener('seeking', () => seeks.push(media.currentTime))")

    def seeks(self) -> Any:
        return self.run("return seeks")

    def press(self, key: str) -> None:
        self.one("body").send_keys(key)

    def type(self, *keys: str) -> None:
        """Send keys to the element that has the focus."""
        ActionChains(self.driver, duration=0).send_keys(*keys).perform()

    @property
    def focused(self) -> WebElement:
        return self.driver.switch_to.active_element

    def enter_the_text(self) -> None:
        self.run("document.getElementById('text').focus()")
        self.type(Keys.TAB)

    def wait(self, until: Callable[[], Any], *, seconds: float = 40) -> Any:
        ignored = (NoSuchElementException, StaleElementReferenceException, TypeError)
        return WebDriverWait(self.driver, seconds, 0.1, ignored_exceptions=ignored).until(lambda _: until())


@contextmanager
def chromium() -> Iterator[webdriver.Chrome]:
    options = webdriver.ChromeOptions()
    for switch in (
        "--headless=new",
        "--no-sandbox",
        "--disable-gpu",
        "--disable-dev-shm-usage",
        "--window-size=1100,800",
    ):
        options.add_argument(switch)
    options.add_argument("--autoplay-policy=no-user-gesture-required")
    options.binary_location = CHROMIUM or ""
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    started = webdriver.Chrome(options=options, service=Service(DRIVER))
    try:
        yield started
    finally:
        started.quit()
