"""Translate texts: split them into sentences, decode these in shared batches, check the results, retry, and join.

M2M100 was trained on single sentences. Given several, it translates one or two and drops the others, so each sentence
is decoded by itself.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from syncline.core.languages import WITHOUT_SPACES
from syncline.core.progress import Progress, portion
from syncline.core.sentences import cut_text, width
from syncline.text import split_sentences
from syncline.translation import quality_checks
from syncline.translation.model import (
    DEFAULT_DECODING,
    RETRY_DECODING,
    DecoderInput,
    DecodingOptions,
    TranslationModel,
)

LONGEST_PART = 200  # tokens; M2M100 forgets the end of longer inputs
FIRST_PASS = 0.9  # share of the progress; the rest is for retries


@dataclass(frozen=True, slots=True)
class Translation:
    """`uncertain` if the retry also looks wrong; `faults` says in what way (see quality_checks)."""

    text: str
    uncertain: bool = False
    faults: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Segment:
    """One text to translate from one language to another."""

    text: str
    source: str
    target: str


# Texts, each with its language -> the (start, end) of each of its sentences.
SplitTexts = Callable[[Sequence[tuple[str, str]]], list[list[tuple[int, int]]]]


def sentence_spans(texts: Sequence[tuple[str, str]]) -> list[list[tuple[int, int]]]:
    return [
        [(sentence.start_offset, sentence.end_offset) for sentence in split_sentences(text, (), language)]
        for text, language in texts
    ]


def ignore_progress(share: float) -> None:
    """The default where the caller does not ask for progress."""


def translate_texts(
    model: TranslationModel,
    texts: Sequence[str],
    *,
    source: str,
    targets: Sequence[str],
    progress: Progress = ignore_progress,
    split: SplitTexts = sentence_spans,
) -> dict[str, list[Translation]]:
    """Return, for each target language, one translation per text, in the order of the texts."""
    segments = [Segment(text, source, target) for target in targets for text in texts]
    translations = translate_segments(model, segments, progress=progress, split=split)
    return {target: [translations[Segment(text, source, target)] for text in texts] for target in targets}


def translate_segments(
    model: TranslationModel,
    segments: Iterable[Segment],
    *,
    options: DecodingOptions = DEFAULT_DECODING,
    progress: Progress = ignore_progress,
    split: SplitTexts = sentence_spans,
) -> dict[Segment, Translation]:
    """Translate any mixture of languages in shared batches. Equal segments are translated once."""
    distinct = list(dict.fromkeys(segments))
    texts = list(dict.fromkeys((segment.text, segment.source) for segment in distinct))
    sentences = dict(zip(texts, split(texts), strict=True))
    spans = {each: list(_spans(model, each, sentences[each.text, each.source])) for each in distinct}
    for code in {code for segment in spans for code in (segment.source, segment.target)}:
        model.check_language(code)
    parts = dict.fromkeys(span.part for own in spans.values() for span in own if span.part)
    attempts = _decode_with_retry(model, list(parts), options, progress)
    progress(1.0)
    return {segment: _join(segment, own, attempts) for segment, own in spans.items()}


@dataclass(frozen=True, slots=True)
class _Part:
    """The input of one decoding: a sentence, or a part of a very long one."""

    text: str
    decoder_input: DecoderInput


@dataclass(frozen=True, slots=True)
class _Span:
    """A stretch of a segment. Without a part its text stays as it is."""

    gap: str  # precedes it
    text: str
    part: _Part | None


@dataclass(frozen=True, slots=True)
class _Attempt:
    text: str
    faults: tuple[str, ...]


def _spans(model: TranslationModel, segment: Segment, sentences: Sequence[tuple[int, int]]) -> Iterator[_Span]:
    if not quality_checks.translatable(segment.text):
        return
    glue = "" if segment.target in WITHOUT_SPACES else " "
    before = 0
    for start, end in sentences:
        between, sentence = segment.text[before:start], segment.text[start:end]
        gap = "" if not before else between if "\n" in between else glue
        before = end
        if not quality_checks.translatable(sentence):
            yield _Span(gap, sentence, None)
            continue
        for text, tokens in _short_enough(model, sentence, longest=max(1, width(sentence))):
            yield _Span(gap, text, _Part(text, DecoderInput(tokens, segment.source, segment.target)))
            gap = glue


def _short_enough(model: TranslationModel, text: str, *, longest: int) -> list[tuple[str, tuple[str, ...]]]:
    tokens = model.tokenise(text)
    if len(tokens) <= LONGEST_PART:
        return [(text, tokens)]
    halves = cut_text(text, longest=longest // 2) if longest > 1 else []
    if len(halves) < 2:  # One visible character of hundreds of tokens is not text in any language.
        return [(text, tokens[:LONGEST_PART])]
    return [part for half in halves for part in _short_enough(model, half, longest=longest // 2)]


def _decode_with_retry(
    model: TranslationModel, parts: list[_Part], options: DecodingOptions, progress: Progress
) -> dict[_Part, _Attempt]:
    first = _decode(model, parts, options, portion(progress, 0.0, FIRST_PASS))
    faulty = [part for part in parts if first[part].faults]
    second = _decode(model, faulty, RETRY_DECODING, portion(progress, FIRST_PASS, 1.0))
    better = {part: retry for part, retry in second.items() if len(retry.faults) < len(first[part].faults)}
    return {**first, **better}


def _decode(
    model: TranslationModel, parts: Sequence[_Part], options: DecodingOptions, progress: Progress
) -> dict[_Part, _Attempt]:
    outputs = model.decode([part.decoder_input for part in parts], options, progress)
    return {part: _check(model, part, output) for part, output in zip(parts, outputs, strict=True)}


def _check(model: TranslationModel, part: _Part, output: tuple[str, ...]) -> _Attempt:
    text = model.detokenise(output)
    faults = quality_checks.faults(
        part.text,
        text,
        tokens=part.decoder_input.tokens,
        translated_tokens=output,
        cap=model.decoding_cap(len(part.decoder_input.tokens)),
        source=part.decoder_input.source,
        target=part.decoder_input.target,
    )
    return _Attempt(text, faults)


def _join(segment: Segment, spans: Sequence[_Span], attempts: Mapping[_Part, _Attempt]) -> Translation:
    if not spans:
        return Translation(segment.text)
    text, faults = "", list[str]()
    for span in spans:
        attempt = attempts[span.part] if span.part else _Attempt(span.text, ())
        # An empty translation would leave a hole in the captions, so the source text stays instead.
        text += span.gap + (span.text if quality_checks.EMPTY in attempt.faults else attempt.text)
        faults += attempt.faults
    return Translation(text, uncertain=bool(faults), faults=tuple(dict.fromkeys(faults)))
