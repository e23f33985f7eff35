#!/usr/bin/env python3
"""Make the samples again: recordings, transcripts and true word times, from recordings.toml.

    samples/make.py [--out FOLDER] [NAME ...]

Needs Debian 12's festival, flite, ffmpeg and voices (see README.md) and numpy. The same versions
synthesise identical samples; only the compressed files may differ between versions of ffmpeg.
"""

from __future__ import annotations

import argparse
import ctypes
import json
import random
import re
import subprocess
import sys
import tempfile
import tomllib
import wave
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

HERE = Path(__file__).resolve().parent
RATE = 16_000
PEAK = 12_000
LEAD_SECONDS, TAIL_SECONDS = 0.3, 0.5
SENTENCE_PAUSE_SECONDS = (0.25, 0.7)
PARAGRAPH_PAUSE_SECONDS = 1.2

MADE_WITH = {  # Debian package -> the version that made the files in this folder
    "festival": "1:2.5.0-9",
    "festlex-cmu": "2.4-2",
    "festvox-us-slt-hts": "0.2010.10.25-4",
    "festvox-kallpc16k": "2.4-1",
    "festvox-kdlpc16k": "1.4.0-6.1",
    "libflite1": "2.2-5",
}
FESTIVAL_VOICES = {"slt": "cmu_us_slt_arctic_hts", "kal": "kal_diphone", "ked": "ked_diphone"}
FLITE_VOICES = {"rms": "cmu_us_rms", "awb": "cmu_us_awb"}

Samples = NDArray[np.int16]
Span = tuple[float, float]


@dataclass(frozen=True)
class Unit:
    """A word as written in the transcript, and the tokens that the voice speaks for it."""

    shown: str
    offset: int
    spoken: tuple[str, ...]
    breath: bool  # punctuation follows, and the voice pauses

    def moved(self, characters: int) -> Unit:
        return replace(self, offset=self.offset + characters)


@dataclass(frozen=True)
class Sentence:
    text: str
    units: tuple[Unit, ...]

    @property
    def for_the_voice(self) -> str:
        pieces = (" ".join(unit.spoken) + ("," if unit.breath else "") for unit in self.units)
        return " ".join(pieces).rstrip(",") + "."


# --- the texts ---

MARKED_WORD = re.compile(r"\{(?P<shown>[^|}]+)\|(?P<spoken>[^}]+)\}|(?P<word>\w+(?:['’-]\w+)*)")
PAUSE_MARK = re.compile(r"^[^\w{]*[,;:.!?…—]")


def parse_sentence(line: str) -> Sentence:
    text, units, position = "", [], 0
    for match in MARKED_WORD.finditer(line):
        text += line[position : match.start()]
        position = match.end()
        shown = match["shown"] or match["word"]
        spoken = match["spoken"] or match["word"].replace("’", "'").replace("-", " ").lower()
        breath = PAUSE_MARK.match(line[position:]) is not None
        units.append(Unit(shown, len(text), tuple(spoken.split()), breath))
        text += shown
    return Sentence(text + line[position:], tuple(units))


def parse_text(text: str) -> list[list[Sentence]]:
    return [[parse_sentence(line) for line in paragraph.splitlines()] for paragraph in text.strip().split("\n\n")]


# --- the voices: each returns the samples and the span of every token ---


def speak_festival(voice: str, text: str, scratch: Path) -> tuple[Samples, list[Span]]:
    sound, times, script = scratch / "sound.wav", scratch / "times.txt", scratch / "script.scm"
    script.write_text(
        f'(voice_{FESTIVAL_VOICES[voice]})(set! u (utt.synth (Utterance Text "{text}")))'
        f'(utt.save.wave u "{sound}" \'riff)(set! f (fopen "{times}" "w"))'
        '(mapcar (lambda (x) (format f "%d %f %f\\n" (if (item.relation.parent x \'Token) 1 0)'
        '  (item.feat x "word_start") (item.feat x "word_end"))) (utt.relation.items u \'Token))(fclose f)'
    )
    subprocess.run(["festival", "--batch", str(script)], check=True, stdout=subprocess.DEVNULL)
    return read_wav(sound), token_spans(times.read_text())


def token_spans(lines: str) -> list[Span]:
    """Festival lists a token (depth 0) before its words. It counts punctuation as a word without length."""
    words_of_token: list[list[Span]] = []
    for line in lines.splitlines():
        depth, start, end = (float(field) for field in line.split())
        if depth == 0:
            words_of_token.append([])
        elif end > start:
            words_of_token[-1].append((start, end))
    return [(words[0][0], words[-1][1]) for words in words_of_token]


class FliteWave(ctypes.Structure):
    _fields_ = [
        ("type", ctypes.c_char_p),
        ("rate", ctypes.c_int),
        ("count", ctypes.c_int),
        ("channels", ctypes.c_int),
        ("samples", ctypes.POINTER(ctypes.c_short)),
    ]


def load_flite() -> ctypes.CDLL:
    flite = ctypes.CDLL("libflite.so.1")
    pointer, string = ctypes.c_void_p, ctypes.c_char_p
    signatures: dict[str, tuple[object, list[object]]] = {
        "flite_synth_text": (pointer, [string, pointer]),
        "utt_relation": (pointer, [pointer, string]),
        "relation_head": (pointer, [pointer]),
        "item_next": (pointer, [pointer]),
        "ffeature_float": (ctypes.c_float, [pointer, string]),
        "utt_wave": (ctypes.POINTER(FliteWave), [pointer]),
        "delete_utterance": (None, [pointer]),
    }
    flite.flite_init()
    for name, (result, arguments) in signatures.items():
        function = getattr(flite, name)
        function.restype, function.argtypes = result, arguments
    return flite


def speak_flite(voice: str, text: str) -> tuple[Samples, list[Span]]:
    flite = load_flite()
    register = getattr(ctypes.CDLL(f"libflite_{FLITE_VOICES[voice]}.so.1"), f"register_{FLITE_VOICES[voice]}")
    register.restype, register.argtypes = ctypes.c_void_p, [ctypes.c_char_p]
    utterance = flite.flite_synth_text(text.encode(), register(None))
    spans, token = [], flite.relation_head(flite.utt_relation(utterance, b"Token"))
    while token:
        start = flite.ffeature_float(token, b"daughter1.R:SylStructure.daughter1.daughter1.R:Segment.p.end")
        end = flite.ffeature_float(token, b"daughtern.R:SylStructure.daughtern.daughtern.R:Segment.end")
        spans.append((start, end))
        token = flite.item_next(token)
    sound = flite.utt_wave(utterance).contents
    if sound.rate != RATE or sound.channels != 1:
        raise SystemExit(f"the voice {voice} speaks at {sound.rate} Hz on {sound.channels} channels")
    samples = np.ctypeslib.as_array(sound.samples, (sound.count,)).copy()
    flite.delete_utterance(utterance)
    return samples, spans


def speak(voice: str, sentence: Sentence, scratch: Path) -> tuple[Samples, list[Span]]:
    """Return the samples, and one span per unit of the sentence."""
    text = sentence.for_the_voice
    samples, tokens = speak_festival(voice, text, scratch) if voice in FESTIVAL_VOICES else speak_flite(voice, text)
    if len(tokens) != len(text.split()):
        raise SystemExit(f"the voice {voice} made {len(tokens)} tokens of: {text}")
    spans, first = [], 0
    for unit in sentence.units:
        last = first + len(unit.spoken) - 1
        spans.append((tokens[first][0], tokens[last][1]))
        first = last + 1
    return (samples * (PEAK / np.abs(samples).max())).astype(np.int16), spans


# --- assembling a recording ---


@dataclass
class Recording:
    """A recording that grows by sentences, with its transcript and its true word times."""

    sound: list[Samples]
    transcript: str
    words: list[dict[str, object]]

    @property
    def seconds(self) -> float:
        return sum(map(len, self.sound)) / RATE

    def silence(self, seconds: float) -> None:
        self.sound.append(np.zeros(int(seconds * RATE), np.int16))

    def add(self, sentence: Sentence, samples: Samples, spans: list[Span]) -> None:
        begin = self.seconds
        for unit, (start, end) in zip(sentence.units, spans, strict=True):
            if not any(map(str.isalnum, unit.shown)):
                continue  # "&" is spoken, but aligners do not treat it as a word
            here = unit.moved(len(self.transcript))
            self.words.append(
                {
                    "word": here.shown,
                    "start": round(begin + start, 4),
                    "end": round(begin + end, 4),
                    "startOffset": here.offset,
                    "endOffset": here.offset + len(here.shown),
                }
            )
        self.sound.append(samples)
        self.transcript += sentence.text


def assemble(paragraphs: list[list[Sentence]], voice: str, pauses: random.Random) -> Recording:
    recording = Recording([], "", [])
    recording.silence(LEAD_SECONDS)
    with tempfile.TemporaryDirectory() as scratch:
        for index, paragraph in enumerate(paragraphs):
            if index:
                recording.transcript += "\n\n"
                recording.silence(PARAGRAPH_PAUSE_SECONDS)
            for position, sentence in enumerate(paragraph):
                if position:
                    recording.transcript += " "
                    recording.silence(pauses.uniform(*SENTENCE_PAUSE_SECONDS))
                recording.add(sentence, *speak(voice, sentence, Path(scratch)))
    recording.transcript += "\n"
    recording.silence(TAIL_SECONDS)
    return recording


def with_hiss(sound: list[Samples]) -> Samples:
    """Add a little noise. Real recordings have no runs of exact zeros, and some tools fail on them."""
    samples = np.concatenate(sound).astype(np.float64)
    samples += np.random.default_rng(1).normal(0, 4, len(samples))
    return samples.round().astype(np.int16)


# --- files ---


def read_wav(path: Path) -> Samples:
    """Resample to RATE: the voice slt speaks at 32 kHz."""
    command = ["ffmpeg", "-nostdin", "-loglevel", "error", "-i", str(path), "-ac", "1", "-ar", str(RATE)]
    raw = subprocess.run([*command, "-f", "s16le", "-"], capture_output=True, check=True).stdout
    return np.frombuffer(raw, dtype="<i2").astype(np.int16)


def write_wav(path: Path, samples: Samples) -> None:
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE)
        file.writeframes(samples.astype("<i2").tobytes())


def encode(samples: Samples, target: Path, entry: dict[str, object]) -> None:
    with tempfile.TemporaryDirectory() as scratch:
        source = Path(scratch, "sound.wav")
        write_wav(source, samples)
        picture = ["-f", "lavfi", "-i", str(entry["picture"]), "-shortest"] if "picture" in entry else []
        encoder = [str(argument) for argument in entry.get("encoder", [])]  # type: ignore[attr-defined]
        command = ["ffmpeg", "-nostdin", "-loglevel", "error", "-y", "-i", str(source), *picture]
        # bitexact leaves out the encoder version and the date, so the same input makes the same bytes.
        repeatable = ["-fflags", "+bitexact", "-flags", "+bitexact"]
        rate = str(entry.get("rate", RATE))
        subprocess.run([*command, "-ar", rate, *encoder, *repeatable, str(target)], check=True)


def make_sample(entry: dict[str, object], out: Path) -> None:
    target = out / str(entry["file"])
    recording = assemble(parse_text(str(entry["text"])), str(entry["voice"]), random.Random(str(entry["file"])))
    encode(with_hiss(recording.sound), target, entry)
    target.with_suffix(".txt").write_text(recording.transcript, encoding="utf-8")
    truth = json.dumps({"words": recording.words}, ensure_ascii=False, indent=1) + "\n"
    target.with_suffix(".truth.json").write_text(truth, encoding="utf-8")
    size = target.stat().st_size
    print(f"{target.name}: {recording.seconds:.1f} s, {len(recording.words)} words, {size:,} bytes")


def warn_of_other_versions() -> None:
    for package, wanted in MADE_WITH.items():
        query = ["dpkg-query", "-W", "-f", "${Version}", package]
        found = subprocess.run(query, capture_output=True, text=True, check=False).stdout or "nothing"
        if found != wanted:
            print(f"{package}: the samples were made with {wanted}, this machine has {found}", file=sys.stderr)


def main() -> None:
    parser = argparse.ArgumentParser(description="Make the samples again.")
    parser.add_argument("names", nargs="*", help="only these files (default: all)")
    parser.add_argument("--out", type=Path, default=HERE, help="output folder (default: this folder)")
    arguments = parser.parse_args()
    warn_of_other_versions()
    arguments.out.mkdir(parents=True, exist_ok=True)
    recordings = tomllib.loads((HERE / "recordings.toml").read_text(encoding="utf-8"))["recording"]
    for entry in recordings:
        if not arguments.names or entry["file"] in arguments.names:
            make_sample(entry, arguments.out)


if __name__ == "__main__":
    main()
