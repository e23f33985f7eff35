"""The routes that are not about a job: health, the OpenAPI document, the first page, static files."""

from __future__ import annotations

import json
from http import HTTPStatus
from pathlib import Path

from aws_lambda_powertools import Logger
from aws_lambda_powertools.event_handler import Response
from botocore.exceptions import BotoCoreError, ClientError

from lambdas.web.http_requests import Request
from lambdas.web.http_responses import as_json, redirect
from syncline import __version__
from syncline.core.errors import NotFoundError

logger = Logger(service="status")

OPENAPI = Path(__file__).with_name("openapi.json")


def health(request: Request) -> Response[str]:
    """Open to all, so it reveals only whether the table can be read. AWS's message goes to the log."""
    try:
        readable = request.deployment.store.answers()
    except (ClientError, BotoCoreError):
        logger.exception("the table cannot be read")
        readable = False
    status = HTTPStatus.OK if readable else HTTPStatus.SERVICE_UNAVAILABLE
    return as_json(status, {"version": __version__, "table": readable})


def openapi(request: Request) -> Response[str]:
    document = json.loads(OPENAPI.read_text(encoding="utf-8"))
    document["info"]["version"] = __version__
    return as_json(HTTPStatus.OK, document)


def first_page(request: Request) -> Response[str]:
    if not request.wants_html:
        raise nothing_here()
    return redirect(HTTPStatus.FOUND, "/jobs")


def static(request: Request, edition: str, name: str) -> Response[str]:
    from lambdas.web import pages

    return pages.static(edition, name)


def nothing_here() -> NotFoundError:
    return NotFoundError("There is nothing at this address.", hint="See /openapi.json for all addresses.")
