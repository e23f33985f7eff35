"""Cues that do not satisfy the rules: they are written as they are, and reported."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from syncline.core.captions.layout import Cue
from syncline.core.captions.style import CaptionRules
from syncline.core.linebreaks import width


@dataclass(frozen=True, slots=True)
class Violation:
    """`cue` is the number of the cue in the caption file, from 1."""

    cue: int
    rule: str
    value: float
    limit: float

    def as_dict(self) -> dict[str, Any]:
        return {"cue": self.cue, "rule": self.rule, "value": round(self.value, 2), "limit": round(self.limit, 2)}


def find_violations(cues: Sequence[Cue], rules: CaptionRules, language: str) -> list[Violation]:
    return [found for number, cue in enumerate(cues, start=1) for found in _of_cue(number, cue, rules, language)]


def _of_cue(number: int, cue: Cue, rules: CaptionRules, language: str) -> Iterator[Violation]:
    shown_ms = cue.end_ms - cue.start_ms
    widths = [width(line, language) for line in cue.lines]
    words = sum(len(line.split()) for line in cue.lines)
    if max(widths) > rules.columns:
        yield Violation(number, "line_columns", max(widths), rules.columns)
    if len(widths) > rules.lines:
        yield Violation(number, "lines", len(widths), rules.lines)
    if shown_ms > rules.longest_ms:
        yield Violation(number, "longest_seconds", shown_ms / 1000, rules.longest_ms / 1000)
    tolerance_ms = 1 if rules.frame_rate is None else 1000 / float(rules.frame_rate)
    if shown_ms + tolerance_ms < rules.shortest_ms:
        yield Violation(number, "shortest_seconds", shown_ms / 1000, rules.shortest_ms / 1000)
    if shown_ms + tolerance_ms < rules.reading_ms(sum(widths), words):
        yield _too_fast(number, shown_ms, sum(widths), words, rules)


def _too_fast(number: int, shown_ms: int, columns: int, words: int, rules: CaptionRules) -> Violation:
    seconds = max(shown_ms, 1) / 1000
    if rules.words_per_minute is not None:
        return Violation(number, "words_per_minute", 60 * words / seconds, rules.words_per_minute)
    return Violation(number, "columns_per_second", columns / seconds, rules.columns_per_second)
