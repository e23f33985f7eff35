from urllib.parse import urljoin, urlsplit

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from lambdas.web import sessions
from lambdas.web.sessions import Session

NOW = 1_800_000_000.7


def test_a_session_is_valid_until_it_expires_and_only_for_its_token() -> None:
    begun = sessions.begin("right", now=NOW)
    session = sessions.parse(begun.value)
    assert session == begun
    assert session.made_with("right")
    assert not session.made_with("wrong")
    assert not session.expired(NOW + sessions.SECONDS - 2)
    assert session.expired(NOW + sessions.SECONDS)


def test_the_expiry_of_a_session_cannot_be_changed() -> None:
    begun = sessions.begin("right", now=NOW)
    assert not Session(begun.expires_at + 1, begun.mac).made_with("right")


def test_the_token_is_not_in_the_cookie() -> None:
    assert "right" not in sessions.begin("right", now=NOW).value


MAC = "0" * 64


@pytest.mark.parametrize(
    "value",
    ["", ".", "1", f".{MAC}", f"1.{MAC}0", f"1.{MAC[1:]}", f"-1.{MAC}", f"+1.{MAC}", f" 1.{MAC}", f"1.{MAC}\n",
     f"01.{MAC}", f"1.{'G' * 64}", f"1.{'A' * 64}", f"٣.{MAC}", f"1e9.{MAC}", f"{'9' * 13}.{MAC}"],
)  # fmt: skip
def test_a_malformed_value_is_no_session(value: str) -> None:
    assert sessions.parse(value) is None


@given(st.text() | st.from_regex(r"[0-9]{1,14}\.[0-9a-f]{63,65}"))
def test_a_cookie_has_one_reading_or_none(value: str) -> None:
    session = sessions.parse(value)
    if session is not None:
        assert session.value == value
        assert not session.made_with("right")


@pytest.mark.parametrize(
    "path", ["/", "/jobs", "/jobs?state=FAILED&next=a%3D%3D", "/jobs?key=uploads/a%20b.mp3", "/a//b"]
)
def test_a_path_of_this_host_is_kept(path: str) -> None:
    assert sessions.local_path(path) == path


@pytest.mark.parametrize(
    "path",
    ["", "jobs", "//evil.example", "///evil.example", "/\\evil.example", "\\\\evil.example", "/jobs\\..",
     "/\t/evil.example", "/\n/evil.example", "/jobs\r\nSet-Cookie: a=b", " /jobs", "/ /evil.example",
     "https://evil.example", "javascript:alert(1)",
     "/é", "/\x00", "/" + "a" * 2048],
)  # fmt: skip
def test_any_other_path_becomes_the_first_page(path: str) -> None:
    assert sessions.local_path(path) == sessions.FIRST_PAGE


@given(st.text(alphabet="/\\\t\n\r .:@?#%a\x00é") | st.text())
@example("/\t/evil.example")
@example("/.//evil.example")
def test_no_path_leads_to_another_host(wanted: str) -> None:
    # Before browsers parse an address they drop tabs and line ends, strip blanks, and read backslashes as slashes.
    path = sessions.local_path(wanted)
    seen = path.strip().replace("\t", "").replace("\n", "").replace("\r", "").replace("\\", "/")
    assert urlsplit(urljoin("https://here.example/session", seen)).netloc == "here.example"
    assert path.isascii()
    assert path.isprintable()
