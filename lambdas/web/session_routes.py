"""Signing a browser in and out: the token comes in a form, and stays as a cookie that ends."""

from __future__ import annotations

from http import HTTPStatus
from urllib.parse import parse_qs, quote

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.event_handler.router import LambdaFunctionUrlRouter
from aws_lambda_powertools.utilities.data_classes import LambdaFunctionUrlEvent

from lambdas.web import auth, sessions
from lambdas.web.http_responses import redirect
from syncline.core.errors import InvalidInputError

LARGEST_FORM = 8 * 1024
FORM_TYPE = "application/x-www-form-urlencoded"

router = LambdaFunctionUrlRouter()  # type: ignore[no-untyped-call]  # powertools gives it no types


@router.get("/sign-in")
def sign_in() -> Response[str]:
    query = router.current_event.query_string_parameters
    return form(HTTPStatus.OK, next_path=sessions.local_path(query.get("next", "")))


@router.post("/session")
def begin() -> Response[str]:
    event = router.current_event
    auth.refuse_other_sites(event)
    given = _form()
    token, next_path = given.get("token", "").strip(), sessions.local_path(given.get("next", ""))
    if not auth.opens(token):
        return form(HTTPStatus.UNAUTHORIZED, next_path=next_path, wrong=True)
    return redirect(HTTPStatus.SEE_OTHER, next_path, cookie=auth.session_cookie(event, token))


@router.post("/session/end")
def end() -> Response[str]:
    auth.refuse_other_sites(router.current_event)
    return redirect(HTTPStatus.SEE_OTHER, "/sign-in", cookie=auth.ended_cookie(router.current_event))


def form(status: int, *, next_path: str, wrong: bool = False, headers: dict[str, str] | None = None) -> Response[str]:
    from lambdas.web import pages

    return pages.page(status, "sign_in.html", signed_in=False, headers=headers, wrong=wrong, next=next_path)


def place_of(event: LambdaFunctionUrlEvent) -> str:
    """Where to go on after signing in: to what was asked for, if it can be asked for again."""
    if event.http_method not in auth.CHANGES_NOTHING:
        return sessions.FIRST_PAGE
    query = f"?{event.raw_query_string}" if event.raw_query_string else ""
    return sessions.local_path(quote(event.path, safe="/%:@!$&'()*+,;=~", errors="replace") + query)


def _form() -> dict[str, str]:
    event = router.current_event
    try:
        body = event.decoded_body or ""
        if len(body) > LARGEST_FORM or not event.headers.get("content-type", "").lower().startswith(FORM_TYPE):
            raise ValueError
        return {name: values[0] for name, values in parse_qs(body, max_num_fields=10).items()}
    except ValueError as error:
        raise InvalidInputError(
            "The form cannot be read.", code="bad_body", hint=f"Send token=… as {FORM_TYPE}, at most 8 KiB."
        ) from error
