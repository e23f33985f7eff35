"""What the tests of the receptions share: an upload folder per test, and the shapes of AWS's events."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from typing import Any

from syncline import aws
from syncline.deployment import Deployment
from syncline.job import Job, job_id

TOKEN = "open-sesame"
WAV_BYTES = b"RIFF\x24\x08\x00\x00WAVEfmt " + bytes(64)


@dataclass(frozen=True)
class World:
    """A deployment with an upload folder per test, and the moves that tests make in it."""

    deployment: Deployment
    folder: str

    def key(self, name: str) -> str:
        return f"uploads/{self.folder}/{name}"

    def upload(self, name: str, body: bytes = WAV_BYTES, *, metadata: dict[str, str] | None = None) -> str:
        key = self.key(name)
        bucket = self.deployment.bucket
        bucket.client.put_object(Bucket=bucket.name, Key=key, Body=body, Metadata=metadata or {})
        return key

    def delete(self, name: str) -> None:
        self.deployment.bucket.client.delete_object(Bucket=self.deployment.bucket.name, Key=self.key(name))

    def job(self, name: str) -> Job | None:
        return self.deployment.store.get(job_id(self.deployment.bucket.name, self.key(name)))

    def record_file(self, name: str) -> dict[str, Any]:
        document = self.deployment.bucket.read(f"results/{self.folder}/{name}/job.json")
        return dict(json.loads(document))

    def messages(self, queue: str = "live") -> list[dict[str, Any]]:
        """Takes what lies in a queue: [{"body", "attributes", ...}]."""
        url = self.deployment.settings.need(f"{queue}_queue")
        return take_all(url)


@cache
def client() -> Any:
    return aws.client("sqs")


def take_all(url: str) -> list[dict[str, Any]]:
    sqs, taken = client(), []
    everything = {"MessageSystemAttributeNames": ["All"], "MessageAttributeNames": ["All"]}
    while batch := sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10, **everything).get("Messages"):
        for message in batch:
            sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
        taken += batch
    return taken


def make_sqs_event(*bodies: str, queue: str = "syncline-ingest") -> dict[str, Any]:
    return {
        "Records": [
            {
                "messageId": f"message-{number}",
                "receiptHandle": f"handle-{number}",
                "body": body,
                "attributes": {
                    "ApproximateReceiveCount": "1",
                    "SentTimestamp": "1767323045678",
                    "SenderId": "AIDAEXAMPLE",
                    "ApproximateFirstReceiveTimestamp": "1767323045680",
                },
                "messageAttributes": {},
                "md5OfBody": "",
                "eventSource": "aws:sqs",
                "eventSourceARN": f"arn:aws:sqs:us-east-1:123456789012:{queue}",
                "awsRegion": "us-east-1",
            }
            for number, body in enumerate(bodies)
        ]
    }
