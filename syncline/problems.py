"""Which error becomes which HTTP answer (application/problem+json), in one place."""

from __future__ import annotations

from typing import Any

from syncline.errors import InvalidInputError, SettingsError, StaleRevisionError, SynclineError, TransientError

CONTENT_TYPE = "application/problem+json"


class NotFoundError(InvalidInputError):
    default_code = "not_found"


class UnauthorizedError(InvalidInputError):
    default_code = "unauthorized"


_STATUS: tuple[tuple[type[SynclineError], int], ...] = (
    (NotFoundError, 404),
    (UnauthorizedError, 401),
    (InvalidInputError, 400),
    (StaleRevisionError, 409),
    (TransientError, 503),
    (SettingsError, 500),
    (SynclineError, 500),
)

_TITLES = {400: "Bad request", 401: "Unauthorized", 404: "Not found", 409: "Conflict", 500: "Error", 503: "Unavailable"}


def status_of(error: SynclineError) -> int:
    return next(status for kind, status in _STATUS if isinstance(error, kind))


def problem(error: SynclineError) -> dict[str, Any]:
    status = status_of(error)
    return {
        "type": "about:blank",
        "title": _TITLES[status],
        "status": status,
        "code": error.code,
        "detail": error.message,
        "hint": error.hint,
    }
