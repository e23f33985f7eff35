"""Compare one long recording with the same material in twelve short ones.

    python -m benchmarks.long_recordings        # make bench-long

Time must grow linearly with the length of a recording, and memory must not grow. The sentences of the synthetic
corpus, in five voices and in different orders, make twelve recordings of at least five minutes. They are aligned one
by one, then as one recording with one transcript, by a process pool of the same size. Processor seconds include all
processes.
"""

from __future__ import annotations

import multiprocessing
import os
import random
import resource
import tempfile
import time
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import numpy as np

from benchmarks import report
from benchmarks.align import Score
from benchmarks.corpus import VOICES, Item, joined, shuffled, spoken
from syncline.core.alignment import Word
from syncline.media.audio import Audio
from syncline.processes.cores import usable_cores
from syncline.processes.pool import SandboxedPool
from syncline.speech.engine import AlignmentOptions
from syncline.speech.pocketsphinx import PocketSphinxEngine

PIECES, PIECE_SECONDS = 12, 300.0


@dataclass
class Run:
    words: list[list[Word]]  # by recording
    clock_seconds: float
    processor_seconds: float
    own_megabytes: int
    child_megabytes: int  # of the largest


def piece(number: int) -> Item:
    chance = random.Random(number)
    voice = spoken(VOICES[number % len(VOICES)])
    parts = [shuffled(voice, chance)]
    while sum(part.seconds for part in parts) < PIECE_SECONDS:
        parts.append(shuffled(voice, chance))
    return joined(parts)


def align(recordings: Sequence[tuple[Path, int, str]], processes: int) -> Run:
    """Runs in a process of its own, so that its memory holds nothing but the aligner."""
    began = time.monotonic()
    with SandboxedPool(processes, task_seconds=600) as pool:
        engine = PocketSphinxEngine(pool)
        words = [
            list(engine.align(Audio(path, samples), text, AlignmentOptions(), lambda share: None).words)
            for path, samples, text in recordings
        ]
    own, children = resource.getrusage(resource.RUSAGE_SELF), resource.getrusage(resource.RUSAGE_CHILDREN)
    processor = own.ru_utime + own.ru_stime + children.ru_utime + children.ru_stime
    return Run(words, time.monotonic() - began, processor, own.ru_maxrss >> 10, children.ru_maxrss >> 10)


def measure(name: str, recordings: Sequence[Item], processes: int, result: report.Result) -> Run:
    with tempfile.TemporaryDirectory() as folder:
        files = [(Path(folder) / f"{index}.raw", item) for index, item in enumerate(recordings)]
        for path, item in files:
            item.write(path)
        with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as fresh:
            work = [(path, len(item.sound), item.transcript) for path, item in files]
            run = fresh.submit(align, work, processes).result()
    score, seconds = Score(), sum(item.seconds for item in recordings)
    for item, words in zip(recordings, run.words, strict=True):
        score.add(item, words)
    result.add(
        "runs", what=name, minutes=seconds / 60, clock=run.clock_seconds, seconds=run.processor_seconds,
        speed=seconds / run.processor_seconds, found=report.share(score.aligned, score.spoken),
        median=float(np.median(score.errors)), main=run.own_megabytes, child=run.child_megabytes,
    )  # fmt: skip
    return run


def main() -> None:
    parser = report.parser(__doc__)
    parser.add_argument("--pieces", type=int, default=PIECES, help="number of recordings (12)")
    parser.add_argument(
        "--processes", type=int, default=usable_cores(), help="size of the process pool (one for each core)"
    )
    arguments = parser.parse_args()
    pieces = [piece(number) for number in range(arguments.pieces)]
    with report.measuring("long", arguments, packages=["pocketsphinx", "numpy"]) as result:
        apart = measure(f"{arguments.pieces} recordings", pieces, arguments.processes, result)
        whole = measure("one recording", [joined(pieces)], arguments.processes, result)
        result.add("summary", ratio=whole.processor_seconds / apart.processor_seconds)


if __name__ == "__main__":
    main()
