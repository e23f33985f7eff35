"""The active part of the decoding graph: the words within the beam, with the tables that extend hypotheses by a frame.

The search moves this window along the transcript, so its cost depends on the length of the recording and not on that of
the transcript.

All scores of a frame lie in one row, so that one numpy call gathers those from which hypotheses are extended:

    first states of the HMMs | second states | third states | boundaries after a word | after a pause | after a skip | -

An index of the row is called a slot. The last slot is IMPOSSIBLE. The scores of the boundaries follow from those of the
states of the same frame.

The cost of a skip is linear in the number of skipped words. So the weight of every arc to a boundary after a pause
includes the cost of skipping all words before it, and that of every arc from there takes it back. A running maximum
then finds the best start of a skip for all boundaries at once.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from syncline.speech.pocketsphinx.acoustic_model import STATES, Ints
from syncline.speech.pocketsphinx.decoding_graph import BOUNDARY_HMMS, FILLER, IMPOSSIBLE, NONE, DecodingGraph
from syncline.speech.pocketsphinx.features import Floats
from syncline.speech.pocketsphinx.search_settings import SearchSettings

Slots = NDArray[np.intp]  # numpy gathers with this type twice as fast as with a narrower one


@dataclass(slots=True)
class ActiveGraph:
    """From boundary `low` to boundary `high`, included. `low`, `high` and `first_hmm` count in the whole graph."""

    low: int
    high: int
    first_hmm: int
    hmms: int
    senone: Ints  # by slot, like the following
    stay: Floats
    advance: Floats  # from the first and second states
    is_phone: NDArray[np.bool_]  # part of a word, not of a pause or filler
    sources: Slots  # (choice, HMM) -> slot from which the HMM is entered
    source_weights: Floats
    ends: Slots  # slots that lead to each boundary after a word, then those that lead to each one after a pause
    end_weights: Floats
    end_rows: Slots  # the first index in `ends` of each boundary after a word, then of each one after a pause
    skip_costs: Floats  # number of skipped words -> penalty for them, without that of the skip itself
    skip_penalty: np.float32
    states: int = field(init=False)
    _ended: slice = field(init=False)  # the slots of the boundaries after a word and after a pause
    _after_pause: slice = field(init=False)
    _after_skip: slice = field(init=False)
    _end_scores: Floats = field(init=False)
    _source_scores: Floats = field(init=False)
    _skipped: Floats = field(init=False)

    def __post_init__(self) -> None:
        self.states = STATES * self.hmms
        begin, count = self.states, self.boundaries
        self._ended = slice(begin, begin + 2 * count)
        self._after_pause = slice(begin + count, begin + 2 * count)
        self._after_skip = slice(begin + 2 * count, begin + 3 * count)
        self._end_scores = np.empty(len(self.ends), np.float32)
        self._source_scores = np.empty(self.sources.shape, np.float32)
        self._skipped = np.full(count + 1, IMPOSSIBLE, np.float32)

    @classmethod
    def of(cls, graph: DecodingGraph, low: int, high: int, settings: SearchSettings) -> ActiveGraph:
        first, last = int(graph.boundary_hmm[low]), int(graph.boundary_hmm[high]) + BOUNDARY_HMMS
        layout = _Layout(first, last - first, low, high - low + 1)
        skip_costs = settings.skip_word_penalty * np.arange(high - low + 1, dtype=np.float32)
        sources, source_weights = _sources(graph, layout, settings, skip_costs)
        ends, end_weights, end_rows = _ends(graph, layout, skip_costs)
        return cls(
            low,
            high,
            first,
            last - first,
            senone=layout.by_slot(graph.senone),
            stay=layout.by_slot(graph.stay),
            advance=layout.by_slot(graph.advance)[layout.hmms :],
            is_phone=layout.by_slot(graph.phone_position) >= 0,
            sources=sources,
            source_weights=source_weights,
            ends=layout.slots(ends),
            end_weights=end_weights,
            end_rows=end_rows,
            skip_costs=skip_costs,
            skip_penalty=np.float32(settings.skip_penalty),
        )

    @property
    def boundaries(self) -> int:
        return self.high - self.low + 1

    @property
    def last_hmm(self) -> int:
        """The first one that is not active."""
        return self.first_hmm + self.hmms

    @property
    def row_length(self) -> int:
        return self.states + 3 * self.boundaries + 1

    def state(self, slot: int) -> int:
        """The state of the whole graph."""
        position, hmm = divmod(slot, self.hmms)
        return STATES * (self.first_hmm + hmm) + position

    def slot(self, state: int) -> int:
        hmm, position = divmod(state, STATES)
        return position * self.hmms + hmm - self.first_hmm

    def slots(self, states: Ints) -> Slots:
        hmms, positions = np.divmod(states, STATES)
        return np.asarray(positions * self.hmms + hmms - self.first_hmm, np.intp)

    def new_rows(self, frames: int) -> Floats:
        rows = np.empty((frames, self.row_length), np.float32)
        rows[:, -1] = IMPOSSIBLE
        return rows

    def start(self, row: Floats, *, anywhere: bool) -> None:
        """Before the first frame, no state has a hypothesis, but the first boundary has, or each one."""
        row[:] = IMPOSSIBLE
        starts = slice(None) if anywhere else slice(1)
        row[self.states : self.states + self.boundaries][starts] = 0.0
        row[self._after_pause][starts] = self.skip_costs[starts]
        self._score_skips(row)

    def score_boundaries(self, row: Floats) -> None:
        """Complete a row whose states have their scores."""
        row.take(self.ends, out=self._end_scores, mode="clip")
        self._end_scores += self.end_weights
        np.maximum.reduceat(self._end_scores, self.end_rows, out=row[self._ended])
        self._score_skips(row)

    def _score_skips(self, row: Floats) -> None:
        """The best of staying at a boundary and of a skip arc from any boundary before it."""
        after_pause, skipped = row[self._after_pause], self._skipped
        np.maximum.accumulate(after_pause, out=skipped[1:])
        skipped[1:] -= self.skip_penalty
        np.maximum(after_pause, skipped[:-1], out=row[self._after_skip])

    def score_entries(self, row: Floats, *, out: Floats) -> None:
        """The best way from the states and boundaries of a complete row into each state, other than staying in it."""
        row.take(self.sources, out=self._source_scores, mode="clip")
        self._source_scores += self.source_weights
        np.maximum.reduce(self._source_scores, axis=0, out=out[: self.hmms])
        np.add(row[: len(self.advance)], self.advance, out=out[self.hmms :])

    def source(self, row: Floats, slot: int) -> int:
        """The slot of the state from which the best path enters the state at `slot`, without staying in it."""
        if slot >= self.hmms:
            return slot - self.hmms
        choices = self.sources[:, slot]
        source = int(choices[np.argmax(row[choices] + self.source_weights[:, slot])])
        if source < self.states:
            return source
        kind, boundary = divmod(source - self.states, self.boundaries)
        if kind == 0:
            return self._best_end(row, boundary)
        return self._best_end(row, self.boundaries + self._start_of_skip(row, boundary))

    def _best_end(self, row: Floats, index: int) -> int:
        begin = self.end_rows[index]
        end = self.end_rows[index + 1] if index + 1 < len(self.end_rows) else len(self.ends)
        slots = self.ends[begin:end]
        return int(slots[np.argmax(row[slots] + self.end_weights[begin:end])])

    def _start_of_skip(self, row: Floats, boundary: int) -> int:
        """The boundary at which the best skip to `boundary` starts: itself if none is better."""
        after_pause = row[self._after_pause]
        best = int(np.argmax(after_pause[: boundary + 1]))
        return best if after_pause[best] - self.skip_penalty > after_pause[boundary] else boundary


@dataclass(frozen=True, slots=True)
class _Layout:
    """Where the states and boundaries of a part of the graph lie in a row."""

    first_hmm: int
    hmms: int
    low: int
    boundaries: int

    def by_slot(self, of_states: NDArray[Any]) -> NDArray[Any]:
        first = STATES * self.first_hmm
        return of_states[first : first + STATES * self.hmms].reshape(-1, STATES).T.reshape(-1)

    def slots(self, states: Ints) -> Slots:
        hmms, positions = np.divmod(states, STATES)
        return np.where(states == NONE, self._impossible, positions * self.hmms + hmms - self.first_hmm).astype(np.intp)

    def after_word(self, boundaries: Ints) -> Slots:
        return np.where(boundaries == NONE, self._impossible, STATES * self.hmms + boundaries - self.low)

    def after_skip(self, boundaries: Ints) -> Slots:
        return self.after_word(np.where(boundaries == NONE, NONE, boundaries + 2 * self.boundaries))

    @property
    def _impossible(self) -> int:
        return STATES * self.hmms + 3 * self.boundaries


def _sources(
    graph: DecodingGraph, layout: _Layout, settings: SearchSettings, skip_costs: Floats
) -> tuple[Slots, Floats]:
    """An HMM is entered either from others of its word or across a boundary, so these can share the rows."""
    hmms = slice(layout.first_hmm, layout.first_hmm + layout.hmms)
    arcs, after_word, after_pause = graph.arcs[:, hmms], graph.after_word[hmms], graph.after_pause[hmms]
    sources, weights = layout.slots(arcs), np.where(arcs == NONE, np.float32(0), graph.leave[arcs])
    sources[0] = np.where(after_word == NONE, sources[0], layout.after_word(after_word))
    sources[1] = np.where(after_pause == NONE, sources[1], layout.after_skip(after_pause))
    from_pause = np.flatnonzero(after_pause != NONE)
    weights[1, from_pause] = -skip_costs[after_pause[from_pause] - layout.low]
    is_filler = graph.phone[STATES * hmms.start : STATES * hmms.stop : STATES] == FILLER
    weights[1, is_filler] -= settings.filler_penalty
    return sources, weights


def _ends(graph: DecodingGraph, layout: _Layout, skip_costs: Floats) -> tuple[Ints, Floats, Slots]:
    """The states that lead to each boundary after a word, then those that lead to each one after a pause; the weights;
    and the index of the first one for each boundary. Nothing leads to the first boundary after a word."""
    low, high = layout.low, layout.low + layout.boundaries - 1
    numbers = np.arange(layout.boundaries)
    first, last = graph.exit_rows[low], graph.exit_rows[high]
    of_exits = np.repeat(numbers[1:], np.diff(graph.exit_rows[low : high + 1]))
    pauses = STATES * graph.boundary_hmm[low : high + 1] + STATES - 1
    fillers = pauses + 1
    after_pause = [pauses, fillers, graph.pause_exits[first:last]]
    states = np.concatenate([[NONE], graph.exits[first:last], *after_pause])
    boundaries = np.concatenate([[0], of_exits, *(layout.boundaries + each for each in (numbers, numbers, of_exits))])
    order = np.argsort(boundaries, kind="stable")
    states, boundaries = states[order], boundaries[order]
    costs = np.concatenate([np.zeros(layout.boundaries, np.float32), skip_costs])
    weights = np.where(states == NONE, np.float32(0), graph.leave[states]) + costs[boundaries]
    return states, weights, np.searchsorted(boundaries, np.arange(2 * layout.boundaries))
