"""The reception, invoked with the events that S3 and SQS send."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote_plus

import pytest
from botocore.exceptions import ClientError
from reception_world import WAV_BYTES, World, make_sqs_event

from lambdas import reception
from lambdas.startup import deployment as function_deployment
from syncline.aws.deployment import Deployment
from syncline.core import message as messages
from syncline.core.job import State
from syncline.jobs.intake import Intake
from syncline.local.event_source import Context


def s3_event(*keys: str, name: str = "ObjectCreated:Put", bucket: str, **about: Any) -> str:
    """A notification of a versioned bucket, with all the fields that AWS sends."""
    return json.dumps({"Records": [s3_record(key, name, bucket, **about) for key in keys]})


def s3_record(key: str, name: str, bucket: str, **about: Any) -> dict[str, Any]:
    return {
        "eventVersion": "2.1",
        "eventSource": "aws:s3",
        "awsRegion": "eu-west-1",
        "eventTime": "2026-01-02T03:04:05.678Z",
        "eventName": name,
        "userIdentity": {"principalId": "AWS:AROAEXAMPLE:zoe"},
        "requestParameters": {"sourceIPAddress": "203.0.113.7"},
        "responseElements": {"x-amz-request-id": "C3D13FE58DE4C810", "x-amz-id-2": "FMyUVURIY8/IgAtTv8xRjskZQpcIZ9K"},
        "s3": {
            "s3SchemaVersion": "1.0",
            "configurationId": "uploads",
            "bucket": {
                "name": bucket,
                "ownerIdentity": {"principalId": "A3NL1KOZZKExample"},
                "arn": f"arn:aws:s3:::{bucket}",
            },
            "object": {
                "key": quote_plus(key, safe="/"),
                "size": 1024,
                "eTag": "d41d8cd98f00b204e9800998ecf8427e",
                "versionId": "096fKKXTRTtl3on89fVO.nfljtsv6qko",
                "sequencer": "0055AED6DCD90281E5",
                **about,
            },
        },
    }


def receive(*bodies: str, intake: Intake | None = None) -> list[str]:
    """-> the numbers of the messages that return to the queue."""
    event, context = make_sqs_event(*bodies), Context("reception")
    report = reception.handle(event, intake) if intake else reception.handler(event, context)
    return [item["itemIdentifier"].removeprefix("message-") for item in report["batchItemFailures"]]


@pytest.fixture
def bucket(world: World) -> str:
    return world.deployment.bucket.name


@pytest.mark.parametrize("order", ["recording first", "transcript first"])
@pytest.mark.parametrize(
    "name", ["ObjectCreated:Put", "ObjectCreated:Post", "ObjectCreated:Copy", "ObjectCreated:CompleteMultipartUpload"]
)
def test_a_pair_becomes_a_job_in_any_order_and_by_any_kind_of_upload(
    name: str, order: str, world: World, bucket: str
) -> None:
    files = [("talk.wav", WAV_BYTES), ("talk.txt", b"Guten Tag")]
    for file, body in files if order == "recording first" else reversed(files):
        assert receive(s3_event(world.upload(file, body), name=name, bucket=bucket)) == []
    job = world.job("talk.wav")
    assert job is not None
    [message] = world.messages()
    found = messages.read(message["Body"])
    assert (found.job_id, found.revision) == (job.job_id, job.revision)


@pytest.mark.parametrize(
    "name", ["a b.wav", "a+b.wav", "50%.wav", "Zoë 😀.wav", "a%20b.wav", "日本語.wav", "a'(b)!.wav"]
)
def test_any_key_is_decoded(name: str, world: World, bucket: str) -> None:
    assert receive(s3_event(world.upload(name), bucket=bucket)) == []
    job = world.job(name)
    assert job is not None
    assert (job.state, job.missing) == (State.WAITING, ("transcript",))


def test_a_multipart_upload_becomes_a_job(world: World, bucket: str) -> None:
    client = world.deployment.bucket.client
    key = world.key("long.wav")
    upload = client.create_multipart_upload(Bucket=bucket, Key=key, Metadata={"mode": "transcribe"})["UploadId"]
    parts = []
    for number, body in enumerate((WAV_BYTES + bytes(5 << 20), b"the end"), 1):
        part = client.upload_part(Bucket=bucket, Key=key, PartNumber=number, UploadId=upload, Body=body)
        parts.append({"ETag": part["ETag"], "PartNumber": number})
    client.complete_multipart_upload(Bucket=bucket, Key=key, UploadId=upload, MultipartUpload={"Parts": parts})
    receive(s3_event(key, name="ObjectCreated:CompleteMultipartUpload", bucket=bucket))
    receive(s3_event(key, name="ObjectCreated:CompleteMultipartUpload", bucket=bucket))
    assert len(world.messages()) == 1


def test_in_a_versioned_bucket_the_latest_version_counts(world: World, bucket: str) -> None:
    world.deployment.bucket.client.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
    for text in (b"Guten Tag", b"Guten Abend"):
        world.upload("talk.txt", text)
    key = world.upload("talk.wav")
    old_and_new = s3_event(key, bucket=bucket, versionId="older", sequencer="01"), s3_event(key, bucket=bucket)
    assert receive(*reversed(old_and_new)) == []
    assert len(world.messages()) == 1
    world.delete("talk.wav")  # adds a delete marker; the versions stay
    assert receive(s3_event(key, bucket=bucket)) == []


@pytest.mark.parametrize(
    "body",
    [
        '{"Service":"Amazon S3","Event":"s3:TestEvent","Time":"2026-01-02T03:04:05.678Z","Bucket":"b","RequestId":"x"}',
        '{"Records": []}',
    ],
)
def test_events_without_objects_are_ignored(body: str, world: World) -> None:
    assert receive(body) == []


def test_events_about_other_objects_are_ignored(world: World, bucket: str) -> None:
    elsewhere = world.upload("talk.wav")
    bodies = [
        s3_event(elsewhere, name="ObjectRemoved:Delete", bucket=bucket),
        s3_event(elsewhere, name="ObjectRemoved:DeleteMarkerCreated", bucket=bucket),
        s3_event(elsewhere, bucket="another-bucket"),
        s3_event(world.key("gone.wav"), bucket=bucket),
        s3_event(world.key("gone.txt"), bucket=bucket),
        s3_event(world.key("gone.pdf"), bucket=bucket),
        s3_event(world.key("folder/"), bucket=bucket),
        s3_event("results/a.wav/job.json", bucket=bucket),
        s3_event("private/a.wav", bucket=bucket),
    ]
    assert receive(*bodies) == []
    assert world.job("talk.wav") is None


def test_all_records_of_a_message_are_handled(world: World, bucket: str) -> None:
    keys = [world.upload(f"{number}.wav") for number in range(3)]
    assert receive(s3_event(*keys, bucket=bucket)) == []
    assert all(world.job(f"{number}.wav") for number in range(3))


@pytest.mark.parametrize("malformed", ["", "hello", "[1]", '{"Records": [{"eventName": 3}]}', '{"a": 1}'])
def test_of_ten_messages_only_the_malformed_one_returns(malformed: str, world: World, bucket: str) -> None:
    bodies = [s3_event(world.upload(f"{number}.wav"), bucket=bucket) for number in range(9)]
    bodies.insert(4, malformed)
    assert receive(*bodies) == ["4"]
    assert all(world.job(f"{number}.wav") for number in range(9))


def test_a_batch_of_malformed_messages_returns_without_a_crash(world: World, caplog: pytest.LogCaptureFixture) -> None:
    assert receive("hello", "world") == ["0", "1"]
    assert caplog.text.count("record failed") == 2


THROTTLED = ClientError(
    {"Error": {"Code": "ProvisionedThroughputExceededException", "Message": "slow down"}}, "PutItem"
)


class Throttled:
    """A DynamoDB client that reads, and refuses every write."""

    def __init__(self, client: Any) -> None:
        self._client = client

    def __getattr__(self, name: str) -> Any:
        return refuse if name in ("put_item", "update_item", "transact_write_items") else getattr(self._client, name)


class ThrottledQueue:
    def send(self, *_: object, **__: object) -> None:
        refuse()


def refuse(*_: object, **__: object) -> None:
    raise THROTTLED


def later() -> datetime:
    return datetime.now(UTC) + timedelta(seconds=61)


def test_a_message_returns_when_the_table_is_throttled_and_its_next_receive_sends_the_job(
    world: World, bucket: str
) -> None:
    deployment: Deployment = world.deployment
    store = replace(deployment.store, client=Throttled(deployment.store.client))
    world.upload("talk.txt", b"Guten Tag")
    body = s3_event(world.upload("talk.wav"), bucket=bucket)
    assert receive(body, intake=Intake(replace(deployment, store=store))) == ["0"]
    assert receive(body) == []
    assert len(world.messages()) == 1


def test_a_message_returns_when_the_queue_is_throttled_and_a_later_receive_sends_the_job(
    world: World, bucket: str
) -> None:
    throttled: Any = ThrottledQueue()
    world.upload("talk.txt", b"Guten Tag")
    body = s3_event(world.upload("talk.wav"), bucket=bucket)
    assert receive(body, intake=Intake(replace(world.deployment, queue=throttled))) == ["0"]
    assert receive(body) == ["0"]  # the first sender may still be sending
    assert receive(body, intake=Intake(world.deployment, clock=later)) == []
    assert len(world.messages()) == 1


def test_the_function_reads_its_settings_once(world: World) -> None:
    assert function_deployment() is function_deployment()
