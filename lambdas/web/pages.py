"""Render pages for browsers, and serve the static files that they load.

Imported only when a browser requests one, so that programs never pay for the templates.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection
from functools import cache
from http import HTTPStatus
from pathlib import Path
from typing import Any

from aws_lambda_powertools.event_handler import Response
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from lambdas.web.http_responses import HTML_TYPE, SECURITY_HEADERS, respond
from syncline import __version__
from syncline.core import languages
from syncline.core.errors import NotFoundError
from syncline.core.results import translation_name

FOLDER = Path(__file__).with_name("page")
TYPES = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml; charset=utf-8",
}
# Only these files are served, by name: nothing from a request becomes part of a path.
FILES = {path.name: path.read_bytes() for path in sorted((FOLDER / "static").iterdir()) if path.suffix in TYPES}
# A digest of all files together, and part of their path: a script imports the others by name, from its own folder.
EDITION = hashlib.sha256(b"".join(name.encode() + b"\0" + FILES[name] for name in FILES)).hexdigest()[:12]

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:{bucket}; "
    "connect-src 'self'{bucket}; media-src 'self'{bucket}; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)


def render(
    status: int,
    template: str,
    *,
    signed_in: bool,
    headers: dict[str, str] | None = None,
    bucket_origin: str | None = None,
    **variables: Any,
) -> Response[str]:
    """`bucket_origin` is where the page may load text and media from, and upload to, besides its own origin."""
    text = _templates().get_template(template).render(status=int(status), signed_in=signed_in, **variables)
    own = {
        "Content-Security-Policy": POLICY.format(bucket=f" {bucket_origin}" if bucket_origin else ""),
        # With no-referrer, browsers would send “Origin: null” with this page's own forms.
        "Referrer-Policy": "same-origin",
    }
    return respond(
        status, text, headers=own | (headers or {}), content_type=f"{HTML_TYPE}; charset=utf-8", compress=True
    )


def translations(results: Collection[str]) -> list[dict[str, str]]:
    """The languages of the translations among these results: code, name and direction of the script."""
    found = [code for code in sorted(languages.CODES) if translation_name(code) in results]
    return [{"code": code, "name": languages.NAMES[code], "direction": direction_of(code)} for code in found]


def direction_of(language: str) -> str:
    return "rtl" if language in languages.RIGHT_TO_LEFT else "ltr"


def asset(name: str) -> str:
    if name not in FILES:
        raise LookupError(f"There is no static file {name}.")
    return f"/static/{EDITION}/{name}"


def static(edition: str, name: str) -> Response[str]:
    if name not in FILES:
        raise NotFoundError("There is no such file.", hint="The pages name the files that exist.")
    # A browser that still shows a page of another edition gets the current file, and must not cache it under that name.
    cache_control = "public, max-age=31536000, immutable" if edition == EDITION else "no-store"
    headers = {name: value for name, value in SECURITY_HEADERS.items() if name != "Vary"}
    headers["Cache-Control"] = cache_control
    headers["Vary"] = "Accept-Encoding"
    return Response(HTTPStatus.OK.value, TYPES[Path(name).suffix], FILES[name].decode(), headers=headers, compress=True)


@cache
def _templates() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(FOLDER), autoescape=True, undefined=StrictUndefined, auto_reload=False
    )
    environment.globals |= {"version": __version__, "asset": asset, "translations": translations}
    return environment
