"""Process one recording: decode, align, translate and render it, without AWS.

The worker does this for a job, `syncline align` for two files on a laptop.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from syncline import __version__, text
from syncline.core import alignment, formats, languages, realignment, results
from syncline.core.alignment import Alignment, Word
from syncline.core.confirmed_times import NONE_CONFIRMED, ConfirmedTimes
from syncline.core.formats.model import Document, Recording
from syncline.core.options import Options
from syncline.core.progress import Progress
from syncline.core.realignment import Plan
from syncline.core.sentences import Sentence
from syncline.core.transcript import Transcript, retiming
from syncline.jobs.validation import read_transcript
from syncline.media import DecodedAudio, DecodeLimits, decode
from syncline.pipeline.realigning import SectionAligner
from syncline.pipeline.text_steps import IN_THIS_PROCESS, TextSteps
from syncline.speech.engine import AlignmentOptions, Engine

if TYPE_CHECKING:
    from syncline.enrichment import AnswerModel, EntityFinder
    from syncline.translation import Translation, TranslationModel

SENTENCES_PER_GROUP = 500  # enough for several batches on every core


@dataclass(frozen=True, slots=True)
class Material:
    """The decoded recording and its transcript, which is empty when the job transcribes."""

    audio: DecodedAudio
    transcript: Transcript
    confirmed: ConfirmedTimes = NONE_CONFIRMED


@dataclass(frozen=True, slots=True)
class TranscriptFile:
    content: bytes
    name: str
    max_words: int


@dataclass(frozen=True, slots=True)
class Rendering:
    """What the files of an alignment are made of. `captions` is the caption file that served as transcript."""

    aligned: Alignment
    options: Options
    recording: Recording
    captions: TranscriptFile | None = None


@dataclass(frozen=True, slots=True)
class TranslationRendering:
    """A translation is one text for each sentence."""

    sentences: Sequence[Sentence]
    translations: Sequence[Translation]
    source: str
    target: str
    model: str
    options: Options
    until: float | None


def read_transcript_file(file: TranscriptFile) -> Transcript:
    return read_transcript(file.content, name=file.name, max_words=file.max_words)


def decode_recording(recording: Path, folder: Path, *, max_seconds: float, progress: Progress) -> DecodedAudio:
    return decode(
        recording, folder / "audio.raw", limits=DecodeLimits(max_audio_seconds=max_seconds), progress=progress
    )


def align(
    material: Material,
    options: Options,
    engine: Engine,
    progress: Progress,
    *,
    revision: str = "",
    earlier: Alignment | None = None,
    steps: TextSteps = IN_THIS_PROCESS,
) -> Alignment:
    """Align or transcribe the recording. -> the alignment with its complete "syncline" object, sentences included.

    With an `earlier` alignment of the same recording, made in the same way, unchanged sentences keep their times.
    """
    engine_options = _engine_options(options)
    if earlier is not None and options.language == languages.AUTO:
        engine_options = replace(engine_options, language=earlier.language)
    if options.mode == "transcribe":
        found = engine.transcribe(material.audio, engine_options, progress)
    else:
        found = _align(material, engine, engine_options, progress, earlier, steps)
        found = replace(found, transcript=material.transcript.text)
    transcript = material.transcript if options.needs_transcript else Transcript(found.transcript)
    language = found.info.get("language", engine_options.language)  # an engine that detects the language names it
    sentences = steps.run(_split_sentences, (transcript, found.words, language))
    info: dict[str, Any] = {"version": __version__, "revision": revision} if revision else {"version": __version__}
    info |= {**found.info, "audio_seconds": round(material.audio.seconds, 3), "language": language}
    info["warnings"] = list(dict.fromkeys([*material.audio.warnings, *found.info.get("warnings", ())]))
    if not info["warnings"]:
        del info["warnings"]
    return replace(found, info={**info, "sentences": sentences})


def _split_sentences(item: tuple[Transcript, Sequence[Word], str]) -> list[dict[str, Any]]:
    return [sentence.as_dict() for sentence in text.split_sentences(*item)]


def _align(
    material: Material,
    engine: Engine,
    options: AlignmentOptions,
    progress: Progress,
    earlier: Alignment | None,
    steps: TextSteps,
) -> Alignment:
    audio, spoken = material.audio, material.transcript.spoken_text
    plan = Plan()
    if earlier is not None or material.confirmed.words:
        plan = steps.run(_plan, (material.transcript.text, audio.seconds, earlier, material.confirmed))
    if plan.pinned:
        found = SectionAligner(audio, spoken, engine, options, progress).align(plan, earlier)
    else:
        found = engine.align(audio, spoken, options, progress)
    if not plan.dropped:
        return found
    warning = f"{plan.dropped} of {len(material.confirmed.words)} confirmed words are no longer in the transcript."
    return replace(found, info={**found.info, "warnings": [*found.info.get("warnings", ()), warning]})


def _plan(item: tuple[str, float, Alignment | None, ConfirmedTimes]) -> Plan:
    transcript, seconds, earlier, confirmed = item
    return realignment.plan(transcript, seconds, earlier=earlier, confirmed=confirmed)


def _engine_options(options: Options) -> AlignmentOptions:
    """The options that engines take, each under the name that it has among the job's options."""
    return AlignmentOptions(**{field.name: getattr(options, field.name) for field in fields(AlignmentOptions)})


def sentences_of(aligned: Alignment) -> list[Sentence]:
    return [Sentence.from_dict(item) for item in aligned.info.get("sentences", ())]


def render(aligned: Alignment, options: Options, *, recording: Recording | None = None) -> dict[str, bytes]:
    """Render every format that the options name. -> file name -> content."""
    document = text.document_of(
        aligned, aligned.language, sentences=sentences_of(aligned), captions=options.captions, recording=recording
    )
    files = text.render(_with_caption_violations(document, options), options.outputs)
    return {name: content.encode() for name, content in files.items()}


def retime(aligned: Alignment, transcript: Transcript, suffix: str) -> dict[str, bytes]:
    """-> file name -> content: the cues of the caption file that served as transcript, with corrected times."""
    cues = retiming.retime(transcript.cues, aligned.words, until=aligned.audio_seconds)
    return {results.retimed_name(aligned.language, suffix): retiming.render(cues, suffix).encode()}


def render_files(item: Rendering) -> dict[str, bytes]:
    """Render everything that is made of an alignment at once. -> file name -> content"""
    files = render(item.aligned, item.options, recording=item.recording)
    if item.captions is not None:
        suffix = Path(item.captions.name).suffix.lower()
        files |= retime(item.aligned, read_transcript_file(item.captions), suffix)
    return files


def _with_caption_violations(document: Document, options: Options) -> Document:
    """Cues that cannot satisfy the rules are written all the same, and listed in alignment.json."""
    info = {name: value for name, value in document.alignment.info.items() if name != "caption_violations"}
    wanted = any(formats.named(name).of_translations for name in options.outputs)
    if violations := text.caption_violations(document) if wanted else []:
        info["caption_violations"] = violations
    return replace(document, alignment=replace(document.alignment, info=info))


def translate(
    aligned: Alignment,
    options: Options,
    model: TranslationModel,
    progress: Progress,
    *,
    steps: TextSteps = IN_THIS_PROCESS,
) -> dict[str, bytes]:
    """Translate every sentence into every target language. -> file name -> content, captions included."""
    from syncline.translation import sentence_spans, translate_sentences

    sentences, source = sentences_of(aligned), aligned.language
    targets = target_languages(aligned, options)
    translations = translate_sentences(
        model, sentences, source=source, targets=targets, progress=progress,
        split=lambda texts: steps.run(sentence_spans, texts),
    )  # fmt: skip
    files: dict[str, bytes] = {}
    for language in targets:
        files |= steps.run(
            render_translation_files,
            TranslationRendering(
                sentences, translations[language], source, language, model.name, options, aligned.audio_seconds
            ),
        )
    return files


def render_translation_files(item: TranslationRendering) -> dict[str, bytes]:
    from syncline.translation import to_json, translated_sentences

    document = to_json(item.sentences, item.translations, source=item.source, target=item.target, model=item.model)
    translated = translated_sentences(item.sentences, item.translations)
    captions = render_translation(translated, item.target, item.options, until=item.until)
    return {results.translation_name(item.target): document.encode(), **captions}


def find_entities(aligned: Alignment, finder: EntityFinder, progress: Progress) -> dict[str, bytes]:
    """-> file name -> content: the entities of the transcript with their times."""
    from syncline.enrichment import to_json

    found = finder.find(aligned, sentences_of(aligned), progress)
    return {results.ENTITIES_NAME: to_json(found, model=finder.name).encode()}


def answer_questions(
    aligned: Alignment, questions: Sequence[str], model: AnswerModel, progress: Progress
) -> dict[str, bytes]:
    """-> file name -> content: the answers of the transcript with their times."""
    from syncline.enrichment import answer_questions, answers_to_json

    answers = answer_questions(model, aligned, sentences_of(aligned), questions, progress)
    return {results.ANSWERS_NAME: answers_to_json(answers, model=model.name).encode()}


def target_languages(aligned: Alignment, options: Options) -> tuple[str, ...]:
    """The languages to translate into. The options may name the one that was detected."""
    return tuple(code for code in options.translate_to if code != aligned.language) if _can_translate(aligned) else ()


def translation_warnings(aligned: Alignment, options: Options) -> list[str]:
    """Why a language of the options has no translation."""
    if not options.translate_to or target_languages(aligned, options) == options.translate_to:
        return []
    if _can_translate(aligned):
        return [f"There is no translation into “{aligned.language}”: it is the language spoken."]
    return [f"There are no translations: “{aligned.language}”, the language spoken, cannot be translated."]


def _can_translate(aligned: Alignment) -> bool:
    return aligned.language in languages.CODES


def group_languages(aligned: Alignment, targets: Sequence[str]) -> list[tuple[str, ...]]:
    """Group the target languages: each group is translated and published at once. Large groups fill the model's
    batches. Small groups lose less work when the worker dies."""
    sentences = max(1, len(sentences_of(aligned)))
    size = max(1, round(SENTENCES_PER_GROUP / sentences))
    return [tuple(targets[i : i + size]) for i in range(0, len(targets), size)]


def captions_of_translation(item: tuple[bytes, str, Options, float | None]) -> dict[str, bytes]:
    """Render the captions of a translation that an earlier attempt published."""
    body, language, options, until = item
    document = json.loads(body)
    sentences = [Sentence.from_dict({**entry, "text": entry["translation"]}) for entry in document["sentences"]]
    return render_translation(sentences, language, options, until=until)


def render_translation(
    sentences: Sequence[Sentence], language: str, options: Options, *, until: float | None
) -> dict[str, bytes]:
    files = text.render_captions(sentences, language, names=options.outputs, captions=options.captions, until=until)
    return {name: content.encode() for name, content in files.items()}


def warnings_of(aligned: Alignment) -> tuple[str, ...]:
    return tuple(aligned.info.get("warnings", ()))


def stats_of(aligned: Alignment) -> Mapping[str, Any]:
    words, aligned_words = alignment.count_words(aligned.words)
    return {
        "audio_seconds": aligned.info["audio_seconds"],
        "words": words,
        "aligned_words": aligned_words,
        "engine": aligned.info.get("engine"),
        "engine_version": aligned.info.get("engine_version"),
        "language": aligned.language,
    }
