"""From a recording and its transcript to the files that people want, with no AWS in sight.

The worker runs these steps for a job, `syncline align` runs them for two files on a laptop.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from syncline import __version__, alignment, captions, exports, layout
from syncline.alignment import Alignment
from syncline.options import Options
from syncline.sentences import Sentence, split
from worker.engines import AlignmentWishes, Audio, Engine, Progress
from worker.media import DecodeLimits, decode

CSV_NAME = "alignment.csv"
TEXTGRID_NAME = "alignment.TextGrid"


@dataclass(frozen=True, slots=True)
class Material:
    """What one job works on: the recording, decoded, and its transcript."""

    audio: Audio
    transcript: str


def decode_recording(recording: Path, folder: Path, *, max_seconds: float, progress: Progress) -> Audio:
    return decode(
        recording, folder / "audio.raw", limits=DecodeLimits(max_audio_seconds=max_seconds), progress=progress
    )


def align(material: Material, options: Options, engine: Engine, progress: Progress, *, revision: str = "") -> Alignment:
    """The alignment with everything that its "syncline" object says, sentences included."""
    wishes = AlignmentWishes(options.language, options.conservative, options.disfluency)
    if options.mode == "transcribe":
        found = engine.transcribe(material.audio, wishes, progress)
    else:
        found = engine.align(material.audio, material.transcript, wishes, progress)
    sentences = split(found.transcript, found.words, options.language)
    info: dict[str, Any] = {"version": __version__, "revision": revision} if revision else {"version": __version__}
    info |= {**found.info, "audio_seconds": round(material.audio.seconds, 3), "language": options.language}
    return replace(found, info={**info, "sentences": [asdict(sentence) for sentence in sentences]})


def sentences_of(aligned: Alignment) -> list[Sentence]:
    return [Sentence(**item) for item in aligned.info.get("sentences", ())]


def render(aligned: Alignment, options: Options) -> dict[str, bytes]:
    """-> file name -> content, in every form that was asked for."""
    language = options.language
    files = {layout.ALIGNMENT_NAME: alignment.to_json(aligned).encode()}
    if "csv" in options.outputs:
        files[CSV_NAME] = exports.csv(aligned).encode()
    if "textgrid" in options.outputs:
        files[TEXTGRID_NAME] = exports.textgrid(aligned).encode()
    return files | _captions(captions.cues_from_words(aligned, language), options, language)


def render_translation(sentences: Sequence[Any], language: str, options: Options) -> dict[str, bytes]:
    return _captions(captions.cues_from_sentences(sentences, language), options, language)


def _captions(cues: Sequence[captions.Cue], options: Options, language: str) -> dict[str, bytes]:
    writers = {"srt": captions.to_srt, "vtt": captions.to_vtt}
    return {
        layout.captions_name(language, kind): write(cues).encode()
        for kind, write in writers.items()
        if kind in options.outputs
    }


def warnings_of(aligned: Alignment) -> tuple[str, ...]:
    return tuple(aligned.info.get("warnings", ()))


def stats_of(aligned: Alignment) -> Mapping[str, Any]:
    words, heard = alignment.count_words(aligned.words)
    return {
        "audio_seconds": aligned.info["audio_seconds"],
        "words": words,
        "aligned_words": heard,
        "engine": aligned.info.get("engine"),
        "engine_version": aligned.info.get("engine_version"),
    }
