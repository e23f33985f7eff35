"""Ask Whisper how probable the words of the transcript are where it wrote something else.

The words are put into Whisper's own text in the place of what it wrote. The decoder then gives the probability of each
of their tokens. Whisper also knows which words are likely after others, without listening. So the probability for
silence, which contains only this knowledge, is kept too: the recording supports a word that it makes more probable.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby

from syncline.speech.whisper.agreement import Difference, PlacedText
from syncline.speech.whisper.recognition import ScoredToken


@dataclass(frozen=True, slots=True)
class Support:
    """Log-probabilities of a word in its place."""

    heard: float  # given the recording
    expected: float  # given silence

    @property
    def gain(self) -> float:
        return self.heard - self.expected


@dataclass(frozen=True, slots=True)
class Proposal:
    """A beginning of a chunk's text, ending with words of the transcript; `spans` by the index of the word."""

    text: str
    spans: Mapping[int, tuple[int, int]]


def propose(difference: Difference, text: str, words: Mapping[int, str]) -> Proposal:
    """What comes later in the chunk does not change the probability of the words."""
    proposed, spans = text[: difference.start].rstrip(), dict[int, tuple[int, int]]()
    for index in difference.words:
        begin = len(proposed) + 1 if proposed else 0
        proposed = f"{proposed} {words[index]}".lstrip()
        spans[index] = begin, len(proposed)
    return Proposal(proposed, spans)


def by_chunk(
    differences: Iterable[Difference], texts: Sequence[PlacedText], words: Mapping[int, str]
) -> dict[int, list[Proposal]]:
    """The proposals for each chunk that has any."""
    return {
        chunk: [propose(difference, texts[chunk].text, words) for difference in group]
        for chunk, group in groupby(sorted(differences, key=_chunk), key=_chunk)
    }


def _chunk(difference: Difference) -> int:
    return difference.chunk


def supports(proposal: Proposal, tokens: Sequence[ScoredToken]) -> Iterator[tuple[int, Support]]:
    """Words whose tokens are beyond Whisper's window have none."""
    for index, (start, end) in proposal.spans.items():
        own = [token for token in tokens if start - 1 <= token.piece < end]
        if own:
            yield index, Support(sum(token.heard for token in own), sum(token.expected for token in own))
