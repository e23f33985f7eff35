"""Gentle's CSV: word, aligned word, start, end; no header, CRLF, no words that are not in the transcript."""

from __future__ import annotations

import csv
import io

from syncline.core.alignment import NOT_FOUND_IN_TRANSCRIPT
from syncline.core.formats.model import Document
from syncline.core.seconds import rounded


def render(document: Document) -> str:
    buffer = io.StringIO(newline="")
    csv.writer(buffer).writerows(
        (word.word, word.aligned_word, rounded(word.start), rounded(word.end))
        for word in document.alignment.words
        if word.case != NOT_FOUND_IN_TRANSCRIPT
    )
    return buffer.getvalue()
