"""Every sentence into every language: one at a time, in parts where too long, decoded in shared batches, doubted,
tried again, joined.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from syncline.core.languages import WITHOUT_SPACES
from syncline.core.sentences import cut_text, width
from syncline.text import split_sentences
from syncline.translation import guards
from syncline.translation.model import STRONGER, USUAL, Item, Strength, TranslationModel, decoding_cap

LONGEST_PART = 200  # tokens; M2M100 was trained on sentences, and forgets the end of longer ones
FIRST_PASS = 0.9  # of the progress; the rest is for second tries

Progress = Callable[[float], None]


@dataclass(frozen=True, slots=True)
class Translated:
    """`uncertain` when even the second try looks wrong; `faults` says how (see guards)."""

    text: str
    uncertain: bool = False
    faults: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Wish:
    """One text, from one language into another."""

    text: str
    source: str
    target: str


def no_progress(fraction: float) -> None:
    """For callers who do not watch."""


def translate_texts(
    model: TranslationModel,
    texts: Sequence[str],
    *,
    source: str,
    targets: Sequence[str],
    progress: Progress = no_progress,
) -> dict[str, list[Translated]]:
    """-> for every target language one translation per text, in the texts' order."""
    wishes = [Wish(text, source, target) for target in targets for text in texts]
    found = translate_wishes(model, wishes, progress=progress)
    return {target: [found[Wish(text, source, target)] for text in texts] for target in targets}


def translate_wishes(
    model: TranslationModel, wishes: Iterable[Wish], *, usual: Strength = USUAL, progress: Progress = no_progress
) -> dict[Wish, Translated]:
    """Any mixture of languages in shared batches; the same wish twice is work once."""
    places = {wish: list(_places(model, wish)) for wish in dict.fromkeys(wishes)}
    for code in {code for wish in places for code in (wish.source, wish.target)}:
        model.check_language(code)
    parts = dict.fromkeys(place.part for own in places.values() for place in own if place.part)
    attempts = _decode_guarded(model, list(parts), usual, progress)
    progress(1.0)
    return {wish: _joined(wish, own, attempts) for wish, own in places.items()}


@dataclass(frozen=True, slots=True)
class _Part:
    """What the decoder gets at once: a sentence, or some of a very long one."""

    text: str
    item: Item


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a part stands in its wish. Without a part the text stays as it is."""

    gap: str  # goes before it
    text: str
    part: _Part | None


@dataclass(frozen=True, slots=True)
class _Attempt:
    text: str
    faults: tuple[str, ...]


def _places(model: TranslationModel, wish: Wish) -> Iterator[_Place]:
    """Of several sentences M2M100 gives back one or two and drops the others: each goes alone."""
    if not guards.translatable(wish.text):
        return
    glue = "" if wish.target in WITHOUT_SPACES else " "
    end = 0
    for sentence in split_sentences(wish.text, (), wish.source):
        between = wish.text[end : sentence.start_offset]
        gap = "" if not end else between if "\n" in between else glue
        end = sentence.end_offset
        if not guards.translatable(sentence.text):
            yield _Place(gap, sentence.text, None)
            continue
        for text, tokens in _short_enough(model, sentence.text, longest=max(1, width(sentence.text))):
            yield _Place(gap, text, _Part(text, Item(tokens, wish.source, wish.target)))
            gap = glue


def _short_enough(model: TranslationModel, text: str, *, longest: int) -> list[tuple[str, tuple[str, ...]]]:
    tokens = model.tokenise(text)
    if len(tokens) <= LONGEST_PART:
        return [(text, tokens)]
    halves = cut_text(text, longest=longest // 2) if longest > 1 else []
    if len(halves) < 2:  # one visible character of hundreds of tokens: nothing that a person wrote
        return [(text, tokens[:LONGEST_PART])]
    return [part for half in halves for part in _short_enough(model, half, longest=longest // 2)]


def _decode_guarded(
    model: TranslationModel, parts: list[_Part], usual: Strength, progress: Progress
) -> dict[_Part, _Attempt]:
    first = _decode(model, parts, usual, _Share(parts, progress, 0.0, FIRST_PASS))
    doubtful = [part for part in parts if first[part].faults]
    second = _decode(model, doubtful, STRONGER, _Share(doubtful, progress, FIRST_PASS, 1.0))
    better = {part: again for part, again in second.items() if len(again.faults) < len(first[part].faults)}
    return {**first, **better}


class _Share:
    """Turns tokens done into the slice of the job's progress between two marks."""

    def __init__(self, parts: Sequence[_Part], progress: Progress, start: float, end: float) -> None:
        self._total = sum(len(part.item.tokens) for part in parts)
        self._done = 0
        self._progress, self._start, self._end = progress, start, end

    def __call__(self, tokens: int) -> None:
        self._done += tokens
        self._progress(self._start + (self._end - self._start) * self._done / max(1, self._total))


def _decode(
    model: TranslationModel, parts: Sequence[_Part], strength: Strength, done: Callable[[int], None]
) -> dict[_Part, _Attempt]:
    outputs = model.decode([part.item for part in parts], strength, done)
    return {part: _judged(model, part, output) for part, output in zip(parts, outputs, strict=True)}


def _judged(model: TranslationModel, part: _Part, output: tuple[str, ...]) -> _Attempt:
    text = model.text_of(output)
    faults = guards.faults(
        part.text,
        text,
        tokens=part.item.tokens,
        translated_tokens=output,
        cap=decoding_cap(len(part.item.tokens)),
        source=part.item.source,
        target=part.item.target,
    )
    return _Attempt(text, faults)


def _joined(wish: Wish, places: Sequence[_Place], attempts: Mapping[_Part, _Attempt]) -> Translated:
    if not places:
        return Translated(wish.text)
    text, faults = "", list[str]()
    for place in places:
        attempt = attempts[place.part] if place.part else _Attempt(place.text, ())
        # Rather the words as they were spoken than a hole in the captions.
        text += place.gap + (place.text if guards.EMPTY in attempt.faults else attempt.text)
        faults += attempt.faults
    return Translated(text, uncertain=bool(faults), faults=tuple(dict.fromkeys(faults)))
