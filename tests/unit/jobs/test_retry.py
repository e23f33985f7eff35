from __future__ import annotations

import json
from dataclasses import replace

import pytest

from syncline.core import transitions
from syncline.core.errors import ConflictError, EngineError, NotFoundError
from syncline.core.job import Job, State, job_id_of
from syncline.jobs.intake import Intake
from syncline.jobs.retry import retry
from tests.memory_cloud import MemoryWorld

RECORDING, TRANSCRIPT = "uploads/talk.wav", "uploads/talk.txt"
JOB_ID = job_id_of("b", RECORDING)
WAV = b"RIFF\x24\x08\x00\x00WAVEfmt "


@pytest.fixture
def accepted(world: MemoryWorld) -> Job:
    world.bucket.objects |= {RECORDING: WAV, TRANSCRIPT: b"Guten Tag"}
    [job] = Intake(world.deployment, world.clock).object_created(RECORDING)
    assert job.state is State.QUEUED
    world.queue.sent.clear()
    return job


def fail(world: MemoryWorld, job: Job) -> Job:
    return world.store.put(transitions.failed(job, EngineError("no"), now=world.now))


def test_a_failed_job_runs_again_with_a_new_message(world: MemoryWorld, accepted: Job) -> None:
    fail(world, accepted)
    job = retry(world.deployment, JOB_ID, clock=world.clock)
    assert (job.state, job.error, job.message_sent, job.revision) == (State.QUEUED, None, True, accepted.revision)
    assert world.queue.sent == [(JOB_ID, accepted.revision)]


def test_a_failed_job_keeps_the_options_that_are_only_in_its_record(world: MemoryWorld, accepted: Job) -> None:
    translated = replace(accepted, options={**accepted.options, "translate_to": ["ja"]})
    fail(world, world.store.put(translated))
    assert retry(world.deployment, JOB_ID, clock=world.clock).options["translate_to"] == ["ja"]


def test_a_job_with_two_transcripts_is_accepted_once_one_is_deleted(world: MemoryWorld, accepted: Job) -> None:
    other = "uploads/talk.vtt"
    world.bucket.objects[other] = b"WEBVTT"
    [job] = Intake(world.deployment, world.clock).object_created(other)
    assert (job.state, job.error and job.error["code"]) == (State.REJECTED, "two_transcripts")
    assert retry(world.deployment, JOB_ID, clock=world.clock).state is State.REJECTED
    del world.bucket.objects[other]
    healed = retry(world.deployment, JOB_ID, clock=world.clock)
    assert (healed.state, healed.revision, healed.error) == (State.QUEUED, accepted.revision, None)
    assert world.queue.sent == [(JOB_ID, accepted.revision)]


def test_an_event_accepts_a_job_of_whose_two_transcripts_one_is_left(world: MemoryWorld) -> None:
    world.bucket.objects |= {RECORDING: WAV, TRANSCRIPT: b"Guten Tag", "uploads/talk.TXT": b"Guten Tag"}
    [job] = Intake(world.deployment, world.clock).object_created(RECORDING)
    assert job.state is State.REJECTED
    del world.bucket.objects["uploads/talk.TXT"]
    [job] = Intake(world.deployment, world.clock).object_created(TRANSCRIPT)
    assert (job.state, job.transcript_key) == (State.QUEUED, TRANSCRIPT)


def test_a_rejected_upload_is_accepted_once_it_is_corrected(world: MemoryWorld) -> None:
    world.bucket.objects |= {RECORDING: WAV, TRANSCRIPT: b"\xff\xfe"}
    Intake(world.deployment, world.clock).object_created(RECORDING)
    assert retry(world.deployment, JOB_ID, clock=world.clock).state is State.REJECTED
    world.bucket.objects[TRANSCRIPT] = b"Guten Tag"
    assert retry(world.deployment, JOB_ID, clock=world.clock).state is State.QUEUED


def test_an_unknown_object_stays_rejected(world: MemoryWorld) -> None:
    world.bucket.objects["uploads/talk.pdf"] = b"old"
    [rejected] = Intake(world.deployment, world.clock).object_created("uploads/talk.pdf")
    assert retry(world.deployment, rejected.job_id, clock=world.clock) == rejected
    world.bucket.objects["uploads/talk.pdf"] = b"new"
    assert retry(world.deployment, rejected.job_id, clock=world.clock).revision != rejected.revision


@pytest.mark.parametrize("key", [RECORDING, "uploads/talk.pdf"])
def test_a_job_without_its_recording_cannot_be_retried(world: MemoryWorld, key: str) -> None:
    world.bucket.objects[key] = b"" if key == RECORDING else b"x"
    [rejected] = Intake(world.deployment, world.clock).object_created(key)
    del world.bucket.objects[key]
    with pytest.raises(ConflictError, match="no longer in the bucket") as refused:
        retry(world.deployment, rejected.job_id)
    assert refused.value.code == "recording_gone"


def test_only_failed_and_rejected_jobs_can_be_retried(world: MemoryWorld, accepted: Job) -> None:
    with pytest.raises(ConflictError, match="The job is QUEUED") as refused:
        retry(world.deployment, JOB_ID)
    assert refused.value.code == "not_retryable"


def test_the_hint_about_an_unknown_job_holds_for_every_program(world: MemoryWorld) -> None:
    with pytest.raises(NotFoundError) as refused:
        retry(world.deployment, JOB_ID)
    assert "/jobs" not in json.dumps(refused.value.as_dict())
