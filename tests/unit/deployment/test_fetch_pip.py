"""scripts/fetch_pip.py against a package index on loopback that serves a stand-in for pip."""

from __future__ import annotations

import hashlib
import io
import json
import subprocess
import sys
import threading
import zipfile
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

SCRIPT = Path(__file__).parents[3] / "scripts" / "fetch_pip.py"
NAME = "pip-99.0-py3-none-any.whl"


def wheel() -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        archive.writestr("pip/__main__.py", "import sys; print('stand-in for pip:', *sys.argv[1:3])")
    return content.getvalue()


class Index(BaseHTTPRequestHandler):
    wheel = wheel()
    sha256 = hashlib.sha256(wheel).hexdigest()

    def do_GET(self) -> None:
        address = f"http://127.0.0.1:{self.server.server_address[1]}/{NAME}"
        files = {"files": [{"filename": NAME, "url": address, "hashes": {"sha256": self.server.sha256}}]}
        self.send_response(200)
        self.end_headers()
        self.wfile.write(self.wheel if self.path.endswith(NAME) else json.dumps(files).encode())

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def index() -> Iterator[ThreadingHTTPServer]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Index)
    server.sha256 = Index.sha256
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


def run(**environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, SCRIPT], env=environment, capture_output=True, text=True, timeout=60, check=False
    )


def address(server: ThreadingHTTPServer) -> str:
    return f"http://127.0.0.1:{server.server_address[1]}/simple/"


def test_pip_comes_from_the_index_in_the_environment(index: ThreadingHTTPServer, tmp_path: Path) -> None:
    fetched = run(HOME=str(tmp_path), PIP_INDEX_URL=address(index))
    assert fetched.stdout == "stand-in for pip: install --quiet\n", fetched.stderr


def test_pip_comes_from_the_index_in_a_configuration_file(index: ThreadingHTTPServer, tmp_path: Path) -> None:
    (tmp_path / "pip.conf").write_text(f"[global]\nindex-url = {address(index)}\n")
    fetched = run(HOME=str(tmp_path), PIP_CONFIG_FILE=str(tmp_path / "pip.conf"))
    assert fetched.stdout == "stand-in for pip: install --quiet\n", fetched.stderr


def test_a_wheel_with_another_hash_is_refused(index: ThreadingHTTPServer, tmp_path: Path) -> None:
    index.sha256 = "0" * 64
    fetched = run(HOME=str(tmp_path), PIP_INDEX_URL=address(index))
    assert fetched.returncode == 1
    assert "does not match the hash" in fetched.stderr
    assert fetched.stdout == ""
