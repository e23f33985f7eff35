"""Map errors to HTTP: status code, headers and the problem document (RFC 9457).

The status URL and the translation server both use this table, so an error has the same status and headers in both.
Errors that only an HTTP program raises are defined here; all others are in syncline.core.errors.
"""

from __future__ import annotations

from collections.abc import Sequence
from http import HTTPStatus
from typing import Any

from syncline.core.errors import (
    ConflictError,
    InvalidInputError,
    NotFoundError,
    StaleRevisionError,
    SynclineError,
    TransientError,
)

CONTENT_TYPE = "application/problem+json"
BUSY_SECONDS = 5  # Retry-After of a transient error that gives no time of its own
CLIENT_CLOSED_REQUEST = 499  # never received; it keeps the metrics right


class UnauthorizedError(InvalidInputError):
    default_code = "unauthorized"


class ForeignOriginError(InvalidInputError):
    """Raised when another site's page sends a request with the session cookie of a signed-in browser."""

    default_code = "foreign_origin"


class MethodNotAllowedError(InvalidInputError):
    default_code = "method_not_allowed"
    allowed: Sequence[str] = ()


class UnsupportedEncodingError(InvalidInputError):
    default_code = "unsupported_encoding"


class PreconditionRequiredError(InvalidInputError):
    """The request changes something that others may change too, and does not say which version it has seen."""

    default_code = "precondition_required"


class SlowBodyError(InvalidInputError):
    default_code = "slow_body"


class BodyTooLargeError(InvalidInputError):
    default_code = "too_large"


class QueueFullError(TransientError):
    default_code = "queue_full"
    retry_after: int = 1  # seconds


class DeadlineError(TransientError):
    default_code = "deadline_exceeded"


class ClientLeftError(TransientError):
    default_code = "client_left"


# An error has the status of the nearest of its classes that is listed.
_STATUS: dict[type[SynclineError], int] = {
    SynclineError: 500,
    InvalidInputError: 400,
    UnauthorizedError: 401,
    ForeignOriginError: 403,
    NotFoundError: 404,
    MethodNotAllowedError: 405,
    SlowBodyError: 408,
    ConflictError: 409,
    StaleRevisionError: 409,
    BodyTooLargeError: 413,
    UnsupportedEncodingError: 415,
    PreconditionRequiredError: 428,
    QueueFullError: 429,
    ClientLeftError: CLIENT_CLOSED_REQUEST,
    TransientError: 503,
    DeadlineError: 504,
}


def method_not_allowed(method: str, allowed: Sequence[str]) -> MethodNotAllowedError:
    error = MethodNotAllowedError(f"{method} is not allowed here.", hint=f"Use {', '.join(allowed)}.")
    error.allowed = allowed
    return error


def refuse_encoded(content_encoding: str | None) -> None:
    """Refuse a compressed request body: its uncompressed size is not known before it is unpacked."""
    named = (content_encoding or "").strip()
    if named.lower() not in ("", "identity"):
        raise UnsupportedEncodingError(
            f"The body is encoded ({named[:40]}); only an unencoded body is accepted.",
            hint="Send it uncompressed, without Content-Encoding.",
        )


def status_of(error: SynclineError) -> int:
    return next(_STATUS[kind] for kind in type(error).__mro__ if kind in _STATUS)


def headers_of(error: SynclineError) -> dict[str, str]:
    """The response headers that HTTP requires or recommends with this error's status."""
    if isinstance(error, UnauthorizedError):
        return {"WWW-Authenticate": "Bearer"}
    if isinstance(error, MethodNotAllowedError):
        return {"Allow": ", ".join(error.allowed)}
    if isinstance(error, UnsupportedEncodingError):
        return {"Accept-Encoding": "identity"}
    if status_of(error) in (429, 503):
        return {"Retry-After": str(getattr(error, "retry_after", BUSY_SECONDS))}
    return {}


def problem(error: SynclineError) -> dict[str, Any]:
    return problem_document(status_of(error), error.code, error.message, error.hint)


def problem_document(status: int, code: str, detail: str, hint: str) -> dict[str, Any]:
    title = "Client Closed Request" if status == CLIENT_CLOSED_REQUEST else HTTPStatus(status).phrase
    return {"type": "about:blank", "title": title, "status": status, "code": code, "detail": detail, "hint": hint}
