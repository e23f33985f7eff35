"""Uploads through the page of jobs, in a real browser against the whole local stack."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.remote.webelement import WebElement

from tests.e2e.browser import Browser, needs_chromium
from tests.e2e.conftest import SAMPLES

pytestmark = needs_chromium


def choose(browser: Browser, *paths: Path) -> None:
    """Choose files, as the dialog of the browser does."""
    browser.run("document.getElementById('upload').open = true")
    browser.one("#files").send_keys("\n".join(map(str, paths)))


def rows(browser: Browser, state: str) -> list[WebElement]:
    return browser.all(f".set[data-state={state}]")


def copy(folder: Path, name: str, content: bytes | None = None) -> Path:
    """A file of this name, with the content of a sample unless another is given."""
    path = folder / name
    path.write_bytes((SAMPLES / f"hello{path.suffix}").read_bytes() if content is None else content)
    return path


def put_into_folder(browser: Browser, name: str) -> None:
    browser.one("[name=folder]").send_keys(name)


def test_two_pairs_are_uploaded_and_watched(browser: Browser, tmp_path: Path) -> None:
    files = [copy(tmp_path, name) for name in ("one.txt", "one.wav", "two.wav", "two.txt")]
    choose(browser, *files)
    browser.wait(lambda: len(rows(browser, "ready")) == 2)
    put_into_folder(browser, "from page/")
    browser.one(".targets summary").click()
    browser.one("[name=find]").send_keys("japan")
    [japanese] = [label for label in browser.all(".targets fieldset label") if label.is_displayed()]
    japanese.click()
    browser.one(".upload-form [type=submit]").click()
    browser.wait(lambda: len(rows(browser, "done")) == 2)
    # The list below shows them without a reload, until they have succeeded.
    for name in ("one.wav", "two.wav"):
        row = f"//tr[@data-state='SUCCEEDED'][.//a[.='uploads/from page/{name}']]"
        browser.wait(lambda row=row: browser.driver.find_element(By.XPATH, row), seconds=120)
    assert browser.stack.job("uploads/from page/one.wav")["options"]["translate_to"] == ["ja"]

    rows(browser, "done")[0].find_element(By.LINK_TEXT, "Open the job").click()
    browser.wait(lambda: len(browser.all(".word")) == 23)


def test_a_recording_without_a_transcript_is_transcribed(browser: Browser, tmp_path: Path) -> None:
    choose(browser, copy(tmp_path, "heard.wav"))
    put_into_folder(browser, "page-uploads")
    [row] = browser.wait(lambda: rows(browser, "ready"))
    assert "without a transcript" in row.text
    browser.one(".upload-form [type=submit]").click()
    browser.wait(lambda: rows(browser, "done"))
    job = browser.stack.settled("uploads/page-uploads/heard.wav", states=("QUEUED", "RUNNING", "SUCCEEDED"))
    assert job["options"]["mode"] == "transcribe"


@pytest.mark.parametrize(
    ("name", "content", "problem"),
    [
        ("notes.docx", b"PK\x03\x04", "not a recording or a transcript"),
        ("empty.wav", b"", "empty.wav is empty"),
        ("renamed.wav", b"fLaC" + bytes(100), "named .wav, but it is a FLAC file. Rename it so that it ends in .flac"),
        ("page.mp3", b"%PDF-1.7 ...", "named .mp3, but it is a PDF document"),
        ("alone.txt", b"Hello", "The recording of this transcript is missing"),
        ("<img src=x onerror=alert(1)>.exe", b"MZ", "not a recording or a transcript"),
    ],
)
def test_a_wrong_file_is_reported_before_the_upload(
    name: str, content: bytes, problem: str, browser: Browser, tmp_path: Path
) -> None:
    choose(browser, copy(tmp_path, name, content))
    [row] = browser.wait(lambda: rows(browser, "refused"))
    assert problem in row.text
    assert name in row.text
    assert not browser.one(".upload-form [type=submit]").is_enabled()


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        ("Füße".encode("latin-1"), "is not UTF-8. Save it"),
        ("Hello".encode("utf-16"), "is not UTF-8: it looks like UTF-16"),
        (b"Hello\0", "zero bytes"),
        (b" \n", "words.txt is empty"),
    ],
)
def test_a_transcript_in_another_encoding_is_reported(
    content: bytes, problem: str, browser: Browser, tmp_path: Path
) -> None:
    choose(browser, copy(tmp_path, "words.wav"), copy(tmp_path, "words.txt", content))
    [row] = browser.wait(lambda: rows(browser, "refused"))
    assert problem in row.text
    # The corrected file takes the place of the wrong one.
    choose(browser, copy(tmp_path, "words.txt", b"Hello"))
    browser.wait(lambda: rows(browser, "ready"))


def test_files_of_one_name_that_do_not_fit_together_are_reported(browser: Browser, tmp_path: Path) -> None:
    choose(browser, *(copy(tmp_path, name, b"x") for name in ("a.wav", "a.mp3", "b.wav", "b.txt", "b.srt")))
    browser.wait(lambda: len(rows(browser, "refused")) == 2)
    first, second = (row.text for row in rows(browser, "refused"))
    assert "a.wav and a.mp3 would share one transcript" in first
    assert "two transcripts: b.txt and b.srt" in second
    rows(browser, "refused")[0].find_element(By.XPATH, ".//button[text()='Remove']").click()
    assert len(rows(browser, "refused")) == 1
    assert browser.focused.accessible_name == "Remove: b.wav"


def test_a_file_that_is_too_large_is_reported(browser: Browser, tmp_path: Path) -> None:
    limits = json.loads(str(browser.one("#upload").get_attribute("data-rules")))
    large = copy(tmp_path, "large.wav", b"")
    with large.open("r+b") as file:
        file.truncate(limits["max_recording_bytes"] + 1)
    choose(browser, large)
    [row] = browser.wait(lambda: rows(browser, "refused"))
    assert "at most 5.4 GB are accepted" in row.text


def test_a_name_that_is_taken_is_explained(browser: Browser, tmp_path: Path) -> None:
    browser.stack.put(SAMPLES / "hello.wav", "uploads/page-uploads/taken.wav")
    choose(browser, copy(tmp_path, "taken.wav"), copy(tmp_path, "taken.txt"))
    put_into_folder(browser, "page-uploads")
    browser.wait(lambda: rows(browser, "ready"))
    browser.one(".upload-form [type=submit]").click()
    [row] = browser.wait(lambda: rows(browser, "failed"))
    assert "is in the bucket already. Choose another name." in row.text


def test_an_upload_is_cancelled_and_tried_again(browser: Browser, tmp_path: Path) -> None:
    """The connection is slow, so that there is time to cancel."""
    recording = copy(tmp_path, "slow.wav", (SAMPLES / "hello.wav").read_bytes() + bytes(3_000_000))
    choose(browser, recording, copy(tmp_path, "slow.txt"))
    put_into_folder(browser, "page-uploads")
    browser.wait(lambda: rows(browser, "ready"))
    browser.driver.set_network_conditions(latency=5, download_throughput=-1, upload_throughput=100_000)
    try:
        browser.one(".upload-form [type=submit]").click()
        browser.wait(lambda: browser.run("return document.querySelector('.set progress').value > 0"))
        browser.one(".set button:not([hidden])").click()
        browser.wait(lambda: rows(browser, "cancelled"))
    finally:
        browser.driver.delete_network_conditions()
    assert browser.stack.get("/jobs?key=uploads/page-uploads/slow.wav")[0] == 404
    assert browser.focused.accessible_name == "Try again: slow.wav"
    browser.type(Keys.ENTER)
    browser.wait(lambda: rows(browser, "done"))
    browser.stack.settled("uploads/page-uploads/slow.wav", states=("QUEUED", "RUNNING", "SUCCEEDED", "FAILED"))


def test_files_can_be_dropped_anywhere(browser: Browser) -> None:
    browser.run("document.getElementById('upload').open = false")
    browser.run("""
        const data = new DataTransfer();
        data.items.add(new File([new Uint8Array(4)], "dropped.wma"));
        data.items.add(new File(["Hello"], "dropped.txt"));
        for (const type of ["dragover", "drop"])
          document.body.dispatchEvent(new DragEvent(type, { bubbles: true, cancelable: true, dataTransfer: data }));
    """)
    [row] = browser.wait(lambda: rows(browser, "ready"))
    assert "dropped.wma" in row.text
    assert "dropped.txt" in row.text


def test_jobs_are_found_by_key_and_metadata(browser: Browser, tmp_path: Path) -> None:
    for name, room in (("first", "101"), ("second", "102"), ("third", "205")):
        options = copy(tmp_path, f"{name}.job.json", json.dumps({"metadata": {"room": room}}).encode())
        browser.stack.put(options, f"uploads/found/{options.name}")
        browser.stack.put(SAMPLES / "hello.wav", f"uploads/found/{name}.wav")
        browser.stack.settled(f"uploads/found/{name}.wav", states=("WAITING",))

    def found() -> set[str]:
        return {link.text for link in browser.all(".jobs .name > a")}

    browser.one("[name=prefix]").send_keys("found/s", Keys.ENTER)
    browser.wait(lambda: found() == {"uploads/found/second.wav"})
    assert browser.one("[name=prefix]").get_attribute("value") == "uploads/found/s"
    browser.one("[name=prefix]").clear()
    browser.one("[name=metadata]").send_keys("room=10", Keys.ENTER)
    browser.wait(lambda: found() == {"uploads/found/first.wav", "uploads/found/second.wav"})
    # The states narrow the search.
    browser.driver.find_element(By.LINK_TEXT, "Failed").click()
    browser.wait(lambda: "No job was found" in browser.text("#list"))
    browser.driver.find_element(By.LINK_TEXT, "Show all").click()
    browser.wait(lambda: "uploads/found/third.wav" in found())
    browser.driver.find_element(By.LINK_TEXT, "room: 205").click()
    browser.wait(lambda: found() == {"uploads/found/third.wav"})


def test_a_job_is_deleted_after_a_question(browser: Browser) -> None:
    key = "uploads/deleted/hello.wav"
    browser.stack.put(SAMPLES / "hello.wav", key)
    job = browser.stack.settled(key, states=("WAITING",))
    browser.open(f"/jobs/{job['job_id']}")
    browser.one("#delete").send_keys(Keys.ENTER)
    # Escape closes the question.
    assert browser.focused.get_attribute("name") == "uploads"
    browser.type(Keys.ESCAPE)
    assert not browser.one("#deletion").is_displayed()
    assert browser.stack.job(key)["state"] == "WAITING"

    browser.one("#delete").click()
    browser.one("#deletion [name=uploads]").click()
    browser.one("#deletion .danger").click()
    browser.wait(lambda: browser.text("h1") == "Jobs")
    assert browser.stack.get(f"/jobs/{job['job_id']}")[0] == 404
    kept = browser.stack.s3.list_objects_v2(Bucket=browser.stack.description["bucket"])["Contents"]
    assert key not in [entry["Key"] for entry in kept]
