"""Measure the memory of a whole worker with the engine whisper.

    python -m benchmarks.whisper_worker                    # make bench-whisper-worker
    python -m benchmarks.whisper_worker --minutes 60,180

A real Celery worker, with its slots and its pool of processes, aligns recordings of these lengths one after the other,
against a moto server. The recordings are made as in benchmarks/whisper_long.py. Memory is the proportional set size of
the worker and all of its processes: pages that several processes share count once. It is read four times a second.
"""

from __future__ import annotations

import io
import os
import tempfile
import threading
import wave
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

from benchmarks import report
from benchmarks.whisper_long import write
from scripts import tiny_whisper
from syncline.core.job import State
from syncline.media.audio import SAMPLE_RATE, Audio
from syncline.processes.cores import usable_cores
from tests.local_aws import LocalAws, WorkerProcess, local_aws, moto_server

WORKER = ("-m", "worker", "--wait-seconds", "1", "--exit-with-parent")
INTERVAL_SECONDS = 0.25
SECONDS_PER_AUDIO_SECOND = 2.0  # to wait for a job, on a machine that is busy with other work
LEAST_SECONDS = 600.0


@dataclass
class Peak:
    """Highest values so far, in MB."""

    tree: int = 0
    main: int = 0
    child: int = 0  # of the largest
    stopped: threading.Event = field(default_factory=threading.Event)

    def watch(self, worker: WorkerProcess) -> None:
        while not self.stopped.wait(INTERVAL_SECONDS):
            children = [_megabytes(pid) for pid in worker.children()]
            main = _megabytes(worker.pid)
            self.tree = max(self.tree, main + sum(children))
            self.main = max(self.main, main)
            self.child = max(self.child, *children, 0)


def _megabytes(pid: int) -> int:
    """0 for a process that has ended."""
    with suppress(OSError):
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
        return next(int(line.split()[1]) for line in lines if line.startswith("Pss:")) >> 10
    return 0


def measure(stack: LocalAws, worker: WorkerProcess, minutes: float) -> dict[str, float]:
    name = f"talk-{minutes:g}"
    with tempfile.TemporaryDirectory() as folder:
        audio, text = write(Path(folder) / "audio.raw", minutes)
        recording = _wave_file(audio)
    peak = Peak()
    watcher = threading.Thread(target=peak.watch, args=(worker,))
    watcher.start()
    try:
        stack.drop(name, text, recording=recording)
        job = stack.wait_final(name, seconds=max(LEAST_SECONDS, SECONDS_PER_AUDIO_SECOND * audio.seconds))
    finally:
        peak.stopped.set()
        watcher.join()
    if job.state is not State.SUCCEEDED:
        raise SystemExit(f"{name}: {job.state} {job.error}")
    return {"minutes": audio.seconds / 60, "tree": peak.tree, "main": peak.main, "child": peak.child}


def _wave_file(audio: Audio) -> bytes:
    out = io.BytesIO()
    with wave.open(out, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(SAMPLE_RATE)
        file.writeframes(audio.path.read_bytes())
    return out.getvalue()


def main() -> None:
    parser = report.parser(__doc__)
    parser.add_argument("--minutes", default="5,60", help="lengths of the recordings (5,60)")
    parser.add_argument("--processes", type=int, default=usable_cores(), help="size of the pool (one for each core)")
    arguments = parser.parse_args()
    models = tiny_whisper.install()
    settings = {"engine": "whisper", "speech_model": tiny_whisper.MODEL.name, "models": models, "lease_seconds": 60}
    slots = arguments.processes + 1
    with (
        report.measuring("whisper-worker", arguments, packages=["ctranslate2", "pocketsphinx"]) as result,
        tempfile.TemporaryDirectory(prefix="syncline-bench-") as name,
        moto_server(Path(name)) as url,
        local_aws(Path(name), url, slots=slots, processes=arguments.processes, **settings) as stack,
    ):
        worker = stack.start_worker(WORKER)
        for minutes in map(float, arguments.minutes.split(",")):
            result.add("peak", **measure(stack, worker, minutes))


if __name__ == "__main__":
    main()
