"""Behind the Function URL: how a job stands, and whether the deployment answers."""

from __future__ import annotations

import hmac
import json
import re
from typing import Any

from aws_lambda_powertools import Logger
from aws_lambda_powertools.event_handler import LambdaFunctionUrlResolver, Response
from aws_lambda_powertools.event_handler.exceptions import NotFoundError as NoRouteError
from aws_lambda_powertools.utilities.typing import LambdaContext
from botocore.exceptions import BotoCoreError, ClientError

from lambdas.startup import deployment
from syncline import __version__, aws, problems
from syncline.errors import InvalidInputError, SynclineError
from syncline.problems import NotFoundError, UnauthorizedError
from syncline.verdicts import answer, find_by_id, find_by_key

logger = Logger(service="status")
app = LambdaFunctionUrlResolver()

JOB_ID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    return app.resolve(event, context)


@app.get("/health")
def health() -> Response[str]:
    return _json(200, {"version": __version__, "table": deployment().store.answers()})


@app.get("/jobs")
def job_by_key() -> Response[str]:
    _authorize()
    key = app.current_event.query_string_parameters.get("key")
    if not key:
        raise InvalidInputError("The key is missing.", code="missing_key", hint="Ask /jobs?key=<recording key>.")
    return _json(200, answer(find_by_key(deployment(), key), deployment()))


@app.get("/jobs/<job_id>")
def job_by_id(job_id: str) -> Response[str]:
    _authorize()
    if not JOB_ID.fullmatch(job_id):
        raise NotFoundError(f"“{job_id[:80]}” is not a job id.", hint="Ask by key: /jobs?key=<recording key>.")
    return _json(200, answer(find_by_id(deployment(), job_id), deployment()))


@app.exception_handler(SynclineError)  # type: ignore[untyped-decorator]
def on_known_error(error: SynclineError) -> Response[str]:
    return _refused(error)


@app.exception_handler([ClientError, BotoCoreError])  # type: ignore[untyped-decorator]
def on_aws_error(error: ClientError | BotoCoreError) -> Response[str]:
    logger.exception("AWS refused")
    return _refused(aws.translated(error))


@app.not_found
def on_no_route(_: NoRouteError) -> Response[str]:
    return _refused(NotFoundError("There is nothing at this address.", hint="See /jobs?key=, /jobs/{job_id}, /health."))


def _authorize() -> None:
    token = deployment().settings.token
    if token is None:  # AuthType AWS_IAM: AWS has checked already
        return
    given = app.current_event.headers.get("authorization", "")
    if not hmac.compare_digest(given.encode(), f"Bearer {token}".encode()):
        raise UnauthorizedError("The token is missing or wrong.", hint="Send “Authorization: Bearer <token>”.")


def _refused(error: SynclineError) -> Response[str]:
    return _json(problems.status_of(error), problems.problem(error), content_type=problems.CONTENT_TYPE)


def _json(status: int, body: dict[str, Any], *, content_type: str = "application/json") -> Response[str]:
    return Response(status_code=status, content_type=content_type, body=json.dumps(body, ensure_ascii=False))
