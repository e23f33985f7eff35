"""The local status URL on a socket, with requests that violate HTTP."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator

import pytest
from reception_world import TOKEN

from lambdas.status import make_app
from lambdas.web.services import Services
from syncline.local.function_url import FunctionUrlServer

Address = tuple[str, int]


@pytest.fixture
def address(services: Services) -> Iterator[Address]:
    running = FunctionUrlServer(make_app(services), port=0, function_name="status")
    threading.Thread(target=running.serve_forever, daemon=True).start()
    yield running.server_address
    running.shutdown()
    running.server_close()


def ask(address: Address, request: bytes, *headers: bytes, body: bytes = b"") -> int:
    """-> the status of the only response before the server closes the connection."""
    lines = (request, b"Host: localhost", b"Connection: close", b"Authorization: Bearer " + TOKEN.encode(), *headers)
    with socket.create_connection(address, timeout=10) as connection:
        connection.sendall(b"\r\n".join(lines) + b"\r\n\r\n" + body)
        answer = b"".join(iter(lambda: connection.recv(65536), b""))
    assert answer.count(b"HTTP/1.1 ") == 1, answer
    return int(answer.split()[1])


@pytest.mark.parametrize(
    ("request_line", "expected"),
    [
        (b"GET /health HTTP/1.1", 200),
        (b"GET http://elsewhere:99999999/health HTTP/1.1", 200),
        (b"GET //[/health HTTP/1.1", 404),
        (b"GET /jobs?key=\xff\xfe HTTP/1.1", 404),
        (b"GET /jobs?key=%ff%fe HTTP/1.1", 404),
        (b"GET /jobs/%0d%0aSet-Cookie:%20a=b HTTP/1.1", 404),
        (b"GET /jobs?state=FAILED&next=%00 HTTP/1.1", 400),
        (b"GET /" + b"a" * 70_000 + b" HTTP/1.1", 414),
        (b"POST /jobs HTTP/1.1", 400),
        (b"PROPFIND /jobs HTTP/1.1", 501),
    ],
)
def test_a_malformed_request_line_is_answered(request_line: bytes, expected: int, address: Address) -> None:
    assert ask(address, request_line) == expected


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        (b"Content-Length: many", 400),
        (b"Content-Length: -5", 400),
        (b"Content-Length: 99999999999", 413),
        (b"Transfer-Encoding: chunked", 411),
        (b"Authorization: Bearer \xff\xed\xa0\x80", 401),
        (b"X: " + b"y" * 70_000, 431),
    ],
)
def test_malformed_headers_are_answered(header: bytes, expected: int, address: Address) -> None:
    assert ask(address, b"POST /jobs HTTP/1.1", header) == expected
