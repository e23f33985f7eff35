from __future__ import annotations

import array
from pathlib import Path

import pytest

from syncline.core.alignment import NOT_FOUND_IN_AUDIO, NOT_FOUND_IN_TRANSCRIPT, SUCCESS, Word
from syncline.media.audio import SAMPLE_RATE, Audio
from syncline.speech.gentle.silence import MAX_SILENT_SAMPLE, without_silent_words


@pytest.fixture
def audio(tmp_path: Path) -> Audio:
    """A second of nearly digital silence, a second of sound with the lowest sample in it, a second of silence."""
    sound = [0] * (SAMPLE_RATE - 1) + [-32_768]
    samples = array.array("h", [MAX_SILENT_SAMPLE] * SAMPLE_RATE + sound + [0] * SAMPLE_RATE)
    path = tmp_path / "audio.raw"
    path.write_bytes(samples.tobytes())
    return Audio(path, len(samples))


def test_words_without_sound_are_not_found(audio: Audio) -> None:
    words = [
        Word(SUCCESS, "one", 0.1, 0.9, 0, 3, "one"),
        Word(NOT_FOUND_IN_TRANSCRIPT, "um", 0.92, 0.95),
        Word(SUCCESS, "two", 1.2, 2.0, 4, 7, "two"),
        Word(NOT_FOUND_IN_AUDIO, "three", start_offset=8, end_offset=13),
        Word(SUCCESS, "four", 2.5, 3.5, 14, 18, "four"),
    ]
    kept = without_silent_words(words, audio)
    assert [(word.word, word.case) for word in kept] == [
        ("one", NOT_FOUND_IN_AUDIO),
        ("two", SUCCESS),
        ("three", NOT_FOUND_IN_AUDIO),
        ("four", NOT_FOUND_IN_AUDIO),
    ]
    assert kept[1] == words[2] and kept[0].start is None


def test_an_empty_recording_is_not_read(tmp_path: Path) -> None:
    words = [Word(NOT_FOUND_IN_AUDIO, "one", start_offset=0, end_offset=3)]
    assert without_silent_words(words, Audio(tmp_path / "missing", 0)) == words
