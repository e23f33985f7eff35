"""Following a recording through the network of its text: the best path, found frame by frame.

Only the words near the best path are looked at, and what lies well behind is settled and forgotten, so that time
grows with the recording and memory does not.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from worker.engines.pocketsphinx.acoustics import STATES, AcousticModel, Ints, Scorer
from worker.engines.pocketsphinx.features import Floats
from worker.engines.pocketsphinx.graph import BOUNDARY_STATES, JUNK, NOWHERE, Graph

BLOCK = 64  # frames scored at once, and between two looks at which words are still in the running
SETTLE_EVERY = 16  # blocks
LONGEST_HISTORY = 80  # blocks; then the best path is believed


@dataclass(frozen=True, slots=True)
class Costs:
    """What deviating from the text costs, in nats."""

    beam: float = 220.0
    skip: float = 28.0  # to leave out words of the text ...
    skip_word: float = 2.0  # ... and for each of them
    junk: float = 25.0  # to hear something that is not in the text ...
    junk_frame: float = 1.6  # ... and for each frame of it, over the best-fitting sounds


@dataclass(slots=True)
class _Slice:
    """The part of the network that is in the running, with every index counted from its first state."""

    low: int  # boundary
    high: int  # boundary, included
    begin: int  # state
    end: int
    stay: Floats
    shift: Floats
    joins: list[tuple[Ints, Ints, Floats]]
    to_word: Ints
    to_pause: Ints
    to_word_leave: Floats
    to_pause_leave: Floats
    exit_rows: Ints
    pause_last: Ints
    junk: Ints
    pause_leave: Floats
    pause_entries: tuple[Ints, Ints]
    pause_entry_costs: Floats
    word_entries: tuple[Ints, Ints]
    columns: Ints


def _cut(graph: Graph, low: int, high: int, costs: Costs) -> _Slice:
    begin, end = int(graph.first[low]), int(graph.first[high] + BOUNDARY_STATES)
    joins = []
    for to, source in graph.joins:
        a, b = np.searchsorted(to, (begin, end))
        joins.append((to[a:b] - begin, source[a:b] - begin, graph.leave[source[a:b]]))
    a, b = graph.exit_rows[low], graph.exit_rows[high]
    blocks = graph.first[low : high + 1] - begin
    pause_entries = _entries(graph.pause_entries, low, high, begin, end)
    shift = graph.shift[begin:end].copy()
    shift[0] = NOWHERE
    is_junk = graph.senone[begin:end][pause_entries[0]] == JUNK
    return _Slice(
        low, high, begin, end, graph.stay[begin:end], shift, joins,
        to_word=graph.exits[a:b] - begin,
        to_pause=graph.to_pause[a:b] - begin,
        to_word_leave=graph.leave[graph.exits[a:b]],
        to_pause_leave=graph.leave[graph.to_pause[a:b]],
        exit_rows=graph.exit_rows[low:high] - a,
        pause_last=blocks + STATES - 1,
        junk=blocks + STATES,
        pause_leave=graph.leave[graph.first[low : high + 1] + STATES - 1],
        pause_entries=pause_entries,
        pause_entry_costs=np.where(is_junk, -costs.junk, 0.0).astype(np.float32),
        word_entries=_entries(graph.word_entries, low, high, begin, end),
        columns=graph.senone[begin:end],
    )  # fmt: skip


def _entries(entries: tuple[Ints, Ints], low: int, high: int, begin: int, end: int) -> tuple[Ints, Ints]:
    states, boundaries = entries
    a, b = np.searchsorted(boundaries, (low, high), side="left")
    b = np.searchsorted(boundaries, high, side="right")
    inside = states[a:b] < end  # the last boundary's word is outside
    return states[a:b][inside] - begin, boundaries[a:b][inside] - low


class Tracker:
    def __init__(self, model: AcousticModel, graph: Graph, costs: Costs = Costs()) -> None:
        self._model = model
        self._graph = graph
        self._costs = costs
        self._skip_steps = costs.skip_word * np.arange(graph.words + 1, dtype=np.float32)

    def track(self, streams: tuple[Floats, Floats, Floats]) -> Ints:
        """-> the state of each frame"""
        frames = len(streams[0])
        path = np.full(frames, -1, np.int32)
        if not frames:
            return path
        part = _cut(self._graph, 0, self._reach(0, 0), self._costs)
        history: list[tuple[_Slice, Floats]] = []  # the scores behind each frame that is not settled
        settled = 0
        scores = self._start(part)
        for block, first in enumerate(range(0, frames, BLOCK)):
            last = min(frames, first + BLOCK)
            emissions = self._emissions(part, tuple(stream[first:last] for stream in streams))
            for row in emissions:
                if len(history) + settled:
                    scores = self._advance(part, scores)
                scores = scores + row
                scores -= scores.max()
                history.append((part, scores))
            if block % SETTLE_EVERY == SETTLE_EVERY - 1:
                settled += self._settle(history, path, settled)
            if last < frames:
                part, scores = self._move(part, scores)
        self._trace(history, self._final(part, scores), path, settled)
        return path

    def _start(self, part: _Slice) -> Floats:
        scores = np.full(part.end - part.begin, NOWHERE, np.float32)
        boundaries = np.full(part.high - part.low + 1, NOWHERE, np.float32)
        boundaries[0] = 0.0
        self._enter(part, scores, boundaries, self._with_skips(part, boundaries))
        return scores

    def _final(self, part: _Slice, scores: Floats) -> int:
        """A recording ends where it ends: what is left of the text costs nothing but the leaving-out."""
        return int(np.argmax(scores))

    # -- one frame ---------------------------------------------------------------------------------------------

    def _advance(self, part: _Slice, scores: Floats) -> Floats:
        after_word, after_pause = self._boundaries(part, scores)
        moved = scores + part.stay
        np.maximum(moved[1:], scores[:-1] + part.shift[1:], out=moved[1:])
        for to, source, leave in part.joins:
            moved[to] = np.maximum(moved[to], scores[source] + leave)
        self._enter(part, moved, after_word, self._with_skips(part, after_pause))
        return moved

    def _boundaries(self, part: _Slice, scores: Floats) -> tuple[Floats, Floats]:
        """The best score at each boundary, straight after a word and with a pause between; skips not counted."""
        after_pause = np.maximum(scores[part.pause_last] + part.pause_leave, scores[part.junk])
        after_word = np.full(len(after_pause), NOWHERE, np.float32)
        if len(part.exit_rows):
            after_word[1:] = np.maximum.reduceat(scores[part.to_word] + part.to_word_leave, part.exit_rows)
            ended = np.maximum.reduceat(scores[part.to_pause] + part.to_pause_leave, part.exit_rows)
            np.maximum(after_pause[1:], ended, out=after_pause[1:])
        return after_word, after_pause

    def _with_skips(self, part: _Slice, after_pause: Floats) -> Floats:
        steps = self._skip_steps[: len(after_pause)]
        best_before = np.maximum.accumulate(after_pause + steps)
        skipped = after_pause.copy()
        np.maximum(skipped[1:], best_before[:-1] - steps[1:] - self._costs.skip, out=skipped[1:])
        return skipped

    def _enter(self, part: _Slice, moved: Floats, after_word: Floats, after_pause: Floats) -> None:
        states, boundaries = part.pause_entries
        moved[states] = np.maximum(moved[states], after_pause[boundaries] + part.pause_entry_costs)
        states, boundaries = part.word_entries
        moved[states] = np.maximum(moved[states], after_word[boundaries])

    # -- scoring and moving on ---------------------------------------------------------------------------------

    def _emissions(self, part: _Slice, streams: tuple[Floats, ...]) -> Floats:
        bare = self._model.bare_senones
        needed = np.unique(np.concatenate([bare, part.columns[part.columns != JUNK]]))
        scores = Scorer(self._model, needed).score((streams[0], streams[1], streams[2]))
        junk = scores[:, np.searchsorted(needed, bare)].max(axis=1, keepdims=True) - self._costs.junk_frame
        places = np.where(part.columns == JUNK, len(needed), np.searchsorted(needed, part.columns))
        return np.concatenate([scores, junk], axis=1)[:, places]

    def _move(self, part: _Slice, scores: Floats) -> tuple[_Slice, Floats]:
        alive = np.flatnonzero(scores > -self._costs.beam) + part.begin
        low = int(self._graph.word[alive[0]])
        high = int(self._graph.word[alive[-1]])
        low, high = min(low, self._graph.words), self._reach(low, high)
        if (low, high) == (part.low, part.high):
            return part, scores
        moved = _cut(self._graph, low, high, self._costs)
        carried = np.full(moved.end - moved.begin, NOWHERE, np.float32)
        a, b = max(moved.begin, part.begin), min(moved.end, part.end)
        carried[a - moved.begin : b - moved.begin] = scores[a - part.begin : b - part.begin]
        return moved, carried

    def _reach(self, low: int, high: int) -> int:
        """Words that may come into the running before the next look."""
        return min(self._graph.words, high + 12)

    # -- looking back ------------------------------------------------------------------------------------------

    def _settle(self, history: list[tuple[_Slice, Floats]], path: Ints, settled: int) -> int:
        """Writes down the part of the path on which all that is still in the running agree; -> frames written."""
        part, scores = history[-1]
        ends = {int(np.argmax(scores))}
        words = self._graph.word[part.begin : part.end]
        best_word = words[int(np.argmax(scores))]
        for others in (words < best_word - 2, words > best_word + 2):
            rivals = np.where(others, scores, NOWHERE)
            if len(rivals) and rivals.max() > -self._costs.beam / 2:
                ends.add(int(np.argmax(rivals)))
        traces = [self._walk(history, end) for end in ends]
        agreed = len(history) - BLOCK
        for trace in traces[1:]:
            differing = np.flatnonzero(trace[:agreed] != traces[0][:agreed])
            agreed = min(agreed, int(differing[0])) if len(differing) else agreed
        if len(history) > LONGEST_HISTORY * BLOCK:
            agreed = max(agreed, len(history) - LONGEST_HISTORY * BLOCK // 2)
        if agreed <= 0:
            return 0
        path[settled : settled + agreed] = traces[0][:agreed]
        del history[:agreed]
        return agreed

    def _trace(self, history: list[tuple[_Slice, Floats]], end: int, path: Ints, settled: int) -> None:
        path[settled:] = self._walk(history, end)

    def _walk(self, history: list[tuple[_Slice, Floats]], end: int) -> Ints:
        states = np.empty(len(history), np.int32)
        part, _ = history[-1]
        state = end + part.begin
        states[-1] = state
        for frame in range(len(history) - 2, -1, -1):
            part, scores = history[frame]
            state = self._source(part, scores, state)
            states[frame] = state
        return states

    def _source(self, part: _Slice, scores: Floats, state: int) -> int:
        """Where the best way into this state came from."""
        graph = self._graph
        here = state - part.begin
        best, source = np.float32(NOWHERE * 2), state
        if 0 <= here < len(scores):
            best = scores[here] + graph.stay[state]
            if here > 0 and graph.shift[state] > NOWHERE / 2 and scores[here - 1] + graph.shift[state] > best:
                best, source = scores[here - 1] + graph.shift[state], state - 1
        for to, origins in graph.joins:
            place = int(np.searchsorted(to, state))
            if place < len(to) and to[place] == state:
                origin = int(origins[place])
                if 0 <= origin - part.begin < len(scores):
                    candidate = scores[origin - part.begin] + graph.leave[origin]
                    if candidate > best:
                        best, source = candidate, origin
        if graph.shift[state] > NOWHERE / 2 or graph.sound[state] > 0:
            return source
        return self._boundary_source(part, scores, state, float(best), source)

    def _boundary_source(self, part: _Slice, scores: Floats, state: int, best: float, source: int) -> int:
        graph, boundary = self._graph, int(self._graph.word[state]) - part.low
        if not 0 <= boundary <= part.high - part.low:
            return source
        after_word, after_pause = self._boundaries(part, scores)
        states, boundaries = graph.word_entries
        place = int(np.searchsorted(states, state))
        if place < len(states) and states[place] == state and after_word[boundary] > best:
            best, source = float(after_word[boundary]), self._exit_of(part, scores, boundary - 1, pause=False)
        states, boundaries = graph.pause_entries
        place = int(np.searchsorted(states, state))
        if place < len(states) and states[place] == state:
            cost = self._costs.junk if graph.senone[state] == JUNK else 0.0
            if self._with_skips(part, after_pause)[boundary] - cost > best:
                source = self._pause_source(part, scores, after_pause, boundary)
        return source

    def _pause_source(self, part: _Slice, scores: Floats, after_pause: Floats, boundary: int) -> int:
        steps = self._skip_steps[: len(after_pause)]
        if boundary:
            skipped = after_pause[:boundary] + steps[:boundary] - steps[boundary] - self._costs.skip
            if skipped.max() > after_pause[boundary]:
                boundary = int(np.argmax(skipped))
        options = [
            (float(scores[part.pause_last[boundary]] + part.pause_leave[boundary]), int(part.pause_last[boundary])),
            (float(scores[part.junk[boundary]]), int(part.junk[boundary])),
        ]
        if boundary:
            exit_state = self._exit_of(part, scores, boundary - 1, pause=True) - part.begin
            options.append((float(scores[exit_state] + self._graph.leave[exit_state + part.begin]), exit_state))
        return max(options)[1] + part.begin

    def _exit_of(self, part: _Slice, scores: Floats, word: int, *, pause: bool) -> int:
        """The best last state of a word, `word` counted from the slice's first."""
        begin = int(part.exit_rows[word])
        end = int(part.exit_rows[word + 1]) if word + 1 < len(part.exit_rows) else len(part.to_word)
        states = (part.to_pause if pause else part.to_word)[begin:end]
        leave = (part.to_pause_leave if pause else part.to_word_leave)[begin:end]
        return int(states[np.argmax(scores[states] + leave)]) + part.begin


def runs(path: NDArray[np.int32]) -> list[tuple[int, int, int]]:
    """(value, first, last + 1) of each stretch of equal values."""
    if not len(path):
        return []
    cuts = np.flatnonzero(np.diff(path)) + 1
    begins = np.concatenate([[0], cuts])
    ends = np.concatenate([cuts, [len(path)]])
    return [(int(path[begin]), int(begin), int(end)) for begin, end in zip(begins, ends, strict=True)]
