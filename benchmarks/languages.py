"""Measure the alignment of every spoken language, beside aeneas on the same recordings.

    python -m benchmarks.languages --languages it,cs      # make bench-languages

benchmarks/sentences/ has the sentences, benchmarks/voices.py the synthetic voices, which know when each word begins and
ends. For each language and condition: the share of the spoken words that were found, edge errors in milliseconds, the
share of edges within 50 ms, words off by more than 250 ms (gross), and words that were not spoken but reported as found
(false). Shares have 95% intervals (Wilson's).
"""

from __future__ import annotations

import argparse
import os
import random
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")


from benchmarks.align import Score
from benchmarks.corpus import RATE, Degradation, Item, Unit, joined, noisy, sentences_unspoken, telephone
from benchmarks.voices import VOICES, item
from syncline.core.alignment import Word
from syncline.core.spoken_languages import SPOKEN_LANGUAGES
from syncline.media.audio import Audio
from syncline.processes.pool import SerialPool
from syncline.speech.engine import AlignmentOptions
from syncline.speech.pocketsphinx import PocketSphinxEngine

SENTENCES = Path(__file__).with_name("sentences")
LONG_ROUNDS = 8
LANGUAGE_OF_ANOTHER = {"it": "fi"}

Aligner = Callable[[Audio, Item], Sequence[Word]]


def sentences(language: str) -> list[str]:
    return SENTENCES.joinpath(f"{language}.txt").read_text(encoding="utf-8").split("\n")[:-1]


def spoken(voice_name: str) -> Item:
    voice, chance = VOICES[voice_name], random.Random(voice_name)
    texts = sentences(voice.language)
    return item(voice_name, voice, texts, [chance.uniform(0.3, 0.8) for _ in texts])


def long(whole: Item, chance: random.Random) -> Item:
    return joined([whole] * LONG_ROUNDS)


def another_language(whole: Item, chance: random.Random) -> Item:
    """A transcript in another language, of which nothing was spoken; both are aligned as the recording's."""
    words = [word for text in sentences(OTHER) for word in text.split()]
    return replace(whole, units=tuple(Unit(word, None, None, 0) for word in words))


OTHER = "fi"
CONDITIONS: dict[str, Degradation] = {
    "clean": lambda whole, chance: whole,
    "telephone": telephone,
    "noise at 10 dB": noisy,
    "long": long,
    "sentences unspoken": sentences_unspoken,
    "another language": another_language,
}


def align(audio: Audio, whole: Item, language: str) -> Sequence[Word]:
    engine = PocketSphinxEngine(SerialPool())
    return engine.align(audio, whole.transcript, AlignmentOptions(language=language), lambda share: None).words


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--languages", default=",".join(SPOKEN_LANGUAGES))
    parser.add_argument("--conditions", default=",".join(CONDITIONS))
    arguments = parser.parse_args()
    for language in arguments.languages.split(","):
        for condition in arguments.conditions.split(","):
            print(row(language, condition), flush=True)


def row(language: str, condition: str) -> str:
    score = Score()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "audio.raw"
        for name, voice in VOICES.items():
            if voice.language != language:
                continue
            whole = CONDITIONS[condition](spoken(name), random.Random(f"{name} {condition}"))
            whole.write(path)
            begin = sum(os.times()[:4])
            words = align(Audio(path, len(whole.sound)), whole, language)
            score.cpu_seconds += sum(os.times()[:4]) - begin
            score.audio_seconds += len(whole.sound) / RATE
            score.add(whole, list(words))
    return score.row(f"{language} {condition}")


if __name__ == "__main__":
    main()
