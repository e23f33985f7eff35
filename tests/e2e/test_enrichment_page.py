"""Entities and answers of a job: from options in the bucket to the page, with the real entity model and a toy."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys

from scripts import english_entities
from tests.e2e.browser import FOLDER, Browser, needs_chromium
from tests.e2e.conftest import SAMPLES, Stack, start_local, stop_local

pytest.importorskip("spacy", reason="spaCy is not installed (extra enrich)")
pytestmark = needs_chromium

# The recording says something else, so most of the words are not heard.
TRANSCRIPT = (
    "Clara visited the museum in London on Monday. Peter sold the library in Rome in March. "
    "Clara opened the school in London in June."
)
QUESTIONS = ["Who sold the library?", "Who sold the tower?"]
STOP = "return Number(document.querySelector('.word[role=button]').dataset.offset)"  # the word where Tab stops
EXPECTED = {
    "Countries and cities (3)": ["London 2 times", "Rome"],
    "Dates (3)": ["Monday", "March", "June"],
    "People (3)": ["Clara 2 times", "Peter"],
}


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    models = str(english_entities.install())
    running = start_local("--workers", "1", "--models", models, SYNCLINE_ANSWER_MODEL="answers-toy")
    try:
        folder = tmp_path_factory.mktemp("entities")
        (folder / "clara.job.json").write_text(json.dumps({"entities": True, "questions": QUESTIONS}), encoding="utf-8")
        (folder / "clara.txt").write_text(TRANSCRIPT, encoding="utf-8")
        for path in (folder / "clara.job.json", folder / "clara.txt"):
            running.put(path, FOLDER + path.name)
        running.put(SAMPLES / "hello.wav", FOLDER + "clara.wav")
        yield running
    finally:
        stop_local(running)


def test_the_page_lists_entities_by_type_and_goes_to_their_places(stack: Stack, browser: Browser) -> None:
    job = stack.settled(FOLDER + "clara.wav")
    assert job["state"] == "SUCCEEDED", job
    assert "entities.json" in [result["name"] for result in job["results"]]
    document: dict[str, Any] = json.loads(stack.read("results/page/clara.wav/entities.json"))
    assert all(TRANSCRIPT[each["startOffset"] : each["endOffset"]] == each["text"] for each in document["entities"])
    browser.open_job("clara.wav")
    browser.wait(lambda: browser.all(".entities details"))
    assert listed(browser) == EXPECTED

    marked = " ".join(word.text for word in browser.all(".marked .word.entity"))
    assert marked == "Clara London Monday Peter Rome March Clara London June"
    background = "return getComputedStyle(document.querySelector('.word.entity')).backgroundColor"
    assert browser.run(background) != "rgba(0, 0, 0, 0)"
    browser.one("#mark-entities").click()
    browser.wait(lambda: browser.run(background) == "rgba(0, 0, 0, 0)")

    [london] = [button for button in browser.all(".entities button") if button.text == "London"]
    for number in (TRANSCRIPT.index("London"), TRANSCRIPT.rindex("London"), TRANSCRIPT.index("London")):
        london.send_keys(Keys.ENTER)  # a click may miss: the page scrolls smoothly to the place before
        browser.wait(lambda number=number: browser.run(STOP) == number)


def test_the_page_goes_to_the_answer_of_a_question(stack: Stack, browser: Browser) -> None:
    stack.settled(FOLDER + "clara.wav")
    browser.open_job("clara.wav")
    browser.wait(lambda: browser.all(".answers dt"))
    asked = [question.text for question in browser.all(".answers dt")]
    assert dict(zip(asked, [answer.text for answer in browser.all(".answers dd")], strict=True)) == {
        QUESTIONS[0]: "Peter", QUESTIONS[1]: "The text does not say.",
    }  # fmt: skip
    browser.one(".answers button").click()
    browser.wait(lambda: browser.run(STOP) == TRANSCRIPT.index("Peter"))


def listed(browser: Browser) -> dict[str, list[str]]:
    """The title of each group, and what it lists."""
    groups = browser.all(".entities details")
    return {
        group.find_element(By.TAG_NAME, "summary").text: [item.text for item in group.find_elements(By.TAG_NAME, "li")]
        for group in groups
    }
