"""Read SRT and WebVTT: the text of the cues, and their times to compare with."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator

from syncline.core.errors import TranscriptError
from syncline.core.transcript.model import SourceCue, Transcript, Turn
from syncline.core.transcript.plain_text import read_plain_text

_TIME = r"(?:(\d{1,3}):)?(\d{1,2}):(\d{1,2})[.,](\d{1,3})"
_TIMES = re.compile(rf"{_TIME}[ \t]*-->[ \t]*{_TIME}[ \t]*(.{{0,200}})")
_TAG = re.compile(r"<[^<>\n]{0,200}>|\{\\[^{}\n]{0,200}\}")
_VOICE = re.compile(r"<v(?:\.[\w.]{1,60})?[ \t]+([^<>\n]{1,80})>")


def read_captions(document: str) -> Transcript:
    """SRT or WebVTT; raises TranscriptError with the line that is not understood."""
    text, turns, cues = "", list[Turn](), list[SourceCue]()
    for start_ms, end_ms, settings, lines in _blocks(document):
        shown = "\n".join(filter(None, (_shown(line) for line in lines)))
        if not shown:
            continue
        text += "\n" if text else ""
        start = len(text)
        text += shown
        cues.append(SourceCue(start, len(text), start_ms, end_ms, tuple(lines), settings))
        voice = _VOICE.search("\n".join(lines))
        if voice is not None:
            turns.append(Turn(start, len(text), html.unescape(voice[1].strip())))
    if not cues:
        raise TranscriptError(
            "The caption file has no cues.", code="empty_transcript", hint="Upload the captions, or the text as .txt."
        )
    plain = read_plain_text(text)
    return Transcript(text, plain.unspoken, tuple(turns) or plain.turns, tuple(cues))


def _blocks(document: str) -> Iterator[tuple[int, int, str, list[str]]]:
    """Cues are separated by blank lines. Blocks without times are headers, notes and styles."""
    for number, block in _numbered_blocks(document):
        at = next((index for index, line in enumerate(block[:2]) if "-->" in line), None)
        if at is None:
            continue
        times = _TIMES.match(block[at].strip())
        if times is None:
            raise TranscriptError(
                f"Line {number + at} of the caption file has no times: “{block[at][:60]}”.",
                code="bad_captions",
                hint="Write times as 00:01:02,500 --> 00:01:04,000, or upload the text as .txt.",
            )
        start_ms, end_ms = _milliseconds(*times.groups()[:4]), _milliseconds(*times.groups()[4:8])
        yield start_ms, max(start_ms, end_ms), times[9].strip(), block[at + 1 :]


def _numbered_blocks(document: str) -> Iterator[tuple[int, list[str]]]:
    """-> the number of the first line, and the lines."""
    block: list[str] = []
    for number, line in enumerate([*document.splitlines(), ""], start=1):
        if line.strip():
            block.append(line)
        elif block:
            yield number - len(block), block
            block = []


def _milliseconds(hours: str | None, minutes: str, seconds: str, fraction: str) -> int:
    whole = int(hours or 0) * 3600 + int(minutes) * 60 + int(seconds)
    return whole * 1000 + int(fraction.ljust(3, "0"))


def _shown(line: str) -> str:
    return html.unescape(_TAG.sub("", line)).strip()
