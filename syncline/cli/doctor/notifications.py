"""Check that the bucket announces every upload to the deployment's ingest queue."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from syncline.cli.doctor.check import Check, Finding
from syncline.core import layout

# The calls that create an object. S3 names them in an event, and a notification may select some of them.
CREATIONS = ("Put", "Post", "Copy", "CompleteMultipartUpload")
APPLY = "Run terraform apply, which restores the bucket's event notification."

# Part of an S3 notification configuration -> field with the target's ARN, and what the target is.
_TARGETS = {
    "QueueConfigurations": ("QueueArn", "queue"),
    "TopicConfigurations": ("TopicArn", "SNS topic"),
    "LambdaFunctionConfigurations": ("LambdaFunctionArn", "function"),
}


@dataclass(frozen=True, slots=True)
class Notification:
    kind: str
    arn: str
    events: tuple[str, ...]
    prefix: str
    suffix: str

    @property
    def covers_uploads(self) -> bool:
        return layout.UPLOADS.startswith(self.prefix) and not self.suffix

    @property
    def creations(self) -> frozenset[str]:
        """Which of CREATIONS are announced."""
        selected = {event.removeprefix("s3:ObjectCreated:") for event in self.events}
        return frozenset(CREATIONS if "*" in selected else selected & set(CREATIONS))


def check_notifications(configuration: Mapping[str, Any], *, bucket: str, ingest_arn: str) -> Check:
    """`configuration` is what S3's get_bucket_notification_configuration returns."""
    announcing = [found for found in _notifications(configuration) if found.creations]
    direct = [found for found in announcing if found.kind == "queue" and found.arn == ingest_arn]
    covering = [found for found in direct if found.covers_uploads]
    if covering:
        return _check_events(covering, bucket)
    if direct:
        return _bad(
            f"{bucket} announces to the ingest queue only keys {_filters(direct)}, not everything under "
            f"{layout.UPLOADS}."
        )
    return _check_indirect(announcing, "EventBridgeConfiguration" in configuration, bucket, ingest_arn)


def _check_events(covering: Iterable[Notification], bucket: str) -> Check:
    missing = set(CREATIONS).difference(*(found.creations for found in covering))
    if missing:
        names = ", ".join(f"s3:ObjectCreated:{name}" for name in CREATIONS if name in missing)
        return _bad(f"{bucket} does not announce {names} to the ingest queue: files uploaded that way are ignored.")
    return Check("bucket", Finding.OK, f"{bucket} announces every object created under {layout.UPLOADS}")


def _check_indirect(announcing: list[Notification], event_bridge: bool, bucket: str, ingest_arn: str) -> Check:
    """The uploads may reach the ingest queue through a topic or a bus. That cannot be seen from here."""
    topics = [found.arn for found in announcing if found.kind == "SNS topic"]
    if topics:
        return Check(
            "bucket",
            Finding.NOTE,
            f"{bucket} announces uploads to the SNS topic {', '.join(topics)}, not to the ingest queue {ingest_arn}.",
            "Check that the ingest queue subscribes to the topic, and that its policy lets the topic send.",
        )
    others = ", ".join(f"the {found.kind} {found.arn}" for found in announcing)
    if others:
        return _bad(f"{bucket} announces uploads to {others}, not to the ingest queue {ingest_arn}.")
    if event_bridge:
        return Check(
            "bucket",
            Finding.NOTE,
            f"{bucket} announces uploads to EventBridge only, not to the ingest queue {ingest_arn}.",
            "Check that a rule sends this bucket's “Object Created” events, unchanged, to the ingest queue, and that "
            "the queue's policy lets the rule send.",
        )
    return _bad(f"{bucket} announces no uploads: nothing that is uploaded is processed.")


def _bad(says: str) -> Check:
    return Check("bucket", Finding.BAD, says, APPLY)


def _filters(found: Iterable[Notification]) -> str:
    parts = [(f"under {each.prefix} " if each.prefix else "") + (f"ending in {each.suffix}" if each.suffix else "")
             for each in found]  # fmt: skip
    return " and ".join(part.strip() for part in parts)


def _notifications(configuration: Mapping[str, Any]) -> Iterator[Notification]:
    for part, (field, kind) in _TARGETS.items():
        for item in configuration.get(part, []):
            rules = item.get("Filter", {}).get("Key", {}).get("FilterRules", [])
            filters = {rule["Name"].lower(): rule["Value"] for rule in rules}
            yield Notification(
                kind, item[field], tuple(item["Events"]), filters.get("prefix", ""), filters.get("suffix", "")
            )
