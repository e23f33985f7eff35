"""The engine whisper with the weights of whisper-tiny.en: the command line, a job through S3, the page of the job."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from selenium import webdriver

from scripts import tiny_whisper
from tests.e2e.browser import FOLDER, Browser, needs_chromium
from tests.e2e.conftest import SAMPLES, Stack, clean_environment, start_local, stop_local, syncline

SPOKEN = "life is like a box of chocolates"


@pytest.fixture(scope="session")
def variables() -> dict[str, str]:
    return {"SYNCLINE_MODELS": str(tiny_whisper.install()), "SYNCLINE_SPEECH_MODEL": tiny_whisper.MODEL.name}


@pytest.fixture(scope="module")
def stack(variables: dict[str, str]) -> Iterator[Stack]:
    running = start_local("--engine", "whisper", **variables)
    yield running
    stop_local(running)


def test_transcribe_uses_whisper_where_its_model_is_installed(variables: dict[str, str]) -> None:
    done = syncline("transcribe", SAMPLES / "hello.wav", env=clean_environment() | variables)
    assert done.returncode == 0, done.stderr
    document = json.loads(done.stdout)
    assert document["syncline"]["engine"] == "whisper"
    assert document["syncline"]["model"] == "whisper-tiny.en"
    assert SPOKEN in document["transcript"].lower()
    assert [sentence["text"][-1] for sentence in document["syncline"]["sentences"]].count(".") > 1


def test_align_with_whisper(variables: dict[str, str]) -> None:
    files = (SAMPLES / "hello.wav", SAMPLES / "hello.txt")
    done = syncline("align", *files, "--engine", "whisper", "--format", "csv", env=clean_environment() | variables)
    assert done.returncode == 0, done.stderr
    assert sum(bool(line.split(",")[-1]) for line in done.stdout.splitlines()) >= 22


def test_a_missing_model_is_an_error_with_the_command_to_run(tmp_path: Path) -> None:
    environment = clean_environment() | {"SYNCLINE_MODELS": str(tmp_path)}
    done = syncline("transcribe", SAMPLES / "hello.wav", "--engine", "whisper", env=environment)
    assert done.returncode == 1
    assert f"Run: SYNCLINE_MODELS={tmp_path} syncline models fetch whisper-base.en" in done.stderr.replace("\n", " ")


def test_a_recording_without_a_transcript_becomes_captions(stack: Stack, tmp_path: Path) -> None:
    (tmp_path / "options").write_text(json.dumps({"mode": "transcribe"}), encoding="utf-8")
    stack.put(tmp_path / "options", FOLDER + "hello.job.json")
    stack.put(SAMPLES / "hello.wav", FOLDER + "hello.wav")
    job = stack.settled(FOLDER + "hello.wav")
    assert (job["state"], job["stats"]["engine"], job["stats"]["language"]) == ("SUCCEEDED", "whisper", "en"), job
    captions = stack.read("results/page/hello.wav/captions.en.vtt").decode()
    assert SPOKEN in captions.lower()


def test_a_model_for_english_fails_the_job_that_asks_for_detection(stack: Stack, tmp_path: Path) -> None:
    options = {"mode": "transcribe", "language": "auto"}
    (tmp_path / "options").write_text(json.dumps(options), encoding="utf-8")
    stack.put(tmp_path / "options", FOLDER + "detected.job.json")
    stack.put(SAMPLES / "hello.wav", FOLDER + "detected.wav")
    job = stack.settled(FOLDER + "detected.wav")
    assert (job["state"], job["error"]["code"]) == ("FAILED", "engine_language"), job
    assert "whisper-base" in job["error"]["hint"]


@needs_chromium
def test_the_page_of_a_transcribed_recording_shows_its_text(driver: webdriver.Chrome, stack: Stack) -> None:
    browser = Browser(driver, stack)
    driver.get(stack.description["page"])
    browser.wait(lambda: browser.text("h1") == "Jobs")
    browser.open_job("hello.wav")
    assert SPOKEN in browser.text("#text").lower()
    assert browser.one("#text").get_attribute("lang") == "en"
    assert browser.all(".word.heard")
