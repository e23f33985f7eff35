"""The pages that browsers get, and the files that these load. Imported only when one is asked for: programs never pay
for the templates."""

from __future__ import annotations

import hashlib
from functools import cache
from http import HTTPStatus
from pathlib import Path
from typing import Any

from aws_lambda_powertools.event_handler import Response
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from lambdas.startup import deployment
from lambdas.web.http_responses import HTML_TYPE, SAFETY_HEADERS, respond
from syncline import __version__
from syncline.aws import links
from syncline.core.errors import NotFoundError

FOLDER = Path(__file__).with_name("page")
TYPES = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml; charset=utf-8",
}
# Only what was in the folder at the start is given out, by name: what is asked for never becomes part of a path.
FILES = {path.name: path.read_bytes() for path in sorted((FOLDER / "static").iterdir()) if path.suffix in TYPES}
# Of all files together, and in the path: a script finds the others by their names, beside itself.
EDITION = hashlib.sha256(b"".join(name.encode() + b"\0" + FILES[name] for name in FILES)).hexdigest()[:12]

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self' {bucket}; "
    "media-src 'self' {bucket}; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)


def page(
    status: int, template: str, *, signed_in: bool, headers: dict[str, str] | None = None, **shown: Any
) -> Response[str]:
    text = _templates().get_template(template).render(status=int(status), signed_in=signed_in, **shown)
    own = {
        "Content-Security-Policy": POLICY.format(bucket=links.origin(deployment())),
        # Without any referrer, browsers hide the origin of our own forms from us, too.
        "Referrer-Policy": "same-origin",
    }
    return respond(status, text, headers=own | (headers or {}), content_type=f"{HTML_TYPE}; charset=utf-8")


def asset(name: str) -> str:
    if name not in FILES:
        raise LookupError(f"There is no {name} among the files of the pages.")
    return f"/static/{EDITION}/{name}"


def static(edition: str, name: str) -> Response[str]:
    if name not in FILES:
        raise NotFoundError("There is no such file.", hint="The pages name those that there are.")
    # Whoever still has a page of another edition gets this one's files, but must not keep them under that name.
    keep = "public, max-age=31536000, immutable" if edition == EDITION else "no-store"
    headers = {name: value for name, value in SAFETY_HEADERS.items() if name != "Vary"} | {"Cache-Control": keep}
    return Response(HTTPStatus.OK.value, TYPES[Path(name).suffix], FILES[name].decode(), headers=headers)


@cache
def _templates() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(FOLDER), autoescape=True, undefined=StrictUndefined, auto_reload=False
    )
    environment.globals |= {"version": __version__, "asset": asset}
    return environment
