"""The commands, their arguments and their help. What a command does is in the module that it calls."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import click
import typer

from syncline import __version__
from syncline.cli.console import err
from syncline.errors import InvalidInputError, SettingsError, SynclineError

OK, FAILED, USAGE = 0, 1, 2  # exit codes: done; something went wrong; the request itself was wrong

app = typer.Typer(
    name="syncline",
    help="Word times, captions and translations for recordings and their transcripts.",
    no_args_is_help=True,
    rich_markup_mode="markdown",
    context_settings={"help_option_names": ["-h", "--help"]},
    pretty_exceptions_enable=False,
)

OutputOption = Annotated[
    str, typer.Option("-o", "--output", metavar="DIR|-", help="Folder for the files, or - for stdout.")
]
FormatOption = Annotated[
    str, typer.Option("--format", help="Any of json, csv, srt, vtt, textgrid, with commas. To stdout goes one.")
]
JobsOption = Annotated[
    int | None, typer.Option("--jobs", min=1, help="Processes to align with.", show_default="all cores")
]
EngineOption = Annotated[str, typer.Option("--engine", help="pocketsphinx or gentle.")]


def run(arguments: list[str]) -> int:
    """-> the exit code. Mistakes end in a sentence, never in a traceback."""
    try:
        answer = typer.main.get_command(app).main(arguments, prog_name="syncline", standalone_mode=False)
    except click.exceptions.Exit as ended:
        return ended.exit_code
    except click.Abort:
        return FAILED
    except click.ClickException as error:
        error.show()
        return USAGE
    except KeyboardInterrupt:
        err.print("Stopped.")
        return FAILED
    except SynclineError as error:
        err.print(f"[red]syncline:[/red] {_escaped(error.message)} {_escaped(error.hint)}".rstrip(), soft_wrap=True)
        return USAGE if isinstance(error, InvalidInputError | SettingsError) else FAILED
    return answer if isinstance(answer, int) else OK


def _escaped(text: str) -> str:
    from rich.markup import escape

    return escape(text)


def _show_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"syncline {__version__}")
        raise typer.Exit


@app.callback()
def options(
    version: Annotated[
        bool, typer.Option("--version", callback=_show_version, is_eager=True, help="Print the version and stop.")
    ] = False,
) -> None:
    pass


@app.command(epilog="Example: `syncline align talk.mp3 talk.txt -o results --format json,srt`")
def align(
    recording: Annotated[Path, typer.Argument(help="Audio or video, anything that ffmpeg reads.")],
    transcript: Annotated[Path, typer.Argument(help="What is spoken in it: plain text in UTF-8.")],
    output: OutputOption = "-",
    formats: FormatOption = "json",
    engine: EngineOption = "pocketsphinx",
    jobs: JobsOption = None,
    conservative: Annotated[bool, typer.Option(help="Align only what is certain, as in Gentle.")] = False,
    disfluency: Annotated[bool, typer.Option(help="Also report words that were spoken, but not written.")] = False,
) -> None:
    """Find every word's time. No AWS, no network: the JSON goes to stdout, progress to stderr."""
    from syncline.cli.align import AlignRequest, align_files

    align_files(AlignRequest(recording, transcript, output, formats, engine, jobs, conservative, disfluency))


@app.command(epilog="Example: `syncline transcribe talk.mp3 -o results`")
def transcribe(
    recording: Annotated[Path, typer.Argument(help="Audio or video, anything that ffmpeg reads.")],
    output: OutputOption = "-",
    formats: FormatOption = "json",
    jobs: JobsOption = None,
) -> None:
    """Write down what is spoken, where there is no transcript. A draft to correct, not a transcript to trust."""
    from syncline.cli.align import AlignRequest, align_files

    align_files(AlignRequest(recording, None, output, formats, "pocketsphinx", jobs))


@app.command(epilog="Example: `syncline local --workers 2`, then in another terminal `aws s3 cp talk.mp3 s3://…`")
def local(
    workers: Annotated[int, typer.Option(min=1, help="Worker processes.")] = 1,
    port: Annotated[int | None, typer.Option(help="Port of the status URL.", show_default="a free one")] = None,
    engine: EngineOption = "pocketsphinx",
    models: Annotated[Path | None, typer.Option(help="Folder with translation models.")] = None,
    data: Annotated[
        Path | None, typer.Option(help="Folder for logs and temporary files.", show_default="a temporary one")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one line of JSON once everything answers.")] = False,
) -> None:
    """Run the whole deployment on this machine until Ctrl-C: moto instead of AWS, everything else as deployed."""
    from syncline.cli.local import run_local

    run_local(workers=workers, port=port, engine=engine, models=models, data=data, as_json=as_json)


@app.command(epilog="Example: `syncline demo --keep`")
def demo(
    keep: Annotated[bool, typer.Option("--keep", help="Leave everything running afterwards, until Ctrl-C.")] = False,
    workers: Annotated[int, typer.Option(min=1, help="Worker processes.")] = 1,
    port: Annotated[int | None, typer.Option(help="Port of the status URL.", show_default="a free one")] = None,
) -> int:
    """Send the samples through the whole pipeline on this machine, and show what comes out."""
    from syncline.cli.demo import run_demo

    return run_demo(keep=keep, workers=workers, port=port)


@app.command()
def worker(
    slots: Annotated[int | None, typer.Option(min=1, help="Jobs at the same time.", show_default="2")] = None,
    processes: Annotated[
        int | None, typer.Option(min=1, help="Alignment processes.", show_default="one per core")
    ] = None,
) -> None:
    """Work for the deployment that the SYNCLINE_* environment names, until told to stop."""
    from syncline.cli.worker import run_worker

    run_worker(slots=slots, processes=processes)
