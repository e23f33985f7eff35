"""DELETE /jobs/{job_id}, and what late events and new uploads do afterwards."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from reception_world import Browser, Url, World, failed, finished, queued

from syncline.aws.notifications import DELETED_DETAIL_TYPE, EventBus
from syncline.core.job import Job, State
from syncline.jobs import deletion
from syncline.jobs.intake import Intake
from tests.event_bridge import EventBridge

NO_JOB = "c1a5298f-6a3c-5c3e-9a0e-000000000000"


def delete(url: Url, job: Job, query: str = "") -> dict[str, Any]:
    return url.ask("DELETE", f"/jobs/{job.job_id}{query}")


def keys(world: World, folder: str) -> set[str]:
    return {each.key.rpartition("/")[2] for each in world.deployment.bucket.list(f"{folder}/{world.folder}/")}


def long_ago(world: World, job: Job) -> None:
    """As if the deletion had come later than the uploads: S3's times are whole seconds."""
    marker = world.deployment.store.get_deletion(job.job_id)
    assert marker
    later = (datetime.now(UTC) + timedelta(seconds=2)).isoformat()
    world.deployment.store.put_deletion(replace(marker, deleted_at=later))


def with_results(world: World) -> Job:
    job = finished(world, queued(world))
    for name in ("alignment.json", "job.json"):
        world.deployment.bucket.replace(f"results/{world.folder}/talk.wav/{name}", b"{}", seen_etag=None)
    return job


def test_a_job_is_deleted_with_its_results(url: Url, world: World) -> None:
    job = with_results(world)
    answer = delete(url, job)
    assert (answer["statusCode"], len(answer["json"]["deleted"])) == (200, 2)
    assert (url.get(f"/jobs/{job.job_id}")["statusCode"], delete(url, job)["statusCode"]) == (404, 404)
    assert keys(world, "results") == set()
    assert keys(world, "uploads") == {"talk.wav", "talk.txt"}


def test_the_uploads_are_deleted_on_request(url: Url, world: World) -> None:
    world.upload("talk.job.json", b"{}")
    assert delete(url, with_results(world), "?uploads=true")["statusCode"] == 200
    assert keys(world, "uploads") == set()


def test_the_uploads_can_be_deleted_later(url: Url, world: World) -> None:
    job = with_results(world)
    assert [delete(url, job, query)["statusCode"] for query in ("", "?uploads=true")] == [200, 200]
    assert keys(world, "uploads") == set()


def test_files_that_another_recording_uses_stay(url: Url, world: World) -> None:
    job = queued(world)
    world.upload("talk.mp3", b"ID3")
    assert delete(url, job, "?uploads=true")["statusCode"] == 200
    assert keys(world, "uploads") == {"talk.mp3", "talk.txt"}


def test_a_late_event_does_not_bring_the_job_back(url: Url, world: World) -> None:
    job = queued(world)
    delete(url, job)
    long_ago(world, job)
    for key in (job.recording_key, job.transcript_key or ""):
        assert [found.recording_key for found in Intake(world.deployment).object_created(key)] != [job.recording_key]
    assert world.job("talk.wav") is None


def test_the_same_files_uploaded_again_are_a_new_job(url: Url, world: World) -> None:
    job = queued(world)
    delete(url, job, "?uploads=true")
    again = queued(world)
    assert (again.state, again.revision) == (State.QUEUED, job.revision)


def test_a_changed_file_is_a_new_job(url: Url, world: World) -> None:
    job = queued(world)
    delete(url, job)
    long_ago(world, job)
    [again] = Intake(world.deployment).object_created(world.upload("talk.txt", b"Guten Abend"))
    assert again.state is State.QUEUED


def test_the_record_of_an_object_without_a_job_can_be_deleted(url: Url, world: World) -> None:
    [unknown] = Intake(world.deployment).object_created(world.upload("notes.pdf"))
    assert delete(url, unknown, "?uploads=true")["statusCode"] == 200
    assert keys(world, "uploads") | keys(world, "results") == set()


def test_the_next_request_completes_a_deletion_that_was_interrupted(url: Url, world: World) -> None:
    job = with_results(world)
    store = world.deployment.store
    store.put_deletion(deletion.Deletion(job.job_id, job.bucket, job.recording_key, job.revision, job.updated_at))
    store.delete(job)
    assert delete(url, job)["statusCode"] == 200
    assert keys(world, "results") == set()


def test_metadata_of_a_deleted_job_is_deleted(url: Url, world: World) -> None:
    world.upload("talk.job.json", json.dumps({"metadata": {"course": world.folder}}).encode())
    delete(url, queued(world))
    assert list(world.deployment.store.metadata.find("course", world.folder, is_prefix=False)) == []


@pytest.mark.parametrize(
    ("path", "status", "code"),
    [
        (f"/jobs/{NO_JOB}", 404, "not_found"),
        ("/jobs/backfill", 404, "not_found"),
        (f"/jobs/{NO_JOB}?uploads=yes", 400, "bad_uploads"),
    ],
)
def test_a_wrong_request_is_refused(path: str, status: int, code: str, url: Url) -> None:
    answer = url.ask("DELETE", path)
    assert (answer["statusCode"], answer["json"]["code"]) == (status, code)


def test_recordings_of_an_archive_are_not_deleted(url: Url, world: World) -> None:
    job = failed(world, queued(world))
    moved = world.deployment.store.put(replace(job, bucket="archive"))
    answer = delete(url, moved, "?uploads=true")
    assert (answer["statusCode"], answer["json"]["code"]) == (409, "foreign_recording")


def test_only_a_page_of_this_address_may_delete(browser: Browser, world: World) -> None:
    job = queued(world)
    own = {"accept": "application/json", "cookie": browser.cookie(), "authorization": "", "host": browser.host}
    foreign = browser.url.ask("DELETE", f"/jobs/{job.job_id}", b"", {**own, "origin": "https://evil.example"})
    assert (foreign["statusCode"], foreign["json"]["code"]) == (403, "foreign_origin")
    assert browser.url.ask("DELETE", f"/jobs/{job.job_id}", b"", {**own, "origin": browser.origin})["statusCode"] == 200


def test_a_deletion_is_an_event(world: World) -> None:
    bus, job = EventBridge(), queued(world)
    deletion.delete(replace(world.deployment, events=EventBus(bus, "default")), job.job_id, uploads=True)
    [entry] = bus.entries
    detail = json.loads(entry["Detail"])
    assert entry["DetailType"] == DELETED_DETAIL_TYPE
    assert (detail["job_id"], detail["recording_key"], detail["uploads"]) == (job.job_id, job.recording_key, True)
