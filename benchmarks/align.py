"""How right and how fast the embedded aligner is: `python -m benchmarks.align` (`make bench-align`).

Per condition: share of the spoken words aligned, boundary errors in milliseconds, share of boundaries within 20, 50
and 100 ms, words off by more than 250 ms (gross), words never spoken but called aligned (false), times faster than
real time on one core. With --plain the same for PocketSphinx's own whole-file alignment. The peak memory is at the end.
"""

from __future__ import annotations

import argparse
import os
import resource
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import numpy as np

from benchmarks.corpus import CONDITIONS, RATE, Item, Unit, items
from syncline.alignment import Word
from worker.engines import AlignmentWishes, Audio
from worker.engines.pocketsphinx import PocketSphinxEngine
from worker.pool import SerialPool

GROSS_MS = 250
Aligner = Callable[[Audio, str], list[Word]]


@dataclass
class Score:
    spoken: int = 0
    aligned: int = 0
    unspoken: int = 0
    false: int = 0
    gross: int = 0
    errors: list[float] = field(default_factory=list)  # ms, both boundaries of each aligned word
    audio_seconds: float = 0.0
    cpu_seconds: float = 0.0

    def add(self, item: Item, words: list[Word]) -> None:
        position = 0
        for unit in item.units:
            begin, end = position, position + len(unit.text)
            position = end + len(unit.after)
            found = [word for word in words if word.aligned and word.start_offset < end and begin < word.end_offset]
            self._add_unit(unit, found)

    def _add_unit(self, unit: Unit, found: list[Word]) -> None:
        if unit.start is None or unit.end is None:
            self.unspoken += 1
            self.false += bool(found)
            return
        self.spoken += 1
        if found:
            self.aligned += 1
            errors = [abs(found[0].start - unit.start) * 1000, abs(found[-1].end - unit.end) * 1000]
            self.errors += errors
            self.gross += max(errors) > GROSS_MS

    def row(self, name: str) -> str:
        errors = np.array(self.errors or [np.nan])
        within = [f"{100 * np.mean(errors <= limit):5.1f}" for limit in (20, 50, 100)]
        return (
            f"{name:22} {_percent(self.aligned, self.spoken)} {np.median(errors):7.1f} {errors.mean():7.1f}"
            f" {np.percentile(errors, 90):7.1f}  {' '.join(within)} {_percent(self.gross, self.aligned)}"
            f" {_percent(self.false, self.unspoken)} {self.audio_seconds / self.cpu_seconds:6.0f}"
        )


def _percent(part: int, whole: int) -> str:
    return f"{100 * part / whole:6.2f}" if whole else "     -"


HEADER = " " * 22 + " found%  median    mean     p90    <20   <50  <100 gross% false%   x-rt"


def embedded(audio: Audio, transcript: str) -> list[Word]:
    alignment = PocketSphinxEngine(SerialPool()).align(audio, transcript, AlignmentWishes(), lambda share: None)
    return list(alignment.words)


def plain(audio: Audio, transcript: str) -> list[Word]:
    """PocketSphinx as it comes: the whole file, every word of the dictionary, nothing else."""
    from pocketsphinx import Decoder

    from syncline.alignment import SUCCESS
    from worker.engines.pocketsphinx.pronunciations import shared_pronunciations
    from worker.engines.pocketsphinx.tokens import tokenize

    tokens = tokenize(transcript, shared_pronunciations().known)
    decoder = Decoder(lm=None, bestpath=False, wbeam=1e-48, loglevel="FATAL")
    known = [token for token in tokens if decoder.lookup_word(token.text.lower())]
    decoder.set_align_text(" ".join(token.text.lower() for token in known))
    decoder.start_utt()
    decoder.process_raw(audio.path.read_bytes(), full_utt=True)
    decoder.end_utt()
    segments = [segment for segment in decoder.seg() or () if segment.word[0] not in "<[+("]
    return [
        Word(SUCCESS, token.text, s.start_frame / 100, (s.end_frame + 1) / 100, token.start, token.end)
        for token, s in zip(known, segments, strict=False)
    ]


def run(aligner: Aligner, voices: list[str], conditions: list[str]) -> None:
    scores = {condition: Score() for condition in conditions}
    with tempfile.TemporaryDirectory() as folder:
        for item in items(voices):
            if item.condition not in scores:
                continue
            path = Path(folder) / "audio.raw"
            loudest = max(1.0, float(np.abs(item.sound).max()) / 32_000)
            path.write_bytes((item.sound / loudest).astype("<i2").tobytes())
            score, begin = scores[item.condition], time.process_time()
            words = aligner(Audio(path, len(item.sound)), item.transcript)
            score.cpu_seconds += time.process_time() - begin
            score.audio_seconds += len(item.sound) / RATE
            score.add(item, words)
    print(HEADER)
    for condition, score in scores.items():
        print(score.row(condition), flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--voices", default="slt,kal,rms,ked,awb")
    parser.add_argument("--conditions", default=",".join(CONDITIONS))
    parser.add_argument("--plain", action="store_true", help="also PocketSphinx's own whole-file alignment")
    wishes = parser.parse_args()
    voices = wishes.voices.split(",")
    conditions = wishes.conditions.split(",")
    run(embedded, voices, conditions)
    if wishes.plain:
        print("\nplain PocketSphinx")
        run(plain, voices, [name for name in conditions if name != "another transcript"])
    print(f"\npeak memory {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024} MB, with the corpus in it")


if __name__ == "__main__":
    main()
