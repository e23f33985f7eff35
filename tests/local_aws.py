"""A moto server and real worker processes for tests. Everything ends with the test."""

from __future__ import annotations

import contextlib
import io
import json
import os
import signal
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
import wave
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from moto import mock_aws

from syncline.aws import clients
from syncline.aws.deployment import Deployment, connect
from syncline.aws.queue import JobQueue
from syncline.aws.settings import Settings, as_environment
from syncline.core.job import Job, job_id_of
from syncline.jobs.intake import Intake
from syncline.local.provision import provision
from syncline.local.stack import aws_environment, free_port, in_environment

SAMPLES = Path(__file__).parents[1] / "samples"
START_SECONDS = 60.0
STANDIN = (str(Path(__file__).with_name("standin_worker.py")),)


def wait_for(condition: Callable[[], Any], *, seconds: float, what: str) -> Any:
    deadline = time.monotonic() + seconds
    while not (found := condition()):
        assert time.monotonic() < deadline, f"not within {seconds:g} seconds: {what}"
        time.sleep(0.05)
    return found


def short_recording(seconds: float = 1.5) -> bytes:
    """The first words of a sample recording."""
    with wave.open(str(SAMPLES / "hello.wav")) as sample:
        frames = sample.readframes(int(seconds * sample.getframerate()))
        out = io.BytesIO()
        with wave.open(out, "wb") as cut:
            cut.setparams(sample.getparams())
            cut.writeframes(frames)
    return out.getvalue()


@dataclass
class WorkerProcess:
    process: subprocess.Popen[bytes]
    folder: Path

    @property
    def pid(self) -> int:
        return self.process.pid

    @property
    def log(self) -> str:
        return (self.folder / "log.txt").read_text(errors="replace")

    def lines(self, message: str) -> list[dict[str, Any]]:
        """The log lines whose message starts so."""
        found = [json.loads(line) for line in self.log.splitlines() if line.startswith("{")]
        return [line for line in found if str(line.get("message", "")).startswith(message)]

    def send(self, number: int) -> None:
        with contextlib.suppress(ProcessLookupError):
            os.kill(self.pid, number)

    def end(self, number: int = signal.SIGKILL, *, seconds: float = 30) -> int:
        self.send(number)
        if number == signal.SIGKILL:
            self.send(signal.SIGCONT)
        return self.process.wait(seconds)

    def children(self) -> list[int]:
        return descendants(self.pid)


def descendants(pid: int) -> list[int]:
    own = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdecimal():
            with contextlib.suppress(OSError):
                status = (entry / "stat").read_text().rpartition(")")[2].split()
                if int(status[1]) == pid and status[0] != "Z":
                    own.append(int(entry.name))
    return own + [below for child in own for below in descendants(child)]


def alive(pid: int) -> bool:
    try:
        return (Path("/proc") / str(pid) / "stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


class DiscardingQueue(JobQueue):
    def send(self, job_id: str, revision: str, *, queue: str) -> None:
        """Send nothing."""


@dataclass
class LocalAws:
    folder: Path
    url: str
    deployment: Deployment
    workers: list[WorkerProcess] = field(default_factory=list)

    @property
    def settings(self) -> Settings:
        return self.deployment.settings

    @property
    def sqs(self) -> Any:
        return clients.client("sqs")

    def start_worker(
        self,
        program: tuple[str, ...] = STANDIN,
        *,
        url: str | None = None,
        environment: Mapping[str, str] | None = None,
        ready: bool = True,
    ) -> WorkerProcess:
        folder = self.folder / f"worker-{len(self.workers)}"
        folder.mkdir()
        kept = {key: value for key, value in os.environ.items() if not key.startswith(("AWS_", "SYNCLINE_"))}
        own = aws_environment(url or self.url) | as_environment(self.settings) | dict(environment or {})
        with (folder / "log.txt").open("ab") as log:
            process = subprocess.Popen(
                [sys.executable, *program],
                env=kept | {"TMPDIR": str(folder), "PYTHONUNBUFFERED": "1"} | own,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        worker = WorkerProcess(process, folder)
        self.workers.append(worker)
        if ready:
            self.wait_until_ready(worker)
        return worker

    def reap(self, worker: WorkerProcess) -> None:
        """Collect the exit code in the background."""
        threading.Thread(target=worker.process.wait, daemon=True).start()

    def wait_until_ready(self, worker: WorkerProcess) -> None:
        liveness_file = worker.folder / "syncline-worker.alive"
        wait_for(
            lambda: liveness_file.exists() or worker.process.poll() is not None, seconds=START_SECONDS, what="a worker"
        )
        assert worker.process.poll() is None, worker.log

    def drop(
        self, name: str, transcript: str, *, recording: bytes | None = None, queue: str | None = "live", **options: Any
    ) -> Job:
        """Upload a set, and let the intake queue its job: in `bulk`, as a backfill does, or without a message if
        `queue` is None."""
        s3, key = clients.client("s3"), f"uploads/{name}.wav"
        if options:
            s3.put_object(Bucket=self.settings.bucket, Key=f"uploads/{name}.job.json", Body=json.dumps(options))
        s3.put_object(Bucket=self.settings.bucket, Key=f"uploads/{name}.txt", Body=transcript.encode())
        s3.put_object(Bucket=self.settings.bucket, Key=key, Body=recording or short_recording())
        job = Intake(
            replace(self.deployment, queue=DiscardingQueue(self.deployment.sqs, self.settings))
        ).object_created(key)[0]
        if queue:
            self.deployment.queue.send(job.job_id, job.revision or "", queue=queue)
        return job

    def job(self, name: str) -> Job:
        found = self.deployment.store.get(job_id_of(self.settings.need("bucket"), f"uploads/{name}.wav"))
        assert found is not None
        return found

    def wait_final(self, name: str, *, seconds: float = 30) -> Job:
        wait_for(lambda: self.job(name).final, seconds=seconds, what=f"the end of {name}")
        return self.job(name)

    def wait_running(self, name: str, *, seconds: float = 20) -> Job:
        wait_for(lambda: self.job(name).lease, seconds=seconds, what=f"the start of {name}")
        return self.job(name)

    def results(self, name: str) -> dict[str, bytes]:
        bucket, prefix = self.deployment.bucket, f"results/{name}.wav/"
        return {item.key.removeprefix(prefix): bucket.read(item.key) for item in bucket.list(prefix)}

    def messages(self, queue_url: str | None) -> int:
        """The number of messages, visible or not."""
        names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
        found = self.sqs.get_queue_attributes(QueueUrl=queue_url, AttributeNames=names)["Attributes"]
        return sum(int(found[name]) for name in names)

    def empty(self) -> bool:
        return not self.messages(self.settings.live_queue) and not self.messages(self.settings.bulk_queue)

    def stop(self) -> None:
        for worker in self.workers:
            if worker.process.poll() is None:
                worker.end()


@contextlib.contextmanager
def moto_server(folder: Path) -> Iterator[str]:
    """Run moto in a process. -> its address."""
    url = f"http://127.0.0.1:{free_port()}"
    with (folder / "moto.txt").open("wb") as log:
        moto = subprocess.Popen(
            [sys.executable, "-m", "syncline.local.moto_server", url.rpartition(":")[2]],
            stdout=log,
            stderr=subprocess.STDOUT,
        )
    try:
        wait_for(lambda: answers(f"{url}/moto-api/"), seconds=START_SECONDS, what="moto")
        yield url
    finally:
        moto.kill()
        moto.wait()


@contextlib.contextmanager
def local_aws(folder: Path, url: str, **settings: Any) -> Iterator[LocalAws]:
    """An empty deployment with short leases and visibility timeouts. `settings` are fields of Settings."""
    reset(url)
    values = {"lease_seconds": 6, "stop_seconds": 20, "slots": 2, "processes": 1} | settings
    with in_environment(aws_environment(url)):
        stack = LocalAws(folder, url, connect(provision(Settings(**values))))
        try:
            yield stack
        finally:
            stack.stop()


@contextlib.contextmanager
def empty_account(url: str | None = None) -> Iterator[dict[str, str]]:
    """Set the environment of an empty account, of moto inside this process or of the server at `url`, and give it."""
    environment = aws_environment(url or "") | {"AWS_EC2_METADATA_DISABLED": "true"}
    if url is not None:
        reset(url)
        with in_environment(environment):
            yield environment
        return
    del environment["AWS_ENDPOINT_URL"]
    with mock_aws(), in_environment(environment):
        yield environment


def reset(url: str) -> None:
    """Empty the account of a moto server or of MiniStack."""
    for path in ("_ministack/reset", "moto-api/reset"):
        with contextlib.suppress(urllib.error.HTTPError):
            urllib.request.urlopen(urllib.request.Request(f"{url}/{path}", method="POST"), timeout=20).close()
            return
    raise AssertionError(f"{url} is neither moto nor MiniStack")


def answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=2):
            return True
    except urllib.error.HTTPError:
        return True
    except OSError:
        return False
