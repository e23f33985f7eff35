"""From a recording and its transcript to the files that people want, with no AWS in sight.

The worker runs these steps for a job, `syncline align` runs them for two files on a laptop.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from syncline import __version__
from syncline.core import alignment, captions, exports, layout
from syncline.core.alignment import Alignment
from syncline.core.options import Options
from syncline.core.progress import Progress
from syncline.core.sentences import Sentence, split
from syncline.media import DecodedAudio, DecodeLimits, decode
from syncline.speech.engine import AlignmentOptions, Engine

if TYPE_CHECKING:
    from syncline.translation import TranslationModel

SENTENCES_AT_ONCE = 500  # fill several batches for every core


@dataclass(frozen=True, slots=True)
class Material:
    """What one job works on: the recording, decoded, and its transcript."""

    audio: DecodedAudio
    transcript: str


def decode_recording(recording: Path, folder: Path, *, max_seconds: float, progress: Progress) -> DecodedAudio:
    return decode(
        recording, folder / "audio.raw", limits=DecodeLimits(max_audio_seconds=max_seconds), progress=progress
    )


def align(material: Material, options: Options, engine: Engine, progress: Progress, *, revision: str = "") -> Alignment:
    """The alignment with everything that its "syncline" object says, sentences included."""
    wishes = AlignmentOptions(options.language, options.conservative, options.disfluency)
    if options.mode == "transcribe":
        found = engine.transcribe(material.audio, wishes, progress)
    else:
        found = engine.align(material.audio, material.transcript, wishes, progress)
    sentences = split(found.transcript, found.words, options.language)
    info: dict[str, Any] = {"version": __version__, "revision": revision} if revision else {"version": __version__}
    info |= {**found.info, "audio_seconds": round(material.audio.seconds, 3), "language": options.language}
    warnings = [*material.audio.warnings, *found.info.get("warnings", ())]
    if warnings:
        info["warnings"] = warnings
    return replace(found, info={**info, "sentences": [sentence.as_dict() for sentence in sentences]})


def sentences_of(aligned: Alignment) -> list[Sentence]:
    return [Sentence.from_dict(item) for item in aligned.info.get("sentences", ())]


def render(aligned: Alignment, options: Options) -> dict[str, bytes]:
    """-> file name -> content, in every form that was asked for."""
    language = options.language
    names = {
        "json": layout.ALIGNMENT_NAME,
        "csv": "alignment.csv",
        "textgrid": "alignment.TextGrid",
        "srt": layout.captions_name(language, "srt"),
        "vtt": layout.captions_name(language, "vtt"),
    }
    return {names[kind]: exports.render(aligned, kind, language=language).encode() for kind in options.outputs}


def translate(aligned: Alignment, options: Options, model: TranslationModel, progress: Progress) -> dict[str, bytes]:
    """-> file name -> content: every sentence in every language that was asked for, with its captions."""
    from syncline.translation import spoken_in, to_json, translate_sentences

    sentences, source = sentences_of(aligned), options.language
    languages = options.translate_to
    translations = translate_sentences(model, sentences, source=source, targets=languages, progress=progress)
    until, files = captions.audio_seconds(aligned), {}
    for language in languages:
        told = translations[language]
        text = to_json(sentences, told, source=source, target=language, model=model.name)
        files[layout.translation_name(language)] = text.encode()
        files |= render_translation(spoken_in(sentences, told), language, options, until=until)
    return files


def languages_together(aligned: Alignment, languages: Sequence[str]) -> list[tuple[str, ...]]:
    """Into how many languages to translate at once: so many that batches are full, so few that little is lost when the
    worker is killed, since a translation that was written down is not made again."""
    sentences = max(1, len(sentences_of(aligned)))
    size = max(1, round(SENTENCES_AT_ONCE / sentences))
    return [tuple(languages[i : i + size]) for i in range(0, len(languages), size)]


def captions_of_translation(
    document: Mapping[str, Any], language: str, options: Options, *, until: float | None
) -> dict[str, bytes]:
    """The captions of a translation that is written down already."""
    sentences = [
        Sentence(
            entry["id"], entry["startOffset"], entry["endOffset"], entry["translation"], entry["start"], entry["end"]
        )
        for entry in document["sentences"]
    ]
    return render_translation(sentences, language, options, until=until)


def render_translation(
    sentences: Sequence[Sentence], language: str, options: Options, *, until: float | None
) -> dict[str, bytes]:
    cues = captions.cues_from_sentences(sentences, language, until=until)
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
