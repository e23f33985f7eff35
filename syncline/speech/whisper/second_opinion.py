"""Whisper's opinion on each word that the tracker placed or missed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from syncline.core.alignment import Word
from syncline.core.progress import Progress
from syncline.media.audio import SAMPLE_RATE, Audio
from syncline.speech.whisper.agreement import Opinion, PlacedText, Verdict, compare, differences
from syncline.speech.whisper.chunks import Chunk
from syncline.speech.whisper.missed_words import place_words
from syncline.speech.whisper.recognition import Question, Recognised, Recogniser
from syncline.speech.whisper.support import Proposal, Support, by_chunk, supports

SUPPORTED_GAIN = 1.0  # nats


@dataclass(frozen=True, slots=True)
class SecondOpinion:
    verdict: Verdict
    support: Support | None = None  # None: Whisper wrote the word, or was not asked

    @property
    def supports(self) -> bool:
        """Whether Whisper wrote the word, or finds it probable at this place."""
        return self.verdict.opinion is Opinion.AGREES or (
            self.support is not None and self.support.gain >= SUPPORTED_GAIN
        )


class Scorer:
    """Asks the model how probable proposals are, and reports the progress."""

    def __init__(self, recogniser: Recogniser, audio: Audio, *, language: str, progress: Progress) -> None:
        self._recogniser = recogniser
        self._audio = audio
        self._language = language
        self._progress = progress

    def supports(self, proposals: Mapping[Chunk, Sequence[Proposal]]) -> dict[int, Support]:
        """By the index of the word."""
        questions = [Question(chunk, tuple(each.text for each in group)) for chunk, group in proposals.items()]
        answers = self._recogniser.score(self._audio, questions, language=self._language)
        found: dict[int, Support] = {}
        for number, (group, scored) in enumerate(zip(proposals.values(), answers, strict=True), start=1):
            for proposal, tokens in zip(group, scored, strict=True):
                found.update(supports(proposal, tokens))
            self._progress(number / len(questions))
        self._progress(1.0)
        return found


def second_opinions(
    words: Sequence[Word], recognised: Sequence[Recognised], scorer: Scorer
) -> dict[int, SecondOpinion]:
    """By the index of the word. Words whose place is unknown have none."""
    placed = place_words(words)
    texts = [placed_text(found) for found in recognised]
    verdicts = dict(zip(placed, compare(list(placed.values()), texts), strict=True))
    proposals = by_chunk(differences(verdicts), texts, {index: word.text for index, word in placed.items()})
    found = scorer.supports({recognised[chunk].chunk: group for chunk, group in proposals.items()})
    return {index: SecondOpinion(verdict, found.get(index)) for index, verdict in verdicts.items()}


def placed_text(found: Recognised) -> PlacedText:
    return PlacedText(found.text, found.chunk.start / SAMPLE_RATE, found.chunk.end / SAMPLE_RATE)


def searched_again(words: Sequence[Word], opinions: Mapping[int, SecondOpinion]) -> dict[int, int]:
    """The missed words that Whisper supports, with their chunks."""
    return {
        index: opinion.verdict.chunk
        for index, opinion in opinions.items()
        if not words[index].aligned and opinion.supports and opinion.verdict.chunk is not None
    }
