"""Behind the Function URL: how jobs stand, forms for new uploads, retry, and whether the deployment answers.

Programs get JSON, browsers get pages of the same (lambdas.pages).
"""

from __future__ import annotations

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

from lambdas.startup import deployment, paces
from lambdas.web import session_routes
from lambdas.web.auth import Way, way_in
from lambdas.web.http_responses import as_json, prefers_page, redirect, respond
from syncline import __version__
from syncline.aws import clients, links
from syncline.core import http_problems, strict_json
from syncline.core.errors import InvalidInputError, NotFoundError, SynclineError
from syncline.core.http_problems import UnauthorizedError
from syncline.core.job import Job, State
from syncline.jobs import job_view, uploads
from syncline.jobs.job_view import Standing, find_by_id, find_by_key

logger = Logger(service="status")
app = LambdaFunctionUrlResolver()
app.include_router(session_routes.router)

OPENAPI = Path(__file__).with_name("web") / "openapi.json"
OPEN_TO_ALL = re.compile(r"/|/health|/sign-in|/session|/session/end|/static/.+")
PAGE_SIZE, LARGEST_PAGE = 50, 100
ALLOWED_METHODS = (
    (re.compile(r"/health|/openapi\.json|/jobs/[^/]+|/jobs/[^/]+/(results/[^/]+|recording)"), "GET"),
    (re.compile(r"/jobs"), "GET, POST"),
    (re.compile(r"/jobs/[^/]+/retry|/session|/session/end"), "POST"),
    (re.compile(r"/sign-in|/static/[^/]+/[^/]+"), "GET"),
)


def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    return app.resolve(event, context)


def only_for_those_who_may(app: LambdaFunctionUrlResolver, next_middleware: NextMiddleware) -> Response[str]:
    if not OPEN_TO_ALL.fullmatch(app.current_event.path):
        app.append_context(way=way_in(app.current_event))  # type: ignore[no-untyped-call]  # powertools' own
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
    return as_json(HTTPStatus.OK if answers else HTTPStatus.SERVICE_UNAVAILABLE, _health(answers))


@app.get("/openapi.json")
def openapi() -> Response[str]:
    document = json.loads(OPENAPI.read_text(encoding="utf-8"))
    document["info"]["version"] = __version__
    return as_json(HTTPStatus.OK, document)


@app.get("/")
def first_page() -> Response[str]:
    return redirect(HTTPStatus.FOUND, "/jobs") if _for_browser() else _nothing_here()


@app.get("/static/<edition>/<name>")
def static(edition: str, name: str) -> Response[str]:
    from lambdas.web import pages

    return pages.static(edition, name)


@app.get("/jobs")
def job_by_key_or_page() -> Response[str]:
    query = app.current_event.query_string_parameters
    if query.get("key"):
        return _job(find_by_key(deployment(), query["key"]))
    if query.get("state"):
        state = job_view.state_named(query["state"])
        return _page(state, limit=_limit(query.get("limit")), next_token=query.get("next"))
    if _for_browser():
        return _list_page(job_view.latest(deployment().store, limit=_limit(query.get("limit"))))
    raise InvalidInputError(
        "The key or the state is missing.",
        code="missing_key",
        hint="Ask /jobs?key=<recording key>, or /jobs?state=FAILED for a page of jobs.",
    )


@app.get("/jobs/<job_id>")
def job_by_id(job_id: str) -> Response[str]:
    return _job(find_by_id(deployment(), job_id))


@app.get("/jobs/<job_id>/results/<name>")
def result(job_id: str, name: str) -> Response[str]:
    record = job_view.shown(find_by_id(deployment(), job_id))
    return redirect(HTTPStatus.FOUND, links.of_result(record, name, deployment()))


@app.get("/jobs/<job_id>/recording")
def recording(job_id: str) -> Response[str]:
    return redirect(HTTPStatus.FOUND, links.of_recording(find_by_id(deployment(), job_id), deployment()))


@app.post("/jobs")
def new_uploads() -> Response[str]:
    wanted = uploads.read(_body(), deployment().settings)
    uploads.refuse_overwriting(deployment(), wanted)
    forms = uploads.presign(deployment(), wanted, now=datetime.now(UTC))
    return as_json(HTTPStatus.CREATED, forms, headers={"Location": f"/jobs/{forms['job_id']}"})


@app.post("/jobs/<job_id>/retry")
def retry(job_id: str) -> Response[str]:
    from syncline.jobs.intake import Intake  # only this path looks at uploads and sends

    job = Intake(deployment()).retry(find_by_id(deployment(), job_id).job_id)
    logger.info("retried", job_id=job.job_id, state=job.state.value, revision=job.revision)
    status = HTTPStatus.ACCEPTED if job.state is State.QUEUED else HTTPStatus.OK
    return as_json(status, job_view.shown(job), headers={"Location": f"/jobs/{job.job_id}"})


@app.exception_handler(SynclineError)  # type: ignore[untyped-decorator]
def on_known_error(error: SynclineError) -> Response[str]:
    return _refused(error)


@app.exception_handler([ClientError, BotoCoreError])  # type: ignore[untyped-decorator]
def on_aws_error(error: ClientError | BotoCoreError) -> Response[str]:
    logger.exception("AWS refused")
    return _refused(clients.translated(error))


@app.exception_handler(Exception)  # type: ignore[untyped-decorator]
def on_bug(_: Exception) -> Response[str]:
    logger.exception("a bug")
    return _refused(SynclineError("Something went wrong here.", hint="The function's log says what."))


@app.not_found
def on_no_route(_: NoRouteError) -> Response[str]:
    path = app.current_event.path
    allowed = next((methods for pattern, methods in ALLOWED_METHODS if pattern.fullmatch(path)), None)
    if allowed is None or app.current_event.http_method in allowed.split(", "):
        return _nothing_here()
    return _refused(http_problems.method_not_allowed(app.current_event.http_method, allowed.split(", ")))


def _job(job: Job) -> Response[str]:
    where = job_view.standing(job, deployment().store, paces())
    return _job_page(job, where) if _for_browser() else _job_document(job, where)


def _job_page(job: Job, where: Standing) -> Response[str]:
    shown = job_view.shown(job, where)
    shown["results"] = links.own_results(shown, deployment())
    return _html("job.html", job=shown, media=links.media_of(job, deployment()))


def _job_document(job: Job, where: Standing) -> Response[str]:
    shown = job_view.shown(job, where)
    headers = {"ETag": _etag(shown)}
    if (pause := job_view.pause_of(job, where)) is not None:
        headers["Retry-After"] = str(pause)
    if _has_already(headers["ETag"]):
        return respond(HTTPStatus.NOT_MODIFIED, "", headers=headers)
    return as_json(HTTPStatus.OK, links.with_links(shown, deployment()), headers=headers)


def _etag(shown: dict[str, Any]) -> str:
    """Changes with the record; and in time for the links, so that nobody keeps those that no longer open."""
    epoch = int(time.time() // (links.LINK_SECONDS / 2)) if shown["results"] else 0
    digest = hashlib.sha256(json.dumps([shown, epoch], sort_keys=True).encode()).hexdigest()
    return f'W/"{digest[:24]}"'


def _has_already(etag: str) -> bool:
    """Weakly compared, as RFC 9110 asks for: proxies take the mark of weakness off and put it on."""
    given = [item.strip().removeprefix("W/") for item in app.current_event.headers.get("if-none-match", "").split(",")]
    return etag.removeprefix("W/") in given or "*" in given


def _page(state: State, *, limit: int, next_token: str | None) -> Response[str]:
    found, after = job_view.page(deployment().store, state, limit=limit, next_token=next_token)
    if _for_browser():
        return _list_page(found, state=state, after=after)
    return as_json(HTTPStatus.OK, {"jobs": [job_view.shown(job) for job in found], "next": after})


def _list_page(found: list[Job], *, state: State | None = None, after: str | None = None) -> Response[str]:
    jobs = [job_view.shown(job) for job in found]
    return _html(
        "jobs.html", jobs=jobs, state=state.value if state else None, states=list(State.__members__), next=after
    )


def _limit(text: str | None) -> int:
    if text is None:
        return PAGE_SIZE
    if not (text.isascii() and text.isdecimal() and len(text) <= 3 and 1 <= int(text) <= LARGEST_PAGE):
        raise InvalidInputError(
            f"“{text[:80]}” is no limit.", code="bad_limit", hint=f"Give a whole number from 1 to {LARGEST_PAGE}."
        )
    return int(text)


def _body() -> object:
    http_problems.refuse_encoded(app.current_event.headers.get("content-encoding"))
    try:
        return strict_json.parse(app.current_event.decoded_body or "")
    except (ValueError, RecursionError) as error:
        raise InvalidInputError(
            "The body is not JSON in UTF-8.", code="bad_body", hint='Send {"name": …, "bytes": …}.'
        ) from error


def _health(table_answers: bool) -> dict[str, Any]:
    return {"version": __version__, "table": table_answers}


def _for_browser() -> bool:
    return prefers_page(app.current_event.headers.get("accept", ""))


def _html(
    template: str, *, status: int = HTTPStatus.OK, headers: dict[str, str] | None = None, **shown: Any
) -> Response[str]:
    from lambdas.web import pages

    signed_in = app.context.get("way") is Way.SESSION
    return pages.page(status, template, signed_in=signed_in, headers=headers, **shown)


def _nothing_here() -> Response[str]:
    return _refused(NotFoundError("There is nothing at this address.", hint="/openapi.json says what there is."))


def _refused(error: SynclineError) -> Response[str]:
    status, problem = http_problems.status_of(error), http_problems.problem(error)
    headers = http_problems.headers_of(error)
    if not _for_browser():
        return as_json(status, problem, headers=headers, content_type=http_problems.CONTENT_TYPE)
    if isinstance(error, UnauthorizedError):
        return session_routes.form(status, next_path=session_routes.place_of(app.current_event), headers=headers)
    return _html("problem.html", status=status, headers=headers, problem=problem)
