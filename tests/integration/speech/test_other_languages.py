"""The embedded engine on recordings in Italian and Russian, with their own transcripts and another language's."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import pytest

from syncline.core.alignment import Alignment
from syncline.media import decode
from syncline.processes.pool import SerialPool
from syncline.speech.engine import AlignmentOptions
from syncline.speech.pocketsphinx import PocketSphinxEngine

RECORDINGS = Path(__file__).parents[2] / "data" / "languages"
FINNISH = "Eilen illalla söimme suuren kakun meren rannalla. Isoäitini kertoo aina saman tarinan sodasta."


def align(tmp_path: Path, transcript: str, language: str, recording: str = "it") -> Alignment:
    pytest.importorskip("g2p2_group_romance", reason="the extra languages is not installed")
    audio = decode(RECORDINGS / f"{recording}.ogg", tmp_path / "audio.raw")
    options = AlignmentOptions(language=language)
    return PocketSphinxEngine(SerialPool()).align(audio, transcript, options, lambda share: None)


def test_every_word_is_found(tmp_path: Path) -> None:
    transcript = (RECORDINGS / "it.txt").read_text(encoding="utf-8")
    words = align(tmp_path, transcript, "it").words
    assert all(word.aligned for word in words)
    assert all((before.end or 0) <= (after.start or 0) for before, after in pairwise(words))


def test_a_transcript_in_another_language_has_a_warning_and_no_times(tmp_path: Path) -> None:
    aligned = align(tmp_path, FINNISH, "fi")
    assert not any(word.aligned for word in aligned.words)
    assert "is it in Finnish?" in aligned.info["warnings"][0]


def test_the_search_keeps_its_place_on_the_telephone(tmp_path: Path) -> None:
    """Fillers that cost more than skipped words once made it skip on, and find 1 of 66."""
    transcript = (RECORDINGS / "ru-telephone.txt").read_text(encoding="utf-8")
    words = align(tmp_path, transcript, "ru", "ru-telephone").words
    assert sum(word.aligned for word in words) >= 0.97 * len(words)
