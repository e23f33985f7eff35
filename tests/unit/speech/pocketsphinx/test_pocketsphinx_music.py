"""Music before the first word. Its chords resemble endless vowels."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np

from syncline.media import decode
from syncline.media.audio import Audio
from syncline.processes.pool import SerialPool
from syncline.speech.engine import AlignmentOptions
from syncline.speech.pocketsphinx import PocketSphinxEngine
from tests.unit.speech.pocketsphinx.conftest import SAMPLES

RATE = 16_000
SECONDS = 14
CHORDS = ((110, 131, 165), (98, 123, 147), (131, 165, 196), (123, 147, 185))  # hertz


def chords() -> np.ndarray:
    sound = np.zeros(SECONDS * RATE)
    length = len(sound) // len(CHORDS)
    for index, notes in enumerate(CHORDS):
        time = np.arange(length) / RATE
        tones = [np.sin(2 * np.pi * hertz * part * time) / part for hertz in notes for part in range(1, 12)]
        sound[index * length : (index + 1) * length] = sum(tones) * np.exp(-0.2 * time)
    return sound


def test_no_word_is_aligned_with_the_music(tmp_path: Path, audio_of: Callable[[np.ndarray], Audio]) -> None:
    spoken = np.fromfile(decode(SAMPLES / "voicemail.wav", tmp_path / "spoken.raw").path, "<i2")
    music = chords() * 3_000 / 4
    audio = audio_of(np.concatenate([music, spoken]).astype("<i2"))
    text = (SAMPLES / "voicemail.txt").read_text(encoding="utf-8")

    words = PocketSphinxEngine(SerialPool()).align(audio, text, AlignmentOptions(), lambda done: None).words

    truth = json.loads((SAMPLES / "voicemail.truth.json").read_text(encoding="utf-8"))["words"]
    starts = [word.start for word in words]
    assert None not in starts
    right = sum(abs(start - SECONDS - true["start"]) < 0.1 for start, true in zip(starts, truth, strict=True))
    assert right >= 0.95 * len(truth)
