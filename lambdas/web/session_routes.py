"""Sign a browser in and out: a form sends the token, and a cookie stands for it until the session expires."""

from __future__ import annotations

from http import HTTPStatus

from aws_lambda_powertools.event_handler import Response

from lambdas.web import auth, sessions
from lambdas.web.http_requests import Request
from lambdas.web.http_responses import redirect


def sign_in(request: Request) -> Response[str]:
    return sign_in_form(HTTPStatus.OK, next_path=sessions.local_path(request.query("next") or ""))


def begin(request: Request) -> Response[str]:
    auth.refuse_cross_site(request.event)
    form = request.form()
    token, next_path = form.get("token", "").strip(), sessions.local_path(form.get("next", ""))
    if not auth.is_valid(token, request.services.tokens):
        return sign_in_form(HTTPStatus.UNAUTHORIZED, next_path=next_path, wrong=True)
    cookie = auth.session_cookie(request.event, token, now=request.services.clock().timestamp())
    return redirect(HTTPStatus.SEE_OTHER, next_path, cookie=cookie)


def end(request: Request) -> Response[str]:
    auth.refuse_cross_site(request.event)
    return redirect(HTTPStatus.SEE_OTHER, "/sign-in", cookie=auth.expired_cookie(request.event))


def sign_in_form(
    status: int, *, next_path: str, wrong: bool = False, headers: dict[str, str] | None = None
) -> Response[str]:
    from lambdas.web import pages

    return pages.render(status, "sign_in.html", signed_in=False, headers=headers, wrong=wrong, next=next_path)
