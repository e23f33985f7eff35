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

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from syncline.speech.pocketsphinx.acoustic_model import STATES, AcousticModel, Ints, SenoneScorer
from syncline.speech.pocketsphinx.active_graph import ActiveGraph, Slots
from syncline.speech.pocketsphinx.backtrace import BlockRecord, agreement, forget, trace
from syncline.speech.pocketsphinx.decoding_graph import FILLER, IMPOSSIBLE, DecodingGraph
from syncline.speech.pocketsphinx.features import Floats, Streams
from syncline.speech.pocketsphinx.search_settings import SearchSettings

_ONE_FRAME = np.uint8(1)
DEFAULT_SETTINGS = SearchSettings()


@dataclass(frozen=True, slots=True)
class StatePath:
    """For each frame: its state in the decoding graph, and the log-likelihood ratio of that state to the filler."""

    states: Ints
    llr: Floats  # nats, without the filler's penalty per frame


@dataclass(frozen=True, slots=True)
class _Hypotheses:
    """The best path into each active state, by slot."""

    scores: Floats
    durations: NDArray[np.uint8]  # frames spent in the state so far, counted until they are too many


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

    def decode(self, streams: Streams, *, start_anywhere: bool = False) -> StatePath:
        """`start_anywhere`: the recording may begin at any word, not only near the first."""
        frames, block_frames = len(streams[0]), self._settings.block_frames
        path = StatePath(np.full(frames, -1, np.int32), np.zeros(frames, np.float32))
        active = self._activate(0, self._graph.words if start_anywhere else self._reach(0))
        hypotheses = _no_hypotheses(active)
        history: list[BlockRecord] = []
        committed, return_point = 0, _ReturnPoint()
        for block, first in enumerate(range(0, frames, block_frames)):
            cepstra, deltas, accelerations = (stream[first : first + block_frames] for stream in streams)
            record = self._new_record(active, (cepstra, deltas, accelerations))
            if block == 0:
                active.start(record.rows[0], anywhere=start_anywhere)
            else:
                _continue(record, hypotheses)
            hypotheses = self._search(record, hypotheses.durations)
            history.append(record)
            if (block + 1) % self._settings.commit_blocks == 0:
                committed += self._commit(history, path, committed, return_point.boundary)
            return_point.update(self._filler_boundary(record), certain_blocks=self._settings.certain_blocks)
            active, hypotheses = self._move(active, hypotheses, return_point)
        if history:
            _write(path, committed, history, trace(history, history[-1].best_state))
        return path

    def _activate(self, low: int, high: int) -> ActiveGraph:
        return ActiveGraph.of(self._graph, low, high, self._settings)

    def _new_record(self, active: ActiveGraph, streams: Streams) -> BlockRecord:
        emissions, columns = self._emissions(active, streams)
        rows = active.new_rows(len(emissions) + 1)
        return BlockRecord(active, rows, np.empty((len(rows), active.states), np.bool_), emissions, columns)

    def _search(self, record: BlockRecord, durations: NDArray[np.uint8]) -> _Hypotheses:
        """Extend the hypotheses of the record's first row, frame by frame."""
        active = record.active
        scores = record.rows[:, : active.states]
        longest = np.full(active.states, self._settings.longest_state_frames, np.uint8)
        penalty = np.where(active.is_phone, np.float32(self._settings.long_state_penalty), np.float32(0))
        durations = np.minimum(durations, longest)  # they grow by at most a block, which must not exceed 255
        staying, entering, penalties = np.empty((3, active.states), np.float32)
        overlong = np.empty(active.states, np.bool_)
        emissions = record.emissions.take(record.columns, axis=1)
        for index, (row, following) in enumerate(pairwise(record.rows)):
            np.add(scores[index], active.stay, out=staying)
            np.greater_equal(durations, longest, out=overlong)
            np.multiply(penalty, overlong, out=penalties)
            staying -= penalties
            active.score_entries(row, out=entering)
            stayed = np.greater_equal(staying, entering, out=record.stayed[index + 1])
            np.maximum(staying, entering, out=staying)
            np.add(staying, emissions[index], out=scores[index + 1])
            active.score_boundaries(following)
            durations *= stayed.view(np.uint8)
            durations += _ONE_FRAME
        return _Hypotheses(scores[-1] - scores[-1].max(), durations)

    def _emissions(self, active: ActiveGraph, streams: Streams) -> tuple[Floats, Slots]:
        """Returns log-likelihood ratios to the filler (frame, senone), its own last, and the column of each slot.

        Relative to the filler, the scores of a block remain small, so they need no normalisation in every frame.
        """
        loop = self._model.context_independent_senones
        needed = np.zeros(self._model.senones + 1, np.bool_)  # the last one is the filler's, whose number is -1
        needed[loop] = needed[active.senone] = True
        needed[FILLER] = False
        senones = np.flatnonzero(needed).astype(np.int32)
        columns = np.full(len(needed), len(senones))
        columns[senones] = np.arange(len(senones))
        scores = SenoneScorer(self._model, senones).score(streams)
        emissions = np.zeros((len(streams[0]), len(senones) + 1), np.float32)
        np.subtract(scores.T, self._filler_scores(scores[columns[loop]])[:, None], out=emissions[:, :-1])
        return emissions, columns[active.senone]

    def _filler_scores(self, phone_scores: Floats) -> Floats:
        """The best context-independent senone, minus the penalty. `phone_scores`: (senones, frames).

        A phone lasts several frames. Smoothing keeps the filler from choosing another phone in every frame, which would
        give it an advantage over real words.
        """
        smoothed = _moving_average(phone_scores, self._settings.filler_smoothing_frames)
        return np.asarray(smoothed.max(axis=0) - self._settings.filler_frame_penalty)

    def _filler_boundary(self, record: BlockRecord) -> int | None:
        best = record.best_state
        return int(self._graph.word[best]) if self._graph.senone[best] == FILLER else None

    def _move(
        self, active: ActiveGraph, hypotheses: _Hypotheses, return_point: _ReturnPoint
    ) -> tuple[ActiveGraph, _Hypotheses]:
        """Activate the words that the next block can reach."""
        alive = (hypotheses.scores > -self._settings.beam).reshape(STATES, -1).any(axis=0)
        words = self._graph.word[STATES * (active.first_hmm + np.flatnonzero(alive)[[0, -1]])]
        low, high = int(words[0]), self._reach(int(words[1]))
        return_point.forget_beyond(high)
        if return_point.boundary is not None:
            low = max(active.low, min(low, return_point.boundary))
        if (low, high) != (active.low, active.high):
            moved = self._activate(low, high)
            hypotheses = _copy(hypotheses, active, moved)
            active = moved
        if return_point.boundary is not None and return_point.boundary >= low:
            filler = active.slot(self._graph.filler(return_point.boundary))
            hypotheses.scores[filler] = max(hypotheses.scores[filler], -self._settings.return_penalty)
        return active, hypotheses

    def _reach(self, word: int) -> int:
        return min(self._graph.words, word + self._settings.words_per_block)

    def _commit(self, history: list[BlockRecord], path: StatePath, committed: int, return_boundary: int | None) -> int:
        """Write the part of the path on which all survivors agree. Returns the number of its frames."""
        block_frames, longest = self._settings.block_frames, self._settings.longest_history_blocks
        traced = trace(history, history[-1].best_state)
        agreed = agreement(history, traced, self._survivors(history[-1], return_boundary))
        agreed = min(len(traced) - block_frames, agreed)
        if len(traced) > longest * block_frames:
            agreed = max(agreed, len(traced) - longest * block_frames // 2)
        if agreed <= 0:
            return 0
        _write(path, committed, history, traced[:agreed])
        forget(history, agreed)
        return agreed

    def _survivors(self, record: BlockRecord, return_boundary: int | None) -> list[int]:
        """The states that may still be on the best path, most promising first."""
        active, scores = record.active, record.scores - record.scores.max()
        promising = np.flatnonzero(scores > -self._settings.beam / 2)
        survivors = [active.state(slot) for slot in promising[np.argsort(-scores[promising])].tolist()]
        if return_boundary is not None and active.low <= return_boundary <= active.high:
            survivors.append(self._graph.filler(return_boundary))
        return survivors


def _no_hypotheses(active: ActiveGraph) -> _Hypotheses:
    return _Hypotheses(np.full(active.states, IMPOSSIBLE, np.float32), np.zeros(active.states, np.uint8))


def _continue(record: BlockRecord, hypotheses: _Hypotheses) -> None:
    record.rows[0, : record.active.states] = hypotheses.scores
    record.active.score_boundaries(record.rows[0])


def _copy(hypotheses: _Hypotheses, source: ActiveGraph, target: ActiveGraph) -> _Hypotheses:
    """The hypotheses of the states that are in both active graphs."""
    copied = _no_hypotheses(target)
    begin, end = max(target.first_hmm, source.first_hmm), min(target.last_hmm, source.last_hmm)
    to = slice(begin - target.first_hmm, end - target.first_hmm)
    of = slice(begin - source.first_hmm, end - source.first_hmm)
    copied.scores.reshape(STATES, -1)[:, to] = hypotheses.scores.reshape(STATES, -1)[:, of]
    copied.durations.reshape(STATES, -1)[:, to] = hypotheses.durations.reshape(STATES, -1)[:, of]
    return copied


def _write(path: StatePath, first: int, history: Sequence[BlockRecord], states: Ints) -> None:
    """Write the states of the first uncommitted frames and their log-likelihood ratios. `first`: the first of them."""
    path.states[first : first + len(states)] = states
    for block in history:
        of_block = states[: block.frames]
        path.llr[first : first + len(of_block)] = block.llrs(of_block)
        first, states = first + len(of_block), states[block.frames :]


def _moving_average(scores: Floats, frames: int) -> Floats:
    """Over time, which is the last axis."""
    padded = np.pad(scores, ((0, 0), (frames // 2, frames // 2)), mode="edge")
    windows = (padded[:, first : first + scores.shape[1]] for first in range(frames))
    return np.asarray(sum(windows) / np.float32(frames), np.float32)


def runs(values: NDArray[np.int32]) -> list[tuple[int, int, int]]:
    """(value, first, last + 1) of each run of equal values."""
    if not len(values):
        return []
    cuts = np.flatnonzero(np.diff(values)) + 1
    begins = np.concatenate([[0], cuts])
    ends = np.concatenate([cuts, [len(values)]])
    return [(int(values[begin]), int(begin), int(end)) for begin, end in zip(begins, ends, strict=True)]
