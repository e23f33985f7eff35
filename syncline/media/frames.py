"""Take the frames that a video shows at given times of its decoded audio.

Each frame is found by decoding: the decoder starts at the keyframe before the wanted time, and the last frame whose
time stamp is not later is the one on screen. Nothing is computed from a frame rate, so variable rates, reordered
frames and edit lists need no case of their own. ffmpeg applies rotation.

The work is linear in the length of the video. Where the next wanted time is far ahead, the decoder jumps. If a jump
does not lead past the last decoded frame, the video has too few keyframes to jump to, and no jump follows.
"""

from __future__ import annotations

import queue
import re
import subprocess
import threading
import time
from collections import deque
from collections.abc import Generator, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

from syncline.core.errors import MediaError
from syncline.media.ffmpeg import (
    ENCODER_DELAY_SECONDS,
    audio_start_command,
    ffmpeg_binary,
    frames_command,
    tracks_command,
)
from syncline.media.ffmpeg_log import FfmpegLog
from syncline.media.ffmpeg_process import kill_group, sandboxed
from syncline.processes.cpu_time import exited_within

MAX_PIXELS = 8192 * 4320
MAX_TILE_HEIGHT = 2  # in widths
JUMP_SECONDS = 10.0  # starting ffmpeg costs about as much as decoding a few seconds
HALF_MILLISECOND = 0.0005  # times of sentences are rounded to milliseconds
_EXIT_SECONDS = 10.0
_LOG_SECONDS = 30.0

_TIME_BASE = re.compile(r"^config in time_base: (\d+)/(\d+)")
_FRAME = re.compile(r"^n:\s*\d+ pts:\s*(?P<pts>-?\d+|NOPTS) .* iskey:(?P<key>[01])")
_SIZE = re.compile(r" sar:(?P<sar_width>\d+)/(?P<sar_height>\d+) s:(?P<width>\d+)x(?P<height>\d+) ")
_SAMPLES = re.compile(r"^n:\s*\d+ pts:\s*(?P<pts>-?\d+) .* rate:(?P<rate>\d+) .*nb_samples:")


@dataclass(frozen=True, slots=True)
class FrameLimits:
    """`seconds` is both the wall-clock time and the CPU time for all frames of one video."""

    seconds: float
    max_memory_bytes: int = 1 << 30

    def resources(self, seconds: float) -> dict[str, int]:
        return {
            "RLIMIT_AS": self.max_memory_bytes,
            "RLIMIT_CPU": max(1, int(seconds)),
            "RLIMIT_FSIZE": 0,
            "RLIMIT_NOFILE": 64,
            "RLIMIT_CORE": 0,
        }


@dataclass(frozen=True, slots=True)
class VideoTrack:
    """The size of a small frame, and the time stamp in the file at which the decoded audio begins."""

    tile_width: int
    tile_height: int
    audio_zero: float


@dataclass(frozen=True, slots=True)
class Frame:
    """`pixels` are rows of red, green and blue bytes."""

    time: float  # in the decoded audio
    key: bool
    pixels: bytes


def find_video(recording: Path, *, tile_width: int, limits: FrameLimits) -> VideoTrack | None:
    """The video track of a recording; None if it has none. A cover picture is not a video."""
    relative, absolute = _Tracks(), _Tracks()
    _probe(audio_start_command(ffmpeg_binary(), recording), recording, limits, relative)
    log = _probe(tracks_command(ffmpeg_binary(), recording, max_pixels=MAX_PIXELS), recording, limits, absolute)
    if absolute.size is None:
        if log.has_no_such_stream:
            return None
        raise _undecodable(recording, log)
    height = min(MAX_TILE_HEIGHT * tile_width, max(2, round(tile_width * absolute.shape)))
    # The decoder of the audio removes a short delay at the start, and fills a longer one with silence.
    delay = relative.audio or 0.0
    kept_delay = delay if delay >= ENCODER_DELAY_SECONDS else 0.0
    return VideoTrack(tile_width, height, (absolute.audio or 0.0) - kept_delay)


def frames_at(recording: Path, video: VideoTrack, times: Sequence[float], *, limits: FrameLimits) -> Iterator[bytes]:
    """The pixels of the frames on screen at these times, which are in ascending order.

    Before the first frame and after the last one, it is that frame. Raises MediaError if the decoder fails or its
    time runs out: the frames until then are exact.
    """
    return _Search(recording, video, limits, deque(times)).run()


@dataclass(slots=True)
class _Tracks:
    """What ffmpeg logs of the first frame and the first samples."""

    size: tuple[int, int] | None = None
    shape: float = 1.0  # height to width, as shown
    audio: float | None = None

    def observe(self, text: str) -> None:
        if self.size is None and (frame := _SIZE.search(text)):
            width, height, sar_width, sar_height = (
                int(frame[name]) for name in ("width", "height", "sar_width", "sar_height")
            )
            self.size = width, height
            self.shape = height / width * (sar_height / sar_width if sar_width and sar_height else 1.0)
        elif self.audio is None and (samples := _SAMPLES.match(text)):
            self.audio = int(samples["pts"]) / int(samples["rate"])


def _probe(command: list[str], recording: Path, limits: FrameLimits, tracks: _Tracks) -> FfmpegLog:
    log = FfmpegLog(recording, observe=tracks.observe)
    with sandboxed(command, limits=limits.resources(limits.seconds), recording=recording) as child:
        with _ended_after(child, limits.seconds):
            log.read(_stream(child.stderr))
        exited_within(child, _EXIT_SECONDS)
    return log


@dataclass(slots=True)
class _Search:
    recording: Path
    video: VideoTrack
    limits: FrameLimits
    wanted: deque[float]
    position: float = float("-inf")  # of the last decoded frame
    may_jump: bool = True
    deadline: float = field(init=False)

    def __post_init__(self) -> None:
        self.deadline = time.monotonic() + self.limits.seconds

    def run(self) -> Iterator[bytes]:
        while self.wanted:
            start = self.wanted[0] if self._is_far(self.wanted[0]) else None
            with closing(self._decoded(start)) as frames:
                yield from self._shown(frames if start is None else self._landed(frames))

    def _is_far(self, wanted: float) -> bool:
        return self.may_jump and wanted - max(self.position, 0.0) > JUMP_SECONDS

    def _landed(self, frames: Iterator[Frame]) -> Iterator[Frame]:
        """The frames after a jump, from the first keyframe: those before it may lack what they refer to.

        If the jump led too far, there are none, and the next decoder starts at the beginning.
        """
        first = next((frame for frame in frames if frame.key), None)
        too_far = first is None or first.time > self.wanted[0] + HALF_MILLISECOND
        if first is None or too_far or first.time <= self.position:
            self.may_jump = False
        if first is None or too_far:
            return
        yield first
        yield from frames

    def _shown(self, frames: Iterator[Frame]) -> Iterator[bytes]:
        shown: Frame | None = None
        for frame in frames:
            while frame.time > self.wanted[0] + HALF_MILLISECOND:
                yield (shown or frame).pixels
                self.wanted.popleft()
                if not self.wanted:
                    return
            shown = frame
            self.position = max(self.position, frame.time)
            if self._is_far(self.wanted[0]):
                return
        while shown and self.wanted:
            yield shown.pixels
            self.wanted.popleft()

    def _decoded(self, start: float | None) -> Generator[Frame]:
        """All frames from the keyframe before `start`, or from the beginning."""
        video = self.video
        command = frames_command(
            ffmpeg_binary(), self.recording, start=None if start is None else video.audio_zero + start,
            width=video.tile_width, height=video.tile_height, max_pixels=MAX_PIXELS,
        )  # fmt: skip
        left = max(0.0, self.deadline - time.monotonic())
        stamps = _Stamps(video.audio_zero)
        log = FfmpegLog(self.recording, observe=stamps.observe)
        with sandboxed(command, limits=self.limits.resources(left), recording=self.recording) as child:
            reader = threading.Thread(target=log.read, args=(child.stderr,), name="ffmpeg-log", daemon=True)
            reader.start()
            try:
                with _ended_after(child, left):
                    yield from self._frames(_stream(child.stdout), stamps)
                    exited_within(child, _EXIT_SECONDS)
                if child.returncode or log.interrupted:
                    raise self._stopped(log)
            finally:
                kill_group(child)
                exited_within(child, _EXIT_SECONDS)
                reader.join()
        if self.position == float("-inf") and start is None:
            raise _undecodable(self.recording, log)

    def _frames(self, stream: IO[bytes], stamps: _Stamps) -> Iterator[Frame]:
        size = 3 * self.video.tile_width * self.video.tile_height
        while len(pixels := stream.read(size)) == size:
            stamp = stamps.next()
            if stamp is not None:
                yield Frame(*stamp, pixels)

    def _stopped(self, log: FfmpegLog) -> MediaError:
        if time.monotonic() >= self.deadline or log.interrupted:
            taken = f"Decoding the video took longer than {self.limits.seconds:.0f} seconds."
            return MediaError(taken, code="video_timed_out")
        return _undecodable(self.recording, log)


class _Stamps:
    """The time stamps of the frames, as ffmpeg logs them, for the thread that reads the frames."""

    def __init__(self, zero: float) -> None:
        self._zero = zero
        self._seconds_per_unit = 0.0
        self._found: queue.SimpleQueue[tuple[float, bool] | None] = queue.SimpleQueue()

    def observe(self, text: str) -> None:
        if base := _TIME_BASE.match(text):
            self._seconds_per_unit = int(base[1]) / int(base[2])
        elif frame := _FRAME.match(text):
            known = frame["pts"] != "NOPTS"
            when = int(frame["pts"]) * self._seconds_per_unit - self._zero if known else 0.0
            self._found.put((when, frame["key"] == "1") if known else None)

    def next(self) -> tuple[float, bool] | None:
        """The time of the next frame and whether it is a keyframe; None if the frame has no time."""
        try:
            return self._found.get(timeout=_LOG_SECONDS)
        except queue.Empty:
            raise MediaError("ffmpeg did not log the time of a frame.", code="video_damaged") from None


@contextmanager
def _ended_after(child: subprocess.Popen[bytes], seconds: float) -> Iterator[None]:
    """Kill the child if the block takes longer: a child that waits for ever uses no CPU time."""
    timer = threading.Timer(seconds, kill_group, args=(child,))
    timer.start()
    try:
        yield
    finally:
        timer.cancel()
        timer.join()


def _undecodable(recording: Path, log: FfmpegLog) -> MediaError:
    return MediaError(f"The video in {recording.name} cannot be decoded.{log.quote()}", code="video_damaged")


def _stream(stream: IO[bytes] | None) -> IO[bytes]:
    assert stream is not None  # noqa: S101 - for the type checker: Popen was given PIPE
    return stream
