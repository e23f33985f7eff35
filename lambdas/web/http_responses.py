"""What every answer of the status URL has in common, and whether a browser or a program wants it."""

from __future__ import annotations

import json
import re
from typing import Any

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.shared.cookies import Cookie

# Nothing here may be framed, sniffed, kept by a proxy, or load anything from anywhere.
SAFETY_HEADERS = {
    "Cache-Control": "private, no-cache",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
    "Vary": "Accept, Authorization, Cookie",
    "X-Content-Type-Options": "nosniff",
}
JSON_TYPE = "application/json"
HTML_TYPE = "text/html"

_WEIGHT = re.compile(r"\s*q\s*=\s*(0(?:\.[0-9]{0,3})?|1(?:\.0{0,3})?)\s*", re.IGNORECASE)


def prefers_page(accept: str) -> bool:
    """Only if text/html is named and wanted more than JSON: curl's */* and no header at all mean JSON."""
    wanted = _weights(accept)
    return wanted.get(HTML_TYPE, 0.0) > _weight_of(JSON_TYPE, wanted)


def _weights(accept: str) -> dict[str, float]:
    found: dict[str, float] = {}
    for part in accept.split(","):
        kind, *parameters = part.split(";")
        said = [match for match in map(_WEIGHT.fullmatch, parameters) if match]
        found[kind.strip().lower()] = float(said[0][1]) if said else 1.0
    return found


def _weight_of(kind: str, wanted: dict[str, float]) -> float:
    """The most specific name decides (RFC 9110, 12.5.1)."""
    names = (kind, f"{kind.partition('/')[0]}/*", "*/*")
    return next((wanted[name] for name in names if name in wanted), 0.0)


def as_json(
    status: int, body: dict[str, Any], *, headers: dict[str, str] | None = None, content_type: str = JSON_TYPE
) -> Response[str]:
    return respond(status, json.dumps(body, ensure_ascii=False), headers=headers, content_type=content_type)


def redirect(status: int, location: str, *, cookie: Cookie | None = None) -> Response[str]:
    """Not to be kept: where it leads to opens for a while only, or depends on who asks."""
    headers = SAFETY_HEADERS | {"Location": location, "Cache-Control": "private, no-store"}
    return Response(int(status), None, "", headers=headers, cookies=[cookie] if cookie else None)


def respond(
    status: int, body: str, *, headers: dict[str, str] | None = None, content_type: str = JSON_TYPE
) -> Response[str]:
    return Response(int(status), content_type, body, headers=SAFETY_HEADERS | (headers or {}))
