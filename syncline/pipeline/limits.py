"""How much of the machine one job may have."""

from __future__ import annotations

import shutil
from pathlib import Path

from syncline.aws.settings import Settings
from syncline.core.errors import LimitExceededError

# Raw samples take 32 kB a second; recordings of speech take 2 kB a second and more.
DECODED_TIMES_AT_MOST = 16
RAW_BYTES_PER_SECOND = 32_000
SPARE_BYTES = 16 << 20  # for everything small: transcripts, logs, an engine's own files


def seconds_for(audio_seconds: float, settings: Settings) -> float:
    """By the clock, from the first byte fetched to the last one stored. Before the decoder has counted: for none."""
    return settings.job_seconds + settings.job_seconds_per_audio_second * audio_seconds


def check_disk(folder: Path, recording_bytes: int, settings: Settings) -> None:
    """Raises LimitExceededError when the recording and its samples may not fit beside each other."""
    decoded = min(recording_bytes * DECODED_TIMES_AT_MOST, settings.max_audio_seconds * RAW_BYTES_PER_SECOND)
    needed = recording_bytes + decoded + SPARE_BYTES
    free = shutil.disk_usage(folder).free
    if free < needed:
        raise disk_full(f"The job may need {_mb(needed)} of disk, and the worker has {_mb(free)} left.")


def disk_full(message: str) -> LimitExceededError:
    return LimitExceededError(
        message, code="disk_full", hint="Give the worker more disk or fewer slots (SYNCLINE_SLOTS), then retry the job."
    )


def out_of_time(seconds: float) -> LimitExceededError:
    return LimitExceededError(
        f"The job was not done after {seconds:.0f} seconds.",
        code="time_limit",
        hint="Raise SYNCLINE_JOB_SECONDS or SYNCLINE_JOB_SECONDS_PER_AUDIO_SECOND if it was on its way, then retry it.",
    )


def _mb(count: float) -> str:
    return f"{count / 1e6:.0f} MB"
