from __future__ import annotations

from pathlib import Path

import pytest

from scripts import english_entities

pytest.importorskip("spacy", reason="spaCy is not installed (extra enrich)")
pytest.importorskip("tokenizers", reason="tokenizers is not installed (extra enrich)")


@pytest.fixture(scope="session")
def models() -> Path:
    """A folder for SYNCLINE_MODELS with the real English entity model."""
    return english_entities.install()
