from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from syncline.aws.settings import Settings
from syncline.backfill.pairing import Found, FoundSet
from syncline.backfill.planning import (
    Candidate,
    Decision,
    Place,
    Planner,
    Step,
    Verdict,
    Wishes,
    candidates,
    with_translations,
)
from syncline.core import transitions
from syncline.core.errors import InvalidOptionsError, MediaError
from syncline.core.job import BULK, Job, State, StoredObject, UploadSet, revision_of
from syncline.core.options import Options
from syncline.jobs import upload_set
from tests.memory_cloud import MemoryBucket

NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
RECORDING = Found(StoredObject("old/talk.mp3", "e1", 1000), modified="2026-01-01T00:00:00.000Z")
TRANSCRIPT = Found(StoredObject("old/talk.txt", "e2", 50), modified="2025-06-01T00:00:00.000Z")
UPLOADS = UploadSet(RECORDING.stored, TRANSCRIPT.stored, Options())
PAIR = Candidate(RECORDING, TRANSCRIPT, None)
PLAIN = Settings(bucket="home")
MINE = "this-run/7"


def known(state: State = State.QUEUED, *, uploads: UploadSet = UPLOADS, age: float = 0, **changes: object) -> Job:
    job = transitions.observed(None, "b", uploads, now=NOW - timedelta(seconds=age), queue=BULK)
    return replace(job, state=state, version=3, **changes)


def decide(record: Job | None, uploads: UploadSet = UPLOADS, *, force: bool = False, sent: bool = False) -> Decision:
    planner = Planner(bucket="b", batch=MINE, now=NOW, sent=lambda _: sent, force=force)
    return planner.decide(uploads, record, metadata_read=False)


def test_a_recording_that_nobody_knows_is_written_and_sent_to_bulk_with_this_batch() -> None:
    decision = decide(None)
    assert (decision.step, decision.verdict) == (Step.WRITE, Verdict.QUEUED)
    assert decision.job
    assert (decision.job.state, decision.job.queue, decision.job.batch) == (State.QUEUED, BULK, MINE)
    assert decision.job.message_sent is False
    assert decision.job.revision == revision_of(UPLOADS)


@pytest.mark.parametrize(
    ("state", "verdict"),
    [
        (State.SUCCEEDED, Verdict.DONE),
        (State.RUNNING, Verdict.RUNNING),
        (State.FAILED, Verdict.FAILED),
        (State.REJECTED, Verdict.REFUSED),
    ],
)
def test_what_became_of_the_same_revision_stands(state: State, verdict: Verdict) -> None:
    assert decide(known(state)) == replace(decide(known(state)), step=Step.NOTHING, verdict=verdict)


@pytest.mark.parametrize("state", [State.SUCCEEDED, State.FAILED, State.REJECTED])
def test_force_runs_again_what_has_ended(state: State) -> None:
    decision = decide(known(state, message_sent=True, batch="earlier/1"), force=True)
    assert decision.step is Step.WRITE
    assert decision.job
    assert (decision.job.state, decision.job.message_sent, decision.job.batch) == (State.QUEUED, False, MINE)
    assert (decision.job.version, decision.job.queue) == (3, BULK)


def test_force_leaves_alone_what_is_running() -> None:
    assert decide(known(State.RUNNING), force=True).step is Step.NOTHING


def test_a_changed_file_makes_a_new_revision_over_the_old_record() -> None:
    newer = replace(UPLOADS, transcript=replace(TRANSCRIPT.stored, etag="e3"))
    decision = decide(known(State.SUCCEEDED), newer)
    assert decision.step is Step.WRITE
    assert decision.job
    assert (decision.job.version, decision.job.revision) == (3, revision_of(newer))


@pytest.mark.parametrize(
    ("record", "step"),
    [
        (known(message_sent=True), Step.NOTHING),
        (known(batch=MINE), Step.SEND),
        (known(batch="other/1", age=5), Step.LOOK_AGAIN),
        (known(batch="other/1", age=30), Step.WRITE),
        (known(age=30), Step.LOOK_AGAIN),  # a reception may still be at it
        (known(age=90), Step.WRITE),
    ],
)
def test_a_message_that_may_not_have_been_sent_is_sent_when_its_sender_must_be_dead(record: Job, step: Step) -> None:
    assert decide(record).step is step


def test_a_batch_that_is_said_to_be_sent_needs_nothing_more() -> None:
    assert decide(known(batch="other/1", age=900), sent=True) == Decision(Step.NOTHING, Verdict.WAITING_IN_QUEUE)


def test_a_recording_without_transcript_is_told_and_not_written() -> None:
    assert decide(None, replace(UPLOADS, transcript=None)).verdict is Verdict.MISSING
    transcribed = replace(UPLOADS, transcript=None, options=Options(mode="transcribe"))
    assert decide(None, transcribed).step is Step.WRITE


def test_a_recording_that_waited_is_queued_when_its_transcript_has_come() -> None:
    waiting = known(uploads=replace(UPLOADS, transcript=None))
    assert waiting.state is State.QUEUED  # `known` sets the state
    decision = decide(replace(waiting, state=State.WAITING, missing=("transcript",)))
    assert decision.step is Step.WRITE


def test_metadata_are_read_before_a_job_is_run_again_for_other_wishes() -> None:
    with_metadata = known(State.SUCCEEDED, uploads=replace(UPLOADS, options=Options(translate_to=("ja",))))
    assert decide(with_metadata).step is Step.READ_METADATA


def test_what_a_reception_refused_for_its_contents_is_not_queued_again() -> None:
    wishes = StoredObject("old/talk.job.json", "e9", 10)
    looked_into = replace(UPLOADS, problem=MediaError("no recording"), options_file=wishes)
    refused = transitions.observed(None, "b", looked_into, now=NOW)
    decision = decide(refused, replace(UPLOADS, options_file=wishes))
    assert (decision.step, decision.verdict, decision.reason) == (Step.NOTHING, Verdict.REFUSED, "no recording")


# --- the set as seen from a listing


def seen(candidate: Candidate = PAIR, document: bytes | None = None, settings: Settings = PLAIN) -> UploadSet:
    source: Any = MemoryBucket("b")
    if candidate.options and document is not None:
        source.objects[candidate.options.key] = document
    return upload_set.assemble(candidate.files, {}, source, settings, check_contents=False)


def test_the_revision_is_the_one_that_a_reception_computes() -> None:
    assert revision_of(seen()) == revision_of(UPLOADS)


def test_translations_asked_for_are_defaults_that_an_options_file_overrides() -> None:
    settings = with_translations(PLAIN, ("ja", "fr"))
    with_options = replace(PAIR, options=Found(StoredObject("old/talk.job.json", "e3", 9)))
    assert seen(settings=settings).options.translate_to == ("ja", "fr")
    assert seen(with_options, b'{"translate_to": ["de"]}', settings).options.translate_to == ("de",)
    with pytest.raises(InvalidOptionsError, match="spoken"):
        with_translations(Settings(), ("en",))


@pytest.mark.parametrize(
    ("candidate", "document", "code"),
    [
        (Candidate(Found(StoredObject("old/talk.mp3", "e", 0)), TRANSCRIPT, None), None, "empty_recording"),
        (Candidate(Found(StoredObject("é" * 500 + ".mp3", "e", 9)), TRANSCRIPT, None), None, "key_too_long"),
        (Candidate(RECORDING, Found(StoredObject("old/talk.txt", "e", 1 << 30)), None), None, "transcript_too_large"),
        (Candidate(RECORDING, TRANSCRIPT, Found(StoredObject("o", "e", 1 << 20))), None, "options_too_large"),
        (Candidate(RECORDING, TRANSCRIPT, Found(StoredObject("o", "e", 9))), b'{"nope": 1}', "invalid_options"),
    ],
)
def test_what_can_be_told_from_outside_is_refused_before_it_costs_a_worker(
    candidate: Candidate, document: bytes | None, code: str
) -> None:
    problem = seen(candidate, document).problem
    assert problem
    assert problem.code == code
    assert decide(None, seen(candidate, document)).step is Step.REFUSE


@pytest.mark.parametrize(
    ("wishes", "count"),
    [
        (Wishes(), 1),
        (Wishes(match="*/talk.mp3"), 1),
        (Wishes(match="*.wav"), 0),
        (Wishes(since="2025-12-01T00:00:00.000Z"), 1),
        (Wishes(since="2026-02-01T00:00:00.000Z"), 0),
    ],
)
def test_wishes_choose_recordings(wishes: Wishes, count: int) -> None:
    assert len(candidates(FoundSet("old/talk", [RECORDING], TRANSCRIPT), wishes)) == count


def test_a_transcript_that_came_later_makes_its_recording_new() -> None:
    late = replace(TRANSCRIPT, modified="2026-03-01T00:00:00.000Z")
    assert candidates(FoundSet("old/talk", [RECORDING], late), Wishes(since="2026-02-01T00:00:00.000Z"))


def test_results_are_no_recordings() -> None:
    assert Place("home", "home").skips("results/talk.mp3/x")
    assert not Place("other", "home").skips("results/talk")
