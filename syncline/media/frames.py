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
import threading
import time
from collections import deque
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

from syncline.core.errors import MediaError
from syncline.media.ffmpeg import (
    ENCODER_DELAY_SECONDS,
    ffmpeg_binary,
    first_frame_command,
    first_samples_command,
    frames_command,
)
from syncline.media.ffmpeg_log import FfmpegLog
from syncline.media.ffmpeg_process import ended_after, sandboxed, stream_of

MAX_PIXELS = 8192 * 4320
MAX_TILE_HEIGHT = 2  # in widths
JUMP_SECONDS = 10.0  # starting ffmpeg costs about as much as decoding a few seconds
HALF_MILLISECOND = 0.0005  # times of sentences are rounded to milliseconds
PROBE_SECONDS = 60.0
_EXIT_SECONDS = 10.0
_LOG_SECONDS = 30.0

# Patterns are searched in a line, because threads of ffmpeg may have written to the same line.
_TIME_BASE = re.compile(r"config in time_base: (\d+)/(\d+)")
_FRAME = re.compile(r"n:\s*(?P<number>\d+) pts:\s*(?P<pts>-?\d+|NOPTS) .* iskey:(?P<key>[01])")
_SIZE = re.compile(r" sar:(?P<sar_width>\d+)/(?P<sar_height>\d+) s:(?P<width>\d+)x(?P<height>\d+) ")
_SAMPLES = re.compile(r"n:0 pts:\s*(?P<pts>-?\d+) .* rate:(?P<rate>\d+) .*nb_samples:")


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
    binary, first = ffmpeg_binary(), _FirstFrame()
    command = first_frame_command(binary, recording, max_pixels=MAX_PIXELS)
    log = _probe(command, recording, limits, first.observe)
    if first.shape is None:
        if log.has_no_such_stream:
            return None
        raise _undecodable(recording, log)
    height = min(MAX_TILE_HEIGHT * tile_width, max(2, round(tile_width * first.shape)))
    return VideoTrack(tile_width, height, _audio_zero(binary, recording, limits))


def frames_at(recording: Path, video: VideoTrack, times: Sequence[float], *, limits: FrameLimits) -> Iterator[bytes]:
    """The pixels of the frames on screen at these times, which are in ascending order.

    Before the first frame and after the last one, it is that frame. Raises MediaError if the decoder fails or its
    time runs out: the frames until then are exact.
    """
    return _Search(recording, video, limits, deque(times)).run()


def _audio_zero(binary: str, recording: Path, limits: FrameLimits) -> float:
    """The decoder of the audio removes a short delay at the start, and fills a longer one with silence."""
    delay, stamp = _FirstSamples(), _FirstSamples()
    for samples, stamps_of_file in ((delay, False), (stamp, True)):
        command = first_samples_command(binary, recording, stamps_of_file=stamps_of_file)
        _probe(command, recording, limits, samples.observe)
    return stamp.time - (delay.time if delay.time >= ENCODER_DELAY_SECONDS else 0.0)


@dataclass(slots=True)
class _FirstFrame:
    shape: float | None = None  # height to width, as shown

    def observe(self, text: str) -> None:
        frame = _SIZE.search(text) if self.shape is None else None
        if frame:
            width, height, sar_width, sar_height = (
                int(frame[name]) for name in ("width", "height", "sar_width", "sar_height")
            )
            self.shape = height / width * (sar_height / sar_width if sar_width and sar_height else 1.0)


@dataclass(slots=True)
class _FirstSamples:
    time: float = 0.0

    def observe(self, text: str) -> None:
        if samples := _SAMPLES.search(text):
            self.time = int(samples["pts"]) / int(samples["rate"])


def _probe(command: list[str], recording: Path, limits: FrameLimits, observe: Callable[[str], None]) -> FfmpegLog:
    log = FfmpegLog(recording, observe=observe)
    seconds = min(PROBE_SECONDS, limits.seconds)
    with sandboxed(command, limits=limits.resources(seconds), recording=recording) as child:
        with ended_after(child, seconds):
            log.read(child.stderr)
        child.exited_within(_EXIT_SECONDS)
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
                with ended_after(child, left):
                    yield from self._frames(stream_of(child.stdout), stamps)
                    child.exited_within(_EXIT_SECONDS)
                if child.returncode or log.interrupted:
                    raise self._stopped(log)
            finally:
                child.kill()
                child.exited_within(_EXIT_SECONDS)
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
        self._found: queue.SimpleQueue[tuple[int, tuple[float, bool] | None]] = queue.SimpleQueue()
        self._held: tuple[int, tuple[float, bool] | None] | None = None
        self._expected = 0

    def observe(self, text: str) -> None:
        if base := _TIME_BASE.search(text):
            self._seconds_per_unit = int(base[1]) / int(base[2])
        elif frame := _FRAME.search(text):
            known = frame["pts"] != "NOPTS"
            when = int(frame["pts"]) * self._seconds_per_unit - self._zero if known else 0.0
            self._found.put((int(frame["number"]), (when, frame["key"] == "1") if known else None))

    def next(self) -> tuple[float, bool] | None:
        """The time of the next frame and whether it is a keyframe; None if the frame has no time, or if its line was
        lost among others."""
        number, stamp = self._held or self._receive()
        self._held = (number, stamp) if number > self._expected else None
        if self._held:
            self._expected += 1
            return None
        self._expected = number + 1  # ffmpeg counts from 0 again when the size of the picture changes
        return stamp

    def _receive(self) -> tuple[int, tuple[float, bool] | None]:
        try:
            return self._found.get(timeout=_LOG_SECONDS)
        except queue.Empty:
            raise MediaError("ffmpeg did not log the time of a frame.", code="video_damaged") from None


def _undecodable(recording: Path, log: FfmpegLog) -> MediaError:
    return MediaError(f"The video in {recording.name} cannot be decoded.{log.quote()}", code="video_damaged")
