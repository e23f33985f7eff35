"""Find the pauses between chunks around which Whisper wrote the same words as the transcript has.

There the transcript can be cut together with the recording. The tracker then cannot lose its place for long.

A pause is certain in two cases. The words around it occur only once in the transcript. Or what Whisper wrote since the
last certain pause agrees with the transcript since then, so a repeated text does not matter: its time tells which
repetition it is. There, words may be spelled differently, and one of those beside the pause may be another.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate, pairwise

from syncline.speech.pocketsphinx.engine import Place
from syncline.speech.whisper.agreement import PlacedText, plain_words, written_words
from syncline.speech.whisper.text_matching import increasing, match

WORDS_BESIDE = 3  # compared on either side of a pause
FEWEST_ALIKE = 5  # of the six
AGREEING_SHARE = 0.8  # of the words since the last certain pause, in both texts
LONGEST_STRETCH = 400  # words since the last certain pause; comparing more would cost too much


@dataclass(frozen=True, slots=True)
class _Pause:
    seconds: float
    heard: int  # the number of words that Whisper wrote before it


def certain_places(transcript: str, texts: Sequence[PlacedText]) -> list[Place]:
    """In the order of time. The words at them are in order, too: places that contradict most others are left out."""
    heard = [list(written_words(text.text, frozenset(plain_words(transcript)))) for text in texts]
    own = list(written_words(transcript, {word for text in texts for word in plain_words(text.text)}))
    pauses = list(_pauses(texts, [len(words) for words in heard]))
    found = _certain([word.text for word in own], [word.text for words in heard for word in words], pauses)
    return [
        Place(pause.seconds, own[index].start)
        for pause, index in found
        if own[index - 1].end <= own[index].start  # otherwise both are parts of one number
    ]


def _pauses(texts: Sequence[PlacedText], words: Sequence[int]) -> Iterator[_Pause]:
    """The middle of each pause between two chunks with words."""
    for (before, after), heard, following in zip(pairwise(texts), accumulate(words), words[1:], strict=False):
        if before.end < after.start and following:
            yield _Pause((before.end + after.start) / 2, heard)


def _certain(own: Sequence[str], heard: Sequence[str], pauses: Sequence[_Pause]) -> Iterator[tuple[_Pause, int]]:
    """Each with the index of the word of the transcript that follows it."""
    unique = dict(_unique_places(own, heard, pauses))
    limits = sorted(unique.values())
    last = (0, 0)
    for pause in pauses:
        index = unique.get(pause.heard) or _continued(own, heard, last, pause.heard)
        passed = bisect_right(limits, last[0])
        limit = limits[passed] if passed < len(limits) else len(own)
        if index and last[0] < index <= limit:
            yield pause, index
            last = (index, pause.heard)


def _unique_places(own: Sequence[str], heard: Sequence[str], pauses: Sequence[_Pause]) -> list[tuple[int, int]]:
    """(number of words heard, index of the transcript's word) where the words on both sides occur only once."""
    sequences = [_around(own, index) for index in range(len(own))]
    index_of, occurrences = {words: index for index, words in enumerate(sequences)}, Counter(sequences)
    around = [(pause.heard, _around(heard, pause.heard)) for pause in pauses]
    return increasing(
        [
            (count, index_of[words])
            for count, words in around
            if occurrences[words] == 1 and len(words) == 2 * WORDS_BESIDE
        ]
    )


def _around(words: Sequence[str], index: int) -> tuple[str, ...]:
    return tuple(words[max(0, index - WORDS_BESIDE) : index + WORDS_BESIDE])


def _continued(own: Sequence[str], heard: Sequence[str], last: tuple[int, int], count: int) -> int | None:
    """The index of the transcript's word after `count` words heard, if all since the `last` certain pause agrees."""
    before = count - last[1]
    if not 0 < before <= LONGEST_STRETCH:
        return None
    stretch = heard[last[1] : count + WORDS_BESIDE]
    reach = last[0] + int(len(stretch) / AGREEING_SHARE) + 1
    pairs = {other: index for index, other in match(own[last[0] : reach], stretch)}
    index = pairs.get(before)
    if index is None or pairs.get(before - 1) != index - 1 or _alike(pairs, before, index) < FEWEST_ALIKE:
        return None
    agreeing = sum(other < before and place < index for other, place in pairs.items())
    return last[0] + index if agreeing >= AGREEING_SHARE * max(before, index) else None


def _alike(pairs: Mapping[int, int], before: int, index: int) -> int:
    return sum(pairs.get(before + step) == index + step for step in range(-WORDS_BESIDE, WORDS_BESIDE))
