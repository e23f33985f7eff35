from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from lambdas.web import routes
from lambdas.web.routes import ROUTES
from lambdas.web.service_routes import OPENAPI

ROOT = Path(__file__).parents[3]
DOCUMENT = json.loads(OPENAPI.read_text(encoding="utf-8"))
ROUTE_IN_A_TABLE = re.compile(r"^\| `([A-Z]+) (/\S*)` \|", re.MULTILINE)


def test_the_openapi_document_describes_every_route_for_programs() -> None:
    described = {(method.upper(), path) for path, item in DOCUMENT["paths"].items() for method in item}
    assert described == {(route.method, route.path) for route in ROUTES if not route.for_browsers}


def test_the_reference_page_lists_every_route() -> None:
    page = (ROOT / "docs" / "api.md").read_text(encoding="utf-8")
    assert set(ROUTE_IN_A_TABLE.findall(page)) == {(route.method, route.path) for route in ROUTES}


def test_no_method_and_path_are_listed_twice() -> None:
    assert len({(route.method, route.path) for route in ROUTES}) == len(ROUTES)


def test_every_path_parameter_of_a_described_route_is_described() -> None:
    for route in (each for each in ROUTES if not each.for_browsers):
        assert set(re.findall(r"{(\w+)}", route.path)) <= set(route.parameters), route.path


@pytest.mark.parametrize("path", ["/", "/health", "/sign-in", "/session", "/session/end", "/static/a/page.css"])
def test_open_paths(path: str) -> None:
    assert routes.is_open(path)


@pytest.mark.parametrize(
    "path",
    ["/jobs", "/jobs/1", "/jobs/1/retry", "/openapi.json", "/nowhere", "", "/health/", "/static/a", "/static//b",
     "/static/a/b/c", "//health", "/HEALTH"],
)  # fmt: skip
def test_all_other_paths_need_authentication(path: str) -> None:
    assert not routes.is_open(path)


@pytest.mark.parametrize(
    ("path", "methods"),
    [
        ("/jobs", ("GET", "HEAD", "POST")),
        ("/jobs/1", ("GET", "HEAD", "DELETE")),
        ("/jobs/1/retry", ("POST",)),
        ("/jobs//retry", ()),
        ("/nowhere", ()),
    ],
)
def test_the_methods_of_a_path(path: str, methods: tuple[str, ...]) -> None:
    assert routes.allowed_methods(path) == methods
