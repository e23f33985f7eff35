"""Serve the table of routes with AWS Lambda Powertools: authentication, errors, and what all responses share."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from aws_lambda_powertools import Logger
from aws_lambda_powertools.event_handler import LambdaFunctionUrlResolver, Response
from aws_lambda_powertools.event_handler.middlewares import NextMiddleware
from aws_lambda_powertools.utilities.data_classes import LambdaFunctionUrlEvent
from botocore.exceptions import BotoCoreError, ClientError

from lambdas.web import auth, routes, session_routes
from lambdas.web.http_requests import Request
from lambdas.web.http_responses import SECURITY_HEADERS, TLS_ONLY, as_json
from lambdas.web.service_routes import nothing_here
from lambdas.web.services import Services
from syncline.aws import clients
from syncline.core import http_problems
from syncline.core.errors import SynclineError
from syncline.core.http_problems import UnauthorizedError

logger = Logger(service="status")

Handler = Callable[[dict[str, Any], Any], dict[str, Any]]


def make_app(services: Services) -> Handler:
    """-> a Lambda handler that answers every request with these services."""
    resolver = LambdaFunctionUrlResolver()

    def request() -> Request:
        return Request(resolver.current_event, services, resolver.context.get("auth_method"))

    def authenticate(app: LambdaFunctionUrlResolver, next_middleware: NextMiddleware) -> Response[str]:
        event = app.current_event
        if not routes.is_open(event.path):
            method = auth.authenticate(event, services.tokens, now=services.clock().timestamp())
            app.append_context(auth_method=method)  # type: ignore[no-untyped-call]  # untyped in powertools
        return next_middleware(app)

    resolver.use(middlewares=[authenticate])
    for route in routes.ROUTES:
        rule = route.path.replace("{", "<").replace("}", ">")
        resolver.route(rule, method=list(route.methods))(_bound(route.handler, request))

    def refuse_with(translate: Callable[[Any], SynclineError]) -> Callable[[Exception], Response[str]]:
        return lambda error: _refuse(request(), translate(error))

    resolver.exception_handler(SynclineError)(refuse_with(lambda error: error))
    resolver.exception_handler([ClientError, BotoCoreError])(refuse_with(_aws_error))
    resolver.exception_handler(Exception)(refuse_with(_bug))
    resolver.not_found(refuse_with(lambda _: _no_route(resolver.current_event)))

    def handle(event: dict[str, Any], context: Any) -> dict[str, Any]:
        return _finished(resolver.resolve(event, context), LambdaFunctionUrlEvent(event))

    return handle


def failed_to_start(error: SynclineError) -> dict[str, Any]:
    """The answer to every request of a function whose settings are wrong."""
    logger.error("the function cannot start: %s", error)
    headers = SECURITY_HEADERS | {"Content-Type": http_problems.CONTENT_TYPE}
    body = json.dumps(http_problems.problem(error), ensure_ascii=False)
    return {"statusCode": http_problems.status_of(error), "headers": headers, "body": body, "cookies": []}


def _bound(handler: Callable[..., Response[str]], request: Callable[[], Request]) -> Callable[..., Response[str]]:
    return lambda **parameters: handler(request(), **parameters)


def _aws_error(error: ClientError | BotoCoreError) -> SynclineError:
    logger.exception("AWS refused a call")
    return clients.translated(error)


def _bug(_: Exception) -> SynclineError:
    logger.exception("unexpected error")
    return SynclineError("The server made a mistake.", hint="The function's log has the traceback.")


def _no_route(event: LambdaFunctionUrlEvent) -> SynclineError:
    allowed = routes.allowed_methods(event.path)
    if not allowed or event.http_method in allowed:
        return nothing_here()
    return http_problems.method_not_allowed(event.http_method, allowed)


def _refuse(request: Request, error: SynclineError) -> Response[str]:
    status, problem = http_problems.status_of(error), http_problems.problem(error)
    headers = http_problems.headers_of(error)
    if not request.wants_html:
        return as_json(status, problem, headers=headers, content_type=http_problems.CONTENT_TYPE)
    if isinstance(error, UnauthorizedError):
        return session_routes.sign_in_form(status, next_path=request.path_after_sign_in(), headers=headers)
    from lambdas.web import pages

    return pages.render(status, "problem.html", signed_in=request.signed_in, headers=headers, problem=problem)


def _finished(answer: dict[str, Any], event: LambdaFunctionUrlEvent) -> dict[str, Any]:
    if event.http_method == "HEAD":
        answer["body"] = ""
    if auth.is_encrypted(event):
        answer["headers"] |= TLS_ONLY
    return answer
