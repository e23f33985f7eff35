"""Signing a browser in and out, and protection against requests from other sites."""

from __future__ import annotations

import hmac
import time
from datetime import timedelta

import boto3
import pytest
from reception_world import TOKEN, Browser, Clock, Url, World, failed, queued

from lambdas.web import sessions, tokens
from lambdas.web.tokens import Tokens

HOST = "abc.lambda-url.eu-west-1.on.aws"


@pytest.fixture
def signed_out(url: Url) -> Browser:
    return Browser(url)


@pytest.fixture
def deployed(url: Url) -> Browser:
    """A browser at the address of a deployment, over TLS."""
    return Browser(url, host=HOST, scheme="https")


def cookie(ends: int, token: str = TOKEN) -> str:
    mac = hmac.new(token.encode(), f"syncline-session:{ends}".encode(), "sha256").hexdigest()
    return f"{ends}.{mac}"


# --- signing in


def test_signing_in_redirects_to_the_requested_page(signed_out: Browser, world: World) -> None:
    requested = f"/jobs?key={queued(world).recording_key}"
    asked = signed_out.get(requested)
    assert (asked["statusCode"], asked["headers"]["WWW-Authenticate"]) == (401, "Bearer")
    assert f'name="next" value="{requested}"' in asked["body"]
    answer = signed_out.sign_in(next=requested)
    assert (answer["statusCode"], answer["headers"]["Location"]) == (303, requested)
    assert signed_out.get(requested)["statusCode"] == 200


def test_the_cookie_is_bound_to_the_host_and_to_tls_and_hidden_from_scripts(deployed: Browser) -> None:
    [made] = deployed.sign_in()["cookies"]
    name, *attributes = made.split("; ")
    assert name.startswith("__Host-syncline_session=")
    assert set(attributes) == {"Path=/", f"Max-Age={12 * 3600}", "HttpOnly", "Secure", "SameSite=Lax"}
    assert deployed.get("/jobs")["statusCode"] == 200


@pytest.mark.parametrize("host", ["127.0.0.1:8080", "localhost:8080", "[::1]:8080", "127.0.0.1"])
def test_the_cookie_on_loopback_works_without_tls(host: str, url: Url) -> None:
    local = Browser(url, host=host)
    [made] = local.sign_in()["cookies"]
    assert made.startswith("syncline_session=")
    assert "Secure" not in made
    assert local.get("/jobs")["statusCode"] == 200


@pytest.mark.parametrize(
    "host", ["evil.example", "localhost.evil.example", "127.0.0.1.evil.example", "[", "10.0.0.7", "a:b:c"]
)
def test_the_cookie_of_any_other_host_needs_tls(host: str, url: Url) -> None:
    [made] = Browser(url, host=host, scheme="https").sign_in()["cookies"]
    assert "; Secure" in made


def test_the_cookie_of_loopback_is_not_accepted_over_tls(deployed: Browser) -> None:
    deployed.sign_in()
    deployed.cookies = {"syncline_session": next(iter(deployed.cookies.values()))}
    assert deployed.get("/jobs")["statusCode"] == 401


@pytest.mark.parametrize("token", ["", " ", "wrong", TOKEN + "x", TOKEN.upper(), "\ud83d", "é", "a" * 4000])
def test_a_wrong_token_is_refused(token: str, signed_out: Browser) -> None:
    answer = signed_out.post("/session", {"token": token.encode(errors="replace").decode()})
    assert (answer["statusCode"], answer["cookies"]) == (401, [])
    assert "is not valid" in answer["body"]


@pytest.mark.parametrize(
    "path", ["//evil.example", "https://evil.example", "/\\evil.example", "/\t/evil.example", "jobs", ""]
)
def test_signing_in_redirects_only_to_this_host(path: str, signed_out: Browser) -> None:
    assert signed_out.sign_in(next=path)["headers"]["Location"] == "/jobs"
    assert 'name="next" value="/jobs"' in signed_out.get(f"/sign-in?next={path}")["body"]


def test_a_path_that_looks_like_a_host_is_not_redirected_to(signed_out: Browser) -> None:
    assert 'value="/jobs"' in signed_out.get("//evil.example")["body"]
    assert 'value="/%5Cevil.example"' in signed_out.get("/\\evil.example")["body"]


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        (b"token=" + TOKEN.encode(), "text/plain"),
        (b'{"token": "open-sesame-open-sesame"}', "application/json"),
        (b"\xff", "application/x-www-form-urlencoded"),
        (b"token=" + b"a" * 9000, "application/x-www-form-urlencoded"),
        (b"&".join(b"a=%d" % number for number in range(50)), "application/x-www-form-urlencoded"),
    ],
)
def test_only_a_short_form_is_accepted(body: bytes, content_type: str, url: Url) -> None:
    answer = url.ask("POST", "/session", body, {"authorization": "", "content-type": content_type})
    assert (answer["statusCode"], answer["json"]["code"]) == (400, "bad_body")


def test_no_response_contains_the_token(signed_out: Browser) -> None:
    assert TOKEN not in str(signed_out.sign_in())
    assert TOKEN not in str(signed_out.sign_in(TOKEN + "x"))


# --- expiry and rotation


def test_a_session_expires(browser: Browser, clock: Clock) -> None:
    clock.ahead = timedelta(seconds=sessions.SECONDS - 60)
    assert browser.get("/jobs")["statusCode"] == 200
    clock.ahead = timedelta(seconds=sessions.SECONDS + 1)
    assert browser.get("/jobs")["statusCode"] == 401


LATER = int(time.time()) + 3600

# Named, because the cookies differ between imports of this file, and all processes of a parallel run must use the same
# test names.
OTHER_COOKIES = {
    "another token's": cookie(LATER, "wrong"),
    "no token's": cookie(LATER, ""),
    "made to last longer": f"{LATER + 1}.{cookie(LATER).partition('.')[2]}",
    "over": cookie(1),
    "before 1970": cookie(-1),
    "a guess": f"{LATER}.{'0' * 64}",
    "no signature": f"{LATER}.",
    "the token": TOKEN,
    "nothing": "",
    "several equals signs": "a=b=c",
    "a leading zero": f"0{cookie(LATER)}",
    "in capitals": cookie(LATER).upper(),
    "in quotes": f'"{cookie(LATER)}"',
}


@pytest.mark.parametrize("value", OTHER_COOKIES.values(), ids=OTHER_COOKIES)
def test_no_other_cookie_is_accepted(value: str, signed_out: Browser) -> None:
    signed_out.cookies = {"syncline_session": value}
    assert signed_out.get("/jobs")["statusCode"] == 401


def test_the_cookie_is_found_among_other_cookies(signed_out: Browser) -> None:
    signed_out.cookies = {"a": "b", "syncline_session": cookie(LATER), "syncline_session2": "c"}
    assert signed_out.get("/jobs")["statusCode"] == 200


def test_rotating_the_token_ends_its_sessions(url: Url) -> None:
    valid, clock = [TOKEN], iter(range(0, 10**6, 1000))
    browser = Browser(url.with_services(tokens=Tokens(lambda: tuple(valid), clock=lambda: next(clock))))
    assert browser.sign_in()["statusCode"] == 303
    valid[:] = ["new", TOKEN]
    assert browser.get("/jobs")["statusCode"] == 200
    valid[:] = ["newest", "new"]
    assert browser.get("/jobs")["statusCode"] == 401


def test_without_a_token_no_browser_can_sign_in(url: Url) -> None:
    signed_out = Browser(url.with_services(tokens=None))
    signed_out.cookies = {"syncline_session": cookie(LATER, "")}
    assert signed_out.get("/jobs")["statusCode"] == 401
    assert signed_out.sign_in("")["statusCode"] == 401


def test_a_browser_is_not_told_why_the_token_cannot_be_read(url: Url) -> None:
    no_secret = tokens.from_secret(lambda: boto3.client("secretsmanager"), "no-such-secret")
    answer = Browser(url.with_services(tokens=no_secret)).sign_in()
    assert (answer["statusCode"], answer["cookies"]) == (503, [])
    assert "no-such-secret" not in answer["body"]


def test_signing_out_deletes_the_cookie(browser: Browser, deployed: Browser) -> None:
    answer = browser.post("/session/end")
    assert (answer["statusCode"], answer["headers"]["Location"]) == (303, "/sign-in")
    assert "Max-Age=0" in answer["cookies"][0]
    assert browser.get("/jobs")["statusCode"] == 401
    deployed.sign_in()
    assert deployed.post("/session/end")["cookies"][0].startswith("__Host-syncline_session=; Path=/; Max-Age=0;")


# --- other sites


FOREIGN = [
    {"origin": "https://evil.example"},
    {"origin": "null"},
    {"origin": "https://127.0.0.1:8080"},
    {"origin": "http://127.0.0.1:8081"},
    {"origin": "http://127.0.0.1:8080.evil.example"},
    {"origin": "http://127.0.0.1:8080", "sec_fetch_site": "same-site"},
    {"origin": "", "sec_fetch_site": "cross-site"},
]


@pytest.mark.parametrize("headers", FOREIGN)
def test_a_form_of_another_site_cannot_sign_in_or_out(headers: dict[str, str], browser: Browser) -> None:
    for path in ("/session", "/session/end"):
        answer = browser.post(path, {"token": TOKEN}, **headers)
        assert (answer["statusCode"], answer["cookies"]) == (403, [])


@pytest.mark.parametrize("headers", [*FOREIGN, {"origin": ""}])
def test_a_page_of_another_site_cannot_use_the_cookie(headers: dict[str, str], browser: Browser, world: World) -> None:
    job = failed(world, queued(world))
    for path in (f"/jobs/{job.job_id}/retry", "/jobs"):
        answer = browser.post(path, **headers, accept="application/json")
        assert (answer["statusCode"], answer["json"]["code"]) == (403, "foreign_origin")
    assert world.job("talk.wav").state == "FAILED"


@pytest.mark.parametrize("headers", [{}, {"origin": "", "sec_fetch_site": "same-origin"}])
def test_a_page_of_this_site_can_retry(headers: dict[str, str], browser: Browser, world: World) -> None:
    job = failed(world, queued(world))
    answer = browser.post(f"/jobs/{job.job_id}/retry", accept="application/json", **headers)
    assert (answer["statusCode"], answer["json"]["state"]) == (202, "QUEUED")


def test_a_token_in_the_header_takes_precedence_over_the_cookie(browser: Browser, world: World) -> None:
    job = failed(world, queued(world))
    foreign = {"origin": "https://evil.example", "accept": "*/*"}
    assert browser.get("/jobs", authorization="Bearer wrong")["statusCode"] == 401
    assert browser.post(f"/jobs/{job.job_id}/retry", authorization=f"Bearer {TOKEN}", **foreign)["statusCode"] == 202


def test_a_program_signs_in_without_an_origin(url: Url) -> None:
    form = {"authorization": "", "content-type": "application/x-www-form-urlencoded"}
    assert url.ask("POST", "/session", f"token={TOKEN}".encode(), form)["statusCode"] == 303
