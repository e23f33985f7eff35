"""Reject words in digital silence: Kaldi's decoder finds words even where all samples are zero."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from syncline.core.alignment import NOT_FOUND_IN_TRANSCRIPT, Word
from syncline.media.audio import SAMPLE_RATE, Audio
from syncline.speech.gentle.validation import as_not_found

MAX_SILENT_SAMPLE = 4  # of 32,768: lossy codecs and dither leave a little


def without_silent_words(words: Sequence[Word], audio: Audio) -> list[Word]:
    """Mark words without sound as not found, and drop such disfluencies."""
    if not audio.samples:
        return list(words)
    samples = np.memmap(audio.path, "<i2", mode="r", shape=(audio.samples,))
    kept: list[Word] = []
    for word in words:
        if not _is_silent(word, samples):
            kept.append(word)
        elif word.case != NOT_FOUND_IN_TRANSCRIPT:
            kept.append(as_not_found(word))
    return kept


def _is_silent(word: Word, samples: np.memmap) -> bool:
    if word.start is None or word.end is None:
        return False
    span = samples[int(word.start * SAMPLE_RATE) : int(word.end * SAMPLE_RATE) + 1].astype(np.int32)
    return span.size == 0 or int(np.abs(span).max()) <= MAX_SILENT_SAMPLE
