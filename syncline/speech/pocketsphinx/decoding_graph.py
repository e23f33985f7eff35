r"""The sounds of a text as one long left-to-right network of states for the tracker.

    boundary k          word k                                     boundary k + 1
    pause --+--> first sound (after a pause)   \          / last sound (before a pause) --> pause ...
    junk  --+                                   inner sounds
    word k-1 --> first sound (after a sound)   /          \ last sound (before a sound) --> word k+1

Between any two words there may be a pause, or junk: something that was said but is not in the text. First and last
sounds exist twice since the model knows each sound by its neighbours. Alternatives of a word lie side by side.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from syncline.speech.pocketsphinx.acoustic_model import BEGIN, END, INSIDE, SINGLE, STATES, AcousticModel, Ints
from syncline.speech.pocketsphinx.features import Floats

Form = tuple[int, ...]  # one way to say a word: sound ids

JUNK = -1  # in place of a senone
MOST_FORMS = 8  # of one word
BOUNDARY_STATES = STATES + 1  # a pause's, and junk
NOWHERE = np.float32(-1e30)
AFTER_WORD, AFTER_PAUSE = 1, 2


@dataclass(frozen=True, slots=True)
class Graph:
    """Indices are into the states unless named otherwise; arrays over words have one more row for the end."""

    first: Ints  # of each boundary's block: pause, junk, then its word's states
    senone: Ints
    stay: Floats
    leave: Floats
    shift: Floats  # weight of the arc from the state before
    word: Ints
    sound: Ints  # which sound of its form, 0.., or -1
    form: Ints
    joins: tuple[tuple[Ints, Ints], ...]  # further arcs: (to, from), each list with distinct ends
    pause_entries: tuple[Ints, Ints]  # (state, boundary it is entered from)
    word_entries: tuple[Ints, Ints]
    exits: Ints  # both kinds below, sorted by word
    exit_rows: Ints  # word -> first index into exits
    to_pause: Ints  # the same length as exits: the state that goes on to a pause, beside the one that goes on to a word
    incoming: tuple[tuple[tuple[int, float], ...], ...]  # by state: arcs from other states (from, weight)
    entered: tuple[int, ...]  # by state: from where it is entered, bits AFTER_WORD and AFTER_PAUSE
    forms: tuple[tuple[Form, ...], ...]

    @property
    def words(self) -> int:
        return len(self.first) - 2


@dataclass(slots=True)
class _Builder:
    model: AcousticModel
    senone: list[int] = field(default_factory=list)
    stay: list[float] = field(default_factory=list)
    leave: list[float] = field(default_factory=list)
    shift: list[float] = field(default_factory=list)
    word: list[int] = field(default_factory=list)
    sound: list[int] = field(default_factory=list)
    form: list[int] = field(default_factory=list)
    joins: tuple[list[tuple[int, int]], list[tuple[int, int]]] = field(default_factory=lambda: ([], []))
    pause_entries: list[tuple[int, int]] = field(default_factory=list)
    word_entries: list[tuple[int, int]] = field(default_factory=list)
    exits: list[tuple[int, int]] = field(default_factory=list)  # (to a word, to a pause)
    exit_rows: list[int] = field(default_factory=list)
    first: list[int] = field(default_factory=list)

    def add_boundary(self, index: int) -> None:
        self.first.append(len(self.senone))
        self.exit_rows.append(len(self.exits))
        silence = self.model.silence
        senones = self.model.topology.sequences[self.model.topology.own[silence]]
        begin = self._add_sound(silence, senones, word=index, position=-1, form=-1)
        self.pause_entries.append((begin, index))
        self.pause_entries.append((len(self.senone), index))
        self._add_state(JUNK, 0.0, 0.0, float(NOWHERE), index, -1, -1)

    def add_form(self, index: int, form: Form, number: int, before: int, after: int) -> None:
        """`before`, `after`: the sounds beside it when there is no pause."""
        if len(form) == 1:
            self._add_single(index, form[0], number, before, after)
            return
        silence, topology, last = self.model.silence, self.model.topology, len(form) - 1
        opened = []
        for left in (before, silence):
            senones = topology.senones(form[0], left, form[1], BEGIN)
            opened.append(self._add_sound(form[0], senones, word=index, position=0, form=number))
        self._enter(index, *opened)
        ends = [state + STATES - 1 for state in opened]
        for position in range(1, last):
            senones = topology.senones(form[position], form[position - 1], form[position + 1], INSIDE)
            begin = self._add_sound(form[position], senones, word=index, position=position, form=number)
            self._join(begin, ends)
            ends = [begin + STATES - 1]
        closing = []
        for right in (after, silence):
            senones = topology.senones(form[last], form[last - 1], right, END)
            begin = self._add_sound(form[last], senones, word=index, position=last, form=number)
            self._join(begin, ends)
            closing.append(begin + STATES - 1)
        self.exits.append((closing[0], closing[1]))

    def _add_single(self, index: int, sound: int, number: int, before: int, after: int) -> None:
        silence = self.model.silence
        for left, right in ((before, after), (silence, silence)):
            senones = self.model.topology.senones(sound, left, right, SINGLE)
            begin = self._add_sound(sound, senones, word=index, position=0, form=number)
            self._enter(index, begin, begin)
            self.exits.append((begin + STATES - 1, begin + STATES - 1))

    def _enter(self, index: int, after_word: int, after_pause: int) -> None:
        self.word_entries.append((after_word, index))
        self.pause_entries.append((after_pause, index))

    def _join(self, begin: int, ends: list[int]) -> None:
        rest = [end for end in ends if end != begin - 1]
        if len(rest) < len(ends):
            self.shift[begin] = self.leave[begin - 1]
        for arcs, end in zip(self.joins, rest, strict=False):
            arcs.append((begin, end))

    def _add_sound(self, sound: int, senones: Ints, *, word: int, position: int, form: int) -> int:
        begin = len(self.senone)
        for state in range(STATES):
            stay, leave = float(self.model.stay[sound, state]), float(self.model.leave[sound, state])
            shift = self.leave[-1] if state else float(NOWHERE)
            self._add_state(int(senones[state]), stay, leave, shift, word, position, form)
        return begin

    def _add_state(
        self, senone: int, stay: float, leave: float, shift: float, word: int, position: int, form: int
    ) -> None:
        self.senone.append(senone)
        self.stay.append(stay)
        self.leave.append(leave)
        self.shift.append(shift)
        self.word.append(word)
        self.sound.append(position)
        self.form.append(form)


def build(model: AcousticModel, words: Sequence[Sequence[Form]]) -> Graph:
    """Every word needs at least one form, every form at least one sound."""
    builder = _Builder(model)
    silence = model.silence
    for index, forms in enumerate(words):
        builder.add_boundary(index)
        before = words[index - 1][0][-1] if index else silence
        after = words[index + 1][0][0] if index + 1 < len(words) else silence
        for number, form in enumerate(forms):
            builder.add_form(index, form, number, before, after)
    builder.add_boundary(len(words))
    builder.first.append(len(builder.senone))
    exits = _pairs(builder.exits)
    entered = [0] * len(builder.senone)
    for kind, entries in ((AFTER_WORD, builder.word_entries), (AFTER_PAUSE, builder.pause_entries)):
        for state, _ in entries:
            entered[state] |= kind
    return Graph(
        first=_ints(builder.first),
        senone=_ints(builder.senone),
        stay=np.array(builder.stay, np.float32),
        leave=np.array(builder.leave, np.float32),
        shift=np.array(builder.shift, np.float32),
        word=_ints(builder.word),
        sound=_ints(builder.sound),
        form=_ints(builder.form),
        joins=tuple(_pairs(arcs) for arcs in builder.joins),
        pause_entries=_pairs(builder.pause_entries),
        word_entries=_pairs(builder.word_entries),
        exits=exits[0],
        to_pause=exits[1],
        exit_rows=_ints(builder.exit_rows),
        incoming=_incoming(builder),
        entered=tuple(entered),
        forms=tuple(tuple(forms) for forms in words),
    )


def _incoming(builder: _Builder) -> tuple[tuple[tuple[int, float], ...], ...]:
    arcs: list[tuple[tuple[int, float], ...]] = [
        ((state - 1, weight),) if weight > NOWHERE else () for state, weight in enumerate(builder.shift)
    ]
    for joins in builder.joins:
        for state, source in joins:
            arcs[state] = (*arcs[state], (source, builder.leave[source]))
    return tuple(arcs)


def _ints(values: Sequence[int]) -> Ints:
    return np.array(values, np.int32)


def _pairs(values: Sequence[tuple[int, int]]) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    table = np.array(values, np.int32).reshape(-1, 2)
    return np.ascontiguousarray(table[:, 0]), np.ascontiguousarray(table[:, 1])
