"""Speak sentences of several languages with synthesisers that tell when each word begins and ends.

festival's voices are recordings of people cut into diphones or units, or models of them; they know the time of every
segment. espeak-ng's voices are computed; its library reports every phoneme as it speaks it. Debian's packages
festvox-* and espeak-ng have them (scripts/setup_voices.sh).
"""

from __future__ import annotations

import argparse
import ctypes
import subprocess
import sys
import tempfile
import unicodedata
import wave
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from functools import lru_cache, partial
from itertools import accumulate
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.corpus import RATE, Item, Sound, Unit
from syncline.core.languages import WITHOUT_SPACES
from syncline.media import decode


@dataclass(frozen=True, slots=True)
class Voice:
    language: str
    name: str  # festival's, or espeak-ng's
    encoding: str = ""  # of festival's input; none: espeak-ng


VOICES = {
    "it-pc": Voice("it", "voice_pc_diphone", "latin-1"),
    "cs-dita": Voice("cs", "voice_czech_dita", "iso8859-2"),
    "cs-ph": Voice("cs", "voice_czech_ph", "iso8859-2"),
    "fi-lj": Voice("fi", "voice_suo_fi_lj_diphone", "latin-1"),
    "ca-ona": Voice("ca", "voice_upc_ca_ona_hts", "latin-1"),
    "ru-nsh": Voice("ru", "voice_msu_ru_nsh_clunits", "utf-8"),
    "hi-nsk": Voice("hi", "voice_hindi_NSK_diphone", "utf-8"),
    "mr-nsk": Voice("mr", "voice_marathi_NSK_diphone", "utf-8"),
    "te-nsk": Voice("te", "voice_telugu_NSK_diphone", "utf-8"),
    "en-kal": Voice("en", "voice_kal_diphone", "latin-1"),
    "en-slt": Voice("en", "voice_cmu_us_slt_arctic_hts", "latin-1"),
    "da-espeak": Voice("da", "da"),
    "de-espeak": Voice("de", "de"),
    "el-espeak": Voice("el", "el"),
    "es-espeak": Voice("es", "es"),
    "fr-espeak": Voice("fr", "fr"),
    "hr-espeak": Voice("hr", "hr"),
    "hu-espeak": Voice("hu", "hu"),
    "id-espeak": Voice("id", "id"),
    "ja-espeak": Voice("ja", "ja"),
    "ko-espeak": Voice("ko", "ko"),
    "nl-espeak": Voice("nl", "nl"),
    "no-espeak": Voice("no", "nb"),
    "pl-espeak": Voice("pl", "pl"),
    "pt-espeak": Voice("pt", "pt"),
    "ro-espeak": Voice("ro", "ro"),
    "sv-espeak": Voice("sv", "sv"),
    "tr-espeak": Voice("tr", "tr"),
    "uk-espeak": Voice("uk", "uk"),
    "zh-espeak": Voice("zh", "cmn-latn-pinyin"),
}


@dataclass(frozen=True, slots=True)
class Spoken:
    samples: Sound
    spans: list[tuple[float, float] | None]  # of each word between spaces; None: the synthesiser left it out


@dataclass(frozen=True, slots=True)
class Sentence:
    """The words as they are written, and as the synthesiser reads them."""

    shown: list[str]
    read: list[str]

    @classmethod
    def parse(cls, line: str) -> Sentence:
        """A line has the words with spaces between them, and after a tab how they are read if it is not the same."""
        shown, _, read = line.partition("\t")
        return cls(shown.split(), (read or shown).split())


def speak(voice: Voice, sentences: Sequence[Sentence]) -> list[Spoken]:
    if not voice.encoding:
        # The library keeps some of a voice when it changes to another, so each voice has a process of its own.
        with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as fresh:
            return list(fresh.map(partial(_speak_espeak, voice), [sentence.read for sentence in sentences]))
    with tempfile.TemporaryDirectory() as folder:
        return _speak_festival(voice, sentences, Path(folder))


def item(name: str, voice: Voice, lines: Sequence[str], gaps: Sequence[float]) -> Item:
    """All sentences in one recording, with a gap of silence after each."""
    sentences = [Sentence.parse(line) for line in lines]
    sound, units, seconds = [np.zeros(RATE // 2, np.float32)], list[Unit](), 0.5
    for number, (sentence, spoken, gap) in enumerate(zip(sentences, speak(voice, sentences), gaps, strict=True)):
        units += _units(sentence, spoken, seconds, number, glue="" if voice.language in WITHOUT_SPACES else " ")
        silence = np.zeros(int(gap * RATE), np.float32)
        sound += [spoken.samples, silence]
        seconds += (len(spoken.samples) + len(silence)) / RATE
    dither = np.random.default_rng(1).normal(0, 4, sum(map(len, sound)))
    return Item("clean", name, (np.concatenate(sound) + dither).astype(np.float32), tuple(units))


def _units(sentence: Sentence, spoken: Spoken, begin: float, number: int, *, glue: str) -> list[Unit]:
    """A word whose times are not known is in the transcript, but is not measured."""
    units: list[Unit] = []
    for word, span in zip(sentence.shown, spoken.spans, strict=True):
        first, last = _letters(word)
        if span and first < last:
            units.append(Unit(word[first:last], begin + span[0], begin + span[1], number, word[last:] + glue))
        elif units:
            units[-1] = replace(units[-1], after=units[-1].after + word + glue)
    return units


def _letters(word: str) -> tuple[int, int]:
    """Where the word's letters and digits begin and end."""
    inside = [index for index, sign in enumerate(word) if unicodedata.category(sign)[0] in "LNM"]
    return (inside[0], inside[-1] + 1) if inside else (0, 0)


# --- festival ---

_SENTENCE = """
(set! u (utt.synth (Utterance Text "{text}")))
(utt.save.wave u "{file}.wav" 'riff)
(set! f (fopen "{file}.tok" "w"))
(mapcar (lambda (x) (format f "%d\\t%f\\t%f\\n" (if (item.relation.parent x 'Token) 1 0)
  (item.feat x "word_start") (item.feat x "word_end"))) (utt.relation.items u 'Token))
(fclose f)
"""


def _speak_festival(voice: Voice, sentences: Sequence[Sentence], folder: Path) -> list[Spoken]:
    parts = [
        _SENTENCE.format(text=" ".join(sentence.read).replace("।", "."), file=folder / str(number))
        for number, sentence in enumerate(sentences)
    ]
    script = folder / "speak.scm"
    script.write_bytes(f"({voice.name})\n{''.join(parts)}".encode(voice.encoding, errors="replace"))
    subprocess.run(["festival", "--batch", script], check=True, capture_output=True)
    return [_read_festival(folder / str(number), sentence.read) for number, sentence in enumerate(sentences)]


def _read_festival(file: Path, words: Sequence[str]) -> Spoken:
    tokens: list[list[tuple[float, float]]] = []
    for line in file.with_suffix(".tok").read_text(encoding="latin-1").splitlines():
        child, start, end = line.split("\t")
        if child == "0":
            tokens.append([])
        elif float(end) > float(start):  # festival counts punctuation as a word without length
            tokens[-1].append((float(start), float(end)))
    if len(tokens) != len(words):
        raise ValueError(f"festival reads {len(tokens)} words in: {' '.join(words)}")
    spans = [(spoken[0][0], spoken[-1][1]) if spoken else None for spoken in tokens]
    decode(file.with_suffix(".wav"), file.with_suffix(".raw"))
    samples = np.frombuffer(file.with_suffix(".raw").read_bytes(), "<i2").astype(np.float32)
    return Spoken(samples, spans)


# --- espeak-ng ---


class _Event(ctypes.Structure):
    _fields_ = (
        ("type", ctypes.c_int),
        ("unique_identifier", ctypes.c_uint),
        ("text_position", ctypes.c_int),
        ("length", ctypes.c_int),
        ("audio_position", ctypes.c_int),
        ("sample", ctypes.c_int),
        ("user_data", ctypes.c_void_p),
        ("id", ctypes.c_char * 8),
    )


_END, _WORD, _PHONEME = 0, 1, 7
_RETRIEVAL, _PHONEME_EVENTS, _UTF8 = 1, 1, 1
_PAUSES = (b"_:", b"_")
_Callback = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.POINTER(ctypes.c_short), ctypes.c_int, ctypes.POINTER(_Event))


@dataclass(frozen=True, slots=True)
class _Mark:
    """A word or a phoneme that begins."""

    kind: int
    offset: int  # in the text
    sample: int
    phoneme: bytes


@lru_cache(maxsize=1)
def _espeak() -> tuple[Any, int]:
    """The library, and the samples per second of its voices. A process can initialise it once."""
    library = ctypes.CDLL("libespeak-ng.so.1")
    return library, library.espeak_Initialize(_RETRIEVAL, 0, None, _PHONEME_EVENTS)


def _speak_espeak(voice: Voice, words: Sequence[str]) -> Spoken:
    library, rate = _espeak()
    pieces: list[bytes] = []
    marks: list[_Mark] = []

    def collect(wave: Any, count: int, events: Any) -> int:
        if wave and count > 0:
            pieces.append(ctypes.string_at(wave, count * 2))
        index = 0
        while (event := events[index]).type != _END:
            marks.append(_Mark(event.type, event.text_position - 1, event.sample, bytes(event.id)))
            index += 1
        return 0

    callback = _Callback(collect)
    library.espeak_SetSynthCallback(callback)
    if library.espeak_SetVoiceByName(voice.name.encode()):
        raise ValueError(f"espeak-ng has no voice {voice.name}")
    text = " ".join(words).encode()
    library.espeak_Synth(text, len(text) + 1, 0, 1, 0, _UTF8, None, None)
    library.espeak_Synchronize()
    samples = np.frombuffer(b"".join(pieces), "<i2").astype(np.float64)
    spans = [span and (span[0] / rate, span[1] / rate) for span in _espeak_spans(marks, words, len(samples))]
    return Spoken(_resampled(samples, rate), spans)


def _espeak_spans(marks: Sequence[_Mark], words: Sequence[str], samples: int) -> list[tuple[float, float] | None]:
    spoken = list(_espeak_words(marks, samples))
    if len(spoken) == len(words):  # then their order counts: some offsets are wrong after letters outside ASCII
        return [(start, end) for _, start, end in spoken]
    begins = list(accumulate((len(word) + 1 for word in words[:-1]), initial=0))
    spans: list[tuple[float, float] | None] = [None] * len(words)
    for offset, start, end in spoken:
        word = max(0, bisect_right(begins, offset) - 1)
        before = spans[word]
        spans[word] = (before[0] if before else start, end)
    # espeak-ng speaks some words as one: then the end of the first is not known.
    return [span if following else None for span, following in zip(spans, [*spans[1:], True], strict=True)]


def _espeak_words(marks: Sequence[_Mark], samples: int) -> Iterator[tuple[int, float, float]]:
    """(offset, start, end) of each word that sounds. It ends where the next one begins, or a pause."""
    starts = [index for index, mark in enumerate(marks) if mark.kind == _WORD]
    for begin, end in zip(starts, [*starts[1:], len(marks)], strict=True):
        phonemes = [mark for mark in marks[begin + 1 : end] if mark.kind == _PHONEME]
        sounds = [index for index, mark in enumerate(phonemes) if mark.phoneme not in _PAUSES]
        if sounds:
            start = phonemes[sounds[0]] if sounds[0] else marks[begin]
            after = [*phonemes[sounds[-1] + 1 :], *marks[end : end + 1]]
            yield marks[begin].offset, start.sample, after[0].sample if after else samples


def _resampled(samples: Any, rate: int) -> Sound:
    """By dropping the frequencies that 16 kHz cannot hold."""
    spectrum = np.fft.rfft(samples)
    size = round(len(samples) * RATE / rate)
    return (np.fft.irfft(spectrum[: size // 2 + 1], size) * size / len(samples)).astype(np.float32)


def main() -> None:
    parser = argparse.ArgumentParser(description="Speak the lines of standard input and write a WAV file.")
    parser.add_argument("voice", choices=list(VOICES))
    parser.add_argument("file", type=Path)
    arguments = parser.parse_args()
    lines = sys.stdin.read().splitlines()
    spoken = item(arguments.voice, VOICES[arguments.voice], lines, [0.5] * len(lines))
    with wave.open(str(arguments.file), "wb") as sound:
        sound.setparams((1, 2, RATE, 0, "NONE", "not compressed"))
        sound.writeframes(spoken.sound.clip(-32_768, 32_767).astype("<i2").tobytes())


if __name__ == "__main__":
    main()
