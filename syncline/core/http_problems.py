"""Which error becomes which HTTP answer (application/problem+json), in one place."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from syncline.core.errors import InvalidInputError, SettingsError, StaleRevisionError, SynclineError, TransientError

CONTENT_TYPE = "application/problem+json"


class NotFoundError(InvalidInputError):
    default_code = "not_found"


class UnauthorizedError(InvalidInputError):
    default_code = "unauthorized"


class ForeignOriginError(InvalidInputError):
    """Raised when a browser is signed in here, but another site's page made it ask."""

    default_code = "foreign_origin"


class ConflictError(InvalidInputError):
    """Raised when what is asked for does not go with how the job stands."""

    default_code = "conflict"


class MethodNotAllowedError(InvalidInputError):
    default_code = "method_not_allowed"


class UnsupportedEncodingError(InvalidInputError):
    default_code = "unsupported_encoding"


_STATUS: tuple[tuple[type[SynclineError], int], ...] = (
    (NotFoundError, 404),
    (UnauthorizedError, 401),
    (ForeignOriginError, 403),
    (ConflictError, 409),
    (MethodNotAllowedError, 405),
    (UnsupportedEncodingError, 415),
    (InvalidInputError, 400),
    (StaleRevisionError, 409),
    (TransientError, 503),
    (SettingsError, 500),
    (SynclineError, 500),
)

_TITLES = {status: HTTPStatus(status).phrase for _, status in _STATUS}


def refuse_encoded(content_encoding: str | None) -> None:
    """A compressed body may unpack to anything: none is taken, and whoever sends one learns that it is this."""
    named = (content_encoding or "").strip()
    if named.lower() not in ("", "identity"):
        raise UnsupportedEncodingError(
            f"The body is encoded ({named[:40]}), and is taken only as it is.",
            hint="Send it uncompressed, without Content-Encoding.",
        )


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
