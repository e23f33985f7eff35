"""Transcripts and options that were made to block a worker, and random ones in the same spirit."""

from __future__ import annotations

import random
from collections.abc import Iterator
from typing import Any

WORDS = "This is what the recording says, more or less. "

# Refused by the reception.
REFUSED = {
    "dots": "." * 250_000 + " a",
    "quotation marks": "“" * 320_000 + " a",
    "one word": "a" * 1_000_000,
    "a compound": "a-" * 300_000,
    "one line": "word " * 200_000,
}
# Just inside the limits, or without any limit of its own.
ACCEPTED = {
    "runs of dots": ("." * 990 + " a ") * 60,
    "runs of quotation marks": ("“" * 990 + " a\n") * 60,
    "too many runs of quotation marks": ("“" * 900 + " a\n") * 600,
    "compounds": ("a-" * 490 + " ") * 60,
    "addresses": ("a@" + "b." * 490 + " ") * 60,
    "long words": ("a" * 990 + " ") * 200,
    "digits": ("7" * 990 + " ") * 60,
    "combining marks": ("a" + "\u0301\u0316" * 490 + " ") * 60,
    "white space": WORDS + " " * 400_000 + "\n" * 100_000 + WORDS,
    "remarks": "[a] b\n" * 20_000 + WORDS,
    "open brackets": ("(" * 480 + "[" * 480 + " a\n") * 60,
    "labels": "ALICE: yes.\nBob Smith: no.\n" * 5_000,
    "no spaces": "漢字かな" * 100_000,
    "thai": "ภาษาไทย" * 20_000,
    "abbreviations": "Mr. Dr. e.g. U.S.A. " * 5_000,
    "many short words": "a " * 60_000,
}
_FUZZ = (
    *".,:;!?-—–'’\"“”()[]{}<>@#&/\\*_~|%$€ \n\t\u00a0\u200b\u3000\u0301\u0e31\u200d",
    *("a", "Z", "é", "7", "漢", "ก", "а", "ה", "क", "😀", "🇩🇪"),
    *("www.", "http://", "e.g.", "Mr.", "1,000.5", "[a]", ">> ", "A: "),
)  # fmt: skip


def fuzzed(seed: int, count: int, *, characters: int) -> Iterator[tuple[str, str]]:
    """-> names and texts: runs of a few units, of many lengths, in any order. The reception accepts most of them."""
    chance = random.Random(seed)
    for number in range(count):
        units = chance.choices(_FUZZ, k=chance.randint(1, 6))
        text = ""
        while len(text) < characters:
            text += chance.choice(units) * min(300, int(chance.paretovariate(0.4))) + chance.choice(
                ("", " ", "\n", " b ")
            )
        yield f"fuzz {seed}.{number}", f"{WORDS}{text[:characters]} {WORDS}"


def options_of(seed: int) -> dict[str, Any]:
    chance = random.Random(seed)
    outputs = ["srt", "vtt", "textgrid", "vtt-words", "ass", "ttml", "audacity", "ctm", "eaf", "html"]
    return {"outputs": chance.sample(outputs, 4), "disfluency": chance.random() < 0.5}
