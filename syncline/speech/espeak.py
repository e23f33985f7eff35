"""Turn words into IPA with the program espeak-ng, where it is installed and SYNCLINE_G2P selects it.

espeak-ng is GPL-3.0. It is not part of Syncline and is not linked with it: it runs as a program of its own, in the
sandbox, with limits of memory and time. It reads one word a line and writes the IPA of each on a line.
"""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

from syncline.core.errors import EngineError
from syncline.core.spoken_languages import ESPEAK as NAME
from syncline.core.spoken_languages import SpokenLanguage
from syncline.processes import sandbox

INSTALL = "apt-get install espeak-ng"
VOICES = {"en": "en-us", "no": "nb"}  # where espeak-ng's code of a language is not Syncline's
WORDS_PER_RUN = 2_000
SECONDS_PER_RUN = 60
MEMORY_BYTES = 512 * 1024**2
LONGEST_WORD = 60


def is_installed() -> bool:
    return shutil.which(NAME) is not None


def read_words(words: Sequence[str], language: SpokenLanguage, *, seconds: int = SECONDS_PER_RUN) -> Mapping[str, str]:
    """word -> IPA, without words that the program reads as nothing. `seconds` limits a run of WORDS_PER_RUN words."""
    readable = [word for word in words if len(word) <= LONGEST_WORD and len(word.splitlines()) == 1]
    found: dict[str, str] = {}
    for start in range(0, len(readable), WORDS_PER_RUN):
        part = readable[start : start + WORDS_PER_RUN]
        lines = _run(part, VOICES.get(language.code, language.code), seconds)
        found |= dict(zip(part, map(_without_marks, lines), strict=True))
    return {word: ipa for word, ipa in found.items() if ipa}


def _run(words: Sequence[str], voice: str, seconds: int) -> list[str]:
    """A line for each word."""
    program = shutil.which(NAME)
    if program is None:
        raise _failure(f"{NAME} is not installed")
    sandbox.protect_parent()
    limits = {"RLIMIT_AS": MEMORY_BYTES, "RLIMIT_CPU": seconds, "RLIMIT_CORE": 0}
    readable = [str(Path(program).resolve().parent), *sandbox.SYSTEM_PATHS]
    try:
        done = subprocess.run(
            [*sandbox.command(limits, readable=readable, writable=[]), program, "-q", "--ipa", "-b", "1", "-v", voice],
            input="".join(f"{word}\n" for word in words).encode(),
            capture_output=True,
            env=sandbox.clean_environment(),
            cwd="/",
            timeout=seconds,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise _failure(f"it took longer than {seconds} seconds") from None
    lines = done.stdout.decode(errors="replace").splitlines()
    if done.returncode:
        raise _failure(f"it ended with {done.returncode}: {done.stderr.decode(errors='replace')[-200:].strip()}")
    if len(lines) != len(words):
        raise _failure(f"it wrote {len(lines)} lines for {len(words)} words")
    return lines


def _without_marks(line: str) -> str:
    """Without spaces, and without the marks of foreign words, such as "(en)"."""
    return "".join(part.rpartition(")")[2] for part in line.replace(" ", "").split("("))


def _failure(reason: str) -> EngineError:
    return EngineError(f"{NAME} could not read the words of the transcript: {reason}.", code="text_not_processed")
