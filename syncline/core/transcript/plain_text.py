"""Find speaker labels and remarks in plain text.

The conventions are ambiguous, so a label needs evidence: capitals (`ALICE:`), a title (`Dr. Smith:`), `>>`, or a name
that labels several lines or alternates with another. "Note: …" is therefore not a speaker. Square brackets enclose
remarks; round ones do only if they enclose a sound, such as "(applause)".
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence

from syncline.core.transcript.model import Span, Transcript, Turn, merged

MAX_LABEL = 40  # characters; a longer text before a colon is a sentence
_NAME = r"[^\W\d_][\w.'’-]{0,24}"
_LABEL = re.compile(rf"(?P<name>{_NAME}(?: {_NAME}){{0,3}}(?: \d{{1,2}})?|[^\W\d_]\d{{0,2}}) ?:(?=\s)")
_CHANGE = re.compile(r">> ?(?:(?P<name>[^\W\d_][\w.'’ -]{0,38}?) ?:(?=\s))?")
_BRACKETED_LABEL = re.compile(r"\[(?P<name>[^\W\d_][\w.'’ -]{0,38})\]:?(?=[^\S\n]+\S)")
_REMARK = re.compile(r"\[[^\[\]\n]{0,120}\]|♪[^♪\n]{0,400}♪?|\((?P<sound>[^()\n]{1,60})\)")
_TITLES = frozenset({"dr", "mr", "mrs", "ms", "mx", "prof", "rev", "sen", "gov", "capt", "sgt", "sir", "lady", "judge"})
_HEADINGS = frozenset(
    {
        "note", "notes", "warning", "example", "tip", "summary", "source", "sources", "chapter", "figure", "table",
        "step", "hint", "title", "date", "time", "place", "topic", "subject", "ps", "p.s", "fact", "update",
        "abstract", "introduction", "conclusion", "question", "answer", "todo", "important", "remember", "result",
        "results",
    }
)  # fmt: skip
_SOUNDS = frozenset(
    {
        "applause", "laughter", "laughs", "laughing", "music", "cheering", "cheers", "sighs", "coughs", "silence",
        "pause", "inaudible", "unintelligible", "indistinct", "crosstalk", "noise", "whispers", "sobs", "crying",
        "gasps", "chuckles",
    }
)  # fmt: skip
_NO_NAMES = _HEADINGS | _SOUNDS


def read_plain_text(text: str) -> Transcript:
    lines = list(_lines(text))
    labels = _accepted_labels(text, lines)
    remarks = [match.span() for match in _REMARK.finditer(text) if _is_remark(match)]
    label_spans = [(start, end) for start, end, _ in labels]
    unspoken = merged([*label_spans, *remarks])
    starts = [*((end, speaker) for _, end, speaker in labels), (len(text), None)]
    ends = [*(start for start, _, _ in labels[1:]), len(text)]
    turns = tuple(Turn(start, end, speaker) for (start, speaker), end in zip(starts, ends, strict=False) if start < end)
    return Transcript(text, unspoken, turns)


def _lines(text: str) -> Iterator[Span]:
    """The lines that are not blank, without the white space before them."""
    position = 0
    for line in text.splitlines(keepends=True):
        if line.strip():
            yield position + len(line) - len(line.lstrip()), position + len(line)
        position += len(line)


def _accepted_labels(text: str, lines: Sequence[Span]) -> list[tuple[int, int, str | None]]:
    """-> start, end and speaker of each label, in order."""
    found = [label for line in lines if (label := _label_in(text, line))]
    counts = Counter(name.casefold() for _, _, name, _ in found if name)
    is_dialogue = len(counts) > 1 and 2 * len(found) >= len(lines)
    return [
        (start, end, name)
        for start, end, name, certain in found
        if certain or (name and (is_dialogue or counts[name.casefold()] > 1))
    ]


def _label_in(text: str, line: Span) -> tuple[int, int, str | None, bool] | None:
    """-> start, end, speaker, and whether the label needs no other evidence."""
    start, end = line
    if (change := _CHANGE.match(text, start, end)) is not None:
        return start, change.end(), change["name"], True
    if (bracketed := _BRACKETED_LABEL.match(text, start, end)) is not None:
        return (start, bracketed.end(), bracketed["name"], False) if _may_be_name(bracketed["name"]) else None
    if (label := _LABEL.match(text, start, min(end, start + MAX_LABEL))) is not None and _may_be_name(label["name"]):
        return start, label.end(), label["name"], _is_certain(label["name"])
    return None


def _may_be_name(name: str) -> bool:
    starts_small = any(word[0].islower() for word in name.split())
    return not starts_small and name.casefold().rstrip(".") not in _NO_NAMES


def _is_certain(name: str) -> bool:
    letters = sum(1 for character in name if character.isalpha())
    title = name.split()[0].casefold().rstrip(".") in _TITLES and " " in name
    return title or (letters > 1 and name == name.upper() and name != name.lower())


def _is_remark(match: re.Match[str]) -> bool:
    sound = match["sound"]
    return sound is None or any(word.strip(".,!").casefold() in _SOUNDS for word in sound.split())
