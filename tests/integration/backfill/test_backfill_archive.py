"""Recordings in a bucket become jobs: each exactly once, also after crashes and beside other processes."""

from __future__ import annotations

import gzip
import hashlib
import io
import urllib.parse
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from archive import LATER, Archive, KilledError, as_json, only

from syncline.aws.deployment import Deployment
from syncline.aws.queue import JobQueue, Unsent
from syncline.aws.store import JobStore
from syncline.backfill import inventory, keys, listing
from syncline.backfill.planning import RecordingStatus, Selection
from syncline.core import transitions
from syncline.core.errors import InvalidInputError, SynclineError
from syncline.core.job import BULK, Job, State
from syncline.core.timestamps import parse_timestamp
from syncline.jobs.intake import Intake

WAV = b"RIFF\x24\x08\x00\x00WAVEfmt " + bytes(64)


def test_every_pair_becomes_one_record_and_one_message(archive: Archive) -> None:
    pairs = archive.pairs(25)
    assert only(archive.backfill()) == {RecordingStatus.QUEUED: 25}
    assert archive.messages() == archive.expected_messages(pairs)
    job = archive.job(pairs[0])
    assert job
    assert (job.state, job.queue, job.transcript_key) == (State.QUEUED, BULK, "talks/t000.txt")


def test_the_revision_is_the_one_that_a_reception_computes(archive: Archive) -> None:
    archive.put("talks/a.wav", WAV)
    archive.put("talks/a.txt", b"hello")
    archive.put("talks/a.job.json", as_json({"outputs": ["csv"]}))
    archive.backfill()
    written = archive.job("talks/a.wav")
    assert written
    archive.deployment.store.delete(written)
    (settled,) = Intake(archive.deployment).reconcile("talks/a.wav", source=archive.bucket, queue=BULK)
    assert (settled.revision, settled.options) == (written.revision, written.options)


def test_a_second_run_does_nothing_twice(archive: Archive) -> None:
    pairs = archive.pairs(12)
    archive.backfill()
    before = archive.messages()
    assert only(archive.backfill()) == {RecordingStatus.ALREADY_QUEUED: 12}
    assert archive.messages() == Counter()
    done = archive.job(pairs[0])
    assert done
    archive.deployment.store.put(
        transitions.succeeded(done, results=(), stats={}, now=parse_timestamp(done.updated_at))
    )
    assert only(archive.backfill()) == {RecordingStatus.ALREADY_QUEUED: 11, RecordingStatus.SUCCEEDED: 1}
    assert only(archive.backfill(force=True))[RecordingStatus.QUEUED] == 1
    assert archive.messages().keys() <= before.keys()


def test_a_changed_transcript_runs_again(archive: Archive) -> None:
    pairs = archive.pairs(3)
    archive.backfill()
    archive.messages()
    archive.put("talks/t001.txt", b"corrected")
    assert only(archive.backfill()) == {RecordingStatus.QUEUED: 1, RecordingStatus.ALREADY_QUEUED: 2}
    assert archive.messages() == archive.expected_messages([pairs[1]])


def test_what_cannot_become_a_job_is_reported_with_its_reason(archive: Archive) -> None:
    archive.pairs(1)
    archive.put("talks/alone.mp3")
    archive.put("talks/empty.mp3", b"")
    archive.put("talks/empty.txt")
    archive.put("talks/frozen.mp3", StorageClass="DEEP_ARCHIVE")
    archive.put("talks/frozen.txt")
    archive.put("talks/other.txt")
    tally = archive.backfill()
    assert only(tally) == {
        RecordingStatus.QUEUED: 1,
        RecordingStatus.NO_TRANSCRIPT: 1,
        RecordingStatus.REJECTED: 1,
        RecordingStatus.ARCHIVED: 1,
    }
    assert tally.transcripts_without_recording == 1
    refused = archive.job("talks/empty.mp3")
    assert refused
    assert (refused.state, (refused.error or {})["code"]) == (State.REJECTED, "empty_recording")
    assert archive.deployment.bucket.read(f"results/@{archive.bucket.name}/talks/empty.mp3/job.json")
    assert archive.job("talks/alone.mp3") is None
    assert archive.job("talks/frozen.mp3") is None
    assert only(archive.backfill())[RecordingStatus.REJECTED] == 1


def test_a_dry_run_changes_nothing(archive: Archive) -> None:
    pairs = archive.pairs(5)
    archive.put("talks/empty.mp3", b"")
    archive.put("talks/empty.txt")
    tally = archive.backfill(dry_run=True)
    assert only(tally) == {RecordingStatus.QUEUED: 5, RecordingStatus.REJECTED: 1}
    assert tally.workload.recordings["mp3"] == 5
    assert all(archive.job(key) is None for key in [*pairs, "talks/empty.mp3"])
    assert archive.messages() == Counter()


def test_a_limit_is_one_on_what_is_queued_so_the_next_run_goes_on(archive: Archive) -> None:
    archive.pairs(25)
    assert archive.backfill(limit=12).queued == 12
    assert archive.backfill(limit=12).queued == 12
    assert archive.backfill(limit=12).queued == 1
    assert len(archive.messages()) == 25


def test_match_and_options_choose(archive: Archive) -> None:
    archive.pairs(3)
    archive.put("talks/t001.job.json", as_json({"translate_to": ["de"]}))
    settings = replace(archive.deployment.settings, translate_to=("ja",))
    tally = archive.backfill(settings=settings, selection=Selection(match="*t00[12].mp3"))
    assert only(tally) == {RecordingStatus.QUEUED: 2}
    assert {language: sizes.total() for language, sizes in tally.workload.translated.items()} == {"de": 10, "ja": 10}


def test_metadata_is_read_on_request_and_before_a_job_runs_again(archive: Archive) -> None:
    archive.put("talks/a.mp3", Metadata={"translate-to": "ja"})
    archive.put("talks/a.txt")
    archive.backfill(read_metadata=True)
    job = archive.job("talks/a.mp3")
    assert job
    assert job.options["translate_to"] == ["ja"]
    assert only(archive.backfill()) == {RecordingStatus.ALREADY_QUEUED: 1}


def test_recordings_in_the_deployments_own_bucket_are_found_but_results_are_not(archive: Archive) -> None:
    home = replace(archive, bucket=archive.deployment.bucket)
    for key in ("uploads/x/a.mp3", "uploads/x/a.txt", "old/b.mp3", "old/b.txt", "results/x/a.mp3/c.mp3"):
        home.put(key)
    tally = home.backfill("")
    assert (tally.recordings, only(tally)) == (2, {RecordingStatus.QUEUED: 2})


# --- interrupted


class KilledQueue(JobQueue):
    """Killed at its second batch: before it is sent, or after."""

    def __init__(self, deployment: Deployment, *, after_sending: bool) -> None:
        super().__init__(deployment.sqs, deployment.settings)
        self.after_sending = after_sending
        self.batches = 0

    def send_many(self, orders: Any, *, queue: str) -> list[Unsent]:
        self.batches = number = self.batches + 1
        if number == 2 and not self.after_sending:
            raise KilledError
        unsent = super().send_many(orders, queue=queue)
        if number == 2:
            raise KilledError
        return unsent


@pytest.mark.parametrize("after_sending", [False, True])
def test_killed_between_records_and_messages_the_next_run_sends_them(archive: Archive, after_sending: bool) -> None:
    pairs = archive.pairs(15)
    killed = replace(archive.deployment, queue=KilledQueue(archive.deployment, after_sending=after_sending))
    with pytest.raises(KilledError):
        archive.backfill(deployment=killed)
    archive.backfill(after=LATER)
    expected, messages = archive.expected_messages(pairs), archive.messages()
    assert messages.keys() == expected.keys()
    twice = sum(count - 1 for count in messages.values())
    assert twice in ((5, 10) if after_sending else (0,))  # the next run cannot know whether one batch was sent
    assert only(archive.backfill(after=LATER)) == {RecordingStatus.ALREADY_QUEUED: 15}


def test_a_message_that_another_process_may_still_send_is_left_to_it(archive: Archive) -> None:
    archive.pairs(8)
    killed = replace(archive.deployment, queue=KilledQueue(archive.deployment, after_sending=False))
    killed.queue.batches = 1
    with pytest.raises(KilledError):
        archive.backfill(deployment=killed)
    tally = archive.backfill()  # at once, with a short sender timeout
    assert (only(tally), tally.complete) == ({RecordingStatus.NOT_SENT: 8}, False)
    assert archive.messages() == Counter()
    assert only(archive.backfill(after=LATER)) == {RecordingStatus.QUEUED: 8}


class RefusingSqs:
    """Refuses the first message of a batch, `times` times."""

    def __init__(self, sqs: Any, *, times: int, sender_fault: bool = False) -> None:
        self.sqs, self.times, self.sender_fault = sqs, times, sender_fault

    def send_message_batch(self, **wanted: Any) -> Any:
        if self.times <= 0:
            return self.sqs.send_message_batch(**wanted)
        self.times -= 1
        first, *others = wanted["Entries"]
        answer = self.sqs.send_message_batch(**{**wanted, "Entries": others}) if others else {}
        return {**answer, "Failed": [{"Id": first["Id"], "SenderFault": self.sender_fault, "Code": "InternalError"}]}


def refusing(deployment: Deployment, **how: Any) -> Deployment:
    sqs: Any = RefusingSqs(deployment.sqs, **how)
    return replace(deployment, queue=JobQueue(sqs, deployment.settings))


def test_a_message_that_sqs_did_not_accept_is_sent_again(archive: Archive) -> None:
    pairs = archive.pairs(10)
    assert archive.backfill(deployment=refusing(archive.deployment, times=2)).complete
    assert archive.messages() == archive.expected_messages(pairs)


def test_a_message_that_sqs_refuses_is_reported_and_sent_by_the_next_run(archive: Archive) -> None:
    pairs = archive.pairs(10)
    tally = archive.backfill(deployment=refusing(archive.deployment, times=1, sender_fault=True))
    assert (only(tally), tally.complete) == ({RecordingStatus.QUEUED: 9, RecordingStatus.NOT_SENT: 1}, False)
    assert [job.reason for job in archive.processed if job.status is RecordingStatus.NOT_SENT] == ["InternalError"]
    assert only(archive.backfill(after=LATER)) == {RecordingStatus.ALREADY_QUEUED: 9, RecordingStatus.QUEUED: 1}
    assert archive.messages() == archive.expected_messages(pairs)


# --- another process at the same time


class RacedStore(JobStore):
    """Another process writes between the read and the write of the first batch."""

    other_process: Callable[[], object] | None

    def put_many(self, records: Any) -> tuple[list[Job], list[Job]]:
        other_process, self.__dict__["other_process"] = self.__dict__.get("other_process"), None
        if other_process:
            other_process()
        return super().put_many(records)


def raced(deployment: Deployment, other_process: Callable[[], object]) -> Deployment:
    store = RacedStore(deployment.store.client, deployment.store.table)
    store.__dict__["other_process"] = other_process
    return replace(deployment, store=store)


def test_two_backfills_at_once_send_each_message_once(archive: Archive) -> None:
    pairs = archive.pairs(25)
    others = []
    tally = archive.backfill(deployment=raced(archive.deployment, lambda: others.append(archive.backfill())))
    assert 0 < tally.statuses[RecordingStatus.ALREADY_QUEUED] <= 25
    assert tally.queued + others[0].queued == 25
    assert archive.messages() == archive.expected_messages(pairs)


def test_a_live_event_at_the_same_time_does_no_harm(archive: Archive) -> None:
    archive.pairs(5)
    archive.put("talks/t002.wav", WAV)  # the event is about this one, with the same transcript
    reconcile = Intake(archive.deployment).reconcile
    tally = archive.backfill(
        deployment=raced(archive.deployment, lambda: reconcile("talks/t002.wav", source=archive.bucket))
    )
    assert only(tally) == {RecordingStatus.QUEUED: 5, RecordingStatus.ALREADY_QUEUED: 1}
    assert len(archive.messages()) == 5
    job = archive.job("talks/t002.wav")
    assert job
    assert (job.queue, job.message_sent) == ("live", True)


# --- other sources


def test_a_list_of_keys_finds_each_ones_set(archive: Archive, tmp_path: Path) -> None:
    pairs = archive.pairs(4)
    listed = tmp_path / "keys.txt"
    address = f"s3://{archive.bucket.name}/"
    listed.write_text(f"{pairs[0]}\n\n{address}{pairs[2]}\r\n{pairs[0]}\n", encoding="utf-8")
    wanted = keys.read_recordings(listed, archive.bucket.name)
    tally = archive.backfill(sets=lambda: listing.list_named_sets(archive.bucket, wanted))
    assert archive.messages() == archive.expected_messages([pairs[0], pairs[2]])
    assert archive.job(pairs[1]) is None
    assert tally.complete


def test_only_the_recordings_that_are_named_are_queued_and_absent_ones_are_counted(archive: Archive) -> None:
    archive.put("talks/both.mp3", b"ID3 one")
    archive.put("talks/both.wav", b"RIFF two")
    archive.put("talks/both.txt", b"Hello.")
    tally = archive.backfill(sets=lambda: listing.list_named_sets(archive.bucket, ["talks/both.mp3", "talks/gone.mp3"]))
    assert archive.messages() == archive.expected_messages(["talks/both.mp3"])
    assert only(tally) == {RecordingStatus.QUEUED: 1, RecordingStatus.NOT_FOUND: 1}
    assert tally.recordings == 1


def csv_inventory(archive: Archive, *, columns: str = "Bucket, Key, Size, LastModifiedDate, ETag") -> str:
    """As S3 writes it: gzipped CSV without head, keys form-encoded, and no order to rely on."""
    rows = [
        f'"{archive.bucket.name}","{urllib.parse.quote_plus(item["Key"])}","{item["Size"]}",'
        f'"2026-01-01T00:00:00.000Z",{item["ETag"]}'
        for item in archive.bucket.client.list_objects_v2(Bucket=archive.bucket.name, Prefix="talks/")["Contents"]
    ]
    rows.sort(key=lambda row: hashlib.sha256(row.encode()).digest())
    halves = [rows[::2], rows[1::2]]
    for number, half in enumerate(halves):
        archive.put(f"inventory/{number}.csv.gz", gzip.compress("\n".join(half).encode()))
    return manifest(archive, form="CSV", schema=columns, files=["inventory/0.csv.gz", "inventory/1.csv.gz"])


def parquet_inventory(archive: Archive) -> str:
    import pyarrow
    from pyarrow import parquet

    items = archive.bucket.client.list_objects_v2(Bucket=archive.bucket.name, Prefix="talks/")["Contents"]
    table = pyarrow.table(
        {
            "bucket": [archive.bucket.name for _ in items],
            "key": [item["Key"] for item in reversed(items)],
            "size": [item["Size"] for item in reversed(items)],
            "last_modified_date": [item["LastModified"].replace(tzinfo=None) for item in reversed(items)],
            "e_tag": [item["ETag"].strip('"') for item in reversed(items)],
        }
    )
    file = io.BytesIO()
    parquet.write_table(table, file)
    archive.put("inventory/0.parquet", file.getvalue())
    return manifest(archive, form="Parquet", schema="message s3.inventory {...}", files=["inventory/0.parquet"])


def manifest(archive: Archive, *, form: str, schema: str, files: list[str]) -> str:
    document = {
        "sourceBucket": archive.bucket.name,
        "version": "2016-11-30",
        "creationTimestamp": "1767225600000",
        "fileFormat": form,
        "fileSchema": schema,
        "files": [{"key": key} for key in files],
    }
    archive.put("inventory/manifest.json", as_json(document))
    return f"s3://{archive.bucket.name}/inventory/manifest.json"


@pytest.mark.parametrize("write", [csv_inventory, parquet_inventory])
def test_an_inventory_gives_what_a_listing_gives(archive: Archive, write: Callable[[Archive], str]) -> None:
    pairs = archive.pairs(9)
    archive.put("talks/Zoë + 100% 🎧.mp3")
    archive.put("talks/Zoë + 100% 🎧.txt")
    read = inventory.read_manifest(archive.bucket, write(archive))
    assert (read.source_bucket, read.created_at) == (archive.bucket.name, "2026-01-01T00:00:00.000Z")
    assert archive.backfill(sets=lambda: inventory.read_sets(archive.bucket, read, "talks/")).queued == 10
    assert only(archive.backfill()) == {RecordingStatus.ALREADY_QUEUED: 10}  # the listing sees the same revisions
    assert archive.messages() == archive.expected_messages([*pairs, "talks/Zoë + 100% 🎧.mp3"])


def test_an_inventory_that_says_too_little_is_refused(archive: Archive) -> None:
    archive.pairs(1)
    with pytest.raises(InvalidInputError, match="no column ETag"):
        inventory.read_manifest(archive.bucket, csv_inventory(archive, columns="Bucket, Key, Size"))
    with pytest.raises(InvalidInputError, match="not the manifest"):
        inventory.read_manifest(archive.bucket, f"s3://{archive.bucket.name}/talks/t000.txt")


def test_a_listing_in_stretches_finds_everything_once(archive: Archive) -> None:
    for folder in ("a", "a.b", "b", "c/d", "e"):
        archive.pairs(3, folder=f"deep/talks/{folder}/")
    archive.pairs(2, folder="deep/talks/")
    stretches = listing.key_ranges(archive.bucket, "deep/")
    assert len(stretches) > 2
    found = [recording.key for each in listing.list_sets(archive.bucket, "deep/") for recording in each.recordings]
    assert (len(found), len(set(found))) == (17, 17)


def test_a_bucket_that_lists_in_another_order_is_refused(archive: Archive) -> None:
    """Some implementations of S3 sort capital letters beside small ones, or do not sort at all."""
    archive.pairs(3, folder="talks/a/")
    archive.pairs(3, folder="talks/b/")

    def reverse(parsed: dict[str, Any], **_: Any) -> None:
        for part in ("Contents", "CommonPrefixes"):
            parsed.get(part, []).reverse()

    archive.bucket.client.meta.events.register("after-call.s3.ListObjectsV2", reverse)
    try:
        with pytest.raises(SynclineError, match="not in the order of S3") as refused:
            archive.backfill()
    finally:
        archive.bucket.client.meta.events.unregister("after-call.s3.ListObjectsV2", reverse)
    assert refused.value.code == "listing_order"
    assert not archive.messages()
