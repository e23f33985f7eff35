from __future__ import annotations

import pytest

from syncline.core import errors, http_problems
from syncline.core.errors import InvalidInputError, SynclineError, TransientError
from syncline.core.http_problems import headers_of, problem, refuse_encoded, status_of
from syncline.translation.requests import FieldError


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (errors.InvalidOptionsError("no"), 400),
        (FieldError("no"), 400),
        (http_problems.UnauthorizedError("no"), 401),
        (http_problems.ForeignOriginError("no"), 403),
        (http_problems.NotFoundError("no"), 404),
        (http_problems.method_not_allowed("PUT", ["GET"]), 405),
        (http_problems.SlowBodyError("no"), 408),
        (http_problems.ConflictError("no"), 409),
        (errors.StaleRevisionError("no"), 409),
        (http_problems.BodyTooLargeError("no"), 413),
        (http_problems.UnsupportedEncodingError("no"), 415),
        (http_problems.QueueFullError("no"), 429),
        (http_problems.ClientLeftError("no"), 499),
        (errors.SettingsError("no"), 500),
        (errors.EngineError("no"), 500),
        (TransientError("no"), 503),
        (http_problems.DeadlineError("no"), 504),
    ],
)
def test_every_error_has_a_status(error: SynclineError, status: int) -> None:
    assert status_of(error) == status
    assert problem(error)["status"] == status
    assert problem(error)["title"]


def test_a_problem_document_has_the_code_and_both_texts_of_the_error() -> None:
    assert problem(InvalidInputError("The body is empty.", code="bad_body", hint="Send JSON.")) == {
        "type": "about:blank",
        "title": "Bad Request",
        "status": 400,
        "code": "bad_body",
        "detail": "The body is empty.",
        "hint": "Send JSON.",
    }


def test_headers_tell_a_client_what_to_do_next() -> None:
    full = http_problems.QueueFullError("no")
    full.retry_after = 7
    assert headers_of(http_problems.UnauthorizedError("no")) == {"WWW-Authenticate": "Bearer"}
    assert headers_of(http_problems.method_not_allowed("PUT", ["GET", "POST"])) == {"Allow": "GET, POST"}
    assert headers_of(http_problems.UnsupportedEncodingError("no")) == {"Accept-Encoding": "identity"}
    assert headers_of(full) == {"Retry-After": "7"}
    assert headers_of(TransientError("no")) == {"Retry-After": "5"}
    assert headers_of(InvalidInputError("no")) == {}


@pytest.mark.parametrize("encoding", [None, "", "identity", " Identity "])
def test_an_unencoded_body_is_accepted(encoding: str | None) -> None:
    refuse_encoded(encoding)


@pytest.mark.parametrize("encoding", ["gzip", "br", "identity, gzip"])
def test_an_encoded_body_is_refused(encoding: str) -> None:
    with pytest.raises(http_problems.UnsupportedEncodingError, match="uncompressed"):
        refuse_encoded(encoding)
