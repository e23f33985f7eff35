"""Jobs against an implementation of AWS, in this process: which stages run again, and which writes succeed."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError, EndpointConnectionError
from urllib3.exceptions import SSLError

from scripts import english_entities
from syncline.aws.bucket import Bucket
from syncline.aws.deployment import connect
from syncline.aws.received_messages import ReceivedMessage
from syncline.aws.settings import Settings
from syncline.core.alignment import SUCCESS, Alignment, Word
from syncline.core.errors import EngineError, ProcessUnfitError, StaleRevisionError
from syncline.core.job import Job, State, job_id_of
from syncline.core.progress import Progress
from syncline.jobs import deletion
from syncline.jobs.intake import Intake
from syncline.local.provision import provision
from syncline.local.stack import TOY_MODEL
from syncline.media.audio import Audio
from syncline.pipeline.claim import Claim, Claims
from syncline.pipeline.engines import answer_model_opener, entity_finder_opener, translation_model_opener
from syncline.pipeline.job_runner import JobRunner
from syncline.pipeline.result_store import ResultStore
from syncline.pipeline.running_jobs import RunningJobs
from syncline.pipeline.services import JobServices, job_services
from syncline.pipeline.settlement import DELETE, RELEASE, Action, Settlement
from syncline.processes.pool import SerialPool
from syncline.speech.engine import AlignmentOptions
from tests.local_aws import empty_account, short_recording

TRANSCRIPT = "Good morning. Thank you very much."


@dataclass
class CountingEngine:
    """Finds every word, after it has called `meanwhile`."""

    name: str = "pocketsphinx"
    version: str = "1"
    runs: int = 0
    meanwhile: Any = None
    heard: list[float] = field(default_factory=list)  # seconds of audio

    def align(self, audio: Audio, transcript: str, options: AlignmentOptions, progress: Progress) -> Alignment:
        self.runs += 1
        self.heard.append(audio.seconds)
        if self.meanwhile:
            self.meanwhile()
        words, offset = [], 0
        for index, word in enumerate(transcript.split()):
            offset = transcript.index(word, offset)
            words.append(Word(SUCCESS, word, index * 0.1, index * 0.1 + 0.1, offset, offset + len(word), word))
        progress(1.0)
        return Alignment(transcript, tuple(words), {"engine": self.name, "engine_version": self.version})

    def transcribe(self, audio: Audio, options: AlignmentOptions, progress: Progress) -> Alignment:
        return Alignment("", (), {"engine": self.name, "engine_version": self.version})


@dataclass
class World:
    services: JobServices
    engine: CountingEngine
    settlements: list[Settlement] = field(default_factory=list)
    unfit: list[ProcessUnfitError] = field(default_factory=list)
    running: RunningJobs = field(default_factory=RunningJobs)

    def drop(self, transcript: str = TRANSCRIPT, **options: Any) -> Job:
        bucket = self.services.deployment.bucket
        for name, body in {
            "a.job.json": json.dumps(options).encode(),
            "a.txt": transcript.encode(),
            "a.wav": short_recording(),
        }.items():
            bucket.client.put_object(Bucket=bucket.name, Key=f"uploads/{name}", Body=body)
        return Intake(self.services.deployment).object_created("uploads/a.wav")[0]

    def run(self, job: Job) -> Job:
        self.deliver(job)
        return self.job()

    def deliver(self, job: Job) -> None:
        runner = JobRunner(self.services, self.running, first_pause_seconds=0.01, on_unfit=self.unfit.append)
        message = ReceivedMessage("handle", "live", "url", "body", 1, time.time(), time.time())
        self.settlements.append(runner.run(job.job_id, job.revision or "", message))

    def claim(self, job: Job, **parameters: float) -> Claim:
        claims = Claims(self.services.deployment.store, "me", lease_seconds=90, **parameters)
        claim = claims.take(job.job_id, job.revision or "")
        assert isinstance(claim, Claim)
        return claim

    def job(self) -> Job:
        bucket = self.services.deployment.bucket.name
        found = self.services.deployment.store.get(job_id_of(bucket, "uploads/a.wav"))
        assert found is not None
        return found

    def files(self) -> dict[str, bytes]:
        bucket = self.services.deployment.bucket
        found = bucket.list("results/a.wav/")
        return {item.key.removeprefix("results/a.wav/"): bucket.read(item.key) for item in found}


@pytest.fixture
def world(tmp_path: Path, account_url: str | None) -> Iterator[World]:
    engine = CountingEngine()
    with empty_account(account_url):
        settings = replace(provision(Settings()), translation_model=TOY_MODEL)
        services = job_services(connect(settings), SerialPool(), tmp_path, create_engine=lambda name: engine)
        yield World(services, engine)


def test_results_are_what_the_record_lists(world: World) -> None:
    job = world.run(world.drop(translate_to=["ja"], outputs=["json", "csv", "vtt"]))

    assert job.state is State.SUCCEEDED, job.error
    assert {result.name for result in job.results} | {"job.json"} == set(world.files())
    assert {result.name for result in job.results} == {
        "waveform.dat", "alignment.json", "alignment.csv", "captions.en.vtt", "translation.ja.json", "captions.ja.vtt",
    }  # fmt: skip
    assert all(len(world.files()[result.name]) == result.bytes for result in job.results)
    assert json.loads(world.files()["job.json"])["state"] == "SUCCEEDED"
    assert job.stats["resumed"] is False
    assert set(job.stats["stage_seconds"]) == {"fetch", "decode", "align", "translate", "store"}
    assert 0 < job.stats["cpu_seconds"] < 10 * job.stats["wall_seconds"]


def test_a_corrected_sentence_is_aligned_alone(world: World) -> None:
    world.run(world.drop("Good morning. Thank you very much. Good bye."))
    world.run(world.drop("Good morning. Thanks a lot. Good bye."))
    whole, section = world.engine.heard
    assert section == pytest.approx(0.4)  # from the end of “morning” to “Good”, a tenth of a second each
    words = json.loads(world.files()["alignment.json"])["words"]
    assert [(word["word"], word["start"]) for word in words if word["word"] in ("Good", "bye.")] == [
        ("Good", 0.0), ("Good", 0.6), ("bye.", 0.7),
    ]  # fmt: skip
    assert whole > 1


def test_a_job_can_be_deleted_at_any_call_of_its_worker(world: World) -> None:
    """Before its k-th call to AWS, for every k: nothing is left, and nothing of it comes back."""
    deployment, calls = world.services.deployment, 0
    clients = (deployment.bucket.client, deployment.store.client)

    def delete_before(count: int) -> Any:
        def before_call(**_: Any) -> None:
            nonlocal calls
            calls += 1
            if calls == count:
                deletion.delete(deployment, world.job().job_id)

        return before_call

    count, over = 0, False
    while not over:
        count, calls = count + 1, 0
        job = world.drop()
        hook = delete_before(count)
        for client in clients:
            client.meta.events.register("before-call", hook)
        world.deliver(job)
        for client in clients:
            client.meta.events.unregister("before-call", hook)
        over = calls < count  # the job ended before that call
        if not over:
            assert deployment.store.get(job.job_id) is None, count
            assert world.files() == {}, count
            assert world.settlements[-1] == DELETE, count
    assert world.job().state is State.SUCCEEDED
    assert count > 12


def test_a_worker_that_died_after_the_deletion_leaves_nothing(world: World) -> None:
    job = world.drop()
    deletion.delete(world.services.deployment, job.job_id)
    bucket = world.services.deployment.bucket
    bucket.replace("results/a.wav/alignment.json", b"{}", seen_etag=None)
    bucket.replace("results/a.wav/b.wav/alignment.json", b"{}", seen_etag=None)  # of another recording
    bucket.replace("results/a.wav/notes.pdf", b"mine", seen_etag=None)
    world.deliver(job)
    assert set(world.files()) == {"b.wav/alignment.json", "notes.pdf"}
    assert world.settlements == [DELETE]


def test_one_more_language_starts_at_the_translation(world: World) -> None:
    world.run(world.drop(translate_to=["ja"]))
    first = json.loads(world.files()["alignment.json"])
    job = world.run(world.drop(translate_to=["ja", "fr"]))

    assert job.state is State.SUCCEEDED
    assert world.engine.runs == 1
    assert job.stats["resumed"] is True
    assert {"captions.ja.srt", "captions.fr.srt", "captions.en.srt", "translation.fr.json"} <= {
        result.name for result in job.results
    }
    second = json.loads(world.files()["alignment.json"])
    assert second["words"] == first["words"]
    assert second["syncline"]["revision"] == job.revision


def test_a_waveform_is_kept_with_its_alignment(world: World) -> None:
    world.run(world.drop())
    first = world.files()["waveform.dat"]
    job = world.run(world.drop(translate_to=["ja"]))
    assert "waveform.dat" in {result.name for result in job.results}
    assert world.files()["waveform.dat"] == first

    bucket = world.services.deployment.bucket
    bucket.client.delete_object(Bucket=bucket.name, Key="results/a.wav/waveform.dat")
    job = world.run(world.drop(translate_to=["fr"]))
    assert (job.state, world.engine.runs) == (State.SUCCEEDED, 1), "results of an earlier version have no waveform"
    assert "waveform.dat" not in world.files()


def test_results_of_an_older_revision_are_deleted(world: World) -> None:
    world.run(world.drop(translate_to=["ja", "fr"]))
    bucket = world.services.deployment.bucket
    bucket.client.put_object(Bucket=bucket.name, Key="results/a.wav/notes.md", Body=b"a file of the user")
    job = world.run(world.drop(translate_to=["fr"]))

    assert job.state is State.SUCCEEDED
    assert not [name for name in world.files() if ".ja." in name]
    assert "translation.fr.json" in world.files()
    assert "notes.md" in world.files()


@pytest.mark.parametrize("change", ["transcript", "conservative", "engine"])
def test_a_changed_input_of_the_alignment_runs_it_again(world: World, change: str) -> None:
    world.run(world.drop())
    transcript = TRANSCRIPT.upper() if change == "transcript" else TRANSCRIPT
    if change == "engine":
        world.engine.version = "2"
    world.run(world.drop(transcript, conservative=change == "conservative", outputs=["csv"]))

    assert world.engine.runs == 2
    assert world.job().state is State.SUCCEEDED


def test_a_missing_model_fails_with_the_command_and_keeps_the_alignment(world: World, tmp_path: Path) -> None:
    settings = Settings(translation_model="m2m100-418m", models=tmp_path / "models")
    world.services = replace(world.services, open_translation_model=translation_model_opener(settings))
    job = world.run(world.drop(translate_to=["ja"]))

    assert job.state is State.FAILED
    assert job.error is not None
    assert job.error["code"] == "model_missing"
    assert "syncline models" in job.error["hint"]
    assert {"waveform.dat", "alignment.json", "captions.en.srt", "captions.en.vtt"} == {
        result.name for result in job.results
    }
    assert json.loads(world.files()["job.json"])["error"]["code"] == "model_missing"


def test_entities_are_found_once(world: World) -> None:
    pytest.importorskip("spacy", reason="spaCy is not installed (extra enrich)")
    settings = Settings(models=english_entities.install())
    world.services = replace(world.services, open_entity_finder=entity_finder_opener(SerialPool(), settings))
    transcript = "Ada Lovelace lived in London."
    job = world.run(world.drop(transcript, entities=True))

    assert job.state is State.SUCCEEDED, job.error
    assert "enrich" in job.stats["stage_seconds"]
    first = world.files()["entities.json"]
    assert [(each["text"], each["start"], each["end"]) for each in json.loads(first)["entities"]] == [
        ("Ada Lovelace", 0.0, 0.2), ("London", 0.4, 0.5),
    ]  # fmt: skip
    again = world.run(world.drop(transcript, entities=True, translate_to=["ja"]))
    assert "entities.json" in {result.name for result in again.results}
    assert world.files()["entities.json"] == first
    world.run(world.drop(transcript))
    assert "entities.json" not in world.files()
    assert world.engine.runs == 1


def test_a_missing_entity_model_fails_before_the_translation_and_keeps_the_alignment(
    world: World, tmp_path: Path
) -> None:
    pytest.importorskip("spacy", reason="spaCy is not installed (extra enrich)")
    settings = Settings(models=tmp_path / "models")
    world.services = replace(world.services, open_entity_finder=entity_finder_opener(SerialPool(), settings))
    job = world.run(world.drop(entities=True, translate_to=["ja"]))

    assert job.state is State.FAILED
    assert job.error is not None
    assert job.error["code"] == "model_missing"
    assert "syncline models fetch entities-en" in job.error["hint"]
    assert {"waveform.dat", "alignment.json", "captions.en.srt", "captions.en.vtt"} == {
        result.name for result in job.results
    }


def test_questions_are_answered_once_until_they_change(world: World) -> None:
    pytest.importorskip("tokenizers", reason="tokenizers is not installed (extra enrich)")
    world.services = replace(
        world.services, open_answer_model=answer_model_opener(Settings(answer_model="answers-toy"))
    )
    transcript = "Ada proposed the bridge in London on Monday."
    asked = ["Who proposed the bridge?", "Who proposed the tower?"]
    job = world.run(world.drop(transcript, questions=asked))

    assert job.state is State.SUCCEEDED, job.error
    document = json.loads(world.files()["answers.json"])
    assert [(each["question"], each["answer"], each["start"], each["end"]) for each in document["answers"]] == [
        (asked[0], "Ada", 0.0, 0.1), (asked[1], None, None, None),
    ]  # fmt: skip
    first = world.files()["answers.json"]
    assert world.run(world.drop(transcript, questions=asked, outputs=["csv"])).stats["resumed"] is True
    assert world.files()["answers.json"] == first
    world.run(world.drop(transcript, questions=asked[:1]))
    assert len(json.loads(world.files()["answers.json"])["answers"]) == 1
    assert world.engine.runs == 1


def test_a_missing_answer_model_keeps_the_alignment(world: World, tmp_path: Path) -> None:
    pytest.importorskip("tokenizers", reason="tokenizers is not installed (extra enrich)")
    world.services = replace(world.services, open_answer_model=answer_model_opener(Settings(models=tmp_path / "none")))
    job = world.run(world.drop(questions=["Who?"]))

    assert job.state is State.FAILED
    assert job.error is not None
    assert (job.error["code"], "syncline models fetch answers-en" in job.error["hint"]) == ("model_missing", True)
    assert "alignment.json" in {result.name for result in job.results}


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (EngineError("Nothing was heard.", hint="Listen."), "engine_failed"),
        (OSError(28, "No space left on device"), "disk_full"),  # of this machine, whose disk is not full
        (ZeroDivisionError("a bug"), "internal"),
    ],
)
def test_a_permanent_failure_is_recorded_and_its_message_deleted(world: World, error: Exception, code: str) -> None:
    def fail() -> None:
        raise error

    world.engine.meanwhile = fail
    job = world.run(world.drop())

    assert (job.state, world.settlements) == (State.FAILED, [DELETE])
    assert job.error is not None
    assert job.error["code"] == code
    assert not list(world.services.folder.iterdir())


def test_a_lost_connection_hands_the_job_back(world: World) -> None:
    def fail() -> None:
        raise EndpointConnectionError(endpoint_url="https://s3")

    world.engine.meanwhile = fail
    job = world.run(world.drop())

    assert (job.state, job.lease, job.attempts) == (State.QUEUED, None, 1)
    assert world.settlements[0].action is Action.RETRY_LATER
    world.engine.meanwhile = None
    assert world.run(job).state is State.SUCCEEDED
    assert world.job().attempts == 2


@pytest.mark.parametrize("broken", [SSLError("bad record mac"), ConnectionResetError(104, "reset"), TimeoutError()])
def test_a_connection_that_breaks_under_botocore_hands_the_job_back(world: World, broken: Exception) -> None:
    def fail() -> None:
        raise broken

    world.engine.meanwhile = fail

    assert world.run(world.drop()).state is State.QUEUED
    assert world.settlements[0].action is Action.RETRY_LATER


def refused(code: str, operation: str, status: int = 403) -> ClientError:
    return ClientError({"Error": {"Code": code}, "ResponseMetadata": {"HTTPStatusCode": status}}, operation)


def refuse(client: Any, service: str, operation: str, code: str, *, key: str = "") -> None:
    """Let every such call fail, or those for keys that end so."""

    def fail(params: Any, **_: Any) -> None:
        if params.get("Key", "").endswith(key) if key else True:
            raise refused(code, operation)

    client.meta.events.register(f"provide-client-params.{service}.{operation}", fail)


@pytest.mark.parametrize(
    ("operation", "code"),
    [
        ("ListObjectsV2", "ExpiredToken"),
        ("GetObject", "AccessDenied"),
        ("GetObject", "RequestTimeTooSkewed"),
        ("PutObject", "AccessDenied"),
        ("PutObject", "InvalidAccessKeyId"),
    ],
)
def test_a_worker_that_s3_refuses_hands_its_jobs_back(world: World, operation: str, code: str) -> None:
    job = world.drop()
    refuse(world.services.deployment.bucket.client, "s3", operation, code)

    ended = world.run(job)

    assert (ended.state, ended.lease, ended.attempts) == (State.QUEUED, None, 0)
    assert [settlement.action for settlement in world.settlements] == [Action.RETRY_LATER]
    assert code in world.unfit[0].message


def test_a_head_that_is_refused_without_a_reason_is_looked_into(world: World) -> None:
    """A HEAD has no body: S3 answers 400 for an expired token, as for a bad request."""
    world.run(world.drop())
    job = world.drop(conservative=True)  # it looks at the earlier alignment
    client = world.services.deployment.bucket.client
    refuse(client, "s3", "HeadObject", "400")
    refuse(client, "s3", "GetObject", "ExpiredToken")

    assert world.run(job).state is State.QUEUED
    assert "ExpiredToken" in world.unfit[0].message


def test_a_recording_that_only_its_owner_may_read_fails_its_job_and_not_the_worker(world: World) -> None:
    job = world.drop()
    refuse(world.services.deployment.bucket.client, "s3", "GetObject", "AccessDenied", key="a.wav")

    ended = world.run(job)

    assert ended.error is not None
    assert (ended.state, ended.error["code"], world.unfit) == (State.FAILED, "aws_refused", [])


def test_an_archive_that_may_not_be_read_fails_its_jobs_at_the_last_attempt(world: World) -> None:
    """Without the right to list a bucket, a worker cannot tell a missing right from a missing object."""
    s3 = world.services.deployment.bucket.client
    s3.create_bucket(Bucket="archive")
    for name, body in {"a.wav": short_recording(), "a.txt": TRANSCRIPT.encode()}.items():
        s3.put_object(Bucket="archive", Key=name, Body=body)
    [job] = Intake(world.services.deployment).reconcile("a.wav", source=Bucket(s3, "archive"))
    refuse(s3, "s3", "GetObject", "AccessDenied", key="a.wav")

    states = []
    for _ in range(5):
        world.deliver(job)
        states.append(world.services.deployment.store.get(job.job_id).state)  # type: ignore[union-attr]

    assert states == [State.QUEUED] * 4 + [State.FAILED]
    ended = world.services.deployment.store.get(job.job_id)
    assert ended is not None
    assert ended.error is not None
    assert (ended.error["code"], world.unfit) == ("aws_refused", [])
    assert "rights" in ended.error["hint"]


def test_a_worker_that_dynamodb_refuses_leaves_its_messages(world: World) -> None:
    job = world.drop()
    refuse(world.services.deployment.store.client, "dynamodb", "PutItem", "UnrecognizedClientException")

    assert world.run(job).state is State.QUEUED
    assert world.settlements[0].action is Action.RETRY_LATER
    assert len(world.unfit) == 1


@pytest.mark.parametrize("ends_with", ["SUCCEEDED", "FAILED"])
def test_a_transaction_of_another_process_delays_the_outcome(world: World, ends_with: str) -> None:
    """DynamoDB refuses a single write while a transaction holds the item; the SDK does not repeat it."""
    conflicts = 3
    if ends_with == "FAILED":
        world.engine.meanwhile = lambda: 1 / 0

    def conflict(params: Any, **_: Any) -> None:
        nonlocal conflicts
        if conflicts and params["Item"]["state"]["S"] == ends_with:
            conflicts -= 1
            raise refused("TransactionConflictException", "PutItem", 400)

    job = world.drop()
    world.services.deployment.store.client.meta.events.register("provide-client-params.dynamodb.PutItem", conflict)
    ended = world.run(job)

    assert (ended.state.value, conflicts, world.settlements) == (ends_with, 0, [DELETE])


@dataclass
class Disk:
    """What shutil.disk_usage returns."""

    total: int
    free: int


def fill_disk(world: World, *, free: int) -> None:
    limits = replace(world.services.limits, disk_usage=lambda folder: Disk(100 << 20, free), spare_disk_bytes=99 << 20)
    world.services = replace(world.services, limits=limits)


def test_a_disk_that_others_filled_is_the_workers_problem(world: World) -> None:
    job = world.drop()
    fill_disk(world, free=5 << 20)

    ended = world.run(job)

    assert (ended.state, ended.attempts) == (State.QUEUED, 0)
    assert [unfit.code for unfit in world.unfit] == ["disk_full"]


def test_a_disk_that_other_jobs_of_the_worker_filled_delays_a_job(world: World) -> None:
    job = world.drop()
    fill_disk(world, free=5 << 20)
    other: Any = object()
    with world.running.track(other):
        ended = world.run(job)

    assert (ended.state, ended.attempts, world.unfit) == (State.QUEUED, 0, [])
    assert world.settlements[0].action is Action.RETRY_LATER


def test_a_newer_upload_wins_while_an_older_revision_runs(world: World) -> None:
    old = world.drop("The old text.")

    def upload_again() -> None:
        world.engine.meanwhile = None
        new = world.drop("The new text, which is longer.")
        assert world.run(new).state is State.SUCCEEDED

    world.engine.meanwhile = upload_again
    world.run(old)

    assert world.settlements == [DELETE, RELEASE]
    assert json.loads(world.files()["alignment.json"])["transcript"] == "The new text, which is longer."
    assert json.loads(world.files()["job.json"])["revision"] == world.job().revision
    assert b"old" not in world.files()["captions.en.srt"]


def test_an_upload_that_changed_without_an_event_fails_the_job(world: World) -> None:
    job = world.drop()
    bucket = world.services.deployment.bucket
    bucket.client.put_object(Bucket=bucket.name, Key="uploads/a.wav", Body=short_recording(1.0))

    ended = world.run(job)

    assert ended.error is not None
    assert ended.error["code"] == "upload_changed"


def test_nothing_is_written_after_another_worker_took_the_lease(world: World) -> None:
    job = world.drop()
    mine = world.claim(job)
    results = ResultStore(world.services.deployment.bucket, mine)
    store = world.services.deployment.store
    store.put(replace(world.job(), lease=replace(mine.job.lease, owner="another")))  # type: ignore[type-var]

    for write in (
        mine.extend,
        mine.release,
        lambda: mine.succeed((), {}, ()),
        lambda: results.publish({"x.txt": b"x"}),
    ):
        with pytest.raises(StaleRevisionError):
            write()
    assert not world.files()


def test_a_foreign_file_under_a_result_name_is_overwritten(world: World) -> None:
    def meddle() -> None:
        bucket = world.services.deployment.bucket
        bucket.client.put_object(Bucket=bucket.name, Key="results/a.wav/alignment.json", Body=b"{}")

    world.engine.meanwhile = meddle
    job = world.run(world.drop())

    assert job.state is State.SUCCEEDED
    assert json.loads(world.files()["alignment.json"])["transcript"] == TRANSCRIPT


@pytest.mark.parametrize("service", ["s3", "dynamodb"])
def test_a_lost_response_is_not_a_conflict(world: World, service: str) -> None:
    """AWS executed the call, its response got lost, and the client repeats it: the condition no longer holds."""
    deployment = world.services.deployment
    client: Any = deployment.bucket.client if service == "s3" else deployment.store.client
    operation = "PutObject" if service == "s3" else "PutItem"
    seen: set[str] = set()

    def again(response: Any, attempts: int, request_dict: Any, **_: Any) -> float | None:
        fresh = attempts == 1 and response is not None and response[0].status_code == 200
        return 0.0 if fresh and not seen.add(str(request_dict["body"])) else None

    job = world.drop(translate_to=["ja"])
    client.meta.events.register_first(f"needs-retry.{service}.{operation}", again)
    ended = world.run(job)

    assert seen
    assert (ended.state, world.settlements) == (State.SUCCEEDED, [DELETE])
    assert json.loads(world.files()["job.json"])["state"] == "SUCCEEDED"


def test_the_next_delivery_completes_what_a_crash_after_the_last_write_left_undone(world: World) -> None:
    job = world.run(world.drop())
    bucket = world.services.deployment.bucket
    bucket.client.delete_object(Bucket=bucket.name, Key="results/a.wav/job.json")

    assert world.run(job).attempts == 1

    assert world.settlements == [DELETE, DELETE]
    assert json.loads(world.files()["job.json"])["state"] == "SUCCEEDED"


def test_a_record_file_that_arrives_late_is_replaced(world: World) -> None:
    """A process that published the record of an earlier revision was frozen before it wrote the file."""
    bucket = world.services.deployment.bucket

    def write_late(params: Any, **_: Any) -> None:
        if params["Key"].endswith("captions.en.vtt"):
            bucket.client.put_object(Bucket=bucket.name, Key="results/a.wav/job.json", Body=b'{"state": "FAILED"}')

    bucket.client.meta.events.register("provide-client-params.s3.PutObject", write_late)
    world.run(world.drop())

    assert json.loads(world.files()["job.json"])["state"] == "SUCCEEDED"


def test_the_record_file_of_a_newer_revision_stays(world: World) -> None:
    deployment = world.services.deployment
    newer = b'{"state": "WAITING"}'

    def end_a_newer_revision(params: Any, **_: Any) -> None:
        if params["Key"].endswith("/job.json") and params["Body"] != newer:
            deployment.store.update(world.job().job_id, lambda job: replace(job, revision="newer") if job else None)
            deployment.bucket.client.put_object(Bucket=deployment.bucket.name, Key=params["Key"], Body=newer)

    deployment.bucket.client.meta.events.register("provide-client-params.s3.PutObject", end_a_newer_revision)
    world.run(world.drop())

    assert world.files()["job.json"] == newer


def test_uploads_that_were_requested_and_not_read_are_closed(world: World) -> None:
    world.run(world.drop())
    job = world.drop(outputs=["srt"])  # it needs neither the recording nor the transcript
    bodies: list[Any] = []
    client = world.services.deployment.bucket.client
    client.meta.events.register("after-call.s3.GetObject", lambda parsed, **_: bodies.append(parsed.get("Body")))

    assert world.run(job).stats["resumed"]

    recording, transcript, *_ = bodies
    assert recording._raw_stream.closed
    assert transcript._raw_stream.closed


def test_a_job_whose_final_record_could_not_be_stored_does_not_run_again(world: World) -> None:
    bucket = world.services.deployment.bucket
    refuse = ClientError({"Error": {"Code": "SlowDown"}, "ResponseMetadata": {"HTTPStatusCode": 503}}, "PutObject")

    def fail_for_the_record(params: Any, **_: Any) -> None:
        if params["Key"].endswith("/job.json"):
            raise refuse

    bucket.client.meta.events.register("provide-client-params.s3.PutObject", fail_for_the_record)
    job = world.run(world.drop())
    assert job.state is State.SUCCEEDED
    assert world.settlements[0].action is Action.RETRY_LATER

    bucket.client.meta.events.unregister("provide-client-params.s3.PutObject", fail_for_the_record)
    assert world.run(job).attempts == 1
    assert "job.json" in world.files()


def test_a_job_whose_workers_keep_dying_fails(world: World) -> None:
    job = world.drop()
    store = world.services.deployment.store
    store.put(replace(world.job(), attempts=5))

    ended = world.run(job)

    assert ended.error is not None
    assert (ended.state, ended.error["code"], world.engine.runs) == (State.FAILED, "workers_died", 0)


def test_a_job_that_may_not_fit_on_the_disk_fails_before_it_is_fetched(
    world: World,
) -> None:
    fill_disk(world, free=90 << 20)
    job = world.run(world.drop())

    assert job.error is not None
    assert (job.state, job.error["code"]) == (State.FAILED, "disk_full")
    assert "SYNCLINE_SLOTS" in job.error["hint"]


def test_few_calls_per_job(world: World) -> None:
    calls: dict[str, int] = {}
    deployment = world.services.deployment
    job = world.drop()

    def count(model: Any, **_: Any) -> None:
        calls[model.name] = calls.get(model.name, 0) + 1

    for client in (deployment.bucket.client, deployment.store.client):
        client.meta.events.register("before-call.*.*", count)
    world.deliver(job)

    assert calls == {
        "GetItem": 2, "PutItem": 3,
        "ListObjectsV2": 1, "GetObject": 2, "PutObject": 5,
    }  # fmt: skip


def test_an_alignment_waits_for_a_bucket_that_cannot_be_reached(world: World) -> None:
    world.services = replace(world.services, retry_pauses=(0.01, 0.01, 0.01))
    client = world.services.deployment.bucket.client
    refusals = ["alignment.json", "alignment.json", "captions.en.vtt"]

    def refuse(params: Any, **_: Any) -> None:
        if refusals and params["Key"].endswith(refusals[0]):
            refusals.pop(0)
            raise EndpointConnectionError(endpoint_url="https://s3")

    client.meta.events.register("provide-client-params.s3.PutObject", refuse)
    job = world.run(world.drop())

    assert not refusals
    assert (job.state, job.attempts, world.engine.runs) == (State.SUCCEEDED, 1, 1)


def test_progress_that_cannot_be_written_stops_nothing_while_the_lease_lasts(
    world: World,
) -> None:
    claim = world.claim(world.drop(), progress_interval_seconds=0.0)

    def refuse(**_: Any) -> None:
        raise EndpointConnectionError(endpoint_url="https://dynamodb")

    events = world.services.deployment.store.client.meta.events
    events.register("provide-client-params.dynamodb.PutItem", refuse)
    claim.progress("align", 0.5)
    claim._leased_until = 0.0
    with pytest.raises(EndpointConnectionError):
        claim.progress("align", 0.6)
    events.unregister("provide-client-params.dynamodb.PutItem", refuse)
    claim.progress("align", 0.7)

    assert (world.job().stage, world.job().progress) == ("align", 0.7)


def test_a_leftover_that_cannot_be_deleted_is_a_warning(world: World) -> None:
    """Some S3 implementations answer 501 to a conditional delete."""
    refuse = ClientError({"Error": {"Code": "NotImplemented"}, "ResponseMetadata": {"HTTPStatusCode": 501}}, "Delete")

    def refuse_every_delete(**_: Any) -> None:
        raise refuse

    world.run(world.drop(translate_to=["ja"]))
    client = world.services.deployment.bucket.client
    client.meta.events.register("provide-client-params.s3.DeleteObject", refuse_every_delete)
    job = world.run(world.drop())

    assert (job.state, world.settlements[-1]) == (State.SUCCEEDED, DELETE)
    assert "captions.ja.srt" in world.files()
    assert "captions.ja.srt" not in {result.name for result in job.results}
    assert any("captions.ja.srt" in warning for warning in job.warnings)
