"""Answer questions with the toy model: a real RoBERTa that knows who did what, where and when."""

from __future__ import annotations

import json
import re

import pytest

import syncline
from syncline import text
from syncline.core.alignment import NOT_FOUND_IN_AUDIO, SUCCESS, Word
from syncline.core.errors import InvalidInputError, InvalidOptionsError
from syncline.core.transcript import read_plain_text
from syncline.enrichment import AnswerModel, Query, answer_questions, answers_to_json, open_answer_model

FILLER = "It rained all day. Nobody knew why. The people were happy. "
TRANSCRIPT = "ANN: Ada proposed the bridge in London on Monday.\nBOB: Karl sold the library in Rome in March."


@pytest.fixture(scope="module")
def model() -> AnswerModel:
    return open_answer_model("answers-toy", None)


def aligned(transcript: str, *, unheard: str = "") -> syncline.Alignment:
    words = tuple(
        Word(NOT_FOUND_IN_AUDIO, match[0], None, None, match.start(), match.end())
        if match[0] == unheard
        else Word(SUCCESS, match[0], float(number), number + 0.5, match.start(), match.end())
        for number, match in enumerate(re.finditer(r"\w+", transcript))
    )
    sentences = text.split_sentences(read_plain_text(transcript), words, "en")
    info = {"language": "en", "sentences": [sentence.as_dict() for sentence in sentences]}
    return syncline.Alignment(transcript, words, info)


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        ("Who proposed the bridge?", "Ada"),
        ("Who sold the library?", "Karl"),
        ("Where did Ada propose the bridge?", "London"),
        ("When did Karl sell the library?", "March"),
        ("Who proposed the tower?", None),
        ("Who painted the bridge?", None),
    ],
)
def test_an_answer_is_a_part_of_the_transcript_with_its_times(question: str, answer: str | None) -> None:
    found = syncline.ask(aligned(TRANSCRIPT), question, model="answers-toy")

    assert found.text == answer
    if answer is None:
        assert (found.start, found.end, found.start_offset, found.end_offset) == (None, None, None, None)
        assert found.score < 0.5
    else:
        start = TRANSCRIPT.index(answer)
        assert (found.start_offset, found.end_offset) == (start, start + len(answer))
        number = len(re.findall(r"\w+", TRANSCRIPT[:start]))
        assert (found.start, found.end) == (number, number + 0.5)
        assert found.speaker == ("ANN" if number < 9 else "BOB")
        assert found.score >= 0.5


def test_the_document_has_null_for_what_is_not_answered(model: AnswerModel) -> None:
    alignment = aligned(TRANSCRIPT, unheard="Ada")
    asked = ["Who proposed the bridge?", "Who proposed the tower?"]
    answers = answer_questions(model, alignment, alignment.sentences, asked)
    document = json.loads(answers_to_json(answers, model=model.name))

    assert document["model"] == "answers-toy"
    heard, missing = document["answers"]
    assert heard == {
        "question": asked[0], "answer": "Ada", "score": heard["score"], "start": None, "end": None,
        "startOffset": 5, "endOffset": 8, "sentence": 0, "speaker": "ANN",
    }  # fmt: skip
    assert missing == {
        "question": asked[1], "answer": None, "score": missing["score"], "start": None, "end": None,
        "startOffset": None, "endOffset": None,
    }  # fmt: skip


@pytest.mark.parametrize("place", [0, 7, 15, 29])
def test_the_answer_is_found_anywhere_in_a_long_text(model: AnswerModel, place: int) -> None:
    parts = [FILLER] * 30
    parts[place] += "Otto painted the castle in Prague on Friday. "
    [found] = model.answer("".join(parts), ["Who painted the castle?"])
    assert found.start is not None
    assert "".join(parts)[found.start : found.end] == "Otto"


def test_the_answer_to_a_question_does_not_depend_on_the_others(model: AnswerModel) -> None:
    queries = [
        Query(TRANSCRIPT, "Who proposed the bridge?"),
        Query(FILLER * 20, "Who proposed the bridge?"),
        Query("", "Who proposed the bridge?"),
        Query("Vera built the mill in Oslo on Tuesday.", "Who built the mill?"),
    ]
    together = model.find(queries)
    alone = [model.find([query])[0] for query in queries]
    assert [(found.start, found.end) for found in together] == [(found.start, found.end) for found in alone]
    assert [found.start is not None for found in together] == [True, False, False, True]


@pytest.mark.parametrize("strange", ["🎈" * 5_000, "a" * 20_000, "\u202e\u0000 x", "   ", "<s></s><pad>"])
def test_a_strange_text_is_no_answer(model: AnswerModel, strange: str) -> None:
    [found] = model.answer(strange, ["Who proposed the bridge?"])
    assert 0 <= found.score <= 1


@pytest.mark.parametrize(("question", "code"), [("Who " * 100 + "?", "question_too_long"), ("  ", "empty_question")])
def test_a_question_that_the_model_cannot_read_is_refused(model: AnswerModel, question: str, code: str) -> None:
    with pytest.raises(InvalidInputError) as refusal:
        model.check(question)
    assert refusal.value.code == code


def test_an_alignment_without_words_has_no_answer() -> None:
    assert syncline.ask(aligned(""), "Who proposed the bridge?", model="answers-toy").text is None


def test_questions_in_a_language_without_a_model_are_refused() -> None:
    alignment = aligned(TRANSCRIPT)
    german = syncline.Alignment(alignment.transcript, alignment.words, {**alignment.info, "language": "de"})
    with pytest.raises(InvalidOptionsError, match="in the language “de”"):
        syncline.ask(german, "Wer hat die Brücke vorgeschlagen?", model="answers-toy")


def test_stopping_ends_the_work(model: AnswerModel) -> None:
    class StoppedError(Exception):
        pass

    def stop(share: float) -> None:
        raise StoppedError

    with pytest.raises(StoppedError):
        model.answer(FILLER * 500, ["Who proposed the bridge?"], stop)
