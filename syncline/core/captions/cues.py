"""Cut what is said into cues of at most two lines, and time them.

The spoken language uses word times, other languages use sentence times. A cue preferably ends at a sentence, then at a
pause, then at a clause. Every word of the text is shown, heard or not: a word that was not heard takes its place
between its neighbours.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise

from syncline.core.alignment import Alignment
from syncline.core.captions.breaking import Unit, group_units, make_units
from syncline.core.captions.layout import Cue, lay_out
from syncline.core.captions.spans import (
    GapFiller,
    TimedText,
    divide,
    extend_to_read,
    forward_spans,
    hold_words,
    span_of,
    spoken_spans,
)
from syncline.core.captions.style import CaptionRules
from syncline.core.linebreaks import SplitPhrases, pieces
from syncline.core.sentences import Sentence

_HURRIED = 2  # times the comfortable reading speed: text that would run faster is shown longer than it is spoken


def cues_from_words(
    alignment: Alignment,
    language: str,
    *,
    rules: CaptionRules,
    sentences: Sequence[Sentence],
    split_phrases: SplitPhrases,
) -> list[Cue]:
    """Cues in the spoken language; an empty list if no word was heard, because then no time is known."""
    until = alignment.audio_seconds
    parts = pieces(alignment.transcript, language, columns=rules.columns, split_phrases=split_phrases)
    ends = {sentence.end_offset for sentence in sentences}
    changes = {before.end_offset for before, after in pairwise(sentences) if before.speaker != after.speaker}
    spoken_widths = [
        part.width if holds_word else 0
        for part, holds_word in zip(parts, hold_words(parts, alignment.words), strict=True)
    ]
    filler = GapFiller(spoken_widths, [True, *(part.end in ends for part in parts)], rules)
    spoken = spoken_spans(parts, alignment.words)
    heard = [span is not None for span in spoken]
    units = make_units(parts, filler.fill(spoken, until=until), heard, sentence_ends=ends, speaker_ends=changes)
    return lay_out(group_units(units, rules), rules, until)


def cues_from_sentences(
    sentences: Sequence[TimedText],
    language: str,
    *,
    rules: CaptionRules,
    split_phrases: SplitPhrases,
    until: float | None = None,
) -> list[Cue]:
    """Cues in another language: each sentence's span, divided among its text by length.

    `until` is where the recording ends, if that is known: no cue is shown after it.
    """
    texts = [pieces(item.text, language, columns=rules.columns, split_phrases=split_phrases) for item in sentences]
    kept = [(parts, span_of(item)) for parts, item in zip(texts, sentences, strict=True) if parts]
    widths = [sum(part.width for part in parts) for parts, _ in kept]
    filler = GapFiller(widths, [True] * (len(kept) + 1), rules)
    spans = filler.fill(forward_spans([span for _, span in kept]), until=until)
    groups: list[list[Unit]] = []
    for index, span in enumerate(spans):
        parts = kept[index][0]
        next_start = spans[index + 1].start if index + 1 < len(spans) else until or math.inf
        readable = extend_to_read(span, widths[index] / (_HURRIED * rules.columns_per_second), next_start)
        spans_of_parts = divide(readable, [part.width for part in parts])
        groups += group_units(make_units(parts, spans_of_parts, [False] * len(parts)), rules)
    return lay_out(groups, rules, until)
