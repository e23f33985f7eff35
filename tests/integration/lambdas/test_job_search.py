"""The caller's metadata from the options to the record, and the search by metadata and by key."""

from __future__ import annotations

import json
from typing import Any

import pytest
import requests
from reception_world import WAV_BYTES, Url, World, finished

from syncline.core.job import Job
from syncline.jobs.intake import Intake


def make(world: World, name: str, **metadata: str) -> Job:
    world.upload(f"{name}.txt", b"Guten Tag")
    world.upload(f"{name}.job.json", json.dumps({"metadata": metadata}).encode())
    [job] = Intake(world.deployment).object_created(world.upload(f"{name}.wav"))
    return job


def names(answer: dict[str, Any]) -> list[str]:
    assert answer["statusCode"] == 200, answer["body"]
    return [job["recording_key"].rpartition("/")[2].removesuffix(".wav") for job in answer["json"]["jobs"]]


def test_metadata_travels_to_the_record_the_file_and_the_lists(url: Url, world: World) -> None:
    job = make(world, "talk", course=world.folder, term="Frühling")
    job = finished(world, job)
    answer = url.get(f"/jobs?metadata.course={world.folder}")
    assert names(answer) == ["talk"]
    assert answer["json"]["jobs"][0]["options"]["metadata"] == {"course": world.folder, "term": "Frühling"}


def test_metadata_may_stand_in_the_metadata_of_the_recording(url: Url, world: World) -> None:
    world.upload("talk.txt", b"Guten Tag")
    given = {"metadata": json.dumps({"course": world.folder})}
    Intake(world.deployment).object_created(world.upload("talk.wav", metadata=given))
    assert names(url.get(f"/jobs?metadata.course={world.folder}")) == ["talk"]


def test_a_search_by_metadata_is_exact_or_by_prefix(url: Url, world: World) -> None:
    for name, course in (("a", "101"), ("b", "1010"), ("c", "102"), ("d", "201")):
        make(world, name, **{f"course-{world.folder}": course})
    parameter = f"metadata.course-{world.folder}"
    assert names(url.get(f"/jobs?{parameter}=101")) == ["a"]
    assert names(url.get(f"/jobs?{parameter}=101*")) == ["a", "b"]
    assert names(url.get(f"/jobs?{parameter}=10*")) == ["a", "b", "c"]
    assert names(url.get(f"/jobs?{parameter}=*")) == ["a", "b", "c", "d"]
    assert names(url.get(f"/jobs?{parameter}=9")) == []


def test_all_conditions_of_a_search_hold(url: Url, world: World) -> None:
    make(world, "one", course=world.folder, term="spring")
    two = make(world, "two", course=world.folder, term="autumn")
    finished(world, two)
    course = f"/jobs?metadata.course={world.folder}"
    assert names(url.get(f"{course}&metadata.term=autumn")) == ["two"]
    assert names(url.get(f"{course}&state=QUEUED")) == ["one"]
    assert names(url.get(f"{course}&prefix={world.key('t')}")) == ["two"]


def test_metadata_that_a_new_revision_dropped_is_no_longer_found(url: Url, world: World) -> None:
    make(world, "talk", course=world.folder)
    make(world, "talk", term=world.folder)
    assert names(url.get(f"/jobs?metadata.course={world.folder}")) == []
    assert names(url.get(f"/jobs?metadata.term={world.folder}")) == ["talk"]


def test_a_search_by_key_is_by_prefix_and_in_order(url: Url, world: World) -> None:
    for name in ("b/two", "a/one", "b/three", "c"):
        make(world, name)
    assert names(url.get(f"/jobs?prefix={world.key('b/')}")) == ["three", "two"]
    assert names(url.get(f"/jobs?prefix={world.key('')}")) == ["one", "three", "two", "c"]


@pytest.mark.parametrize("by", ["prefix", "metadata"])
def test_the_pages_of_a_search_hold_every_job_once(by: str, url: Url, world: World) -> None:
    made = {make(world, f"talk{number}", course=world.folder).recording_key for number in range(5)}
    search = f"prefix={world.key('')}" if by == "prefix" else f"metadata.course={world.folder}"
    found, following = [], ""
    for expected in (2, 2, 1):
        page = url.get(f"/jobs?{search}&limit=2{following}")["json"]
        assert len(page["jobs"]) == expected
        found += [job["recording_key"] for job in page["jobs"]]
        following = f"&next={page['next']}"
    assert page["next"] is None
    assert (set(found), len(found)) == (made, 5)


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("prefix=", "bad_prefix"),
        ("prefix=results/", "bad_prefix"),
        (f"prefix=uploads/{'a' * 1100}", "bad_prefix"),
        ("metadata.=1", "bad_metadata"),
        ("metadata.a=", "bad_metadata"),
        ("metadata.a%20b=1", "bad_metadata"),
        (f"metadata.a={'1' * 300}", "bad_metadata"),
        ("prefix=uploads/&state=x", "bad_state"),
        ("prefix=uploads/&next=x", "bad_next"),
        ("metadata.a=1&next=WyJwcmVmaXgiLCJhIl0", "bad_next"),  # of a search by prefix
    ],
)
def test_a_wrong_search_is_refused(query: str, code: str, url: Url) -> None:
    answer = url.get(f"/jobs?{query}")
    assert (answer["statusCode"], answer["json"]["code"]) == (400, code)


def test_wrong_metadata_is_rejected_with_what_is_allowed(url: Url, world: World) -> None:
    job = make(world, "talk", **{"a b": "1"})
    assert (job.error or {})["code"] == "invalid_options"
    assert "20 names" in (job.error or {})["hint"]


def test_metadata_that_is_too_long_for_s3_goes_into_an_options_file(url: Url, world: World) -> None:
    metadata = {f"name{number}": "é" * 200 for number in range(20)}
    wanted = {"name": f"{world.folder}/a.wav", "bytes": len(WAV_BYTES), "transcript_bytes": 9}
    forms = url.post("/jobs", wanted | {"options": {"metadata": metadata}})["json"]["uploads"]
    assert [form["role"] for form in forms] == ["options", "recording", "transcript"]
    for form, body in zip(forms, (forms[0]["body"].encode(), WAV_BYTES, b"Guten Tag"), strict=True):
        sent = requests.post(form["url"], data=form["fields"], files={"file": body}, timeout=10)
        assert sent.status_code == 204, sent.text
    [job] = Intake(world.deployment).object_created(forms[1]["key"])
    assert job.options["metadata"] == metadata


def test_short_metadata_is_metadata_of_the_recording(url: Url, world: World) -> None:
    wanted = {"name": f"{world.folder}/a.wav", "bytes": 10, "transcript_bytes": 9, "options": {"metadata": {"a": "é"}}}
    forms = url.post("/jobs", wanted)["json"]["uploads"]
    assert [form["role"] for form in forms] == ["recording", "transcript"]
    assert json.loads(forms[0]["fields"]["x-amz-meta-metadata"]) == {"a": "é"}


def test_a_page_of_a_search_links_to_the_next_one(world: World, browser: Any) -> None:
    for number in range(51):
        make(world, f"talk{number:02}", course=world.folder)
    page = browser.get(f"/jobs?metadata.course={world.folder}")["body"]
    assert f"metadata.course={world.folder}&amp;next=" in page
