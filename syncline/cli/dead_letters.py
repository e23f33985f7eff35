"""`syncline dead-letters list|redrive`: the jobs and messages that were given up after too many deliveries.

A dead message that names a job has made the job FAILED, so the job is listed and run again. Messages that name no job
stay in the ingest queue's dead-letter queue; S3 events among them can be sent again.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import TYPE_CHECKING, Annotated, Any

import typer

from syncline.cli import parameters
from syncline.cli.commands import Command, examples, new_app
from syncline.cli.console import plural, print_json, show
from syncline.cli.remote import connected, retry_each
from syncline.core.errors import InvalidInputError
from syncline.core.job import Job, State

if TYPE_CHECKING:
    from rich.table import Table

    from syncline.aws.deployment import Deployment
    from syncline.jobs.parked_messages import ParkedMessage, ParkedMessages

SHOWN_BODY, SHOWN_REASON = 60, 120  # characters in the table; --json has them whole

app = new_app(help="Handle what was given up after too many deliveries.", no_args_is_help=True)


@app.command(
    name="list",
    cls=Command,
    epilog=examples("""
$ syncline dead-letters list
$ syncline dead-letters list --json
"""),
)
def list_(
    limit: Annotated[
        int, typer.Option(min=1, metavar="NUMBER", help="How many jobs, and how many messages, to list at most.")
    ] = 100,
    as_json: parameters.AsJson = False,
) -> None:
    """List the jobs and messages that were given up.

    SQS gives a message up after too many deliveries, usually because workers crashed over the job. Such a job is
    FAILED with the code dead_letter. Messages that name no job are S3 events that could not be handled, and messages
    in an unknown format.
    """
    with connected() as deployment:
        dead = list(islice(_dead_jobs(deployment), limit))
        with _parked_messages(deployment).reading(limit=limit) as messages:
            parked = list(messages)
    if as_json:
        print_json({"jobs": _job_facts(dead), "messages": [_message_facts(message) for message in parked]})
        return
    if not dead and not parked:
        show("No dead letters.")
    if dead:
        show(jobs_table(dead))
    if parked:
        show(_messages_table(parked))


@app.command(
    cls=Command,
    epilog=examples("""
$ syncline dead-letters redrive uploads/talk.mp3
Sent again: 1 job, 0 events.
$ syncline dead-letters redrive --all
"""),
)
def redrive(
    names: parameters.JobNames = None,
    everything: Annotated[
        bool, typer.Option("--all", help="All jobs that were given up, and all S3 events that were not handled.")
    ] = False,
    as_json: parameters.AsJson = False,
) -> int:
    """Run jobs again that were given up.

    Repair the cause first: the reason and the workers' logs name it. With --all, S3 events that could not be handled
    are sent to the ingest queue again. Messages in an unknown format stay where they are. A job that cannot be
    retried is reported and does not stop the others. Exit code 2 if there was one.
    """
    if bool(names) == everything:
        raise InvalidInputError(
            "Give either jobs or --all.", code="missing_argument", hint="`syncline dead-letters list` lists the jobs."
        )
    with connected() as deployment:
        chosen = [job.job_id for job in _dead_jobs(deployment)] if everything else names or []
        retried, code = retry_each(deployment, chosen)
        resent = _resend_events(_parked_messages(deployment)) if everything else []
    if as_json:
        print_json({"jobs": _job_facts(retried), "messages": resent})
    else:
        show(f"Sent again: {plural(len(retried), 'job')}, {plural(len(resent), 'event')}.")
    return code


def _dead_jobs(deployment: Deployment) -> Iterator[Job]:
    from syncline.jobs.dead_letters import CODE

    failed = deployment.store.all_in_state(State.FAILED)
    return (job for job in failed if job.error and job.error.get("code") == CODE)


def _parked_messages(deployment: Deployment) -> ParkedMessages:
    from syncline.jobs.parked_messages import ParkedMessages

    dead, ingest = deployment.settings.need("ingest_dead_letters"), deployment.settings.need("ingest_queue")
    return ParkedMessages(deployment.sqs, dead, ingest, deployment.bucket.name)


def _resend_events(parked: ParkedMessages) -> list[str]:
    resent = []
    with parked.reading() as messages:
        for message in messages:
            if message.can_be_resent:
                parked.resend(message)
                resent.append(message.message_id)
    return resent


def _job_facts(jobs: Iterable[Job]) -> list[dict[str, Any]]:
    return [
        {
            "job_id": job.job_id,
            "recording_key": job.recording_key,
            "state": job.state.value,
            "attempts": job.attempts,
            "updated_at": job.updated_at,
            "error": job.error,
        }
        for job in jobs
    ]


def _message_facts(message: ParkedMessage) -> dict[str, Any]:
    return {
        "message_id": message.message_id, "keys": list(message.keys), "reason": message.reason, "body": message.body,
    }  # fmt: skip


def jobs_table(dead: Sequence[Job]) -> Table:
    table = _table(("job", True), ("recording", False), ("attempts", True), ("given up", True))
    for job in dead:
        table.add_row(job.job_id, job.recording_key, str(job.attempts), job.updated_at)
    return table


def _messages_table(parked: Sequence[ParkedMessage]) -> Table:
    table = _table(("message", True), ("what", False), ("reason", False))
    for message in parked:
        what = f"S3 event for {', '.join(message.keys)}" if message.keys else message.body[:SHOWN_BODY]
        table.add_row(message.message_id, what, message.reason[:SHOWN_REASON])
    return table


def _table(*columns: tuple[str, bool]) -> Table:
    """Ids and keys are there to be copied: none is cut, and ids stay on one line."""
    from rich.table import Table

    table = Table(box=None, pad_edge=False)
    for title, on_one_line in columns:
        table.add_column(title, no_wrap=on_one_line, overflow="fold")
    return table
