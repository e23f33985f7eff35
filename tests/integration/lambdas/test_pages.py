"""The pages that the status URL serves to browsers."""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from html.parser import HTMLParser
from typing import Any
from urllib.parse import parse_qs, quote, urlsplit

import pytest
import requests
from reception_world import TOKEN, WAV_BYTES, Browser, Url, World, failed, finished, queued

from lambdas.web import pages
from syncline.aws import links
from syncline.core import transitions
from syncline.core.errors import EngineError
from syncline.core.job import Job, Result, State
from syncline.jobs.intake import Intake

NO_JOB = "c1a5298f-6a3c-5c3e-9a0e-000000000000"
SCRIPT = "<script>alert(1)</script>"


class Elements(HTMLParser):
    """The elements of a page with their attributes, and the addresses that it loads."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str]]] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, {name: value or "" for name, value in attrs}))

    def loaded(self) -> set[str]:
        named = {
            value for tag, given in self.elements for name, value in given.items() if name == "src" or tag == "link"
        }
        return {address for address in named if address.startswith(("/", "http"))}


def is_page(answer: dict[str, Any]) -> bool:
    return answer["headers"]["Content-Type"] == "text/html; charset=utf-8"


def hostile(world: World) -> list[Job]:
    """A job with markup in every field that an uploader can choose."""
    name = f'"><img src=x onerror=alert(1)>{SCRIPT}.wav'
    job = queued(world, name)
    options = {**job.options, "language": f'en" onload="{SCRIPT}', "translate_to": [SCRIPT]}
    error = EngineError(f"no {SCRIPT}", hint=f"{{{{ 7 * 7 }}}} ' onclick='alert(1)' {SCRIPT}")
    job = replace(job, options=options, warnings=(SCRIPT,))
    results = tuple(
        Result(each, f"results/{world.folder}/{name}/{each}", 3)
        for each in ("alignment.json", f'"{SCRIPT}', "javascript:a")
    )
    store, now = world.deployment.store, datetime.now(UTC)
    stored = store.put(transitions.failed(job, error, results=results, now=now))
    return [stored]


# --- content


def test_the_first_page_redirects_to_the_jobs(url: Url, browser: Browser) -> None:
    answer = browser.get("/")
    assert (answer["statusCode"], answer["headers"]["Location"]) == (302, "/jobs")
    assert url.get("/")["json"]["code"] == "not_found"


def test_the_list_shows_the_latest_jobs_of_all_states(browser: Browser, world: World) -> None:
    made = [
        queued(world, "one.wav"),
        failed(world, queued(world, "two.wav")),
        finished(world, queued(world, "talk.wav")),
    ]
    answer = browser.get("/jobs")
    assert is_page(answer)
    places = [answer["body"].index(f"/jobs/{job.job_id}") for job in reversed(made)]
    assert places == sorted(places)


def test_the_list_of_a_state_shows_no_others(browser: Browser, world: World) -> None:
    waiting, no = queued(world, "one.wav"), failed(world, queued(world, "two.wav"))
    answer = browser.get("/jobs?state=FAILED&limit=100")
    assert no.job_id in answer["body"]
    assert waiting.job_id not in answer["body"]


def test_the_list_links_to_its_next_page(browser: Browser, world: World) -> None:
    for number in range(2):
        failed(world, queued(world, f"{number}.wav"))
    found = [given.get("href", "") for _, given in Elements(browser.get("/jobs?state=FAILED&limit=1")["body"]).elements]
    [older] = [href for href in found if "next=" in href]
    assert is_page(browser.get(older))


@pytest.mark.parametrize(
    "path", ["/jobs/{job.job_id}", "/jobs?key={job.recording_key}", "/jobs?key={job.transcript_key}"]
)
def test_a_job_has_a_page(path: str, browser: Browser, world: World) -> None:
    job = finished(world, queued(world))
    answer = browser.get(path.format(job=job))
    assert (answer["statusCode"], is_page(answer)) == (200, True)
    assert f"/jobs/{job.job_id}/results/alignment.json" in answer["body"]
    assert "X-Amz-Signature" not in answer["body"]


def test_a_job_in_any_state_has_a_page(browser: Browser, world: World) -> None:
    world.upload("waiting.wav")
    [waiting] = Intake(world.deployment).object_created(world.key("waiting.wav"))
    [rejected] = Intake(world.deployment).object_created(world.upload("strange.exe"))
    [orphan] = Intake(world.deployment).object_created(world.upload("alone.txt", b"Guten Tag"))
    ready = queued(world, "ready.wav")
    started = transitions.started(queued(world, "started.wav"), owner="w", lease_seconds=9, now=datetime.now(UTC))
    running = world.deployment.store.put(
        transitions.progressed(started, stage="align", progress=0.5, now=datetime.now(UTC))
    )
    no, done = failed(world, queued(world, "no.wav")), finished(world, queued(world))
    for job in (waiting, rejected, orphan, ready, running, no, done):
        answer = browser.get(f"/jobs/{job.job_id}")
        assert (answer["statusCode"], is_page(answer)) == (200, True), job.state
        assert job.state.capitalize() in answer["body"]
    assert {job.state for job in (waiting, rejected, ready, running, no, done)} == set(State)


@pytest.mark.parametrize(
    ("name", "media"), [("talk.wav", "audio"), ("talk.MP3", "audio"), ("talk.mp4", "video"), ("talk.webm", "video")]
)
def test_a_recording_is_audio_or_video(name: str, media: str, world: World) -> None:
    job = replace(queued(world), recording_key=world.key(name))
    assert links.media_of(job, world.deployment) == media
    assert links.media_of(replace(job, bucket="archive"), world.deployment) is None


def test_the_page_of_a_job_plays_its_recording(browser: Browser, world: World) -> None:
    job = finished(world, queued(world))
    assert f"/jobs/{job.job_id}/recording" in Elements(browser.get(f"/jobs/{job.job_id}")["body"]).loaded()


def test_the_page_of_a_job_names_its_translations_and_their_direction(browser: Browser, world: World) -> None:
    names = ("alignment.json", "translation.ar.json", "translation.ja.json", "translation.xx.json")
    text = browser.get(f"/jobs/{finished(world, queued(world), names=names).job_id}")["body"]
    choices = [given for tag, given in Elements(text).elements if tag == "option" and "dir" in given]
    assert choices == [{"value": "ar", "dir": "rtl"}, {"value": "ja", "dir": "ltr"}]


def test_the_page_of_an_ended_job_offers_to_correct_its_text(browser: Browser, world: World) -> None:
    def offers(job: Job) -> bool:
        return any(
            given.get("id") == "correct" for _, given in Elements(browser.get(f"/jobs/{job.job_id}")["body"]).elements
        )

    assert offers(finished(world, queued(world)))
    assert offers(failed(world, queued(world, "two.wav")))
    assert not offers(queued(world, "one.wav"))


def test_the_page_of_an_unfinished_job_says_when_to_ask_again(browser: Browser, world: World) -> None:
    job = queued(world)
    answer = browser.get(f"/jobs/{job.job_id}")
    assert 1 <= int(answer["headers"]["Retry-After"]) <= 60
    assert "ahead of it" in answer["body"]
    finished(world, job)
    assert "Retry-After" not in browser.get(f"/jobs/{job.job_id}")["headers"]


def test_programs_get_json(url: Url, world: World) -> None:
    job = queued(world)
    for accept in ("", "*/*", "application/json"):
        answer = url.get(f"/jobs/{job.job_id}", accept=accept)
        assert answer["json"]["job_id"] == job.job_id
        assert answer["headers"]["ETag"]
        assert "Cookie" in answer["headers"]["Vary"]


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/nowhere", 404),
        ("/jobs?state=Failed", 400),
        (f"/jobs/{NO_JOB}", 404),
        ("/jobs?limit=many", 400),
        ("/session", 405),
    ],
)
def test_an_error_is_a_page(path: str, status: int, browser: Browser) -> None:
    answer = browser.get(path)
    assert (answer["statusCode"], is_page(answer)) == (status, True)
    assert str(status) in answer["body"]


def test_an_unexpected_error_is_a_page_without_a_traceback(url: Url) -> None:
    answer = url.with_services(deployment=None).get(f"/jobs/{NO_JOB}", accept=Browser.ACCEPT)
    assert (answer["statusCode"], is_page(answer)) == (500, True)
    assert "AttributeError" not in answer["body"]


def test_only_a_session_can_be_signed_out(url: Url, browser: Browser) -> None:
    assert "/session/end" in browser.get("/jobs")["body"]
    assert "/session/end" not in url.get("/jobs", accept=Browser.ACCEPT)["body"]


# --- escaping


def test_no_input_becomes_markup(browser: Browser, world: World) -> None:
    [job] = hostile(world)
    key = quote(job.recording_key)
    paths = [
        "/jobs",
        "/jobs?state=FAILED",
        f"/jobs/{job.job_id}",
        f"/jobs?key={key}",
        f"/jobs?key={key}x",
        "/jobs/<script>",
    ]
    paths += [f"/jobs?state={quote(SCRIPT)}", f"/jobs?state=FAILED&limit={quote(SCRIPT)}", f"/sign-in?next=/{SCRIPT}"]
    signed_out = Browser(browser.url)
    texts = [each.get(path)["body"] for path in paths for each in (browser, signed_out)]
    texts.append(signed_out.sign_in(SCRIPT, next=f'/"{SCRIPT}')["body"])
    assert any("alert(1)" in text for text in texts)
    for text in texts:
        found = Elements(text).elements
        assert all(given.get("src", "").startswith("/static/") for tag, given in found if tag == "script")
        assert not [given for tag, given in found if tag == "img" and given["src"] == "x"]
        assert not [name for _, given in found for name in given if name.startswith("on")]
        assert not [given for _, given in found if given.get("href", "").startswith("javascript:")]


def test_no_input_is_run_as_a_template(browser: Browser, world: World) -> None:
    [job] = hostile(world)
    text = browser.get(f"/jobs/{job.job_id}")["body"]
    assert "{{ 7 * 7 }}" in text


def test_pages_have_no_inline_script_and_style(browser: Browser, world: World) -> None:
    """The Content-Security-Policy would block both."""
    job = finished(world, queued(world))
    for path in ("/jobs", f"/jobs/{job.job_id}", "/sign-in", "/nowhere"):
        text = browser.get(path)["body"]
        assert not re.search(r"<style|<script(?![^>]*\ssrc=)", text)
        assert not [given for _, given in Elements(text).elements if "style" in given]


# --- headers and files


def test_only_pages_of_jobs_may_load_from_the_bucket(browser: Browser, world: World) -> None:
    for path in ("/jobs", "/sign-in", "/nowhere", f"/jobs/{queued(world).job_id}"):
        headers = browser.get(path)["headers"]
        rules = dict(rule.strip().split(" ", 1) for rule in headers["Content-Security-Policy"].split(";"))
        assert rules["default-src"] == rules["base-uri"] == rules["frame-ancestors"] == "'none'"
        assert rules["script-src"] == rules["style-src"] == rules["form-action"] == "'self'"
        bucket = f" {links.origin(world.deployment)}" if path.startswith("/jobs") else ""
        assert rules["connect-src"] == rules["media-src"] == f"'self'{bucket}"
        assert rules["img-src"] == f"'self' data:{bucket}"
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["Cache-Control"] == "no-store"
        # With “no-referrer”, browsers would send “Origin: null” with the form that signs in.
        assert headers["Referrer-Policy"] == "same-origin"


def test_the_origin_of_the_bucket_is_that_of_its_links(world: World) -> None:
    job = finished(world, queued(world))
    link = links.of_result({**job_record(job)}, "alignment.json", world.deployment)
    form = world.deployment.bucket.client.generate_presigned_post(world.deployment.bucket.name, "uploads/a.wav")["url"]
    assert link.startswith(links.origin(world.deployment) + "/")
    assert form.startswith(links.origin(world.deployment) + "/")


def job_record(job: Job) -> dict[str, Any]:
    results = [{"name": result.name, "key": result.key, "bytes": result.bytes} for result in job.results]
    return {"recording_key": job.recording_key, "bucket": job.bucket, "results": results}


def test_every_static_file_of_a_page_is_open_and_cached(url: Url, browser: Browser, world: World) -> None:
    job = finished(world, queued(world))
    texts = [browser.get(path)["body"] for path in ("/jobs", f"/jobs/{job.job_id}", "/sign-in", "/nowhere")]
    named = {path for text in texts for path in Elements(text).loaded() if path.startswith("/static/")}
    assert {path.rpartition(".")[2] for path in named} >= {"css", "js"}
    for path in named:
        answer = url.get(path, authorization="")
        assert answer["statusCode"] == 200
        assert answer["headers"]["Content-Type"] == pages.TYPES["." + path.rpartition(".")[2]]
        assert answer["headers"]["Cache-Control"] == "public, max-age=31536000, immutable"


def test_scripts_import_each_other_from_the_same_edition(url: Url) -> None:
    for name, content in pages.FILES.items():
        for other in re.findall(rb'(?:from|import)\s*\(?"\./([^"]+)"', content):
            assert url.get(pages.asset(name).rpartition("/")[0] + f"/{other.decode()}")["statusCode"] == 200


def test_a_file_of_another_edition_is_not_cached(url: Url) -> None:
    answer = url.get("/static/0123456789ab/page.css", authorization="")
    assert (answer["statusCode"], answer["headers"]["Cache-Control"]) == (200, "no-store")


@pytest.mark.parametrize(
    "name",
    ["../status.py", "..%2fstatus.py", "%2e%2e/status.py", "%2e%2e%2fstatus.py", "..\\status.py", "page.css%00.js",
     "PAGE.CSS", "/etc/passwd", "%2fetc%2fpasswd", "", ".", "..", "page.css/", "sign_in.html", "..%2fsign_in.html",
     "\u2025/status.py"],
)  # fmt: skip
def test_no_other_file_is_served(name: str, url: Url) -> None:
    for path in (f"/static/{name}", f"/static/{pages.EDITION}/{name}", f"/static/{pages.EDITION}/../{name}"):
        assert url.get(path)["statusCode"] in (401, 404)


def test_a_template_with_a_missing_file_fails() -> None:
    with pytest.raises(LookupError, match="no static file nothing"):
        pages.asset("nothing.js")


# --- results and recordings


def redirected_to(answer: dict[str, Any]) -> tuple[str, dict[str, list[str]]]:
    assert answer["statusCode"] == 302
    assert answer["headers"]["Cache-Control"] == "no-store"
    parts = urlsplit(answer["headers"]["Location"])
    return parts.path, parse_qs(parts.query)


@pytest.mark.parametrize("accept", ["", Browser.ACCEPT])
def test_a_result_redirects_to_a_fresh_link(accept: str, url: Url, world: World) -> None:
    job = finished(world, queued(world))
    world.deployment.bucket.replace(job.results[0].key, b"{}", seen_etag=None)
    answer = url.get(f"/jobs/{job.job_id}/results/alignment.json", accept=accept)
    path, query = redirected_to(answer)
    assert path.endswith(job.results[0].key)
    assert query["X-Amz-Expires"] == ["900"]
    got = requests.get(answer["headers"]["Location"], timeout=5)
    assert (got.content, got.headers["Content-Type"]) == (b"{}", "application/json")
    assert got.headers["Content-Disposition"] == "attachment; filename*=UTF-8''talk.wav.alignment.json"


@pytest.mark.parametrize(
    "name",
    ["captions.en.vtt", "job.json", "ALIGNMENT.JSON", "..%2falignment.json", "../alignment.json", "%2e%2e%2f",
     "alignment.json%00", "..%2f..%2fuploads%2ftalk.wav", "*", "secret"],
)  # fmt: skip
def test_other_names_are_no_results_of_the_job(name: str, url: Url, world: World) -> None:
    job = finished(world, queued(world))
    foreign = Result("secret", "uploads/another-job.mp3", 3)
    world.deployment.store.put(replace(job, results=(*job.results, foreign)))
    answer = url.get(f"/jobs/{job.job_id}/results/{name}")
    assert (answer["statusCode"], answer["json"]["code"]) == (404, "not_found")


def test_results_of_another_job_are_not_found(url: Url, world: World) -> None:
    finished(world, queued(world), names=("captions.en.vtt",))
    other = failed(world, queued(world, "other.wav"))
    answer = url.get(f"/jobs/{other.job_id}/results/captions.en.vtt")
    assert "none yet" in answer["json"]["hint"]


def test_the_content_type_of_a_recording_follows_from_its_name(url: Url, world: World) -> None:
    world.upload("talk.txt", b"Guten Tag")
    key, bucket = world.key("talk.wav"), world.deployment.bucket
    bucket.client.put_object(Bucket=bucket.name, Key=key, Body=WAV_BYTES, ContentType="text/html")
    [job] = Intake(world.deployment).object_created(key)
    answer = url.get(f"/jobs/{job.job_id}/recording")
    redirected_to(answer)
    got = requests.get(answer["headers"]["Location"], timeout=5)
    assert (got.content, got.headers["Content-Type"]) == (WAV_BYTES, "audio/wav")


@pytest.fixture
def unplayable(world: World) -> Iterator[list[Job]]:
    bucket = world.deployment.bucket
    archive = replace(bucket, name=f"archive-{world.folder}")
    archive.client.create_bucket(Bucket=archive.name)
    for home, key in ((archive, "uploads/talk.wav"), (bucket, f"private-{world.folder}/talk.wav")):
        home.client.put_object(Bucket=home.name, Key=key, Body=WAV_BYTES)
        home.client.put_object(Bucket=home.name, Key=key.replace(".wav", ".txt"), Body=b"Guten Tag")
    intake = Intake(world.deployment)
    found = intake.reconcile("uploads/talk.wav", source=archive, queue="bulk")
    found += intake.reconcile(f"private-{world.folder}/talk.wav", source=bucket, queue="bulk")
    found += intake.object_created(world.upload("page.html", SCRIPT.encode()))
    found += intake.object_created(world.upload("alone.txt", b"Guten Tag"))
    yield found


def test_only_uploaded_recordings_have_links(unplayable: list[Job], url: Url) -> None:
    assert len(unplayable) == 4
    for job in unplayable:
        answer = url.get(f"/jobs/{job.job_id}/recording")
        assert (answer["statusCode"], answer["json"]["code"]) == (404, "not_found")
        assert "uploads/" in answer["json"]["hint"]


def test_links_need_authentication(url: Url, world: World) -> None:
    job = finished(world, queued(world))
    for path in ("results/alignment.json", "recording"):
        assert url.get(f"/jobs/{job.job_id}/{path}", authorization="")["statusCode"] == 401


def test_the_token_is_not_accepted_as_a_basic_password(url: Url) -> None:
    basic = base64.b64encode(f"user:{TOKEN}".encode()).decode()
    assert url.get("/jobs", authorization=f"Basic {basic}", accept=Browser.ACCEPT)["statusCode"] == 401
