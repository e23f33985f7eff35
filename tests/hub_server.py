"""A small local Hugging Face hub: its listing, redirects and Range requests, and faults to inject."""

from __future__ import annotations

import hashlib
import http.server
import json
import sys
import threading
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import unquote, urlsplit

from syncline.models.catalogue import checkpoint_named

LARGE = 10_000  # bytes; as on the hub, large files have a sha256 and are behind a redirect


@dataclass
class HubState:
    repository: str
    revision: str
    files: dict[str, bytes]
    requests: list[tuple[str, str]] = field(default_factory=list)  # (path, Range header)
    cut_after: int | None = None  # bytes of each answer before the connection breaks
    breaks_left: int = 0
    broken_status: int = 0  # answered instead, while breaks_left
    damaged: dict[str, int] = field(default_factory=dict)  # name -> how many more answers are damaged
    appended: dict[str, bytes] = field(default_factory=dict)  # name -> bytes sent after the end of the file
    cdn: str = ""  # where large files are redirected to
    ignores_range: bool = False
    listing: bytes | None = None  # answered instead of the files


@contextmanager
def serve(state: HubState):
    class Handler(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            path = unquote(urlsplit(self.path).path)
            state.requests.append((path, self.headers.get("Range", "")))
            if state.broken_status and state.breaks_left > 0:
                state.breaks_left -= 1
                self.answer(state.broken_status, b"")
            elif path == f"/api/models/{state.repository}/revision/{state.revision}":
                files = json.dumps({"siblings": [entry(n, b) for n, b in state.files.items()]}).encode()
                self.answer(200, files if state.listing is None else state.listing)
            elif path.startswith(f"/{state.repository}/resolve/{state.revision}/"):
                self.resolve(path.rsplit("/", 1)[1])
            elif path.startswith("/cdn/"):
                self.send_file(path.rsplit("/", 1)[1])
            else:
                self.answer(404, b"")

        def resolve(self, name: str) -> None:
            if len(state.files[name]) < LARGE:
                self.send_file(name)
            else:
                self.answer(302, b"", Location=f"{state.cdn}/cdn/{name}?signed=yes")

        def send_file(self, name: str) -> None:
            body = state.files[name]
            if state.damaged.get(name, 0) > 0:
                state.damaged[name] -= 1
                body = body[:-1] + bytes([body[-1] ^ 1])
            body += state.appended.get(name, b"")
            wanted = self.headers.get("Range", "")
            start = int(wanted.removeprefix("bytes=").removesuffix("-")) if wanted and not state.ignores_range else 0
            self.answer(206 if start else 200, body[start:])

        def answer(self, status: int, body: bytes, **headers: str) -> None:
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            if state.cut_after is not None and state.breaks_left > 0 and len(body) > state.cut_after:
                state.breaks_left -= 1
                self.wfile.write(body[: state.cut_after])
                self.wfile.flush()
                self.close_connection = True
                self.connection.close()
            else:
                self.wfile.write(body)

        def log_message(self, *arguments: object) -> None:
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def entry(name: str, body: bytes) -> dict[str, object]:
    blob = hashlib.sha1(b"blob %d\0" % len(body) + body).hexdigest()
    listed: dict[str, object] = {"rfilename": name, "size": len(body), "blobId": blob}
    if len(body) >= LARGE:
        listed["lfs"] = {"sha256": hashlib.sha256(body).hexdigest(), "size": len(body)}
    return listed


def main() -> None:
    """Serve a folder as the files of one model, by its name in the catalogue or owner/repository@commit."""
    checkpoint, folder = checkpoint_named(sys.argv[1]), Path(sys.argv[2])
    files = {path.name: path.read_bytes() for path in folder.iterdir()}
    with serve(HubState(checkpoint.repository, checkpoint.revision, files)) as address:
        print(address, flush=True)
        threading.Event().wait()


if __name__ == "__main__":
    main()
