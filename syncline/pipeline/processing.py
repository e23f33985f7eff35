"""From a recording and its transcript to the files that people want, with no AWS in sight.

The worker runs these steps for a job, `syncline align` runs them for two files on a laptop.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from syncline import __version__, text
from syncline.core import alignment, formats, results
from syncline.core.alignment import Alignment
from syncline.core.formats import Document
from syncline.core.options import Options
from syncline.core.progress import Progress
from syncline.core.sentences import Sentence
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
    sentences = text.split_sentences(found.transcript, found.words, options.language)
    info: dict[str, Any] = {"version": __version__, "revision": revision} if revision else {"version": __version__}
    info |= {**found.info, "audio_seconds": round(material.audio.seconds, 3), "language": options.language}
    warnings = [*material.audio.warnings, *found.info.get("warnings", ())]
    if warnings:
        info["warnings"] = warnings
    return replace(found, info={**info, "sentences": [sentence.as_dict() for sentence in sentences]})


def sentences_of(aligned: Alignment) -> list[Sentence]:
    return [Sentence.from_dict(item) for item in aligned.info.get("sentences", ())]


def render(aligned: Alignment, options: Options) -> dict[str, bytes]:
    """-> file name -> content, in every format that the options name."""
    document = text.document_of(aligned, options.language, sentences=sentences_of(aligned), captions=options.captions)
    files = text.render(_with_caption_violations(document, options), options.outputs)
    return {name: content.encode() for name, content in files.items()}


def _with_caption_violations(document: Document, options: Options) -> Document:
    """Cues that cannot satisfy the rules are written all the same, and listed in alignment.json."""
    info = {name: value for name, value in document.alignment.info.items() if name != "caption_violations"}
    wanted = any(formats.named(name).render_cues for name in options.outputs)
    if violations := text.caption_violations(document) if wanted else []:
        info["caption_violations"] = violations
    return replace(document, alignment=replace(document.alignment, info=info))


def translate(aligned: Alignment, options: Options, model: TranslationModel, progress: Progress) -> dict[str, bytes]:
    """-> file name -> content: every sentence in every language that was asked for, with its captions."""
    from syncline.translation import to_json, translate_sentences, translated_sentences

    sentences, source = sentences_of(aligned), options.language
    languages = options.translate_to
    translations = translate_sentences(model, sentences, source=source, targets=languages, progress=progress)
    until, files = aligned.audio_seconds, {}
    for language in languages:
        told = translations[language]
        document = to_json(sentences, told, source=source, target=language, model=model.name)
        files[results.translation_name(language)] = document.encode()
        files |= render_translation(translated_sentences(sentences, told), language, options, until=until)
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
    files = text.render_captions(sentences, language, names=options.outputs, captions=options.captions, until=until)
    return {name: content.encode() for name, content in files.items()}


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
