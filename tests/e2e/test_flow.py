"""A file dropped in the bucket comes back aligned."""

from __future__ import annotations

import json
import statistics
from pathlib import Path
from typing import Any

import pytest

from syncline.core import layout
from tests.e2e.conftest import SAMPLES, Stack

RECORDINGS = sorted(path for path in SAMPLES.iterdir() if path.suffix[1:] in layout.RECORDING_EXTENSIONS)
MEDIAN_SECONDS = 0.030
GROSS_SECONDS = 0.250
MISSED_SHARE = 0.04  # of the words; how many are found is measured by the benchmark, on more than these few


def transcript_of(recording: Path) -> Path:
    return recording.with_suffix(".txt")


def boundary_errors(recording: Path, document: dict[str, Any]) -> list[float]:
    """Seconds between true and found word boundaries. A true word may be several tokens ("$1,250.75")."""
    truth = json.loads(recording.with_suffix(".truth.json").read_text(encoding="utf-8"))
    errors: list[float] = []
    missed = 0
    for true in truth["words"]:
        found = [
            word
            for word in document["words"]
            if word["startOffset"] < true["endOffset"] and word["endOffset"] > true["startOffset"]
        ]
        assert found, true
        if any(word["case"] != "success" for word in found):
            missed += 1
            continue
        errors += [abs(found[0]["start"] - true["start"]), abs(found[-1]["end"] - true["end"])]
    assert missed <= MISSED_SHARE * len(truth["words"])
    return errors


@pytest.fixture(scope="session")
def dropped(stack: Stack) -> Stack:
    """All samples at once, so that the tests wait only once. Every second pair comes transcript first.

    The first two pairs come through the aws command line.
    """
    for number, recording in enumerate(RECORDINGS):
        pair = [recording, transcript_of(recording)]
        upload = stack.drop if number < 2 else stack.put
        for path in reversed(pair) if number % 2 else pair:
            upload(path, f"uploads/samples/{path.name}")
    return stack


@pytest.mark.parametrize("recording", RECORDINGS, ids=lambda path: path.name)
def test_an_uploaded_pair_comes_back_with_the_true_word_times(dropped: Stack, recording: Path) -> None:
    job = dropped.settled(f"uploads/samples/{recording.name}")
    assert job["state"] == "SUCCEEDED", job["error"]
    document = json.loads(dropped.read(f"results/samples/{recording.name}/alignment.json"))
    assert document["transcript"] == transcript_of(recording).read_text(encoding="utf-8")
    errors = boundary_errors(recording, document)
    assert statistics.median(errors) <= MEDIAN_SECONDS
    assert max(errors) <= GROSS_SECONDS


def test_the_final_record_is_beside_the_results(dropped: Stack) -> None:
    job = dropped.settled("uploads/samples/hello.wav")
    record = json.loads(dropped.read("results/samples/hello.wav/job.json"))
    assert (record["job_id"], record["revision"], record["state"]) == (job["job_id"], job["revision"], "SUCCEEDED")
    assert {result["name"] for result in record["results"]} >= {"alignment.json", "captions.en.srt", "captions.en.vtt"}


def test_the_same_job_is_found_by_id_and_by_its_transcripts_key(dropped: Stack) -> None:
    job = dropped.settled("uploads/samples/hello.wav")
    assert dropped.get(f"/jobs/{job['job_id']}")[1]["job_id"] == job["job_id"]
    assert dropped.job("uploads/samples/hello.txt")["job_id"] == job["job_id"]


def test_a_recording_alone_waits_and_says_for_what(stack: Stack) -> None:
    stack.put(SAMPLES / "hello.wav", "uploads/alone/hello.wav")
    job = stack.settled("uploads/alone/hello.wav", states=("WAITING",))
    assert job["missing"] == ["transcript"]


def test_a_transcript_alone_waits_for_its_recording(stack: Stack) -> None:
    stack.put(SAMPLES / "hello.txt", "uploads/early/hello.txt")
    assert stack.settled("uploads/early/hello.txt", states=("WAITING",))["missing"] == ["recording"]


def test_an_options_file_sets_the_options(stack: Stack) -> None:
    for suffix in (".job.json", ".txt", ".wav"):
        stack.put(SAMPLES / f"hello{suffix}", f"uploads/options/hello{suffix}")
    job = stack.settled("uploads/options/hello.wav")
    assert job["state"] == "SUCCEEDED", job["error"]
    japanese = json.loads(stack.read("results/options/hello.wav/translation.ja.json"))
    assert "人生はチョコレートの箱のようなものだ。" in [sentence["translation"] for sentence in japanese["sentences"]]
    assert "人生は" in stack.read("results/options/hello.wav/captions.ja.srt").decode()


def test_metadata_sets_options(stack: Stack) -> None:
    stack.drop(SAMPLES / "hello.wav", "uploads/meta/hello.wav", "--metadata", "outputs=csv")
    stack.put(SAMPLES / "hello.txt", "uploads/meta/hello.txt")
    job = stack.settled("uploads/meta/hello.wav")
    assert {result["name"] for result in job["results"]} == {"waveform.dat", "alignment.json", "alignment.csv"}


@pytest.mark.parametrize(
    ("name", "content", "code"),
    [
        ("notes.pdf", b"%PDF-1.7", "unknown_kind"),
        ("broken.wav", b"", "empty_recording"),
    ],
)
def test_a_refused_upload_has_a_reason(stack: Stack, tmp_path: Path, name: str, content: bytes, code: str) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    stack.put(path, f"uploads/bad/{name}")
    job = stack.settled(f"uploads/bad/{name}")
    assert (job["state"], job["error"]["code"]) == ("REJECTED", code)
    assert job["error"]["hint"]
    assert stack.read(f"uploads/bad/{name}") == content


def test_a_recording_that_cannot_be_decoded_fails_with_its_reason(stack: Stack, tmp_path: Path) -> None:
    path = tmp_path / "noise.wav"
    path.write_bytes(b"RIFF\x24\x00\x00\x00WAVEfmt " + bytes(range(256)) * 8)
    stack.put(path, "uploads/bad/noise.wav")
    stack.put(SAMPLES / "hello.txt", "uploads/bad/noise.txt")
    job = stack.settled("uploads/bad/noise.wav")
    assert job["state"] in ("FAILED", "REJECTED")
    assert job["error"]["message"]


def test_errors_are_problem_json(stack: Stack) -> None:
    assert stack.get("/health", token=None)[0] == 200
    assert stack.get("/jobs?key=uploads/x.mp3", token=None)[0] == 401
    assert stack.get("/jobs?key=uploads/x.mp3", token="wrong")[0] == 401
    status, body = stack.get("/jobs?key=uploads/missing.mp3")
    assert (status, body["code"]) == (404, "not_found")
    assert stack.get("/nowhere")[0] == 404
