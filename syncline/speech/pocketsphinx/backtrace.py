"""Follow hypotheses back in time.

The search stores each frame's scores, not backpointers: a backpointer is recomputed when a backtrace needs it. A frame
has hundreds of active states, and few of them are ever on a traced path.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from syncline.speech.pocketsphinx.acoustic_model import Ints
from syncline.speech.pocketsphinx.active_graph import ActiveGraph, BoundaryScores
from syncline.speech.pocketsphinx.decoding_graph import AFTER_PAUSE, AFTER_WORD, FILLER, IMPOSSIBLE, DecodingGraph
from syncline.speech.pocketsphinx.features import Floats
from syncline.speech.pocketsphinx.search_settings import SearchSettings


@dataclass(slots=True)
class FrameRecord:
    """What the search keeps of a frame until its state is committed."""

    active: ActiveGraph
    scores: Floats  # by active state
    overlong: NDArray[np.intp]  # active states that have lasted too long
    emissions: Floats  # log likelihoods: the block's senones, then the filler
    emission_of_state: Ints  # active state -> index in emissions
    boundaries: BoundaryScores | None = None  # computed by the first backtrace through a boundary

    @property
    def best_state(self) -> int:
        return int(np.argmax(self.scores)) + self.active.begin

    def boundary_scores(self) -> BoundaryScores:
        if self.boundaries is None:
            self.boundaries = self.active.boundary_scores(self.scores)
        return self.boundaries


class Backtracer:
    def __init__(self, graph: DecodingGraph, settings: SearchSettings) -> None:
        self._graph = graph
        self._settings = settings
        self._stay: list[float] = graph.stay.tolist()

    def trace(self, history: Sequence[FrameRecord], end: int) -> Ints:
        """The states of the best path that ends in state `end`, one for each frame."""
        states = np.empty(len(history), np.int32)
        states[-1] = state = end
        for index in range(len(history) - 2, -1, -1):
            state = self._backpointer(history[index], state)
            states[index] = state
        return states

    def agreement(self, history: Sequence[FrameRecord], trace: Ints, survivors: Sequence[int]) -> int:
        """For how many frames from the first the paths to all survivors are the traced one.

        Two paths that meet stay together from there back, so each is followed only until it meets an earlier one.
        """
        visited = [{int(state)} for state in trace]
        agreed = len(history)
        for state in survivors:
            index = len(history) - 1
            while index >= 0 and state not in visited[index]:
                visited[index].add(state)
                agreed = min(agreed, index)
                index -= 1
                if index >= 0:
                    state = self._backpointer(history[index], state)
        return agreed

    def _backpointer(self, frame: FrameRecord, state: int) -> int:
        """The state of `frame` from which the best path enters `state` in the next frame."""
        scores, begin, size = frame.scores, frame.active.begin, len(frame.scores)
        best, source = 2 * float(IMPOSSIBLE), state
        if 0 <= state - begin < size:
            best = scores[state - begin] + self._stay[state]
            if state - begin in frame.overlong:
                best -= self._settings.long_state_penalty
        for origin, weight in self._graph.incoming[state]:
            if 0 <= origin - begin < size and scores[origin - begin] + weight > best:
                best, source = scores[origin - begin] + weight, origin
        if self._graph.entry_kinds[state]:
            return self._across_boundary(frame, state, float(best), source)
        return source

    def _across_boundary(self, frame: FrameRecord, state: int, best: float, source: int) -> int:
        """`source`, unless a path across the boundary before `state` scores more than `best`."""
        graph, active = self._graph, frame.active
        boundary = int(graph.word[state]) - active.low
        if not 0 <= boundary <= active.high - active.low:
            return source
        scores = frame.boundary_scores()
        if graph.entry_kinds[state] & AFTER_WORD and scores.after_word[boundary] > best:
            best = float(scores.after_word[boundary])
            source = active.best_exit(frame.scores, boundary - 1, to_pause=False) + active.begin
        if graph.entry_kinds[state] & AFTER_PAUSE:
            penalty = self._settings.filler_penalty if graph.senone[state] == FILLER else 0.0
            if scores.after_skip[boundary] - penalty > best:
                source = self._before_boundary(active, frame.scores, scores.after_pause, boundary)
        return source

    def _before_boundary(self, active: ActiveGraph, scores: Floats, after_pause: Floats, boundary: int) -> int:
        """The best last state at the boundary, or at the one where the best skip to it starts."""
        costs = active.skip_costs
        if boundary:
            skipped = after_pause[:boundary] + costs[:boundary] - costs[boundary] - self._settings.skip_penalty
            if skipped.max() > after_pause[boundary]:
                boundary = int(np.argmax(skipped))
        pause, filler = int(active.pause_last[boundary]), int(active.filler[boundary])
        choices = [(float(scores[pause] + active.pause_leave[boundary]), pause), (float(scores[filler]), filler)]
        if boundary:
            word_end = active.best_exit(scores, boundary - 1, to_pause=True)
            choices.append((float(scores[word_end] + self._graph.leave[word_end + active.begin]), word_end))
        return max(choices)[1] + active.begin
