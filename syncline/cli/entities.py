"""`syncline entities`: the entities of an alignment, on this machine."""

from __future__ import annotations

from typing import Annotated

import typer

from syncline.cli import output as outputs
from syncline.cli import parameters
from syncline.cli.commands import Command, examples, new_app
from syncline.cli.console import progress_bar
from syncline.core.results import ENTITIES_NAME

app = new_app()


@app.command(
    cls=Command,
    epilog=examples("""
$ syncline entities results/alignment.json -o results/
results/entities.json
"""),
)
def entities(
    alignment: parameters.AlignmentFile,
    output: Annotated[
        str,
        typer.Option(
            "-o",
            "--output",
            metavar="FILE|DIR|-",
            help="Where the result goes: a file whose name ends in .json, or a folder. - is stdout.",
        ),
    ] = outputs.STDOUT,
    language: parameters.AlignedLanguage = None,
    models: parameters.ModelsFolder = None,
    jobs: parameters.Processes = None,
) -> None:
    """Find names, places, dates and amounts, and their times.

    Reads the transcript of an alignment and writes JSON: each entity with its type, its times, its sentence and its
    speaker. Runs on this machine. Needs spaCy (pip install 'syncline[worker,enrich]') and a model (syncline models
    fetch entities-en).
    """
    from syncline.library import enrichment
    from syncline.library.alignment import Alignment
    from syncline.processes.termination import exit_on_signals

    target = outputs.parse(output, _kind_of)
    outputs.check_writable(target, never=alignment)
    aligned = Alignment.read(alignment, language=language)
    with exit_on_signals(), progress_bar(alignment.name) as progress:
        found = enrichment.entities(aligned, models=models, processes=jobs, progress=progress)
    outputs.write(target, {ENTITIES_NAME: found.to_json().encode()}, never=alignment)


def _kind_of(file_name: str) -> str | None:
    return "json" if file_name.lower().endswith(".json") else None
