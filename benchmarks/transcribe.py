"""Measure the word error rate of transcription without a transcript.

    python -m benchmarks.transcribe        # make bench-transcribe

Word error rate: substitutions, deletions and insertions divided by the number of words spoken. Capitals and punctuation
do not count.
"""

from __future__ import annotations

import os
import re
import tempfile
from collections.abc import Sequence
from pathlib import Path

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import numpy as np

from benchmarks import report
from benchmarks.corpus import CONDITIONS, VOICES, items
from syncline.media.audio import Audio
from syncline.processes.pool import SerialPool
from syncline.speech.engine import AlignmentOptions
from syncline.speech.pocketsphinx import PocketSphinxEngine
from syncline.speech.pocketsphinx.pronunciations import shared_dictionary
from syncline.speech.pocketsphinx.tokenizer import tokenize

RECOGNISED_CONDITIONS = ("clean", "telephone", "room", "white noise at 10 dB")


def edit_distance(reference: Sequence[str], recognised: Sequence[str]) -> int:
    """Word-level edit distance."""
    row = np.arange(len(recognised) + 1)
    ahead = np.arange(len(recognised) + 1)
    words = np.array(recognised, dtype=object)
    for count, word in enumerate(reference, start=1):
        best = np.minimum(row[1:] + 1, row[:-1] + (words != word))
        best = np.concatenate([[count], best])
        row = np.minimum.accumulate(best - ahead) + ahead  # insertions
    return int(row[-1])


def spoken_words(transcript: str) -> list[str]:
    """The most likely spoken form, numbers in words."""
    tokens = tokenize(transcript, shared_dictionary().known)
    return [part for token in tokens if token.spoken_forms for word in token.spoken_forms[0] for part in plain(word)]


def plain(text: str) -> list[str]:
    return re.findall(r"[a-z']+", text.lower())


def main() -> None:
    parser = report.parser(__doc__)
    parser.add_argument("--voices", default=",".join(VOICES))
    arguments = parser.parse_args()
    voices = arguments.voices.split(",")
    engine = PocketSphinxEngine(SerialPool())
    rates: dict[str, dict[str, float]] = {}
    with (
        report.measuring("transcribe", arguments, packages=["pocketsphinx"]) as result,
        tempfile.TemporaryDirectory() as folder,
    ):
        path = Path(folder) / "audio.raw"
        for item in items(voices, {name: CONDITIONS[name] for name in RECOGNISED_CONDITIONS}):
            item.write(path)
            recognised = engine.transcribe(Audio(path, len(item.sound)), AlignmentOptions(), lambda share: None)
            reference = spoken_words(item.transcript)
            wrong = edit_distance(reference, plain(recognised.transcript))
            rates.setdefault(item.condition, {})[item.voice] = wrong / len(reference)
        for condition, row in rates.items():
            result.add("rates", condition=condition, **row)


if __name__ == "__main__":
    main()
