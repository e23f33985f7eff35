"""Limit the time and the disk space that one job may use."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path

from syncline.aws.settings import Settings
from syncline.core.errors import LimitExceededError

# Raw samples take 32 kB a second; recordings of speech take 2 kB a second and more.
MAX_DECODED_RATIO = 16
RAW_BYTES_PER_SECOND = 32_000
SPARE_DISK_BYTES = 16 << 20  # transcripts, logs and an engine's own files


@dataclass(frozen=True, slots=True)
class JobLimits:
    """`seconds` is the wall-clock time of a job, from the first byte fetched to the last result stored; each second
    of audio adds `seconds_per_audio_second`."""

    seconds: float
    seconds_per_audio_second: float
    audio_seconds: float
    transcript_words: int
    spare_disk_bytes: int = SPARE_DISK_BYTES

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
        free = shutil.disk_usage(folder).free
        if free < needed:
            raise disk_full_error(f"The job may need {_mb(needed)} of disk, and the worker has {_mb(free)} left.")


def disk_full_error(message: str) -> LimitExceededError:
    return LimitExceededError(
        message, code="disk_full", hint="Give the worker more disk or fewer slots (SYNCLINE_SLOTS), then retry the job."
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
