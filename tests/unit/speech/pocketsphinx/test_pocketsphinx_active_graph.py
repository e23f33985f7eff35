import random
from itertools import product

import numpy as np
import pytest

from syncline.speech.pocketsphinx.acoustic_model import STATES, shared_model
from syncline.speech.pocketsphinx.active_graph import ActiveGraph
from syncline.speech.pocketsphinx.decoding_graph import FILLER, IMPOSSIBLE, DecodingGraph, build_graph
from syncline.speech.pocketsphinx.search_settings import SearchSettings
from tests.random_words import random_words

SETTINGS = SearchSettings(skip_penalty=3.0, skip_word_penalty=0.5, filler_penalty=2.0)


def transitions(graph: DecodingGraph, low: int, high: int) -> np.ndarray:
    """(from, to): weights of all ways from one state of the graph into another one within a frame, spelt out."""
    size = len(graph.senone)
    weights = np.full((size, size), float(IMPOSSIBLE))
    for state in range(1, size):
        weights[state - 1, state] = graph.advance[state]
    for row, hmm in product(range(len(graph.arcs)), range(size // STATES)):
        if (source := graph.arcs[row, hmm]) >= 0:
            weights[source, STATES * hmm] = graph.leave[source]
    for boundary, hmm in product(range(low, high + 1), range(size // STATES)):
        if graph.after_word[hmm] == boundary and boundary > low:
            for source in exits(graph, graph.exits, boundary):
                weights[source, STATES * hmm] = graph.leave[source]
        if graph.after_pause[hmm] == boundary:
            entry = SETTINGS.filler_penalty if graph.phone[STATES * hmm] == FILLER else 0.0
            for start in range(low, boundary + 1):
                words = boundary - start
                skip = SETTINGS.skip_penalty + words * SETTINGS.skip_word_penalty if words else 0.0
                pause = STATES * graph.boundary_hmm[start] + STATES - 1
                ended = exits(graph, graph.pause_exits, start) if start > low else []
                for source in [pause, graph.filler(start), *ended]:
                    weight = graph.leave[source] - skip - entry
                    weights[source, STATES * hmm] = max(weights[source, STATES * hmm], weight)
    return weights


def exits(graph: DecodingGraph, states: np.ndarray, boundary: int) -> np.ndarray:
    """The states that end the word before the boundary."""
    return states[graph.exit_rows[boundary - 1] : graph.exit_rows[boundary]]


@pytest.mark.parametrize("seed", range(5))
def test_entries_are_the_best_of_all_ways(seed: int) -> None:
    chance = random.Random(seed)
    graph = build_graph(shared_model(), random_words(chance, words=7))
    low, high = sorted(chance.sample(range(8), 2))
    active = ActiveGraph.of(graph, low, high, SETTINGS)
    (row,) = active.new_rows(1)
    row[: active.states] = np.random.default_rng(seed).uniform(-20, 0, active.states)
    entries = np.empty(active.states, np.float32)

    active.score_boundaries(row)
    active.score_entries(row, out=entries)

    states = np.array([active.state(slot) for slot in range(active.states)])
    ways = row[: active.states, None] + transitions(graph, low, high)[np.ix_(states, states)]
    np.testing.assert_allclose(entries, ways.max(axis=0), rtol=1e-5, atol=1e-4)
    for slot in np.flatnonzero(entries > IMPOSSIBLE / 2).tolist():
        assert ways[active.source(row, slot), slot] == pytest.approx(ways[:, slot].max(), abs=1e-4)


def test_states_and_slots_are_inverse() -> None:
    graph = build_graph(shared_model(), random_words(random.Random(1), words=5))
    active = ActiveGraph.of(graph, 1, 3, SETTINGS)

    states = np.array([active.state(slot) for slot in range(active.states)])

    assert sorted(states) == list(range(STATES * active.first_hmm, STATES * active.last_hmm))
    assert [active.slot(state) for state in states.tolist()] == list(range(active.states))
    assert active.slots(states).tolist() == list(range(active.states))


@pytest.mark.parametrize("anywhere", [False, True])
def test_a_recording_starts_at_the_first_word_or_at_any(anywhere: bool) -> None:
    graph = build_graph(shared_model(), random_words(random.Random(2), words=4))
    active = ActiveGraph.of(graph, 0, 4, SETTINGS)
    (row,) = active.new_rows(1)
    entries = np.empty(active.states, np.float32)

    active.start(row, anywhere=anywhere)
    active.score_entries(row, out=entries)

    pauses = entries[graph.boundary_hmm]
    skips = [0.0, *(-SETTINGS.skip_penalty - SETTINGS.skip_word_penalty * words for words in range(1, 5))]
    np.testing.assert_allclose(pauses, 0.0 if anywhere else skips)
