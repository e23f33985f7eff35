import random

import numpy as np
import pytest

from syncline.speech.pocketsphinx import features
from syncline.speech.pocketsphinx import viterbi as tracking
from syncline.speech.pocketsphinx.acoustic_model import shared_model
from syncline.speech.pocketsphinx.band_reconstruction import listen
from syncline.speech.pocketsphinx.decoding_graph import Form, build
from syncline.speech.pocketsphinx.viterbi import Costs, Tracker


def doubtful_text(chance: random.Random, *, words: int) -> list[list[Form]]:
    """Words with several forms, as alike as chance makes them: their ways part late and meet late."""
    spoken = [index for index, name in enumerate(shared_model().topology.sounds) if name.isalpha() and name != "SIL"]

    def form() -> Form:
        return tuple(chance.choice(spoken) for _ in range(chance.randint(1, 4)))

    return [[form() for _ in range(chance.randint(1, 4))] for _ in range(words)]


@pytest.mark.parametrize("longest", [tracking.LONGEST_STATE, 4])
@pytest.mark.parametrize("seed", range(3))
def test_settling_early_changes_nothing(
    seed: int, longest: int, hello_samples: np.ndarray, monkeypatch: pytest.MonkeyPatch
) -> None:
    graph = build(shared_model(), doubtful_text(random.Random(seed), words=8))
    quiet = np.random.default_rng(seed).normal(0, 300, len(hello_samples))
    quiet += hello_samples
    streams = features.with_slopes(features.normalise(listen(quiet.astype(np.int16)[:48_000])[0])[0])
    tracker = Tracker(shared_model(), graph, Costs(beam=1e4))
    monkeypatch.setattr(tracking, "BLOCK", 16)
    monkeypatch.setattr(tracking, "LONGEST_STATE", longest)

    monkeypatch.setattr(tracking, "SETTLE_EVERY", 10**6)
    at_the_end = tracker.track(streams)
    monkeypatch.setattr(tracking, "SETTLE_EVERY", 1)
    step_by_step = tracker.track(streams)

    assert (graph.word[at_the_end.states][1:] >= graph.word[at_the_end.states][:-1]).all()
    np.testing.assert_array_equal(step_by_step.states, at_the_end.states)
    np.testing.assert_array_equal(step_by_step.fit, at_the_end.fit)


def test_the_path_written_down_is_the_one_that_was_followed(
    hello_samples: np.ndarray, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Going back, what a state that lasts too long costs has to be counted as it was going on."""
    graph = build(shared_model(), doubtful_text(random.Random(1), words=3))
    streams = features.with_slopes(features.normalise(listen(hello_samples[:48_000])[0])[0])
    monkeypatch.setattr(tracking, "LONGEST_STATE", 4)
    never = Costs(beam=1e4, skip=1e4, junk=1e4, held_frame=50.0)

    states = Tracker(shared_model(), graph, never).track(streams).states

    speaking = [(first, last) for state, first, last in tracking.runs(states) if graph.sound[state] >= 0]
    assert max(last - first for first, last in speaking) == 4


@pytest.mark.parametrize("seed", [54, 125, 167, 224, 261])
def test_what_waits_is_forgotten_when_all_goes_back_to_before_it(
    seed: int, hello_samples: np.ndarray, monkeypatch: pytest.MonkeyPatch
) -> None:
    graph = build(shared_model(), doubtful_text(random.Random(seed), words=40))
    streams = features.with_slopes(features.normalise(listen(hello_samples[:20_000])[0])[0])
    monkeypatch.setattr(tracking, "BLOCK", 8)
    monkeypatch.setattr(tracking, "WORDS_PER_BLOCK", 4)

    restless = Costs(beam=20, skip=1, junk=10, wait=10, junk_frame=2)
    path = Tracker(shared_model(), graph, restless).track(streams, anywhere=True)

    assert (path.states >= 0).all()
