"""A Lambda Function URL on loopback: pass each HTTP request to the handler in payload format 2.0."""

from __future__ import annotations

import base64
import threading
import time
import uuid
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

from syncline.local.event_source import Context, Handler

MAX_BODY_BYTES = 6 * 1024 * 1024  # Lambda's own limit


class FunctionUrlServer(ThreadingHTTPServer):
    """Calls the handler for one request at a time, like one execution environment of Lambda."""

    def __init__(self, handler: Handler, *, port: int, function_name: str, host: str = "127.0.0.1") -> None:
        super().__init__((host, port), _RequestHandler)
        self._handler = handler
        self._function_name = function_name
        self._one_at_a_time = threading.Lock()

    def invoke(self, event: dict[str, Any]) -> dict[str, Any]:
        with self._one_at_a_time:
            response: dict[str, Any] = self._handler(event, Context(self._function_name))
        return response


class _RequestHandler(BaseHTTPRequestHandler):
    server: FunctionUrlServer
    protocol_version = "HTTP/1.1"
    # Send each response in one packet. Otherwise it waits for the client's delayed acknowledgement.
    wbufsize = -1
    disable_nagle_algorithm = True

    def log_message(self, *_: object) -> None:
        pass

    def serve(self) -> None:
        length = self.headers.get("Content-Length") or "0"
        if "Transfer-Encoding" in self.headers:
            self.send_error(411)  # http.server reads no chunks
        elif not length.isdecimal():
            self.send_error(400)
        elif int(length) > MAX_BODY_BYTES:
            self.send_error(413)
        else:
            body = self.rfile.read(int(length))
            self._respond(self.server.invoke(payload(self.command, self.path, self._headers(), body)))

    do_GET = do_POST = do_PUT = do_DELETE = do_HEAD = do_PATCH = do_OPTIONS = do_TRACE = do_QUERY = serve

    def _headers(self) -> dict[str, str]:
        return {name.lower(): ",".join(self.headers.get_all(name, [])) for name in self.headers}

    def _respond(self, response: dict[str, Any]) -> None:
        text = response.get("body") or ""
        body = base64.b64decode(text) if response.get("isBase64Encoded") else text.encode()
        self.send_response(response.get("statusCode", 200))
        for name, value in response.get("headers", {}).items():
            self.send_header(name, value)
        for cookie in response.get("cookies", []):
            self.send_header("Set-Cookie", cookie)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)


def payload(method: str, target: str, headers: dict[str, str], body: bytes) -> dict[str, Any]:
    parts = urlsplit(target)
    query = {name: ",".join(values) for name, values in parse_qs(parts.query, keep_blank_values=True).items()}
    now = datetime.now(UTC)
    event: dict[str, Any] = {
        "version": "2.0",
        "routeKey": "$default",
        "rawPath": parts.path,
        "rawQueryString": parts.query,
        "headers": {name: value for name, value in headers.items() if name != "cookie"},
        "requestContext": {
            "accountId": "anonymous",
            "apiId": "local",
            "domainName": headers.get("host", "localhost"),
            "domainPrefix": "local",
            "http": {
                "method": method,
                "path": parts.path,
                "protocol": "HTTP/1.1",
                "sourceIp": "127.0.0.1",
                "userAgent": headers.get("user-agent", ""),
            },
            "requestId": str(uuid.uuid4()),
            "routeKey": "$default",
            "stage": "$default",
            "time": now.strftime("%d/%b/%Y:%H:%M:%S +0000"),
            "timeEpoch": int(time.time() * 1000),
        },
        "isBase64Encoded": bool(body),
    }
    if query:
        event["queryStringParameters"] = query
    if "cookie" in headers:
        event["cookies"] = [cookie.strip() for cookie in headers["cookie"].split(";")]
    if body:
        event["body"] = base64.b64encode(body).decode()
    return event
