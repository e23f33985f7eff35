"""Who may: callers whom AWS has identified, those who send the token, and browsers that were signed in with it."""

from __future__ import annotations

import ipaddress
import time
from collections.abc import Callable
from enum import Enum, auto
from urllib.parse import urlsplit

from aws_lambda_powertools import Logger
from aws_lambda_powertools.shared.cookies import Cookie, SameSite
from aws_lambda_powertools.utilities.data_classes import LambdaFunctionUrlEvent
from botocore.exceptions import BotoCoreError, ClientError

from lambdas.startup import valid_tokens
from lambdas.web import sessions
from lambdas.web.tokens import Tokens
from syncline.core.errors import TransientError
from syncline.core.http_problems import ForeignOriginError, UnauthorizedError

logger = Logger(service="status")

COOKIE = "syncline_session"
CHANGES_NOTHING = ("GET", "HEAD")


class Way(Enum):
    """How somebody got in."""

    SIGNATURE = auto()
    TOKEN = auto()
    SESSION = auto()


def way_in(event: LambdaFunctionUrlEvent) -> Way:
    if _known_to_aws(event):
        return Way.SIGNATURE
    scheme, _, given = event.headers.get("authorization", "").partition(" ")
    if scheme.lower() == "bearer":
        if opens(given.strip()):
            return Way.TOKEN
    elif _is_signed_in(event):
        if event.http_method not in CHANGES_NOTHING and not _asked_by_own_page(event):
            raise _foreign()
        return Way.SESSION
    raise UnauthorizedError("The token is missing or wrong.", hint="Send “Authorization: Bearer <token>”.")


def opens(token: str) -> bool:
    return _ask_tokens(lambda tokens: tokens.accept(token))


def refuse_other_sites(event: LambdaFunctionUrlEvent) -> None:
    """Another site's form must sign nobody in or out. Programs say nothing of where they come from, and may."""
    says_whence = "origin" in event.headers or "sec-fetch-site" in event.headers
    if says_whence and not _asked_by_own_page(event):
        raise _foreign()


def session_cookie(event: LambdaFunctionUrlEvent, token: str) -> Cookie:
    return _cookie(event, sessions.begin(token, now=time.time()).value, sessions.SECONDS)


def ended_cookie(event: LambdaFunctionUrlEvent) -> Cookie:
    return _cookie(event, "", 0)


def _known_to_aws(event: LambdaFunctionUrlEvent) -> bool:
    """With AuthType AWS_IAM, AWS has checked the signature and says whose it was; callers cannot say so themselves."""
    context = event.raw_event.get("requestContext", {})
    return bool((context.get("authorizer") or {}).get("iam"))


def _is_signed_in(event: LambdaFunctionUrlEvent) -> bool:
    pairs = (pair.strip().partition("=") for pair in event.cookies)
    value = next((value for name, _, value in pairs if name == _cookie_name(event)), "")
    session = sessions.read(value)
    if session is None or not session.lasts(time.time()):
        return False
    return _ask_tokens(lambda tokens: tokens.any_fits(session.made_with))


def _ask_tokens(question: Callable[[Tokens], bool]) -> bool:
    try:
        tokens = valid_tokens()
        if tokens is not None:
            return question(tokens)
    except (ClientError, BotoCoreError) as error:
        # AWS's answer names accounts and roles, and whoever asks is still a stranger.
        logger.exception("the token cannot be read")
        raise TransientError("The token cannot be compared now.", hint="The function's log says why.") from error
    raise UnauthorizedError("There is no token to compare with.", hint="Sign the request (AWS_IAM) or set a token.")


def _asked_by_own_page(event: LambdaFunctionUrlEvent) -> bool:
    """Browsers say so in Sec-Fetch-Site, which no page can forge; where they do not (plain HTTP), in Origin."""
    site = event.headers.get("sec-fetch-site")
    if site is not None:
        return site == "same-origin"
    scheme = "https" if _is_encrypted(event) else "http"
    return event.headers.get("origin", "").lower() == f"{scheme}://{event.request_context.domain_name}".lower()


def _foreign() -> ForeignOriginError:
    return ForeignOriginError("Another site's page asked for this.", hint="Do it on a page of this address.")


def _cookie(event: LambdaFunctionUrlEvent, value: str, seconds: int) -> Cookie:
    return Cookie(
        _cookie_name(event), value, path="/", secure=_is_encrypted(event), http_only=True, max_age=seconds,
        same_site=SameSite.LAX_MODE,
    )  # fmt: skip


def _cookie_name(event: LambdaFunctionUrlEvent) -> str:
    """With the prefix, browsers take it from nobody but this very host, and over TLS only."""
    return f"__Host-{COOKIE}" if _is_encrypted(event) else COOKIE


def _is_encrypted(event: LambdaFunctionUrlEvent) -> bool:
    """A Function URL always is; the local one, on loopback, never."""
    try:
        host = urlsplit(f"//{event.request_context.domain_name}").hostname or ""
        return not (host == "localhost" or ipaddress.ip_address(host).is_loopback)
    except ValueError:  # a name, or no host at all
        return True
