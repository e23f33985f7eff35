import random
from dataclasses import replace

import numpy as np
import pytest

from syncline.speech.pocketsphinx import features
from syncline.speech.pocketsphinx.acoustic_model import shared_model
from syncline.speech.pocketsphinx.band_reconstruction import compute_cepstra
from syncline.speech.pocketsphinx.decoding_graph import build_graph
from syncline.speech.pocketsphinx.search_settings import SearchSettings
from syncline.speech.pocketsphinx.viterbi import ViterbiDecoder, runs
from tests.random_words import random_words


def streams_of(samples: np.ndarray) -> features.Streams:
    return features.with_differences(features.normalise(compute_cepstra(samples)[0])[0])


@pytest.mark.parametrize("longest", [SearchSettings().longest_state_frames, 4])
@pytest.mark.parametrize("seed", range(3))
def test_early_commits_do_not_change_the_path(seed: int, longest: int, hello_samples: np.ndarray) -> None:
    graph = build_graph(shared_model(), random_words(random.Random(seed), words=8))
    noisy = np.random.default_rng(seed).normal(0, 300, len(hello_samples)) + hello_samples
    streams = streams_of(noisy.astype(np.int16)[:48_000])
    settings = SearchSettings(beam=1e4, block_frames=16, longest_state_frames=longest)

    at_the_end, step_by_step = (
        ViterbiDecoder(shared_model(), graph, replace(settings, commit_blocks=blocks)).decode(streams)
        for blocks in (10**6, 1)
    )

    assert (graph.word[at_the_end.states][1:] >= graph.word[at_the_end.states][:-1]).all()
    np.testing.assert_array_equal(step_by_step.states, at_the_end.states)
    np.testing.assert_array_equal(step_by_step.llr, at_the_end.llr)


def test_the_backtrace_counts_the_penalty_of_long_states(hello_samples: np.ndarray) -> None:
    """The backtrace recomputes scores: it must arrive at those of the search."""
    graph = build_graph(shared_model(), random_words(random.Random(1), words=3))
    settings = SearchSettings(
        beam=1e4, skip_penalty=1e4, filler_penalty=1e4, longest_state_frames=4, long_state_penalty=50.0
    )

    states = ViterbiDecoder(shared_model(), graph, settings).decode(streams_of(hello_samples[:48_000])).states

    durations = [last - first for state, first, last in runs(states) if graph.phone_position[state] >= 0]
    assert max(durations) == 4


@pytest.mark.parametrize("seed", [54, 125, 167, 224, 261])
def test_the_return_point_is_forgotten_when_all_hypotheses_are_before_it(seed: int, hello_samples: np.ndarray) -> None:
    graph = build_graph(shared_model(), random_words(random.Random(seed), words=40))
    settings = SearchSettings(
        beam=20,
        skip_penalty=1,
        filler_penalty=10,
        return_penalty=10,
        filler_frame_penalty=2,
        block_frames=8,
        words_per_block=4,
    )

    streams = streams_of(hello_samples[:20_000])
    path = ViterbiDecoder(shared_model(), graph, settings).decode(streams, start_anywhere=True)

    assert (path.states >= 0).all()
