"""Follow hypotheses back in time.

The search stores each frame's scores, and for each state whether its best path stayed in it, but no backpointers. Where
a path entered a state, its origin is recomputed when a backtrace needs it: a frame has hundreds of active states, and
few of them are ever on a traced path.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from syncline.speech.pocketsphinx.acoustic_model import Ints
from syncline.speech.pocketsphinx.active_graph import ActiveGraph, Slots
from syncline.speech.pocketsphinx.features import Floats


@dataclass(slots=True)
class BlockRecord:
    """What the search keeps of a block of frames until their states are committed."""

    active: ActiveGraph
    rows: Floats  # the scores of each frame, after those of the frame before the block
    stayed: NDArray[np.bool_]  # (row, slot): whether the best path was in the same state one frame before
    emissions: Floats  # (frame, senone): log-likelihood ratios to the filler, whose own come last
    columns: Slots  # slot -> its column in emissions
    committed: int = 0  # frames

    @property
    def frames(self) -> int:
        """That are not committed."""
        return len(self.rows) - 1 - self.committed

    @property
    def scores(self) -> Floats:
        """Of the last frame, by slot."""
        return self.rows[-1, : self.active.states]

    @property
    def best_state(self) -> int:
        return self.active.state(int(np.argmax(self.scores)))

    def llrs(self, states: Ints) -> Floats:
        """Of the first uncommitted frames, which are in these states."""
        frames = self.committed + np.arange(len(states))
        return np.asarray(self.emissions[frames, self.columns[self.active.slots(states)]])


def uncommitted(history: Sequence[BlockRecord]) -> int:
    return sum(block.frames for block in history)


def forget(history: list[BlockRecord], frames: int) -> None:
    """Mark the first uncommitted frames as committed, and drop the blocks of which none is left."""
    for block in history:
        of_block = min(frames, block.frames)
        block.committed += of_block
        frames -= of_block
    history[:] = [block for block in history if block.frames]


def trace(history: Sequence[BlockRecord], state: int) -> Ints:
    """The states of the best path that ends in `state`, one for each uncommitted frame."""
    return np.fromiter(_backwards(history, state), np.int32, uncommitted(history))[::-1]


def agreement(history: Sequence[BlockRecord], traced: Ints, survivors: Sequence[int]) -> int:
    """For how many frames from the first the paths to all survivors are the traced one.

    Two paths that meet stay together from there back, so each is followed only until it meets an earlier one.
    """
    visited = [{int(state)} for state in traced]
    agreed = last = len(visited)
    for survivor in survivors:
        for index, state in zip(range(last - 1, -1, -1), _backwards(history, survivor), strict=True):
            if state in visited[index]:
                break
            visited[index].add(state)
            agreed = min(agreed, index)
    return agreed


def _backwards(history: Sequence[BlockRecord], state: int) -> Iterator[int]:
    """The states of the best path that ends in `state`, from the last frame to the first uncommitted one."""
    for block in reversed(history):
        active, rows, stayed = block.active, block.rows, block.stayed
        slot = active.slot(state)
        for row in range(len(rows) - 1, block.committed, -1):
            yield state
            if not stayed[row, slot]:
                slot = active.source(rows[row - 1], slot)
                state = active.state(slot)
