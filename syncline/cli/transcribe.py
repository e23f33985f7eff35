"""`syncline transcribe`."""

from __future__ import annotations

from syncline.cli import parameters
from syncline.cli.commands import Command, examples, new_app

app = new_app()


@app.command(
    cls=Command,
    epilog=examples("""
$ syncline transcribe hello.wav -o hello.vtt
hello.vtt
"""),
)
def transcribe(
    recording: parameters.Recording,
    output: parameters.Output = "-",
    formats: parameters.Formats = None,
    engine: parameters.TranscribingEngine = None,
    language: parameters.Language = None,
    jobs: parameters.Processes = None,
    captions: parameters.Captions = None,
    entities: parameters.Entities = False,
    storyboard: parameters.Storyboard = False,
    question: parameters.Questions = None,
) -> None:
    """Write down what is spoken, with the time of every word.

    For recordings without a transcript. The text contains errors: correct it, then run `syncline align` with the
    corrected text. The engine whisper makes far fewer errors than pocketsphinx, and is used if its model is installed:
    see `syncline models fetch --help`. Works on files of this machine.
    """
    from syncline.cli.local_alignment import AlignRequest, Pair, align_pair

    request = AlignRequest(
        output,
        formats,
        engine,
        jobs,
        captions=captions,
        entities=entities,
        storyboard=storyboard,
        language=language,
        questions=tuple(question or ()),
    )
    align_pair(Pair(recording, None), request)
