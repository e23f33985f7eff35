"""The decoder loses its place for a minute and a half, and recovers."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np

from syncline.media import decode
from syncline.media.audio import Audio
from syncline.speech.pocketsphinx.features import FRAMES_PER_SECOND, frame_count
from syncline.speech.pocketsphinx.hypotheses import Section
from syncline.speech.pocketsphinx.recovery import align_section
from syncline.speech.pocketsphinx.transcripts import pronounce_transcript
from tests.unit.speech.pocketsphinx.conftest import SAMPLES


def samples_of(name: str, folder: Path) -> np.ndarray:
    decoded = decode(SAMPLES / name, folder / f"{name}.raw")
    return np.fromfile(decoded.path, "<i2")


def starts_of(name: str) -> list[float]:
    return [word["start"] for word in json.loads((SAMPLES / name).read_text(encoding="utf-8"))["words"]]


def text_of(name: str) -> str:
    return (SAMPLES / name).read_text(encoding="utf-8").strip()


def test_words_after_a_long_stretch_that_is_not_in_the_transcript_are_found(
    tmp_path: Path, audio_of: Callable[[np.ndarray], Audio]
) -> None:
    before, other, after = (
        samples_of(name, tmp_path) for name in ("voicemail.wav", "museum-tour.mp3", "lighthouse.opus")
    )
    audio = audio_of(np.concatenate([before, other, after]))
    text = f"{text_of('voicemail.txt')} {text_of('lighthouse.txt')}"
    section = Section(
        audio.path, audio.samples, 0, frame_count(audio.samples), 0, tuple(pronounce_transcript(text).words)
    )

    found = {word.word: word.start / FRAMES_PER_SECOND for word in align_section(section).words}

    # Without recovery, chance aligns the second text's first words within the speech between the two.
    offset = (len(before) + len(other)) / 16_000
    truth = [*starts_of("voicemail.truth.json"), *(offset + start for start in starts_of("lighthouse.truth.json"))]
    right = sum(abs(found.get(index, -1.0) - start) < 0.1 for index, start in enumerate(truth))
    assert right >= 0.97 * len(truth)
