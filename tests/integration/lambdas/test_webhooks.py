"""The receiver in docs/events.md gets the events of jobs, posted as `syncline local --webhook` does."""

from __future__ import annotations

import re
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import boto3
import pytest

from syncline.aws.notifications import EventBus
from syncline.core import transitions
from syncline.core.deletion import Deletion
from syncline.core.job import Job, State
from syncline.local.stack import free_port
from syncline.local.webhooks import EventServer

PAGE = Path(__file__).parents[3] / "docs" / "events.md"
RECEIVER = re.findall(r"^```python\n(.*?)^```$", PAGE.read_text("utf-8"), re.DOTALL | re.MULTILINE)[0]
WHEN = "2026-01-02T03:04:05.678Z"
JOB = Job("78d7914a-1bcc-5367-8e8b-94f7563f97f6", "b", "uploads/Zoë.mp3", State.RUNNING, WHEN, WHEN, revision="r")
ENDED = transitions.succeeded(JOB, results=(), stats={}, now=datetime(2026, 1, 2, tzinfo=UTC))


@contextmanager
def bus_that_posts_to(*urls: str) -> Iterator[EventBus]:
    server = EventServer(0, urls, first_pause_seconds=0.01)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    client = boto3.client(
        "events", endpoint_url=f"http://127.0.0.1:{server.server_port}", region_name="us-east-1",
        aws_access_key_id="local", aws_secret_access_key="local",
    )  # fmt: skip
    yield EventBus(client, "default")
    client.close()
    server.shutdown()
    server.server_close()


@pytest.fixture
def receiver() -> Iterator[tuple[str, subprocess.Popen[str]]]:
    port = free_port()
    program = RECEIVER.replace("8000", str(port))
    with subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, text=True) as process:
        yield f"http://127.0.0.1:{port}/", process
        process.terminate()


def test_the_documented_receiver_has_ten_lines_and_gets_every_event(
    receiver: tuple[str, subprocess.Popen[str]],
) -> None:
    url, process = receiver
    assert len([line for line in RECEIVER.splitlines() if line]) <= 10
    assert process.stdout
    wait_until_it_answers(url)
    with bus_that_posts_to(url) as bus:
        bus.publish(ENDED)
        bus.publish_deletion(Deletion(JOB.job_id, JOB.bucket, JOB.recording_key, JOB.revision, WHEN))
    assert process.stdout.readline() == "Syncline job ended uploads/Zoë.mp3 SUCCEEDED\n"
    assert process.stdout.readline() == "Syncline job deleted uploads/Zoë.mp3 None\n"


def wait_until_it_answers(url: str) -> None:
    for _ in range(1000):
        try:
            urllib.request.urlopen(url, timeout=5).close()
        except urllib.error.HTTPError:  # it has no GET, but it is there
            return
        except OSError:  # it is still starting
            time.sleep(0.05)
    raise AssertionError("the receiver does not answer")


def test_an_event_that_is_refused_is_posted_again() -> None:
    answers, bodies, done = [500, 503, 204], list[bytes](), threading.Event()

    class Moody(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            bodies.append(self.rfile.read(int(self.headers["Content-Length"])))
            self.send_response(answers.pop(0))
            self.end_headers()
            if not answers:
                done.set()

        def log_message(self, *_: object) -> None:
            pass

    with HTTPServer(("127.0.0.1", 0), Moody) as moody:
        threading.Thread(target=moody.serve_forever, daemon=True).start()
        with bus_that_posts_to(f"http://127.0.0.1:{moody.server_port}/") as bus:
            bus.publish(ENDED)
            assert done.wait(30)
        moody.shutdown()
    assert len(set(bodies)) == 1
    assert len(bodies) == 3
