from __future__ import annotations

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import boto3
import pytest

from syncline.aws.bucket import Bucket


class HalfAnObject(BaseHTTPRequestHandler):
    """Announces ten bytes and closes the connection after four."""

    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("ETag", '"1"')
        self.send_header("Content-Length", "10")
        self.end_headers()
        self.wfile.write(b"four")

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def bucket() -> Iterator[Bucket]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), HalfAnObject)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield Bucket(
        boto3.client(
            "s3",
            endpoint_url=f"http://127.0.0.1:{server.server_port}",
            region_name="us-east-1",
            aws_access_key_id="a",
            aws_secret_access_key="b",
        ),
        "bucket",
    )
    server.shutdown()
    server.server_close()


def test_an_object_whose_connection_was_closed_has_not_arrived(bucket: Bucket, tmp_path: Path) -> None:
    opened = bucket.open("uploads/talk.mp3")

    assert opened.stored.size == 10
    assert not opened.arrives(tmp_path / "recording")
