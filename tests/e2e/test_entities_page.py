"""The entities of a job: from an option in the bucket to the page, with the real model."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from selenium.webdriver.common.by import By

from scripts import english_entities
from tests.e2e.browser import FOLDER, Browser, needs_chromium
from tests.e2e.conftest import SAMPLES, Stack, start_local, stop_local

pytest.importorskip("spacy", reason="spaCy is not installed (extra enrich)")
pytestmark = needs_chromium

# The recording says something else, so most of the words are not heard.
TRANSCRIPT = "Hello world. Ada Lovelace met Charles Babbage in London. Ada Lovelace liked London on 5 June 1833."
STOP = "return Number(document.querySelector('.word[role=button]').dataset.offset)"  # the word where Tab stops
EXPECTED = {
    "Countries and cities (2)": ["London 2 times"],
    "Dates (1)": ["5 June 1833"],
    "People (3)": ["Ada Lovelace 2 times", "Charles Babbage"],
}


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    running = start_local("--workers", "1", "--models", str(english_entities.install()))
    try:
        folder = tmp_path_factory.mktemp("entities")
        (folder / "ada.job.json").write_text(json.dumps({"entities": True}), encoding="utf-8")
        (folder / "ada.txt").write_text(TRANSCRIPT, encoding="utf-8")
        for path in (folder / "ada.job.json", folder / "ada.txt"):
            running.drop(path, FOLDER + path.name)
        running.drop(SAMPLES / "hello.wav", FOLDER + "ada.wav")
        yield running
    finally:
        stop_local(running)


def test_the_page_lists_entities_by_type_and_goes_to_their_places(stack: Stack, browser: Browser) -> None:
    job = stack.settled(FOLDER + "ada.wav")
    assert job["state"] == "SUCCEEDED", job
    assert "entities.json" in [result["name"] for result in job["results"]]
    document: dict[str, Any] = json.loads(stack.read("results/page/ada.wav/entities.json"))
    assert all(TRANSCRIPT[each["startOffset"] : each["endOffset"]] == each["text"] for each in document["entities"])
    browser.open_job("ada.wav")
    browser.wait(lambda: browser.all(".entities details"))
    assert listed(browser) == EXPECTED

    marked = [word.text for word in browser.all(".marked .word.entity")]
    assert marked == [
        "Ada",
        "Lovelace",
        "Charles",
        "Babbage",
        "London",
        "Ada",
        "Lovelace",
        "London",
        "5",
        "June",
        "1833",
    ]
    background = "return getComputedStyle(document.querySelector('.word.entity')).backgroundColor"
    assert browser.run(background) != "rgba(0, 0, 0, 0)"
    browser.one("#mark-entities").click()
    browser.wait(lambda: browser.run(background) == "rgba(0, 0, 0, 0)")

    [london] = [button for button in browser.all(".entities button") if button.text == "London"]
    for number in (TRANSCRIPT.index("London"), TRANSCRIPT.rindex("London"), TRANSCRIPT.index("London")):
        london.click()
        browser.wait(lambda number=number: browser.run(STOP) == number)


def listed(browser: Browser) -> dict[str, list[str]]:
    """The title of each group, and what it lists."""
    groups = browser.all(".entities details")
    return {
        group.find_element(By.TAG_NAME, "summary").text: [item.text for item in group.find_elements(By.TAG_NAME, "li")]
        for group in groups
    }
