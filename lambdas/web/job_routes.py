"""The routes of jobs: find, list, upload, retry, and the way to results and recordings."""

from __future__ import annotations

import hashlib
import json
from http import HTTPStatus
from typing import Any

from aws_lambda_powertools import Logger
from aws_lambda_powertools.event_handler import Response

from lambdas.web.http_requests import Request
from lambdas.web.http_responses import as_json, redirect, respond
from syncline.aws import links
from syncline.core.errors import InvalidInputError, NotFoundError
from syncline.core.job import JOB_ID, Job, State
from syncline.jobs import job_search, job_view
from syncline.jobs.job_search import Search
from syncline.jobs.job_view import Standing, find_by_id, find_by_key

logger = Logger(service="status")

PAGE_SIZE, LARGEST_PAGE = 50, 100
_PLUS_SIGN_HINT = "A plus sign in a URL means a space: write %2B for a plus."


def find(request: Request) -> Response[str]:
    key, state = request.query("key"), request.query("state")
    if key is not None:
        return _find(request, key)
    wanted = job_view.state_named(state) if state is not None else None
    prefix, metadata = request.query("prefix"), request.metadata()
    if prefix is not None or metadata:
        return _search(request, job_search.read(prefix=prefix, metadata=metadata, state=wanted))
    if wanted is not None:
        return _list(request, wanted)
    return _latest(request)


def job(request: Request, job_id: str) -> Response[str]:
    return _job(request, find_by_id(request.deployment, job_id))


def result(request: Request, job_id: str, name: str) -> Response[str]:
    record = job_view.shown(find_by_id(request.deployment, job_id))
    return redirect(HTTPStatus.FOUND, links.of_result(record, name, request.deployment))


def recording(request: Request, job_id: str) -> Response[str]:
    found = find_by_id(request.deployment, job_id)
    return redirect(HTTPStatus.FOUND, links.of_recording(found, request.deployment))


def transcript(request: Request, job_id: str) -> Response[str]:
    found = find_by_id(request.deployment, job_id)
    return redirect(HTTPStatus.FOUND, links.of_transcript(found, request.deployment))


def correct_transcript(request: Request, job_id: str) -> Response[str]:
    from syncline.jobs import corrections  # imports the validation of uploads, too

    correction = corrections.read(request.json(), request.edited_revision())
    found, now = find_by_id(request.deployment, job_id), request.services.clock()
    return as_json(HTTPStatus.OK, corrections.correct_transcript(request.deployment, found, correction, now=now))


def times(request: Request, job_id: str) -> Response[str]:
    found = find_by_id(request.deployment, job_id)
    return redirect(HTTPStatus.FOUND, links.of_times(found, request.deployment))


def confirm_times(request: Request, job_id: str) -> Response[str]:
    from syncline.jobs import corrections

    correction = corrections.read(request.json(), request.edited_revision(), fields=("bytes",))
    found, now = find_by_id(request.deployment, job_id), request.services.clock()
    return as_json(HTTPStatus.OK, corrections.confirm_times(request.deployment, found, correction, now=now))


def upload(request: Request) -> Response[str]:
    from syncline.jobs import uploads  # imports the validation of uploads, which only this route needs

    wanted = uploads.read(request.json(), request.deployment.settings)
    uploads.refuse_overwriting(request.deployment, wanted)
    forms = uploads.presign(request.deployment, wanted, now=request.services.clock())
    return as_json(HTTPStatus.CREATED, forms, headers={"Location": f"/jobs/{forms['job_id']}"})


def delete(request: Request, job_id: str) -> Response[str]:
    from syncline.jobs import deletion

    uploads = _flag(request, "uploads")
    if not JOB_ID.fullmatch(job_id):
        find_by_id(request.deployment, job_id)
    deleted = deletion.delete(request.deployment, job_id, uploads=uploads, clock=request.services.clock)
    logger.info("deleted", job_id=job_id, uploads=uploads)
    return as_json(HTTPStatus.OK, deleted.as_dict())


def _flag(request: Request, name: str) -> bool:
    given = request.query(name) or "false"
    if given not in ("true", "false"):
        raise InvalidInputError(f"“{name}” cannot be “{given[:80]}”.", code=f"bad_{name}", hint="Write true or false.")
    return given == "true"


def retry(request: Request, job_id: str) -> Response[str]:
    from syncline.jobs.retry import retry as retry_job

    retried = retry_job(request.deployment, find_by_id(request.deployment, job_id).job_id)
    logger.info("retried", job_id=retried.job_id, state=retried.state.value, revision=retried.revision)
    status = HTTPStatus.ACCEPTED if retried.state is State.QUEUED else HTTPStatus.OK
    return as_json(status, job_view.shown(retried), headers={"Location": f"/jobs/{retried.job_id}"})


def _find(request: Request, key: str) -> Response[str]:
    if not key:
        raise InvalidInputError("The key is empty.", code="missing_key", hint="Ask /jobs?key=<recording key>.")
    try:
        return _job(request, find_by_key(request.deployment, key))
    except NotFoundError as error:
        if " " not in key:
            raise
        raise NotFoundError(error.message, hint=f"{error.hint} {_PLUS_SIGN_HINT}") from error


def _job(request: Request, found: Job) -> Response[str]:
    standing = job_view.standing(found, request.deployment.store, request.services.paces)
    pause = job_view.pause_of(found, standing)
    headers = {} if pause is None else {"Retry-After": str(pause)}
    return (_job_page if request.wants_html else _job_document)(request, found, standing, headers)


def _job_page(request: Request, found: Job, standing: Standing, headers: dict[str, str]) -> Response[str]:
    shown = job_view.shown(found, standing)
    shown["results"] = links.own_results(shown, request.deployment)
    media, origin = links.media_of(found, request.deployment), links.origin(request.deployment)
    return _page(request, "job.html", headers=headers, bucket_origin=origin, job=shown, media=media)


def _job_document(request: Request, found: Job, standing: Standing, headers: dict[str, str]) -> Response[str]:
    shown = job_view.shown(found, standing)
    headers["ETag"] = _etag(shown, now=request.services.clock().timestamp())
    if _matches(headers["ETag"], request.event.headers.get("if-none-match", "")):
        return respond(HTTPStatus.NOT_MODIFIED, "", headers=headers)
    return as_json(HTTPStatus.OK, links.with_links(shown, request.deployment), headers=headers)


def _etag(shown: dict[str, Any], *, now: float) -> str:
    """Changes with the record, and often enough that a client that gets 304 holds links that still open."""
    epoch = int(now // (links.LINK_SECONDS / 2)) if shown["results"] else 0
    digest = hashlib.sha256(json.dumps([shown, epoch], sort_keys=True).encode()).hexdigest()
    return f'W/"{digest[:24]}"'


def _matches(etag: str, if_none_match: str) -> bool:
    """Weak comparison, as RFC 9110 demands: proxies add and remove the W/."""
    given = [item.strip().removeprefix("W/") for item in if_none_match.split(",")]
    return etag.removeprefix("W/") in given or "*" in given


def _list(request: Request, state: State) -> Response[str]:
    found, after = job_view.page(
        request.deployment.store, state, limit=_limit(request), next_token=request.query("next")
    )
    return _jobs(request, found, state=state, after=after)


def _search(request: Request, search: Search) -> Response[str]:
    found, after = job_search.find(request.deployment, search, limit=_limit(request), next_token=request.query("next"))
    return _jobs(request, found, state=search.state, after=after)


def _latest(request: Request) -> Response[str]:
    if request.query("next") is not None:
        raise InvalidInputError(
            "“next” continues the list of one state.", code="bad_next", hint="Send it together with that “state”."
        )
    return _jobs(request, job_view.latest(request.deployment.store, limit=_limit(request)))


def _jobs(request: Request, found: list[Job], *, state: State | None = None, after: str | None = None) -> Response[str]:
    jobs = [job_view.shown(each) for each in found]
    if not request.wants_html:
        return as_json(HTTPStatus.OK, {"jobs": jobs, "next": after})
    return _jobs_page(request, jobs, state=state.value if state else None, after=after)


def _jobs_page(request: Request, jobs: list[dict[str, Any]], *, state: str | None, after: str | None) -> Response[str]:
    from syncline.jobs import upload_rules  # only the page with its form needs them

    settings, origin = request.deployment.settings, links.origin(request.deployment)
    form = {"choices": upload_rules.choices(settings), "rules": upload_rules.rules(settings)}
    shown: dict[str, Any] = {"jobs": jobs, "state": state, "states": list(State.__members__), "next": after}
    shown |= {"filters": request.query_without("next"), "search": request.query_without("next", "state")}
    shown["searched"] = {"prefix": request.query("prefix"), "metadata": request.metadata()}
    return _page(request, "jobs.html", bucket_origin=origin, bucket=request.deployment.bucket.name, **shown, **form)


def _limit(request: Request) -> int:
    text = request.query("limit")
    if text is None:
        return PAGE_SIZE
    if not (text.isascii() and text.isdecimal() and len(text) <= 3 and 1 <= int(text) <= LARGEST_PAGE):
        raise InvalidInputError(
            f"“{text[:80]}” is not a valid limit.",
            code="bad_limit",
            hint=f"Give a whole number from 1 to {LARGEST_PAGE}.",
        )
    return int(text)


def _page(request: Request, template: str, **variables: Any) -> Response[str]:
    from lambdas.web import pages

    return pages.render(HTTPStatus.OK, template, signed_in=request.signed_in, **variables)
