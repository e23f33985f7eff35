"""`syncline demo`: the sample recordings through the whole pipeline, on this machine."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from syncline.cli import extras, parameters
from syncline.cli.commands import Command, examples, new_app
from syncline.cli.console import note, show, stdout_console
from syncline.cli.exit_codes import FAILED, OK
from syncline.cli.job_display import coloured
from syncline.cli.local_stack import STARTING, ending_on_signals, environment_lines, wait, work_folder
from syncline.core import layout
from syncline.core.errors import InvalidInputError, SynclineError
from syncline.core.job import Job, State, job_id_of

if TYPE_CHECKING:
    from rich.table import Table

    from syncline.aws.deployment import Deployment
    from syncline.local.stack import LocalStack

SAMPLES = Path(__file__).parents[2] / "samples"
RESULTS = Path("build/demo")
POLL_SECONDS = 0.2
TIME_LIMIT_SECONDS = 600.0
FOLDER = f"{layout.UPLOADS}demo/"

app = new_app()


@app.command(
    cls=Command,
    epilog=examples("""
$ syncline demo
file                        state      words  aligned  audio s  × real time
hello.wav                   SUCCEEDED     23       23      9.0          1.9
...
Results: s3://syncline-local/results/demo/, copied to build/demo/
$ syncline demo --keep
"""),
)
def demo(
    keep: Annotated[bool, typer.Option("--keep", help="Leave everything running afterwards, until Ctrl-C.")] = False,
    workers: parameters.Workers = 1,
    port: parameters.Port = None,
) -> int:
    """Send the samples through the pipeline on this machine.

    Starts what `syncline local` starts, uploads the recordings of samples/ with their transcripts, shows the progress
    of each job, and copies the results to build/demo/. Needs a checkout of the repository. With --keep, the status
    pages stay open for a browser.
    """
    return run_demo(keep=keep, workers=workers, port=port)


@dataclass(frozen=True, slots=True)
class Sample:
    recording: Path

    @property
    def key(self) -> str:
        return FOLDER + self.recording.name

    @property
    def files(self) -> list[Path]:
        """The upload set: the recording, and its transcript and options if they exist."""
        stem = self.recording.with_suffix("")
        companions = [Path(f"{stem}{suffix}") for suffix in (layout.TRANSCRIPT_SUFFIX, layout.OPTIONS_SUFFIX)]
        return [self.recording, *(path for path in companions if path.exists())]


def find_samples(folder: Path) -> list[Sample]:
    recordings = [path for path in sorted(folder.glob("*")) if path.suffix[1:] in layout.RECORDING_EXTENSIONS]
    if not recordings:
        raise InvalidInputError(
            f"There are no samples in {folder}.", hint="Run the demo from a checkout of the repository."
        )
    return [Sample(path) for path in recordings]


def run_demo(*, keep: bool, workers: int, port: int | None) -> int:
    """-> the exit code: 0 if every job succeeded, also when Ctrl-C ends the demo afterwards."""
    samples, code = find_samples(SAMPLES), FAILED
    extras.require("worker", "local")
    from syncline.aws.deployment import connect
    from syncline.local.stack import in_environment, local_settings, running_stack

    with ending_on_signals(), work_folder(None) as folder:
        note(STARTING)
        running = running_stack(local_settings({}), folder, workers=workers, port=port)
        with running as stack, in_environment(stack.environment):
            deployment = connect(stack.settings)
            _upload(deployment, samples)
            jobs = _follow(deployment, samples, stack)
            _save_results(deployment, jobs)
            _print_summary(jobs, stack)
            code = OK if all(job.state is State.SUCCEEDED for job in jobs) else FAILED
            if keep:
                _print_how_to_continue(stack)
                wait(stack)
            show("To see the results in a browser: syncline demo --keep")
    return code


def _upload(deployment: Deployment, samples: Sequence[Sample]) -> None:
    s3 = deployment.bucket.client
    for sample in samples:
        for path in sample.files:
            s3.upload_file(str(path), deployment.bucket.name, FOLDER + path.name)
    show(f"Uploaded {len(samples)} recordings with their transcripts to s3://{deployment.bucket.name}/{FOLDER}")


def _follow(deployment: Deployment, samples: Sequence[Sample], stack: LocalStack) -> list[Job]:
    """Show progress until every job is final; -> the jobs in the order of the samples."""
    from rich.live import Live

    from syncline.local.stack import last_log_lines

    ids = [job_id_of(deployment.bucket.name, sample.key) for sample in samples]
    deadline = time.monotonic() + TIME_LIMIT_SECONDS
    with Live(console=stdout_console(), refresh_per_second=4, transient=True) as live:
        while True:
            known = {job.job_id: job for job in deployment.store.get_many(ids)}
            live.update(_progress_table(samples, [known.get(each) for each in ids]))
            if len(known) == len(ids) and all(job.final for job in known.values()):
                return [known[each] for each in ids]
            if name := stack.ended_program():
                raise SynclineError(
                    f"The local {name} process ended. The end of its log: {last_log_lines(stack, name)}"
                )
            if time.monotonic() > deadline:
                raise SynclineError(
                    f"The demo did not finish within {TIME_LIMIT_SECONDS:g} seconds.",
                    hint="Run `syncline local --data logs` and read the logs.",
                )
            time.sleep(POLL_SECONDS)


def _progress_table(samples: Sequence[Sample], jobs: Sequence[Job | None]) -> Table:
    from rich.progress_bar import ProgressBar
    from rich.table import Table

    table = Table("file", "state", "stage", "progress", box=None, pad_edge=False)
    for sample, job in zip(samples, jobs, strict=True):
        table.add_row(
            sample.recording.name,
            coloured(job.state) if job else "uploaded",
            (job.stage if job else None) or "",
            ProgressBar(total=1.0, completed=job.progress if job else 0.0, width=24),
        )
    return table


def _save_results(deployment: Deployment, jobs: Sequence[Job]) -> None:
    """The demo's bucket is gone when the demo ends."""
    for job in jobs:
        for result in job.results:
            path = RESULTS / Path(job.recording_key).name / result.name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(deployment.bucket.read(result.key))


def _print_summary(jobs: Sequence[Job], stack: LocalStack) -> None:
    from rich.table import Table

    from syncline.local.stack import TOY_MODEL

    table = Table("file", "state", "words", "aligned", "audio s", "× real time", box=None, pad_edge=False)
    for column in table.columns[2:]:
        column.justify = "right"
    for job in jobs:
        table.add_row(Path(job.recording_key).name, coloured(job.state), *_figures(job.stats))
    show(table)
    for job in jobs:
        if job.error:
            show(f"{job.recording_key}: {job.error['message']} {job.error['hint']}")
    if any(job.options.get("translate_to") for job in jobs):
        show(f"\nTranslated with {TOY_MODEL}, a toy model: it knows a dozen sentences and invents the rest.")
    show(f"\nResults: s3://{stack.settings.bucket}/{layout.RESULTS}demo/, copied to {RESULTS}/")


def _figures(stats: Mapping[str, Any] | None) -> list[str]:
    if not stats:
        return ["", "", "", ""]
    speed = stats["audio_seconds"] / max(0.001, stats["wall_seconds"])
    return [str(stats["words"]), str(stats["aligned_words"]), f"{stats['audio_seconds']:.1f}", f"{speed:.1f}"]


def _print_how_to_continue(stack: LocalStack) -> None:
    show(f"\nStill running, until Ctrl-C. In a browser:\n\n{stack.page}")
    show(f"\nFrom another terminal:\n\n{environment_lines(stack)}")
    url = f"{stack.settings.status_url}/jobs?key={FOLDER}hello.wav"
    show(f'\ncurl -H "Authorization: Bearer $SYNCLINE_TOKEN" "{url}"')
