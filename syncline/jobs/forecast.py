"""Estimate how long a job will take from the pace of recent jobs: seconds of work per second of audio.

The duration of a recording is estimated from its size and format, because it is not decoded yet.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from syncline.core import layout
from syncline.core.job import Job, State
from syncline.core.timestamps import parse_timestamp

MIN_AUDIO_SECONDS = 0.01  # a quotient with less is noise
MIN_PROGRESS = 0.05  # less progress does not predict the rest


@dataclass(frozen=True, slots=True)
class Pace:
    """The pace of recent jobs. Figures are None until a job has been measured."""

    seconds_per_audio_second: float | None = None
    seconds_per_job: float | None = None
    bytes_per_audio_second: float | None = None
    bytes_per_audio_second_by_extension: tuple[tuple[str, float], ...] = ()
    running: int = 0

    def audio_seconds(self, job: Job) -> float | None:
        by_extension = dict(self.bytes_per_audio_second_by_extension)
        rate = by_extension.get(layout.extension_of(job.recording_key), self.bytes_per_audio_second)
        return job.recording_bytes / rate if job.recording_bytes and rate else None


def _is_representative(job: Job) -> bool:
    """A resumed job took less time than its recording needs."""
    stats = job.stats
    long_enough = stats.get("audio_seconds", 0) >= MIN_AUDIO_SECONDS
    return bool(long_enough and stats.get("wall_seconds") and not stats.get("resumed"))


def measure(recent: Iterable[Job], *, running: int) -> Pace:
    """The pace of recently succeeded jobs: quotients of totals, so that short files weigh little."""
    measured = [job for job in recent if _is_representative(job)]
    if not measured:
        return Pace(running=running)
    wall = sum(float(job.stats["wall_seconds"]) for job in measured)
    extensions = {layout.extension_of(job.recording_key) for job in measured}
    by_extension = {name: _bytes_per_audio_second(_named(measured, name)) for name in extensions}
    return Pace(
        seconds_per_audio_second=wall / _audio(measured),
        seconds_per_job=wall / len(measured),
        bytes_per_audio_second=_bytes_per_audio_second(measured),
        bytes_per_audio_second_by_extension=tuple((name, rate) for name, rate in by_extension.items() if rate),
        running=running,
    )


def seconds_left(job: Job, pace: Pace, *, ahead: int, now: datetime) -> float | None:
    """Seconds until the job ends; None if there is nothing to estimate it from."""
    own = _own_seconds(job, pace)
    if job.state is State.QUEUED and own is not None:
        return own + ahead * (pace.seconds_per_job or own) / max(1, pace.running)
    if job.state is not State.RUNNING:
        return None
    if own is not None:
        return own * (1 - job.progress)
    if job.started_at and job.progress >= MIN_PROGRESS:
        elapsed = (now - parse_timestamp(job.started_at)).total_seconds()
        return max(0.0, elapsed) * (1 - job.progress) / job.progress
    return None


def _own_seconds(job: Job, pace: Pace) -> float | None:
    audio_seconds = pace.audio_seconds(job)
    if audio_seconds is None or pace.seconds_per_audio_second is None:
        return pace.seconds_per_job
    return audio_seconds * pace.seconds_per_audio_second


def _named(jobs: Sequence[Job], extension: str) -> list[Job]:
    return [job for job in jobs if layout.extension_of(job.recording_key) == extension]


def _audio(jobs: Iterable[Job]) -> float:
    return sum(float(job.stats["audio_seconds"]) for job in jobs)


def _bytes_per_audio_second(jobs: Iterable[Job]) -> float | None:
    sized = [job for job in jobs if job.recording_bytes]
    return sum(job.recording_bytes or 0 for job in sized) / _audio(sized) if sized else None
