r"""Build the decoding graph of a transcript: one left-to-right hidden Markov model of all its words.

Each word lies between two boundaries. A boundary holds an optional pause (the silence phone) and an optional filler,
which stands for speech or sound that is not in the transcript:

    boundary k               word k                                            boundary k + 1

      pause  --+--> first phone, after a pause  --+             +--> last phone, before a pause --+-->  pause
      filler --+                                  +--> inner  --+                                 +-->  filler
                                                  |    phones   |
    word k - 1 ---> first phone, after word k - 1 +             +--> last phone, before word k + 1 ---> word k + 1

A phone is a hidden Markov model (HMM) of three states from left to right; each state loops to itself. The acoustic
model knows each phone in its context (triphones), so a word's first and last phones exist twice: next to a pause, and
next to the neighbouring word. The pronunciations of a word lie side by side. Inside a pronunciation, a phone may have
alternatives: they lie side by side too, and each leads on to all those of the next phone, so the graph grows with their
sum and not with their product. A triphone takes its context from the likeliest phone beside it, and across a word
boundary from the neighbouring word's first pronunciation.

State s is state s % 3 of HMM s // 3. A filler has one state; the other two exist to keep this numbering, and no path
reaches them.

Skip arcs are not stored: the decoder adds them (see viterbi.py).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from syncline.speech.pocketsphinx.acoustic_model import BEGIN, END, INTERNAL, SINGLE, STATES, AcousticModel, Ints
from syncline.speech.pocketsphinx.features import Floats

# Sequences of phones, one of which is spoken; the likeliest first. An empty one: nothing may be spoken.
Alternatives = tuple[tuple[int, ...], ...]
# Phones of the acoustic model. The first and the last one are always spoken.
Pronunciation = tuple[int | Alternatives, ...]

FILLER = -1  # in place of a senone or a phone
MOST_PRONUNCIATIONS = 8  # of one word
BOUNDARY_HMMS = 2  # the pause and the filler
IMPOSSIBLE = np.float32(-1e30)  # a log probability
NONE = -1  # in place of a state or boundary


@dataclass(frozen=True, slots=True)
class DecodingGraph:
    """Weights are log probabilities."""

    boundary_hmm: Ints  # boundary -> its pause, which its filler and the HMMs of its word follow
    # By state.
    senone: Ints
    stay: Floats  # weight of the loop
    leave: Floats  # weight of every arc out of the state
    advance: Floats  # weight of the arc from the HMM's previous state; IMPOSSIBLE into its first state
    word: Ints  # of a pause or filler: the boundary
    phone: Ints  # of the acoustic model
    phone_position: Ints  # of the state's phone in its pronunciation, increasing; -1: pause or filler
    pronunciation: Ints  # number of the state's pronunciation among its word's; -1: pause or filler
    # By HMM: from where its first state is entered.
    arcs: Ints  # (arc, HMM) -> last state of another HMM of the same word, or NONE; at least two rows
    after_word: Ints  # the boundary from which it is entered straight after a word, or NONE
    after_pause: Ints  # the boundary from which it is entered after a pause or filler, or NONE
    exits: Ints  # last states of all pronunciations, sorted by word: those that lead on to a word
    pause_exits: Ints  # parallel to exits: those that lead on to a pause
    exit_rows: Ints  # word -> its first index in exits; one more at the end

    @property
    def words(self) -> int:
        return len(self.boundary_hmm) - 1

    def filler(self, boundary: int) -> int:
        """The state of the boundary's filler."""
        return STATES * (int(self.boundary_hmm[boundary]) + 1)


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
    silence: int
    # By HMM.
    triphones: list[tuple[int, int, int, int]] = field(default_factory=list)  # (position, phone, left, right)
    places: list[_Place] = field(default_factory=list)
    arcs: list[Sequence[int]] = field(default_factory=list)  # the HMMs that lead on to it
    after_word: list[int] = field(default_factory=list)
    after_pause: list[int] = field(default_factory=list)
    exits: list[tuple[int, int]] = field(default_factory=list)  # HMMs (to a word, to a pause)
    exit_rows: list[int] = field(default_factory=list)
    boundary_hmm: list[int] = field(default_factory=list)

    def add_boundary(self, index: int) -> None:
        self.boundary_hmm.append(len(self.places))
        self.exit_rows.append(len(self.exits))
        for phone in (self.silence, FILLER):
            self._add_hmm((INTERNAL, phone, self.silence, self.silence), _Place(index, -1, -1), after_pause=index)

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
                        last = [self._add_hmm((INTERNAL, *triphone), place, arcs=last)]
                    position += 1
                reached += last
            ends = reached

    def _add_first_phone(self, phone: int, left: int, right: int, place: _Place) -> list[int]:
        """Returns the HMMs of the phone, after a word and after a pause."""
        return [
            self._add_hmm((BEGIN, phone, left, right), place, after_word=place.word),
            self._add_hmm((BEGIN, phone, self.silence, right), place, after_pause=place.word),
        ]

    def _add_last_phone(self, phone: int, left: int, right: int, place: _Place, ends: Sequence[int]) -> list[int]:
        """Returns the HMMs of the phone, before a word and before a pause."""
        to_word, to_pause = (
            self._add_hmm((END, phone, left, context), place, arcs=ends) for context in (right, self.silence)
        )
        self.exits.append((to_word, to_pause))
        return [to_word, to_pause]

    def _add_single_phone(self, phone: int, place: _Place, before: int, after: int) -> None:
        for left, right in ((before, after), (self.silence, self.silence)):
            word = place.word
            only = self._add_hmm((SINGLE, phone, left, right), place, after_word=word, after_pause=word)
            self.exits.append((only, only))

    def _add_hmm(
        self,
        triphone: tuple[int, int, int, int],
        place: _Place,
        *,
        arcs: Sequence[int] = (),
        after_word: int = NONE,
        after_pause: int = NONE,
    ) -> int:
        self.triphones.append(triphone)
        self.places.append(place)
        self.arcs.append(arcs)
        self.after_word.append(after_word)
        self.after_pause.append(after_pause)
        return len(self.places) - 1


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
    silence = model.silence
    builder = _Builder(silence)
    for index, pronunciations in enumerate(words):
        builder.add_boundary(index)
        before = likeliest_phones(words[index - 1][0])[-1] if index else silence
        after = likeliest_phones(words[index + 1][0])[0] if index + 1 < len(words) else silence
        for number, phones in enumerate(pronunciations):
            builder.add_pronunciation(index, phones, number, before, after)
    builder.add_boundary(len(words))
    return _finished(builder, model)


def _finished(builder: _Builder, model: AcousticModel) -> DecodingGraph:
    position, phone, left, right = np.array(builder.triphones, np.int32).T
    is_filler = phone == FILLER
    senone = model.definition.senone_sequences[model.definition.triphones[position, phone, left, right]]
    leave = np.where(is_filler[:, None], np.float32(0), model.leave[phone])
    advance = np.full_like(leave, IMPOSSIBLE)
    advance[~is_filler, 1:] = leave[~is_filler, :-1]
    exits = STATES * np.array(builder.exits, np.int32).reshape(-1, 2) + STATES - 1
    return DecodingGraph(
        boundary_hmm=_ints(builder.boundary_hmm),
        senone=np.where(is_filler[:, None], FILLER, senone).reshape(-1),
        stay=np.where(is_filler[:, None], np.float32(0), model.stay[phone]).reshape(-1),
        leave=leave.reshape(-1),
        advance=advance.reshape(-1),
        word=_by_state([place.word for place in builder.places]),
        phone=np.repeat(phone, STATES),
        phone_position=_by_state([place.position for place in builder.places]),
        pronunciation=_by_state([place.pronunciation for place in builder.places]),
        arcs=_arcs(builder.arcs),
        after_word=_ints(builder.after_word),
        after_pause=_ints(builder.after_pause),
        exits=np.ascontiguousarray(exits[:, 0]),
        pause_exits=np.ascontiguousarray(exits[:, 1]),
        exit_rows=_ints(builder.exit_rows),
    )


def _arcs(sources: Sequence[Sequence[int]]) -> Ints:
    """(arc, HMM) -> last state of the HMM from which the arc comes, or NONE."""
    counts = np.array([len(each) for each in sources])
    hmms = np.repeat(np.arange(len(sources)), counts)
    rows = np.arange(len(hmms)) - np.repeat(np.cumsum(counts) - counts, counts)
    arcs = np.full((max(2, counts.max()), len(sources)), NONE, np.int32)
    arcs[rows, hmms] = STATES * np.array([source for each in sources for source in each], np.int32) + STATES - 1
    return arcs


def _ints(values: Sequence[int]) -> Ints:
    return np.array(values, np.int32)


def _by_state(of_hmms: Sequence[int]) -> Ints:
    return np.repeat(_ints(of_hmms), STATES)
