"""Show jobs: one with its details, several as lines, one that changes."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from syncline.cli.console import print_json, show, stderr_console
from syncline.core.job import Job, State

if TYPE_CHECKING:
    from rich.table import Table
    from rich.text import Text

    from syncline.aws.deployment import Deployment

POLL_SECONDS = 1.0
COLOURS = {
    State.SUCCEEDED: "green",
    State.FAILED: "red",
    State.REJECTED: "red",
    State.RUNNING: "cyan",
    State.QUEUED: "blue",
    State.WAITING: "yellow",
}


def print_job(deployment: Deployment, job: Job, *, as_json: bool) -> None:
    if as_json:
        print_json(record(deployment, job))
    else:
        show(details(job))


def record(deployment: Deployment, job: Job) -> dict[str, Any]:
    """The job as the status URL gives it."""
    from syncline.jobs.job_view import answer

    return answer(job, deployment)


def follow(job: Job, read: Callable[[], Job], *, quiet: bool) -> Job:
    """Read the job until it is final, and show its state on stderr meanwhile."""
    from rich.live import Live

    if quiet or not stderr_console().is_terminal:
        while not job.final:
            time.sleep(POLL_SECONDS)
            job = read()
        return job
    with Live(details(job), console=stderr_console(), refresh_per_second=2, transient=True) as live:
        while not job.final:
            time.sleep(POLL_SECONDS)
            job = read()
            live.update(details(job))
    return job


def coloured(state: State) -> Text:
    from rich.text import Text

    return Text(state.value, style=COLOURS[state])


def state_with_progress(job: Job) -> Text:
    return coloured(job.state).append(_progress(job), style="default")


def details(job: Job) -> Table:
    from rich.table import Table

    table = Table(box=None, show_header=False, pad_edge=False)
    table.add_column(style="dim")
    table.add_column(overflow="fold")
    table.add_row("job", job.job_id)
    table.add_row("recording", f"s3://{job.bucket}/{job.recording_key}")
    table.add_row("state", state_with_progress(job))
    for name, value in _facts(job).items():
        table.add_row(name, value)
    return table


def _progress(job: Job) -> str:
    if job.state is State.RUNNING:
        return f" {job.stage or ''} {job.progress:.0%}"
    if job.state is State.WAITING:
        return f" for its {' and '.join(job.missing)}"
    return ""


def _facts(job: Job) -> dict[str, str]:
    facts = {"updated": job.updated_at}
    if job.attempts:
        facts["attempts"] = str(job.attempts)
    if job.error:
        facts["reason"] = f"{job.error['message']} {job.error['hint']}".strip()
    if job.stats:
        facts["words"] = f"{job.stats.get('aligned_words')} of {job.stats.get('words')} aligned"
        facts["audio"] = f"{job.stats.get('audio_seconds')} s"
    if job.warnings:
        facts["warnings"] = "\n".join(job.warnings)
    if job.results:
        facts["results"] = "\n".join(f"{result.key} ({result.bytes:,} bytes)" for result in job.results)
    return facts


def lines(jobs: Sequence[Job]) -> Text:
    """Lines and not a table, which a narrow terminal would squeeze: keys and ids are there to be copied."""
    from rich.text import Text

    states = [state_with_progress(job) for job in jobs]
    width = max(len(state) for state in states)
    listed = Text(f"{'state':{width}}  {'updated':24}  {'job':36}  recording", style="bold")
    for job, state in zip(jobs, states, strict=True):
        state.pad_right(width - len(state))
        line = Text.assemble("\n", state, f"  {job.updated_at}  {job.job_id}  {job.recording_key}", style="not bold")
        listed.append_text(line)
    return listed
