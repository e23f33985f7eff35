"""Gentle's JSON with Syncline's additions: the alignment itself."""

from __future__ import annotations

from syncline.core.alignment import to_json
from syncline.core.formats.model import Document


def render(document: Document) -> str:
    return to_json(document.alignment)
