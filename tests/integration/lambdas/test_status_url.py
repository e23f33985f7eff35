"""The status function, invoked with the events of a Function URL."""

from __future__ import annotations

import gzip
import io
import json
import re
import urllib.parse
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import boto3
import pytest
from reception_world import TOKEN, WAV_BYTES, Clock, Url, World, failed, finished, queued

from lambdas.web import routes, tokens
from lambdas.web.services import Services
from syncline.core import transitions
from syncline.core.job import Result, State, job_id_of
from syncline.jobs.intake import Intake

NO_JOB = "c1a5298f-6a3c-5c3e-9a0e-000000000000"
NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)


def test_health_is_open(url: Url) -> None:
    answer = url.get("/health", authorization="")
    assert (answer["statusCode"], answer["json"]["table"]) == (200, True)


@pytest.mark.parametrize(
    "path",
    ["/jobs?state=FAILED", "/jobs?key=uploads/a.mp3", "/jobs/c1a5298f-6a3c-5c3e-9a0e-000000000000", "/openapi.json"],
)
@pytest.mark.parametrize(
    "given", ["", "Bearer", "Bearer ", "Bearer wrong", "Bearer \ud800", f"Basic {TOKEN}", TOKEN, "Bearer \u00e9"]
)
def test_all_other_routes_need_the_token(path: str, given: str, url: Url) -> None:
    answer = url.get(path, authorization=given)
    assert (answer["statusCode"], answer["json"]["code"]) == (401, "unauthorized")
    assert answer["headers"]["WWW-Authenticate"] == "Bearer"


def test_a_signed_request_needs_no_token(url: Url) -> None:
    answer = url.ask("GET", "/jobs?state=FAILED", headers={"authorization": "AWS4-HMAC-SHA256 Credential=…"}, iam=True)
    assert answer["statusCode"] == 200


def test_without_a_token_only_signed_requests_are_accepted(url: Url) -> None:
    without = url.with_services(tokens=None)
    assert without.get("/jobs?state=FAILED", authorization="Bearer ")["statusCode"] == 401
    assert without.ask("GET", "/jobs?state=FAILED", iam=True)["statusCode"] == 200


def test_a_job_is_found_by_id_and_by_the_key_of_any_of_its_files(url: Url, world: World) -> None:
    job = queued(world)
    for path in (f"/jobs/{job.job_id}", f"/jobs?key={job.recording_key}", f"/jobs?key={job.transcript_key}"):
        assert url.get(path)["json"]["job_id"] == job.job_id


@pytest.mark.parametrize("name", ["a b+c%.wav", "Zoë 😀.wav", "a&b=c.wav", "a,b.wav", "a%2Fb.wav"])
def test_a_job_with_any_key_is_found(name: str, url: Url, world: World) -> None:
    job = queued(world, name)
    assert url.get(f"/jobs?key={urllib.parse.quote(job.recording_key)}")["json"]["recording_key"] == job.recording_key


def test_a_key_with_a_space_may_have_been_a_plus_sign(url: Url) -> None:
    assert "%2B" in url.get("/jobs?key=uploads/a+b.wav")["json"]["hint"]
    assert "%2B" not in url.get("/jobs?key=uploads/ab.wav")["json"]["hint"]


def test_internal_fields_are_hidden(url: Url, world: World) -> None:
    shown = url.get(f"/jobs/{queued(world).job_id}")["json"]
    assert {"version", "message_sent"} & set(shown) == set()


@pytest.mark.parametrize(
    ("path", "status_code", "code"),
    [
        ("/jobs?key=", 400, "missing_key"),
        ("/jobs?state=Failed", 400, "bad_state"),
        ("/jobs?state=FAILED&limit=0", 400, "bad_limit"),
        ("/jobs?state=FAILED&limit=101", 400, "bad_limit"),
        ("/jobs?state=FAILED&limit=ten", 400, "bad_limit"),
        ("/jobs?state=FAILED&limit=5&limit=6", 400, "bad_limit"),
        ("/jobs?state=", 400, "bad_state"),
        ("/jobs?limit=0", 400, "bad_limit"),
        ("/jobs?next=xyz", 400, "bad_next"),
        ("/jobs?state=FAILED&next=xyz", 400, "bad_next"),
        ("/jobs?state=FAILED&next=%C3%A9", 400, "bad_next"),
        ("/jobs?key=uploads/unknown.mp3", 404, "not_found"),
        ("/jobs?key=results/a/job.json", 404, "not_found"),
        ("/jobs?key=uploads/%00.txt", 404, "not_found"),
        ("/jobs?key=uploads/%FF.txt", 404, "not_found"),
        (f"/jobs?key=uploads/{'a' * 2000}.txt", 404, "not_found"),
        ("/jobs?key=uploads/../results/a.txt", 404, "not_found"),
        ("/jobs/not-an-id", 404, "not_found"),
        (f"/jobs/{NO_JOB}", 404, "not_found"),
        ("/nowhere", 404, "not_found"),
    ],
)
def test_a_wrong_request_is_answered_with_a_problem(path: str, status_code: int, code: str, url: Url) -> None:
    answer = url.get(path)
    assert (answer["statusCode"], answer["json"]["code"]) == (status_code, code)
    assert answer["headers"]["Content-Type"] == "application/problem+json"
    assert answer["json"]["hint"]


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("DELETE", "/jobs", "GET, HEAD, POST"),
        ("PUT", "/health", "GET, HEAD"),
        ("HEAD", f"/jobs/{NO_JOB}/retry", "POST"),
        ("GET", "/session", "POST"),
    ],
)
def test_405_lists_the_allowed_methods(method: str, path: str, allowed: str, url: Url) -> None:
    answer = url.ask(method, path)
    assert (answer["statusCode"], answer["headers"]["Allow"]) == (405, allowed)


def test_no_response_may_be_framed_sniffed_or_stored(url: Url, world: World) -> None:
    job = finished(world, queued(world))
    for path in ("/health", "/jobs?state=FAILED", "/jobs", f"/jobs/{job.job_id}", "/openapi.json", "/nowhere"):
        headers = url.get(path)["headers"]
        assert headers["Cache-Control"] == "no-store"
        assert headers["Content-Security-Policy"].startswith("default-src 'none'")
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert "Access-Control-Allow-Origin" not in headers


@pytest.mark.parametrize("path", ["/health", "/jobs", "/nowhere", "/static/0123456789ab/page.css"])
def test_browsers_keep_to_tls_once_they_have_used_it(path: str, url: Url) -> None:
    encrypted = url.get(path, host="abc.lambda-url.eu-west-1.on.aws")["headers"]
    assert encrypted["Strict-Transport-Security"] == "max-age=31536000"
    assert "Strict-Transport-Security" not in url.get(path, host="127.0.0.1:8080")["headers"]


def test_head_is_answered_like_get_without_the_body(url: Url, world: World) -> None:
    job = queued(world)
    for path in ("/health", "/jobs", f"/jobs/{job.job_id}", f"/jobs/{NO_JOB}"):
        get, head = url.get(path), url.ask("HEAD", path)
        assert (head["statusCode"], head["body"]) == (get["statusCode"], "")
        assert head["headers"] == get["headers"]
    assert url.ask("HEAD", "/jobs", headers={"authorization": ""})["statusCode"] == 401


# --- polling


def test_the_answer_is_304_until_the_job_changes(url: Url, world: World) -> None:
    job = queued(world)
    first = url.get(f"/jobs/{job.job_id}")
    again = url.get(f"/jobs/{job.job_id}", if_none_match=first["headers"]["ETag"])
    assert (again["statusCode"], again["body"], again["headers"]["ETag"]) == (304, "", first["headers"]["ETag"])
    world.deployment.store.put(transitions.started(job, owner="w", lease_seconds=9, now=datetime.now(UTC)))
    changed = url.get(f"/jobs/{job.job_id}", if_none_match=first["headers"]["ETag"])
    assert (changed["statusCode"], changed["json"]["state"]) == (200, "RUNNING")


@pytest.mark.parametrize("given", ["{etag}", "{strong}", '"other", {etag}', '"other",{strong}', "*"])
def test_an_etag_matches_in_a_list_and_without_its_weakness_prefix(given: str, url: Url, world: World) -> None:
    path = f"/jobs/{queued(world).job_id}"
    etag = url.get(path)["headers"]["ETag"]
    if_none_match = given.format(etag=etag, strong=etag.removeprefix("W/"))
    assert url.get(path, if_none_match=if_none_match)["statusCode"] == 304


def test_retry_after_is_sent_until_the_job_is_final(url: Url, world: World) -> None:
    job = queued(world)
    assert 1 <= int(url.get(f"/jobs/{job.job_id}")["headers"]["Retry-After"]) <= 60
    finished(world, job)
    assert "Retry-After" not in url.get(f"/jobs/{job.job_id}")["headers"]


def test_links_are_renewed_before_they_expire(url: Url, world: World, clock: Clock) -> None:
    job = finished(world, queued(world))
    etag = url.get(f"/jobs/{job.job_id}")["headers"]["ETag"]
    assert url.get(f"/jobs/{job.job_id}", if_none_match=etag)["statusCode"] == 304
    clock.ahead = timedelta(seconds=900)
    assert url.get(f"/jobs/{job.job_id}", if_none_match=etag)["statusCode"] == 200


def test_a_queued_job_shows_the_jobs_ahead_and_a_forecast(url: Url, world: World) -> None:
    finished(world, queued(world))
    first, second = queued(world, "one.wav"), queued(world, "two.wav")
    shown = [url.get(f"/jobs/{job.job_id}")["json"] for job in (first, second)]
    assert shown[1]["ahead"] == shown[0]["ahead"] + 1
    assert shown[1]["expected_seconds_left"] > shown[0]["expected_seconds_left"] > 0


# --- pages


def test_the_pages_of_a_state_list_every_job_once(url: Url, world: World) -> None:
    expected = {failed(world, queued(world, f"{number}.wav")).job_id for number in range(5)}
    seen: list[str] = []
    path = "/jobs?state=FAILED&limit=2"
    while path:
        page = url.get(path)["json"]
        seen += [job["job_id"] for job in page["jobs"]]
        path = f"/jobs?state=FAILED&limit=2&next={page['next']}" if page["next"] else ""
    assert len(seen) == len(set(seen))
    assert expected <= set(seen)


def test_next_is_valid_for_its_own_state_only(url: Url, world: World) -> None:
    for number in range(2):
        failed(world, queued(world, f"{number}.wav"))
    token = url.get("/jobs?state=FAILED&limit=1")["json"]["next"]
    assert url.get(f"/jobs?state=QUEUED&limit=1&next={token}")["json"]["code"] == "bad_next"


# --- links


def test_results_have_links_that_expire(url: Url, world: World) -> None:
    job = finished(world, queued(world))
    [result] = url.get(f"/jobs/{job.job_id}")["json"]["results"]
    query = urllib.parse.parse_qs(urllib.parse.urlsplit(result["url"]).query)
    assert query["X-Amz-Expires"] == ["900"]
    assert urllib.parse.unquote(result["url"].partition("?")[0]).endswith(result["key"])


def test_no_link_leaves_the_folder_of_the_job(url: Url, world: World) -> None:
    job = queued(world)
    foreign = Result("secret", "uploads/another-job.mp3", 3)
    done = transitions.succeeded(job, results=(foreign,), stats={}, now=NOW)
    world.deployment.store.put(done)
    assert url.get(f"/jobs/{job.job_id}")["json"]["results"] == []


# --- retry


def test_a_retry_sends_a_new_message(url: Url, world: World) -> None:
    job = failed(world, queued(world))
    world.messages()
    answer = url.post(f"/jobs/{job.job_id}/retry")
    assert (answer["statusCode"], answer["json"]["state"]) == (202, "QUEUED")
    assert len(world.messages()) == 1


def test_a_retry_reads_the_bucket_again(url: Url, world: World) -> None:
    job = failed(world, queued(world))
    world.upload("talk.txt", b"Guten Abend")
    assert url.post(f"/jobs/{job.job_id}/retry")["json"]["revision"] != job.revision


def test_a_rejected_upload_can_be_retried(url: Url, world: World) -> None:
    world.upload("talk.txt", b"")
    [job] = Intake(world.deployment).object_created(world.upload("talk.wav"))
    same = url.post(f"/jobs/{job.job_id}/retry")
    assert (same["statusCode"], same["json"]["error"]["code"]) == (200, "empty_transcript")
    world.upload("talk.txt", b"Guten Tag")
    assert url.post(f"/jobs/{job.job_id}/retry")["statusCode"] == 202


def test_only_failed_and_rejected_jobs_can_be_retried(url: Url, world: World) -> None:
    job = queued(world)
    answers = [url.post(f"/jobs/{job.job_id}/retry")]
    finished(world, job)
    answers.append(url.post(f"/jobs/{job.job_id}/retry"))
    assert [(a["statusCode"], a["json"]["code"]) for a in answers] == [(409, "not_retryable")] * 2


def test_a_job_whose_recording_is_gone_cannot_be_retried(url: Url, world: World) -> None:
    job = failed(world, queued(world))
    world.delete("talk.wav")
    answer = url.post(f"/jobs/{job.job_id}/retry")
    assert (answer["statusCode"], answer["json"]["code"]) == (409, "recording_gone")


def test_an_object_without_a_job_cannot_be_retried(url: Url, world: World) -> None:
    world.deployment.bucket.client.put_object(Bucket=world.deployment.bucket.name, Key="private/a.wav", Body=WAV_BYTES)
    unknown = job_id_of(world.deployment.bucket.name, "private/a.wav")
    assert url.post(f"/jobs/{unknown}/retry")["statusCode"] == 404


# --- new uploads


def test_files_uploaded_with_the_forms_become_a_job(url: Url, world: World) -> None:
    transcript = b"Guten Tag"
    wanted = {
        "name": f"{world.folder}/neu é+.wav",
        "bytes": len(WAV_BYTES),
        "transcript_bytes": len(transcript),
        "options": {"translate_to": ["ja", "pt-BR"], "disfluency": True, "outputs": ["vtt"]},
    }
    answer = url.post("/jobs", wanted)
    assert answer["statusCode"] == 201
    forms = {form["role"]: form for form in answer["json"]["uploads"]}
    assert fill_in(world, forms["recording"], WAV_BYTES) == fill_in(world, forms["transcript"], transcript) == 204
    [job] = Intake(world.deployment).object_created(forms["recording"]["key"])
    assert (job.state, job.job_id) == (State.QUEUED, answer["json"]["job_id"])
    assert answer["headers"]["Location"] == f"/jobs/{job.job_id}"
    assert (job.options["translate_to"], job.options["disfluency"]) == (["ja", "pt"], True)
    assert job.options["outputs"] == ["json", "vtt"]


@pytest.mark.parametrize(("name", "content_type"), [("srt", "application/x-subrip"), ("vtt", "text/vtt")])
def test_a_caption_file_can_be_the_transcript(url: Url, world: World, name: str, content_type: str) -> None:
    wanted = {"name": f"{world.folder}/{name}.mp3", "bytes": 10, "transcript_bytes": 20, "transcript_format": name}
    form = url.post("/jobs", wanted)["json"]["uploads"][1]
    assert form["key"] == f"uploads/{world.folder}/{name}.{name}"
    assert form["fields"]["Content-Type"] == content_type  # a charset would break `curl -F`


def fill_in(world: World, form: dict[str, Any], body: bytes) -> int:
    import requests

    return requests.post(form["url"], data=form["fields"], files={"file": io.BytesIO(body)}, timeout=5).status_code


def test_a_form_accepts_only_the_announced_file(url: Url, world: World) -> None:
    import base64

    wanted = {"name": f"{world.folder}/a.mp3", "bytes": 1000, "options": {"mode": "transcribe"}}
    answer = url.post("/jobs", wanted)["json"]
    [form] = answer["uploads"]
    policy = json.loads(base64.b64decode(form["fields"]["policy"]))
    assert ["content-length-range", 1000, 1000] in policy["conditions"]
    assert {"Content-Type": "audio/mpeg"} in policy["conditions"]
    assert {"key": form["key"]} in policy["conditions"]
    assert policy["expiration"][:16] == answer["expires_at"][:16]


def test_an_upload_does_not_replace_a_job_with_the_same_name(url: Url, world: World) -> None:
    job = queued(world)
    wanted = {"name": job.recording_key.removeprefix("uploads/"), "bytes": 5, "transcript_bytes": 5}
    assert url.post("/jobs", wanted)["json"]["code"] == "exists"
    failed(world, job)
    assert url.post("/jobs", wanted)["statusCode"] == 201


def test_an_upload_does_not_replace_the_transcript_of_a_recording_of_the_same_name(url: Url, world: World) -> None:
    """talk.wav and talk.mp3 share talk.txt."""
    job = finished(world, queued(world))
    other = {"name": f"{world.folder}/talk.mp3", "bytes": 5, "transcript_bytes": 5}
    assert url.post("/jobs", other)["json"]["code"] == "exists"

    failed(world, job)
    refused = url.post("/jobs", other)["json"]
    assert (refused["code"], "talk.txt" in refused["detail"]) == ("exists", True)
    without_text = {**other, "options": {"mode": "transcribe"}}
    del without_text["transcript_bytes"]
    assert url.post("/jobs", without_text)["statusCode"] == 201


def test_an_upload_does_not_add_a_second_transcript(url: Url, world: World) -> None:
    job = failed(world, queued(world))
    captions = {
        "name": job.recording_key.removeprefix("uploads/"),
        "bytes": 5,
        "transcript_bytes": 5,
        "transcript_format": "srt",
    }
    refused = url.post("/jobs", captions)["json"]
    assert (refused["code"], "talk.txt" in refused["detail"]) == ("two_transcripts", True)
    assert url.post("/jobs", captions | {"transcript_format": "txt"})["statusCode"] == 201


def test_an_upload_does_not_replace_a_file_that_waits_for_another(url: Url, world: World) -> None:
    Intake(world.deployment).object_created(world.upload("talk.txt", b"Guten Tag"))
    wanted = {"name": f"{world.folder}/talk.wav", "bytes": 5, "transcript_bytes": 5}

    assert url.post("/jobs", wanted)["json"]["code"] == "exists"


GOOD = {"name": "a.mp3", "bytes": 10, "transcript_bytes": 10}


def test_a_compressed_body_is_refused_with_a_hint(url: Url) -> None:
    answer = url.ask("POST", "/jobs", body=gzip.compress(b"{}"), headers={"content-encoding": "gzip"})
    assert (answer["statusCode"], answer["json"]["code"]) == (415, "unsupported_encoding")
    assert answer["headers"]["Accept-Encoding"] == "identity"
    assert "uncompressed" in answer["json"]["hint"]


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"", "bad_body"),
        (b"\xff", "bad_body"),
        (b"[" * 100_000, "bad_body"),
        (b"[]", "bad_body"),
        (b"null", "bad_body"),
        (b'{"name": "a.mp3", "name": "b.mp3"}', "invalid_options"),
        ({**GOOD, "size": 3}, "bad_body"),
        ({**GOOD, "\ud800": 3}, "bad_body"),
        ({**GOOD, "name": None}, "bad_name"),
        ({**GOOD, "name": ""}, "bad_name"),
        ({**GOOD, "name": "/a.mp3"}, "bad_name"),
        ({**GOOD, "name": "../results/a.mp3"}, "bad_name"),
        ({**GOOD, "name": "a//b.mp3"}, "bad_name"),
        ({**GOOD, "name": "a\nb.mp3"}, "bad_name"),
        ({**GOOD, "name": "${filename}.mp3"}, "bad_name"),
        ({**GOOD, "name": "\ud800.mp3"}, "bad_name"),
        ({**GOOD, "name": "a.txt"}, "unknown_kind"),
        ({**GOOD, "name": "a.exe"}, "unknown_kind"),
        ({**GOOD, "name": "a" * 3_000_000 + ".exe"}, "unknown_kind"),
        ({**GOOD, "name": "é" * 600 + ".mp3"}, "key_too_long"),
        ({**GOOD, "bytes": 0}, "bad_size"),
        ({**GOOD, "bytes": "10"}, "bad_size"),
        ({**GOOD, "bytes": True}, "bad_size"),
        ({**GOOD, "bytes": 1.5}, "bad_size"),
        ({**GOOD, "bytes": 10**15}, "recording_too_large"),
        ({**GOOD, "transcript_bytes": 10**15}, "transcript_too_large"),
        ({"name": "a.mp3", "bytes": 10}, "bad_size"),
        ({**GOOD, "transcript_format": "pdf"}, "bad_transcript_format"),
        ({**GOOD, "transcript_format": ["srt"]}, "bad_transcript_format"),
        ({**GOOD, "options": []}, "invalid_options"),
        ({**GOOD, "options": {"\ud800": 1}}, "invalid_options"),
        ({**GOOD, "options": {"mode": "\ud800"}}, "invalid_options"),
        ({**GOOD, "options": {"engine": "kaldi"}}, "invalid_options"),
        ({**GOOD, "options": {"translate_to": ["klingon"]}}, "unknown_language"),
    ],
)
def test_a_wrong_upload_request_is_refused(body: object, code: str, url: Url) -> None:
    answer = url.post("/jobs", body)
    assert (answer["statusCode"], answer["json"]["code"]) == (400, code)
    assert len(answer["body"].encode()) < 2000


def test_the_name_of_a_transcript_is_not_the_name_of_a_recording(url: Url) -> None:
    problem = url.post("/jobs", {**GOOD, "name": "lessons/a.txt"})["json"]
    assert problem["detail"] == "“lessons/a.txt” is not the name of a recording."


# --- errors of the deployment


def test_callers_are_not_told_why_the_token_cannot_be_read(url: Url) -> None:
    no_secret = tokens.from_secret(lambda: boto3.client("secretsmanager"), "no-such-secret")
    answer = url.with_services(tokens=no_secret).get("/jobs?state=FAILED")
    assert (answer["statusCode"], answer["json"]["code"]) == (503, "transient")
    assert answer["headers"]["Retry-After"] == "5"
    assert not re.search("secret|GetSecretValue|arn:", answer["body"], re.IGNORECASE)


def test_an_error_of_aws_is_a_problem_and_health_reveals_nothing(url: Url, services: Services) -> None:
    store = replace(services.deployment.store, table="no-such-table")
    without_table = url.with_services(deployment=replace(services.deployment, store=store))
    health = without_table.get("/health", authorization="")
    assert (health["statusCode"], set(health["json"])) == (503, {"version", "table"})
    assert without_table.get("/jobs?state=FAILED")["json"]["code"] == "aws_refused"


def test_an_unexpected_error_is_a_problem_without_a_traceback(url: Url) -> None:
    answer = url.with_services(deployment=None).get(f"/jobs/{NO_JOB}")
    assert (answer["statusCode"], answer["json"]["code"]) == (500, "internal")
    assert "AttributeError" not in answer["body"]


# --- the OpenAPI document


def test_the_openapi_document_is_valid(url: Url) -> None:
    from openapi_spec_validator import validate

    document = url.get("/openapi.json")["json"]
    validate(document)
    described = {(method.upper(), path) for path, item in document["paths"].items() for method in item}
    assert described == {(route.method, route.path) for route in routes.ROUTES if not route.for_browsers}


def test_a_retry_of_a_backfilled_job_reads_its_own_bucket(url: Url, world: World) -> None:
    client = world.deployment.bucket.client
    archive = f"archive-{world.folder}"
    client.create_bucket(Bucket=archive)
    client.put_object(Bucket=archive, Key="old/talk.wav", Body=WAV_BYTES)
    client.put_object(Bucket=archive, Key="old/talk.txt", Body=b"Guten Tag")
    source = replace(world.deployment.bucket, name=archive)
    [job] = Intake(world.deployment).reconcile("old/talk.wav", source=source, queue="bulk")
    assert (job.state, job.queue, job.bucket) == (State.QUEUED, "bulk", archive)
    failed(world, job)
    assert url.post(f"/jobs/{job.job_id}/retry")["statusCode"] == 202


def test_a_retry_keeps_options_that_only_the_record_has(url: Url, world: World) -> None:
    job = failed(world, queued(world))
    store = world.deployment.store
    with_option = replace(job, options={**job.options, "translate_to": ["ja"]})
    store.put(with_option)
    answer = url.post(f"/jobs/{job.job_id}/retry")["json"]
    assert answer["options"]["translate_to"] == ["ja"]
