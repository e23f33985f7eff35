"""`syncline translate FILE --to ja`: an alignment with its times, or any text, on this machine."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from syncline.aws import settings
from syncline.cli.console import err, progress_bar
from syncline.core import alignment, languages, results
from syncline.core.errors import InvalidInputError, InvalidOptionsError, TranscriptError
from syncline.core.sentences import Sentence
from syncline.jobs.validation import decode_transcript
from syncline.text import render_captions, split_sentences

if TYPE_CHECKING:
    from syncline.translation import Translation

STDOUT = "-"


@dataclass(frozen=True, slots=True)
class TranslateRequest:
    """`file` is an alignment.json, or a text in UTF-8; `source` overrides the language that an alignment names."""

    file: Path
    to: Sequence[str]
    source: str | None = None
    output: str = STDOUT
    model: str | None = None
    models: Path | None = None
    as_json: bool = False


@dataclass(frozen=True, slots=True)
class _Text:
    transcript: str
    sentences: list[Sentence]
    language: str
    timed: bool
    until: float | None = None


def translate_file(request: TranslateRequest) -> None:
    """Text (or JSON) of one language to stdout, or translation and caption files of all into a folder."""
    text = _read(request)
    targets = languages.resolve_targets(request.to, source=text.language)
    if not targets:
        raise InvalidOptionsError("No language to translate to was named.", hint="Add --to ja, for example.")
    if request.output == STDOUT and len(targets) != 1:
        raise InvalidOptionsError(
            "Only one language can go to stdout.", hint="Give a folder with -o, or one language with --to."
        )
    if request.output != STDOUT:
        _write_into(Path(request.output), {})  # better refused now than after an hour's work
    found, model = _translate(request, text, targets)
    documents = {target: _document(text, found[target], target, model) for target in targets}
    if request.output != STDOUT:
        _write(text, found, documents, Path(request.output))
    elif request.as_json:
        sys.stdout.write(documents[targets[0]])
    else:
        sys.stdout.write(_prose(text, found[targets[0]], targets[0]) + "\n")


def _read(request: TranslateRequest) -> _Text:
    try:
        document = request.file.read_bytes()
    except OSError as error:
        raise InvalidInputError(f"{request.file} cannot be read: {error.strerror}.", code="no_such_file") from error
    if request.file.suffix == ".json":
        aligned = alignment.from_json(document)
        language = languages.resolve(request.source or str(aligned.info.get("language") or "en"))
        sentences = split_sentences(aligned.transcript, aligned.words, language)
        return _Text(aligned.transcript, sentences, language, timed=True, until=aligned.audio_seconds)
    transcript = _plain_text(document)
    language = languages.resolve(request.source or "en")
    return _Text(transcript, split_sentences(transcript, (), language), language, timed=False)


def _plain_text(document: bytes) -> str:
    try:
        return decode_transcript(document, max_words=settings.Settings().max_transcript_words)
    except TranscriptError as error:
        if error.code not in ("empty_transcript", "no_words"):
            raise
        return document.decode("utf-8-sig")  # nothing to align, but to translate: it stays as it is


def _translate(request: TranslateRequest, text: _Text, targets: list[str]) -> tuple[dict[str, list[Translation]], str]:
    from syncline.translation import open_model, translate_sentences

    mine = settings.read(os.environ)
    model = open_model(request.model or mine.translation_model, request.models or mine.models)
    if model.toy:
        err.print("[yellow]warning:[/yellow] m2m100-toy is a toy: it knows a dozen sentences and invents the rest.")
    with progress_bar(request.file.name) as tell:
        found = translate_sentences(
            model,
            text.sentences,
            source=text.language,
            targets=targets,
            progress=lambda done: tell(", ".join(targets), done),
        )
    return found, model.name


def _document(text: _Text, translations: list[Translation], target: str, model: str) -> str:
    from syncline.translation import to_json

    return to_json(text.sentences, translations, source=text.language, target=target, model=model)


def _prose(text: _Text, translations: list[Translation], target: str) -> str:
    """The translation as running text, with the transcript's paragraphs."""
    glue = "" if target in languages.WITHOUT_SPACES else " "
    parts, last = [], 0
    for sentence, translated in zip(text.sentences, translations, strict=True):
        gap = text.transcript[last : sentence.start_offset]
        parts += [gap if "\n" in gap else glue if last else "", translated.text]
        last = sentence.end_offset
    return "".join(parts).strip()


def _write(text: _Text, found: dict[str, list[Translation]], documents: dict[str, str], folder: Path) -> None:
    from syncline.translation import translated_sentences

    for target, translations in found.items():
        files = {results.translation_name(target): documents[target]}
        if text.timed:
            spoken = translated_sentences(text.sentences, translations)
            files |= render_captions(spoken, target, names=("srt", "vtt"), until=text.until)
        _write_into(folder, files)


def _write_into(folder: Path, files: Mapping[str, str]) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, content in files.items():
            (folder / name).write_text(content, encoding="utf-8")
            err.print(str(folder / name), soft_wrap=True)
    except OSError as error:
        raise InvalidInputError(
            f"{folder} cannot be written to: {error.strerror}.", code="not_writable", hint="Give another folder."
        ) from error
