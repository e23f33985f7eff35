r"""Viterbi beam search: find the best path of a recording through the decoding graph of its transcript.

States and transitions. Each frame of the recording is in one state of the graph (decoding_graph.py). From one frame to
the next a path stays in its state, moves on within its phone or to the next phone, or crosses a word boundary:

                  +--------------- skip arc: leaves out words of the transcript --------------+
                  |                                                                           v
    [word k-1] -->o--> pause or filler -->o--> [word k] -->o--> pause or filler -->o--> [word k+1]
               \________ straight on ________^           \________ straight on ________^

A hypothesis is the best path into a state. Its score is the sum of the log likelihoods of the frames under the states'
senones and of the log probabilities of the transitions, minus the penalties of SearchSettings.

Filler. The filler model stands for speech or sound that is not in the transcript. It scores each frame like the phone
that fits best at that moment, minus a penalty. The log-likelihood ratio of a word to the filler therefore says how much
better the word fits than anything else would.

Beam. Only words near hypotheses whose score is within the beam of the best one are active. After each block of frames
the active graph moves on.

Commits. Paths into all promising states usually share their beginning. That beginning is final: the search commits it
and forgets its frames, so memory does not grow with the recording.

Return point. While someone speaks words that are not in the transcript, chance finds words of the transcript in that
speech, further and further on. The search therefore keeps the filler in which the transcript stopped fitting alive,
until the transcript has fitted again for some seconds.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from syncline.speech.pocketsphinx.acoustic_model import AcousticModel, Ints, SenoneScorer
from syncline.speech.pocketsphinx.active_graph import ActiveGraph
from syncline.speech.pocketsphinx.backtrace import Backtracer, FrameRecord
from syncline.speech.pocketsphinx.decoding_graph import FILLER, IMPOSSIBLE, DecodingGraph
from syncline.speech.pocketsphinx.features import Floats, Streams
from syncline.speech.pocketsphinx.search_settings import SearchSettings

_ONE_FRAME = np.int16(1)
_NO_STATES = np.zeros(0, np.intp)
DEFAULT_SETTINGS = SearchSettings()


@dataclass(frozen=True, slots=True)
class StatePath:
    """For each frame: its state in the decoding graph, and the log-likelihood ratio of that state to the filler."""

    states: Ints
    llr: Floats  # nats, without the filler's penalty per frame


@dataclass(slots=True)
class _Hypotheses:
    """The best path into each active state."""

    scores: Floats
    state_durations: NDArray[np.int16]  # frames spent in the state so far; 0 in pauses and fillers
    overlong: NDArray[np.intp]  # states that have lasted too long; rarely any


@dataclass(slots=True)
class _ReturnPoint:
    """The boundary at which the transcript stopped fitting, if the search may still have to return there."""

    boundary: int | None = None
    fitting_blocks: int = 0

    def update(self, filler_boundary: int | None, *, certain_blocks: int) -> None:
        """`filler_boundary`: where the best hypothesis is in a filler; None if it is in the transcript."""
        if filler_boundary is None:
            self.fitting_blocks += 1
            if self.fitting_blocks >= certain_blocks:
                self.boundary = None
            return
        self.fitting_blocks = 0
        self.boundary = filler_boundary if self.boundary is None else min(self.boundary, filler_boundary)

    def forget_beyond(self, last: int) -> None:
        """Every hypothesis in the beam is now before the return point, so its frames are no longer on any path."""
        if self.boundary is not None and self.boundary > last:
            self.boundary = None


class ViterbiDecoder:
    def __init__(self, model: AcousticModel, graph: DecodingGraph, settings: SearchSettings = DEFAULT_SETTINGS) -> None:
        self._model = model
        self._graph = graph
        self._settings = settings
        self._backtracer = Backtracer(graph, settings)

    def decode(self, streams: Streams, *, start_anywhere: bool = False) -> StatePath:
        """`start_anywhere`: the recording may begin at any word, not only near the first."""
        frames, block_frames = len(streams[0]), self._settings.block_frames
        path = StatePath(np.full(frames, -1, np.int32), np.zeros(frames, np.float32))
        active = self._activate(0, self._graph.words if start_anywhere else self._reach(0))
        hypotheses = self._start(active, start_anywhere)
        history: list[FrameRecord] = []
        committed, return_point = 0, _ReturnPoint()
        for block, first in enumerate(range(0, frames, block_frames)):
            cepstra, deltas, accelerations = (stream[first : first + block_frames] for stream in streams)
            emissions, emission_of_state = self._emissions(active, (cepstra, deltas, accelerations))
            for frame_emissions, by_state in zip(emissions, emissions[:, emission_of_state], strict=True):
                if history or committed:
                    hypotheses = self._advance(active, hypotheses)
                hypotheses.scores += by_state
                hypotheses.scores -= hypotheses.scores.max()
                history.append(
                    FrameRecord(active, hypotheses.scores, hypotheses.overlong, frame_emissions, emission_of_state)
                )
            if (block + 1) % self._settings.commit_blocks == 0:
                committed += self._commit(history, path, committed, return_point.boundary)
            filler_boundary = self._filler_boundary(active, hypotheses.scores)
            return_point.update(filler_boundary, certain_blocks=self._settings.certain_blocks)
            active, hypotheses = self._move(active, hypotheses, return_point)
        if history:
            _write(path, committed, history, self._backtracer.trace(history, history[-1].best_state))
        return path

    def _activate(self, low: int, high: int) -> ActiveGraph:
        return ActiveGraph.of(self._graph, low, high, self._settings)

    def _start(self, active: ActiveGraph, start_anywhere: bool) -> _Hypotheses:
        scores = np.full(active.end - active.begin, IMPOSSIBLE, np.float32)
        boundaries = np.full(active.high - active.low + 1, 0.0 if start_anywhere else IMPOSSIBLE, np.float32)
        boundaries[0] = 0.0
        active.enter(scores, boundaries, active.with_skips(boundaries))
        return _Hypotheses(scores, np.ones(len(scores), np.int16), _NO_STATES)

    def _advance(self, active: ActiveGraph, hypotheses: _Hypotheses) -> _Hypotheses:
        """Extend all hypotheses by one frame, before its emissions."""
        scores = hypotheses.scores
        boundaries = active.boundary_scores(scores)
        stayed = scores + active.stay
        stayed[hypotheses.overlong] -= self._settings.long_state_penalty
        moved = stayed.copy()
        np.maximum(moved[1:], scores[:-1] + active.advance[1:], out=moved[1:])
        for to, source, weights in active.phone_arcs:
            moved[to] = np.maximum(moved[to], scores[source] + weights)
        active.enter(moved, boundaries.after_word, boundaries.after_skip)
        durations = hypotheses.state_durations * (moved <= stayed) + _ONE_FRAME
        durations *= active.is_phone
        return _Hypotheses(moved, durations, self._overlong(durations))

    def _overlong(self, durations: NDArray[np.int16]) -> NDArray[np.intp]:
        longest = self._settings.longest_state_frames
        return np.flatnonzero(durations >= longest) if durations.max() >= longest else _NO_STATES

    def _emissions(self, active: ActiveGraph, streams: Streams) -> tuple[Floats, Ints]:
        """Returns log likelihoods (frame, senone), the filler's last, and the column of each active state."""
        loop = self._model.context_independent_senones
        needed = np.unique(np.concatenate([loop, active.senone[active.senone != FILLER]]))
        scores = SenoneScorer(self._model, needed).score(streams)
        filler = self._filler_scores(scores[:, np.searchsorted(needed, loop)])
        columns = np.where(active.senone == FILLER, len(needed), np.searchsorted(needed, active.senone))
        return np.concatenate([scores, filler], axis=1), columns

    def _filler_scores(self, phone_scores: Floats) -> Floats:
        """The best context-independent senone, minus the penalty.

        A phone lasts several frames. Smoothing keeps the filler from choosing another phone in every frame, which would
        give it an advantage over real words.
        """
        smoothed = _moving_average(phone_scores, self._settings.filler_smoothing_frames)
        return np.asarray(smoothed.max(axis=1, keepdims=True) - self._settings.filler_frame_penalty)

    def _filler_boundary(self, active: ActiveGraph, scores: Floats) -> int | None:
        best = active.begin + int(np.argmax(scores))
        return int(self._graph.word[best]) if self._graph.senone[best] == FILLER else None

    def _move(
        self, active: ActiveGraph, hypotheses: _Hypotheses, return_point: _ReturnPoint
    ) -> tuple[ActiveGraph, _Hypotheses]:
        """Activate the words that the next block can reach."""
        alive = np.flatnonzero(hypotheses.scores > -self._settings.beam) + active.begin
        low, high = int(self._graph.word[alive[0]]), self._reach(int(self._graph.word[alive[-1]]))
        return_point.forget_beyond(high)
        if return_point.boundary is not None:
            low = max(active.low, min(low, return_point.boundary))
        if (low, high) != (active.low, active.high):
            moved = self._activate(low, high)
            hypotheses = self._copy(hypotheses, active, moved)
            active = moved
        if return_point.boundary is not None and return_point.boundary >= low:
            filler = active.filler[return_point.boundary - low]
            hypotheses.scores[filler] = max(hypotheses.scores[filler], -self._settings.return_penalty)
        return active, hypotheses

    def _reach(self, word: int) -> int:
        return min(self._graph.words, word + self._settings.words_per_block)

    def _copy(self, hypotheses: _Hypotheses, source: ActiveGraph, target: ActiveGraph) -> _Hypotheses:
        """The hypotheses of the states that are in both active graphs."""
        scores = np.full(target.end - target.begin, IMPOSSIBLE, np.float32)
        durations = np.zeros(len(scores), np.int16)
        begin, end = max(target.begin, source.begin), min(target.end, source.end)
        to, of = slice(begin - target.begin, end - target.begin), slice(begin - source.begin, end - source.begin)
        scores[to] = hypotheses.scores[of]
        durations[to] = hypotheses.state_durations[of]
        return _Hypotheses(scores, durations, self._overlong(durations))

    def _commit(self, history: list[FrameRecord], path: StatePath, committed: int, return_boundary: int | None) -> int:
        """Write the part of the path on which all survivors agree. Returns the number of its frames."""
        block_frames, longest = self._settings.block_frames, self._settings.longest_history_blocks
        trace = self._backtracer.trace(history, history[-1].best_state)
        survivors = self._survivors(history[-1], return_boundary)
        agreed = min(len(history) - block_frames, self._backtracer.agreement(history, trace, survivors))
        if len(history) > longest * block_frames:
            agreed = max(agreed, len(history) - longest * block_frames // 2)
        if agreed <= 0:
            return 0
        _write(path, committed, history[:agreed], trace)
        del history[:agreed]
        return agreed

    def _survivors(self, frame: FrameRecord, return_boundary: int | None) -> list[int]:
        """The states that may still be on the best path, most promising first."""
        active = frame.active
        promising = np.flatnonzero(frame.scores > -self._settings.beam / 2)
        survivors: list[int] = promising[np.argsort(-frame.scores[promising])].tolist()
        if return_boundary is not None and active.low <= return_boundary <= active.high:
            survivors.append(int(active.filler[return_boundary - active.low]))
        return [active.begin + state for state in survivors]


def _write(path: StatePath, first: int, frames: list[FrameRecord], states: Ints) -> None:
    for index, (frame, state) in enumerate(zip(frames, states, strict=False), start=first):
        path.states[index] = state
        active_state = state - frame.active.begin
        if 0 <= active_state < len(frame.emission_of_state):
            path.llr[index] = frame.emissions[frame.emission_of_state[active_state]] - frame.emissions[-1]


def _moving_average(scores: Floats, frames: int) -> Floats:
    padded = np.pad(scores, ((frames // 2, frames // 2), (0, 0)), mode="edge")
    sums = np.cumsum(padded, axis=0, dtype=np.float64)
    sums[frames:] -= sums[:-frames].copy()
    return np.asarray(sums[frames - 1 :] / frames, np.float32)


def runs(values: NDArray[np.int32]) -> list[tuple[int, int, int]]:
    """(value, first, last + 1) of each run of equal values."""
    if not len(values):
        return []
    cuts = np.flatnonzero(np.diff(values)) + 1
    begins = np.concatenate([[0], cuts])
    ends = np.concatenate([cuts, [len(values)]])
    return [(int(values[begin]), int(begin), int(end)) for begin, end in zip(begins, ends, strict=True)]
