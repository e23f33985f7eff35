"""What every function does once, when its environment starts: read the settings, connect."""

from __future__ import annotations

import os
from functools import cache

from lambdas.web import tokens
from lambdas.web.tokens import Tokens
from syncline.aws import clients, settings
from syncline.aws.deployment import Deployment, connect
from syncline.jobs.job_view import Paces


@cache
def deployment() -> Deployment:
    # Asked for by the first event rather than at import, so that a bad setting is an answer and not a crash.
    return connect(settings.read(os.environ))


@cache
def valid_tokens() -> Tokens | None:
    """None if there are none: then only callers that AWS has identified are let in."""
    chosen = deployment().settings
    if chosen.token_secret:
        return tokens.from_secret(clients.client("secretsmanager"), chosen.token_secret)
    return tokens.fixed(chosen.token) if chosen.token else None


@cache
def paces() -> Paces:
    return Paces(deployment().store)
