"""Limit the time and the disk space that one job may use."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from syncline.aws.settings import Settings
from syncline.core.errors import LimitExceededError, ProcessUnfitError

# Raw samples take 32 kB a second; recordings of speech take 2 kB a second and more.
MAX_DECODED_RATIO = 16
RAW_BYTES_PER_SECOND = 32_000
SPARE_DISK_BYTES = 16 << 20  # transcripts, logs and an engine's own files
# A disk without the files of jobs that is fuller than this has a problem of its own.
MIN_FREE_SHARE = 0.2


DISK_FULL = "disk_full"


class DiskUsage(Protocol):
    """What shutil.disk_usage returns."""

    @property
    def total(self) -> int: ...
    @property
    def free(self) -> int: ...


@dataclass(frozen=True, slots=True)
class JobLimits:
    """`seconds` is the wall-clock time of a job, from the first byte fetched to the last result stored; each second
    of audio adds `seconds_per_audio_second`."""

    seconds: float
    seconds_per_audio_second: float
    audio_seconds: float
    transcript_words: int
    spare_disk_bytes: int = SPARE_DISK_BYTES
    disk_usage: Callable[[Path], DiskUsage] = shutil.disk_usage

    @classmethod
    def from_settings(cls, settings: Settings) -> JobLimits:
        return cls(
            seconds=settings.job_seconds,
            seconds_per_audio_second=settings.job_seconds_per_audio_second,
            audio_seconds=settings.max_audio_seconds,
            transcript_words=settings.max_transcript_words,
        )

    def seconds_for(self, audio_seconds: float) -> float:
        return self.seconds + self.seconds_per_audio_second * audio_seconds

    def check_disk(self, folder: Path, recording_bytes: int) -> None:
        """Raise LimitExceededError if the recording and its samples may not fit on the disk together."""
        decoded = min(recording_bytes * MAX_DECODED_RATIO, self.audio_seconds * RAW_BYTES_PER_SECOND)
        needed = recording_bytes + decoded + self.spare_disk_bytes
        free = self.disk_usage(folder).free
        if free < needed:
            raise disk_full_error(f"The job may need {_mb(needed)} of disk, and the worker has {_mb(free)} left.")

    def check_idle_disk(self, folder: Path) -> None:
        """Raise ProcessUnfitError if the disk is nearly full although no job has files on it."""
        usage = self.disk_usage(folder)
        if usage.free < MIN_FREE_SHARE * usage.total:
            raise ProcessUnfitError(
                f"The worker's disk is full, and not with the files of jobs: {_mb(usage.free)} of "
                f"{_mb(usage.total)} are left.",
                code=DISK_FULL,
                hint="Free space on it, or replace the worker.",
            )


def disk_full_error(message: str) -> LimitExceededError:
    return LimitExceededError(
        message, code=DISK_FULL, hint="Give the worker more disk or fewer slots (SYNCLINE_SLOTS), then retry the job."
    )


def time_limit_error(seconds: float) -> LimitExceededError:
    return LimitExceededError(
        f"The job was not done after {seconds:.0f} seconds.",
        code="time_limit",
        hint="If the job was making progress, raise SYNCLINE_JOB_SECONDS or SYNCLINE_JOB_SECONDS_PER_AUDIO_SECOND, "
        "then retry it.",
    )


def _mb(count: float) -> str:
    return f"{count / 1e6:.0f} MB"
