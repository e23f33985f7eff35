"""`syncline captions`: render an alignment again, such as one that was corrected by hand."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from syncline.cli import output as outputs
from syncline.cli import parameters
from syncline.cli.commands import Command, examples, new_app
from syncline.cli.parameters import CAPTION_LIST
from syncline.core.errors import InvalidOptionsError

app = new_app()


@app.command(
    cls=Command,
    epilog=examples("""
$ syncline captions results/alignment.json
results/captions.en.srt
results/captions.en.vtt
$ syncline captions results/alignment.json -o talk.TextGrid
talk.TextGrid
"""),
)
def captions(
    alignment: parameters.AlignmentFile,
    output: Annotated[
        str | None,
        typer.Option(
            "-o",
            "--output",
            metavar="FILE|DIR|-",
            help="Where the files go. The suffix of a file names its format. - is stdout.",
            show_default="the folder of the alignment",
        ),
    ] = None,
    formats: Annotated[
        str | None,
        typer.Option(
            "--format",
            metavar="LIST",
            help=f"One or more of {CAPTION_LIST}, separated by commas.",
            show_default="srt,vtt",
        ),
    ] = None,
    language: parameters.AlignedLanguage = None,
    rules: parameters.Captions = None,
) -> None:
    """Make captions and other formats from an alignment.

    Use it after correcting an alignment, or to get a format that was not asked for at first. The recording is not
    needed. The alignment itself is never overwritten.
    """
    text = str(alignment.parent) + "/" if output is None else output
    target, names = outputs.parse_with_formats(text, formats, default="srt,vtt")
    outputs.require_one(target, names, what="format", option="--format")
    outputs.write(target, render(alignment, names, language, rules), never=alignment)


def render(path: Path, names: Sequence[str], language: str | None, rules: str | None = None) -> dict[str, bytes]:
    """-> file name -> content."""
    from syncline.library.alignment import Alignment

    aligned = Alignment.read(path, language=language)
    if not names:
        raise InvalidOptionsError("--format names no format.", code="unknown_output", hint=f"Give {CAPTION_LIST}.")
    chosen = parameters.read_captions_option(rules)
    return {name: content.encode() for name, content in aligned.render(*names, captions=chosen).items()}
