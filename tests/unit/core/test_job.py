from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import NAMESPACE_URL, uuid5

import pytest
from hypothesis import given
from hypothesis import strategies as st

from syncline.aws.store import from_item, to_item
from syncline.core import transitions
from syncline.core.errors import InvalidOptionsError, MediaError, StaleRevisionError, SynclineError
from syncline.core.job import Job, Result, State, StoredObject, UploadSet, revision_of
from syncline.core.options import Options
from syncline.core.timestamps import format_timestamp, parse_timestamp

NOW = datetime(2026, 1, 2, 3, 4, 5, 678_900, UTC)
RECORDING = StoredObject("uploads/talk.mp3", "e1", 1000)
TRANSCRIPT = StoredObject("uploads/talk.txt", "e2", 50)
COMPLETE = UploadSet(RECORDING, TRANSCRIPT, Options())


def accepted(uploads: UploadSet = COMPLETE, job: Job | None = None) -> Job:
    return transitions.observed(job, "b", uploads, now=NOW)


def running() -> Job:
    return transitions.started(accepted(), owner="w", lease_seconds=90, now=NOW)


def test_the_job_id_can_be_computed_by_anyone() -> None:
    assert accepted().job_id == str(uuid5(NAMESPACE_URL, "s3://b/uploads/talk.mp3"))


def test_times_are_iso_8601_in_utc_and_sort_as_text() -> None:
    assert format_timestamp(NOW) == "2026-01-02T03:04:05.678Z"
    assert parse_timestamp(format_timestamp(NOW)) == NOW.replace(microsecond=678_000)
    assert format_timestamp(NOW) < format_timestamp(NOW + timedelta(milliseconds=1))


def test_a_complete_set_is_queued() -> None:
    job = accepted()
    assert (job.state, job.transcript_key, job.missing) == (State.QUEUED, "uploads/talk.txt", ())
    assert job.awaits_message


def test_a_recording_alone_waits_for_its_transcript() -> None:
    job = accepted(UploadSet(RECORDING, None, Options()))
    assert (job.state, job.missing) == (State.WAITING, ("transcript",))


def test_transcription_waits_for_nothing() -> None:
    assert accepted(UploadSet(RECORDING, None, Options(mode="transcribe"))).state is State.QUEUED


def test_a_problem_rejects_with_its_reason() -> None:
    job = accepted(UploadSet(RECORDING, TRANSCRIPT, Options(), MediaError("empty", code="empty", hint="again")))
    assert job.state is State.REJECTED
    assert job.error == {"code": "empty", "message": "empty", "hint": "again"}


@pytest.mark.parametrize(
    "settle",
    [
        lambda job: job,
        lambda job: transitions.started(job, owner="w", lease_seconds=9, now=NOW),
        lambda job: transitions.succeeded(job, results=(), stats={}, now=NOW),
        lambda job: transitions.failed(job, SynclineError("no"), now=NOW),
    ],
)
def test_looking_again_at_the_same_files_changes_nothing(settle) -> None:
    job = settle(accepted())
    assert accepted(job=job) is job


@pytest.mark.parametrize(
    "newer",
    [
        replace(COMPLETE, recording=replace(RECORDING, etag="other")),
        replace(COMPLETE, recording=replace(RECORDING, size=999)),
        replace(COMPLETE, transcript=replace(TRANSCRIPT, etag="other")),
        replace(COMPLETE, options=Options(translate_to=("ja",))),
    ],
)
def test_a_change_to_any_file_is_a_new_revision_and_runs_again(newer: UploadSet) -> None:
    done = transitions.succeeded(accepted(), results=(), stats={}, now=NOW)
    again = accepted(newer, done)
    assert again.revision != done.revision
    assert (again.state, again.attempts, again.results, again.lease) == (State.QUEUED, 0, (), None)
    assert again.awaits_message


def test_the_revision_of_a_set_of_files_stays() -> None:
    """Records hold revisions: a change of this digest would run every job again."""
    assert revision_of(COMPLETE) == "d479669e4681e2a6723e"
    assert (
        revision_of(replace(COMPLETE, times=StoredObject("uploads/talk.times.json", "e3", 10)))
        == "29cf191c7660775cac94"
    )


def test_a_corrected_options_file_is_a_new_revision() -> None:
    """The options of a refused file are those of an empty one."""
    refused = replace(COMPLETE, problem=InvalidOptionsError("unknown field"))
    revisions = {
        revision_of(replace(refused, options_file=StoredObject("uploads/talk.job.json", etag, 10)))
        for etag in ("e3", "e4")
    }
    assert len(revisions) == 2


def test_a_corrected_upload_leaves_rejection_behind() -> None:
    rejected = accepted(replace(COMPLETE, problem=MediaError("empty")))
    assert accepted(COMPLETE, rejected).state is State.QUEUED


def test_a_job_runs_once_until_its_lease_runs_out() -> None:
    job = running()
    revision = job.revision or ""
    assert transitions.may_start(accepted(), revision, now=NOW)
    assert not transitions.may_start(job, revision, now=NOW + timedelta(seconds=89))
    assert transitions.may_start(job, revision, now=NOW + timedelta(seconds=90))
    assert not transitions.may_start(job, "older", now=NOW + timedelta(days=1))


def test_a_finished_job_does_not_start_again() -> None:
    done = transitions.succeeded(running(), results=(), stats={}, now=NOW)
    assert not transitions.may_start(done, done.revision or "", now=NOW + timedelta(days=1))


def test_only_a_leased_job_can_be_extended() -> None:
    with pytest.raises(StaleRevisionError):
        transitions.extended(accepted(), lease_seconds=1, now=NOW)


def test_a_retry_needs_a_new_message() -> None:
    failed = transitions.failed(running(), SynclineError("no"), now=NOW)
    retried = transitions.retried(failed, now=NOW)
    assert retried.awaits_message
    assert (retried.attempts, retried.error, retried.revision) == (0, None, failed.revision)


MOVES = st.lists(
    st.sampled_from(
        [
            lambda job, now: transitions.message_sent(job, now=now),
            lambda job, now: transitions.started(job, owner="w", lease_seconds=9, now=now),
            lambda job, now: transitions.progressed(job, stage="align", progress=0.123456789, now=now),
            lambda job, now: transitions.failed(job, MediaError("broken", hint="mend"), now=now),
            lambda job, now: transitions.retried(job, now=now),
            lambda job, now: transitions.succeeded(
                job, results=(Result("a", "k", 3),), stats={"audio_seconds": 1.5}, warnings=("w",), now=now
            ),
        ]
    ),
    max_size=6,
)


@given(MOVES)
def test_every_record_survives_the_table(moves) -> None:
    job = accepted()
    for move in moves:
        job = move(job, NOW)
    assert from_item(to_item(job)) == job


@given(MOVES)
def test_a_job_in_a_final_state_holds_no_lease_and_says_when_it_ended(moves) -> None:
    job = accepted()
    for move in moves:
        job = move(job, NOW)
    if job.final:
        assert job.lease is None
        assert job.finished_at
