"""Check the Lambda image from inside: lambda_image_check.py RECORDING TRANSCRIPT

First the script starts the image's entry point against a small Runtime API; it must answer an event. Then the script
decodes and aligns the recording with the handler's own steps, without AWS.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import ClassVar

EVENT = {"Records": [{"messageId": "unrecognised", "body": "not a Celery message", "eventSourceARN": "a:b:c"}]}
EXPECTED = {"batchItemFailures": [{"itemIdentifier": "unrecognised"}]}
SECONDS = 120
# The function reads its settings for the first event. Nothing connects to these addresses.
DEPLOYMENT = {
    "AWS_REGION": "us-east-1",
    "AWS_DEFAULT_REGION": "us-east-1",
    "AWS_ACCESS_KEY_ID": "check",
    "AWS_SECRET_ACCESS_KEY": "check",
    "SYNCLINE_BUCKET": "check",
    "SYNCLINE_TABLE": "check",
    "SYNCLINE_LIVE_QUEUE": "https://sqs.us-east-1.amazonaws.com/123456789012/live",
    "SYNCLINE_BULK_QUEUE": "https://sqs.us-east-1.amazonaws.com/123456789012/bulk",
}


class RuntimeApi(BaseHTTPRequestHandler):
    """Gives the function one event, and keeps its response. The request for the next event blocks."""

    answers: ClassVar[list[object]] = []
    answered = threading.Event()
    given = threading.Event()

    def do_GET(self) -> None:
        if self.given.is_set():
            self.answered.wait()
            return
        self.given.set()
        body = json.dumps(EVENT).encode()
        self.send_response(200)
        self.send_header("Lambda-Runtime-Aws-Request-Id", "1")
        self.send_header("Lambda-Runtime-Deadline-Ms", str(2**43))
        self.send_header("Lambda-Runtime-Invoked-Function-Arn", "arn:aws:lambda:us-east-1:123456789012:function:align")
        self.send_header(
            "Lambda-Runtime-Trace-Id", "Root=1-5bef4de7-ad49b0e87f6ef6c87fc2e700;Sampled=0"
        )  # awslambdaric crashes without it
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_POST(self) -> None:
        self.answers.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
        self.send_response(202)
        self.send_header("Content-Length", "0")
        self.end_headers()
        self.answered.set()

    def log_message(self, *_: object) -> None:
        pass


def check_entry_point() -> None:
    server = ThreadingHTTPServer(("127.0.0.1", 0), RuntimeApi)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    environment = os.environ | DEPLOYMENT | {"AWS_LAMBDA_RUNTIME_API": f"127.0.0.1:{server.server_address[1]}"}
    deadline = time.monotonic() + SECONDS
    function = subprocess.Popen([sys.executable, "-m", "awslambdaric", "lambdas.align.handler"], env=environment)
    try:
        while function.poll() is None and not RuntimeApi.answered.wait(0.5) and time.monotonic() < deadline:
            pass
    finally:
        function.kill()
        function.wait()
    if RuntimeApi.answers != [EXPECTED]:
        sys.exit(f"lambda: the function returned {RuntimeApi.answers}")
    print("lambda: the entry point works with Lambda's Runtime API")


def check_alignment(recording: Path, transcript: Path) -> None:
    from syncline.pipeline.processing import decode_recording
    from syncline.processes.pool import SerialPool
    from syncline.speech.engine import AlignmentOptions
    from syncline.speech.pocketsphinx import PocketSphinxEngine

    with tempfile.TemporaryDirectory() as folder:
        audio = decode_recording(recording, Path(folder), max_seconds=600, progress=lambda _: None)
        text = transcript.read_text(encoding="utf-8")
        aligned = PocketSphinxEngine(SerialPool()).align(audio, text, AlignmentOptions(), lambda _: None)
    print(f"lambda: {len(aligned.spoken)} of {len(aligned.words)} words aligned, as user {os.getuid()}")
    if len(aligned.spoken) < len(aligned.words) - 1 or os.getuid() == 0:
        sys.exit(1)


if __name__ == "__main__":
    check_entry_point()
    check_alignment(Path(sys.argv[1]), Path(sys.argv[2]))
