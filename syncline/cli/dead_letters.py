"""`syncline dead-letters list|redrive`: what was given up, job by job, and once more.

A dead message that names a job has become that job's failure, so the job is what is listed and run again. What
names no job waits in the ingest queue's dead-letter queue: events of S3 that no reception could handle, which
can be sent again, and strangers' messages, which are only shown.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from rich.markup import escape
from rich.table import Table

from syncline.aws import clients
from syncline.aws.deployment import Deployment
from syncline.cli.console import out
from syncline.cli.jobs import run_again
from syncline.cli.remote import aws_errors_named, deployment, print_json
from syncline.core.errors import InvalidInputError
from syncline.core.job import Job, State
from syncline.jobs.dead_letters import CODE
from syncline.jobs.parked_messages import ParkedMessage, ParkedMessages


def list_dead_letters(*, limit: int, as_json: bool) -> None:
    with aws_errors_named():
        there = deployment()
        dead = list(_dead_jobs(there, limit))
        with _parked(there).reading(limit=limit) as messages:
            strays = list(messages)
    if as_json:
        print_json({"jobs": [_job_facts(job) for job in dead], "messages": [_stray_facts(stray) for stray in strays]})
        return
    if not dead and not strays:
        out.print("No dead letters.")
    for table, rows in ((_jobs_table(dead), dead), (_strays_table(strays), strays)):
        if rows:
            out.print(table)


def redrive(names: list[str], *, everything: bool, as_json: bool) -> int:
    """-> 0 if everything named is on its way again."""
    if bool(names) == everything:
        raise InvalidInputError("Which jobs?", code="missing_argument", hint="Name some by key or id, or give --all.")
    with aws_errors_named():
        there = deployment()
        chosen = [job.job_id for job in _dead_jobs(there, None)] if everything else names
        again, code = run_again(there, chosen)
        resent = _resend_events(_parked(there)) if everything else []
    if as_json:
        facts = {"jobs": [_job_facts(job) for job in again], "messages": resent}
        print_json(facts)
    else:
        out.print(f"{len(again)} jobs and {len(resent)} events are on their way again.")
    return code


def _dead_jobs(there: Deployment, limit: int | None) -> Iterator[Job]:
    found = 0
    for job in there.store.all_in_state(State.FAILED):
        if job.error and job.error.get("code") == CODE:
            yield job
            found += 1
            if found == limit:
                return


def _parked(there: Deployment) -> ParkedMessages:
    dead, ingest = there.settings.need("ingest_dead_letters"), there.settings.need("ingest_queue")
    return ParkedMessages(clients.client("sqs"), dead, ingest, there.bucket.name)


def _resend_events(parked: ParkedMessages) -> list[str]:
    resent = []
    with parked.reading() as messages:
        for message in messages:
            if message.can_be_resent:
                parked.resend(message)
                resent.append(message.message_id)
    return resent


def _job_facts(job: Job) -> dict[str, Any]:
    return {
        "job_id": job.job_id,
        "recording_key": job.recording_key,
        "state": job.state.value,
        "attempts": job.attempts,
        "updated_at": job.updated_at,
        "error": job.error,
    }


def _stray_facts(stray: ParkedMessage) -> dict[str, Any]:
    return {"message_id": stray.message_id, "keys": list(stray.keys), "reason": stray.reason, "body": stray.body}


def _jobs_table(dead: list[Job]) -> Table:
    table = Table(box=None, pad_edge=False)
    for title, whole in (("job", True), ("recording", False), ("attempts", True), ("given up", True)):
        table.add_column(title, no_wrap=whole, overflow="fold")  # ids and keys are there to be copied: none is cut
    for job in dead:
        table.add_row(job.job_id, escape(job.recording_key), str(job.attempts), job.updated_at)
    return table


def _strays_table(strays: list[ParkedMessage]) -> Table:
    table = Table(box=None, pad_edge=False)
    for title, whole in (("message", True), ("what", False), ("reason", False)):
        table.add_column(title, no_wrap=whole, overflow="fold")
    for stray in strays:
        what = f"event of {', '.join(stray.keys)}" if stray.keys else stray.body[:60]
        table.add_row(stray.message_id, escape(what), escape(stray.reason[:120]))
    return table
