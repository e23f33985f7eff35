"""Behind the Function URL: job status, upload forms and retries, as JSON for programs and pages for browsers."""

from __future__ import annotations

from functools import cache
from typing import Any

from lambdas.startup import deployment
from lambdas.web import services
from lambdas.web.app import Handler, failed_to_start, make_app
from syncline.core.errors import SynclineError

__all__ = ["connected_app", "handler", "make_app"]


def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    try:
        app = connected_app()
    except SynclineError as error:
        return failed_to_start(error)
    return app(event, context)


@cache
def connected_app() -> Handler:
    return make_app(services.compose(deployment()))
