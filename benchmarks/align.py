"""Measure the accuracy and speed of an aligner on the synthetic corpus.

    python -m benchmarks.align --engines pocketsphinx,whisper          # make bench-align
    python -m benchmarks.align --voices awb --against plain,aeneas     # make bench-peers, with the same engines

For each condition: the share of the spoken words that were found, edge errors in milliseconds, the share of edges
within 20, 50 and 100 ms, words off by more than 250 ms (gross), words that were not spoken but reported as found
(false), and the speed as a multiple of real time on one core.

--engines pocketsphinx,whisper measures both on the same recordings. whisper has the model tiny.en (a download of
71 MB); gentle is the Gentle of SYNCLINE_GENTLE_HOME. --against plain,aeneas adds PocketSphinx's own whole-file
alignment and aeneas (scripts/setup_aeneas.sh installs it). What is not installed is left out. Sections that could not
be aligned are listed below the tables and make the command fail.
"""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
import tempfile
import wave
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from syncline.processes.matrix_kernels import kernel_variables

os.environ |= {"OPENBLAS_NUM_THREADS": "1"} | kernel_variables()  # as in the processes of a pool; before numpy

import numpy as np
from pocketsphinx import Decoder

from benchmarks import report
from benchmarks.corpus import CONDITIONS, RATE, VOICES, Item, Unit, items
from benchmarks.report import Result
from scripts import tiny_whisper
from syncline.aws import settings
from syncline.core.alignment import SUCCESS, Word
from syncline.media.audio import Audio
from syncline.processes.pool import SerialPool
from syncline.speech.engine import AlignmentOptions, EngineResources
from syncline.speech.gentle import create_engine as gentle_engine
from syncline.speech.gentle import missing_parts
from syncline.speech.pocketsphinx import PocketSphinxEngine
from syncline.speech.pocketsphinx.pronunciations import shared_dictionary
from syncline.speech.pocketsphinx.tokenizer import tokenize
from syncline.speech.whisper import create_engine as whisper_engine

GROSS_MS = 250
AENEAS = Path(__file__).parents[1] / ".venv-aeneas" / "bin" / "python"
AENEAS_WORDS = Path(__file__).with_name("aeneas_words.py")
Aligner = Callable[[Audio, str], list[Word]]


@dataclass
class Score:
    spoken: int = 0
    aligned: int = 0
    unspoken: int = 0
    false: int = 0
    gross: int = 0
    errors: list[float] = field(default_factory=list)  # ms, both edges of each aligned word
    audio_seconds: float = 0.0
    cpu_seconds: float = 0.0

    def add(self, item: Item, words: list[Word]) -> None:
        for begin, end, unit in item.spans():
            found = [word for word in words if word.aligned and word.start_offset < end and begin < word.end_offset]
            self._add_unit(unit, found)

    def _add_unit(self, unit: Unit, found: list[Word]) -> None:
        if unit.start is None or unit.end is None:
            self.unspoken += 1
            self.false += bool(found)
            return
        self.spoken += 1
        if found:
            self.aligned += 1
            errors = [abs(found[0].start - unit.start) * 1000, abs(found[-1].end - unit.end) * 1000]
            self.errors += errors
            self.gross += max(errors) > GROSS_MS

    def columns(self) -> dict[str, Any]:
        errors = np.array(self.errors)
        return {
            "found": report.share(self.aligned, self.spoken),
            "gross": report.share(self.gross, self.aligned),
            "false": report.share(self.false, self.unspoken),
            "speed": self.audio_seconds / self.cpu_seconds,
            **(_edges(errors) if self.errors else {}),
        }


def _edges(errors: Any) -> dict[str, Any]:
    within = {f"within_{limit}": report.share((errors <= limit).sum(), len(errors)) for limit in (20, 50, 100)}
    middle = {"median": float(np.median(errors)), "mean": float(errors.mean()), "p90": float(np.percentile(errors, 90))}
    return {**middle, **within}


def embedded(audio: Audio, transcript: str) -> list[Word]:
    alignment = PocketSphinxEngine(SerialPool()).align(audio, transcript, AlignmentOptions(), lambda share: None)
    failures.extend(warning for warning in alignment.info.get("warnings", ()) if warning.startswith("Nothing"))
    return list(alignment.words)


def gentle(audio: Audio, transcript: str) -> list[Word]:
    chosen = settings.read(os.environ)
    resources = EngineResources(
        SerialPool(), gentle_home=chosen.gentle_home, speech_model=chosen.speech_model, models=chosen.models
    )
    engine = gentle_engine(resources)
    return list(engine.align(audio, transcript, AlignmentOptions(), lambda share: None).words)


def whisper(audio: Audio, transcript: str) -> list[Word]:
    resources = EngineResources(SerialPool(), speech_model=tiny_whisper.MODEL.name, models=tiny_whisper.install())
    engine = whisper_engine(resources)
    return list(engine.align(audio, transcript, AlignmentOptions(), lambda share: None).words)


def _gentle_home() -> Path | None:
    home = os.environ.get("SYNCLINE_GENTLE_HOME")
    return Path(home) if home else None


failures: list[str] = []


def plain(audio: Audio, transcript: str) -> list[Word]:
    """PocketSphinx's own aligner: the whole file at once, words of the dictionary only."""
    tokens = tokenize(transcript, shared_dictionary().known)
    decoder = Decoder(lm=None, bestpath=False, wbeam=1e-48, loglevel="FATAL")
    known = [token for token in tokens if decoder.lookup_word(token.text.lower())]
    decoder.set_align_text(" ".join(token.text.lower() for token in known))
    decoder.start_utt()
    decoder.process_raw(audio.path.read_bytes(), full_utt=True)
    decoder.end_utt()
    segments = [segment for segment in decoder.seg() or () if segment.word[0] not in "<[+("]
    return [
        Word(SUCCESS, token.text, s.start_frame / 100, (s.end_frame + 1) / 100, token.start, token.end)
        for token, s in zip(known, segments, strict=False)
    ]


def aeneas(audio: Audio, transcript: str) -> list[Word]:
    tokens = tokenize(transcript, shared_dictionary().known)
    with tempfile.NamedTemporaryFile(suffix=".wav") as file:
        with wave.open(file.name, "wb") as sound:
            sound.setparams((1, 2, RATE, 0, "NONE", "not compressed"))
            sound.writeframes(audio.path.read_bytes())
        words = json.dumps([token.text for token in tokens])
        done = subprocess.run(
            [AENEAS, AENEAS_WORDS, file.name], input=words, capture_output=True, text=True, check=True
        )
    return [
        Word(SUCCESS, token.text, begin, end, token.start, token.end)
        for token, (begin, end) in zip(tokens, json.loads(done.stdout), strict=True)
    ]


ENGINES: dict[str, Aligner] = {"pocketsphinx": embedded, "gentle": gentle, "whisper": whisper}
OTHERS: dict[str, Aligner] = {"plain": plain, "aeneas": aeneas}


def run(name: str, voices: list[str], conditions: list[str], result: Result) -> None:
    aligner = {**ENGINES, **OTHERS}[name]
    scores = {condition: Score() for condition in conditions}
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "audio.raw"
        for item in items(voices, {name: CONDITIONS[name] for name in conditions}):
            item.write(path)
            score, begin = scores[item.condition], _processor_seconds()
            words = aligner(Audio(path, len(item.sound)), item.transcript)
            score.cpu_seconds += _processor_seconds() - begin
            score.audio_seconds += len(item.sound) / RATE
            score.add(item, words)
    for condition, score in scores.items():
        result.add(name, condition=condition, **score.columns())


def _processor_seconds() -> float:
    return sum(os.times()[:4])  # including child processes


def missing(name: str) -> str | None:
    """What an aligner lacks on this machine."""
    if name == "gentle":
        return next(iter(missing_parts(_gentle_home())), None)
    if name == "aeneas" and not AENEAS.exists():
        return "run scripts/setup_aeneas.sh"
    return None


def main() -> None:
    parser = report.parser(__doc__)
    parser.add_argument("--voices", default=",".join(VOICES))
    parser.add_argument("--conditions", default=",".join(CONDITIONS))
    parser.add_argument("--engines", default="pocketsphinx", help=f"of {', '.join(ENGINES)}")
    parser.add_argument("--against", default="", metavar="plain,aeneas", help="aligners to compare with")
    arguments = parser.parse_args()
    names = [name for name in f"{arguments.engines},{arguments.against}".split(",") if name]
    if unknown := {*names} - {*ENGINES, *OTHERS}:
        parser.error(f"unknown aligner {', '.join(unknown)}; choose from {', '.join({**ENGINES, **OTHERS})}")
    conditions = arguments.conditions.split(",")
    name = "peers" if arguments.against else "align"
    with report.measuring(name, arguments, packages=["pocketsphinx", "ctranslate2", "numpy"]) as result:
        for name in names:
            if lacking := missing(name):
                print(f"{name} is left out, because it is not installed: {lacking}")
                continue
            own = [condition for condition in conditions if name in ENGINES or condition != "another transcript"]
            run(name, arguments.voices.split(","), own, result)
        if measured := [name for name in names if name in result.tables]:
            peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
            result.add("memory", aligners=", ".join(measured), peak=peak)
    if failures:
        sys.exit("\n".join(["", *failures]))


if __name__ == "__main__":
    main()
