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
$ syncline align talk.mp4 talk.txt -o results/ --storyboard
$ syncline align lezione.mp3 lezione.txt --language it -o lezione.srt
$ syncline align recordings/ -o results/ --format srt,html
results/one/talk.mp3/
results/two.wav/ skipped: it is up to date
1 aligned, 1 skipped, 0 failed.
"""),
)
def align(
    paths: Annotated[
        list[Path],
        typer.Argument(
            metavar="RECORDING TRANSCRIPT | FOLDER",
            help="A recording, in any format that ffmpeg reads, and its transcript: plain text in UTF-8, .srt or .vtt. "
            "Or several recordings, or a folder: the transcript of talk.mp3 is then talk.txt, talk.srt or talk.vtt "
            "beside it.",
        ),
    ],
    output: parameters.Output = "-",
    formats: parameters.Formats = None,
    lexicon: parameters.Lexicon = None,
    engine: parameters.Engine = None,
    jobs: parameters.Processes = None,
    conservative: Annotated[bool, typer.Option(help=HELP["conservative"])] = False,
    disfluency: Annotated[bool, typer.Option(help=HELP["disfluency"])] = False,
    language: parameters.Language = None,
    translate: parameters.TranslateTo = "",
    captions: parameters.Captions = None,
    entities: parameters.Entities = False,
    storyboard: parameters.Storyboard = False,
    question: parameters.Questions = None,
) -> int:
    """Find the time of every word of a transcript.

    Searches the recording for each word. Works on files of this machine: no network and no AWS account are needed.
    The result is Gentle's JSON: every word with its start and end in seconds; a word that was not found in the
    recording has no times. Other formats are made from it: captions (srt, vtt), a table (csv), a Praat TextGrid.

    The result goes to stdout, and progress and warnings to stderr. With --translate, each language adds a translation
    and its captions to the output folder; this needs a model (syncline models fetch).

    With several recordings or a folder, -o is a folder: the results of one/talk.mp3 go to its folder one/talk.mp3/. A
    recording whose results are there, were made with the same options and are newer than its files is skipped, so an
    interrupted run continues when the same command is run again. A failure does not stop the others; exit code 1 if
    any failed.

    If the transcript is a caption file, the folder also gets its cues with corrected times, and so does a file whose
    name ends in .retimed.srt or .retimed.vtt.
    """
    from syncline.cli.batch_alignment import align_paths
    from syncline.cli.local_alignment import AlignRequest

    request = AlignRequest(
        output,
        formats,
        engine,
        jobs,
        conservative,
        disfluency,
        translate,
        captions,
        entities,
        storyboard,
        language=language,
        lexicon=lexicon,
        questions=tuple(question or ()),
    )
    return align_paths(paths, request)
