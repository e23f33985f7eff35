"""Fit the confidence of words in other languages than the acoustic model's.

    python -m scripts.training.learn_cross_lingual        # make learn-languages

The texts (scripts/training/sentences/) and the voices are none of those that `make bench-languages` reports. A word is
right if both edges are within 150 ms of the truth. --penalties compares what departing from the transcript costs: how
many words each pair of penalties finds, right and wrong. --edges prints by how many milliseconds the edges of clean
recordings are late.
"""

from __future__ import annotations

import argparse
import os
import random
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import numpy as np

from benchmarks.corpus import RATE, Degradation, Item, Unit, sentences_unspoken, telephone, words_misread
from benchmarks.voices import Voice, item
from scripts.training.learn_confidence import RIGHT_SECONDS, Examples, _matrix, learn, validate
from syncline.speech.pocketsphinx import decoding, results
from syncline.speech.pocketsphinx.confidence import Evidence, gather_evidence
from syncline.speech.pocketsphinx.features import frame_count
from syncline.speech.pocketsphinx.hypotheses import AlignedSection, Section
from syncline.speech.pocketsphinx.recovery import align_section
from syncline.speech.pocketsphinx.transcripts import PronouncedTranscript, pronounce_transcript

SENTENCES = Path(__file__).with_name("sentences")
VOICES = {
    "lp": Voice("it", "voice_lp_diphone", "latin-1"),
    "krb": Voice("cs", "voice_czech_krb", "iso8859-2"),
    "machac": Voice("cs", "voice_czech_machac", "iso8859-2"),
    "mv": Voice("fi", "voice_hy_fi_mv_diphone", "latin-1"),
    **{
        f"{code}{variant}": Voice(code, f"{voice}{variant}")
        for code, voice, variant in (
            ("ca", "ca", "+f2"), ("da", "da", "+m3"), ("de", "de", "+m1"), ("el", "el", "+m2"), ("es", "es", "+f4"),
            ("fi", "fi", "+f3"), ("fr", "fr", "+m2"), ("hi", "hi", "+f2"), ("hr", "hr", "+m3"), ("hu", "hu", "+f4"),
            ("id", "id", "+m4"), ("it", "it", "+f2"), ("ja", "ja", "+m2"), ("ko", "ko", "+m1"), ("mr", "mr", "+f3"),
            ("nl", "nl", "+f2"), ("no", "nb", "+m2"), ("pl", "pl", "+f3"), ("pt", "pt", "+m3"), ("ro", "ro", "+m4"),
            ("ru", "ru", "+m2"), ("sv", "sv", "+f5"), ("te", "te", "+f2"), ("tr", "tr", "+m1"), ("uk", "uk", "+m3"),
            ("zh", "cmn-latn-pinyin", "+f2"),
        )
    },
}  # fmt: skip
OTHER = dict.fromkeys(("ca", "es", "it", "pt"), "fi")  # the language of a wrong transcript ...
ELSE_OTHER = "it"  # ... of recordings in all other languages
CONDITIONS: dict[str, Degradation] = {
    "clean": lambda whole, chance: whole,
    "telephone": telephone,
    "sentences unspoken": sentences_unspoken,
    "words misread": words_misread,
}
WRONG = "another language"


def sentences(language: str) -> list[str]:
    return SENTENCES.joinpath(f"{language}.txt").read_text(encoding="utf-8").splitlines()


def collect(name: str, whole: Item) -> Iterator[Examples]:
    language = VOICES[name].language
    for condition, degrade in CONDITIONS.items():
        yield _examples(name, condition, degrade(whole, random.Random(f"{name} {condition}")), language)
    other = OTHER.get(language, ELSE_OTHER)
    words = [word for text in sentences(other) for word in text.split()]
    wrong = replace(whole, units=tuple(Unit(word, None, None, 0) for word in words))
    yield _examples(name, WRONG, wrong, other)


def _examples(name: str, condition: str, whole: Item, language: str) -> Examples:
    transcript, aligned = _aligned(whole, language)
    found = gather_evidence([aligned], words=len(transcript.words))
    spans = list(whole.spans())
    right, evidence = [], []
    for word, each in found:
        token = transcript.token(word.word)
        unit = next((unit for start, end, unit in spans if token.start < end and start < token.end), None)
        if unit:  # the synthesiser spoke it as a word of its own
            right.append(_near(results.seconds(word.start), unit.start) and _near(results.seconds(word.end), unit.end))
            evidence.append(each)
    return Examples(name, condition, _matrix(evidence), np.array(right, bool))


def edge_errors(name: str, whole: Item) -> Iterator[tuple[str, float]]:
    """(kind of edge, milliseconds by which it is late) of the words that are found about where they are."""
    transcript, aligned = _aligned(whole, VOICES[name].language)
    words = aligned.words
    times = {start: unit for start, _, unit in whole.spans()}
    for before, word, after in zip([None, *words], words, [*words[1:], None], strict=False):
        unit = times.get(transcript.token(word.word).start)
        if not unit or not _near(results.seconds(word.start), unit.start):
            continue
        found = results.refined_times(word, before, after, limit=len(whole.sound) / RATE)
        joined = [before and before.end == word.start, after and after.start == word.end]
        for edge, is_joined, late in zip(
            ("start", "end"), joined, (found.start - (unit.start or 0), found.end - (unit.end or 0)), strict=True
        ):
            yield f"{edge}, {'beside a word' if is_joined else 'beside a pause'}", late * 1000


def _print_edges(spoken: Mapping[str, Item]) -> None:
    errors: dict[str, list[float]] = {}
    for name, whole in spoken.items():
        for kind, late in edge_errors(name, whole):
            errors.setdefault(kind, []).append(late)
    for kind, values in errors.items():
        print(f"{kind:24} {len(values):6} edges, median {np.median(values):6.1f} ms", flush=True)


def _aligned(whole: Item, language: str) -> tuple[PronouncedTranscript, AlignedSection]:
    transcript = pronounce_transcript(whole.transcript, language)
    with tempfile.TemporaryDirectory() as folder:
        path, samples = Path(folder) / "audio.raw", len(whole.sound)
        whole.write(path)
        words = tuple(transcript.words)
        section = Section(path, samples, 0, frame_count(samples), 0, words, cross_lingual=True)
        return transcript, align_section(section)


def _near(seconds: float, truth: float | None) -> bool:
    return truth is not None and abs(seconds - truth) < RIGHT_SECONDS


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--penalties", default="", metavar="LIST", help="of a filler's frames and a skip: 4:140,4:60")
    parser.add_argument("--edges", action="store_true", help="print the errors of edges")
    arguments = parser.parse_args()
    spoken = {
        name: item(name, voice, sentences(voice.language), [0.5] * len(sentences(voice.language)))
        for name, voice in VOICES.items()
    }
    if arguments.edges:
        _print_edges(spoken)
        return
    for pair in filter(None, arguments.penalties.split(",")):
        decoding.CROSS_LINGUAL_PENALTY, decoding.CROSS_LINGUAL_SKIP_PENALTY = map(float, pair.split(":"))
        examples = [part for name, whole in spoken.items() for part in collect(name, whole)]
        for condition in (*CONDITIONS, WRONG):
            right = np.concatenate([part.right for part in examples if part.condition == condition])
            print(f"{pair} {condition:20} right {right.sum():5} wrong {(~right).sum():5}", flush=True)
    if arguments.penalties:
        return
    examples = [part for name, whole in spoken.items() for part in collect(name, whole)]
    for level, (right, words) in validate(examples).levels.items():
        print(f"{level:12} {words:7} words, {right / max(1, words):.1%} right")
    print(f"\nfitted on {sum(len(part.right) for part in examples)} words:")
    for name, weight in zip([*Evidence.__slots__, "BIAS"], learn(examples), strict=True):
        print(f"    {name}={weight:.3f},")


if __name__ == "__main__":
    main()
