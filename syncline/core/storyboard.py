"""The layout of a storyboard: one frame for each sentence, in sheets, with a WebVTT file that says where each one is.

The cues are those that video players read for previews: `storyboard-1.jpg#xywh=x,y,w,h`, relative to the WebVTT file.
A cue lasts until the next sentence starts. Its identifier is the id of its sentence.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import zip_longest
from typing import TYPE_CHECKING

from syncline.core.formats.clock import clock

if TYPE_CHECKING:  # The Lambda functions need only the names of the files.
    from syncline.core.sentences import Sentence

TILE_WIDTH = 160
COLUMNS = 10
TILES_PER_SHEET = 100
MAX_FRAMES = 6_000  # 60 sheets: twelve hours with a sentence every seven seconds

VTT_NAME = "storyboard.vtt"
SHEET_SUFFIX = ".jpg"


def sheet_name(number: int) -> str:
    """Sheets are counted from 1."""
    return f"storyboard-{number}{SHEET_SUFFIX}"


@dataclass(frozen=True, slots=True)
class Moment:
    """The start of a sentence that was heard."""

    sentence: int
    start: float


def moments(sentences: Sequence[Sentence]) -> list[Moment]:
    """The moments that get a frame, in the order of time. A sentence without times has none."""
    heard = [Moment(each.id, each.start) for each in sentences if each.start is not None]
    return sorted(heard, key=lambda moment: moment.start)[:MAX_FRAMES]


def file_names(sentences: Sequence[Sentence]) -> list[str]:
    """The files of a complete storyboard."""
    sheets = -(-len(moments(sentences)) // TILES_PER_SHEET)
    return [*(sheet_name(1 + index) for index in range(sheets)), VTT_NAME]


def render_vtt(shown: Sequence[Moment], *, tile_height: int, until: float) -> str:
    """The WebVTT file of these moments, whose frames are in the sheets in this order."""
    return "WEBVTT\n" + "".join(_cues(shown, tile_height, until))


def _cues(shown: Sequence[Moment], tile_height: int, until: float) -> Iterator[str]:
    for index, (moment, following) in enumerate(zip_longest(shown, shown[1:])):
        start = round(moment.start * 1000)
        end = max(start + 1, round((following.start if following else until) * 1000))
        sheet, tile = divmod(index, TILES_PER_SHEET)
        row, column = divmod(tile, COLUMNS)
        place = f"{column * TILE_WIDTH},{row * tile_height},{TILE_WIDTH},{tile_height}"
        times = f"{clock(start, '.')} --> {clock(end, '.')}"
        yield f"\n{moment.sentence}\n{times}\n{sheet_name(1 + sheet)}#xywh={place}\n"
