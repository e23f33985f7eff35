"""Jobs that run again after a correction, with the embedded engine: what keeps its times, and what gets new ones."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from syncline.aws.deployment import Deployment, connect
from syncline.aws.received_messages import ReceivedMessage
from syncline.aws.settings import Settings
from syncline.core.job import Job, State
from syncline.jobs.intake import Intake
from syncline.local.provision import provision
from syncline.pipeline.job_runner import JobRunner
from syncline.pipeline.running_jobs import RunningJobs
from syncline.pipeline.services import job_services
from syncline.processes.pool import SerialPool
from tests.local_aws import empty_account

SAMPLES = Path(__file__).parents[3] / "samples"
TEXT = (SAMPLES / "recipe.txt").read_text(encoding="utf-8")


@dataclass
class World:
    deployment: Deployment
    folder: Path

    def upload(self, name: str, body: bytes) -> Job:
        bucket = self.deployment.bucket
        bucket.client.put_object(Bucket=bucket.name, Key=f"uploads/{name}", Body=body)
        [job] = Intake(self.deployment).object_created(f"uploads/{name}")
        return job

    def run(self, job: Job) -> dict[str, Any]:
        """-> the alignment."""
        assert job.state is State.QUEUED, job.error
        message = ReceivedMessage("handle", "live", "url", "body", 1, time.time(), time.time())
        services = job_services(self.deployment, SerialPool(), self.folder)
        JobRunner(services, RunningJobs()).run(job.job_id, job.revision or "", message)
        done = self.deployment.store.get(job.job_id)
        assert done is not None
        assert done.state is State.SUCCEEDED, done.error
        document: dict[str, Any] = json.loads(self.deployment.bucket.read("results/recipe.flac/alignment.json"))
        assert document["syncline"]["revision"] == job.revision
        return document


@dataclass(frozen=True)
class Finished:
    """What the first run of the job leaves in the table and in the bucket."""

    job: Job
    objects: dict[str, bytes]

    @property
    def alignment(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.objects["results/recipe.flac/alignment.json"])
        return found


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory, account_url: str | None) -> Finished:
    with empty_account(account_url):
        world = World(connect(provision(Settings())), tmp_path_factory.mktemp("first"))
        world.upload("recipe.txt", TEXT.encode())
        job = world.upload("recipe.flac", (SAMPLES / "recipe.flac").read_bytes())
        world.run(job)
        done, bucket = world.deployment.store.get(job.job_id), world.deployment.bucket
        assert done is not None
        return Finished(done, {stored.key: bucket.read(stored.key) for stored in bucket.list("")})


@pytest.fixture
def world(finished: Finished, tmp_path: Path, account_url: str | None) -> Iterator[World]:
    """An account of its own for each test, in the state after the first run."""
    with empty_account(account_url):
        deployment = connect(provision(Settings()))
        for key, body in finished.objects.items():
            deployment.bucket.client.put_object(Bucket=deployment.bucket.name, Key=key, Body=body)
        deployment.store.put(replace(finished.job, version=0))
        yield World(deployment, tmp_path)


@pytest.fixture
def first(finished: Finished) -> dict[str, Any]:
    return finished.alignment


def times(document: dict[str, Any]) -> list[tuple[str, float | None, float | None]]:
    return [(word["word"], word.get("start"), word.get("end")) for word in document["words"]]


def sentence_of(document: dict[str, Any], offset: int) -> int:
    return sum(sentence["startOffset"] <= offset for sentence in document["syncline"]["sentences"]) - 1


def words_of_sentence(document: dict[str, Any], number: int) -> list[dict[str, Any]]:
    return [word for word in document["words"] if sentence_of(document, word["startOffset"]) == number]


def test_unchanged_sentences_keep_their_times_to_the_millisecond(world: World, first: dict[str, Any]) -> None:
    sentence = words_of_sentence(first, 1)
    wrong = sentence[len(sentence) // 2]
    text = TEXT[: wrong["startOffset"]] + "elephant" + TEXT[wrong["endOffset"] :]
    misheard = world.run(world.upload("recipe.txt", text.encode()))
    corrected = world.run(world.upload("recipe.txt", TEXT.encode()))
    for document in (misheard, corrected):
        for number in range(len(first["syncline"]["sentences"])):
            if number != 1:
                assert times({"words": words_of_sentence(document, number)}) == times(
                    {"words": words_of_sentence(first, number)}
                )
    again = {word["startOffset"]: word for word in words_of_sentence(corrected, 1)}
    assert abs(again[wrong["startOffset"]]["start"] - wrong["start"]) < 0.05
    assert corrected["transcript"] == TEXT
    assert all(TEXT[word["startOffset"] : word["endOffset"]] == word["word"] for word in corrected["words"])


def test_confirmed_times_are_kept_in_later_runs(world: World, first: dict[str, Any]) -> None:
    spoken = [word for word in first["words"] if word["case"] == "success"]
    word = spoken[len(spoken) // 2]
    word = {**word, "start": round(word["start"] + 0.011, 3), "end": round(word["end"] - 0.007, 3)}
    world.upload("recipe.txt", TEXT.encode())
    confirmed = {"transcript": TEXT, "words": [word]}
    later = world.run(world.upload("recipe.times.json", json.dumps(confirmed).encode()))
    corrected = world.run(world.upload("recipe.txt", ("Welcome! " + TEXT).encode()))
    complete = world.run(world.upload("recipe.job.json", b'{"conservative": true}'))
    for document, moved in ((later, 0), (corrected, 9), (complete, 9)):
        [found] = [each for each in document["words"] if each.get("startOffset") == word["startOffset"] + moved]
        assert (found["start"], found["end"], found["confidence"]) == (word["start"], word["end"], 1.0)


def test_a_confirmed_word_that_is_gone_is_a_warning(world: World, first: dict[str, Any]) -> None:
    word = next(word for word in first["words"] if word["case"] == "success")
    world.upload("recipe.txt", TEXT.encode())
    confirmed = {"transcript": "Something else", "words": [{**word, "startOffset": 0, "endOffset": 9}]}
    document = world.run(world.upload("recipe.times.json", json.dumps(confirmed).encode()))
    assert document["syncline"]["warnings"] == ["1 of 1 confirmed words are no longer in the transcript."]


def test_the_text_of_a_transcription_keeps_its_times(world: World, first: dict[str, Any]) -> None:
    world.upload("recipe.times.json", json.dumps({"transcript": "", "words": []}).encode())
    recognised = world.run(world.upload("recipe.job.json", b'{"mode": "transcribe"}'))
    text = recognised["transcript"]
    place = recognised["words"][-1]["startOffset"]
    world.upload("recipe.txt", (text[:place] + "elephant").encode())
    corrected = world.run(world.upload("recipe.job.json", b'{"mode": "align"}'))
    last = len(recognised["syncline"]["sentences"]) - 1
    for number in range(last):
        assert times({"words": words_of_sentence(corrected, number)}) == times(
            {"words": words_of_sentence(recognised, number)}
        )
