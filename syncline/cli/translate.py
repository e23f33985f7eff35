"""`syncline translate`: an alignment or a plain text, on this machine."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from syncline.aws import settings
from syncline.cli import output as outputs
from syncline.cli import parameters
from syncline.cli.commands import Command, examples, new_app
from syncline.cli.console import progress_bar, warn
from syncline.cli.output import Output
from syncline.core import formats, languages, results
from syncline.core.errors import InvalidInputError, InvalidOptionsError, TranscriptError
from syncline.core.options import split_list

if TYPE_CHECKING:
    from syncline.library.translation import Source, Translation

TEXT, JSON = "txt", "json"
FOLDER_CAPTIONS = ("srt", "vtt")  # what a folder gets besides the translation, if the source has times
TOY_WARNING = "m2m100-toy is a toy model: it knows a dozen sentences and invents the rest."

app = new_app()


@app.command(
    cls=Command,
    epilog=examples("""
$ syncline translate talk.txt --to ja
こんにちは、世界。人生はチョコレートの箱のようなものだ。
$ syncline translate results/alignment.json --to ja,fr -o results/
results/translation.ja.json
results/captions.ja.srt
results/captions.ja.vtt
...
$ syncline translate results/alignment.json --to ja -o talk.ja.srt
talk.ja.srt
"""),
)
def translate(
    file: Annotated[
        Path, typer.Argument(metavar="FILE", help="An alignment (its name ends in .json) or a text in UTF-8.")
    ],
    to: Annotated[str, typer.Option("--to", metavar="LIST", help=parameters.TRANSLATE_HELP)],
    source: Annotated[
        str | None,
        typer.Option(
            "--from",
            metavar="CODE",
            help="The language of the text.",
            show_default="the one that the alignment names, or en",
        ),
    ] = None,
    output: Annotated[
        str,
        typer.Option(
            "-o",
            "--output",
            metavar="FILE|DIR|-",
            help="Where the result goes. For one language it can be a file: .txt for the text, .json for the "
            "sentences, .srt or .vtt for captions. Any other path is a folder. - is stdout.",
        ),
    ] = outputs.STDOUT,
    model: parameters.TranslationModel = None,
    models: parameters.ModelsFolder = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print the sentences with their translations as JSON, not the text.")
    ] = False,
) -> None:
    """Translate an alignment or a plain text.

    The translation of an alignment keeps its times: a folder gets, for each language, a JSON document with every
    sentence and captions in two formats. To stdout goes the translated text of one language.

    Runs on this machine and needs an M2M100 model: install one with `syncline models fetch m2m100-418m`, or try the
    command with the built-in --model m2m100-toy.
    """
    translate_file(TranslateRequest(file, split_list(to), source, output, model, models, as_json))


@dataclass(frozen=True, slots=True)
class TranslateRequest:
    """`source` overrides the language that an alignment names."""

    file: Path
    to: Sequence[str]
    source: str | None = None
    output: str = outputs.STDOUT
    model: str | None = None
    models: Path | None = None
    as_json: bool = False


def _files(translation: Translation) -> dict[str, str]:
    captions = translation.render_captions(FOLDER_CAPTIONS) if translation.source.has_times else {}
    return {results.translation_name(translation.language): translation.to_json()} | captions


def _file_of_kind(translation: Translation, kind: str) -> dict[str, str]:
    """The one file that goes to stdout, or to the file that -o names."""
    if kind == TEXT:
        return {"translation.txt": translation.text}
    if kind == JSON:
        return {results.translation_name(translation.language): translation.to_json()}
    return translation.render_captions([kind])


def translate_file(request: TranslateRequest) -> None:
    source = _read(request)
    targets = languages.resolve_targets(request.to, source=source.language)
    if not targets:
        raise InvalidOptionsError("No target language is named.", hint="Add --to ja, for example.")
    target = outputs.parse(request.output, _kind_of)
    outputs.require_one(target, targets, what="language", option="--to")
    _check_kind(target, source)
    outputs.check_writable(target, never=request.file)
    kind = target.format or (JSON if request.as_json else TEXT)
    files: dict[str, str] = {}
    for translation in _translate(request, source, targets):
        files |= _file_of_kind(translation, kind) if target.single else _files(translation)
    outputs.write(target, {name: text.encode() for name, text in files.items()}, never=request.file)


def _kind_of(file_name: str) -> str | None:
    found = formats.by_suffix(file_name)
    if found and (found.name == JSON or found.of_translations):
        return found.name
    return TEXT if file_name.lower().endswith(".txt") else None


def _check_kind(target: Output, source: Source) -> None:
    if target.format not in ("", TEXT, JSON) and not source.has_times:
        raise InvalidOptionsError(
            f"A plain text has no times, so {target.file} cannot hold captions of it.",
            hint="Give the alignment.json of the recording instead of the text, or a file that ends in .txt.",
        )


def _read(request: TranslateRequest) -> Source:
    from syncline.library.alignment import Alignment
    from syncline.library.translation import read_source

    if request.file.suffix == ".json":
        return read_source(Alignment.read(request.file, language=request.source))
    try:
        document = request.file.read_bytes()
    except OSError as error:
        raise InvalidInputError(f"{request.file} cannot be read: {error.strerror}.", code="no_such_file") from error
    return read_source(_plain_text(document), request.source)


def _plain_text(document: bytes) -> str:
    from syncline.jobs.validation import decode_transcript

    try:
        return decode_transcript(document, max_words=settings.Settings().max_transcript_words)
    except TranscriptError as error:
        if error.code not in ("empty_transcript", "no_words"):
            raise
        return document.decode("utf-8-sig")  # such as "12 + 30": nothing to align, and translated to itself


def _translate(request: TranslateRequest, source: Source, targets: list[str]) -> list[Translation]:
    from syncline.library.translation import open_translation_model, translate_source

    model = open_translation_model(request.model, request.models)
    if model.toy:
        warn(TOY_WARNING)
    with progress_bar(request.file.name) as progress:
        found = translate_source(source, targets, model, lambda _, share: progress(", ".join(targets), share))
    return list(found.values())
