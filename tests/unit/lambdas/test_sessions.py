from urllib.parse import urljoin, urlsplit

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from lambdas.web import sessions
from lambdas.web.sessions import Session

NOW = 1_800_000_000.7


def test_a_session_opens_until_it_ends_and_only_with_the_token_it_was_made_with() -> None:
    begun = sessions.begin("right", now=NOW)
    session = sessions.read(begun.value)
    assert session == begun
    assert session.made_with("right")
    assert not session.made_with("wrong")
    assert session.lasts(NOW + sessions.SECONDS - 2)
    assert not session.lasts(NOW + sessions.SECONDS)


def test_nobody_prolongs_a_session() -> None:
    begun = sessions.begin("right", now=NOW)
    assert not Session(begun.ends + 1, begun.mac).made_with("right")


def test_the_token_cannot_be_read_in_it() -> None:
    assert "right" not in sessions.begin("right", now=NOW).value


MAC = "0" * 64


@pytest.mark.parametrize(
    "value",
    ["", ".", "1", f".{MAC}", f"1.{MAC}0", f"1.{MAC[1:]}", f"-1.{MAC}", f"+1.{MAC}", f" 1.{MAC}", f"1.{MAC}\n",
     f"01.{MAC}", f"1.{'G' * 64}", f"1.{'A' * 64}", f"٣.{MAC}", f"1e9.{MAC}", f"{'9' * 13}.{MAC}"],
)  # fmt: skip
def test_what_is_not_written_as_a_session_is_none(value: str) -> None:
    assert sessions.read(value) is None


@given(st.text() | st.from_regex(r"[0-9]{1,14}\.[0-9a-f]{63,65}"))
def test_whatever_comes_as_a_cookie_is_read_in_one_way_or_not_at_all(value: str) -> None:
    session = sessions.read(value)
    if session is not None:
        assert session.value == value
        assert not session.made_with("right")


@pytest.mark.parametrize(
    "path", ["/", "/jobs", "/jobs?state=FAILED&next=a%3D%3D", "/jobs?key=uploads/a%20b.mp3", "/a//b"]
)
def test_paths_of_ours_are_gone_to(path: str) -> None:
    assert sessions.local_path(path) == path


@pytest.mark.parametrize(
    "path",
    ["", "jobs", "//evil.example", "///evil.example", "/\\evil.example", "\\\\evil.example", "/jobs\\..",
     "/\t/evil.example", "/\n/evil.example", "/jobs\r\nSet-Cookie: a=b", " /jobs", "/ /evil.example",
     "https://evil.example", "javascript:alert(1)",
     "/é", "/\x00", "/" + "a" * 2048],
)  # fmt: skip
def test_nobody_is_led_elsewhere(path: str) -> None:
    assert sessions.local_path(path) == sessions.FIRST_PAGE


@given(st.text(alphabet="/\\\t\n\r .:@?#%a\x00é") | st.text())
@example("/\t/evil.example")
@example("/.//evil.example")
def test_wherever_it_leads_is_here(wanted: str) -> None:
    # Browsers drop tabs and line ends, cut blanks off and take backslashes for slashes before they read an address.
    path = sessions.local_path(wanted)
    seen = path.strip().replace("\t", "").replace("\n", "").replace("\r", "").replace("\\", "/")
    assert urlsplit(urljoin("https://here.example/session", seen)).netloc == "here.example"
    assert path.isascii()
    assert path.isprintable()
