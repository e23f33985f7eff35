"""Build the OpenAPI document of the status URL from the table of routes, the job record and the table of options.

Powertools has a generator too. It reads parameters and bodies from the handlers' signatures, and passes them to the
handlers only with its validation switched on, which needs pydantic in the zip. So it does not fit this function.
"""

from __future__ import annotations

import types
import typing
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from http import HTTPStatus
from typing import Any

from lambdas.web import routes
from lambdas.web.job_routes import LARGEST_PAGE, PAGE_SIZE
from lambdas.web.routes import Answer, Route
from syncline.core import http_problems, job_metadata, layout, options
from syncline.core.job import BULK, LIVE, Job, Lease, Result, State
from syncline.jobs import job_view, uploads
from syncline.jobs.job_view import Standing

Schema = dict[str, Any]

PROBLEMS = {
    400: "The request is wrong; `hint` says how to correct it.",
    401: "The token is missing or wrong.",
    403: "Another site's page sent this request with the cookie of a signed-in browser.",
    404: "There is no such job, result or recording.",
    409: "The state of the job does not allow this.",
    415: "The body is compressed; only an unencoded body is accepted.",
    428: "`If-Match` is missing.",
    500: "A setting of the deployment is wrong, or there is a bug; the function's log says which.",
    503: "AWS is busy, or another process is changing this job. Retry after `Retry-After` seconds.",
}

HEADERS: dict[str, Schema] = {
    "ETag": {"description": "Changes with the job, and before its links expire.", "schema": {"type": "string"}},
    "Location": {"description": "The address of the job or of the file.", "schema": {"type": "string"}},
    "Retry-After": {
        "description": "Seconds to wait before the next request. Absent once the job is final.",
        "schema": {"type": "integer"},
    },
    "WWW-Authenticate": {"description": "The authentication scheme: Bearer.", "schema": {"type": "string"}},
}

PARAMETERS: dict[str, Schema] = {
    "job_id": {
        "in": "path", "required": True,
        "description": "The UUIDv5 of s3://<bucket>/<recording key> in the URL namespace.",
        "schema": {"type": "string", "format": "uuid", "example": "c1a5298f-6a3c-5c3e-9a0e-000000000000"},
    },
    "name": {
        "in": "path", "required": True, "description": "The name of a result, as in `results` of the job.",
        "schema": {"type": "string", "minLength": 1, "example": "alignment.json"},
    },
    "key": {
        "in": "query", "description": "The key of a recording, transcript or options file. Write %2B for a plus sign.",
        "schema": {"type": "string", "minLength": 1, "example": "uploads/talk.mp3"},
    },
    "uploads": {
        "in": "query", "description": "Whether the recording and its companions are deleted, too.",
        "schema": {"type": "string", "enum": ["true", "false"], "default": "false"},
    },
    "prefix": {
        "in": "query", "description": "List the jobs whose recording's key begins like this, in order of the keys.",
        "schema": {"type": "string", "pattern": f"^{layout.UPLOADS}", "example": "uploads/lessons/"},
    },
    "metadata": {
        "in": "query", "style": "form", "explode": True,
        "description": "List the jobs with this metadata: `metadata.<name>=<value>`, or `<beginning of the value>*`.",
        "schema": {
            "type": "object",
            "propertyNames": {"pattern": r"^metadata\.[A-Za-z0-9_.-]{1,64}$"},
            "additionalProperties": {"type": "string", "minLength": 1, "maxLength": job_metadata.MAX_VALUE_CHARACTERS},
            "example": {"metadata.course": "101"},
        },
    },
    "state": {
        "in": "query", "description": "List the jobs in this state, newest first.",
        "schema": {"$ref": "#/components/schemas/State"},
    },
    "limit": {
        "in": "query", "description": "The size of a page.",
        "schema": {"type": "integer", "minimum": 1, "maximum": LARGEST_PAGE, "default": PAGE_SIZE},
    },
    "next": {
        "in": "query", "description": "`next` of the previous page, with the same other parameters.",
        "schema": {"type": "string"},
    },
    "If-Match": {
        "in": "header", "required": True, "description": "The `revision` of the job that was edited, in quotes.",
        "schema": {"type": "string", "minLength": 1, "example": '"e0ce915c8cbeff11e39c"'},
    },
    "If-None-Match": {
        "in": "header", "required": False, "description": "The ETag of the answer that the client has.",
        "schema": {"type": "string"},
    },
}  # fmt: skip

# What the types of the fields do not say.
DESCRIPTIONS = {
    "Job.revision": "A digest of the files and options of the job.",
    "Job.expires_at": "When the record is deleted, if the deployment sets a time (SYNCLINE_KEEP_DAYS).",
    "Job.times_key": "The file of confirmed word times, if there is one.",
    "Job.missing": "The files that a WAITING job lacks.",
    "Job.stage": "The current stage of a RUNNING job.",
    "Job.results": "The files that the job wrote.",
    "Job.stats": "Measurements, such as audio_seconds, words and aligned_words.",
    "Job.ahead": "Jobs before this one in the queue, counted up to 1,000. Only while QUEUED.",
    "Job.expected_seconds_left": "A forecast from recent jobs; null until there is a measurement. Only while QUEUED or "
    "RUNNING.",
    "Result.url": "A presigned link, valid for 15 minutes. Absent in lists.",
}
NARROWER: dict[str, Schema] = {
    "Job.job_id": {"type": "string", "format": "uuid"},
    "Job.queue": {"type": "string", "enum": [LIVE, BULK]},
    "Job.progress": {"type": "number", "minimum": 0, "maximum": 1},
    "Job.error": {"oneOf": [{"$ref": "#/components/schemas/JobError"}, {"type": "null"}]},
    "Lease.until": {"type": "string", "format": "date-time"},
}
ALWAYS_THERE = ("job_id", "bucket", "recording_key", "state", "created_at", "updated_at", "results")


def document() -> dict[str, Any]:
    paths: dict[str, Any] = {}
    for route in routes.ROUTES:
        if not route.for_browsers:
            paths.setdefault(route.path, {})[route.method.lower()] = _operation(route)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Syncline",
            "version": "0",
            "summary": "The status of jobs, forms for new uploads, and retries.",
            "description": "Every error is a problem document (RFC 9457) with a stable `code`, a `detail` that says "
            "what happened and a `hint` that says what to do next.",
        },
        "security": [{"token": []}],
        "paths": paths,
        "components": {
            "securitySchemes": {
                "token": {
                    "type": "http",
                    "scheme": "bearer",
                    "description": "Not needed where AWS checks signed requests (AuthType AWS_IAM).",
                }
            },
            "parameters": {name: {"name": name, **parameter} for name, parameter in PARAMETERS.items()},
            "headers": HEADERS,
            "responses": {str(status): _problem(status) for status in PROBLEMS},
            "schemas": schemas(),
        },
    }


def _operation(route: Route) -> dict[str, Any]:
    errors = {*route.errors, 500, *(() if 503 in route.answers else (503,)), *(() if route.open else (401,))}
    if route.method != "GET" and not route.open:
        errors.add(403)
    answers = {str(status): _answer(answer) for status, answer in route.answers.items()}
    problems = {str(status): {"$ref": f"#/components/responses/{status}"} for status in errors}
    return {
        "operationId": route.handler.__name__,
        "summary": route.summary,
        **({"description": route.description} if route.description else {}),
        **({"security": []} if route.open else {}),
        **(
            {"parameters": [{"$ref": f"#/components/parameters/{name}"} for name in route.parameters]}
            if route.parameters
            else {}
        ),
        **({"requestBody": {"required": True, "content": _json(route.body)}} if route.body else {}),
        "responses": dict(sorted((answers | problems).items())),
    }


def _answer(answer: Answer) -> dict[str, Any]:
    headers = {name: {"$ref": f"#/components/headers/{name}"} for name in answer.headers}
    return {
        "description": answer.description,
        **({"content": _json(answer.schema)} if answer.schema else {}),
        **({"headers": headers} if headers else {}),
    }


def _json(schema: str) -> dict[str, Any]:
    return {"application/json": {"schema": {"$ref": f"#/components/schemas/{schema}"}}}


def _problem(status: int) -> dict[str, Any]:
    headers = {401: ["WWW-Authenticate"], 503: ["Retry-After"]}.get(status, [])
    return {
        "description": f"{HTTPStatus(status).phrase}. {PROBLEMS[status]}",
        "content": {http_problems.CONTENT_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}},
        **({"headers": {name: {"$ref": f"#/components/headers/{name}"} for name in headers}} if headers else {}),
    }


def schemas() -> dict[str, Schema]:
    return {
        "State": {"type": "string", "enum": [state.value for state in State]},
        "Health": _object(version={"type": "string"}, table={"type": "boolean"}),
        "OpenAPI": {"type": "object"},
        "Job": _job(),
        "Lease": {**_record(Lease), "type": ["object", "null"]},
        "Result": _result(),
        "JobError": _object(code={"type": "string"}, message={"type": "string"}, hint={"type": "string"}),
        "JobOrPage": {"oneOf": [{"$ref": "#/components/schemas/Job"}, {"$ref": "#/components/schemas/Page"}]},
        "Page": _object(
            jobs={"type": "array", "items": {"$ref": "#/components/schemas/Job"}},
            next={"type": ["string", "null"], "description": "Requests the next page; null on the last one."},
        ),
        "Deleted": _object(
            job_id={"type": "string", "format": "uuid"},
            recording_key={"type": "string"},
            deleted={"type": "array", "items": {"type": "string"}, "description": "The keys of the deleted objects."},
        ),
        "Options": options.schema(),
        "UploadRequest": _upload_request(),
        "UploadForms": _object(
            job_id={"type": "string", "format": "uuid"},
            recording_key={"type": "string"},
            expires_at={"type": "string", "format": "date-time"},
            uploads={"type": "array", "items": {"$ref": "#/components/schemas/UploadForm"}},
        ),
        "UploadForm": _upload_form(),
        "CorrectionRequest": _correction_request("bytes", "times_bytes"),
        "TimesRequest": _correction_request("bytes"),
        "CorrectionUploads": _object(
            job_id={"type": "string", "format": "uuid"},
            revision={"type": "string", "description": "The revision that the correction replaces."},
            expires_at={"type": "string", "format": "date-time"},
            uploads={"type": "array", "items": {"$ref": "#/components/schemas/CorrectionUpload"}},
        ),
        "CorrectionUpload": _correction_upload(),
        "Problem": _object(
            type={"type": "string"},
            title={"type": "string"},
            status={"type": "integer"},
            code={"type": "string"},
            detail={"type": "string"},
            hint={"type": "string"},
        ),
    }


def _object(**properties: Schema) -> Schema:
    return {"type": "object", "required": list(properties), "properties": properties}


def _job() -> Schema:
    """The fields that the status URL shows of the record, in the record's order, and what it adds to them."""
    shown = job_view.shown(Job("", "", "", State.QUEUED, "", ""), Standing(ahead=0))
    record = _record(Job)["properties"]
    added = {"ahead": {"type": "integer"}, "expected_seconds_left": {"type": ["integer", "null"]}}
    properties = {name: _described("Job", name, (record | added)[name]) for name in shown}
    return {"type": "object", "required": list(ALWAYS_THERE), "properties": properties}


def _result() -> Schema:
    schema = _record(Result)
    schema["properties"]["url"] = _described("Result", "url", {"type": "string", "format": "uri"})
    return schema


def _upload_request() -> Schema:
    size = {"type": "integer", "minimum": 1}
    properties: dict[str, Schema] = {
        "name": {
            "type": "string",
            "description": "The key of the recording without uploads/; it may contain folders.",
            "examples": ["lessons/one.mp3"],
        },
        "bytes": {**size, "description": "The exact size of the recording."},
        "transcript_bytes": {**size, "description": "The exact size of the transcript, unless the mode is transcribe."},
        "transcript_format": {
            "type": "string",
            "enum": list(uploads.TRANSCRIPT_FORMATS),
            "default": uploads.TRANSCRIPT_FORMATS[0],
            "description": "Plain text, or the captions format of the transcript.",
        },
        "options": {"$ref": "#/components/schemas/Options"},
    }
    return {
        "type": "object",
        "required": ["name", "bytes"],
        "additionalProperties": False,
        "properties": {name: properties[name] for name in uploads.FIELDS},
    }


def _correction_request(*names: str) -> Schema:
    descriptions = {
        "bytes": "The exact size of the new file.",
        "times_bytes": "The exact size of a file of confirmed times that is sent together with the transcript.",
    }
    sizes = {name: {"type": "integer", "minimum": 1, "description": descriptions[name]} for name in names}
    return {"type": "object", "required": ["bytes"], "additionalProperties": False, "properties": sizes}


def _upload_form() -> Schema:
    texts = {"type": "object", "additionalProperties": {"type": "string"}}
    return _upload(["options", "recording", "transcript"], fields=texts)


def _correction_upload() -> Schema:
    texts = {"type": "object", "additionalProperties": {"type": "string"}}
    return _upload(["transcript", "times", "options"], method={"type": "string", "enum": ["PUT"]}, headers=texts)


def _upload(roles: list[str], **more: Schema) -> Schema:
    schema = _object(
        role={"type": "string", "enum": roles},
        key={"type": "string"},
        bytes={"type": "integer"},
        url={"type": "string", "format": "uri"},
        **more,
    )
    schema["properties"]["body"] = {"type": "string", "description": "What to upload, if it is not the caller's file."}
    return schema


def _record(kind: Any) -> Schema:
    types_of = typing.get_type_hints(kind)
    properties = {
        item.name: _described(kind.__name__, item.name, _schema_of(f"{kind.__name__}.{item.name}", types_of[item.name]))
        for item in fields(kind)
    }
    return {"type": "object", "required": list(properties), "properties": properties}


def _described(kind: str, name: str, schema: Schema) -> Schema:
    description = DESCRIPTIONS.get(f"{kind}.{name}")
    return {**schema, "description": description} if description else schema


def _schema_of(name: str, kind: Any) -> Schema:
    if name in NARROWER:
        return NARROWER[name]
    if isinstance(kind, types.UnionType):
        [inner] = [each for each in typing.get_args(kind) if each is not type(None)]
        return _or_null(_schema_of(name, inner))
    if typing.get_origin(kind) is tuple:
        return {"type": "array", "items": _schema_of("", typing.get_args(kind)[0])}
    if typing.get_origin(kind) is Mapping:
        return {"type": "object"}
    if is_dataclass(kind) or kind is State:
        return {"$ref": f"#/components/schemas/{kind.__name__}"}
    schema = {str: {"type": "string"}, int: {"type": "integer"}, float: {"type": "number"}, bool: {"type": "boolean"}}
    return {**schema[kind], **({"format": "date-time"} if name.endswith("_at") else {})}


def _or_null(schema: Schema) -> Schema:
    return schema if "$ref" in schema else {**schema, "type": [schema["type"], "null"]}
