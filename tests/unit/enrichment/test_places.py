"""The times, sentence and speaker of a part of a transcript."""

from __future__ import annotations

import re

import pytest

from syncline import text
from syncline.core.alignment import NOT_FOUND_IN_AUDIO, NOT_FOUND_IN_TRANSCRIPT, SUCCESS, Alignment, Word
from syncline.core.transcript import read_plain_text
from syncline.enrichment.places import Places

TRANSCRIPT = "ANN: We met in New York-based offices.\nBOB: Zoë 🎈 Smith left Rome."
UNHEARD = {"Rome"}


@pytest.fixture
def places() -> Places:
    words = [Word(NOT_FOUND_IN_TRANSCRIPT, "uh", 0.0, 0.1)]
    for number, match in enumerate(re.finditer(r"[\w-]+", TRANSCRIPT)):
        case = NOT_FOUND_IN_AUDIO if match[0] in UNHEARD else SUCCESS
        times = (None, None) if match[0] in UNHEARD else (number, number + 0.5)
        words.append(Word(case, match[0], *times, match.start(), match.end()))
    spoken = read_plain_text(TRANSCRIPT)
    return Places(Alignment(TRANSCRIPT, tuple(words)), text.split_sentences(spoken, words, "en"))


def locate(places: Places, part: str) -> dict[str, object]:
    start = TRANSCRIPT.index(part)
    return places.locate(start, start + len(part)).as_dict()


def test_a_part_of_a_word_has_the_times_of_the_word(places: Places) -> None:
    assert locate(places, "New York") == {
        "start": 4, "end": 5.5, "startOffset": 15, "endOffset": 23, "sentence": 0, "speaker": "ANN",
    }  # fmt: skip


def test_offsets_count_code_points(places: Places) -> None:
    place = locate(places, "Zoë 🎈 Smith")
    assert (place["startOffset"], place["endOffset"]) == (TRANSCRIPT.index("Zoë"), TRANSCRIPT.index("Smith") + 5)
    assert (place["sentence"], place["speaker"]) == (1, "BOB")


def test_words_that_were_not_heard_have_no_times(places: Places) -> None:
    place = locate(places, "Rome")
    assert (place["start"], place["end"]) == (None, None)
    assert locate(places, "left Rome")["end"] == pytest.approx(10.5)


def test_a_sentence_without_a_speaker_says_nothing_of_one() -> None:
    sentences = text.split_sentences("Hello there.", (), "en")
    assert "speaker" not in Places(Alignment("Hello there.", ()), sentences).locate(0, 5).as_dict()
