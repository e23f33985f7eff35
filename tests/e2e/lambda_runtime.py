"""One Lambda execution environment, with AWS's own runtime client (awslambdaric).

The client runs a handler from an unpacked zip against this Runtime API on loopback.
https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html
"""

from __future__ import annotations

import contextlib
import json
import os
import queue
import subprocess
import threading
import time
import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

VERSION = "/2018-06-01/runtime"
INIT_SECONDS = 60.0
TIMEOUT_SECONDS = 30.0


class FunctionError(Exception):
    """Raised with the report of the runtime client: an exception in the handler, or a failed import."""


@dataclass
class Function:
    """Invoke the handler of one process, one event at a time, as Lambda does."""

    events: queue.Queue[tuple[str, bytes] | None] = field(default_factory=queue.Queue)
    responses: queue.Queue[tuple[str, bytes]] = field(default_factory=queue.Queue)
    is_ready: threading.Event = field(default_factory=threading.Event)

    def invoke(self, event: Mapping[str, Any]) -> Any:
        self.events.put((str(uuid.uuid4()), json.dumps(event).encode()))
        kind, body = self.responses.get(timeout=TIMEOUT_SECONDS)
        if kind != "response":
            raise FunctionError(body.decode())
        return json.loads(body)

    def handler(self) -> type[BaseHTTPRequestHandler]:
        function = self

        class RuntimeApi(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def log_message(self, *_: object) -> None:
                pass

            def do_GET(self) -> None:
                assert self.path == f"{VERSION}/invocation/next"
                function.is_ready.set()
                event = function.events.get()
                if event is None:
                    self.close_connection = True
                    return
                request_id, body = event
                deadline = int((time.time() + TIMEOUT_SECONDS) * 1000)
                self._respond(200, body, **{
                    "Content-Type": "application/json",
                    "Lambda-Runtime-Aws-Request-Id": request_id,
                    "Lambda-Runtime-Deadline-Ms": str(deadline),
                    "Lambda-Runtime-Invoked-Function-Arn": "arn:aws:lambda:us-east-1:123456789012:function:test",
                    "Lambda-Runtime-Trace-Id": "Root=1-00000000-000000000000000000000000;Sampled=0",
                })  # fmt: skip

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                function.responses.put((self.path.rpartition("/")[2], body))
                function.is_ready.set()  # a failed import is reported by POST, too
                self._respond(202, b"{}")

            def _respond(self, status: int, body: bytes, **headers: str) -> None:
                self.send_response(status)
                for name, value in headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

        return RuntimeApi


@contextlib.contextmanager
def running(task_root: Path, handler: str, *, python: Path, environment: Mapping[str, str]) -> Iterator[Function]:
    """Give the function of an unpacked zip when it asks for its first event."""
    function = Function()
    server = ThreadingHTTPServer(("127.0.0.1", 0), function.handler())
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    process = subprocess.Popen(
        [str(python), "-m", "awslambdaric", handler],
        cwd=task_root,
        env={
            "AWS_LAMBDA_RUNTIME_API": f"127.0.0.1:{server.server_port}",
            "AWS_LAMBDA_FUNCTION_NAME": "test",
            "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "512",
            "AWS_LAMBDA_FUNCTION_VERSION": "$LATEST",
            "AWS_EXECUTION_ENV": "AWS_Lambda_python3.12",
            "LAMBDA_TASK_ROOT": str(task_root),
            "PYTHONPATH": str(task_root),
            "PYTHONDONTWRITEBYTECODE": "1",  # /var/task cannot be written to
            "PATH": os.environ["PATH"],
            **environment,
        },
    )
    try:
        assert function.is_ready.wait(INIT_SECONDS), "the function did not start"
        with contextlib.suppress(queue.Empty):
            raise FunctionError(function.responses.get_nowait()[1].decode())
        yield function
    finally:
        process.kill()
        process.wait()
        function.events.put(None)
        server.shutdown()
        server.server_close()
