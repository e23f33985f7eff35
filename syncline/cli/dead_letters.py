"""`syncline dead-letters list|redrive`: what was given up, job by job, and once more.

A dead message that names a job has become that job's failure, so the job is what is listed and run again. What
names no job waits in the ingest queue's dead-letter queue: events of S3 that no reception could handle, which
can be sent again, and strangers' messages, which are only shown.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from rich.markup import escape
from rich.table import Table

from syncline.aws import clients
from syncline.aws.deployment import Deployment
from syncline.aws.s3_events import created_keys
from syncline.cli.console import out
from syncline.cli.jobs import run_again
from syncline.cli.remote import aws_errors_named, deployment, print_json
from syncline.core.errors import InvalidInputError
from syncline.core.job import Job, State
from syncline.jobs.dead_letters import CODE

# Long enough to read all of them once, short enough that nobody else misses them.
HIDDEN_WHILE_READ_SECONDS = 10
BATCH = 10


@dataclass(frozen=True, slots=True)
class Stray:
    """A dead message that names no job."""

    message_id: str
    handle: str
    body: str
    reason: str
    keys: tuple[str, ...]  # of the uploads it announces, if it is an event of S3

    @property
    def can_be_sent_again(self) -> bool:
        return bool(self.keys)


def list_dead_letters(*, limit: int, as_json: bool) -> None:
    with aws_errors_named():
        there = deployment()
        dead, strays = list(_dead_jobs(there, limit)), list(_strays(there, limit))
        _show_again(there, strays)
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
        strays = list(_strays(there, None)) if everything else []
        resent = [stray for stray in strays if _send_again(there, stray)]
        _show_again(there, [stray for stray in strays if stray not in resent])
    if as_json:
        facts = {"jobs": [_job_facts(job) for job in again], "messages": [stray.message_id for stray in resent]}
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


def _strays(there: Deployment, limit: int | None) -> Iterator[Stray]:
    sqs, url = clients.client("sqs"), there.settings.need("ingest_dead_letters")
    seen: set[str] = set()
    while limit is None or len(seen) < limit:
        answer = sqs.receive_message(
            QueueUrl=url,
            MaxNumberOfMessages=BATCH,
            VisibilityTimeout=HIDDEN_WHILE_READ_SECONDS,
            MessageAttributeNames=["All"],
        )
        fresh = [message for message in answer.get("Messages", []) if message["MessageId"] not in seen]
        if not fresh:
            return
        for message in fresh:
            seen.add(message["MessageId"])
            yield _stray(message, there)


def _stray(message: dict[str, Any], there: Deployment) -> Stray:
    reason = message.get("MessageAttributes", {}).get("reason", {}).get("StringValue", "")
    try:
        keys = tuple(created_keys(message["Body"], bucket=there.bucket.name))
    except InvalidInputError as error:
        keys, reason = (), reason or error.message
    return Stray(message["MessageId"], message["ReceiptHandle"], message["Body"], reason, keys)


def _show_again(there: Deployment, strays: list[Stray]) -> None:
    """To whoever reads next, without waiting until they show up by themselves."""
    for start in range(0, len(strays), BATCH):
        entries = [
            {"Id": str(index), "ReceiptHandle": stray.handle, "VisibilityTimeout": 0}
            for index, stray in enumerate(strays[start : start + BATCH])
        ]
        url = there.settings.need("ingest_dead_letters")
        clients.client("sqs").change_message_visibility_batch(QueueUrl=url, Entries=entries)


def _send_again(there: Deployment, stray: Stray) -> bool:
    """Sent before it is deleted: a crash in between makes it come twice, which changes nothing."""
    if not stray.can_be_sent_again:
        return False
    sqs = clients.client("sqs")
    sqs.send_message(QueueUrl=there.settings.need("ingest_queue"), MessageBody=stray.body)
    sqs.delete_message(QueueUrl=there.settings.need("ingest_dead_letters"), ReceiptHandle=stray.handle)
    return True


def _job_facts(job: Job) -> dict[str, Any]:
    return {
        "job_id": job.job_id,
        "recording_key": job.recording_key,
        "state": job.state.value,
        "attempts": job.attempts,
        "updated_at": job.updated_at,
        "error": job.error,
    }


def _stray_facts(stray: Stray) -> dict[str, Any]:
    return {"message_id": stray.message_id, "keys": list(stray.keys), "reason": stray.reason, "body": stray.body}


def _jobs_table(dead: list[Job]) -> Table:
    table = Table(box=None, pad_edge=False)
    for title, whole in (("job", True), ("recording", False), ("attempts", True), ("given up", True)):
        table.add_column(title, no_wrap=whole, overflow="fold")  # ids and keys are there to be copied: none is cut
    for job in dead:
        table.add_row(job.job_id, escape(job.recording_key), str(job.attempts), job.updated_at)
    return table


def _strays_table(strays: list[Stray]) -> Table:
    table = Table(box=None, pad_edge=False)
    for title, whole in (("message", True), ("what", False), ("reason", False)):
        table.add_column(title, no_wrap=whole, overflow="fold")
    for stray in strays:
        what = f"event of {', '.join(stray.keys)}" if stray.keys else stray.body[:60]
        table.add_row(stray.message_id, escape(what), escape(stray.reason[:120]))
    return table
