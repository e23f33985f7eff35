"""Decode a recording to raw samples in a sandboxed child process.

The child reads the recording and the files of the system, and writes only its output up to a size. It has limits on
memory, CPU time and wall time, a clean environment, no network and no access to other processes (see
syncline.processes.sandbox), and exits with its parent.
"""

from __future__ import annotations

import shutil
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from syncline.core.errors import MediaError
from syncline.core.progress import Progress
from syncline.media import decode_errors
from syncline.media.audio import SAMPLE_RATE, Audio
from syncline.media.ffmpeg import decoding_command, ffmpeg_binary
from syncline.media.ffmpeg_log import FfmpegLog
from syncline.media.ffmpeg_process import sandboxed

_BYTES_PER_SECOND = 2 * SAMPLE_RATE
_POLL_SECONDS = 0.1


@dataclass(frozen=True, slots=True)
class DecodeLimits:
    max_audio_seconds: float = 12 * 3600
    max_wall_seconds: float = 1800
    max_cpu_seconds: int = 1800
    max_memory_bytes: int = 1 << 30  # of address space; ffmpeg maps 400 MB before it reads anything
    spare_disk_bytes: int = 16 << 20  # stays free for the other jobs

    def audio_seconds(self, recording_bytes: int) -> float:
        """The most audio to decode from a recording of this size."""
        return min(self.max_audio_seconds, decode_errors.plausible_seconds(recording_bytes))


@dataclass(frozen=True, slots=True)
class DecodedAudio(Audio):
    """`warnings` are sentences for the user. A recording that is cut short yields the samples that it has."""

    warnings: tuple[str, ...] = ()


def decode(
    recording: Path,
    into: Path,
    *,
    limits: DecodeLimits | None = None,
    progress: Progress | None = None,
    free_bytes: Callable[[Path], int] = lambda folder: shutil.disk_usage(folder).free,
) -> DecodedAudio:
    """Write the first audio stream as raw 16 kHz mono samples. On an error nothing is left at `into`."""
    limits = limits or DecodeLimits()
    _check_file(recording)

    def disk_is_full() -> bool:
        return free_bytes(into.parent) < limits.spare_disk_bytes

    try:
        outcome = _run(recording, into, limits, progress or (lambda done: None), disk_is_full)
        warnings = decode_errors.warnings_or_error(recording, outcome, max_audio_seconds=limits.max_audio_seconds)
    except BaseException:
        into.unlink(missing_ok=True)
        raise
    return DecodedAudio(into, outcome.samples, warnings)


def _check_file(recording: Path) -> None:
    if not recording.is_file():
        raise MediaError(f"{recording.name} is not a readable file.", code="recording_unreadable")
    if recording.stat().st_size == 0:
        raise MediaError(
            f"{recording.name} is empty: it has no bytes.",
            code="recording_empty",
            hint="Upload it again. The first upload may have been cut off.",
        )


def _run(
    recording: Path, into: Path, limits: DecodeLimits, progress: Progress, disk_is_full: Callable[[], bool]
) -> decode_errors.Outcome:
    recording_bytes = recording.stat().st_size
    max_seconds = limits.audio_seconds(recording_bytes)
    command = decoding_command(ffmpeg_binary(), recording, max_seconds=max_seconds + 1)
    deadline = time.monotonic() + limits.max_wall_seconds
    full = timed_out = False
    with (
        into.open("wb") as samples,
        sandboxed(command, limits=_resource_limits(limits, max_seconds), recording=recording, stdout=samples) as child,
    ):
        log = FfmpegLog(recording)
        reader = threading.Thread(target=log.read, args=(child.stderr,), name="ffmpeg-log", daemon=True)
        reader.start()
        try:
            while not child.exited_within(_POLL_SECONDS):
                _report(progress, into, log)
                full, timed_out = disk_is_full(), time.monotonic() > deadline
                if full or timed_out or decode_errors.is_refused(log):
                    break
        finally:
            child.kill()
            child.wait()
            reader.join()  # before its stream is closed
    progress(1.0)
    return decode_errors.Outcome(into.stat().st_size // 2, recording_bytes, child.wait(), timed_out, full, log)


def _report(progress: Progress, into: Path, log: FfmpegLog) -> None:
    announced = log.announced_seconds * _BYTES_PER_SECOND
    if announced:
        progress(min(1.0, into.stat().st_size / announced))


def _resource_limits(limits: DecodeLimits, max_seconds: float) -> dict[str, int]:
    return {
        "RLIMIT_AS": limits.max_memory_bytes,
        "RLIMIT_CPU": max(1, int(limits.max_cpu_seconds)),
        "RLIMIT_FSIZE": int((max_seconds + 2) * _BYTES_PER_SECOND),  # The kernel counts the bytes of the decoder.
        "RLIMIT_NOFILE": 64,
        "RLIMIT_CORE": 0,
    }
