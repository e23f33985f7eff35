"""The samples match their README."""

from __future__ import annotations

import json
import tomllib
from itertools import pairwise
from pathlib import Path

import pytest

SAMPLES = Path(__file__).parents[3] / "samples"
RECORDINGS = tomllib.loads((SAMPLES / "recordings.toml").read_text(encoding="utf-8"))["recording"]
NAMES = [recording["file"] for recording in RECORDINGS]


@pytest.mark.parametrize("name", NAMES)
def test_every_recording_has_its_transcript_and_true_word_times(name: str) -> None:
    transcript = (SAMPLES / name).with_suffix(".txt").read_text(encoding="utf-8")
    words = json.loads((SAMPLES / name).with_suffix(".truth.json").read_text(encoding="utf-8"))["words"]
    assert (SAMPLES / name).stat().st_size > 0
    assert all(transcript[word["startOffset"] : word["endOffset"]] == word["word"] for word in words)
    assert all(word["start"] < word["end"] for word in words)
    assert all(a["end"] <= b["start"] and a["endOffset"] <= b["startOffset"] for a, b in pairwise(words))


def test_together_they_are_small() -> None:
    assert sum(path.stat().st_size for path in SAMPLES.iterdir() if path.is_file()) < 5_000_000


def test_every_format_of_the_readme_is_among_them() -> None:
    readme = (SAMPLES / "README.md").read_text(encoding="utf-8")
    assert all(f"`{name}`" in readme for name in NAMES)
    assert {Path(name).suffix for name in NAMES} == {".wav", ".mp3", ".flac", ".ogg", ".m4a", ".opus", ".mp4"}
