"""What the event of an ended job contains, and that EventBridge accepts it however large the record is."""

from __future__ import annotations

import json
from typing import Any

from syncline.aws import notifications
from syncline.aws.notifications import EventBus
from syncline.core import formats, job_metadata, languages, layout, results
from syncline.core.job import Job, Result, State
from syncline.core.options import Options
from tests.event_bridge import EventBridge

EVENTBRIDGE_LIMIT = 256 * 1024
WHEN = "2026-01-02T03:04:05.678Z"


def published(job: Job) -> dict[str, Any]:
    bus = EventBridge()
    EventBus(bus, "default").publish(job)
    [entry] = bus.entries
    # EventBridge counts the bytes of these, and 14 for the time.
    assert 14 + sum(len(entry[name].encode()) for name in ("Source", "DetailType", "Detail")) <= EVENTBRIDGE_LIMIT
    return dict(json.loads(entry["Detail"]))


def job(**fields: Any) -> Job:
    key = "uploads/talk.mp3"
    return Job("78d7914a-1bcc-5367-8e8b-94f7563f97f6", "b", key, State.SUCCEEDED, WHEN, WHEN, revision="r", **fields)


def test_an_ordinary_event_is_complete() -> None:
    made = (Result("alignment.json", "results/talk.mp3/alignment.json", 3),)
    options = Options(metadata=(("course", "101"),)).as_dict()
    event = published(job(results=made, options=options, warnings=("One.",)))
    assert event["results"] == [{"name": "alignment.json", "key": "results/talk.mp3/alignment.json", "bytes": 3}]
    assert (event["results_prefix"], event["options"]["metadata"]) == ("results/talk.mp3/", {"course": "101"})
    assert "incomplete" not in event


def largest() -> Job:
    """Every language in every format, the longest key, all metadata, and long texts."""
    suffix = ".mp3"
    key = layout.UPLOADS + "é" * ((results.MAX_RECORDING_KEY_BYTES - len(layout.UPLOADS + suffix)) // 2) + suffix
    prefix = layout.results_prefix(key)
    names = [results.ALIGNMENT_NAME, *(found.file_name("en") for found in formats.FORMATS)]
    for code in languages.CODES:
        names += [results.translation_name(code)]
        names += [found.file_name(code) for found in formats.FORMATS if found.of_translations]
    metadata = tuple((f"{number:064}", "𝄞" * job_metadata.MAX_VALUE_CHARACTERS) for number in range(20))
    options = Options(translate_to=tuple(sorted(languages.CODES)), outputs=formats.NAMES, metadata=metadata)
    return Job(
        "78d7914a-1bcc-5367-8e8b-94f7563f97f6", "b" * 63, key, State.FAILED, WHEN, WHEN, revision="r" * 20,
        transcript_key=key, options=options.as_dict(), warnings=("é" * 5000,) * 1000, finished_at=WHEN,
        error={"code": "c", "message": "é" * 50_000, "hint": "é" * 50_000},
        results=tuple(Result(name, prefix + name, 10**10) for name in names),
    )  # fmt: skip


def test_the_largest_event_fits_and_names_all_results() -> None:
    record = largest()
    event = published(record)
    assert [each["name"] for each in event["results"]] == [each.name for each in record.results]
    first = record.results[0]
    assert event["results_prefix"] + event["results"][0]["name"] == first.key
    assert event["options"]["metadata"] == record.metadata
    assert (event["incomplete"], event["state"], event["error"]["code"]) == (True, "FAILED", "c")
    assert len(event["warnings"]) == notifications.MAX_WARNINGS
