"""Fit the confidence of the engine whisper (syncline/speech/whisper/confidence.py).

    python -m scripts.training.learn_agreement         # make learn-agreement

Aligns recordings with altered transcripts, and fits a logistic regression to whether each word is right. The recordings
are agreement_text.txt in the synthetic voices, each voice with another degradation of the sound, and the recordings of
people that are not held out. Wrong words come from the texts, so short words are as common among them as in speech.

Prints how many words of each confidence are right, for each voice and each speaker with the weights that were fitted on
the others, and the same for the tracker's confidence alone. The last lines are the weights to copy.
"""

from __future__ import annotations

import os
import random
import tempfile
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import astuple, replace
from functools import lru_cache
from pathlib import Path

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import numpy as np

from benchmarks import corpus, people_sources, report
from benchmarks.corpus import VOICES, Item, Unit
from scripts import tiny_whisper
from scripts.training.learn_confidence import RIGHT_SECONDS, Examples, learn, validate
from syncline.core.alignment import Word
from syncline.media.audio import Audio
from syncline.processes.pool import SerialPool
from syncline.speech.engine import AlignmentOptions
from syncline.speech.pocketsphinx.engine import PocketSphinxEngine
from syncline.speech.whisper.agreement import spoken_words
from syncline.speech.whisper.chunks import speech_chunks
from syncline.speech.whisper.confidence import LEAST_CONFIDENCE, Evidence, evidence_of
from syncline.speech.whisper.recognition import Recognised, Recogniser
from syncline.speech.whisper.second_opinion import Scorer, second_opinions

TEXT = Path(__file__).with_name("agreement_text.txt")
ALTERED_SHARE = 0.08  # of the words are replaced, and after as many a word is inserted
WORDS_AROUND = 4  # of an altered place, which the wrong word there is not
VARIANTS = 3  # of the transcript of each recording of people; the first is the right one
SOUNDS = dict(zip(VOICES, ("clean", "telephone", "room", "music at 10 dB", "white noise at 10 dB"), strict=True))


def collect(voice: str) -> list[Examples]:
    condition, chance = SOUNDS[voice], random.Random(f"agreement {voice}")
    degraded = corpus.CONDITIONS[condition](corpus.spoken(voice, TEXT.read_text(encoding="utf-8")), chance)
    return [_examples_of_item(replace(altered_item(degraded, chance), condition=f"{condition}, altered"))]


def altered_item(item: Item, chance: random.Random) -> Item:
    words = [unit.text for unit in item.units]
    units: list[Unit] = []
    for index, unit in enumerate(item.units):
        wrong = Unit(_wrong_word(words, index, words, chance), None, None, unit.sentence)
        lot = chance.random()
        if lot < ALTERED_SHARE:
            units.append(replace(wrong, after=unit.after))
            continue
        units.append(unit)
        if lot > 1 - ALTERED_SHARE:
            units.append(wrong)
    return replace(item, units=tuple(units))


def altered_text(text: str, others: Sequence[str], chance: random.Random) -> tuple[str, set[int]]:
    """The text, and the offsets of the words that were not spoken. These are taken from `others`."""
    words, written, unspoken = text.split(), list[str](), set[int]()
    for index, word in enumerate(words):
        lot = chance.random()
        if lot > ALTERED_SHARE:
            written.append(word)
        if lot < 2 * ALTERED_SHARE:
            unspoken.add(len(" ".join([*written, ""])))
            written.append(_wrong_word(words, index, others, chance))
    return " ".join(written), unspoken


def _wrong_word(words: Sequence[str], index: int, others: Sequence[str], chance: random.Random) -> str:
    """Not one that was spoken close by, which the tracker would rightly find."""
    near = {spoken_form(word) for word in words[max(0, index - WORDS_AROUND) : index + WORDS_AROUND + 1]}
    return chance.choice([word for word in others if spoken_form(word) not in near])


def spoken_form(word: str) -> str:
    return " ".join(spoken_words(word))


def _examples_of_item(item: Item) -> Examples:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "audio.raw"
        item.write(path)
        audio = Audio(path, len(item.sound))
        found = evidence_for(audio, item.transcript, recognised(audio))
    right = [_is_right(item, word) for word, _ in found]
    return Examples(item.voice, item.condition, _matrix([each for _, each in found]), np.array(right, bool))


def _is_right(item: Item, word: Word) -> bool:
    offsets = word.start_offset or 0, word.end_offset or 0
    units = [span for span in item.spans() if span[0] < offsets[1] and offsets[0] < span[1]]
    (first, _, first_unit), (_, last, last_unit) = units[0], units[-1]
    if any(unit.start is None for _, _, unit in units):
        return False
    return _near(word.start, first_unit.start if offsets[0] <= first else None) and _near(
        word.end, last_unit.end if offsets[1] >= last else None
    )


def _near(seconds: float | None, truth: float | None) -> bool:
    """The true time of an edge inside a unit of the corpus is not known."""
    return truth is None or (seconds is not None and abs(seconds - truth) < RIGHT_SECONDS)


def collect_people(names: Sequence[str]) -> list[Examples]:
    recordings = people_sources.for_training()
    return [
        examples
        for recording in recordings
        if recording.name in names
        for examples in _examples_of_recording(recording, recordings)
    ]


def _examples_of_recording(
    recording: people_sources.Recording, all_: Sequence[people_sources.Recording]
) -> Iterator[Examples]:
    heard = recognised(recording.audio)
    others = [word for other in all_ if other.speaker != recording.speaker for word in other.text.split()]
    for variant in range(VARIANTS):
        text, unspoken = recording.text, set[int]()
        if variant:
            text, unspoken = altered_text(text, others, random.Random(f"agreement {variant} {recording.name}"))
        found = evidence_for(recording.audio, text, heard)
        right = [word.start_offset not in unspoken for word, _ in found]
        condition = "people, altered" if variant else "people"
        yield Examples(recording.speaker, condition, _matrix([each for _, each in found]), np.array(right, bool))


@lru_cache(maxsize=1)
def _recogniser() -> Recogniser:
    return Recogniser(tiny_whisper.install() / tiny_whisper.MODEL.name, threads=1)


def recognised(audio: Audio) -> list[Recognised]:
    return list(_recogniser().recognise(audio, speech_chunks(audio), language="en"))


def evidence_for(audio: Audio, transcript: str, heard: Sequence[Recognised]) -> list[tuple[Word, Evidence]]:
    tracker = PocketSphinxEngine(SerialPool(), least_confidence=0.0)
    words = tracker.align(audio, transcript, AlignmentOptions(), lambda done: None).words
    scorer = Scorer(_recogniser(), audio, language="en", progress=lambda done: None)
    opinions = second_opinions(words, heard, scorer)
    return [
        (words[index], evidence_of(words[index].confidence or 0.0, opinion.verdict, opinion.support))
        for index, opinion in opinions.items()
        if words[index].aligned
    ]


def _matrix(evidence: Sequence[Evidence]) -> np.ndarray:
    return np.array([astuple(each) for each in evidence]).reshape(-1, len(Evidence.__slots__))


def tracker_only(examples: Examples) -> Examples:
    return replace(examples, evidence=examples.evidence[:, :1])


def main() -> None:
    arguments = report.parser(__doc__).parse_args()
    names = [
        recording.name for recording in people_sources.for_training()
    ]  # downloads once, before several processes need them
    tiny_whisper.install()
    with ProcessPoolExecutor(os.cpu_count()) as pool:
        futures = [pool.submit(collect, voice) for voice in VOICES]
        futures += [pool.submit(collect_people, [name]) for name in names]
        examples = [part for future in futures for part in future.result()]
    with report.measuring("agreement", arguments, packages=["ctranslate2", "pocketsphinx"]) as result:
        alone = validate([tracker_only(part) for part in examples], least=LEAST_CONFIDENCE)
        both = validate(examples, least=LEAST_CONFIDENCE)
        for level, (right, words) in both.levels.items():
            alone_right, alone_words = alone.levels[level]
            result.add(
                "calibration", level=level, words=words, right=report.share(right, words),
                alone_words=alone_words, alone_right=report.share(alone_right, alone_words),
            )  # fmt: skip
        for condition, (rejected, accepted) in both.mistakes.items():
            alone_rejected, alone_accepted = alone.mistakes[condition]
            result.add(
                "mistakes", condition=condition, rejected=rejected, accepted=accepted,
                alone_rejected=alone_rejected, alone_accepted=alone_accepted,
            )  # fmt: skip
    print(f"\nfitted on {sum(len(part.right) for part in examples)} words:")
    for name, weight in zip([*Evidence.__slots__, "BIAS"], learn(examples), strict=True):
        print(f"    {name}={weight:.3f},")


if __name__ == "__main__":
    main()
