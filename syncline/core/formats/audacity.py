"""Audacity's label track: one line per word with start, end and label, separated by tabs."""

from __future__ import annotations

from syncline.core.formats.model import Document


def render(document: Document) -> str:
    return "".join(
        f"{word.start:.6f}\t{word.end:.6f}\t{' '.join(word.word.split())}\n"
        for word in document.alignment.words
        if word.start is not None and word.end is not None
    )
