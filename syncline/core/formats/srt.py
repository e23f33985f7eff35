"""SubRip captions.

Written here because pysubs2 takes {braces} and backslashes in the text for its own markup and drops them.
"""

from __future__ import annotations

from collections.abc import Sequence

from syncline.core.captions.layout import Cue
from syncline.core.formats.clock import clock
from syncline.core.formats.model import Document


def render(document: Document) -> str:
    return render_cues(document.cues, document.language)


def render_cues(cues: Sequence[Cue], language: str) -> str:
    return "".join(
        f"{number}\n{clock(cue.start_ms, ',')} --> {clock(cue.end_ms, ',')}\n{_text(cue)}\n\n"
        for number, cue in enumerate(cues, start=1)
    )


def _text(cue: Cue) -> str:
    return "\n".join(cue.lines).replace("-->", "→")  # SRT has no escapes, and this would start a cue
