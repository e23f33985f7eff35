"""What the rest of the code relies on, of the real classes on moto and of the in-memory ones alike."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from syncline.aws.bucket import Bucket, ObjectGoneError
from syncline.aws.deployment import Deployment
from syncline.aws.store import ContentionError, JobStore, RecordStore, WriteConflictError
from syncline.core import message
from syncline.core.deletion import Deletion
from syncline.core.errors import StaleRevisionError
from syncline.core.job import BULK, Job, State, StoredObject, job_id_of
from tests.memory_cloud import MemoryBucket, MemoryQueue, MemoryStore

AnyBucket = Bucket | MemoryBucket
NOW = "2026-01-02T03:04:05.678Z"


@pytest.fixture(params=["memory", "aws"])
def store(request: pytest.FixtureRequest, deployment: Deployment) -> Any:
    return MemoryStore() if request.param == "memory" else deployment.store


@pytest.fixture(params=["memory", "aws"])
def bucket(request: pytest.FixtureRequest, deployment: Deployment) -> AnyBucket:
    if request.param == "memory":
        return MemoryBucket(deployment.bucket.name)
    for stored in deployment.bucket.list(""):
        deployment.bucket.client.delete_object(Bucket=deployment.bucket.name, Key=stored.key)
    return deployment.bucket


@pytest.fixture
def job(request: pytest.FixtureRequest) -> Job:
    key = f"uploads/{request.node.name}.mp3"
    return Job(job_id_of("b", key), "b", key, State.WAITING, NOW, NOW, missing=("transcript",), options={"a": ["b"]})


def upload(bucket: AnyBucket, key: str, body: bytes = b"body") -> None:
    bucket.replace(key, body, seen_etag=bucket.etag(key))


# --- records


def test_a_record_is_read_back_as_it_was_written(store: RecordStore, job: Job) -> None:
    assert store.get(job.job_id) is None
    written = store.put(job)
    assert written == replace(job, version=1)
    assert store.get(job.job_id) == written


def test_a_write_over_an_unseen_version_is_refused(store: RecordStore, job: Job) -> None:
    first = store.put(job)
    with pytest.raises(WriteConflictError):
        store.put(job)
    second = store.put(replace(first, state=State.QUEUED))
    with pytest.raises(WriteConflictError):
        store.put(first)
    assert store.get(job.job_id) == second


def test_a_deletion_of_an_unseen_version_is_refused(store: Any, job: Job) -> None:
    first = store.put(job)
    second = store.put(first)
    with pytest.raises(WriteConflictError):
        store.delete(first)
    store.delete(second)
    assert store.get(job.job_id) is None


def test_a_record_is_told_from_its_successor_after_a_deletion(store: Any, job: Job) -> None:
    first = store.put(job)
    store.delete(first)
    second = store.put(replace(job, created_at="2026-02-02T03:04:05.678Z"))
    assert first.version == second.version
    with pytest.raises(WriteConflictError):
        store.put(first)
    with pytest.raises(WriteConflictError):
        store.delete(first)


def test_the_marker_of_a_deleted_job_is_no_record(store: Any, job: Job) -> None:
    deletion = Deletion(job.job_id, job.bucket, job.recording_key, "revision", NOW, uploads=True)
    store.put_deletion(deletion)
    assert store.get_deletion(job.job_id) == deletion
    assert store.get(job.job_id) is None
    assert store.get_deletion(job_id_of("b", "another")) is None


def test_a_record_expires_some_days_after_the_end_of_its_job(deployment: Deployment, job: Job) -> None:
    store = replace(deployment.store, keep_days=30)
    ended = store.put(replace(job, state=State.FAILED, finished_at=NOW))
    assert ended.expires_at == "2026-02-01T03:04:05.678Z"
    item = store.client.get_item(TableName=store.table, Key={"job_id": {"S": job.job_id}})["Item"]
    assert item["expires_at"] == {"N": "1769915045"}  # as DynamoDB's TTL reads it
    assert (store.get(job.job_id) or job).expires_at == "2026-02-01T03:04:05.000Z"
    again = store.put(replace(ended, state=State.QUEUED, finished_at=None))
    assert again.expires_at is None


def test_many_records_are_read_at_once_and_missing_ones_left_out(store: Any, job: Job) -> None:
    ids = [job_id_of("b", f"{job.recording_key}/{number}") for number in range(120)]
    written = [store.put(replace(job, job_id=job_id)) for job_id in ids[:110]]
    assert sorted(each.job_id for each in store.get_many(ids)) == sorted(each.job_id for each in written)


# --- updates


def test_an_update_makes_a_record_where_there_is_none(store: RecordStore, job: Job) -> None:
    update = store.update(job.job_id, lambda current: job if current is None else None)
    assert update == (None, store.get(job.job_id))


def test_an_update_may_keep_the_record(store: RecordStore, job: Job) -> None:
    written = store.put(job)
    assert store.update(job.job_id, lambda _: None) == (written, None)
    assert store.update(job.job_id, lambda current: current) == (written, None)
    assert store.get(job.job_id) == written


def test_an_update_decides_again_when_another_process_writes_first(store: RecordStore, job: Job) -> None:
    store.put(job)
    seen = []

    def decide(current: Job | None) -> Job:
        assert current
        seen.append(current.attempts)
        if len(seen) == 1:
            store.put(replace(current, attempts=7))
        return replace(current, attempts=current.attempts + 1)

    update = store.update(job.job_id, decide)
    assert (seen, update.written) == ([0, 7], store.get(job.job_id))
    assert update.written
    assert update.written.attempts == 8


def test_an_update_gives_up_when_conflicts_do_not_end(store: RecordStore, job: Job) -> None:
    store.put(job)

    def decide(current: Job | None) -> Job:
        assert current
        store.put(current)
        return current if current is None else replace(current, attempts=1)

    with pytest.raises(ContentionError, match="kept changing"):
        store.update(job.job_id, decide)


def test_an_exception_of_the_decision_passes_through(store: RecordStore, job: Job) -> None:
    def decide(_: Job | None) -> Job:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        store.update(job.job_id, decide)


# --- objects


def test_objects_are_listed_in_the_order_of_their_utf8_bytes(bucket: AnyBucket) -> None:
    keys = ["x/a-b.mp3", "x/a.mp3", "x/a/b.mp3", "x/é.mp3", "x/🎧.mp3"]
    for key in reversed(keys):
        upload(bucket, key)
    upload(bucket, "y/a.mp3")
    assert [stored.key for stored in bucket.list("x/")] == keys


def test_an_object_is_described_and_read(bucket: AnyBucket) -> None:
    upload(bucket, "a", b"0123456789")
    found = bucket.head("a")
    assert found
    assert found == (StoredObject("a", bucket.etag("a") or "", 10), found[1])
    assert (bucket.read("a"), bucket.read("a", at_most=4)) == (b"0123456789", b"0123")


def test_an_empty_object_is_read_as_nothing(bucket: AnyBucket) -> None:
    upload(bucket, "empty", b"")
    assert bucket.read("empty", at_most=10) == b""


def test_an_absent_object_is_absent(bucket: AnyBucket) -> None:
    assert (bucket.head("absent"), bucket.etag("absent"), list(bucket.list("absent"))) == (None, None, [])
    assert bucket.modified("absent") is None
    with pytest.raises(ObjectGoneError):
        bucket.read("absent")


def test_only_the_version_that_was_seen_is_replaced(bucket: AnyBucket) -> None:
    first = bucket.replace("a", b"1", seen_etag=None)
    assert first == bucket.etag("a")
    with pytest.raises(StaleRevisionError):
        bucket.replace("a", b"2", seen_etag=None)
    bucket.replace("a", b"3", seen_etag=first)
    with pytest.raises(StaleRevisionError):
        bucket.replace("a", b"4", seen_etag=first)
    with pytest.raises(StaleRevisionError):
        bucket.replace("absent", b"5", seen_etag=first)
    assert bucket.read("a") == b"3"


def test_only_the_version_that_was_seen_is_removed(bucket: AnyBucket) -> None:
    first = bucket.replace("a", b"1", seen_etag=None)
    second = bucket.replace("a", b"2", seen_etag=first)
    bucket.remove("a", seen_etag=first)
    assert bucket.etag("a") == second
    bucket.remove("a", seen_etag=second)
    bucket.remove("a", seen_etag=second)
    assert bucket.etag("a") is None


# --- messages


@pytest.fixture(params=["memory", "aws"])
def queue(request: pytest.FixtureRequest, deployment: Deployment) -> Any:
    return MemoryQueue() if request.param == "memory" else deployment.queue


def sent(queue: Any, deployment: Deployment) -> list[tuple[str, str]]:
    """Job ids and revisions, removed from the queue."""
    if isinstance(queue, MemoryQueue):
        return queue.sent
    url, found = deployment.settings.need("bulk_queue"), []
    while batch := deployment.sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages"):
        for received in batch:
            deployment.sqs.delete_message(QueueUrl=url, ReceiptHandle=received["ReceiptHandle"])
            found.append(message.read(received["Body"]))
    return [(each.job_id, each.revision) for each in found]


def test_one_message_is_sent(queue: Any, deployment: Deployment, job: Job) -> None:
    queue.send(job.job_id, "revision", queue=BULK)
    assert sent(queue, deployment) == [(job.job_id, "revision")]


def test_many_messages_are_sent(queue: Any, deployment: Deployment) -> None:
    messages = [message.new_message(job_id_of("b", str(number)), "revision") for number in range(23)]
    assert queue.send_many(messages, queue=BULK) == []
    assert sorted(sent(queue, deployment)) == sorted((each.job_id, each.revision) for each in messages)


# --- the real classes only


def test_only_the_version_that_was_listed_is_downloaded(deployment: Deployment, tmp_path: Path) -> None:
    bucket, target = deployment.bucket, tmp_path / "recording"
    upload(bucket, "listed", b"first")
    [listed] = bucket.list("listed")
    bucket.download(listed, target)
    assert target.read_bytes() == b"first"
    upload(bucket, "listed", b"second")
    with pytest.raises(ObjectGoneError):
        bucket.download(listed, target)
    assert target.read_bytes() == b"first"


class LosingAnswers:
    """A DynamoDB client whose first conditional write succeeds, but whose answer is lost and repeated by the SDK."""

    def __init__(self, client: Any) -> None:
        self._client = client
        self._lost = False

    def __getattr__(self, name: str) -> Any:
        return getattr(self._client, name)

    def put_item(self, **request: Any) -> Any:
        if not self._lost:
            self._lost = True
            self._client.put_item(**request)
        return self._client.put_item(**request)


def test_a_write_whose_answer_was_lost_is_recognised(deployment: Deployment, job: Job) -> None:
    store = JobStore(LosingAnswers(deployment.store.client), deployment.store.table)  # type: ignore[arg-type]
    update = store.update(job.job_id, lambda current: job if current is None else None)
    assert update.written == store.get(job.job_id) == replace(job, version=1)
