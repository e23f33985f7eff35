from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from syncline.aws.settings import Settings
from syncline.backfill.pairing import ListedObject, ListedSet
from syncline.backfill.planning import (
    Decision,
    ListedJob,
    Planner,
    RecordingStatus,
    Selection,
    Step,
    with_translations,
)
from syncline.core import options, transitions
from syncline.core.errors import InvalidOptionsError, MediaError
from syncline.core.job import BULK, Job, State, StoredObject, UploadSet, revision_of
from syncline.core.options import Options
from syncline.jobs import upload_set
from tests.memory_cloud import MemoryBucket

NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
RECORDING = ListedObject(StoredObject("old/talk.mp3", "e1", 1000), modified="2026-01-01T00:00:00.000Z")
TRANSCRIPT = ListedObject(StoredObject("old/talk.txt", "e2", 50), modified="2025-06-01T00:00:00.000Z")
CAPTIONS = ListedObject(StoredObject("old/talk.vtt", "e3", 70), modified="2025-06-01T00:00:00.000Z")
UPLOADS = UploadSet(RECORDING.stored, TRANSCRIPT.stored, Options())
PAIR = ListedJob(RECORDING, [TRANSCRIPT])
PLAIN = Settings(bucket="home")
OWN_BATCH = "this-run/7"


def record(state: State = State.QUEUED, *, uploads: UploadSet = UPLOADS, age: float = 0, **changes: object) -> Job:
    job = transitions.observed(None, "b", uploads, now=NOW - timedelta(seconds=age), queue=BULK)
    return replace(job, state=state, version=3, **changes)


def decide(job: Job | None, uploads: UploadSet = UPLOADS, *, force: bool = False, sent: bool = False) -> Decision:
    planner = Planner(bucket="b", batch=OWN_BATCH, now=NOW, batch_is_sent=lambda _: sent, force=force)
    return planner.decide(uploads, job, metadata_read=False)


def test_a_recording_without_record_is_queued_in_bulk_with_this_batch() -> None:
    decision = decide(None)
    assert (decision.step, decision.status) == (Step.WRITE, RecordingStatus.QUEUED)
    assert decision.job
    assert (decision.job.state, decision.job.queue, decision.job.batch) == (State.QUEUED, BULK, OWN_BATCH)
    assert decision.job.message_sent is False
    assert decision.job.revision == revision_of(UPLOADS)


@pytest.mark.parametrize(
    ("state", "status"),
    [
        (State.SUCCEEDED, RecordingStatus.SUCCEEDED),
        (State.RUNNING, RecordingStatus.RUNNING),
        (State.FAILED, RecordingStatus.FAILED),
        (State.REJECTED, RecordingStatus.REJECTED),
    ],
)
def test_an_unchanged_revision_keeps_its_state(state: State, status: RecordingStatus) -> None:
    assert decide(record(state)) == replace(decide(record(state)), step=Step.NONE, status=status)


@pytest.mark.parametrize("state", [State.SUCCEEDED, State.FAILED, State.REJECTED])
def test_force_runs_ended_jobs_again(state: State) -> None:
    decision = decide(record(state, message_sent=True, batch="earlier/1"), force=True)
    assert decision.step is Step.WRITE
    assert decision.job
    assert (decision.job.state, decision.job.message_sent, decision.job.batch) == (State.QUEUED, False, OWN_BATCH)
    assert (decision.job.version, decision.job.queue) == (3, BULK)


def test_force_leaves_running_jobs_alone() -> None:
    assert decide(record(State.RUNNING), force=True).step is Step.NONE


def test_a_changed_file_makes_a_new_revision_over_the_old_record() -> None:
    newer = replace(UPLOADS, transcript=replace(TRANSCRIPT.stored, etag="e3"))
    decision = decide(record(State.SUCCEEDED), newer)
    assert decision.step is Step.WRITE
    assert decision.job
    assert (decision.job.version, decision.job.revision) == (3, revision_of(newer))


@pytest.mark.parametrize(
    ("job", "step"),
    [
        (record(message_sent=True), Step.NONE),
        (record(batch=OWN_BATCH), Step.SEND),
        (record(batch="other/1", age=5), Step.DECIDE_LATER),
        (record(batch="other/1", age=30), Step.WRITE),
        (record(age=30), Step.DECIDE_LATER),  # a reception may still send it
        (record(age=90), Step.WRITE),
    ],
)
def test_a_pending_message_is_sent_once_its_sender_must_have_crashed(job: Job, step: Step) -> None:
    assert decide(job).step is step


def test_a_job_of_a_sent_batch_is_in_the_queue() -> None:
    assert decide(record(batch="other/1", age=900), sent=True) == Decision(Step.NONE, RecordingStatus.ALREADY_QUEUED)


def test_a_recording_without_transcript_gets_no_record() -> None:
    assert decide(None, replace(UPLOADS, transcript=None)).status is RecordingStatus.NO_TRANSCRIPT
    transcribed = replace(UPLOADS, transcript=None, options=Options(mode="transcribe"))
    assert decide(None, transcribed).step is Step.WRITE


def test_a_waiting_recording_is_queued_when_its_transcript_has_come() -> None:
    waiting = record(uploads=replace(UPLOADS, transcript=None))
    assert waiting.state is State.QUEUED  # `record` sets the state
    decision = decide(replace(waiting, state=State.WAITING, missing=("transcript",)))
    assert decision.step is Step.WRITE


def test_metadata_is_read_before_a_job_runs_again_for_other_options() -> None:
    with_metadata = record(State.SUCCEEDED, uploads=replace(UPLOADS, options=Options(translate_to=("ja",))))
    assert decide(with_metadata).step is Step.READ_METADATA


def test_a_set_that_a_reception_rejected_for_its_contents_is_not_queued_again() -> None:
    options_file = StoredObject("old/talk.job.json", "e9", 10)
    opened = replace(UPLOADS, problem=MediaError("no recording"), options_file=options_file)
    rejected = transitions.observed(None, "b", opened, now=NOW)
    decision = decide(rejected, replace(UPLOADS, options_file=options_file))
    assert (decision.step, decision.status, decision.reason) == (Step.NONE, RecordingStatus.REJECTED, "no recording")


def test_a_set_with_two_transcripts_is_queued_when_one_is_gone() -> None:
    ambiguous = listed(ListedJob(RECORDING, [TRANSCRIPT, CAPTIONS]))
    rejected = transitions.observed(None, "b", ambiguous, now=NOW)
    again = decide(rejected, ambiguous)
    assert (again.step, again.status) == (Step.NONE, RecordingStatus.REJECTED)
    assert decide(rejected, listed()).step is Step.WRITE


# --- the set as seen from a listing


def listed(job: ListedJob = PAIR, document: bytes | None = None, settings: Settings = PLAIN) -> UploadSet:
    source: Any = MemoryBucket("b")
    if job.options and document is not None:
        source.objects[job.options.key] = document
    return upload_set.assemble(job.files, {}, source, settings, check_contents=False)


def test_the_revision_is_the_one_that_a_reception_computes() -> None:
    assert revision_of(listed()) == revision_of(UPLOADS)


def test_an_options_file_overrides_the_translations_of_the_run() -> None:
    settings = with_translations(PLAIN, ("ja", "fr"))
    with_options = replace(PAIR, options=ListedObject(StoredObject("old/talk.job.json", "e3", 9)))
    assert listed(settings=settings).options.translate_to == ("ja", "fr")
    assert listed(with_options, b'{"translate_to": ["de"]}', settings).options.translate_to == ("de",)
    with pytest.raises(InvalidOptionsError, match="spoken"):
        with_translations(Settings(), ("en",))


@pytest.mark.parametrize(
    ("job", "document", "code"),
    [
        (ListedJob(ListedObject(StoredObject("old/talk.mp3", "e", 0)), [TRANSCRIPT]), None, "empty_recording"),
        (ListedJob(ListedObject(StoredObject("é" * 500 + ".mp3", "e", 9)), [TRANSCRIPT]), None, "key_too_long"),
        (
            ListedJob(RECORDING, [ListedObject(StoredObject("old/talk.txt", "e", 1 << 30))]),
            None,
            "transcript_too_large",
        ),
        (ListedJob(RECORDING, [TRANSCRIPT], ListedObject(StoredObject("o", "e", 1 << 20))), None, "options_too_large"),
        (
            ListedJob(RECORDING, [TRANSCRIPT], ListedObject(StoredObject("o", "e", 9))),
            b'{"nope": 1}',
            "invalid_options",
        ),
        (ListedJob(RECORDING, [TRANSCRIPT, CAPTIONS]), None, "two_transcripts"),
    ],
)
def test_a_problem_that_the_listing_shows_is_rejected_without_a_worker(
    job: ListedJob, document: bytes | None, code: str
) -> None:
    problem = listed(job, document).problem
    assert problem
    assert problem.code == code
    assert decide(None, listed(job, document)).step is Step.REJECT


@pytest.mark.parametrize(
    ("selection", "count"),
    [
        (Selection(), 1),
        (Selection(match="*/talk.mp3"), 1),
        (Selection(match="*.wav"), 0),
        (Selection(since="2025-12-01T00:00:00.000Z"), 1),
        (Selection(since="2026-02-01T00:00:00.000Z"), 0),
    ],
)
def test_a_selection_chooses_recordings(selection: Selection, count: int) -> None:
    assert len(selection.jobs_in(ListedSet("old/talk", [RECORDING], [TRANSCRIPT]))) == count


def test_a_newer_transcript_selects_its_recording() -> None:
    late = replace(TRANSCRIPT, modified="2026-03-01T00:00:00.000Z")
    assert Selection(since="2026-02-01T00:00:00.000Z").jobs_in(ListedSet("old/talk", [RECORDING], [late]))


@pytest.mark.parametrize("written", [{"captions": {"profile": "bbc"}}, {"translate_to": ["ja"], "outputs": ["csv"]}])
def test_options_in_a_record_are_compared_with_those_of_the_listing(written: dict[str, Any]) -> None:
    other = record(State.SUCCEEDED, uploads=replace(UPLOADS, options=options.from_record(written)))
    assert decide(other).step is Step.READ_METADATA
    by_newer_version = replace(other, options={**other.options, "from_the_future": 1})
    assert decide(by_newer_version).step is Step.READ_METADATA


def test_options_in_a_record_that_this_version_does_not_allow_are_different_options() -> None:
    other = replace(record(State.SUCCEEDED), revision="other", options={"mode": "from the future"})
    assert decide(other).step is Step.WRITE
