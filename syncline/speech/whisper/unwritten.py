"""Words that Whisper recognised and the transcript does not have. The tracker times them."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from syncline.core.alignment import NOT_FOUND_IN_TRANSCRIPT, Word
from syncline.speech.pocketsphinx.engine import Excerpt
from syncline.speech.whisper.agreement import PlacedText, unwritten_words
from syncline.speech.whisper.missed_words import place_words


class UnwrittenWords:
    def __init__(self, words: Sequence[Word], texts: Sequence[PlacedText]) -> None:
        self._found = [word for word in words if word.aligned]
        unwritten = unwritten_words(list(place_words(words).values()), texts)
        self._offsets = [{word.start for word in own} for own in unwritten.values()]
        self.excerpts = [Excerpt(texts[chunk].start, texts[chunk].end, texts[chunk].text) for chunk in unwritten]

    def timed(self, found: Iterable[Sequence[Word]], *, least: float) -> Iterator[Word]:
        """Those that the tracker found in the excerpts, in the order of time, where no word of the transcript is."""
        for offsets, words in zip(self._offsets, found, strict=True):
            for word in words:
                sure = word.aligned and (word.confidence or 0.0) >= least
                if sure and word.start_offset in offsets and not self._taken(word):
                    yield replace(word, case=NOT_FOUND_IN_TRANSCRIPT, start_offset=None, end_offset=None)

    def _taken(self, word: Word) -> bool:
        middle = ((word.start or 0.0) + (word.end or 0.0)) / 2
        before = bisect_right(self._found, middle, key=lambda other: other.start or 0.0)
        return before > 0 and (self._found[before - 1].end or 0.0) > middle
