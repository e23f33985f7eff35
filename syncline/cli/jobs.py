"""`syncline status`, `jobs` and `retry`: how jobs stand, and once more."""

from __future__ import annotations

import time
from collections.abc import Iterable

from rich.live import Live
from rich.markup import escape
from rich.table import Table

from syncline.aws.deployment import Deployment
from syncline.cli.console import err, out
from syncline.cli.remote import aws_errors_named, coloured, deployment, exit_code, find, print_json, reason, record
from syncline.core.errors import InvalidInputError
from syncline.core.job import Job, State
from syncline.jobs.job_view import latest, state_named
from syncline.jobs.retry import retry

LOOK_SECONDS = 1.0
REFUSED = 2  # the exit code when what was asked for is not possible


def show_status(name: str, *, watch: bool, as_json: bool) -> int:
    with aws_errors_named():
        there = deployment()
        job = find(there, name)
        if watch and not as_json:
            job = _watch(there, job)
        while watch and not job.final:
            time.sleep(LOOK_SECONDS)
            job = find(there, job.job_id)
    if as_json:
        print_json(record(there, job))
    else:
        out.print(_details(job))
    return exit_code(job)


def _watch(there: Deployment, job: Job) -> Job:
    with Live(_details(job), console=err, refresh_per_second=2, transient=True) as live:
        while not job.final:
            time.sleep(LOOK_SECONDS)
            job = find(there, job.job_id)
            live.update(_details(job))
    return job


def _details(job: Job) -> Table:
    table = Table(box=None, show_header=False, pad_edge=False)
    table.add_column(style="dim")
    table.add_column(overflow="fold")
    table.add_row("job", job.job_id)
    table.add_row("recording", escape(f"s3://{job.bucket}/{job.recording_key}"))
    table.add_row("state", coloured(job.state) + _how_far(job))
    for name, value in _facts(job).items():
        table.add_row(name, escape(value))
    return table


def _how_far(job: Job) -> str:
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


def list_jobs(*, state: str | None, limit: int, as_json: bool) -> None:
    wanted = state_named(state.upper()) if state else None
    with aws_errors_named():
        store = (there := deployment()).store
        newest = store.in_state(wanted, limit=limit)[0] if wanted else latest(store, limit=limit)
    if as_json:
        print_json([record(there, job) for job in newest])
        return
    out.print(_list(newest) if newest else "No jobs" + (f" in state {wanted}." if wanted else "."))


def _list(jobs: list[Job]) -> str:
    """No table, which a narrow terminal would squeeze: keys and ids are there to be copied."""
    how_far = [_how_far(job) for job in jobs]
    width = max(len(job.state + further) for job, further in zip(jobs, how_far, strict=True))
    rows = [
        f"{coloured(job.state)}{further:{width - len(job.state)}}  {job.updated_at}  {job.job_id}  "
        f"{escape(job.recording_key)}"
        for job, further in zip(jobs, how_far, strict=True)
    ]
    return "\n".join([f"[bold]{'state':{width}}  {'updated':24}  {'job':36}  recording[/]", *rows])


def retry_jobs(names: list[str], *, as_json: bool) -> int:
    with aws_errors_named():
        there = deployment()
        again, code = run_again(there, names)
        records = [record(there, job) for job in again] if as_json else []
    if as_json:
        print_json(records)
    else:
        for job in again:
            out.print(f"{coloured(job.state)} {escape(job.recording_key)}")
    return code


def run_again(there: Deployment, names: Iterable[str]) -> tuple[list[Job], int]:
    """-> the jobs, and the exit code. One that cannot be retried is named and keeps nobody else from it."""
    again, code = [], 0
    for name in names:
        try:
            job = retry(there, find(there, name).job_id)
        except InvalidInputError as error:
            err.print(f"[red]{escape(name)}:[/red] {escape(reason(error))}", soft_wrap=True)
            code = REFUSED
        else:
            again.append(job)
            code = max(code, exit_code(job))
    return again, code
