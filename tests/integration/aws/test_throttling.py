"""What AWS answers when it is busy: parts of a batch that are not processed, conflicts of transactions, short pages."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError

from syncline.aws.deployment import Deployment
from syncline.aws.queue import JobQueue
from syncline.aws.store import JobStore
from syncline.core.errors import ProcessUnfitError
from syncline.core.job import LIVE, Job, State, job_id_of
from syncline.core.message import new_message

NOW = "2026-01-02T03:04:05.678Z"


class Disturbed:
    """A client of boto3. The first call of each named method goes to the function given for it."""

    def __init__(self, client: Any, **disturbances: Callable[[Callable[..., Any], dict[str, Any]], Any]) -> None:
        self._client = client
        self._disturbances = disturbances

    def __getattr__(self, name: str) -> Any:
        call = getattr(self._client, name)
        if (disturb := self._disturbances.pop(name, None)) is None:
            return call
        return lambda **request: disturb(call, request)


def refused(code: str, **more: Any) -> Callable[[Callable[..., Any], dict[str, Any]], Any]:
    def disturb(call: Callable[..., Any], request: dict[str, Any]) -> Any:
        raise ClientError({"Error": {"Code": code, "Message": "busy"}, **more}, "Operation")  # type: ignore[typeddict-item]

    return disturb


def jobs(name: str, count: int, **options: Any) -> list[Job]:
    keys = [f"uploads/{name}-{number}.mp3" for number in range(count)]
    return [Job(job_id_of("b", key), "b", key, State.WAITING, NOW, NOW, options=options) for key in keys]


def disturbed_store(deployment: Deployment, **disturbances: Any) -> JobStore:
    return JobStore(Disturbed(deployment.store.client, **disturbances), deployment.store.table)  # type: ignore[arg-type]


def ids(found: list[Job]) -> set[str]:
    return {job.job_id for job in found}


def test_records_that_a_throttled_table_left_out_are_read_again(deployment: Deployment) -> None:
    def read_one(call: Callable[..., Any], request: dict[str, Any]) -> Any:
        [(table, wanted)] = request["RequestItems"].items()
        first, rest = wanted["Keys"][:1], wanted["Keys"][1:]
        answer = call(RequestItems={table: {**wanted, "Keys": first}})
        return {**answer, "UnprocessedKeys": {table: {**wanted, "Keys": rest}}}

    written, _ = deployment.store.put_many(jobs("read", 3))
    found = disturbed_store(deployment, batch_get_item=read_one).get_many([job.job_id for job in written])
    assert ids(found) == ids(written)


def test_entries_that_a_throttled_table_left_out_are_written_again(deployment: Deployment) -> None:
    def write_one(call: Callable[..., Any], request: dict[str, Any]) -> Any:
        [(table, writes)] = request["RequestItems"].items()
        return {**call(RequestItems={table: writes[:1]}), "UnprocessedItems": {table: writes[1:]}}

    [job] = jobs("index", 1, metadata={"course": "throttled", "room": "throttled", "week": "throttled"})
    disturbed_store(deployment, batch_write_item=write_one).index([job])
    for name in job.metadata:
        assert [entry.job_id for entry in deployment.store.metadata.find(name, "throttled", is_prefix=False)] == [
            job.job_id
        ]


def test_a_search_goes_on_after_a_short_page(deployment: Deployment) -> None:
    written = jobs("short-page", 3, metadata={"page": "short"})
    deployment.store.index(written)
    store = disturbed_store(deployment, query=lambda call, request: call(**request, Limit=1))
    assert {entry.job_id for entry in store.metadata.find("page", "short", is_prefix=False)} == ids(written)


def test_a_record_that_another_transaction_holds_is_written_later(deployment: Deployment) -> None:
    [job] = jobs("held", 1)
    written = disturbed_store(deployment, put_item=refused("TransactionConflictException")).put(job)
    assert deployment.store.get(job.job_id) == written


def test_of_a_cancelled_transaction_only_changed_records_are_left_out(deployment: Deployment) -> None:
    changed, held, fine = jobs("transaction", 3)
    reasons = [{"Code": code} for code in ("ConditionalCheckFailed", "TransactionConflict", "None")]
    cancelled = refused("TransactionCanceledException", CancellationReasons=reasons)
    store = disturbed_store(deployment, transact_write_items=cancelled)
    written, conflicting = store.put_many([changed, held, fine])
    assert (ids(written), conflicting) == (ids([held, fine]), [changed])
    assert deployment.store.get(changed.job_id) is None


@pytest.mark.parametrize("answer", ["ThrottlingException", "TransactionCanceledException"])
def test_a_transaction_that_fails_for_another_reason_is_an_error(deployment: Deployment, answer: str) -> None:
    with pytest.raises(ClientError, match=answer):
        disturbed_store(deployment, transact_write_items=refused(answer)).put_many(jobs("error", 2))


def test_a_batch_that_a_throttled_queue_refused_is_sent_again(deployment: Deployment) -> None:
    messages = [new_message(job.job_id, "r") for job in jobs("sent", 3)]
    sqs = Disturbed(deployment.sqs, send_message_batch=refused("ThrottlingException"))
    assert JobQueue(sqs, deployment.settings).send_many(messages, queue=LIVE) == []  # type: ignore[arg-type]


def test_a_queue_that_refuses_this_process_is_not_asked_again(deployment: Deployment) -> None:
    sqs = Disturbed(deployment.sqs, send_message_batch=refused("ExpiredToken"))
    with pytest.raises(ProcessUnfitError):
        JobQueue(sqs, deployment.settings).send_many([new_message(jobs("x", 1)[0].job_id, "r")], queue=LIVE)  # type: ignore[arg-type]
