"""Make the storyboard of a recording: the frame on screen when each sentence starts.

A storyboard is an extra. What prevents it becomes a warning, and the frames that were found before are kept.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import count, islice
from pathlib import Path

from syncline.core import storyboard
from syncline.core.errors import MediaError
from syncline.core.formats.clock import clock
from syncline.core.progress import Progress
from syncline.core.sentences import Sentence
from syncline.core.storyboard import COLUMNS, TILE_WIDTH, TILES_PER_SHEET, Moment
from syncline.media.frames import FrameLimits, VideoTrack, find_video, frames_at
from syncline.media.sheets import sheet_of

# Decoding takes a fraction of the time that a video plays, and that time only for very large pictures.
BASE_SECONDS, SECONDS_PER_SECOND = 300.0, 1.0

Publish = Callable[[str, bytes], None]


def limits_for(audio_seconds: float) -> FrameLimits:
    return FrameLimits(BASE_SECONDS + SECONDS_PER_SECOND * audio_seconds)


@dataclass(frozen=True, slots=True)
class Storyboard:
    """The WebVTT file, which is None if there is no frame. `complete` means that no frame is missing."""

    vtt: bytes | None
    warnings: tuple[str, ...] = ()
    complete: bool = True


def make_storyboard(
    recording: Path,
    sentences: Sequence[Sentence],
    *,
    until: float,
    publish: Publish,
    progress: Progress,
    limits: FrameLimits | None = None,
) -> Storyboard:
    """Publish each sheet when it is finished. `until` is the end of the recording."""
    limits = limits or limits_for(until)
    moments = storyboard.moments(sentences)
    if not moments:
        return _none("no sentence was heard in the recording.")
    try:
        video = find_video(recording, tile_width=TILE_WIDTH, limits=limits)
    except MediaError as error:
        return _none(error.message)
    if video is None:
        return _none("the recording has no video.")
    sheets = _Sheets(video, frames_at(recording, video, [each.start for each in moments], limits=limits), publish)
    for shown in sheets.publish_all():
        progress(shown / len(moments))
    if not sheets.shown:
        return _none(str(sheets.problem))
    vtt = storyboard.render_vtt(moments[: sheets.shown], tile_height=video.tile_height, until=until)
    missing = tuple(_missing(sentences, moments, sheets))
    return Storyboard(vtt.encode(), missing, complete=sheets.shown == len(moments))


@dataclass(slots=True)
class _Sheets:
    """`shown` counts the frames that are published; `problem` is why there are no more."""

    video: VideoTrack
    frames: Iterator[bytes]
    publish: Publish
    shown: int = 0
    problem: MediaError | None = None

    def publish_all(self) -> Iterator[int]:
        """Yields the number of frames so far, after each frame."""
        for number in count(1):
            tiles: list[bytes] = []
            try:
                for tile in islice(self.frames, TILES_PER_SHEET):
                    tiles.append(tile)
                    yield self.shown + len(tiles)
            except MediaError as error:
                self.problem = error
            if tiles:
                self._publish_sheet(number, tiles)
            if len(tiles) < TILES_PER_SHEET:
                return

    def _publish_sheet(self, number: int, tiles: Sequence[bytes]) -> None:
        picture = sheet_of(tiles, width=self.video.tile_width, height=self.video.tile_height, columns=COLUMNS)
        self.publish(storyboard.sheet_name(number), picture)
        self.shown += len(tiles)


def _none(reason: str) -> Storyboard:
    return Storyboard(None, (f"There is no storyboard: {reason}",), complete=False)


def _missing(sentences: Sequence[Sentence], moments: Sequence[Moment], sheets: _Sheets) -> Iterator[str]:
    heard = sum(each.start is not None for each in sentences)
    if sheets.shown < len(moments):
        ends = clock(round(moments[sheets.shown].start * 1000), ".")
        yield f"The storyboard ends before {ends}: {sheets.problem}"
    elif heard > len(moments):
        yield f"The storyboard has frames of the first {len(moments):,} of {heard:,} sentences."
