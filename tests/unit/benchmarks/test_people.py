"""How benchmarks/people.py compares words with utterances and with another aligner."""

import pytest

from benchmarks import people
from benchmarks.people_sources import Recording
from syncline.core.alignment import SUCCESS, Word
from syncline.media.audio import Audio

TEXT = "j'ai vu\nla mer"


def recording(tmp_path, marks=()):
    utterances = [(0.0, 1.0, "j'ai vu"), (2.0, 3.0, "la mer")]
    return Recording("a", "a", Audio(tmp_path, 0), TEXT, marks, held_out=True, language="fr", utterances=utterances)


def word(text, start, end):
    offset = TEXT.index(text)
    return Word(SUCCESS, text, start, end, offset, offset + len(text))


@pytest.mark.parametrize(
    ("words", "inside"),
    [
        ([("j'ai", 0.0, 0.5), ("vu", 0.5, 1.0), ("la", 2.0, 2.2), ("mer", 2.2, 3.0)], [True, True, True, True]),
        ([("vu", 0.5, 1.09), ("la", 1.91, 2.2)], [True, True]),
        ([("vu", 0.5, 1.2), ("la", 1.0, 2.2)], [False, False]),
        ([("vu", 2.2, 2.5)], [False]),
    ],
)
def test_a_word_belongs_in_its_utterance(tmp_path, words, inside):
    found = [word(*each) for each in words]
    assert list(people.inside_utterances(found, recording(tmp_path))) == inside


def test_edges_are_compared_where_both_divide_the_text(tmp_path):
    marks = [(0.0, 0.2, "j'"), (0.2, 0.5, "ai"), (0.5, 0.6, "v-"), (0.6, 1.0, "vu"), (2.1, 2.9, "lamer")]
    found = [word("j'ai", 0.1, 0.5), word("vu", 0.7, 1.0), word("la", 2.0, 2.3), word("mer", 2.3, 3.0)]
    errors = people.other_aligner_errors(found, recording(tmp_path, marks))
    assert errors == pytest.approx([0.1, 0.0, 0.1, 0.0, 0.1, 0.1])


def test_words_without_annotation_count_as_found_only(tmp_path):
    aligned = people.Aligned()
    aligned.add(recording(tmp_path), [word("j'ai", 0.1, 0.5), word("vu", 0.5, 0.9)])
    assert aligned.cells() == {"words": 2, "found": {"part": 2, "whole": 2}, "marked": None}


def test_edges_of_annotated_words_add_up(tmp_path):
    aligned = people.Aligned()
    for _ in range(2):
        aligned.add(recording(tmp_path, [(0.0, 0.5, "j'ai")]), [word("j'ai", 0.01, 0.6)])
    cells = aligned.cells()
    assert (cells["marked"], cells["near"]) == (2, {"part": 2, "whole": 4})
    assert cells["mean"] == pytest.approx(55)
