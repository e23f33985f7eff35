"""Behind the Function URL: how jobs stand, forms for new uploads, retry, and whether the deployment answers."""

from __future__ import annotations

import difflib
import hashlib
import json
import re
import time
from datetime import UTC, datetime
from http import HTTPStatus
from pathlib import Path
from typing import Any

from aws_lambda_powertools import Logger
from aws_lambda_powertools.event_handler import LambdaFunctionUrlResolver, Response
from aws_lambda_powertools.event_handler.exceptions import NotFoundError as NoRouteError
from aws_lambda_powertools.event_handler.middlewares import NextMiddleware
from aws_lambda_powertools.utilities.typing import LambdaContext
from botocore.exceptions import BotoCoreError, ClientError

from lambdas.startup import deployment, paces, valid_tokens
from syncline import __version__, aws, problems, uploads, verdicts
from syncline.errors import InvalidInputError, SynclineError, TransientError
from syncline.job import Job, State
from syncline.problems import MethodNotAllowedError, NotFoundError, UnauthorizedError
from syncline.verdicts import find_by_id, find_by_key

logger = Logger(service="status")
app = LambdaFunctionUrlResolver()

OPENAPI = Path(__file__).with_name("openapi.json")
OPEN_TO_ALL = ("/health",)
PAGE_SIZE, LARGEST_PAGE = 50, 100
BUSY_SECONDS = 5
ALLOWED_METHODS = (
    (re.compile(r"/health|/openapi\.json|/jobs/[^/]+"), "GET"),
    (re.compile(r"/jobs"), "GET, POST"),
    (re.compile(r"/jobs/[^/]+/retry"), "POST"),
)
# Nothing here may be framed, sniffed, kept by a proxy, or load anything from anywhere.
SAFETY_HEADERS = {
    "Cache-Control": "private, no-cache",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
    "Vary": "Accept, Authorization",
    "X-Content-Type-Options": "nosniff",
}
JSON_TYPE = "application/json"


def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    return app.resolve(event, context)


def only_for_those_who_may(app: LambdaFunctionUrlResolver, next_middleware: NextMiddleware) -> Response[str]:
    if app.current_event.path not in OPEN_TO_ALL:
        _authorize()
    return next_middleware(app)


app.use(middlewares=[only_for_those_who_may])


@app.get("/health")
def health() -> Response[str]:
    """Open to all, so it says no more than whether it works: what AWS answered goes to the log."""
    try:
        answers = deployment().store.answers()
    except (ClientError, BotoCoreError):
        logger.exception("the table does not answer")
        answers = False
    return _json(HTTPStatus.OK if answers else HTTPStatus.SERVICE_UNAVAILABLE, _health(answers))


@app.get("/openapi.json")
def openapi() -> Response[str]:
    document = json.loads(OPENAPI.read_text(encoding="utf-8"))
    document["info"]["version"] = __version__
    return _json(HTTPStatus.OK, document)


@app.get("/jobs")
def job_by_key_or_page() -> Response[str]:
    query = app.current_event.query_string_parameters
    if query.get("key"):
        return _job(find_by_key(deployment(), query["key"]))
    if query.get("state"):
        return _page(_state(query["state"]), limit=_limit(query.get("limit")), next_token=query.get("next"))
    raise InvalidInputError(
        "The key or the state is missing.",
        code="missing_key",
        hint="Ask /jobs?key=<recording key>, or /jobs?state=FAILED for a page of jobs.",
    )


@app.get("/jobs/<job_id>")
def job_by_id(job_id: str) -> Response[str]:
    return _job(find_by_id(deployment(), job_id))


@app.post("/jobs")
def new_uploads() -> Response[str]:
    wanted = uploads.read(_body(), deployment().settings)
    uploads.refuse_overwriting(deployment(), wanted)
    forms = uploads.presign(deployment(), wanted, now=datetime.now(UTC))
    return _json(HTTPStatus.CREATED, forms, headers={"Location": f"/jobs/{forms['job_id']}"})


@app.post("/jobs/<job_id>/retry")
def retry(job_id: str) -> Response[str]:
    from syncline.intake import Intake  # only this path looks at uploads and sends

    job = Intake(deployment()).retry(find_by_id(deployment(), job_id).job_id)
    logger.info("retried", job_id=job.job_id, state=job.state.value, revision=job.revision)
    status = HTTPStatus.ACCEPTED if job.state is State.QUEUED else HTTPStatus.OK
    return _json(status, verdicts.shown(job), headers={"Location": f"/jobs/{job.job_id}"})


@app.exception_handler(SynclineError)  # type: ignore[untyped-decorator]
def on_known_error(error: SynclineError) -> Response[str]:
    return _refused(error)


@app.exception_handler([ClientError, BotoCoreError])  # type: ignore[untyped-decorator]
def on_aws_error(error: ClientError | BotoCoreError) -> Response[str]:
    logger.exception("AWS refused")
    return _refused(aws.translated(error))


@app.exception_handler(Exception)  # type: ignore[untyped-decorator]
def on_bug(_: Exception) -> Response[str]:
    logger.exception("a bug")
    return _refused(SynclineError("Something went wrong here.", hint="The function's log says what."))


@app.not_found
def on_no_route(_: NoRouteError) -> Response[str]:
    path = app.current_event.path
    allowed = next((methods for pattern, methods in ALLOWED_METHODS if pattern.fullmatch(path)), None)
    if allowed is None:
        return _refused(NotFoundError("There is nothing at this address.", hint="/openapi.json says what there is."))
    error = MethodNotAllowedError(f"{app.current_event.http_method} is not possible here.", hint=f"Use {allowed}.")
    return _refused(error, headers={"Allow": allowed})


def _authorize() -> None:
    if _known_to_aws():
        return
    scheme, _, given = app.current_event.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not _opens(given.strip()):
        raise UnauthorizedError("The token is missing or wrong.", hint="Send “Authorization: Bearer <token>”.")


def _opens(token: str) -> bool:
    try:
        tokens = valid_tokens()
        if tokens is not None:
            return tokens.accept(token)
    except (ClientError, BotoCoreError) as error:
        # AWS's answer names accounts and roles, and whoever asks is still a stranger.
        logger.exception("the token cannot be read")
        raise TransientError("The token cannot be compared now.", hint="The function's log says why.") from error
    raise UnauthorizedError("There is no token to compare with.", hint="Sign the request (AWS_IAM) or set a token.")


def _known_to_aws() -> bool:
    """With AuthType AWS_IAM, AWS has checked the signature and says whose it was; callers cannot say so themselves."""
    context = app.current_event.raw_event.get("requestContext", {})
    return bool((context.get("authorizer") or {}).get("iam"))


def _job(job: Job) -> Response[str]:
    where = verdicts.standing(job, deployment().store, paces())
    shown = verdicts.shown(job, where)
    headers = {"ETag": _etag(shown)}
    if (pause := verdicts.pause_of(job, where)) is not None:
        headers["Retry-After"] = str(pause)
    if _has_already(headers["ETag"]):
        return _response(HTTPStatus.NOT_MODIFIED, "", headers=headers)
    return _json(HTTPStatus.OK, verdicts.with_links(shown, deployment()), headers=headers)


def _etag(shown: dict[str, Any]) -> str:
    """Changes with the record; and in time for the links, so that nobody keeps those that no longer open."""
    epoch = int(time.time() // (verdicts.LINK_SECONDS / 2)) if shown["results"] else 0
    digest = hashlib.sha256(json.dumps([shown, epoch], sort_keys=True).encode()).hexdigest()
    return f'W/"{digest[:24]}"'


def _has_already(etag: str) -> bool:
    """Weakly compared, as RFC 9110 asks for: proxies take the mark of weakness off and put it on."""
    given = [item.strip().removeprefix("W/") for item in app.current_event.headers.get("if-none-match", "").split(",")]
    return etag.removeprefix("W/") in given or "*" in given


def _page(state: State, *, limit: int, next_token: str | None) -> Response[str]:
    found, after = verdicts.page(deployment().store, state, limit=limit, next_token=next_token)
    return _json(HTTPStatus.OK, {"jobs": [verdicts.shown(job) for job in found], "next": after})


def _state(text: str) -> State:
    if text not in State.__members__:
        near = difflib.get_close_matches(text.upper(), list(State.__members__), n=1)
        guess = f" Did you mean {near[0]}?" if near else ""
        raise InvalidInputError(
            f"“{text[:80]}” is not a state.{guess}", code="bad_state", hint=f"States are: {', '.join(State)}."
        )
    return State(text)


def _limit(text: str | None) -> int:
    if text is None:
        return PAGE_SIZE
    if not (text.isascii() and text.isdecimal() and len(text) <= 3 and 1 <= int(text) <= LARGEST_PAGE):
        raise InvalidInputError(
            f"“{text[:80]}” is no limit.", code="bad_limit", hint=f"Give a whole number from 1 to {LARGEST_PAGE}."
        )
    return int(text)


def _body() -> object:
    try:
        return json.loads(app.current_event.decoded_body or "")
    except (ValueError, RecursionError) as error:
        raise InvalidInputError(
            "The body is not JSON in UTF-8.", code="bad_body", hint='Send {"name": …, "bytes": …}.'
        ) from error


def _health(table_answers: bool) -> dict[str, Any]:
    return {"version": __version__, "table": table_answers}


def _refused(error: SynclineError, *, headers: dict[str, str] | None = None) -> Response[str]:
    headers = dict(headers or {})
    if isinstance(error, UnauthorizedError):
        headers["WWW-Authenticate"] = "Bearer"
    if isinstance(error, TransientError):
        headers["Retry-After"] = str(BUSY_SECONDS)
    return _json(
        problems.status_of(error), problems.problem(error), headers=headers, content_type=problems.CONTENT_TYPE
    )


def _json(
    status: int, body: dict[str, Any], *, headers: dict[str, str] | None = None, content_type: str = JSON_TYPE
) -> Response[str]:
    return _response(status, json.dumps(body, ensure_ascii=False), headers=headers, content_type=content_type)


def _response(
    status: int, body: str, *, headers: dict[str, str] | None = None, content_type: str = JSON_TYPE
) -> Response[str]:
    return Response(int(status), content_type, body, headers=SAFETY_HEADERS | (headers or {}))
