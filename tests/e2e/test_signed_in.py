"""The sign-in address that `syncline local` prints, used as a browser and the page's script use it."""

from __future__ import annotations

from urllib.parse import parse_qs, urlsplit

import pytest
import requests

from tests.e2e.conftest import SAMPLES, Stack

HTML = {"Accept": "text/html,*/*;q=0.8"}


@pytest.fixture
def browser(stack: Stack) -> requests.Session:
    """A session that is signed in with the token of the printed address."""
    page = urlsplit(stack.description["page"])
    [token] = parse_qs(page.fragment)["token"]
    session = requests.Session()
    origin = f"{page.scheme}://{page.netloc}"
    session.headers.update(HTML | {"Origin": origin})
    assert session.get(origin + page.path, timeout=10).ok
    answer = session.post(f"{origin}/session", {"token": token, "next": "/jobs"}, timeout=10)
    assert (answer.url, answer.status_code) == (f"{origin}/jobs", 200)
    return session


def test_the_page_of_a_job_loads_text_and_media_from_the_bucket(stack: Stack, browser: requests.Session) -> None:
    for name in ("hello.wav", "hello.txt"):
        stack.put(SAMPLES / name, f"uploads/signed-in/{name}")
    job = stack.settled("uploads/signed-in/hello.wav")
    address = f"{stack.description['status_url']}/jobs/{job['job_id']}"
    page = browser.get(address, timeout=10)
    assert "signed-in/" in page.text
    assert page.headers["Content-Type"].startswith("text/html")
    text = browser.get(f"{address}/results/alignment.json", timeout=10)
    assert text.json()["words"]
    assert text.headers["Access-Control-Allow-Origin"] == browser.headers["Origin"]
    allowed = f"{urlsplit(text.url).scheme}://{urlsplit(text.url).netloc}"
    assert f"connect-src 'self' {allowed};" in page.headers["Content-Security-Policy"]
    sound = browser.get(f"{address}/recording", headers={"Range": "bytes=0-3"}, timeout=10)
    assert (sound.status_code, sound.content, sound.headers["Content-Type"]) == (206, b"RIFF", "audio/wav")


def test_after_signing_out_the_session_is_invalid(stack: Stack, browser: requests.Session) -> None:
    url = stack.description["status_url"]
    assert browser.post(f"{url}/session/end", timeout=10).url == f"{url}/sign-in"
    assert browser.get(f"{url}/jobs", timeout=10).status_code == 401
