"""Every sentence into every language: split what is too long, decode in shared batches, doubt, try again, join."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from syncline.languages import WITHOUT_SPACES
from syncline.sentences import cut_text, width
from worker.translation import guards
from worker.translation.model import STRONGER, USUAL, Item, Strength, TranslationModel, decoding_cap

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
    parts = {wish: _parts(model, wish) for wish in dict.fromkeys(wishes)}
    for code in {code for wish in parts for code in (wish.source, wish.target)}:
        model.check_language(code)
    attempts = _decode_guarded(model, list(dict.fromkeys(p for ps in parts.values() for p in ps)), usual, progress)
    progress(1.0)
    return {wish: _joined(wish, [attempts[part] for part in own]) for wish, own in parts.items()}


@dataclass(frozen=True, slots=True)
class _Part:
    """What the decoder gets of a wish: all of it, as a rule."""

    text: str
    item: Item


@dataclass(frozen=True, slots=True)
class _Attempt:
    text: str
    faults: tuple[str, ...]


def _parts(model: TranslationModel, wish: Wish) -> list[_Part]:
    if not guards.translatable(wish.text):
        return []
    return [
        _Part(text, Item(tokens, wish.source, wish.target))
        for text, tokens in _short_enough(model, wish.text, longest=max(1, width(wish.text)))
    ]


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
        target=part.item.target,
    )
    return _Attempt(text, faults)


def _joined(wish: Wish, attempts: Sequence[_Attempt]) -> Translated:
    if not attempts:
        return Translated(wish.text)
    glue = "" if wish.target in WITHOUT_SPACES else " "
    text = glue.join(attempt.text for attempt in attempts if guards.EMPTY not in attempt.faults)
    faults = tuple(dict.fromkeys(fault for attempt in attempts for fault in attempt.faults))
    # Rather the words as they were spoken than a hole in the captions.
    return Translated(text or wish.text, uncertain=bool(faults), faults=faults)
