"""Measure how many names are found without and with a lexicon.

    python -m benchmarks.names        # make bench-names

The names in benchmarks/sentences/en-names.txt are not pronounced as English spelling suggests. festival's voices read a
respelling of each, and the lexicon has the same respelling.
"""

from __future__ import annotations

import os
import random
import tempfile
from collections.abc import Iterator
from pathlib import Path

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

from benchmarks import report
from benchmarks.corpus import Degradation, Item, telephone
from benchmarks.languages import SENTENCES
from benchmarks.voices import VOICES, Sentence, item
from syncline.core import lexicon
from syncline.core.lexicon import Lexicon
from syncline.core.spoken_languages import G2P2, G2P_TOOLS
from syncline.media.audio import Audio
from syncline.processes.pool import SerialPool
from syncline.speech.engine import AlignmentOptions
from syncline.speech.pocketsphinx import PocketSphinxEngine

LINES = SENTENCES.joinpath("en-names.txt").read_text(encoding="utf-8").splitlines()
CONDITIONS: dict[str, Degradation] = {"clean": lambda whole, chance: whole, "telephone": telephone}
NEAR_SECONDS = 0.15  # of both edges


def respelled() -> Iterator[tuple[str, str]]:
    for sentence in map(Sentence.parse, LINES):
        for shown, read in zip(sentence.shown, sentence.read, strict=True):
            if shown.lower() != read:
                yield shown.strip(".,"), read.strip(".,")


def found_names(whole: Item, names: set[str], entries: Lexicon, *, g2p: str = G2P2) -> tuple[int, int]:
    """(found in the right place, all)."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "audio.raw"
        whole.write(path)
        options = AlignmentOptions(lexicon=entries)
        aligned = PocketSphinxEngine(SerialPool(), g2p=g2p).align(
            Audio(path, len(whole.sound)), whole.transcript, options, lambda share: None
        )
    times = {word.start_offset: (word.start, word.end) for word in aligned.words if word.aligned}
    found = total = 0
    for start, _, unit in whole.spans():
        if unit.text in names and unit.start is not None and unit.end is not None:
            begin, end = times.get(start, (-1.0, -1.0))
            total += 1
            found += abs((begin or 0) - unit.start) < NEAR_SECONDS and abs((end or 0) - unit.end) < NEAR_SECONDS
    return found, total


def main() -> None:
    parser = report.parser(__doc__)
    parser.add_argument(
        "--g2p", choices=G2P_TOOLS, default=G2P2, help="espeak-ng reads words that the dictionary lacks"
    )
    arguments = parser.parse_args()
    pairs = dict(respelled())
    entries = lexicon.check({shown: [read] for shown, read in pairs.items()})
    with report.measuring("names", arguments, packages=["pocketsphinx"]) as result:
        for condition, degrade in CONDITIONS.items():
            for title, own in (("without", ()), ("with", entries)):
                found = total = 0
                for name in ("en-kal", "en-slt"):
                    whole = item(name, VOICES[name], LINES, [0.5] * len(LINES))
                    right, count = found_names(degrade(whole, random.Random(name)), set(pairs), own, g2p=arguments.g2p)
                    found, total = found + right, total + count
                result.add("names", condition=condition, lexicon=title, found=report.share(found, total), names=total)


if __name__ == "__main__":
    main()
