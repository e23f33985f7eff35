"""TTML in the IMSC 1.1 Text profile, as broadcasters and streaming services require it."""

from __future__ import annotations

from collections.abc import Sequence

from syncline.core.captions.layout import Cue
from syncline.core.formats.clock import clock
from syncline.core.formats.escaping import escape_xml
from syncline.core.formats.model import Document

_HEAD = """<?xml version="1.0" encoding="UTF-8"?>
<tt xmlns="http://www.w3.org/ns/ttml" xmlns:ttp="http://www.w3.org/ns/ttml#parameter"
    xmlns:tts="http://www.w3.org/ns/ttml#styling" xml:lang="{language}" ttp:timeBase="media"
    ttp:contentProfiles="http://www.w3.org/ns/ttml/profile/imsc1.1/text">
  <head>
    <layout>
      <region xml:id="bottom" tts:origin="10% 80%" tts:extent="80% 15%" tts:displayAlign="after"
        tts:textAlign="center"/>
    </layout>
  </head>
  <body>
    <div>
"""
_TAIL = """    </div>
  </body>
</tt>
"""


def render(document: Document) -> str:
    return render_cues(document.cues, document.language)


def render_cues(cues: Sequence[Cue], language: str) -> str:
    return _HEAD.format(language=escape_xml(language)) + "".join(map(_paragraph, cues)) + _TAIL


def _paragraph(cue: Cue) -> str:
    times = f'begin="{clock(cue.start_ms, ".")}" end="{clock(cue.end_ms, ".")}"'
    return f'      <p region="bottom" {times}>{"<br/>".join(map(escape_xml, cue.lines))}</p>\n'
