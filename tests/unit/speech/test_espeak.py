"""espeak-ng as a program of its own: what it reads, and what happens when it fails."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from syncline.core.errors import EngineError
from syncline.core.spoken_languages import ESPEAK, SPOKEN_LANGUAGES
from syncline.processes.pool import SerialPool
from syncline.speech import espeak, g2p
from syncline.speech.engine import AlignmentOptions
from syncline.speech.pocketsphinx.preparation import pronounce

ITALIAN = SPOKEN_LANGUAGES["it"]
installed = pytest.mark.skipif(not shutil.which(espeak.NAME), reason="espeak-ng is not installed")


def stand_in(folder: Path, script: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A program with the name of espeak-ng that comes first in PATH."""
    program = folder / espeak.NAME
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}{os.pathsep}{os.environ['PATH']}")


@installed
def test_each_word_has_its_own_reading() -> None:
    words = ["città", "l'amico", "weekend", "25", "a" * 100, "due\nrighe"]

    read = espeak.read_words(words, ITALIAN)

    assert set(read) == set(words[:4])
    assert read["l'amico"].endswith("o") and read["25"].startswith("ven")
    assert "(" not in read["weekend"]


@installed
@pytest.mark.parametrize("code", [code for code, each in SPOKEN_LANGUAGES.items() if g2p.reads(each)])
def test_every_language_that_needs_a_tool_has_a_voice(code: str) -> None:
    assert espeak.read_words(["a"], SPOKEN_LANGUAGES[code])


@installed
def test_its_readings_count_where_it_is_selected() -> None:
    options = AlignmentOptions(language="it")

    pronounced = pronounce("Gli amici 25", options, SerialPool(), g2p=ESPEAK)

    assert g2p.missing(ITALIAN, ESPEAK) is None
    assert [len(pronunciations) > 0 for pronunciations in pronounced.words] == [True, True, True]


@installed
def test_in_english_it_reads_the_words_that_the_dictionary_lacks() -> None:
    plain = pronounce("Xochitl asks", AlignmentOptions(), SerialPool())
    helped = pronounce("Xochitl asks", AlignmentOptions(), SerialPool(), g2p=ESPEAK)

    assert set(helped.words[0]) > set(plain.words[0])
    assert helped.words[1] == plain.words[1]


@pytest.mark.parametrize(
    ("script", "reason"),
    [
        ("echo one; echo two", "2 lines for 1 words"),
        ("echo no such voice >&2; exit 3", "ended with 3: no such voice"),
        ("while :; do :; done", "took longer than 1 seconds"),
    ],
)
def test_a_failure_ends_the_job_with_a_reason(
    script: str, reason: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stand_in(tmp_path, script, monkeypatch)

    with pytest.raises(EngineError, match=reason) as refused:
        espeak.read_words(["ciao"], ITALIAN, seconds=1)

    assert refused.value.code == "text_not_processed"


def test_without_the_program_it_must_be_installed(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))

    assert g2p.missing(ITALIAN, ESPEAK) == espeak.INSTALL
    assert g2p.missing(SPOKEN_LANGUAGES["ko"], ESPEAK) is None
