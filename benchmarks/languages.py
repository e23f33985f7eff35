"""Measure the alignment of every spoken language, beside aeneas on the same recordings.

    python -m benchmarks.languages                          # make bench-languages
    python -m benchmarks.languages --languages it,cs --conditions clean,telephone

benchmarks/sentences/ has the sentences, benchmarks/voices.py the synthetic voices, which know when each word begins and
ends. For each language and condition: the share of the spoken words that were found, edge errors in milliseconds, the
share of edges within 50 ms, words off by more than 250 ms (gross), and words that were not spoken but reported as found
(false). With --write the figures of the languages that were measured go to syncline/speech/language_quality.json, from
which `syncline languages` and the table in docs/languages.md are made.
"""

from __future__ import annotations

import json
import os
import random
import subprocess
import tempfile
import wave
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import lru_cache, partial
from pathlib import Path
from typing import Any

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import numpy as np

from benchmarks import report
from benchmarks.align import AENEAS, AENEAS_WORDS, Score
from benchmarks.corpus import RATE, Degradation, Item, Unit, noisy, sentences_unspoken, telephone
from benchmarks.voices import VOICES, Sentence, item
from syncline.core.alignment import SUCCESS, Word
from syncline.core.spoken_languages import G2P2, G2P_TOOLS, SPOKEN_LANGUAGES
from syncline.media.audio import Audio
from syncline.processes.pool import SerialPool
from syncline.speech.engine import AlignmentOptions
from syncline.speech.language_quality import FILE
from syncline.speech.pocketsphinx import PocketSphinxEngine

SENTENCES = Path(__file__).with_name("sentences")

WRONG_LANGUAGE = {"it": "fi"}  # the transcript's language, where the recording is in another
ELSE_WRONG = "it"
AENEAS_LACKS = ("ja", "ko")

Aligner = Callable[[Audio, Item, str], Sequence[Word]]


def sentences(language: str) -> list[str]:
    return SENTENCES.joinpath(f"{language}.txt").read_text(encoding="utf-8").splitlines()


@lru_cache(maxsize=4)
def spoken(voice_name: str) -> Item:
    voice, chance = VOICES[voice_name], random.Random(voice_name)
    texts = sentences(voice.language)
    return item(voice_name, voice, texts, [chance.uniform(0.3, 0.8) for _ in texts])


def another_language(whole: Item, chance: random.Random) -> Item:
    """The recording with a transcript in another language, of which nothing was spoken."""
    return replace(whole, units=tuple(_unspoken(transcript_language(VOICES[whole.voice].language))))


def transcript_language(spoken_language: str) -> str:
    return WRONG_LANGUAGE.get(spoken_language, ELSE_WRONG)


def _unspoken(language: str) -> list[Unit]:
    return [Unit(word, None, None, 0) for text in sentences(language) for word in Sentence.parse(text).shown]


CONDITIONS: dict[str, Degradation] = {
    "clean": lambda whole, chance: whole,
    "telephone": telephone,
    "noise": noisy,
    "sentences unspoken": sentences_unspoken,
    "another language": another_language,
}


def pocketsphinx(audio: Audio, whole: Item, language: str, *, g2p: str = G2P2) -> Sequence[Word]:
    engine = PocketSphinxEngine(SerialPool(), g2p=g2p)
    return engine.align(audio, whole.transcript, AlignmentOptions(language=language), lambda share: None).words


def aeneas(audio: Audio, whole: Item, language: str) -> Sequence[Word]:
    """With the espeak voice of the language."""
    spans = list(whole.spans())
    with tempfile.NamedTemporaryFile(suffix=".wav") as file:
        with wave.open(file.name, "wb") as sound:
            sound.setparams((1, 2, RATE, 0, "NONE", "not compressed"))
            sound.writeframes(audio.path.read_bytes())
        words = json.dumps([unit.text for _, _, unit in spans])
        command = [AENEAS, AENEAS_WORDS, file.name, language]
        done = subprocess.run(command, input=words, capture_output=True, text=True, check=True)
    times = json.loads(done.stdout)
    return [
        Word(SUCCESS, unit.text, begin, end, start, stop)
        for (start, stop, unit), (begin, end) in zip(spans, times, strict=True)
    ]


def measure(aligner: Aligner, language: str, condition: str) -> Score:
    score = Score()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "audio.raw"
        for name in (name for name, voice in VOICES.items() if voice.language == language):
            whole = CONDITIONS[condition](spoken(name), random.Random(f"{name} {condition}"))
            whole.write(path)
            own = transcript_language(language) if condition == "another language" else language
            begin = sum(os.times()[:4])
            words = aligner(Audio(path, len(whole.sound)), whole, own)
            score.cpu_seconds += sum(os.times()[:4]) - begin
            score.audio_seconds += len(whole.sound) / RATE
            score.add(whole, list(words))
    return score


def figures(score: Score) -> dict[str, Any]:
    errors = np.array(score.errors or [np.nan])
    if not score.spoken:
        return {"unspoken": score.unspoken, "false": round(score.false / score.unspoken, 4)}
    return {
        "words": score.spoken,
        "found": round(score.aligned / score.spoken, 4),
        "median": round(float(np.median(errors)), 1),
        "mean": round(float(errors.mean()), 1),
        "within_50": round(float(np.mean(errors <= 50)), 4),
        "gross": round(score.gross / max(1, score.aligned), 4),
        **({"unspoken": score.unspoken, "false": round(score.false / score.unspoken, 4)} if score.unspoken else {}),
    }


def main() -> None:
    parser = report.parser(__doc__)
    measurable = [code for code in SPOKEN_LANGUAGES if any(voice.language == code for voice in VOICES.values())]
    parser.add_argument("--languages", default=",".join(measurable))
    parser.add_argument("--conditions", default=",".join(CONDITIONS))
    parser.add_argument("--against", choices=["aeneas"], help="measure it too, in the condition clean")
    parser.add_argument("--g2p", choices=G2P_TOOLS, default=G2P2, help="what turns words into IPA")
    arguments = parser.parse_args()
    result, commit = report.Result("languages"), report.commit()
    for language in arguments.languages.split(","):
        found: dict[str, Any] = {}
        for condition in arguments.conditions.split(","):
            score = measure(partial(pocketsphinx, g2p=arguments.g2p), language, condition)
            found[condition] = figures(score)
            result.add("languages", language=language, condition=condition, **score.columns())
            if arguments.against and condition == "clean" and language not in AENEAS_LACKS and AENEAS.exists():
                score = measure(aeneas, language, condition)
                found[f"{condition}, aeneas"] = figures(score)
                result.add("languages", language=language, condition=f"{condition}, aeneas", **score.columns())
        if arguments.write and arguments.g2p == G2P2:  # the table of the docs is of the default
            _write(language, found | {"measured": {"date": report.today(), "commit": commit}})


def _write(language: str, found: dict[str, Any]) -> None:
    known = json.loads(FILE.read_text(encoding="utf-8")) if FILE.exists() else {}
    merged = {**known, language: {**known.get(language, {}), **found}}
    FILE.write_text(json.dumps(merged, indent=1, sort_keys=True, ensure_ascii=False) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
