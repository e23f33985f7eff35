"""Build HTTP responses, and decide between HTML and JSON."""

from __future__ import annotations

import json
import re
from typing import Any

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.shared.cookies import Cookie

# No response may be framed, sniffed, stored (it may hold presigned links), or load anything.
SECURITY_HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
    "Vary": "Accept, Accept-Encoding, Authorization, Cookie",
    "X-Content-Type-Options": "nosniff",
}
TLS_ONLY = {"Strict-Transport-Security": "max-age=31536000"}
JSON_TYPE = "application/json"
HTML_TYPE = "text/html"

_QUALITY = re.compile(r"\s*q\s*=\s*(0(?:\.[0-9]{0,3})?|1(?:\.0{0,3})?)\s*", re.IGNORECASE)


def prefers_html(accept: str) -> bool:
    """Whether text/html is named and preferred to JSON. curl's */* and a missing header mean JSON."""
    qualities = _qualities(accept)
    return qualities.get(HTML_TYPE, 0.0) > _quality_of(JSON_TYPE, qualities)


def _qualities(accept: str) -> dict[str, float]:
    found: dict[str, float] = {}
    for part in accept.split(","):
        media_type, *parameters = part.split(";")
        given = [match for match in map(_QUALITY.fullmatch, parameters) if match]
        found[media_type.strip().lower()] = float(given[0][1]) if given else 1.0
    return found


def _quality_of(media_type: str, qualities: dict[str, float]) -> float:
    """The most specific range decides (RFC 9110, 12.5.1)."""
    names = (media_type, f"{media_type.partition('/')[0]}/*", "*/*")
    return next((qualities[name] for name in names if name in qualities), 0.0)


def as_json(
    status: int, body: dict[str, Any], *, headers: dict[str, str] | None = None, content_type: str = JSON_TYPE
) -> Response[str]:
    return respond(status, json.dumps(body, ensure_ascii=False), headers=headers, content_type=content_type)


def redirect(status: int, location: str, *, cookie: Cookie | None = None) -> Response[str]:
    return Response(
        int(status), None, "", headers=SECURITY_HEADERS | {"Location": location}, cookies=[cookie] if cookie else None
    )


def respond(
    status: int,
    body: str,
    *,
    headers: dict[str, str] | None = None,
    content_type: str = JSON_TYPE,
    compress: bool = False,
) -> Response[str]:
    """Compress, for clients that accept it, only what holds no secret beside words of the request: JSON has links."""
    return Response(int(status), content_type, body, headers=SECURITY_HEADERS | (headers or {}), compress=compress)
