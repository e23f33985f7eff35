"""`syncline ask`: questions that an alignment answers, on this machine."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from syncline.cli import output as outputs
from syncline.cli import parameters
from syncline.cli.commands import Command, examples, new_app
from syncline.cli.console import progress_bar, show, warn
from syncline.core.options import Options, from_dict
from syncline.core.results import ANSWERS_NAME

if TYPE_CHECKING:
    from syncline.enrichment import Answer

NO_ANSWER = "no answer"
TOY_WARNING = "answers-toy is a toy model: it knows only who did what, where and when."

app = new_app()


@app.command(
    cls=Command,
    epilog=examples("""
$ syncline ask results/alignment.json "Who proposed the bridge?"
Ada  0:12.4
$ syncline ask results/alignment.json "Who proposed the bridge?" "When did Ada propose it?" -o answers.json
answers.json
"""),
)
def ask(
    alignment: parameters.AlignmentFile,
    questions: Annotated[list[str], typer.Argument(metavar="QUESTION", help="Questions in English.")],
    output: Annotated[
        str,
        typer.Option("-o", "--output", metavar="FILE|DIR|-", help="Write answers.json: to a file .json, or a folder."),
    ] = outputs.STDOUT,
    language: parameters.AlignedLanguage = None,
    model: Annotated[
        str | None,
        typer.Option(
            "--model", metavar="NAME", help="Model that answers.", show_default="SYNCLINE_ANSWER_MODEL, or answers-en"
        ),
    ] = None,
    models: parameters.ModelsFolder = None,
    as_json: parameters.AsJson = False,
) -> None:
    """Answer questions with words of a transcript.

    Prints the answer to each question, and when it is spoken. An answer is always a part of the transcript: nothing is
    generated. If the transcript does not answer a question, it prints "no answer". Runs on this machine. Needs pip
    install 'syncline[worker,enrich]' and a model (syncline models fetch answers-en). The built-in --model answers-toy
    is for trying the command out.
    """
    from syncline.enrichment import answers_to_json
    from syncline.library import enrichment
    from syncline.library.alignment import Alignment
    from syncline.processes.termination import exit_on_signals

    asked = Options(**from_dict({"questions": questions})).questions
    target = outputs.parse(output, lambda name: "json" if name.lower().endswith(".json") else None)
    outputs.check_writable(target, never=alignment)
    aligned = Alignment.read(alignment, language=language)
    opened = enrichment.open_answer_model(aligned.language, model, models)
    if opened.toy:
        warn(TOY_WARNING)
    with exit_on_signals(), progress_bar(alignment.name) as progress:
        found = enrichment.answer_questions(aligned, asked, opened, progress)
    if output == outputs.STDOUT and not as_json:
        for answer in found:
            show(_line(answer))
        return
    outputs.write(target, {ANSWERS_NAME: answers_to_json(found, model=opened.name).encode()}, never=alignment)


def _line(answer: Answer) -> str:
    if answer.text is None or answer.place is None:
        return NO_ANSWER
    when = _clock(answer.place.start) if answer.place.start is not None else "not heard"
    return f"{' '.join(answer.text.split())}  {when}"


def _clock(seconds: float) -> str:
    """1:02:03.4, or 2:03.4 in the first hour."""
    tenths = round(seconds * 10)
    hours, minutes, rest = tenths // 36_000, tenths // 600 % 60, tenths % 600
    start = f"{hours}:{minutes:02}" if hours else str(minutes)
    return f"{start}:{rest // 10:02}.{rest % 10}"
