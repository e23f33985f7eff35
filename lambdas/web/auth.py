"""Authenticate requests: signed with AWS IAM, with the bearer token, or with a browser's session cookie."""

from __future__ import annotations

import ipaddress
from collections.abc import Callable
from enum import Enum, auto
from urllib.parse import urlsplit

from aws_lambda_powertools import Logger
from aws_lambda_powertools.shared.cookies import Cookie, SameSite
from aws_lambda_powertools.utilities.data_classes import LambdaFunctionUrlEvent
from botocore.exceptions import BotoCoreError, ClientError

from lambdas.web import sessions
from lambdas.web.tokens import Tokens
from syncline.core.errors import TransientError
from syncline.core.http_problems import ForeignOriginError, UnauthorizedError

logger = Logger(service="status")

COOKIE = "syncline_session"
SAFE_METHODS = ("GET", "HEAD")


class AuthMethod(Enum):
    AWS_IAM = auto()
    TOKEN = auto()
    SESSION = auto()


def authenticate(event: LambdaFunctionUrlEvent, tokens: Tokens | None, *, now: float) -> AuthMethod:
    """-> how the caller is authenticated; raises UnauthorizedError, or ForeignOriginError for another site's page.

    `tokens` is None if the deployment has none: then only requests that AWS has authenticated are accepted.
    """
    if _signed_with_iam(event):
        return AuthMethod.AWS_IAM
    scheme, _, given = event.headers.get("authorization", "").partition(" ")
    if scheme.lower() == "bearer":
        if is_valid(given.strip(), tokens):
            return AuthMethod.TOKEN
    elif _has_session(event, tokens, now):
        if event.http_method not in SAFE_METHODS and not _is_same_origin(event):
            raise _foreign_origin()
        return AuthMethod.SESSION
    raise UnauthorizedError("The token is missing or wrong.", hint="Send “Authorization: Bearer <token>”.")


def is_valid(token: str, tokens: Tokens | None) -> bool:
    return _check_tokens(tokens, lambda valid: valid.accept(token))


def refuse_cross_site(event: LambdaFunctionUrlEvent) -> None:
    """Refuse a form that another site's page sends to sign a browser in or out. Programs send neither header."""
    sent_by_page = "origin" in event.headers or "sec-fetch-site" in event.headers
    if sent_by_page and not _is_same_origin(event):
        raise _foreign_origin()


def session_cookie(event: LambdaFunctionUrlEvent, token: str, *, now: float) -> Cookie:
    return _cookie(event, sessions.begin(token, now=now).value, sessions.SECONDS)


def expired_cookie(event: LambdaFunctionUrlEvent) -> Cookie:
    return _cookie(event, "", 0)


def is_encrypted(event: LambdaFunctionUrlEvent) -> bool:
    """A Function URL always uses TLS; the local stack, on loopback, never does."""
    try:
        host = urlsplit(f"//{event.request_context.domain_name}").hostname or ""
        return not (host == "localhost" or ipaddress.ip_address(host).is_loopback)
    except ValueError:  # a host name, or no host at all
        return True


def _signed_with_iam(event: LambdaFunctionUrlEvent) -> bool:
    """With AuthType AWS_IAM, AWS checks the signature and adds the caller's identity. Callers cannot set this field."""
    context = event.raw_event.get("requestContext", {})
    return bool((context.get("authorizer") or {}).get("iam"))


def _has_session(event: LambdaFunctionUrlEvent, tokens: Tokens | None, now: float) -> bool:
    pairs = (pair.strip().partition("=") for pair in event.cookies)
    value = next((value for name, _, value in pairs if name == _cookie_name(event)), "")
    session = sessions.parse(value)
    if session is None or session.expired(now):
        return False
    return _check_tokens(tokens, lambda valid: valid.any_matches(session.made_with))


def _check_tokens(tokens: Tokens | None, check: Callable[[Tokens], bool]) -> bool:
    if tokens is None:
        raise UnauthorizedError("This deployment has no token.", hint="Sign the request (AWS_IAM), or set a token.")
    try:
        return check(tokens)
    except (ClientError, BotoCoreError) as error:
        # The caller is not authenticated, and AWS's message names accounts and roles: it goes to the log only.
        logger.exception("Secrets Manager did not return the token")
        raise TransientError("The token cannot be checked now.", hint="The function's log says why.") from error


def _is_same_origin(event: LambdaFunctionUrlEvent) -> bool:
    """Browsers set Sec-Fetch-Site, which no page can forge, over TLS; over plain HTTP only Origin is there."""
    site = event.headers.get("sec-fetch-site")
    if site is not None:
        return site == "same-origin"
    scheme = "https" if is_encrypted(event) else "http"
    return event.headers.get("origin", "").lower() == f"{scheme}://{event.request_context.domain_name}".lower()


def _foreign_origin() -> ForeignOriginError:
    return ForeignOriginError("A page of another site sent this request.", hint="Send it from a page of this address.")


def _cookie(event: LambdaFunctionUrlEvent, value: str, seconds: int) -> Cookie:
    return Cookie(
        _cookie_name(event), value, path="/", secure=is_encrypted(event), http_only=True, max_age=seconds,
        same_site=SameSite.LAX_MODE,
    )  # fmt: skip


def _cookie_name(event: LambdaFunctionUrlEvent) -> str:
    """With the prefix __Host-, browsers accept the cookie from this host only, and only over TLS."""
    return f"__Host-{COOKIE}" if is_encrypted(event) else COOKIE
