"""The table of routes. From it come the registrations, the 405 answers, who may call what, and the OpenAPI document.

To add a route, write its handler and add one entry here.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from aws_lambda_powertools.event_handler import Response

from lambdas.web import job_routes, service_routes, session_routes


@dataclass(frozen=True, slots=True)
class Answer:
    """A successful response. `schema` and `headers` are names in the OpenAPI document's components."""

    description: str
    schema: str | None = None
    headers: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Route:
    """A method and a path with its handler, which gets the Request and the path's parameters.

    `errors` are the statuses of this route's own problems. Those that every route can answer are added by the OpenAPI
    document: 401 and 403 where callers authenticate, 500 and 503 everywhere.
    """

    method: str
    path: str
    handler: Callable[..., Response[str]]
    summary: str
    open: bool = False  # answered without authentication
    for_browsers: bool = False  # not in the OpenAPI document
    description: str = ""
    parameters: tuple[str, ...] = ()
    body: str | None = None
    answers: Mapping[int, Answer] = field(default_factory=dict)
    errors: tuple[int, ...] = ()

    @property
    def methods(self) -> tuple[str, ...]:
        """HEAD is answered like GET, without the body."""
        return ("GET", "HEAD") if self.method == "GET" else (self.method,)

    def matches(self, path: str) -> bool:
        template, given = self.path.split("/"), path.split("/")
        return len(template) == len(given) and all(
            name == value or (name.startswith("{") and value) for name, value in zip(template, given, strict=True)
        )


_JOB = Answer("The job.", "Job", ("ETag", "Retry-After"))
_NOT_MODIFIED = Answer("The job has not changed since the ETag that was sent.", headers=("ETag", "Retry-After"))
_LINK = Answer("A presigned link, valid for 15 minutes without a token.", headers=("Location",))

ROUTES = (
    Route(
        "GET", "/health", service_routes.health, "Check whether the deployment works", open=True,
        answers={200: Answer("The table of jobs can be read.", "Health"), 503: Answer("It cannot be read.", "Health")},
    ),
    Route(
        "GET", "/openapi.json", service_routes.openapi, "Get this document",
        answers={200: Answer("This document.", "OpenAPI")},
    ),
    Route(
        "GET", "/jobs", job_routes.find, "Find a job by key, or list and search jobs",
        description="With `key`: one job. With `prefix` or `metadata.<name>`, such as `metadata.course=101`: the jobs "
        "that match all of them, and `state`. With `state` alone: the jobs in that state, newest first. With none: "
        "the newest jobs of all states.",
        parameters=("key", "prefix", "metadata", "state", "limit", "next", "If-None-Match"),
        answers={
            200: Answer("The job, or a page of jobs.", "JobOrPage", ("ETag", "Retry-After")),
            304: _NOT_MODIFIED,
        },
        errors=(400, 404),
    ),
    Route(
        "POST", "/jobs", job_routes.upload, "Create presigned forms for a new upload",
        description="POST each file to its URL as multipart/form-data: all fields of the form, then the file as the "
        "last field, named `file`. S3 accepts exactly the announced size and content type.",
        body="UploadRequest",
        answers={201: Answer("The forms.", "UploadForms", ("Location",))},
        errors=(400, 409, 415),
    ),
    Route(
        "GET", "/jobs/{job_id}", job_routes.job, "Get a job by id",
        parameters=("job_id", "If-None-Match"),
        answers={200: _JOB, 304: _NOT_MODIFIED},
        errors=(404,),
    ),
    Route(
        "DELETE", "/jobs/{job_id}", job_routes.delete, "Delete a job",
        description="Deletes the record and the results; with `uploads`, the uploads, too. A worker that runs the job "
        "stops.",
        parameters=("job_id", "uploads"),
        answers={200: Answer("What was deleted.", "Deleted")},
        errors=(400, 404, 409),
    ),
    Route(
        "GET", "/jobs/{job_id}/results/{name}", job_routes.result, "Download a result",
        description="Redirects to a fresh link, so this address stays valid as long as the result exists.",
        parameters=("job_id", "name"),
        answers={302: _LINK},
        errors=(404,),
    ),
    Route(
        "GET", "/jobs/{job_id}/recording", job_routes.recording, "Download the recording",
        description="Only for recordings that were uploaded to the deployment's own bucket.",
        parameters=("job_id",),
        answers={302: _LINK},
        errors=(404,),
    ),
    Route(
        "GET", "/jobs/{job_id}/transcript", job_routes.transcript, "Download the transcript",
        description="The file that was uploaded: plain text, or captions.",
        parameters=("job_id",),
        answers={302: _LINK},
        errors=(404,),
    ),
    Route(
        "PUT", "/jobs/{job_id}/transcript", job_routes.correct_transcript, "Create presigned uploads for a correction",
        description="`If-Match` names the revision that was edited. Send each file in order with its method and "
        "headers. S3 accepts exactly the announced size, and only while nothing else has replaced the file. The "
        "upload makes a new revision, and the job runs again.",
        parameters=("job_id", "If-Match"),
        body="CorrectionRequest",
        answers={200: Answer("The uploads.", "CorrectionUploads")},
        errors=(400, 404, 409, 415, 428),
    ),
    Route(
        "GET", "/jobs/{job_id}/times", job_routes.times, "Download the confirmed word times",
        parameters=("job_id",),
        answers={302: _LINK},
        errors=(404,),
    ),
    Route(
        "PUT", "/jobs/{job_id}/times", job_routes.confirm_times, "Create a presigned upload for confirmed word times",
        description="Like a correction of the transcript. Later runs keep the times in this file.",
        parameters=("job_id", "If-Match"),
        body="TimesRequest",
        answers={200: Answer("The upload.", "CorrectionUploads")},
        errors=(400, 404, 409, 415, 428),
    ),
    Route(
        "POST", "/jobs/{job_id}/retry", job_routes.retry, "Retry a job",
        description="For FAILED and REJECTED jobs. The files are read again from the bucket.",
        parameters=("job_id",),
        answers={
            200: Answer("The job still cannot run: `state`, and `error` or `missing`, say why.", "Job", ("Location",)),
            202: Answer("The job is queued.", "Job", ("Location",)),
        },
        errors=(404, 409),
    ),
    Route("GET", "/", service_routes.first_page, "Redirect to the list of jobs", open=True, for_browsers=True),
    Route("GET", "/sign-in", session_routes.sign_in, "The form for the token", open=True, for_browsers=True),
    Route("POST", "/session", session_routes.begin, "Sign in", open=True, for_browsers=True),
    Route("POST", "/session/end", session_routes.end, "Sign out", open=True, for_browsers=True),
    Route(
        "GET", "/static/{edition}/{name}", service_routes.static, "Style sheet, scripts and logo", open=True,
        for_browsers=True,
    ),
)  # fmt: skip


def at(path: str) -> tuple[Route, ...]:
    return tuple(route for route in ROUTES if route.matches(path))


def is_open(path: str) -> bool:
    """An unknown path is not open: without a token, a caller learns nothing about which paths exist."""
    found = at(path)
    return bool(found) and all(route.open for route in found)


def allowed_methods(path: str) -> tuple[str, ...]:
    return tuple(method for route in at(path) for method in route.methods)
