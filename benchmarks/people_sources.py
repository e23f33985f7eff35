"""The recordings of people that people.toml lists: downloaded, decoded, with texts and annotated times.

Most come from source distributions on the package index. The others are in public repositories, which are read from a
folder of clones at the commit that people.toml names. A clone that is missing there is made.
"""

from __future__ import annotations

import hashlib
import io
import json
import os
import re
import subprocess
import tarfile
import tomllib
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

from scripts.package_index import download
from syncline.media import decode
from syncline.media.audio import SAMPLE_RATE, Audio

LIST = Path(__file__).with_name("people.toml")
CACHE = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "syncline-benchmarks" / "people"
HOST = "https://github.com"
SILENT_LABELS = ("", "sil", "sp")
FILE_KEYS = ("file", "text_file", "times_file")

Marks = Sequence[tuple[float, float, str]]  # begin and end in seconds, and what was said in between
Entry = dict[str, Any]


class SourceError(Exception):
    """The files of a source are not those that people.toml means."""


@dataclass(frozen=True, slots=True)
class Recording:
    name: str
    speaker: str
    audio: Audio
    text: str
    marks: Marks  # of the words; empty if there is no annotation
    held_out: bool  # from training
    collection: str = ""  # such as a corpus
    language: str = "en"
    utterances: Marks = ()  # between pauses, if the transcript tells

    @property
    def times(self) -> list[tuple[float, float]]:
        return [(start, end) for start, end, _ in self.marks]


def recordings(folder: Path = CACHE, *, clones: Path | None = None) -> Iterator[Recording]:
    """Without `clones`, those of the package index."""
    listed = tomllib.loads(LIST.read_text(encoding="utf-8"))
    entries = [*listed["recording"], *(entry for each in listed["collection"] for entry in entries_of(each))]
    for name, origin in listed["source"].items():
        files = _files(entry for entry in entries if entry["source"] == name)
        if "repository" not in origin:
            _fetch(name, origin, files, folder / name)
        elif clones:
            read_repository(clones / name, origin, files, folder / name)
    for entry in entries:
        if clones or "repository" not in listed["source"][entry["source"]]:
            yield _recording(entry, folder)


def for_training() -> list[Recording]:
    return [recording for recording in recordings() if not recording.held_out]


def entries_of(collection: Entry) -> Iterator[Entry]:
    """Each recording of a collection has the same kinds of file; its first folder is its speaker."""
    shared = {key: collection[key] for key in ("source", "held_out")}
    for name in collection["recordings"]:
        path = f"{collection['folder']}/{name}"
        yield {
            **shared,
            "collection": collection["name"],
            "name": name,
            "speaker": name.partition("/")[0],
            "file": path + collection["audio"],
            "times_file": path + collection["times"],
        }


def _recording(entry: Entry, folder: Path) -> Recording:
    package = folder / entry["source"]
    marks = annotated_words(package, entry)
    return Recording(
        name=entry["name"],
        speaker=entry.get("speaker", entry["name"]),
        audio=_decoded(package / entry["file"], folder / "decoded" / entry["source"] / f"{entry['file']}.raw"),
        text=_text(package, entry) or " ".join(word for _, _, word in marks),
        marks=marks,
        held_out=entry.get("held_out", False),
        collection=entry.get("collection", ""),
        language=entry.get("language", "en"),
        utterances=utterances(package, entry),
    )


# --- download ---


def _files(entries: Iterable[Entry]) -> set[str]:
    return {entry[key] for entry in entries for key in FILE_KEYS if key in entry}


def read_repository(clone: Path, origin: Entry, files: set[str], folder: Path, *, host: str = HOST) -> None:
    """Copies the files at the commit of `origin` to `folder`, from a clone that is made if it lacks the commit."""
    if not all((folder / name).exists() for name in files):
        if not _has_commit(clone, origin["commit"]):
            print(f"fetching {origin['repository']}", flush=True)
            subprocess.run(["git", "init", "--quiet", "--bare", clone], check=True)
            _git(clone, "fetch", "--quiet", "--depth", "1", f"{host}/{origin['repository']}", origin["commit"])
        archive = _git(clone, "archive", "--format=tar", "--prefix=clone/", origin["commit"], "--", *sorted(files))
        _unpack(archive, files, folder)
    if (found := digest(folder, files)) != origin["sha256"]:
        raise SourceError(f"the files of {origin['repository']} have the digest {found}, not that in {LIST.name}")


def digest(folder: Path, files: Iterable[str]) -> str:
    """The SHA-256 of a list of the files with theirs, in the form of sha256sum, sorted by name."""
    lines = (f"{hashlib.sha256((folder / name).read_bytes()).hexdigest()}  {name}\n" for name in sorted(files))
    return hashlib.sha256("".join(lines).encode()).hexdigest()


def _has_commit(clone: Path, commit: str) -> bool:
    found = subprocess.run(["git", "-C", clone, "cat-file", "-e", f"{commit}^{{commit}}"], capture_output=True)
    return found.returncode == 0


def _git(clone: Path, *arguments: str) -> bytes:
    return subprocess.run(["git", "-C", clone, *arguments], stdout=subprocess.PIPE, check=True).stdout


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
        target.parent.mkdir(parents=True, exist_ok=True)
        decode(file, target)
    return Audio(target, target.stat().st_size // 2)


# --- texts ---


def _read(file: Path) -> str:
    data = file.read_bytes()
    return data.decode("utf-16" if data[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig")


def _text(package: Path, entry: Entry) -> str:
    if "text_file" not in entry:
        return str(entry.get("text", ""))
    file = package / entry["text_file"]
    if file.suffix == ".TextGrid":
        return "\n".join(text for _, _, text in utterances(package, entry))
    return READERS.get(file.suffix, str)(_read(file)).strip()


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


def utterances(package: Path, entry: Entry) -> Marks:
    """What was said between pauses, from a transcript in the form that SPPAS reads."""
    if Path(entry.get("text_file", "")).suffix != ".TextGrid":
        return []
    tiers = re.split(r'"IntervalTier"', _read(package / entry["text_file"]))[1:]
    found = ((start, end, plain_utterance(text)) for start, end, text in _intervals(tiers[-1]))
    return [(start, end, text) for start, end, text in found if text]


def plain_utterance(text: str) -> str:
    """Without the marks of SPPAS's transcription convention.

    Those are an utterance's number, pauses, noise, laughter, names, letters that were not pronounced, words with
    their pronunciation, and the beginnings of words that were broken off.
    """
    text = re.sub(r"\b(ipu|gpf|gpd)_\d+|\{[^}]*\}|[#*@$+_\ufeff]", " ", text)
    text = re.sub(r"[\[<]([^],>]*),[^]>]*[]>]", r"\1", text).replace("(", "").replace(")", "")
    words = [word for word in text.split() if not word.endswith("-")]
    return " ".join(words) if re.search(r"\w", text) else ""


# --- annotated times ---


def annotated_words(package: Path, entry: Entry) -> Marks:
    if "times_file" not in entry:
        return []
    file = package / entry["times_file"]
    found = TIMES_READERS[file.suffix](_read(file))
    return [(start, end, word) for start, end, word in found if word not in SILENT_LABELS]


def _textgrid_words(text: str) -> Iterator[tuple[float, float, str]]:
    """The words tier of a TextGrid in Praat's long or short form."""
    return _intervals(re.split(r'"IntervalTier"\s+(?:name = )?"words?"', text)[1].partition('"IntervalTier"')[0])


def _intervals(tier: str) -> Iterator[tuple[float, float, str]]:
    for start, end, label in re.findall(r'([\d.]+)\s+(?:xmax = )?([\d.]+)\s+(?:text = )?"([^"]*)"', tier):
        yield float(start), float(end), label.strip()


def _emu_words(text: str) -> Iterator[tuple[float, float, str]]:
    """Words have no times of their own: they last as long as the phones that are linked to them."""
    annotation = json.loads(text)
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


def _timit_words(text: str) -> Iterator[tuple[float, float, str]]:
    """Each line: begin and end in samples, word."""
    for line in text.splitlines():
        start, end, word = line.split()
        yield int(start) / SAMPLE_RATE, int(end) / SAMPLE_RATE, word


def _sppas_tokens(text: str) -> Iterator[tuple[float, float, str]]:
    """What SPPAS's own aligner found."""
    for annotation in ElementTree.fromstring(text.encode()).iterfind("Tier[@tiername='TokensAlign']/Annotation"):
        edges = [float(annotation.find(f".//{edge}").get("midpoint")) for edge in ("Begin", "End")]  # type: ignore[union-attr,arg-type]
        token = annotation.findtext(".//Tag") or ""
        yield edges[0], edges[1], "" if token in "#*@+" else token


TIMES_READERS: dict[str, Callable[[str], Iterable[tuple[float, float, str]]]] = {
    ".TextGrid": _textgrid_words,
    ".json": _emu_words,
    ".wrd": _timit_words,
    ".xra": _sppas_tokens,
}
