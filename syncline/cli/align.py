"""`syncline align`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from syncline.cli import parameters
from syncline.cli.commands import Command, examples, new_app
from syncline.core.options import HELP

app = new_app()


@app.command(
    cls=Command,
    epilog=examples("""
$ syncline align hello.wav hello.txt -o hello.srt
hello.srt
$ syncline align hello.wav hello.txt --format csv
Hello,hello,0.471,0.709
world,world,0.709,1.167
...
$ syncline align talk.mp4 talk.txt -o results/ --format json,srt --translate ja
"""),
)
def align(
    recording: parameters.Recording,
    transcript: Annotated[
        Path, typer.Argument(metavar="TRANSCRIPT", help="What is spoken in the recording: plain text in UTF-8.")
    ],
    output: parameters.Output = "-",
    formats: parameters.Formats = None,
    engine: parameters.Engine = None,
    jobs: parameters.Processes = None,
    conservative: Annotated[bool, typer.Option(help=HELP["conservative"])] = False,
    disfluency: Annotated[bool, typer.Option(help=HELP["disfluency"])] = False,
    translate: parameters.TranslateTo = "",
    captions: parameters.Captions = None,
) -> None:
    """Find the time of every word of a transcript.

    Searches the recording for each word. Works on files of this machine: no network and no AWS account are needed.
    The result is Gentle's JSON: every word with its start and end in seconds; a word that was not found in the
    recording has no times. Other formats are made from it: captions (srt, vtt), a table (csv), a Praat TextGrid.

    The result goes to stdout, and progress and warnings to stderr. With --translate, each language adds a translation
    and its captions to the output folder; this needs a model (syncline models fetch).
    """
    from syncline.cli.local_alignment import AlignRequest, Pair, align_pair

    request = AlignRequest(output, formats, engine, jobs, conservative, disfluency, translate, captions)
    align_pair(Pair(recording, transcript), request)
