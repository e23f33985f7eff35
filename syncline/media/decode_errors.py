"""Turn the end of a decoding into warnings or into an error with a code, a reason and a hint.

ffmpeg has no error codes. This module maps the child's exit status, the limits that ended it and the patterns in its
log to the codes that users see, and quotes ffmpeg's own words.
"""

from __future__ import annotations

import mmap
import re
import signal
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from syncline.core.errors import LimitExceededError, MediaError, SettingsError, SynclineError
from syncline.media.audio import SAMPLE_RATE
from syncline.media.ffmpeg_log import FfmpegLog

_NO_MEMORY = re.compile(
    r"Cannot allocate memory|pthread_create\(\) failed|[Ff]ailed to allocate|[Oo]ut of memory|failed to map segment"
)
_NO_START = re.compile(r"error while loading shared libraries")
_NO_SPACE = re.compile(r"No space left on device|Disk quota exceeded")
_NO_DECODER = re.compile(r"Decoder .*not found|[Nn]o decoder|Decoding requested, but no decoder|codec not supported")
_CUT_SHORT = re.compile(
    r"moov atom not found|partial file|ended prematurely|[Tt]runcated|filesize and duration do not match|"
    r"Packet corrupt|corrupt input packet|[Uu]nexpected end|EOF while|Invalid data found when processing input"
)
_INCOMPLETE = re.compile(r"moov atom not found|partial file|ended prematurely|[Tt]runcated")
_EXTERNAL_TRACK = re.compile(r"Skipped opening external track")
_TIME_JUMP = re.compile(r"Failed to compensate for timestamp delta")
_PROTECTED = re.compile(r"DRM|[Ee]ncrypted|activation_bytes|decryption key")
_MISDETECTED = re.compile(r"misdetection possible|not on whitelist")

# MPEG-4 marks a protected track with a "sinf" box that begins with the track's real format.
_PROTECTED_TRACK = b"sinf\x00\x00\x00\x0cfrma"


MIN_SAMPLE_RATE = 4_000  # Hz; telephones have 8,000
# Speech codecs use 300 bytes a second and more, with long silences 100. A smaller average is digital silence that was
# made to decode to gigabytes. A small file may still have gaps of minutes, so one hour is always plausible.
MIN_BYTES_PER_SECOND = 64
ALWAYS_PLAUSIBLE_SECONDS = 3_600.0


@dataclass(frozen=True, slots=True)
class Outcome:
    samples: int
    recording_bytes: int
    status: int  # negative: the signal that ended the child
    timed_out: bool
    disk_full: bool
    log: FfmpegLog

    def logged(self, pattern: re.Pattern[str]) -> bool:
        return any(pattern.search(text) for text in self.log.complaints)

    def killed_by(self, *names: signal.Signals) -> bool:
        return -self.status in names


def plausible_seconds(recording_bytes: int) -> float:
    return ALWAYS_PLAUSIBLE_SECONDS + recording_bytes / MIN_BYTES_PER_SECOND


def is_refused(log: FfmpegLog) -> bool:
    """Whether the recording can be refused while it is still being decoded."""
    return 0 < log.sample_rate < MIN_SAMPLE_RATE


def warnings_or_error(recording: Path, outcome: Outcome, *, max_audio_seconds: float) -> tuple[str, ...]:
    """Return the warnings, or raise when there is nothing to align or a limit ended the decoding."""
    reason = _stopped(outcome, max_audio_seconds) or _protected(recording, outcome)
    if not reason and not outcome.samples:
        reason = _nothing_decoded(outcome)
    if reason:
        raise reason.error(recording, outcome)
    return _warnings(outcome)


@dataclass(frozen=True, slots=True)
class _Reason:
    code: str
    what: str
    hint: str
    kind: Callable[..., SynclineError] = MediaError

    def error(self, recording: Path, outcome: Outcome) -> SynclineError:
        return self.kind(f"{recording.name} {self.what}.{outcome.log.quote()}", code=self.code, hint=self.hint)


def _stopped(outcome: Outcome, max_audio_seconds: float) -> _Reason | None:
    """Check the limits first: the output and the log of a stopped decoder mean nothing."""
    if outcome.disk_full:
        return _DISK_FULL
    if is_refused(outcome.log):
        return _Reason(
            "sample_rate_too_low",
            f"has {outcome.log.sample_rate:,} samples a second, and speech needs {MIN_SAMPLE_RATE:,}",
            "Upload the original recording, or correct its header.",
        )
    if outcome.timed_out or outcome.log.interrupted or outcome.killed_by(signal.SIGXCPU):
        return _TIMED_OUT
    if (reason := _too_long(outcome, max_audio_seconds)) is not None:
        return reason
    if outcome.logged(_NO_SPACE):
        return _DISK_FULL
    if outcome.killed_by(signal.SIGKILL) or (outcome.status and outcome.logged(_NO_MEMORY)):
        return _OUT_OF_MEMORY
    if outcome.logged(_NO_START):
        return _BROKEN_FFMPEG
    if outcome.logged(_TIME_JUMP):
        return _BROKEN_TIMES
    return _CRASHED if outcome.status < 0 else None


def _too_long(outcome: Outcome, max_audio_seconds: float) -> _Reason | None:
    plausible = plausible_seconds(outcome.recording_bytes)
    seconds = outcome.samples / SAMPLE_RATE
    if seconds <= min(max_audio_seconds, plausible) and not outcome.killed_by(signal.SIGXFSZ):
        return None
    if plausible >= max_audio_seconds:
        return _Reason(
            "recording_too_long",
            f"is longer than {max_audio_seconds:g} seconds, the limit of this deployment",
            "Cut it into parts, or raise SYNCLINE_MAX_AUDIO_SECONDS.",
        )
    if outcome.logged(_TIME_JUMP):
        return _BROKEN_TIMES
    return _Reason(
        "duration_implausible",
        f"has more than {plausible / 60:,.0f} minutes of audio in {outcome.recording_bytes / 1000:,.0f} kB, which "
        "is less than any speech needs",
        "Cut the silence out, or upload the original recording.",
    )


def _protected(recording: Path, outcome: Outcome) -> _Reason | None:
    """Search only when ffmpeg complained, because the search reads the whole file."""
    if not outcome.log.complaints:
        return None
    if outcome.logged(_PROTECTED) and not outcome.samples:
        return _ENCRYPTED
    with recording.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content:
        is_movie = content[4:8] in (b"ftyp", b"moov", b"styp", b"mdat", b"free", b"wide")
        return _ENCRYPTED if is_movie and content.find(_PROTECTED_TRACK) >= 0 else None


def _nothing_decoded(outcome: Outcome) -> _Reason:
    if outcome.log.has_no_such_stream:
        return _NO_AUDIO_STREAM
    if outcome.logged(_MISDETECTED):  # First, because a text named .mp4 has no "moov atom" either.
        return _NOT_MEDIA
    if outcome.logged(_EXTERNAL_TRACK):
        return _REFERENCE
    if outcome.logged(_INCOMPLETE):
        return _TRUNCATED
    if not outcome.log.opened:
        return _NOT_MEDIA
    if outcome.logged(_NO_DECODER):
        return _UNKNOWN_CODEC
    return _DAMAGED if outcome.log.errors else _SILENT


def _warnings(outcome: Outcome) -> tuple[str, ...]:
    if not outcome.logged(_CUT_SHORT):
        return ()
    seconds, announced = outcome.samples / SAMPLE_RATE, outcome.log.announced_seconds
    known = announced > seconds + 1 and not outcome.log.estimated
    share = f"{seconds:.1f} of the {announced:.1f} seconds that it announces" if known else f"{seconds:.1f} seconds"
    return (f"The recording is cut short or damaged: {share} could be decoded.{outcome.log.quote()}",)


_AGAIN = "Check that it plays, and upload it again."
_TIMED_OUT = _Reason(
    "decode_timed_out", "took too long to decode", "Convert it to WAV, FLAC or MP3 first, or cut it into parts."
)
_OUT_OF_MEMORY = _Reason(
    "decode_out_of_memory", "needs more memory to decode than the limit", "Convert it to WAV, FLAC or MP3 first."
)
_DISK_FULL = _Reason(
    "disk_full", "could not be decoded: the disk is full", "Give the worker more disk space.", LimitExceededError
)
_BROKEN_FFMPEG = _Reason("ffmpeg_broken", "was not decoded: ffmpeg does not start", "Reinstall ffmpeg.", SettingsError)
_CRASHED = _Reason("decoder_crashed", "made the decoder crash", "Convert it to WAV, FLAC or MP3 first.")
_BROKEN_TIMES = _Reason(
    "recording_timestamps",
    "has time stamps that jump by hours, so the times of its words would be wrong",
    "Convert it to WAV, FLAC or MP3 first.",
)
_ENCRYPTED = _Reason(
    "recording_encrypted", "is encrypted (DRM) and cannot be decoded", "Upload a copy without copy protection."
)
_NO_AUDIO_STREAM = _Reason("no_audio_stream", "has no audio stream", "Upload a recording with sound.")
_TRUNCATED = _Reason("recording_truncated", "is cut off before its audio can be found", _AGAIN)
_REFERENCE = _Reason(
    "recording_elsewhere",
    "only refers to another file that holds its audio",
    "Upload a self-contained copy.",
)
_NOT_MEDIA = _Reason(
    "not_media", "is not a recording in an accepted format", "Upload audio or video; a playlist is neither."
)
_UNKNOWN_CODEC = _Reason(
    "unsupported_codec", "is in a codec that this ffmpeg cannot decode", "Convert it to WAV, FLAC or MP3 first."
)
_DAMAGED = _Reason("recording_damaged", "is damaged: no audio could be decoded", _AGAIN)
_SILENT = _Reason("recording_empty", "has an audio stream without samples", _AGAIN)
