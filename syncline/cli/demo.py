"""`syncline demo`: the samples through the whole pipeline, on this machine, before one's eyes."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.table import Table

from syncline.aws import clients
from syncline.aws.deployment import Deployment, connect
from syncline.aws.settings import Settings
from syncline.cli.console import err, out
from syncline.cli.local import ending_on_signals, print_environment, wait, work_folder
from syncline.core import layout
from syncline.core.errors import InvalidInputError, SynclineError
from syncline.core.job import Job, State, job_id_of
from syncline.local.stack import TOY_MODEL, LocalStack, in_environment, last_words, running

SAMPLES = Path(__file__).parents[2] / "samples"
RESULTS = Path("build/demo")
LOOK_SECONDS = 0.5
GIVE_UP_SECONDS = 600.0
FOLDER = f"{layout.UPLOADS}demo/"
_COLOURS = {State.SUCCEEDED: "green", State.FAILED: "red", State.REJECTED: "red", State.RUNNING: "cyan"}


@dataclass(frozen=True, slots=True)
class Sample:
    recording: Path

    @property
    def key(self) -> str:
        return FOLDER + self.recording.name

    @property
    def files(self) -> list[Path]:
        stem = self.recording.with_suffix("")
        companions = [Path(f"{stem}{suffix}") for suffix in (layout.TRANSCRIPT_SUFFIX, layout.OPTIONS_SUFFIX)]
        return [self.recording, *(path for path in companions if path.exists())]


def run_demo(*, keep: bool, workers: int, port: int | None) -> int:
    samples = find_samples(SAMPLES)
    code = 1
    with ending_on_signals(), work_folder(None) as folder:
        err.print("Starting moto (S3, SQS, DynamoDB), the receptions and the workers …")
        with running(Settings(), folder, workers=workers, port=port) as stack, in_environment(stack.environment):
            deployment = connect(stack.settings)
            _upload(deployment, samples)
            jobs = _watch(deployment, samples, stack)
            _save_results(deployment, jobs)
            _print_summary(jobs, stack)
            code = 0 if all(job.state is State.SUCCEEDED for job in jobs) else 1
            if keep:
                _print_how_to_go_on(stack)
                wait(stack)
            else:
                out.print("To look at them in a browser: syncline demo --keep")
    return code


def find_samples(folder: Path) -> list[Sample]:
    recordings = [path for path in sorted(folder.glob("*")) if path.suffix[1:] in layout.RECORDING_EXTENSIONS]
    if not recordings:
        raise InvalidInputError(
            f"There are no samples in {folder}.", hint="Run the demo from a checkout of the repository."
        )
    return [Sample(path) for path in recordings]


def _upload(deployment: Deployment, samples: Sequence[Sample]) -> None:
    s3 = clients.client("s3")
    for sample in samples:
        for path in sample.files:
            s3.upload_file(str(path), deployment.bucket.name, FOLDER + path.name)
    out.print(f"Dropped {len(samples)} recordings with their transcripts into s3://{deployment.bucket.name}/{FOLDER}")


def _watch(deployment: Deployment, samples: Sequence[Sample], stack: LocalStack) -> list[Job]:
    """Until every job is final; -> the jobs in the samples' order."""
    ids = [job_id_of(deployment.bucket.name, sample.key) for sample in samples]
    deadline = time.monotonic() + GIVE_UP_SECONDS
    with Live(console=out, refresh_per_second=4, transient=True) as live:
        while True:
            known = {job.job_id: job for job in deployment.store.get_many(ids)}
            live.update(_progress_table(samples, [known.get(each) for each in ids]))
            if len(known) == len(ids) and all(job.final for job in known.values()):
                return [known[each] for each in ids]
            if name := stack.ended():
                raise SynclineError(f"The local {name} ended by itself. Its last words: {last_words(stack, name)}")
            if time.monotonic() > deadline:
                raise SynclineError("The demo did not finish in time.", hint="Try `syncline local --data logs`.")
            time.sleep(LOOK_SECONDS)


def _progress_table(samples: Sequence[Sample], jobs: Sequence[Job | None]) -> Table:
    table = Table("file", "state", "stage", "progress", box=None, pad_edge=False)
    for sample, job in zip(samples, jobs, strict=True):
        state = job.state if job else None
        shown = f"[{_COLOURS.get(state, 'white')}]{state.value}" if state else "[dim]uploaded"
        table.add_row(
            sample.recording.name, shown, (job.stage if job else None) or "",
            ProgressBar(total=1.0, completed=job.progress if job else 0.0, width=24),
        )  # fmt: skip
    return table


def _save_results(deployment: Deployment, jobs: Sequence[Job]) -> None:
    """The bucket of the demo is gone when it ends; its results should not be."""
    for job in jobs:
        for result in job.results:
            path = RESULTS / Path(job.recording_key).name / result.name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(deployment.bucket.read(result.key))


def _print_summary(jobs: Sequence[Job], stack: LocalStack) -> None:
    table = Table("file", "state", "words", "aligned", "audio s", "× real time", box=None, pad_edge=False)
    for column in table.columns[2:]:
        column.justify = "right"
    for job in jobs:
        table.add_row(Path(job.recording_key).name, f"[{_COLOURS[job.state]}]{job.state.value}", *_figures(job.stats))
    out.print(table)
    for job in jobs:
        if job.error:
            out.print(f"{job.recording_key}: {job.error['message']} {job.error['hint']}", markup=False)
    if any(job.options.get("translate_to") for job in jobs):
        out.print(f"\nTranslated with {TOY_MODEL}, a toy that knows a dozen sentences and invents the rest.")
    out.print(f"\nResults: s3://{stack.settings.bucket}/{layout.RESULTS}demo/, copied to {RESULTS}/", markup=False)


def _figures(stats: Any) -> list[str]:
    if not stats:
        return ["", "", "", ""]
    speed = stats["audio_seconds"] / max(0.001, stats["wall_seconds"])
    return [str(stats["words"]), str(stats["aligned_words"]), f"{stats['audio_seconds']:.1f}", f"{speed:.1f}"]


def _print_how_to_go_on(stack: LocalStack) -> None:
    out.print("\nStill running, until Ctrl-C. In a browser:\n")
    out.print(stack.page, markup=False)
    out.print("\nFrom another terminal:\n")
    print_environment(stack)
    url = f"{stack.settings.status_url}/jobs?key={FOLDER}hello.wav"
    out.print(f'\ncurl -H "Authorization: Bearer $SYNCLINE_TOKEN" "{url}"', markup=False)
