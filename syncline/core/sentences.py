"""Cut a transcript into sentences with their offsets and the times of their words.

Every spoken character belongs to exactly one sentence. A sentence has one speaker: it ends where the speaker changes.
Speaker labels, and remarks between sentences, belong to no sentence. Text without punctuation, such as the output of
a speech recogniser, is cut at clause marks, then at pauses, then between words. `find_boundaries` says where written
sentences end; this module decides everything else.
"""

from __future__ import annotations

import bisect
import unicodedata
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate, pairwise
from typing import Any

from syncline.core.alignment import NOT_FOUND_IN_TRANSCRIPT, Word
from syncline.core.spoken_languages import SPOKEN_LANGUAGES
from syncline.core.transcript import Transcript, Turn

LONGEST = 300  # columns (a full-width character takes two); a written sentence is seldom longer
LONGEST_WITHOUT_END = 160  # without a full stop, so long a text is not one sentence
PAUSE_SECONDS = 0.4

ENDS = frozenset(".!?…。！？．؟۔।॥։።᙮፧፨។៕⁇⁈⁉‼")
CLOSERS = frozenset("\"'”’»›)]}」』）】》〉］｝")
STRONG_MARKS = frozenset(";:；：—–·؛")
WEAK_MARKS = frozenset(",，、､،﹐፣")
# Abbreviations that precede a name. sentencex knows most of them, but not at the start of a sentence.
TITLES = {code: language.titles for code, language in SPOKEN_LANGUAGES.items()}
JOINERS = frozenset("\u200d\ufe0e\ufe0f")  # join their neighbours into one visible character

Span = tuple[int, int]
FindBoundaries = Callable[[str, str], list[int]]  # text, its language -> offsets at which sentences end


@dataclass(frozen=True, slots=True)
class Sentence:
    """`text` is transcript[start_offset:end_offset]. Times are None if none of its words was heard."""

    id: int
    start_offset: int
    end_offset: int
    text: str
    start: float | None
    end: float | None
    speaker: str | None = None

    def as_dict(self) -> dict[str, Any]:
        """The form in the "syncline" object of an alignment."""
        return {
            "id": self.id,
            "start": self.start,
            "end": self.end,
            "startOffset": self.start_offset,
            "endOffset": self.end_offset,
            "text": self.text,
            **({"speaker": self.speaker} if self.speaker else {}),
        }

    @classmethod
    def from_dict(cls, entry: Mapping[str, Any]) -> Sentence:
        return cls(
            entry["id"], entry["startOffset"], entry["endOffset"], entry["text"], entry["start"], entry["end"],
            entry.get("speaker"),
        )  # fmt: skip


def split(
    transcript: Transcript, words: Sequence[Word], language: str, *, find_boundaries: FindBoundaries
) -> list[Sentence]:
    spoken, timeline = transcript.spoken_text, _Timeline(words)
    spans = [
        part
        for span in _sentence_spans(spoken, language, transcript.turns, find_boundaries)
        for part in _cut_long(spoken, span, timeline=timeline, longest=_allowed(spoken, span))
    ]
    return [
        Sentence(
            number, start, end, transcript.text[start:end], *timeline.times(start, end), transcript.speaker_at(start)
        )
        for number, (start, end) in enumerate(spans)
    ]


def cut_text(text: str, *, longest: int) -> list[str]:
    """Cut text without times into parts of at most `longest` columns, at the best places."""
    whole = _trimmed(text, (0, len(text)))
    if whole is None:
        return []
    return [text[start:end] for start, end in _cut_long(text, whole, timeline=_Timeline(()), longest=longest)]


def width(text: str) -> int:
    """The columns that the text takes: two for a full-width character, none for a combining mark."""
    return sum(map(_columns, text))


class _Timeline:
    """The words of the transcript by offset: when each was heard, and which offsets lie inside a word."""

    def __init__(self, words: Sequence[Word]) -> None:
        own = [word for word in words if word.case != NOT_FOUND_IN_TRANSCRIPT and word.start_offset is not None]
        self._words = sorted(own, key=lambda word: word.start_offset or 0)
        self._starts = [word.start_offset or 0 for word in self._words]

    def times(self, start: int, end: int) -> tuple[float | None, float | None]:
        inside = self._words[bisect.bisect_left(self._starts, start) : bisect.bisect_left(self._starts, end)]
        starts = [word.start for word in inside if word.aligned and word.start is not None]
        ends = [word.end for word in inside if word.aligned and word.end is not None]
        return (min(starts), max(ends)) if starts and ends else (None, None)

    def pause_before(self, offset: int) -> float:
        """Seconds of silence before the word at `offset`; 0 if it or the word before was not heard."""
        index = bisect.bisect_left(self._starts, offset)
        if not 0 < index < len(self._words):
            return 0.0
        before, after = self._words[index - 1], self._words[index]
        if before.end is None or after.start is None:
            return 0.0
        return max(0.0, after.start - before.end)

    def inside_word(self, offset: int) -> bool:
        index = bisect.bisect_left(self._starts, offset) - 1
        return index >= 0 and offset < (self._words[index].end_offset or 0)


def _sentence_spans(
    transcript: str, language: str, turns: Sequence[Turn], find_boundaries: FindBoundaries
) -> Iterator[Span]:
    starts_of_turns = {turn.start for turn in turns}
    open_span: Span | None = None
    for piece in _segments(transcript, language, starts_of_turns, find_boundaries):
        span = _trimmed(transcript, piece)
        if span is None:
            continue
        together = open_span is not None and piece[0] not in starts_of_turns
        if open_span is None or not (together and _belongs_together(transcript, open_span, span, language)):
            if open_span is not None:
                yield open_span
            open_span = span
        else:
            open_span = (open_span[0], span[1])
    if open_span is not None:
        yield open_span


def _segments(transcript: str, language: str, starts_of_turns: set[int], find_boundaries: FindBoundaries) -> list[Span]:
    found = starts_of_turns.union(find_boundaries(transcript, language))
    ends = sorted(end for end in found if 0 < end < len(transcript))
    return list(pairwise([0, *ends, len(transcript)]))


def _belongs_together(transcript: str, left: Span, right: Span, language: str) -> bool:
    if language == "ja":
        return _goes_on_after_a_quote(transcript, left, right)
    last = transcript[left[0] : left[1]].split()[-1]
    gap = transcript[left[1] : right[0]]
    return last.endswith(".") and last[:-1] in TITLES.get(language, ()) and "\n" not in gap


def _goes_on_after_a_quote(transcript: str, left: Span, right: Span) -> bool:
    """「はい。」と言った。 is one sentence."""
    return left[1] == right[0] and transcript[left[1] - 1] in CLOSERS and "\u3041" <= transcript[right[0]] <= "\u309f"


def _allowed(transcript: str, span: Span) -> int:
    tail = transcript[span[0] : span[1]].rstrip("".join(CLOSERS))
    return LONGEST if tail[-1:] in ENDS else LONGEST_WITHOUT_END


def _cut_long(transcript: str, span: Span, *, timeline: _Timeline, longest: int) -> list[Span]:
    """Halve the span, at the best place near its middle, until every part fits."""
    columns = _running_width(transcript[span[0] : span[1]])
    if columns[-1] <= longest:
        return [span]
    origin = span[0]
    strengths = [0, *(_strength(transcript, offset, timeline) for offset in range(origin + 1, span[1]))]
    waiting, done = [span], []
    while waiting:
        start, end = waiting.pop()
        cut = None
        if columns[end - origin] - columns[start - origin] > longest:
            cut = _best_cut(columns, strengths, start - origin, end - origin)
        halves = () if cut is None else ((start, origin + cut), (origin + cut, end))
        trimmed = [half for half in (_trimmed(transcript, half) for half in halves) if half is not None]
        if len(trimmed) == 2:
            waiting.extend(reversed(trimmed))
        else:
            done.append((start, end))
    return done


def _best_cut(columns: Sequence[int], strengths: Sequence[int], start: int, end: int) -> int | None:
    """Where to cut between start and end: at the highest strength, then nearest to the middle."""
    middle = (columns[start] + columns[end]) / 2
    reach = (columns[end] - columns[start]) / 3
    low = bisect.bisect_left(columns, middle - reach, start + 1, end)
    high = bisect.bisect_right(columns, middle + reach, low, end)
    best = max(range(low, high), key=lambda i: (strengths[i], -abs(columns[i] - middle)), default=start)
    return best if strengths[best] else None


def _strength(transcript: str, offset: int, timeline: _Timeline) -> int:
    """How good a place this offset is to cut at; 0 means never."""
    before, after = transcript[offset - 1], transcript[offset]
    if after.isspace() or after in JOINERS or before in JOINERS or unicodedata.category(after)[0] == "M":
        return 0
    if timeline.inside_word(offset):
        return 0
    mark = transcript[max(0, offset - 8) : offset].rstrip()[-1:]
    spaced = before.isspace() or _columns(before) == 2
    if spaced and mark in ENDS | STRONG_MARKS:
        return 6
    if "\n" in transcript[max(0, offset - 8) : offset] and before.isspace():
        return 5
    if spaced and mark in WEAK_MARKS:
        return 4
    if timeline.pause_before(offset) >= PAUSE_SECONDS:
        return 3
    if before.isspace():
        return 2
    # Scripts without spaces, and overlong strings of letters, may be cut anywhere but before a closing mark.
    return 0 if after in CLOSERS | ENDS | STRONG_MARKS | WEAK_MARKS else 1


def _trimmed(text: str, span: Span) -> Span | None:
    start, end = span
    while start < end and text[start].isspace():
        start += 1
    while end > start and text[end - 1].isspace():
        end -= 1
    return (start, end) if start < end else None


def _running_width(text: str) -> list[int]:
    return list(accumulate(map(_columns, text), initial=0))


def _columns(character: str) -> int:
    if unicodedata.combining(character):
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1
