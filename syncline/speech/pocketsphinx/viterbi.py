"""Following a recording through the network of its text: the best path, found frame by frame.

Only the words near the best path are looked at, and what lies well behind is settled and forgotten, so that time
grows with the recording and memory does not.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from syncline.speech.pocketsphinx.acoustic_model import STATES, AcousticModel, Ints, Scorer
from syncline.speech.pocketsphinx.decoding_graph import AFTER_PAUSE, AFTER_WORD, BOUNDARY_STATES, JUNK, NOWHERE, Graph
from syncline.speech.pocketsphinx.features import Floats

JUNK_SMOOTHING = 5  # frames
BLOCK = 128  # frames scored at once, and between two looks at which words are still in the running
SETTLE_EVERY = 8  # blocks
BLOCKS_TO_BE_SURE = 4  # of words that fit, before the place where the text stopped fitting is forgotten
ONE_FRAME = np.int16(1)
NO_STATES = np.zeros(0, np.intp)
WORDS_PER_BLOCK = 12  # spoken in one at the most
LONGEST_HISTORY = 40  # blocks; then the best path is believed
LONGEST_STATE = 60  # frames that one of a sound's three parts lasts; a chord of music would be held as a vowel for ever


Streams = tuple[Floats, ...]


@dataclass(frozen=True, slots=True)
class Costs:
    """What deviating from the text costs, in nats."""

    beam: float = 180.0
    skip: float = 28.0  # to leave out words of the text ...
    skip_word: float = 2.0  # ... and for each of them
    junk: float = 25.0  # to hear something that is not in the text ...
    wait: float = 130.0  # at the most, for having waited where the text stopped fitting
    junk_frame: float = 1.4  # ... and for each frame of it, over the best-fitting sounds
    held_frame: float = 3.0  # for each frame by which a part of a sound lasts longer than LONGEST_STATE


@dataclass(slots=True)
class _Slice:
    """The part of the network that is in the running, with every index counted from its first state."""

    low: int  # boundary
    high: int  # boundary, included
    begin: int  # state
    end: int
    stay: Floats
    speaking: NDArray[np.bool_]  # the states that are part of a sound
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
        low, high, begin, end, graph.stay[begin:end],
        speaking=graph.sound[begin:end] >= 0,
        shift=shift,
        joins=joins,
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


@dataclass(frozen=True, slots=True)
class Path:
    """By frame: the state the recording was in, and how much better it fits than anything else would (nats)."""

    states: Ints
    fit: Floats


@dataclass(frozen=True, slots=True)
class _Boundaries:
    """The best score at each of a slice's boundaries."""

    after_word: Floats
    after_pause: Floats  # skips not counted
    with_skips: Floats  # after a pause


@dataclass(slots=True)
class _Ways:
    """The best way into each state of a slice."""

    scores: Floats
    held: NDArray[np.int16]  # for how many frames it has been there, counting this one, if it is part of a sound
    overheld: NDArray[np.intp]  # the states in which that is too long; mostly none


@dataclass(slots=True)
class _Frame:
    """What must be kept of a frame until it is settled."""

    part: _Slice
    scores: Floats
    overheld: NDArray[np.intp]
    emissions: Floats  # by senone of the block, junk last
    places: Ints  # state -> which of these
    boundaries: _Boundaries | None = None  # once a way back was looked for


@dataclass(slots=True)
class _Waiting:
    """Where the text stopped fitting. Chance finds words of the text in whatever else is said, further and further on:

    the way back must stay open until the text has fitted for some seconds.
    """

    at: int | None = None
    sure: int = 0

    def look(self, junk_boundary: int | None) -> None:
        if junk_boundary is None:
            self.sure += 1
            if self.sure >= BLOCKS_TO_BE_SURE:
                self.at = None
            return
        self.sure = 0
        self.at = junk_boundary if self.at is None else min(self.at, junk_boundary)

    def forget_beyond(self, last: int) -> None:
        """All that is in the running has gone back to before this place: there is no way back to it."""
        if self.at is not None and self.at > last:
            self.at = None


class Tracker:
    def __init__(self, model: AcousticModel, graph: Graph, costs: Costs) -> None:
        self._model = model
        self._graph = graph
        self._costs = costs
        self._stay = graph.stay.tolist()
        self._skip_steps = costs.skip_word * np.arange(graph.words + 1, dtype=np.float32)

    def track(self, streams: Streams, *, anywhere: bool = False) -> Path:
        """`anywhere`: the recording may begin at any word, not only near the first."""
        frames = len(streams[0])
        path = Path(np.full(frames, -1, np.int32), np.zeros(frames, np.float32))
        part = _cut(self._graph, 0, self._graph.words if anywhere else self._reach(0), self._costs)
        history: list[_Frame] = []
        settled, waiting = 0, _Waiting()
        ways = self._start(part, anywhere)
        for block, first in enumerate(range(0, frames, BLOCK)):
            emissions, places = self._emissions(part, tuple(stream[first : first + BLOCK] for stream in streams))
            by_state = emissions[:, places]
            for row, own in zip(emissions, by_state, strict=True):
                if history or settled:
                    ways = self._advance(part, ways)
                ways.scores += own
                ways.scores -= ways.scores.max()
                history.append(_Frame(part, ways.scores, ways.overheld, row, places))
            if block % SETTLE_EVERY == SETTLE_EVERY - 1:
                settled += self._settle(history, path, settled, waiting.at)
            waiting.look(self._junk_boundary(part, ways.scores))
            part, ways = self._move(part, ways, waiting)
        if history:
            self._write(path, settled, history, self._walk(history, _best(history[-1])))
        return path

    def _start(self, part: _Slice, anywhere: bool) -> _Ways:
        scores = np.full(part.end - part.begin, NOWHERE, np.float32)
        boundaries = np.full(part.high - part.low + 1, 0.0 if anywhere else NOWHERE, np.float32)
        boundaries[0] = 0.0
        self._enter(part, scores, boundaries, self._with_skips(part, boundaries))
        return _Ways(scores, np.ones(len(scores), np.int16), NO_STATES)

    def _junk_boundary(self, part: _Slice, scores: Floats) -> int | None:
        best = part.begin + int(np.argmax(scores))
        return int(self._graph.word[best]) if self._graph.senone[best] == JUNK else None

    # -- one frame ---------------------------------------------------------------------------------------------

    def _advance(self, part: _Slice, ways: _Ways) -> _Ways:
        scores = ways.scores
        after_word, after_pause = self._boundaries(part, scores)
        stayed = scores + part.stay
        stayed[ways.overheld] -= self._costs.held_frame
        moved = stayed.copy()
        np.maximum(moved[1:], scores[:-1] + part.shift[1:], out=moved[1:])
        for to, source, leave in part.joins:
            moved[to] = np.maximum(moved[to], scores[source] + leave)
        self._enter(part, moved, after_word, self._with_skips(part, after_pause))
        held = ways.held * (moved <= stayed) + ONE_FRAME
        held *= part.speaking
        return _Ways(moved, held, _overheld(held))

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

    def _emissions(self, part: _Slice, streams: tuple[Floats, ...]) -> tuple[Floats, Ints]:
        """-> scores (frame, senone), junk as the last, and which of them each state of the slice takes."""
        bare = self._model.bare_senones
        needed = np.unique(np.concatenate([bare, part.columns[part.columns != JUNK]]))
        scores = Scorer(self._model, needed).score(streams)
        junk = _smooth(scores[:, np.searchsorted(needed, bare)]).max(axis=1, keepdims=True) - self._costs.junk_frame
        places = np.where(part.columns == JUNK, len(needed), np.searchsorted(needed, part.columns))
        return np.concatenate([scores, junk], axis=1), places

    def _move(self, part: _Slice, ways: _Ways, waiting: _Waiting) -> tuple[_Slice, _Ways]:
        """On to the words that are in the running now."""
        alive = np.flatnonzero(ways.scores > -self._costs.beam) + part.begin
        low, high = int(self._graph.word[alive[0]]), self._reach(int(self._graph.word[alive[-1]]))
        waiting.forget_beyond(high)
        if waiting.at is not None:
            low = max(part.low, min(low, waiting.at))
        if (low, high) != (part.low, part.high):
            part, ways = _carried(part, ways, _cut(self._graph, low, high, self._costs))
        if waiting.at is not None and waiting.at >= low:
            place = part.junk[waiting.at - low]
            ways.scores[place] = max(ways.scores[place], -self._costs.wait)
        return part, ways

    def _reach(self, word: int) -> int:
        """Words that may come into the running before the next look."""
        return min(self._graph.words, word + WORDS_PER_BLOCK)

    # -- looking back ------------------------------------------------------------------------------------------

    def _settle(self, history: list[_Frame], path: Path, settled: int, waiting: int | None) -> int:
        """Writes down the part of the path on which all that is still in the running agree; -> frames written."""
        trace = self._walk(history, _best(history[-1]))
        agreed = min(len(history) - BLOCK, self._parting(history, trace, self._rivals(history[-1], waiting)))
        if len(history) > LONGEST_HISTORY * BLOCK:
            agreed = max(agreed, len(history) - LONGEST_HISTORY * BLOCK // 2)
        if agreed <= 0:
            return 0
        self._write(path, settled, history[:agreed], trace)
        del history[:agreed]
        return agreed

    def _rivals(self, frame: _Frame, waiting: int | None) -> list[int]:
        """The states from which the best way may yet come, by how promising they are."""
        promising = np.flatnonzero(frame.scores > -self._costs.beam / 2)
        rivals: list[int] = promising[np.argsort(-frame.scores[promising])].tolist()
        if waiting is not None and frame.part.low <= waiting <= frame.part.high:
            rivals.append(int(frame.part.junk[waiting - frame.part.low]))
        return [frame.part.begin + rival for rival in rivals]

    def _parting(self, history: list[_Frame], trace: Ints, rivals: list[int]) -> int:
        """The first frame in which not all of the rivals' ways are the traced one.

        Ways meet and then stay together: each is followed only until it meets one that was followed before.
        """
        met = [{int(state)} for state in trace]
        agreed = len(history)
        for state in rivals:
            index = len(history) - 1
            while index >= 0 and state not in met[index]:
                met[index].add(state)
                agreed = min(agreed, index)
                index -= 1
                if index >= 0:
                    state = self._source(history[index], state)
        return agreed

    def _write(self, path: Path, settled: int, frames: list[_Frame], states: Ints) -> None:
        for index, (frame, state) in enumerate(zip(frames, states, strict=False)):
            path.states[settled + index] = state
            place = state - frame.part.begin
            if 0 <= place < len(frame.places):
                path.fit[settled + index] = frame.emissions[frame.places[place]] - frame.emissions[-1]

    def _walk(self, history: list[_Frame], end: int) -> Ints:
        states = np.empty(len(history), np.int32)
        states[-1] = state = end
        for index in range(len(history) - 2, -1, -1):
            state = self._source(history[index], state)
            states[index] = state
        return states

    def _source(self, frame: _Frame, state: int) -> int:
        """Where the best way into this state came from."""
        scores, begin, size = frame.scores, frame.part.begin, len(frame.scores)
        best, source = 2 * float(NOWHERE), state
        if 0 <= state - begin < size:
            best = scores[state - begin] + self._stay[state]
            if state - begin in frame.overheld:
                best -= self._costs.held_frame
        for origin, weight in self._graph.incoming[state]:
            if 0 <= origin - begin < size and scores[origin - begin] + weight > best:
                best, source = scores[origin - begin] + weight, origin
        if self._graph.entered[state]:
            return self._boundary_source(frame, state, float(best), source)
        return source

    def _boundary_source(self, frame: _Frame, state: int, best: float, source: int) -> int:
        graph, part = self._graph, frame.part
        boundary = int(graph.word[state]) - part.low
        if not 0 <= boundary <= part.high - part.low:
            return source
        scores = self._boundaries_of(frame)
        if graph.entered[state] & AFTER_WORD and scores.after_word[boundary] > best:
            best = float(scores.after_word[boundary])
            source = self._exit_of(part, frame.scores, boundary - 1, pause=False)
        if graph.entered[state] & AFTER_PAUSE:
            cost = self._costs.junk if graph.senone[state] == JUNK else 0.0
            if scores.with_skips[boundary] - cost > best:
                source = self._pause_source(part, frame.scores, scores.after_pause, boundary)
        return source

    def _boundaries_of(self, frame: _Frame) -> _Boundaries:
        """Many ways lead back through one frame."""
        if frame.boundaries is None:
            after_word, after_pause = self._boundaries(frame.part, frame.scores)
            frame.boundaries = _Boundaries(after_word, after_pause, self._with_skips(frame.part, after_pause))
        return frame.boundaries

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


def _carried(part: _Slice, ways: _Ways, on: _Slice) -> tuple[_Slice, _Ways]:
    """The same ways, as indices of another slice."""
    scores = np.full(on.end - on.begin, NOWHERE, np.float32)
    held = np.zeros(len(scores), np.int16)
    a, b = max(on.begin, part.begin), min(on.end, part.end)
    scores[a - on.begin : b - on.begin] = ways.scores[a - part.begin : b - part.begin]
    held[a - on.begin : b - on.begin] = ways.held[a - part.begin : b - part.begin]
    return on, _Ways(scores, held, _overheld(held))


def _overheld(held: NDArray[np.int16]) -> NDArray[np.intp]:
    return np.flatnonzero(held >= LONGEST_STATE) if held.max() >= LONGEST_STATE else NO_STATES


def _best(frame: _Frame) -> int:
    return int(np.argmax(frame.scores)) + frame.part.begin


def _smooth(scores: Floats) -> Floats:
    """Mean over a few frames: sounds last, and junk must not pick a better one every hundredth of a second."""
    padded = np.pad(scores, ((JUNK_SMOOTHING // 2, JUNK_SMOOTHING // 2), (0, 0)), mode="edge")
    sums = np.cumsum(padded, axis=0, dtype=np.float64)
    sums[JUNK_SMOOTHING:] -= sums[:-JUNK_SMOOTHING].copy()
    return np.asarray(sums[JUNK_SMOOTHING - 1 :] / JUNK_SMOOTHING, np.float32)


def runs(path: NDArray[np.int32]) -> list[tuple[int, int, int]]:
    """(value, first, last + 1) of each stretch of equal values."""
    if not len(path):
        return []
    cuts = np.flatnonzero(np.diff(path)) + 1
    begins = np.concatenate([[0], cuts])
    ends = np.concatenate([cuts, [len(path)]])
    return [(int(path[begin]), int(begin), int(end)) for begin, end in zip(begins, ends, strict=True)]
