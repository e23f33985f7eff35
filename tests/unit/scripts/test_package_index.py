"""The package index, as a local server."""

from __future__ import annotations

import hashlib
import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from scripts.package_index import PackageIndexError, download, list_files

CONTENT = b"a source distribution"
SHA256 = hashlib.sha256(CONTENT).hexdigest()


class Index(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        pages = {
            "/simple/some-package/": json.dumps(
                {"files": [{"filename": "some_package-1.0.tar.gz", "url": "../../files/1", "hashes": {}}]}
            ).encode(),
            "/files/1": CONTENT,
        }
        self.send_response(200 if self.path in pages else 404)
        self.end_headers()
        self.wfile.write(pages.get(self.path, b""))

    def log_message(self, *arguments: object) -> None:
        pass


@pytest.fixture
def index() -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), Index) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}/simple"
        server.shutdown()
        thread.join()


def test_a_file_is_downloaded_by_name_and_hash(index: str) -> None:
    assert download("Some.package", "some_package-1.0.tar.gz", SHA256, index=index) == CONTENT


def test_a_file_with_another_hash_is_refused(index: str) -> None:
    with pytest.raises(PackageIndexError, match="does not match the hash"):
        download("some-package", "some_package-1.0.tar.gz", "0" * 64, index=index)


def test_a_file_that_the_index_does_not_list_is_an_error(index: str) -> None:
    with pytest.raises(PackageIndexError, match=r"some_package-2\.0"):
        download("some-package", "some_package-2.0.tar.gz", SHA256, index=index)


def test_the_index_comes_from_the_environment(index: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PIP_INDEX_URL", f"{index}/")
    assert [file["filename"] for file in list_files("some-package")] == ["some_package-1.0.tar.gz"]
