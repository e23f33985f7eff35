"""Caption files and labelled texts as transcripts, through the bucket, in every output format."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from syncline.core import formats
from tests.e2e.conftest import SAMPLES, Stack

SENTENCES = re.split(r"(?<=[.!?])\s+", (SAMPLES / "hello.txt").read_text(encoding="utf-8").strip())


@pytest.fixture(scope="module")
def options(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("options") / "all.job.json"
    path.write_text(json.dumps({"outputs": list(formats.NAMES), "captions": {"profile": "bbc"}}))
    return path


def drop(stack: Stack, folder: str, transcript: Path, options: Path) -> dict[str, bytes]:
    """Upload the set and wait -> the results by name."""
    stack.put(options, f"uploads/{folder}/hello.job.json")
    stack.put(transcript, f"uploads/{folder}/hello{transcript.suffix}")
    stack.put(SAMPLES / "hello.wav", f"uploads/{folder}/hello.wav")
    job = stack.settled(f"uploads/{folder}/hello.wav")
    assert job["state"] == "SUCCEEDED", job["error"]
    return {result["name"]: stack.read(result["key"]) for result in job["results"]}


def test_captions_come_back_with_corrected_times_beside_every_format(
    stack: Stack, tmp_path: Path, options: Path
) -> None:
    captions = tmp_path / "hello.srt"
    cues = [f"{n}\n00:0{n}:00,000 --> 00:0{n}:02,000\n<i>{line}</i>\n" for n, line in enumerate(SENTENCES, 1)]
    captions.write_text("\n".join(cues), encoding="utf-8")
    found = drop(stack, "cues", captions, options)
    assert set(found) == {each.file_name("en") for each in formats.FORMATS} | {
        "captions.en.retimed.srt",
        "waveform.dat",
    }

    retimed = found["captions.en.retimed.srt"].decode()
    assert re.findall("<i>(.*)</i>", retimed) == SENTENCES
    starts = re.findall(r"^(\d\d:\d\d:\d\d,\d+) -->", retimed, re.MULTILINE)
    document = json.loads(found["alignment.json"])
    first_words = [sentence["start"] for sentence in document["syncline"]["sentences"]]
    assert [float(start[6:].replace(",", ".")) for start in starts] == pytest.approx(first_words, abs=0.002)
    assert all(word["case"] == "success" for word in document["words"])

    page = found["transcript.html"].decode()
    assert ">Hello<" in page
    assert "data:audio/wav;base64," in page
    assert b"<tt " in found["captions.en.ttml"]
    assert b"\\k" in found["captions.en.ass"]


def test_speaker_labels_are_shown_and_not_aligned(stack: Stack, tmp_path: Path, options: Path) -> None:
    text = tmp_path / "hello.txt"
    labels = ["ALICE", "BOB"]
    lines = [f"{labels[n % 2]}: {sentence}" for n, sentence in enumerate(SENTENCES)]
    text.write_text("\n".join(lines) + "\n", encoding="utf-8")
    found = drop(stack, "labels", text, options)
    document = json.loads(found["alignment.json"])
    assert document["transcript"] == text.read_text(encoding="utf-8")
    assert [sentence["speaker"] for sentence in document["syncline"]["sentences"]] == [
        labels[n % 2] for n in range(len(SENTENCES))
    ]
    assert not {word["word"] for word in document["words"]} & set(labels)
    assert "ALICE: Hello, world!" in found["captions.en.srt"].decode()
    assert b'TIER_ID="ALICE' in found["alignment.eaf"]
    assert "ALICE" in found["alignment.TextGrid"].decode()


def test_two_transcripts_are_rejected_until_one_is_deleted(stack: Stack) -> None:
    bucket = stack.description["bucket"]
    for key in ("two/hello.txt", "two/hello.TXT", "two/hello.wav"):
        stack.put(SAMPLES / key.lower().removeprefix("two/"), f"uploads/{key}")
    job = stack.settled("uploads/two/hello.wav", states=("REJECTED",))
    assert job["error"]["code"] == "two_transcripts"
    assert "“hello.TXT” and “hello.txt”" in job["error"]["message"]
    stack.aws("s3", "rm", f"s3://{bucket}/uploads/two/hello.TXT")
    stack.put(SAMPLES / "hello.txt", "uploads/two/hello.txt")
    assert stack.settled("uploads/two/hello.wav", states=("SUCCEEDED", "FAILED"))["state"] == "SUCCEEDED"
