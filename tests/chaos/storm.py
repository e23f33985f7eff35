"""Disturb workers at random moments, and check that nothing is lost, done twice or left behind.

The storm runs a moto server, real workers behind a faulty proxy, and the real receptions with duplicated and reordered
events. It replaces uploads while their jobs run, and sends SIGKILL, SIGTERM, SIGSTOP and SIGCONT to workers. For some
time, AWS throttles every call, lists keys in the wrong order, or answers 501 to conditional deletes.
"""

from __future__ import annotations

import json
import random
import signal
import subprocess
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from lambdas import dead_letters, reception
from syncline.aws import clients
from syncline.aws.settings import as_environment
from syncline.core.job import Job, State, job_id_of
from syncline.jobs.dead_letters import DeadLetters
from syncline.jobs.intake import Intake
from syncline.local.event_source import EventSource, Handler
from syncline.local.stack import aws_environment, in_environment
from syncline.processes.temporary_folder import remove_leftovers
from tests.chaos.proxy import FaultyProxy
from tests.local_aws import LocalAws, WorkerProcess, local_aws, moto_server, short_recording, wait_for

LEASE_SECONDS = 6
WORKERS = 3
USUAL_FAULTS, STORM_FAULTS = 0.02, 0.3
REPLACED_SHARE = 0.15
DISTURBANCES = ("kill", "terminate", "freeze", "storm", "throttles", "lists backwards", "has no conditional deletes")
RECORDINGS = {seconds: short_recording(seconds) for seconds in (1.0, 1.5, 2.0)}


@dataclass
class Upload:
    """The last upload under a name."""

    name: str
    transcript: str
    replaced: int = 0


@dataclass
class Storm:
    """`seed` decides what happens. When it happens depends on the machine."""

    jobs: int
    seed: int
    folder: Path
    seconds: float
    throttle_seconds: float = 8.0
    counts: Counter[str] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        self.source = random.Random(self.seed)
        self.uploads: dict[str, Upload] = {}
        self.problems: list[str] = []

    def run(self) -> list[str]:
        """-> what was lost, done twice or left behind."""
        with ExitStack() as stack:
            url = stack.enter_context(moto_server(self.folder))
            proxy = FaultyProxy(url, random.Random(self.seed + 1))
            through = stack.enter_context(proxy.serving())
            self.aws = stack.enter_context(
                local_aws(self.folder, url, lease_seconds=LEASE_SECONDS, stop_seconds=3, slots=3)
            )
            self.proxy, self.through = proxy, through
            stack.enter_context(in_environment(_environment(self.aws)))
            stack.enter_context(self._receptions())
            self._disturb_workers()
            self._finish()
            self._check()
        return self.problems

    def _disturb_workers(self) -> None:
        self.temporary = self.folder / "tmp"
        self.temporary.mkdir()
        self.proxy.rate = USUAL_FAULTS
        self.living = [self._start_worker() for _ in range(WORKERS)]
        feeding = threading.Thread(target=self._feed)
        feeding.start()
        deadline = time.monotonic() + self.seconds
        while time.monotonic() < deadline and (feeding.is_alive() or self._unfinished()):
            time.sleep(self.source.uniform(0.2, 1.5))
            self._disturb()
        feeding.join()

    def _finish(self) -> None:
        """End the disturbances, and wait until every job has ended by itself."""
        self.proxy.rate = 0.0
        self.proxy.always.clear()
        for worker in self.living:
            worker.send(signal.SIGCONT)
        seconds = 12 * LEASE_SECONDS + self.jobs
        try:
            wait_for(lambda: not self._unfinished(), seconds=seconds, what="the end of every job")
            wait_for(self.aws.empty, seconds=seconds, what="empty queues")
        except AssertionError as error:
            self.problems.append(str(error))
        for worker in self.living:
            worker.send(signal.SIGTERM)
        for worker in self.living:
            try:
                worker.process.wait(30)
            except subprocess.TimeoutExpired:
                self.problems.append(f"worker {worker.pid} does not stop")
        # A starting worker does this, too.
        remove_leftovers(self.temporary)

    def _feed(self) -> None:
        """Upload sets, and replace some of them at once or while their jobs run."""
        source = random.Random(self.seed + 2)
        for number in range(self.jobs):
            self._upload(f"talk {number:03d}", source)
            if source.random() < REPLACED_SHARE:
                time.sleep(source.uniform(0, 0.5))
                self._upload(source.choice(sorted(self.uploads)), source)
            time.sleep(source.uniform(0, 0.05))

    def _upload(self, name: str, source: random.Random) -> None:
        upload = self.uploads.setdefault(name, Upload(name, "", -1))
        upload.replaced += 1
        command = source.choice([f"sleep {source.uniform(0, 1):.2f}", f"burn {source.uniform(0, 0.2):.2f}"])
        upload.transcript = f"{command} number {upload.replaced} of {name}"
        files = [
            (f"uploads/{name}.wav", RECORDINGS[source.choice(sorted(RECORDINGS))]),
            (f"uploads/{name}.txt", upload.transcript.encode()),
        ]
        source.shuffle(files)
        for key, body in files:
            clients.client("s3").put_object(Bucket=self.aws.settings.bucket, Key=key, Body=body)
        self.counts["uploads"] += 1

    @contextmanager
    def _receptions(self) -> Iterator[None]:
        intake, letters = Intake(self.aws.deployment), DeadLetters(self.aws.deployment)
        reception.logger.setLevel("WARNING")  # instead of a line for every event
        handlers: dict[str, Handler] = {
            "ingest_queue": lambda event, _: reception.handle(event, intake),
            "live_dead_letters": lambda event, _: dead_letters.handle(event, letters),
            "bulk_dead_letters": lambda event, _: dead_letters.handle(event, letters),
        }
        stop = threading.Event()
        threads = [
            threading.Thread(target=Disorderly(clients.client("sqs"), self.aws.settings.need(name), name, do).run_until,
                             args=(stop,))
            for name, do in handlers.items()
        ]  # fmt: skip
        for thread in threads:
            thread.start()
        try:
            yield
        finally:
            stop.set()
            for thread in threads:
                thread.join()

    def _start_worker(self) -> WorkerProcess:
        environment = {"TMPDIR": str(self.temporary)}
        self.counts["workers started"] += 1
        return self.aws.start_worker(url=self.through, environment=environment, ready=False)

    def _disturb(self) -> None:
        disturbance = self.source.choice([*DISTURBANCES, "nothing", "nothing"])
        self.counts[disturbance] += 1
        if disturbance == "storm":
            self.proxy.rate = STORM_FAULTS
            time.sleep(1.5)
            self.proxy.rate = USUAL_FAULTS
        elif disturbance in ("lists backwards", "has no conditional deletes"):
            self.proxy.always ^= {disturbance}
        elif disturbance == "throttles":
            self._throttle()
        elif disturbance == "freeze":
            worker = self.source.choice(self.living)
            worker.send(signal.SIGSTOP)
            threading.Timer(self.source.uniform(0.5, 2 * LEASE_SECONDS), worker.send, [signal.SIGCONT]).start()
        elif disturbance in ("kill", "terminate"):
            number = signal.SIGKILL if disturbance == "kill" else signal.SIGTERM
            place = self.source.randrange(WORKERS)
            self.living[place].send(number)
            self.aws.reap(self.living[place])
            self.living[place] = self._start_worker()

    def _throttle(self) -> None:
        """AWS refuses every call for longer than a lease. Once: several would leave no time for anything else."""
        if self.counts["throttles"] > 1:
            return
        self.proxy.always.add("throttles")
        time.sleep(self.throttle_seconds)
        self.proxy.always.discard("throttles")

    def _unfinished(self) -> list[str]:
        return [upload.name for upload in list(self.uploads.values()) if not self._is_final(upload)]

    def _is_final(self, upload: Upload) -> bool:
        job = self._job(upload)
        return job is not None and job.final

    def _job(self, upload: Upload) -> Job | None:
        deployment = self.aws.deployment
        return deployment.store.get(job_id_of(deployment.bucket.name, f"uploads/{upload.name}.wav"))

    def _check(self) -> None:
        for upload in self.uploads.values():
            job = self._job(upload)
            self.counts[f"jobs {job.state if job else 'without a record'}"] += 1
            self.problems += [f"{upload.name}: {problem}" for problem in self._problems_of(upload, job)]
        self._check_completions()
        self._check_leftovers()
        self.counts["calls"], self.counts["faults"] = self.proxy.calls, sum(self.proxy.faults.values())

    def _problems_of(self, upload: Upload, job: Job | None) -> Iterator[str]:
        if job is None or not job.final:
            yield f"is not final: {job.state if job else 'no record'}"
            return
        files = self.aws.results(upload.name)
        if json.loads(files.get("job.json", b"{}")).get("revision") != job.revision:
            yield "its job.json does not match its record"
        if job.state is not State.SUCCEEDED:
            self.counts[f"failed for {job.error['code'] if job.error else '?'}"] += 1
            return
        if {result.name for result in job.results} | {"job.json"} != set(files):
            yield f"results {sorted(files)} are not those of the record"
            return
        if any(len(files[result.name]) != result.bytes for result in job.results):
            yield "a result is not of the size that the record says"
        aligned = json.loads(files["alignment.json"])
        if aligned["transcript"] != upload.transcript or aligned["syncline"]["revision"] != job.revision:
            yield "its alignment is not that of its last revision"
        if upload.name.rpartition(" ")[2] not in files["captions.en.srt"].decode():
            yield "its captions are not those of its last revision"

    def _check_completions(self) -> None:
        """Exactly one worker completes a revision, however many tried."""
        completed: Counter[tuple[str, str]] = Counter()
        for worker in self.aws.workers:
            for line in worker.lines("succeeded"):
                completed[line["job_id"], line["revision"]] += 1
            self.counts["attempts"] += len(worker.lines("started"))
            self.counts["handed back"] += len(worker.lines("handed back"))
            self.counts["overtaken"] += len(worker.lines("stopped: "))
        self.counts["revisions completed"] = len(completed)
        self.problems += [f"{key} was completed {times} times" for key, times in completed.items() if times > 1]

    def _check_leftovers(self) -> None:
        left = [
            path.name
            for path in self.temporary.iterdir()
            if path.name != "syncline-worker.alive" and not _is_probe(path)
        ]
        if left:
            self.problems.append(f"temporary files are left: {left}")
        orphans = [pid for pid in _processes() if str(self.temporary) in _environment_of(pid)]
        if orphans:
            self.problems.append(f"processes are left: {orphans}")


class Disorderly(EventSource):
    """Delivers every event, some of them twice, in any order."""

    def _invoke(self, messages: list[dict[str, Any]]) -> None:
        doubled = messages + [message for message in messages if random.random() < 0.3]
        random.shuffle(doubled)
        half = len(doubled) // 2
        for part in (doubled[:half], doubled[half:]):
            unique = {message["MessageId"]: message for message in part}
            if unique:
                super()._invoke(list(unique.values()))


def _environment(stack: LocalAws) -> dict[str, str]:
    return aws_environment(stack.url) | as_environment(stack.settings)


def _is_probe(path: Path) -> bool:
    """Python's tempfile tries a folder by writing "blat" to a file. SIGKILL can come before it deletes the file."""
    return path.is_file() and len(path.name) == 8 and path.read_bytes() in (b"", b"blat")


def _processes() -> list[int]:
    return [int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdecimal()]


def _environment_of(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/environ").read_bytes().decode(errors="replace")
    except OSError:
        return ""
