"""A proxy before AWS with faults: connections reset before or after AWS executes the call, 5xx, throttling, conflicts
with a transaction, delays."""

from __future__ import annotations

import contextlib
import http.client
import random
import re
import socket
import struct
import threading
import time
from collections import Counter
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

PROPERTIES = ("denies S3", "throttles", "has no conditional deletes", "lists backwards")
FAULTS = ("reset before", "reset after", "5xx", "throttled", "conflict", "delayed")
# A reset instead of an orderly close: the client cannot know whether its call was executed.
_LINGER_NOT = struct.pack("ii", 1, 0)


class FaultyProxy:
    """`rate` is the share of calls that get a fault. `always` are properties of the AWS behind the proxy: some of
    PROPERTIES. Both may change at any time."""

    def __init__(self, target: str, source: random.Random) -> None:
        self.target = urlsplit(target)
        self.rate = 0.0
        self.always: set[str] = set()
        self.calls = 0
        self.faults: Counter[str] = Counter()
        self._source = source
        self._lock = threading.Lock()

    def draw(self) -> str | None:
        with self._lock:
            self.calls += 1
            if self._source.random() >= self.rate:
                return None
            fault = self._source.choice(FAULTS)
            self.faults[fault] += 1
            return fault

    @contextlib.contextmanager
    def serving(self) -> Iterator[str]:
        server = _Server(("127.0.0.1", 0), _handler(self))
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            server.server_close()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 64

    def handle_error(self, request: object, client_address: object) -> None:
        """Clients that are killed during a call are expected."""


def _backwards(listing: bytes) -> bytes:
    items = re.findall(rb"<Contents>.*?</Contents>", listing, re.DOTALL)
    return listing if not items else listing.replace(b"".join(items), b"".join(reversed(items)))


def _handler(proxy: FaultyProxy) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True
        wbufsize = -1

        def forward(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            if (refusal := self._refusal()) is not None:
                self._answer(*refusal)
                return
            if "throttles" in proxy.always:
                self._refuse("throttled")
                return
            fault = proxy.draw()
            if fault == "delayed":
                time.sleep(0.3)
            if fault == "reset before":
                self._reset()
            elif fault in ("5xx", "throttled", "conflict"):
                self._refuse(fault)
            else:
                self._pass_on(body, answer=fault != "reset after")

        do_GET = do_PUT = do_POST = do_DELETE = do_HEAD = forward

        def _refusal(self) -> tuple[int, str] | None:
            if "X-Amz-Target" in self.headers:
                return None
            if "denies S3" in proxy.always:
                return 403, "<Error><Code>AccessDenied</Code><Message>Access Denied</Message></Error>"
            if "has no conditional deletes" in proxy.always and self.command == "DELETE" and "If-Match" in self.headers:
                return 501, "<Error><Code>NotImplemented</Code><Message>If-Match</Message></Error>"
            return None

        def _pass_on(self, body: bytes, *, answer: bool) -> None:
            connection = http.client.HTTPConnection(proxy.target.hostname or "", proxy.target.port, timeout=60)
            with contextlib.closing(connection):
                headers = {name: value for name, value in self.headers.items() if name.lower() != "expect"}
                connection.request(self.command, self.path, body, headers)
                found = connection.getresponse()
                content = found.read()
            if "lists backwards" in proxy.always and b"<ListBucketResult" in content:
                content = _backwards(content)
            if not answer:
                self._reset()
                return
            self.send_response_only(found.status, found.reason)
            for name, value in found.getheaders():
                if name.lower() not in ("transfer-encoding", "connection", "content-length"):
                    self.send_header(name, value)
            length = found.getheader("Content-Length") if self.command == "HEAD" else str(len(content))
            self.send_header("Content-Length", length or "0")
            self.end_headers()
            self.wfile.write(content)

        def _refuse(self, fault: str) -> None:
            """Answer in the format of the service that was called."""
            target = self.headers.get("X-Amz-Target", "")
            if "Dynamo" in target and fault == "throttled":
                self._answer(
                    400, '{"__type":"com.amazonaws.dynamodb.v20120810#ProvisionedThroughputExceededException"}'
                )
            elif "Dynamo" in target and fault == "conflict":
                self._answer(400, '{"__type":"com.amazonaws.dynamodb.v20120810#TransactionConflictException"}')
            elif target:
                self._answer(503, '{"__type":"com.amazonaws#ServiceUnavailable"}')
            else:
                self._answer(503, "<Error><Code>SlowDown</Code><Message>Please reduce your rate.</Message></Error>")

        def _answer(self, status: int, text: str) -> None:
            self.send_response_only(status)
            self.send_header("Content-Length", "0" if self.command == "HEAD" else str(len(text)))
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(text.encode())

        def _reset(self) -> None:
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _LINGER_NOT)
            self.close_connection = True
            self.connection.close()

        def log_message(self, *_: object) -> None:
            pass

    return Handler
