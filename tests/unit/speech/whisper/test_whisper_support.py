import math

import pytest

from syncline.speech.whisper.agreement import Difference, Opinion, PlacedText, Verdict
from syncline.speech.whisper.confidence import combined_confidence, evidence_of
from syncline.speech.whisper.recognition import ScoredToken
from syncline.speech.whisper.support import Support, by_chunk, propose, supports

TEXT = "The north wind, and the sun."


def test_words_are_proposed_after_what_whisper_wrote_before_them():
    proposal = propose(Difference(0, 4, 9, (1, 2)), TEXT, {1: "blue", 2: "sky"})
    assert proposal.text == "The blue sky"
    assert [proposal.text[start:end] for start, end in proposal.spans.values()] == ["blue", "sky"]


def test_words_at_the_beginning_of_a_chunk_have_nothing_before_them():
    proposal = propose(Difference(0, 0, 0, (3,)), TEXT, {3: "so"})
    assert (proposal.text, proposal.spans) == ("so", {3: (0, 2)})


def test_proposals_are_grouped_by_chunk():
    differing = [Difference(1, 0, 0, (2,)), Difference(0, 0, 3, (0,)), Difference(1, 4, 4, (3,))]
    grouped = by_chunk(differing, [PlacedText(TEXT, 0, 5)] * 2, dict(enumerate("abcd")))
    assert {chunk: [proposal.text for proposal in group] for chunk, group in grouped.items()} == {
        0: ["a"],
        1: ["c", "The d"],
    }


def test_a_word_has_the_log_probability_of_all_its_tokens():
    proposal = propose(Difference(0, 4, 9, (1, 2)), TEXT, {1: "north-west", 2: "sky"})
    tokens = [
        ScoredToken(-1, -0.5, -0.5),  # "The"
        ScoredToken(3, -1.0, -4.0),  # " north"
        ScoredToken(9, -2.0, -3.0),  # "-"
        ScoredToken(10, -3.0, -5.0),  # "west"
        ScoredToken(14, -9.0, -2.0),  # " sky"
    ]
    found = dict(supports(proposal, tokens))
    assert (found[1].heard, found[1].gain) == (-6.0, 6.0)
    assert found[2] == Support(-9.0, -2.0)


def test_a_word_beyond_the_window_has_no_support():
    proposal = propose(Difference(0, 4, 9, (1, 2)), TEXT, {1: "blue", 2: "sky"})
    assert list(dict(supports(proposal, [ScoredToken(3, -1.0, -1.0)]))) == [1]


def confidence(tracker: float, opinion: Opinion, support: Support | None = None) -> float:
    return combined_confidence(evidence_of(tracker, Verdict(opinion), support))


@pytest.mark.parametrize("opinion", [Opinion.SILENT, Opinion.CONTRADICTS])
def test_a_word_that_the_recording_makes_less_probable_is_doubted(opinion):
    assert confidence(0.9, opinion, Support(-15.0, -10.0)) < 0.4
    assert confidence(0.9, opinion, Support(-3.0, -10.0)) > 0.9


def test_agreement_saves_a_word_that_the_tracker_doubts():
    assert confidence(0.2, Opinion.AGREES) > 0.7


@pytest.mark.parametrize("tracker", [0.0, 1.0, math.nextafter(1, 0)])
def test_the_confidence_is_a_probability(tracker):
    for support in (None, Support(-1000.0, 0.0), Support(0.0, -1000.0)):
        assert 0 < confidence(tracker, Opinion.CONTRADICTS, support) < 1
