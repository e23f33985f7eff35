import pytest
from hypothesis import given
from hypothesis import strategies as st

from lambdas.web.http_responses import prefers_html

CHROME = "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8"
FIREFOX = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"


@pytest.mark.parametrize(
    "accept",
    [CHROME, FIREFOX, "text/html", "TEXT/HTML", "text/html; charset=utf-8", "text/html;q=0.5, */*;q=0.4",
     "application/json;q=0.9, text/html", "text/html; q=0.2, application/*;q=0.1",
     "application/json;q=0, text/html;q=0.001"],
)  # fmt: skip
def test_browsers_get_pages(accept: str) -> None:
    assert prefers_html(accept)


@pytest.mark.parametrize(
    "accept",
    ["", "*/*", "application/json", "text/*", "text/html, application/json", "text/html, */*", "text/html;q=0.5, */*",
     "application/json, text/html;q=0.9", "text/html;q=0", "text/html;q=0.5, application/*;q=0.7, */*;q=0.1",
     "audio/*, */*;q=0.5"],
)  # fmt: skip
def test_programs_get_json(accept: str) -> None:
    assert not prefers_html(accept)


@given(st.text(alphabet="texhmlapicon/*;q=0.19, ") | st.text())
def test_any_header_is_parsed(accept: str) -> None:
    assert prefers_html(accept) in (True, False)
