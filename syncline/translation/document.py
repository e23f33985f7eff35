"""Write translation.<lang>.json: every sentence of the transcript with its translation, in order."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from syncline.core.progress import Progress
from syncline.core.seconds import TIME_DIGITS
from syncline.core.sentences import Sentence
from syncline.translation.model import TranslationModel
from syncline.translation.translate import SplitTexts, Translation, ignore_progress, sentence_spans, translate_texts


def translate_sentences(
    model: TranslationModel,
    sentences: Sequence[Sentence],
    *,
    source: str,
    targets: Sequence[str],
    progress: Progress = ignore_progress,
    split: SplitTexts = sentence_spans,
) -> dict[str, list[Translation]]:
    """Translate all sentences into all target languages together, which fills the batches.

    An exception raised by `progress` stops the work.
    """
    texts = [sentence.text for sentence in sentences]
    return translate_texts(model, texts, source=source, targets=targets, progress=progress, split=split)


def translated_sentences(sentences: Sequence[Sentence], translations: Sequence[Translation]) -> list[Sentence]:
    """The sentences with their times and the translated text, to make captions from."""
    return [replace(s, text=t.text) for s, t in zip(sentences, translations, strict=True)]


def to_json(
    sentences: Sequence[Sentence], translations: Sequence[Translation], *, source: str, target: str, model: str
) -> str:
    """The text of the document. Equal input gives equal bytes."""
    document = {
        "from": source,
        "to": target,
        "model": model,
        "sentences": [_entry(s, t) for s, t in zip(sentences, translations, strict=True)],
    }
    return json.dumps(document, ensure_ascii=False, indent=2) + "\n"


def _entry(sentence: Sentence, translated: Translation) -> dict[str, Any]:
    entry: dict[str, Any] = {
        "id": sentence.id,
        "start": _seconds(sentence.start),
        "end": _seconds(sentence.end),
        "startOffset": sentence.start_offset,
        "endOffset": sentence.end_offset,
        **({"speaker": sentence.speaker} if sentence.speaker else {}),
        "text": sentence.text,
        "translation": translated.text,
    }
    if translated.uncertain:
        entry["uncertain"] = True
    return entry


def _seconds(value: float | None) -> float | None:
    return None if value is None else round(value, TIME_DIGITS)
