from __future__ import annotations

from dataclasses import replace

import pytest

from syncline.core.errors import EngineError
from syncline.processes.outcomes import Failure
from syncline.processes.pool import SerialPool
from syncline.speech.engine import AlignmentOptions
from syncline.speech.pocketsphinx import preparation
from syncline.speech.pocketsphinx.preparation import PIECE_CHARACTERS, pieces, pronounce
from syncline.speech.pocketsphinx.transcripts import pronounce_transcript

SENTENCE = "On 5 May 1984, NASA’s Dr. Müller paid $3.50 for 5 km (or 60 %) of xylographic café-au-lait at 10:30am. "


@pytest.mark.parametrize("repetitions", [0, 1, 700, 1500])
def test_a_transcript_in_pieces_is_pronounced_as_a_whole_one(repetitions: int) -> None:
    transcript = SENTENCE * repetitions

    found, whole = pronounce(transcript, AlignmentOptions(), SerialPool()), pronounce_transcript(transcript)

    assert found.tokens == [replace(token, spoken_forms=()) for token in whole.tokens]
    assert (found.token_of_word, found.words) == (whole.token_of_word, whole.words)
    assert found.spoken_forms == whole.spoken_forms


@pytest.mark.parametrize("transcript", ["", "a", SENTENCE * 2000, "漢" * 200_000, " " * 100_000])
def test_the_pieces_are_the_transcript(transcript: str) -> None:
    found = list(pieces(transcript, AlignmentOptions()))

    assert "".join(transcript[piece.start : piece.end] for piece in found) == transcript
    assert all(piece.text == transcript[piece.offset : piece.offset + len(piece.text)] for piece in found)
    assert all(len(piece.text) < 2.1 * PIECE_CHARACTERS for piece in found)


class HangingPool(SerialPool):
    def run(self, function, items, *, seconds=None):  # type: ignore[no-untyped-def]
        assert seconds == preparation.PIECE_SECONDS
        yield Failure("took longer than 60 seconds")


def test_text_that_takes_too_long_ends_the_job_with_a_reason() -> None:
    with pytest.raises(EngineError, match="took longer than 60 seconds") as refused:
        pronounce("a", AlignmentOptions(), HangingPool())
    assert refused.value.code == "text_not_processed"
