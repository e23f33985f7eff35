"""The active part of the decoding graph: the words within the beam.

The search moves this window along the transcript, so its cost depends on the length of the recording and not on that of
the transcript. All indices are relative to the window's first state, boundary or word.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from syncline.speech.pocketsphinx.acoustic_model import STATES, Ints
from syncline.speech.pocketsphinx.decoding_graph import BOUNDARY_STATES, FILLER, IMPOSSIBLE, DecodingGraph
from syncline.speech.pocketsphinx.features import Floats
from syncline.speech.pocketsphinx.search_settings import SearchSettings


@dataclass(slots=True)
class ActiveGraph:
    """From boundary `low` to boundary `high`, included. `low`, `high`, `begin` and `end` count in the whole graph."""

    low: int
    high: int
    begin: int  # state
    end: int
    senone: Ints
    stay: Floats
    advance: Floats
    is_phone: NDArray[np.bool_]  # by state: part of a word, not of a pause or filler
    phone_arcs: list[tuple[Ints, Ints, Floats]]  # (to, from, weight)
    pause_last: Ints  # boundary -> last state of its pause
    pause_leave: Floats
    filler: Ints  # boundary -> its filler
    pause_entries: tuple[Ints, Ints]  # (state, boundary)
    pause_entry_weights: Floats
    word_entries: tuple[Ints, Ints]
    exits: Ints
    exit_weights: Floats
    pause_exits: Ints
    pause_exit_weights: Floats
    exit_rows: Ints  # word -> its first index in exits
    skip_costs: Floats  # number of skipped words -> penalty for them, without that of the skip itself
    skip_penalty: float

    @classmethod
    def of(cls, graph: DecodingGraph, low: int, high: int, settings: SearchSettings) -> ActiveGraph:
        begin, end = int(graph.boundary_start[low]), int(graph.boundary_start[high] + BOUNDARY_STATES)
        first, last = graph.exit_rows[low], graph.exit_rows[high]
        exits, pause_exits = graph.exits[first:last], graph.pause_exits[first:last]
        boundaries = graph.boundary_start[low : high + 1]
        advance = graph.advance[begin:end].copy()
        advance[0] = IMPOSSIBLE
        senone = graph.senone[begin:end]
        pause_entries = _entries(graph.pause_entries, low, high, begin, end)
        is_filler = senone[pause_entries[0]] == FILLER
        return cls(
            low, high, begin, end,
            senone=senone,
            stay=graph.stay[begin:end],
            advance=advance,
            is_phone=graph.phone_position[begin:end] >= 0,
            phone_arcs=[_arcs(arcs, graph.leave, begin, end) for arcs in graph.phone_arcs],
            pause_last=boundaries - begin + STATES - 1,
            pause_leave=graph.leave[boundaries + STATES - 1],
            filler=boundaries - begin + STATES,
            pause_entries=pause_entries,
            pause_entry_weights=np.where(is_filler, -settings.filler_penalty, 0.0).astype(np.float32),
            word_entries=_entries(graph.word_entries, low, high, begin, end),
            exits=exits - begin,
            exit_weights=graph.leave[exits],
            pause_exits=pause_exits - begin,
            pause_exit_weights=graph.leave[pause_exits],
            exit_rows=graph.exit_rows[low:high] - first,
            skip_costs=settings.skip_word_penalty * np.arange(high - low + 1, dtype=np.float32),
            skip_penalty=settings.skip_penalty,
        )  # fmt: skip

    def boundary_scores(self, scores: Floats) -> BoundaryScores:
        """`scores`: the best hypothesis in each state."""
        after_pause = np.maximum(scores[self.pause_last] + self.pause_leave, scores[self.filler])
        after_word = np.full(len(after_pause), IMPOSSIBLE, np.float32)
        if len(self.exit_rows):
            after_word[1:] = np.maximum.reduceat(scores[self.exits] + self.exit_weights, self.exit_rows)
            ended = np.maximum.reduceat(scores[self.pause_exits] + self.pause_exit_weights, self.exit_rows)
            np.maximum(after_pause[1:], ended, out=after_pause[1:])
        return BoundaryScores(after_word, after_pause, self.with_skips(after_pause))

    def with_skips(self, after_pause: Floats) -> Floats:
        """The best of staying at a boundary and of a skip arc from any boundary before it.

        The cost of a skip is linear in the number of skipped words, so a running maximum finds the best start of a skip
        for all boundaries at once.
        """
        best_before = np.maximum.accumulate(after_pause + self.skip_costs)
        skipped = after_pause.copy()
        np.maximum(skipped[1:], best_before[:-1] - self.skip_costs[1:] - self.skip_penalty, out=skipped[1:])
        return skipped

    def enter(self, scores: Floats, after_word: Floats, after_pause: Floats) -> None:
        """Extend the hypotheses at the boundaries into pauses, fillers and words. Changes `scores`."""
        states, boundaries = self.pause_entries
        scores[states] = np.maximum(scores[states], after_pause[boundaries] + self.pause_entry_weights)
        states, boundaries = self.word_entries
        scores[states] = np.maximum(scores[states], after_word[boundaries])

    def best_exit(self, scores: Floats, word: int, *, to_pause: bool) -> int:
        """The last state with which the word ends best."""
        begin = int(self.exit_rows[word])
        end = int(self.exit_rows[word + 1]) if word + 1 < len(self.exit_rows) else len(self.exits)
        states = (self.pause_exits if to_pause else self.exits)[begin:end]
        weights = (self.pause_exit_weights if to_pause else self.exit_weights)[begin:end]
        return int(states[np.argmax(scores[states] + weights)])


@dataclass(frozen=True, slots=True)
class BoundaryScores:
    """The best hypothesis at each boundary."""

    after_word: Floats  # the word has just ended, without a pause
    after_pause: Floats  # after a pause, a filler, or a word that can be followed by a pause
    after_skip: Floats  # the same, skip arcs included


def _arcs(arcs: tuple[Ints, Ints], leave: Floats, begin: int, end: int) -> tuple[Ints, Ints, Floats]:
    to, source = arcs
    first, last = np.searchsorted(to, (begin, end))
    return to[first:last] - begin, source[first:last] - begin, leave[source[first:last]]


def _entries(entries: tuple[Ints, Ints], low: int, high: int, begin: int, end: int) -> tuple[Ints, Ints]:
    states, boundaries = entries
    first = np.searchsorted(boundaries, low, side="left")
    last = np.searchsorted(boundaries, high, side="right")
    inside = states[first:last] < end  # the word after the last boundary is outside
    return states[first:last][inside] - begin, boundaries[first:last][inside] - low
