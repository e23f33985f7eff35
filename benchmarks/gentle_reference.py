"""Measure what the engine gentle gains from its reference: none, the embedded aligner, or the engine whisper.

    python -m benchmarks.gentle_reference                  # make bench-gentle-reference
    python -m benchmarks.gentle_reference --voices kal,awb --conditions "clean,10% misread"

Aligns items of the synthetic corpus with the Gentle of SYNCLINE_GENTLE_HOME, or without one with the stand-in of the
tests, which recognises words with PocketSphinx. Each reference reconciles the same words of Gentle. `whisper` has the
model tiny.en (a download of 71 MB).
"""

from __future__ import annotations

import os
import tempfile
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

from benchmarks import report
from benchmarks.corpus import CONDITIONS, Item, Unit, items
from scripts import tiny_whisper
from syncline.core.alignment import Word
from syncline.media.audio import Audio
from syncline.processes.pool import SerialPool
from syncline.speech.engine import AlignmentOptions, Engine, EngineResources
from syncline.speech.gentle import GentleEngine
from syncline.speech.gentle.reconciliation import reconcile
from syncline.speech.gentle.silence import without_silent_words
from syncline.speech.pocketsphinx import PocketSphinxEngine
from syncline.speech.whisper import create_engine as whisper_engine
from tests.integration.speech.gentle.standin.install import install

RIGHT_SECONDS = 0.25
SURE = 0.5
LEVELS = (0.0, 0.2, 0.5, 0.8, 0.9, 1.0)
DEFAULT_CONDITIONS = ("clean", "telephone", "10% inserted", "10% misread")


@dataclass
class Score:
    spoken: int = 0
    unspoken: int = 0
    found: int = 0
    false: int = 0
    sure_found: int = 0
    sure_false: int = 0
    levels: dict[str, list[int]] = field(default_factory=lambda: defaultdict(lambda: [0, 0]))  # words, right

    def add(self, item: Item, words: Sequence[Word]) -> None:
        for begin, end, unit in item.spans():
            found = [word for word in words if word.aligned and word.start_offset < end and begin < word.end_offset]
            sure = any((word.confidence or 0.0) >= SURE for word in found)
            if unit.start is None:
                self.unspoken += 1
                self.false += bool(found)
                self.sure_false += sure
            else:
                self.spoken += 1
                self.found += bool(found)
                self.sure_found += sure
            for word in found:
                level = self.levels[_level(word.confidence or 0.0)]
                level[0] += 1
                level[1] += _is_right(word, unit)


def _level(confidence: float) -> str:
    low, high = next(pair for pair in pairwise(LEVELS) if confidence < pair[1] or pair[1] == LEVELS[-1])
    return f"{low:g} to {high:g}"


def _is_right(word: Word, unit: Unit) -> bool:
    if unit.start is None or unit.end is None:
        return False
    return max(abs((word.start or 0.0) - unit.start), abs((word.end or 0.0) - unit.end)) <= RIGHT_SECONDS


def alignments(
    item: Item, audio: Audio, gentle: Engine, references: dict[str, Engine]
) -> Iterator[tuple[str, Sequence[Word]]]:
    """By reference. The corpus has no recording that Gentle aligns in chunks, so its words are the same for each."""

    def aligned(engine: Engine) -> Sequence[Word]:
        return engine.align(audio, item.transcript, AlignmentOptions(), lambda done: None).words

    words = aligned(gentle)
    yield "none", words
    for name, engine in references.items():
        yield name, reconcile(words, without_silent_words(aligned(engine), audio)).words


def measure(home: Path, voices: Sequence[str], conditions: Sequence[str]) -> dict[tuple[str, str], Score]:
    whisper = EngineResources(SerialPool(), speech_model=tiny_whisper.MODEL.name, models=tiny_whisper.install())
    references = {"pocketsphinx": PocketSphinxEngine(SerialPool()), "whisper": whisper_engine(whisper)}
    scores: dict[tuple[str, str], Score] = defaultdict(Score)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "audio.raw"
        for item in items(voices, {name: CONDITIONS[name] for name in conditions}):
            item.write(path)
            gentle = GentleEngine(home, threads=1)
            for reference, words in alignments(item, Audio(path, len(item.sound)), gentle, references):
                scores[item.condition, reference].add(item, words)
    return scores


def main() -> None:
    parser = report.parser(__doc__)
    parser.add_argument("--voices", default="kal")
    parser.add_argument("--conditions", default=",".join(DEFAULT_CONDITIONS))
    arguments = parser.parse_args()
    with (
        report.measuring("gentle-reference", arguments, packages=["ctranslate2", "pocketsphinx"]) as result,
        tempfile.TemporaryDirectory() as folder,
    ):
        installed = os.environ.get("SYNCLINE_GENTLE_HOME")
        home = Path(installed) if installed else install(Path(folder) / "gentle")
        scores = measure(home, arguments.voices.split(","), arguments.conditions.split(","))
        for (condition, reference), score in scores.items():
            result.add(
                "accuracy",
                condition=condition,
                reference=reference,
                found=report.share(score.found, score.spoken),
                false=report.share(score.false, score.unspoken),
                sure_found=report.share(score.sure_found, score.spoken),
                sure_false=report.share(score.sure_false, score.unspoken),
            )
        levels: dict[tuple[str, str], list[int]] = defaultdict(lambda: [0, 0])
        for (_, reference), score in scores.items():
            for level, (words, right) in score.levels.items():
                levels[reference, level][0] += words
                levels[reference, level][1] += right
        for (reference, level), (words, right) in sorted(levels.items()):
            result.add("calibration", reference=reference, level=level, words=words, right=report.share(right, words))


if __name__ == "__main__":
    main()
