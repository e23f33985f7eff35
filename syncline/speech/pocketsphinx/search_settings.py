"""Penalties and limits of the Viterbi search."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class SearchSettings:
    """Penalties are in nats: they are subtracted from log probabilities."""

    beam: float = 180.0  # states that score this much less than the best one are pruned

    # Departing from the transcript.
    skip_penalty: float = 28.0  # of a skip arc ...
    skip_word_penalty: float = 2.0  # ... and of each word it skips
    filler_penalty: float = 25.0  # of entering a filler ...
    filler_frame_penalty: float = 1.4  # ... and of each of its frames, relative to the best phone
    filler_smoothing_frames: int = 5
    return_penalty: float = 130.0  # at most, of returning to where the transcript stopped fitting
    certain_blocks: int = 4  # of the transcript fitting again, after which the search no longer returns

    # A chord of music resembles a vowel without end, so a phone's state must not last for ever.
    longest_state_frames: int = 60
    long_state_penalty: float = 3.0  # of each further frame

    # Memory and speed.
    block_frames: int = 128  # scored at once; between two blocks the active words are chosen
    words_per_block: int = 12  # upper bound of what can be spoken in a block
    commit_blocks: int = 8  # between two commits of the path's certain beginning
    longest_history_blocks: int = 40  # then half of the best path is committed although it is not certain
