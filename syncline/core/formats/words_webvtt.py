"""WebVTT captions with a time stamp before each word, for players that light up the spoken word.

Only in the spoken language: translated words have no times. A word that was not heard has no time stamp of its own.
"""

from __future__ import annotations

from syncline.core.captions.layout import Cue, CuePart
from syncline.core.formats.clock import clock
from syncline.core.formats.escaping import escape_webvtt
from syncline.core.formats.model import Document


def render(document: Document) -> str:
    blocks = (
        f"\n{number}\n{clock(cue.start_ms, '.')} --> {clock(cue.end_ms, '.')}\n{_text(cue)}\n"
        for number, cue in enumerate(document.cues, start=1)
    )
    return "WEBVTT\n" + "".join(blocks)


def _text(cue: Cue) -> str:
    """WebVTT wants time stamps that increase, after the start of the cue and before its end."""
    latest = cue.start_ms
    lines = []
    for line in cue.parts:
        line_text = ""
        for part in line:
            stamped, latest = _stamp(part, latest, cue.end_ms)
            line_text += part.gap + stamped + escape_webvtt(part.text)
        lines.append(line_text)
    return "\n".join(lines)


def _stamp(part: CuePart, latest: int, end: int) -> tuple[str, int]:
    if part.start_ms is None or not latest < part.start_ms < end:
        return "", latest
    return f"<{clock(part.start_ms, '.')}>", part.start_ms
