"""WebVTT captions.

Written here because pysubs2 does not escape what WebVTT requires to be escaped, and webvtt-py refuses to write it.
"""

from __future__ import annotations

from collections.abc import Sequence

from syncline.core.captions.layout import Cue
from syncline.core.formats.clock import clock
from syncline.core.formats.escaping import escape_webvtt
from syncline.core.formats.model import Document


def render(document: Document) -> str:
    return render_cues(document.cues, document.language)


def render_cues(cues: Sequence[Cue], language: str) -> str:
    blocks = (
        f"\n{number}\n{clock(cue.start_ms, '.')} --> {clock(cue.end_ms, '.')}\n{escape_webvtt(_joined(cue))}\n"
        for number, cue in enumerate(cues, start=1)
    )
    return "WEBVTT\n" + "".join(blocks)


def _joined(cue: Cue) -> str:
    return "\n".join(cue.lines)
