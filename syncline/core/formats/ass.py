"""Advanced SubStation Alpha with karaoke tags: each word lights up when it is spoken.

Written here because pysubs2 takes {braces} and backslashes in the text for its own markup. Times are centiseconds, so
each duration is the difference of two rounded times: rounding errors do not add up.
"""

from __future__ import annotations

from collections.abc import Sequence

from syncline.core.captions.layout import Cue
from syncline.core.formats.model import Document

_HEADER = """[Script Info]
ScriptType: v4.00+
WrapStyle: 2
ScaledBorderAndShadow: yes
PlayResX: 1920
PlayResY: 1080

[V4+ Styles]
Format: Name, Fontname, Fontsize, PrimaryColour, SecondaryColour, OutlineColour, BackColour, Bold, Italic, Underline, \
StrikeOut, ScaleX, ScaleY, Spacing, Angle, BorderStyle, Outline, Shadow, Alignment, MarginL, MarginR, MarginV, Encoding
Style: Default,Sans,64,&H00FFFFFF,&H00B8B8B8,&H00202020,&H80000000,0,0,0,0,100,100,0,0,1,3,0,2,96,96,60,1

[Events]
Format: Layer, Start, End, Style, Name, MarginL, MarginR, MarginV, Effect, Text
""".replace("\\\n", "")


def render(document: Document) -> str:
    return _script(document.cues, karaoke=True)


def render_cues(cues: Sequence[Cue], language: str) -> str:
    return _script(cues, karaoke=False)


def _script(cues: Sequence[Cue], *, karaoke: bool) -> str:
    text = _karaoke if karaoke else _plain
    lines = (f"Dialogue: 0,{_clock(cue.start_ms)},{_clock(cue.end_ms)},Default,,0,0,0,,{text(cue)}\n" for cue in cues)
    return _HEADER + "".join(lines)


def _plain(cue: Cue) -> str:
    return "\\N".join(map(_escaped, cue.lines))


def _karaoke(cue: Cue) -> str:
    """A karaoke tag holds how long its text is lit: until the next word starts, or the last word ends."""
    segments = _segments(cue)
    ends = [*(start for start, _ in segments[1:]), _centiseconds(_last_word_end(cue))]
    timed = ((max(0, end - start), text) for (start, text), end in zip(segments, ends, strict=True))
    return "".join(f"{{\\k{duration}}}{text}" for duration, text in timed if text or duration)


def _segments(cue: Cue) -> list[tuple[int, str]]:
    """-> start and text, in order of time. Text without a time of its own belongs to the segment before it."""
    segments = [(_centiseconds(cue.start_ms), "")]
    for number, line in enumerate(cue.parts):
        for index, part in enumerate(line):
            start, text = segments[-1]
            segments[-1] = (start, text + ("\\N" if index == 0 and number > 0 else part.gap))
            if part.start_ms is not None and start <= _centiseconds(part.start_ms) < _centiseconds(cue.end_ms):
                segments.append((_centiseconds(part.start_ms), _escaped(part.text)))
            else:
                segments[-1] = (start, segments[-1][1] + _escaped(part.text))
    return segments


def _last_word_end(cue: Cue) -> int:
    ends = [part.end_ms for line in cue.parts for part in line if part.end_ms is not None]
    return min(ends[-1], cue.end_ms) if ends else cue.end_ms


def _escaped(text: str) -> str:
    """A word joiner after a backslash keeps it from starting a tag such as \\N."""
    return text.replace("\\", "\\\u2060").replace("{", "\\{").replace("}", "\\}")


def _centiseconds(milliseconds: int) -> int:
    return round(milliseconds / 10)


def _clock(milliseconds: int) -> str:
    seconds, hundredths = divmod(_centiseconds(milliseconds), 100)
    return f"{seconds // 3600}:{seconds // 60 % 60:02d}:{seconds % 60:02d}.{hundredths:02d}"
