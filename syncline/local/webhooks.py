"""Post events to webhooks as EventBridge does: `python -m syncline.local.webhooks PORT URL...`.

The process answers PutEvents in EventBridge's place. `AWS_ENDPOINT_URL_EVENTBRIDGE` leads the other processes to it.
"""

from __future__ import annotations

import json
import logging
import queue
import sys
import threading
import time
import urllib.request
import uuid
from collections.abc import Sequence
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from syncline.processes.parent_death import exit_with_parent

logger = logging.getLogger(__name__)

ACCOUNT = "123456789012"  # moto's
REGION = "us-east-1"
ATTEMPTS = 5
FIRST_PAUSE_SECONDS = 1.0
TIMEOUT_SECONDS = 5  # EventBridge's own


class EventServer(ThreadingHTTPServer):
    """Answers PutEvents on loopback, and posts each event to every address in a thread of that address."""

    def __init__(self, port: int, urls: Sequence[str], *, first_pause_seconds: float = FIRST_PAUSE_SECONDS) -> None:
        super().__init__(("127.0.0.1", port), _RequestHandler)
        self._webhooks = [_Webhook(url, first_pause_seconds) for url in urls]

    def put(self, entries: Sequence[dict[str, Any]]) -> dict[str, Any]:
        events = [_event(entry) for entry in entries]
        for webhook in self._webhooks:
            for event in events:
                webhook.put(json.dumps(event, ensure_ascii=False).encode())
        return {"FailedEntryCount": 0, "Entries": [{"EventId": event["id"]} for event in events]}


class _RequestHandler(BaseHTTPRequestHandler):
    server: EventServer

    def log_message(self, *_: object) -> None:
        pass

    def do_GET(self) -> None:
        """Whether the process answers."""
        self.send_response(204)
        self.end_headers()

    def do_POST(self) -> None:
        document = json.loads(self.rfile.read(int(self.headers.get("Content-Length", 0))))
        body = json.dumps(self.server.put(document["Entries"])).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/x-amz-json-1.1")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


class _Webhook:
    """One address. Its events are posted in order, each until it is accepted or was tried often enough."""

    def __init__(self, url: str, first_pause_seconds: float) -> None:
        self._url = url
        self._first_pause_seconds = first_pause_seconds
        self._bodies: queue.Queue[bytes] = queue.Queue()
        threading.Thread(target=self._run, daemon=True).start()

    def put(self, body: bytes) -> None:
        self._bodies.put(body)

    def _run(self) -> None:
        while True:
            self._deliver(self._bodies.get())

    def _deliver(self, body: bytes) -> None:
        for attempt in range(ATTEMPTS):
            try:
                _post(self._url, body)
                return
            except OSError as error:  # also every status but 2xx
                logger.warning("%s did not accept an event: %s", self._url, error)
            time.sleep(self._first_pause_seconds * 2**attempt)
        logger.error("an event was not delivered to %s", self._url)


def _post(url: str, body: bytes) -> None:
    headers = {"Content-Type": "application/json; charset=utf-8", "User-Agent": "Amazon/EventBridge/ApiDestinations"}
    request = urllib.request.Request(url, body, headers)  # noqa: S310 - the address is the caller's own
    urllib.request.urlopen(request, timeout=TIMEOUT_SECONDS).close()  # noqa: S310


def _event(entry: dict[str, Any]) -> dict[str, Any]:
    """What EventBridge makes of an entry, and posts to an API destination."""
    return {
        "version": "0",
        "id": str(uuid.uuid4()),
        "detail-type": entry["DetailType"],
        "source": entry["Source"],
        "account": ACCOUNT,
        "time": datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "region": REGION,
        "resources": entry.get("Resources", []),
        "detail": json.loads(entry["Detail"]),
    }


def main(port: str, *urls: str) -> None:
    exit_with_parent()
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    EventServer(int(port), urls).serve_forever()


if __name__ == "__main__":
    main(*sys.argv[1:])
