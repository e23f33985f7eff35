"""NIST's CTM: recording, channel, start, duration, word and confidence, one word a line."""

from __future__ import annotations

from syncline.core.alignment import Word
from syncline.core.formats.model import Document

CHANNEL = "1"


def render(document: Document) -> str:
    name = _field(document.recording.name)
    timed = [word for word in document.alignment.words if word.start is not None and word.end is not None]
    return "".join(_line(name, word) for word in sorted(timed, key=lambda word: word.start or 0.0))


def _line(name: str, word: Word) -> str:
    start, end = word.start or 0.0, word.end or 0.0
    fields = [name, CHANNEL, f"{start:.3f}", f"{end - start:.3f}", _field(word.word)]
    return " ".join(fields if word.confidence is None else [*fields, f"{word.confidence:.3f}"]) + "\n"


def _field(text: str) -> str:
    """Fields are separated by spaces, and two semicolons start a comment."""
    return "_".join(text.split()).replace(";;", ";_") or "_"
