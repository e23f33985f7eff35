"""A section of a recording with its part of the transcript, and the word hypotheses that decoding it yields.

Frames and words count from the beginning of the recording and of the transcript.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from syncline.speech.pocketsphinx.decoding_graph import Pronunciation

UNDOUBTED_GAIN = 30.0  # nats; the gain of words that are not rescored


@dataclass(frozen=True, slots=True)
class Section:
    """The unit of work that a pool process aligns."""

    path: Path  # of raw samples, see syncline.media.audio.Audio
    samples: int
    first_frame: int
    last_frame: int
    first_word: int
    words: tuple[tuple[Pronunciation, ...], ...]
    start_anywhere: bool = False  # the section may begin at any of its words
    strict: bool = False  # the words are believed to be in the section: skips and fillers cost more
    cross_lingual: bool = False  # the words are not English, the acoustic model is


@dataclass(frozen=True, slots=True)
class PhoneSegment:
    phone: int
    frames: int


@dataclass(frozen=True, slots=True)
class WordHypothesis:
    word: int
    start: int
    end: int
    pronunciation: int  # its number among those of the word
    phones: tuple[PhoneSegment, ...]
    llr: float  # log-likelihood ratio to the filler, mean over the word's frames
    worst_phone_llr: float
    second_pass: bool = False  # the first pass skipped the word and chose a filler in its place
    gain: float = UNDOUBTED_GAIN  # by which the word improves its neighbourhood's score, see rescoring.py
    start_shift: float = 0.0  # frames by which edge refinement moves the edges
    end_shift: float = 0.0


@dataclass(frozen=True, slots=True)
class AlignedSection:
    words: tuple[WordHypothesis, ...]
    fillers: tuple[tuple[int, int], ...]  # (first, last + 1) frames of speech or sound that is not in the transcript
    noise: float
    cross_lingual: bool = False
