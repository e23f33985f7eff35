"""One record and one message, for any order, repetition and interleaving of events, and for crashes in between.

S3 numbers its events with a sequencer because they may overtake each other. The intake needs no such number: it reads
the bucket again for every event, and its write succeeds only if no other process has written since.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from syncline.core import languages
from syncline.core.errors import TransientError
from syncline.core.job import Job, State, job_id_of
from syncline.jobs.intake import Intake
from tests.memory_cloud import CrashError, MemoryWorld, Task, play

STEM = "uploads/talk"
RECORDING, TRANSCRIPT, OPTIONS = f"{STEM}.wav", f"{STEM}.txt", f"{STEM}.job.json"
CAPTIONS = f"{STEM}.vtt"  # a second transcript, with which the set is rejected
WAV = b"RIFF\x24\x08\x00\x00WAVEfmt "
LANGUAGES = sorted(languages.CODES - {"en"})
CONTENTS = {
    RECORDING: lambda number: WAV + bytes([number]),
    TRANSCRIPT: lambda number: (
        f"Guten Tag {number}".encode() if number % 4 else b" " * number
    ),  # some are blank, and refused
    CAPTIONS: lambda number: f"WEBVTT\n\n00:01.000 --> 00:02.000\nGuten Tag {number}\n".encode(),
    OPTIONS: lambda number: f'{{"translate_to": ["{LANGUAGES[number]}"]}}'.encode() if number % 3 else b"{" * number,
}
FILES = sorted(CONTENTS)
# In half of the examples there is no second transcript.
EVENTS = st.sampled_from([FILES, [key for key in FILES if key != CAPTIONS]]).flatmap(
    lambda keys: st.lists(st.sampled_from(keys), min_size=1, max_size=6)
)


@dataclass
class World(MemoryWorld):
    uploads: int = 0

    def upload(self, key: str) -> None:
        """Never the same content twice: every upload is a new revision."""
        self.uploads += 1
        self.bucket.objects[key] = CONTENTS[key](self.uploads)

    def receive(self, key: str) -> None:
        Intake(self.deployment, self.clock).object_created(key)

    def redeliver(self, keys: list[str]) -> None:
        """Deliver unacknowledged events again, after the timeout of a reception."""
        for _ in range(10):
            self.now += timedelta(minutes=3)
            keys = [key for key in keys if not self._acknowledged(key)]
            if not keys:
                return
        raise AssertionError(f"never acknowledged: {keys}")

    def _acknowledged(self, key: str) -> bool:
        try:
            self.receive(key)
        except TransientError:
            return False
        return True

    def records(self) -> dict[str, Any]:
        return {job.recording_key: meaning(job) for job in self.store.jobs.values()}


def meaning(job: Job) -> tuple[object, ...]:
    """A record without its times and versions."""
    return job.state, job.revision, job.missing, job.error, dict(job.options), job.transcript_key


def observed_in_an_empty_table(world: World) -> dict[str, Any]:
    """The records that the same files lead to in an empty table."""
    fresh = World()
    fresh.bucket.objects = {key: body for key, body in world.bucket.objects.items() if key.startswith("uploads/")}
    for key in sorted(fresh.bucket.objects, key=lambda key: key != RECORDING):
        fresh.receive(key)
    return fresh.records()


def tasks_for(world: World, keys: list[str]) -> list[Task]:
    return [Task(lambda key=key: world.receive(key)) for key in keys]  # type: ignore[misc]


def unacknowledged(tasks: list[Task], keys: list[str]) -> list[str]:
    for task in tasks:
        if task.outcome is not None and not isinstance(task.outcome, CrashError | TransientError):
            raise task.outcome
    return [key for task, key in zip(tasks, keys, strict=True) if task.outcome is not None]


def check(world: World) -> None:
    assert world.records() == observed_in_an_empty_table(world)
    for job in world.store.jobs.values():
        if job.state is State.QUEUED:
            assert (job.job_id, job.revision) in world.queue.sent


@given(EVENTS, st.data())
@settings(max_examples=60, deadline=None)
def test_any_interleaving_ends_in_the_same_record_and_one_message(uploads: list[str], data: st.DataObject) -> None:
    world = World()
    for key in uploads:
        world.upload(key)
    events = data.draw(st.permutations(uploads + data.draw(st.lists(st.sampled_from(uploads), max_size=2))))
    tasks = tasks_for(world, list(events))
    play(tasks, lambda count: data.draw(st.integers(0, count - 1)), lambda: False)
    world.redeliver(unacknowledged(tasks, list(events)))
    check(world)
    assert set(Counter(world.queue.sent).values()) <= {1}


@given(st.lists(EVENTS, min_size=1, max_size=3), st.data())
@settings(max_examples=40, deadline=None)
def test_uploads_during_earlier_receptions_end_in_one_record_and_message(
    rounds: list[list[str]], data: st.DataObject
) -> None:
    """Events of earlier rounds are still being handled while the files of the next round are uploaded."""
    world, tasks, events = World(), [], []
    for uploads in rounds:
        for key in uploads:
            world.upload(key)
        begun = tasks_for(world, uploads)
        for task in begun:
            task.begin()
            for _ in range(data.draw(st.integers(0, 6))):
                if not task.over:
                    task.step()
        tasks, events = tasks + begun, events + uploads
    finish(tasks, data)
    world.redeliver(unacknowledged(tasks, events))
    check(world)
    assert set(Counter(world.queue.sent).values()) <= {1}


def finish(tasks: list[Task], data: st.DataObject) -> None:
    while alive := [task for task in tasks if not task.over]:
        alive[data.draw(st.integers(0, len(alive) - 1))].step()


@given(EVENTS, st.data())
@settings(max_examples=60, deadline=None)
def test_the_next_delivery_completes_what_a_crash_left_undone(uploads: list[str], data: st.DataObject) -> None:
    """A crash between sending and marking may send the message twice, which the worker recognises. It is never lost."""
    world = World()
    for key in uploads:
        world.upload(key)
    tasks = tasks_for(world, uploads)
    play(tasks, lambda count: data.draw(st.integers(0, count - 1)), lambda: data.draw(st.integers(0, 9)) == 0)
    world.redeliver(unacknowledged(tasks, uploads))
    check(world)


@pytest.mark.parametrize("key", [TRANSCRIPT, f"{STEM}.pdf"])
def test_an_older_observation_does_not_overwrite_a_newer_record(key: str) -> None:
    world = World()
    world.bucket.objects[key] = b"old"
    [slow] = tasks_for(world, [key])
    slow.begin()
    for _ in range(4):  # it has read the old object, and is about to write
        if not world.store.jobs:
            slow.step()
    world.bucket.objects[key] = b"new"
    world.receive(key)
    while not slow.over:
        slow.step()
    assert world.store.jobs[job_id_of("b", key)].revision == world.bucket.stored(key).etag


@pytest.mark.parametrize("key", [TRANSCRIPT, f"{STEM}.pdf", OPTIONS])
@pytest.mark.parametrize("steps", range(1, 14))
def test_files_that_change_and_change_back_leave_no_record_of_the_intermediate_state(key: str, steps: int) -> None:
    world = World()
    if key == OPTIONS:
        world.upload(RECORDING)
        world.upload(TRANSCRIPT)
    first, between = b'{"engine": "gentle"}', b'{"engine": "pocketsphinx"}'
    for content in (first, between):
        world.bucket.objects[key] = content
        if content is first:
            world.receive(key)
    [slow] = tasks_for(world, [key])
    slow.begin()
    for _ in range(steps):
        if not slow.over:
            slow.step()
    world.bucket.objects[key] = first
    events = [key, *([key] if slow.over else [])]
    other = tasks_for(world, events)
    play(other, lambda _: 0, lambda: False)
    while not slow.over:
        slow.step()
    world.redeliver(unacknowledged([slow, *other], [key, *events]))
    check(world)


@pytest.mark.parametrize("steps", range(1, 14))
def test_a_crash_at_any_step_of_a_simple_upload_is_completed(steps: int) -> None:
    world = World()
    world.upload(RECORDING)
    world.upload(TRANSCRIPT)
    [task] = tasks_for(world, [RECORDING])
    task.begin()
    for _ in range(steps):
        if not task.over:
            task.step()
    if not task.over:
        task.step(crash=True)
    task.join(5)
    world.redeliver([RECORDING])
    check(world)
    job = world.store.jobs[job_id_of("b", RECORDING)]
    assert (job.state, job.message_sent, 1 <= len(world.queue.sent) <= 2) == (State.QUEUED, True, True)


def test_a_pending_message_is_left_to_its_sender_until_the_sender_must_have_crashed() -> None:
    world = World()
    world.upload(RECORDING)
    world.upload(TRANSCRIPT)
    world.receive(RECORDING)
    job_id = job_id_of("b", RECORDING)
    world.store.jobs[job_id] = replace(world.store.jobs[job_id], message_sent=False)
    world.queue.sent.clear()
    with pytest.raises(TransientError, match="Another process is sending the message"):
        world.receive(RECORDING)
    world.now += timedelta(seconds=61)
    world.receive(RECORDING)
    assert len(world.queue.sent) == 1
