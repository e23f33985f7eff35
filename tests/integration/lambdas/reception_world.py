"""Shared by the tests of the functions: an upload folder per test, and events in the shapes that AWS sends."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any
from urllib.parse import urlencode

from lambdas.status import make_app
from lambdas.web.services import Services
from syncline.aws import clients
from syncline.aws.deployment import Deployment
from syncline.core import transitions
from syncline.core.errors import EngineError
from syncline.core.job import Job, Result, State, job_id_of
from syncline.jobs.intake import Intake
from syncline.local.event_source import Context
from syncline.local.function_url import payload

TOKEN = "open-sesame-open-sesame"
WAV_BYTES = b"RIFF\x24\x08\x00\x00WAVEfmt " + bytes(64)


@dataclass(frozen=True)
class World:
    """A deployment with an upload folder per test."""

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
        return self.deployment.store.get(job_id_of(self.deployment.bucket.name, self.key(name)))

    def record_file(self, name: str) -> dict[str, Any]:
        document = self.deployment.bucket.read(f"results/{self.folder}/{name}/job.json")
        return dict(json.loads(document))

    def messages(self, queue: str = "live") -> list[dict[str, Any]]:
        """Receive and delete all messages of a queue: [{"body", "attributes", ...}]."""
        url = self.deployment.settings.need(f"{queue}_queue")
        return take_all(url)


@cache
def client() -> Any:
    return clients.client("sqs")


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


@dataclass
class Clock:
    """The time, which a test can move forward."""

    ahead: timedelta = timedelta()

    def __call__(self) -> datetime:
        return datetime.now(UTC) + self.ahead


class Url:
    """Sends requests to the status function, with the token by default."""

    def __init__(self, services: Services) -> None:
        self.services = services
        self.app = make_app(services)

    def with_services(self, **changed: Any) -> Url:
        return Url(replace(self.services, **changed))

    def get(self, path: str, **headers: str) -> dict[str, Any]:
        return self.ask("GET", path, headers=headers)

    def post(self, path: str, body: object = None, **headers: str) -> dict[str, Any]:
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        return self.ask("POST", path, content, headers)

    def ask(
        self, method: str, path: str, body: bytes = b"", headers: dict[str, str] | None = None, iam: bool = False
    ) -> dict[str, Any]:
        given: dict[str, str] = {"authorization": f"Bearer {TOKEN}"} | {
            n.replace("_", "-"): v for n, v in (headers or {}).items()
        }
        event = payload(method, path, {name: value for name, value in given.items() if value}, body)
        if iam:
            event["requestContext"]["authorizer"] = {"iam": {"userArn": "arn:aws:iam::123456789012:user/zoe"}}
        answer = self.app(event, Context("status"))
        is_json = "json" in answer["headers"].get("Content-Type", "") and answer["body"]
        return {**answer, "json": json.loads(answer["body"]) if is_json else None}


class Browser:
    """Sends what a browser sends for links and forms, and keeps its cookies."""

    ACCEPT = "text/html,application/xhtml+xml,application/xml;q=0.9,image/webp,*/*;q=0.8"

    def __init__(self, url: Url, *, host: str = "127.0.0.1:8080", scheme: str = "http") -> None:
        self.url, self.host, self.origin = url, host, f"{scheme}://{host}"
        self.cookies: dict[str, str] = {}

    def get(self, path: str, **headers: str) -> dict[str, Any]:
        return self._ask("GET", path, b"", {"accept": self.ACCEPT, **headers})

    def post(self, path: str, form: dict[str, str] | None = None, **headers: str) -> dict[str, Any]:
        own = {"accept": self.ACCEPT, "origin": self.origin, "content_type": "application/x-www-form-urlencoded"}
        return self._ask("POST", path, urlencode(form or {}).encode(), own | headers)

    def sign_in(self, token: str = TOKEN, *, next: str = "") -> dict[str, Any]:
        return self.post("/session", {"token": token, "next": next})

    def cookie(self) -> str:
        return "; ".join(f"{name}={value}" for name, value in self.cookies.items())

    def _ask(self, method: str, path: str, body: bytes, headers: dict[str, str]) -> dict[str, Any]:
        own = {"authorization": "", "host": self.host, "cookie": self.cookie()}
        answer = self.url.ask(method, path, body, own | headers)
        for cookie in answer["cookies"]:
            name, _, value = cookie.partition(";")[0].partition("=")
            self.cookies[name] = value
        return answer


def queued(world: World, name: str = "talk.wav") -> Job:
    world.upload(name.rpartition(".")[0] + ".txt", b"Guten Tag")
    [job] = Intake(world.deployment).object_created(world.upload(name))
    assert job.state is State.QUEUED
    return job


def finished(world: World, job: Job, *, names: tuple[str, ...] = ("alignment.json",)) -> Job:
    results = tuple(Result(name, f"results/{world.folder}/talk.wav/{name}", 3) for name in names)
    stats = {"audio_seconds": 60.0, "wall_seconds": 3.0, "words": 100, "aligned_words": 99}
    return world.deployment.store.put(transitions.succeeded(job, results=results, stats=stats, now=datetime.now(UTC)))


def failed(world: World, job: Job) -> Job:
    return world.deployment.store.put(transitions.failed(job, EngineError("no", hint="again"), now=datetime.now(UTC)))
