"""What the status function is composed of: one object, built once per execution environment from the deployment."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial

from lambdas.web import tokens
from lambdas.web.tokens import Tokens
from syncline.aws import clients
from syncline.aws.deployment import Deployment
from syncline.aws.settings import Settings
from syncline.jobs.job_view import Paces


def _now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class Services:
    deployment: Deployment
    tokens: Tokens | None  # None: only requests that AWS has authenticated are accepted
    paces: Paces
    clock: Callable[[], datetime] = _now


def compose(deployment: Deployment) -> Services:
    return Services(deployment, _tokens(deployment.settings), Paces(deployment.store))


def _tokens(settings: Settings) -> Tokens | None:
    if settings.token_secret:
        return tokens.from_secret(partial(clients.client, "secretsmanager"), settings.token_secret)
    return tokens.fixed(settings.token) if settings.token else None
