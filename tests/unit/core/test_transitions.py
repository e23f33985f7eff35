"""What each transition changes in a record in which every field is set, and what it leaves alone."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields, replace
from datetime import UTC, datetime
from typing import Any

import pytest

from syncline.core import transitions
from syncline.core.errors import MediaError, StaleRevisionError
from syncline.core.job import BULK, LIVE, Job, Lease, Result, State, StoredObject, UploadSet, job_id_of, revision_of
from syncline.core.options import Options

THEN, NOW_TEXT = "2026-01-01T00:00:00.000Z", "2026-01-02T03:04:05.000Z"
NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
RECORDING = StoredObject("uploads/talk.mp3", "e1", 1000)
UPLOADS = UploadSet(
    RECORDING,
    StoredObject("uploads/talk.txt", "e2", 50),
    Options(translate_to=("ja",)),
    times=StoredObject("uploads/talk.times.json", "e3", 10),
)
BUSY = Job(
    job_id_of("b", RECORDING.key), "b", RECORDING.key, State.RUNNING, THEN, THEN,
    recording_bytes=1000, transcript_key="uploads/talk.txt", times_key="uploads/talk.times.json",
    options=UPLOADS.options.as_record(), revision=revision_of(UPLOADS), missing=("transcript",), queue=BULK,
    batch="run/1", stage="align", progress=0.5, error={"code": "old"}, attempts=3, lease=Lease("w", THEN),
    queued_at=THEN, started_at=THEN, finished_at=THEN, results=(Result("a", "k", 1),), stats={"a": 1},
    warnings=("old",), version=7,
)  # fmt: skip
RESULTS = (Result("alignment.json", "results/talk.mp3/alignment.json", 5),)
PROBLEM = MediaError("It is empty.", code="empty", hint="Upload it again.")


def changes(before: Job, after: Job) -> dict[str, Any]:
    names = [field.name for field in fields(Job)]
    return {name: getattr(after, name) for name in names if getattr(before, name) != getattr(after, name)}


@pytest.mark.parametrize(
    ("transition", "expected"),
    [
        (lambda job: transitions.message_sent(job, now=NOW), {"message_sent": True}),
        (
            lambda job: transitions.started(job, owner="new", lease_seconds=90, now=NOW),
            {"message_sent": True, "attempts": 4, "error": None, "lease": Lease("new", "2026-01-02T03:05:35.000Z")},
        ),
        (
            lambda job: transitions.started(replace(job, started_at=None), owner="w", lease_seconds=0, now=NOW),
            {"message_sent": True, "attempts": 4, "error": None, "lease": Lease("w", NOW_TEXT), "started_at": NOW_TEXT},
        ),
        (
            lambda job: transitions.extended(job, lease_seconds=90, now=NOW),
            {"lease": Lease("w", "2026-01-02T03:05:35.000Z")},
        ),
        (
            lambda job: transitions.progressed(job, stage="render", progress=0.123456, now=NOW),
            {"stage": "render", "progress": 0.1235},
        ),
        (lambda job: transitions.progressed(job, stage="align", progress=1.5, now=NOW), {"progress": 1.0}),
        (lambda job: transitions.progressed(job, stage="align", progress=-0.5, now=NOW), {"progress": 0.0}),
        (
            lambda job: transitions.succeeded(job, results=RESULTS, stats={"b": 2}, warnings=("new",), now=NOW),
            {
                "state": State.SUCCEEDED, "stage": None, "progress": 1.0, "lease": None, "error": None,
                "results": RESULTS, "stats": {"b": 2}, "warnings": ("new",), "finished_at": NOW_TEXT,
            },
        ),
        (
            lambda job: transitions.failed(job, PROBLEM, results=RESULTS, now=NOW),
            {
                "state": State.FAILED, "lease": None, "error": PROBLEM.as_dict(), "results": RESULTS,
                "finished_at": NOW_TEXT,
            },
        ),
        (lambda job: transitions.released(job, now=NOW), {"state": State.QUEUED, "lease": None}),
        (
            lambda job: transitions.released(job, now=NOW, attempt_counts=False),
            {"state": State.QUEUED, "lease": None, "attempts": 2},
        ),
        (
            lambda job: transitions.released(replace(job, attempts=0), now=NOW, attempt_counts=False),
            {"state": State.QUEUED, "lease": None, "attempts": 0},
        ),
        (
            lambda job: transitions.retried(replace(job, message_sent=True), now=NOW),
            {
                "state": State.QUEUED, "queue": LIVE, "batch": None, "attempts": 0, "error": None, "stage": None,
                "progress": 0.0, "lease": None, "queued_at": NOW_TEXT, "started_at": None, "finished_at": None,
            },
        ),
    ],
)  # fmt: skip
def test_a_transition_changes_these_fields(transition: Callable[[Job], Job], expected: dict[str, Any]) -> None:
    assert changes(BUSY, transition(BUSY)) == expected | {"updated_at": NOW_TEXT}


def test_a_job_without_a_lease_is_named_when_it_cannot_be_extended() -> None:
    with pytest.raises(StaleRevisionError, match=f"Job {BUSY.job_id} has no lease"):
        transitions.extended(replace(BUSY, lease=None), lease_seconds=1, now=NOW)


def test_the_record_of_a_new_set_of_files() -> None:
    assert transitions.observed(None, "b", UPLOADS, now=NOW, queue=BULK) == Job(
        BUSY.job_id, "b", RECORDING.key, State.QUEUED, NOW_TEXT, NOW_TEXT,
        recording_bytes=1000, transcript_key="uploads/talk.txt", times_key="uploads/talk.times.json",
        options={**Options().as_record(), "translate_to": ["ja"]}, revision=BUSY.revision, queue=BULK,
        queued_at=NOW_TEXT,
    )  # fmt: skip


def test_a_new_revision_keeps_the_age_and_the_version_of_the_record() -> None:
    again = transitions.observed(replace(BUSY, revision="older"), "b", replace(UPLOADS, times=None), now=NOW)
    assert (again.created_at, again.version, again.times_key, again.finished_at) == (THEN, 7, None, None)


def test_a_set_that_waits_has_no_times_of_a_run() -> None:
    waiting = transitions.observed(None, "b", UploadSet(RECORDING, None, Options()), now=NOW)
    assert (waiting.state, waiting.transcript_key, waiting.queued_at, waiting.finished_at) == (
        State.WAITING, None, None, None,
    )  # fmt: skip


def test_a_refused_set_is_finished_and_lacks_nothing() -> None:
    rejected = transitions.observed(None, "b", UploadSet(RECORDING, None, Options(), PROBLEM), now=NOW)
    assert (rejected.state, rejected.missing, rejected.error) == (State.REJECTED, (), PROBLEM.as_dict())
    assert (rejected.queued_at, rejected.finished_at) == (None, NOW_TEXT)


def test_a_refused_set_is_refused_again_only_for_another_reason() -> None:
    refused = replace(UPLOADS, problem=PROBLEM)
    rejected = transitions.observed(None, "b", refused, now=NOW)
    assert transitions.observed(rejected, "b", refused, now=NOW) is rejected
    other = replace(UPLOADS, problem=MediaError("It is noise."))
    assert transitions.observed(rejected, "b", other, now=NOW) is not rejected
    # The same revision may have run before a limit was lowered.
    done = replace(rejected, state=State.SUCCEEDED)
    assert transitions.observed(done, "b", refused, now=NOW).state is State.REJECTED


def test_a_set_that_still_waits_changes_nothing() -> None:
    alone = UploadSet(RECORDING, None, Options())
    waiting = transitions.observed(None, "b", alone, now=NOW)
    assert transitions.observed(waiting, "b", alone, now=NOW) is waiting
    assert transitions.observed(replace(waiting, state=State.FAILED), "b", alone, now=NOW).state is State.WAITING


def test_a_transcript_without_its_recording_waits_for_it() -> None:
    transcript = StoredObject("uploads/talk.txt", "e2", 50)
    orphan = transitions.orphan(None, "b", transcript, ("recording",), now=NOW)
    assert orphan == Job(
        job_id_of("b", transcript.key), "b", transcript.key, State.WAITING, NOW_TEXT, NOW_TEXT, revision="e2",
        missing=("recording",),
    )  # fmt: skip
    assert transitions.orphan(orphan, "b", transcript, ("recording",), now=NOW) is orphan
    changed = transitions.orphan(
        replace(orphan, created_at=THEN), "b", replace(transcript, etag="e4"), ("recording",), now=NOW
    )
    assert (changed.created_at, changed.revision) == (THEN, "e4")


def test_an_object_of_no_job_is_rejected_with_its_reason() -> None:
    stored = StoredObject("uploads/notes.pdf", "e5", 5)
    rejected = transitions.rejected(None, "b", stored, PROBLEM, now=NOW)
    assert rejected == Job(
        job_id_of("b", stored.key), "b", stored.key, State.REJECTED, NOW_TEXT, NOW_TEXT, revision="e5",
        error=PROBLEM.as_dict(), finished_at=NOW_TEXT,
    )  # fmt: skip
