r"""Build the decoding graph of a transcript: one left-to-right hidden Markov model of all its words.

Each word lies between two boundaries. A boundary holds an optional pause (the silence phone) and an optional filler,
which stands for speech or sound that is not in the transcript:

    boundary k               word k                                            boundary k + 1

      pause  --+--> first phone, after a pause  --+             +--> last phone, before a pause --+-->  pause
      filler --+                                  +--> inner  --+                                 +-->  filler
                                                  |    phones   |
    word k - 1 ---> first phone, after word k - 1 +             +--> last phone, before word k + 1 ---> word k + 1

A phone is three states from left to right; each state loops to itself. The model knows each phone in its context
(triphones), so a word's first and last phones exist twice: next to a pause, and next to the neighbouring word. The
pronunciations of a word lie side by side. Inside a pronunciation, a phone may have alternatives: they lie side by side
too, and each leads on to all those of the next phone, so the graph grows with their sum and not with their product. A
triphone takes its context from the likeliest phone beside it, and across a word boundary from the neighbouring word's
first pronunciation.

Skip arcs are not stored: the decoder adds them (see viterbi.py).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from syncline.speech.pocketsphinx.acoustic_model import BEGIN, END, INTERNAL, SINGLE, STATES, AcousticModel, Ints
from syncline.speech.pocketsphinx.features import Floats

# Sequences of phones, one of which is spoken; the likeliest first. An empty one: nothing may be spoken.
Alternatives = tuple[tuple[int, ...], ...]
# Phones of the acoustic model. The first and the last one are always spoken.
Pronunciation = tuple[int | Alternatives, ...]

FILLER = -1  # in place of a senone
MOST_PRONUNCIATIONS = 8  # of one word
BOUNDARY_STATES = STATES + 1  # the pause's, and the filler
IMPOSSIBLE = np.float32(-1e30)  # a log probability
AFTER_WORD, AFTER_PAUSE = 1, 2  # how a state can be entered across a boundary


@dataclass(frozen=True, slots=True)
class DecodingGraph:
    """Arrays are indexed by state unless stated otherwise; weights are log probabilities."""

    boundary_start: Ints  # boundary -> its first state: pause, filler, then the states of its word
    senone: Ints
    stay: Floats  # weight of the loop
    leave: Floats  # weight of every arc out of the state
    advance: Floats  # weight of the arc from the previous state, IMPOSSIBLE if there is none
    word: Ints  # of a pause or filler: the boundary
    phone: Ints  # of the acoustic model; -1: filler
    phone_position: Ints  # of the state's phone in its pronunciation, increasing; -1: pause or filler
    pronunciation: Ints  # number of the state's pronunciation among its word's; -1: pause or filler
    phone_arcs: tuple[tuple[Ints, Ints], ...]  # arcs other than `advance`: (to, from), each list with distinct ends
    pause_entries: tuple[Ints, Ints]  # (state, boundary from which it is entered after a pause)
    word_entries: tuple[Ints, Ints]  # (state, boundary from which it is entered straight after a word)
    exits: Ints  # last states of all pronunciations, sorted by word: those that lead on to a word
    pause_exits: Ints  # parallel to exits: those that lead on to a pause
    exit_rows: Ints  # word -> its first index in exits
    incoming: tuple[tuple[tuple[int, float], ...], ...]  # state -> arcs from other states (from, weight)
    entry_kinds: tuple[int, ...]  # state -> bits AFTER_WORD and AFTER_PAUSE

    @property
    def words(self) -> int:
        return len(self.boundary_start) - 2


def alternatives(phone: int | Alternatives) -> Alternatives:
    return phone if isinstance(phone, tuple) else ((phone,),)


def likeliest_phones(pronunciation: Pronunciation) -> tuple[int, ...]:
    return tuple(phone for each in pronunciation for phone in alternatives(each)[0])


@dataclass(frozen=True, slots=True)
class _Place:
    """Where in the transcript a phone stands."""

    word: int
    pronunciation: int
    position: int


@dataclass(slots=True)
class _Builder:
    model: AcousticModel
    senone: list[int] = field(default_factory=list)
    stay: list[float] = field(default_factory=list)
    leave: list[float] = field(default_factory=list)
    advance: list[float] = field(default_factory=list)
    word: list[int] = field(default_factory=list)
    phone: list[int] = field(default_factory=list)
    phone_position: list[int] = field(default_factory=list)
    pronunciation: list[int] = field(default_factory=list)
    phone_arcs: list[list[tuple[int, int]]] = field(default_factory=list)
    pause_entries: list[tuple[int, int]] = field(default_factory=list)
    word_entries: list[tuple[int, int]] = field(default_factory=list)
    exits: list[tuple[int, int]] = field(default_factory=list)  # (to a word, to a pause)
    exit_rows: list[int] = field(default_factory=list)
    boundary_start: list[int] = field(default_factory=list)

    def add_boundary(self, index: int) -> None:
        self.boundary_start.append(len(self.senone))
        self.exit_rows.append(len(self.exits))
        silence, definition = self.model.silence, self.model.definition
        senones = definition.senone_sequences[definition.context_independent[silence]]
        begin = self._add_phone(silence, senones, _Place(index, -1, -1))
        self.pause_entries.append((begin, index))
        self.pause_entries.append((len(self.senone), index))
        self._add_state(FILLER, 0.0, 0.0, float(IMPOSSIBLE), -1, _Place(index, -1, -1))

    def add_pronunciation(self, index: int, pronunciation: Pronunciation, number: int, before: int, after: int) -> None:
        """`before` and `after` are the phones next to the word when there is no pause."""
        choices = [alternatives(phone) for phone in pronunciation]
        if len(choices) == 1:
            for phones in choices[0]:
                self._add_phones([((phone,),) for phone in phones], index, number, before, after)
        else:
            self._add_phones(choices, index, number, before, after)

    def _add_phones(self, choices: Sequence[Alternatives], index: int, number: int, before: int, after: int) -> None:
        if len(choices) == 1:
            self._add_single_phone(choices[0][0][0], _Place(index, number, 0), before, after)
            return
        contexts = _contexts(choices, before, after)
        ends: list[int] = []
        position = 0
        for slot, (choice, (left, right)) in enumerate(zip(choices, contexts, strict=True)):
            reached: list[int] = []
            for phones in choice:
                path = [left, *phones, right]
                last = ends
                for offset, phone in enumerate(phones):
                    triphone = phone, path[offset], path[offset + 2]
                    place = _Place(index, number, position)
                    if slot == 0 and offset == 0:
                        last = self._add_first_phone(*triphone, place)
                    elif slot == len(choices) - 1 and offset == len(phones) - 1:
                        last = self._add_last_phone(*triphone, place, last)
                    else:
                        last = self._add_inner_phone(*triphone, place, last)
                    position += 1
                reached += last
            ends = reached

    def _add_first_phone(self, phone: int, left: int, right: int, place: _Place) -> list[int]:
        """Returns the last states of the phone, after a word and after a pause; likewise below."""
        begins = []
        for context in (left, self.model.silence):
            senones = self.model.definition.senones(phone, context, right, BEGIN)
            begins.append(self._add_phone(phone, senones, place))
        self._enter(place.word, *begins)
        return [begin + STATES - 1 for begin in begins]

    def _add_inner_phone(self, phone: int, left: int, right: int, place: _Place, ends: Sequence[int]) -> list[int]:
        begin = self._add_phone(phone, self.model.definition.senones(phone, left, right, INTERNAL), place)
        self._connect(begin, ends)
        return [begin + STATES - 1]

    def _add_last_phone(self, phone: int, left: int, right: int, place: _Place, ends: Sequence[int]) -> list[int]:
        last_states = []
        for context in (right, self.model.silence):
            begin = self._add_phone(phone, self.model.definition.senones(phone, left, context, END), place)
            self._connect(begin, ends)
            last_states.append(begin + STATES - 1)
        self.exits.append((last_states[0], last_states[1]))
        return last_states

    def _add_single_phone(self, phone: int, place: _Place, before: int, after: int) -> None:
        silence = self.model.silence
        for left, right in ((before, after), (silence, silence)):
            begin = self._add_phone(phone, self.model.definition.senones(phone, left, right, SINGLE), place)
            self._enter(place.word, begin, begin)
            self.exits.append((begin + STATES - 1, begin + STATES - 1))

    def _enter(self, index: int, after_word: int, after_pause: int) -> None:
        self.word_entries.append((after_word, index))
        self.pause_entries.append((after_pause, index))

    def _connect(self, begin: int, ends: Sequence[int]) -> None:
        """Arcs into `begin`. One from the previous state goes into `advance`, which the decoder handles fastest."""
        others = [end for end in ends if end != begin - 1]
        if len(others) < len(ends):
            self.advance[begin] = self.leave[begin - 1]
        self.phone_arcs += [[] for _ in range(len(others) - len(self.phone_arcs))]
        for arcs, end in zip(self.phone_arcs, others, strict=False):
            arcs.append((begin, end))

    def _add_phone(self, phone: int, senones: Ints, place: _Place) -> int:
        """Returns the phone's first state."""
        begin = len(self.senone)
        for state in range(STATES):
            stay, leave = float(self.model.stay[phone, state]), float(self.model.leave[phone, state])
            advance = self.leave[-1] if state else float(IMPOSSIBLE)
            self._add_state(int(senones[state]), stay, leave, advance, phone, place)
        return begin

    def _add_state(self, senone: int, stay: float, leave: float, advance: float, phone: int, place: _Place) -> None:
        self.senone.append(senone)
        self.stay.append(stay)
        self.leave.append(leave)
        self.advance.append(advance)
        self.phone.append(phone)
        self.word.append(place.word)
        self.phone_position.append(place.position)
        self.pronunciation.append(place.pronunciation)


def _contexts(choices: Sequence[Alternatives], before: int, after: int) -> list[tuple[int, int]]:
    """The likeliest phones on either side of each phone."""
    lefts, rights = [before], [after]
    for choice in choices[:-1]:
        lefts.append(choice[0][-1] if choice[0] else lefts[-1])
    for choice in reversed(choices[1:]):
        rights.append(choice[0][0] if choice[0] else rights[-1])
    return list(zip(lefts, reversed(rights), strict=True))


def build_graph(model: AcousticModel, words: Sequence[Sequence[Pronunciation]]) -> DecodingGraph:
    """Every word needs at least one pronunciation, and every pronunciation at least one phone."""
    builder = _Builder(model)
    silence = model.silence
    for index, pronunciations in enumerate(words):
        builder.add_boundary(index)
        before = likeliest_phones(words[index - 1][0])[-1] if index else silence
        after = likeliest_phones(words[index + 1][0])[0] if index + 1 < len(words) else silence
        for number, phones in enumerate(pronunciations):
            builder.add_pronunciation(index, phones, number, before, after)
    builder.add_boundary(len(words))
    builder.boundary_start.append(len(builder.senone))
    exits, pause_exits = _pairs(builder.exits)
    return DecodingGraph(
        boundary_start=_ints(builder.boundary_start),
        senone=_ints(builder.senone),
        stay=np.array(builder.stay, np.float32),
        leave=np.array(builder.leave, np.float32),
        advance=np.array(builder.advance, np.float32),
        word=_ints(builder.word),
        phone=_ints(builder.phone),
        phone_position=_ints(builder.phone_position),
        pronunciation=_ints(builder.pronunciation),
        phone_arcs=tuple(_pairs(arcs) for arcs in builder.phone_arcs),
        pause_entries=_pairs(builder.pause_entries),
        word_entries=_pairs(builder.word_entries),
        exits=exits,
        pause_exits=pause_exits,
        exit_rows=_ints(builder.exit_rows),
        incoming=_incoming(builder),
        entry_kinds=_entry_kinds(builder),
    )


def _entry_kinds(builder: _Builder) -> tuple[int, ...]:
    kinds = [0] * len(builder.senone)
    for kind, entries in ((AFTER_WORD, builder.word_entries), (AFTER_PAUSE, builder.pause_entries)):
        for state, _ in entries:
            kinds[state] |= kind
    return tuple(kinds)


def _incoming(builder: _Builder) -> tuple[tuple[tuple[int, float], ...], ...]:
    arcs: list[tuple[tuple[int, float], ...]] = [
        ((state - 1, weight),) if weight > IMPOSSIBLE else () for state, weight in enumerate(builder.advance)
    ]
    for phone_arcs in builder.phone_arcs:
        for state, source in phone_arcs:
            arcs[state] = (*arcs[state], (source, builder.leave[source]))
    return tuple(arcs)


def _ints(values: Sequence[int]) -> Ints:
    return np.array(values, np.int32)


def _pairs(values: Sequence[tuple[int, int]]) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    table = np.array(values, np.int32).reshape(-1, 2)
    return np.ascontiguousarray(table[:, 0]), np.ascontiguousarray(table[:, 1])
