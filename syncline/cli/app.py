"""The commands, their arguments and their help. What a command does is in the module that it calls."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Annotated

import typer

from syncline import __version__
from syncline.cli.console import err
from syncline.core.errors import InvalidInputError, InvalidOptionsError, SettingsError, SynclineError

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
JsonOption = Annotated[bool, typer.Option("--json", help="JSON for machines.")]
ModelsOption = Annotated[
    Path | None, typer.Option("--models", help="Folder of the translation models.", show_default="SYNCLINE_MODELS")
]
PortOption = Annotated[
    int | None, typer.Option(min=1, max=65535, help="Port of the status URL.", show_default="a free one")
]
EngineOption = Annotated[str, typer.Option("--engine", help="pocketsphinx or gentle.")]


def run(arguments: list[str]) -> int:
    """-> the exit code. Mistakes end in a sentence, never in a traceback."""
    try:
        answer = typer.main.get_command(app).main(arguments, prog_name="syncline", standalone_mode=False)
        sys.stdout.flush()
    except typer.Abort:
        return FAILED
    except typer.TyperException as error:  # a command that there is not, an argument that is missing
        _show_misuse(error)
        return USAGE
    except SynclineError as error:
        err.print(f"[red]syncline:[/red] {_escaped(error.message)} {_escaped(error.hint)}".rstrip(), soft_wrap=True)
        return USAGE if isinstance(error, InvalidInputError | SettingsError) else FAILED
    except UnicodeEncodeError as error:
        _show_unwritable(error)
        return USAGE
    except OSError as error:  # a full disk, a folder that is not ours
        where = f"{error.filename}: " if error.filename else ""
        err.print(f"[red]syncline:[/red] {_escaped(f'{where}{error.strerror or error}.')}", soft_wrap=True)
        _drop_what_cannot_be_written()
        return FAILED
    return answer if isinstance(answer, int) else OK


def _show_unwritable(error: UnicodeEncodeError) -> None:
    """Files may have names that are no text; Python keeps such bytes as half characters, which nothing else takes."""
    named = error.object.encode(errors="replace").decode()
    hint = "Rename the file; keys in S3 and everything that is sent there are UTF-8."
    err.print(f"[red]syncline:[/red] “{_escaped(named[:200])}” holds bytes that are not UTF-8. {hint}", soft_wrap=True)


def _show_misuse(error: typer.TyperException) -> None:
    from typer.rich_utils import rich_format_error

    rich_format_error(error)  # type: ignore[arg-type]  # Typer gives the class of these no public name


def _drop_what_cannot_be_written() -> None:
    """Python would try once more at its end, and complain in its own way."""
    try:
        sys.stdout.flush()
    except OSError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


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
    translate: Annotated[str, typer.Option(help="Languages to translate into, with commas: ja,fr.")] = "",
) -> None:
    """Find every word's time. No AWS, no network: the JSON goes to stdout, progress to stderr."""
    from syncline.cli.align import AlignRequest, align_files

    align_files(AlignRequest(recording, transcript, output, formats, engine, jobs, conservative, disfluency, translate))


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


@app.command(epilog="Example: `syncline captions results/alignment.json -o subtitles`")
def captions(
    alignment: Annotated[Path, typer.Argument(metavar="ALIGNMENT.json", help="Written by Syncline or Gentle.")],
    output: Annotated[
        str | None, typer.Option("-o", "--output", metavar="DIR|-", help="Folder for the files, or - for stdout.")
    ] = None,
    formats: Annotated[str, typer.Option("--format", help="Any of srt, vtt, csv, textgrid, with commas.")] = "srt,vtt",
    language: Annotated[
        str | None, typer.Option(help="What is spoken.", show_default="what the alignment says, or en")
    ] = None,
) -> None:
    """Write captions and other formats of an alignment; by default beside it."""
    from syncline.cli.captions import captions as write
    from syncline.cli.captions import captions_text
    from syncline.core.options import split_list

    asked = split_list(formats)
    if output == "-":
        if len(asked) != 1:
            raise InvalidOptionsError(
                "Only one format can go to stdout.", hint="Give a folder with -o, or one --format."
            )
        typer.echo(captions_text(alignment, format=asked[0], language=language), nl=False)
        return
    for path in write(alignment, formats=asked, language=language, output=Path(output) if output else None):
        err.print(str(path), soft_wrap=True)


@app.command(epilog="Example: `syncline local --workers 2`, then in another terminal `aws s3 cp talk.mp3 s3://…`")
def local(
    workers: Annotated[int, typer.Option(min=1, help="Worker processes.")] = 1,
    port: PortOption = None,
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
    port: PortOption = None,
) -> int:
    """Send the samples through the whole pipeline on this machine, and show what comes out."""
    from syncline.cli.demo import run_demo

    return run_demo(keep=keep, workers=workers, port=port)


@app.command(epilog="Example: `syncline backfill s3://old-tapes/talks/ --translate ja,fr --dry-run`")
def backfill(
    address: Annotated[
        str | None, typer.Argument(metavar="ADDRESS", help="s3://bucket/folder/", show_default=False)
    ] = None,
    inventory: Annotated[
        str | None, typer.Option(metavar="S3://…/MANIFEST.JSON", help="Read an S3 Inventory instead of listing.")
    ] = None,
    keys: Annotated[
        Path | None, typer.Option("--from", metavar="FILE", help="Only the recordings named in a file, one to a line.")
    ] = None,
    translate: Annotated[str | None, typer.Option(help="Languages, with commas: ja,fr.")] = None,
    since: Annotated[str | None, typer.Option(help="Only what was changed since: 2026-01-31.")] = None,
    match: Annotated[str | None, typer.Option(help="Only keys of recordings that match: `*/lectures/*.mp3`.")] = None,
    limit: Annotated[int | None, typer.Option(min=1, help="Queue so many at most.")] = None,
    max_rate: Annotated[float | None, typer.Option(min=0.1, help="Queue so many a second at most.")] = None,
    force: Annotated[bool, typer.Option("--force", help="Again what has succeeded, failed or was refused.")] = False,
    read_metadata: Annotated[
        bool, typer.Option("--read-metadata", help="Ask every recording for options in its S3 metadata: slower.")
    ] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Change nothing; print the price.")] = False,
    report: Annotated[
        Path | None, typer.Option(metavar="FILE.CSV", help="Write down what was not queued, and why.")
    ] = None,
    tasks: Annotated[int | None, typer.Option(min=1, help="Worker tasks to price.", show_default="10")] = None,
    speed: Annotated[
        float | None,
        typer.Option(min=0.001, help="vCPU seconds to align a second of audio.", show_default="the table's"),
    ] = None,
    arm: Annotated[bool, typer.Option("--arm", help="Price tasks on ARM64.")] = False,
    prices: Annotated[
        Path | None, typer.Option(metavar="FILE.TOML", help="Another price table.", show_default="SYNCLINE_PRICES")
    ] = None,
    as_json: JsonOption = False,
) -> int:
    """Queue every recording that lies in a bucket already. Stopped anywhere, run it again: it goes on."""
    from syncline.cli.backfill import Request, run_backfill

    return run_backfill(
        Request(
            address=address,
            inventory=inventory,
            keys=keys,
            translate=translate,
            since=since,
            match=match,
            limit=limit,
            max_rate=max_rate,
            force=force,
            read_metadata=read_metadata,
            dry_run=dry_run,
            report=report,
            tasks=tasks,
            speed=speed,
            arm=arm,
            prices=prices,
            as_json=as_json,
        )
    )


@app.command(epilog="Example: `syncline worker --slots 3 --processes 2`")
def worker(
    slots: Annotated[
        int | None, typer.Option(min=1, help="Jobs at the same time.", show_default="one more than cores")
    ] = None,
    processes: Annotated[
        int | None, typer.Option(min=1, help="Alignment processes.", show_default="one per core")
    ] = None,
) -> int:
    """Work for the deployment that the SYNCLINE_* environment names, until told to stop."""
    from syncline.cli.worker import run_worker

    return run_worker(slots=slots, processes=processes)


@app.command(epilog="Example: `syncline submit talk.mp3 talk.txt --folder lectures --translate ja,fr --watch`")
def submit(
    recording: Annotated[Path, typer.Argument(help="Audio or video.")],
    transcript: Annotated[
        Path | None, typer.Argument(help="Its transcript.", show_default="none: write down what is spoken")
    ] = None,
    folder: Annotated[str, typer.Option(help="Folder under uploads/.")] = "",
    translate: Annotated[str, typer.Option(help="Languages to translate into, with commas: ja,fr.")] = "",
    outputs: Annotated[
        str, typer.Option(help="Any of csv, srt, vtt, textgrid, with commas.", show_default="srt,vtt")
    ] = "",
    engine: Annotated[str, typer.Option(help="pocketsphinx or gentle.", show_default="the deployment's")] = "",
    watch: Annotated[bool, typer.Option("--watch", help="Follow the job to its end.")] = False,
    as_json: JsonOption = False,
) -> int:
    """Upload a recording and its transcript to the deployment. Exit code 1 if a watched job fails."""
    from syncline.cli.submit import SubmitRequest
    from syncline.cli.submit import submit as send

    return send(SubmitRequest(recording, transcript, folder, translate, outputs, engine, watch, as_json))


@app.command(epilog="Example: `syncline status uploads/talk.mp3 --watch`")
def status(
    name: Annotated[str, typer.Argument(metavar="KEY|S3_ADDRESS|JOB_ID", help="Of the recording or its transcript.")],
    watch: Annotated[bool, typer.Option("--watch", help="Follow the job to its end.")] = False,
    as_json: JsonOption = False,
) -> int:
    """How a job stands. Exit code 1 if it FAILED or was REJECTED."""
    from syncline.cli.jobs import show_status

    return show_status(name, watch=watch, as_json=as_json)


@app.command(name="jobs", epilog="Example: `syncline jobs --state FAILED --json`")
def jobs_command(
    state: Annotated[
        str | None, typer.Option(help="WAITING, QUEUED, RUNNING, SUCCEEDED, FAILED or REJECTED.", show_default="all")
    ] = None,
    limit: Annotated[int, typer.Option(min=1, help="At most so many, the newest first.")] = 20,
    as_json: JsonOption = False,
) -> None:
    """The newest jobs of the deployment."""
    from syncline.cli.jobs import list_jobs

    list_jobs(state=state, limit=limit, as_json=as_json)


@app.command(epilog="Example: `syncline retry uploads/talk.mp3`")
def retry(
    names: Annotated[list[str], typer.Argument(metavar="KEY|JOB_ID...", help="FAILED or REJECTED jobs.")],
    as_json: JsonOption = False,
) -> int:
    """Run jobs once more that FAILED or were REJECTED."""
    from syncline.cli.jobs import retry_jobs

    return retry_jobs(names, as_json=as_json)


@app.command(epilog="Example: `syncline doctor --json`")
def doctor(as_json: JsonOption = False) -> int:
    """What is missing on this machine, or in the deployment that the environment names, and how to mend it."""
    from syncline.cli.doctor import examine

    return examine(as_json=as_json)


@app.command(epilog="Example: `syncline translate results/alignment.json --to ja,fr -o results`")
def translate(
    file: Annotated[Path, typer.Argument(help="An alignment.json, or a text in UTF-8.")],
    to: Annotated[str, typer.Option("--to", help="Languages, with commas: ja,fr.")],
    source: Annotated[str | None, typer.Option("--from", help="What it is written in.", show_default="en")] = None,
    output: OutputOption = "-",
    model: Annotated[str | None, typer.Option(help="Model.", show_default="SYNCLINE_TRANSLATION_MODEL")] = None,
    models: ModelsOption = None,
    as_json: JsonOption = False,
) -> None:
    """Translate an alignment, with its times, or any text, on this machine."""
    from syncline.cli.translate import TranslateRequest, translate_file
    from syncline.core.options import split_list

    translate_file(TranslateRequest(file, split_list(to), source, output, model, models, as_json))


@app.command(name="translate-server", epilog="Example: `syncline translate-server --port 9527`")
def translate_server(
    host: Annotated[str, typer.Option(help="Address to listen at.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535, help="Port to listen at; 0 is a free one.")] = 9527,
    model: Annotated[str | None, typer.Option(help="Model.", show_default="SYNCLINE_TRANSLATION_MODEL")] = None,
    models: ModelsOption = None,
    threads: Annotated[int | None, typer.Option(min=1, help="Threads.", show_default="all cores")] = None,
    beam: Annotated[int, typer.Option(min=1, max=10, help="Beam: wider is slower and a little better.")] = 1,
    queue: Annotated[int, typer.Option(min=1, help="Records that may wait; beyond that, 429.")] = 4096,
    deadline: Annotated[
        float, typer.Option(min=1, max=86_400, help="Seconds until a waiting request is given up.")
    ] = 120.0,
) -> None:
    """Translation over HTTP: POST /translation. Requests that arrive together share batches."""
    from syncline.cli.translate_server import run_translate_server

    run_translate_server(
        host=host,
        port=port,
        model=model,
        models=models,
        threads=threads,
        beam=beam,
        queue=queue,
        deadline_seconds=deadline,
    )


models_app = typer.Typer(help="The translation models on this machine.", no_args_is_help=True)
app.add_typer(models_app, name="models")
ModelNames = Annotated[list[str] | None, typer.Argument(metavar="MODEL...", show_default="m2m100-418m")]


@models_app.command(name="fetch", epilog="Example: `syncline models fetch m2m100-418m --models /models`")
def models_fetch(names: ModelNames = None, models: ModelsOption = None) -> None:
    """Download, convert and install models. Interrupted, it goes on where it stopped."""
    from syncline.cli.models import fetch_models

    fetch_models(names or [], folder=models)


@models_app.command(name="list", epilog="Example: `syncline models list --json`")
def models_list(models: ModelsOption = None, as_json: JsonOption = False) -> None:
    """What is installed, and what could be."""
    from syncline.cli.models import list_models

    list_models(folder=models, as_json=as_json)


@models_app.command(name="verify", epilog="Example: `syncline models verify`")
def models_verify(
    names: Annotated[list[str] | None, typer.Argument(metavar="MODEL...", show_default="all installed")] = None,
    models: ModelsOption = None,
) -> None:
    """Read every file of the installed models and compare its checksum."""
    from syncline.cli.models import verify_models

    verify_models(names or [], folder=models)


dead_letters_app = typer.Typer(help="What was given up after too many tries.", no_args_is_help=True)
app.add_typer(dead_letters_app, name="dead-letters")


@dead_letters_app.command(name="list", epilog="Example: `syncline dead-letters list --json`")
def dead_letters_list(
    limit: Annotated[int, typer.Option(min=1, help="At most so many of each kind.")] = 100,
    as_json: JsonOption = False,
) -> None:
    """Jobs that no worker could finish, and messages that nobody could read."""
    from syncline.cli.dead_letters import list_dead_letters

    list_dead_letters(limit=limit, as_json=as_json)


@dead_letters_app.command(name="redrive", epilog="Example: `syncline dead-letters redrive --all`")
def dead_letters_redrive(
    names: Annotated[list[str] | None, typer.Argument(metavar="KEY|JOB_ID...", help="Jobs to run again.")] = None,
    everything: Annotated[bool, typer.Option("--all", help="All of them, and unhandled events of S3.")] = False,
    as_json: JsonOption = False,
) -> int:
    """Run dead jobs once more. A message that names no job is left where it is."""
    from syncline.cli.dead_letters import redrive

    return redrive(names or [], everything=everything, as_json=as_json)
