"""Find entities with spaCy, in a child process. Each process loads a model once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

# Sentences are much shorter, unless a single word is longer. spaCy's tokeniser takes quadratic time for such words.
LONGEST_TEXT = 1_000

Span = tuple[int, int, str]  # first and last offset in the text, and the label


@dataclass(frozen=True, slots=True)
class Batch:
    """Sentences, and the folder of the model that reads them."""

    model: str
    texts: tuple[str, ...]


def recognise(batch: Batch) -> list[list[Span]]:
    """The entities of each text. They may not overlap, and none is empty."""
    return recognise_texts(load(batch.model), batch.texts)


def recognise_texts(pipeline: Any, texts: Sequence[str]) -> list[list[Span]]:
    parts = [
        (number, start, text[start : start + LONGEST_TEXT])
        for number, text in enumerate(texts)
        for start in range(0, len(text), LONGEST_TEXT)
    ]
    found: list[list[Span]] = [[] for _ in texts]
    with pipeline.memory_zone():  # forgets the words afterwards: the process may live for days
        documents = pipeline.pipe(text for _, _, text in parts)
        for (number, start, _), document in zip(parts, documents, strict=True):
            found[number] += [(start + each.start_char, start + each.end_char, each.label_) for each in document.ents]
    return found


@lru_cache(maxsize=2)
def load(model: str) -> Any:
    """The model's entity recogniser, without the components that it does not need."""
    import spacy

    config = spacy.util.load_config(Path(model) / "config.cfg")
    others = [name for name in config["nlp"]["pipeline"] if name != "ner"]
    return spacy.load(model, exclude=others)
