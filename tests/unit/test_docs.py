"""The documentation: links lead somewhere, and the commands and make targets that it names exist."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

import pytest
import typer

from syncline.cli.app import app

ROOT = Path(__file__).parents[2]
PAGES = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/*.md"), *ROOT.glob("samples/*.md"), *ROOT.glob("scripts/**/*.md")])
_LINK = re.compile(r"\]\((?!https?:|mailto:)([^)\s]+)(?: \"[^\"]*\")?\)")
_HEADING = re.compile(r"^#{1,6} (.+?)\s*$", re.MULTILINE)
_FENCED = re.compile(r"^```.*?^```", re.MULTILINE | re.DOTALL)
_COMMAND = re.compile(r"(?:^|[`$/] ?|bin/)syncline ([a-z][a-z-]*)((?: [^`|\n]*)?)", re.MULTILINE)
_OPTION = re.compile(r"(?<= )(--[a-z][a-z-]*)")
_TARGET = re.compile(r"(?:^|`|    )make ([a-z][a-z0-9-]*)")
PAGE_IDS = [str(page.relative_to(ROOT)) for page in PAGES]


@cache
def anchors(page: Path) -> set[str]:
    """The anchors that GitHub makes of the page's headings."""
    headings = _HEADING.findall(_FENCED.sub("", page.read_text(encoding="utf-8")))
    texts = (re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", heading) for heading in headings)
    return {re.sub(r"[^\w\- ]", "", text.lower()).replace(" ", "-") for text in texts}


def broken(page: Path, link: str) -> bool:
    path, _, anchor = link.partition("#")
    target = (page.parent / path).resolve() if path else page
    return not target.exists() or (bool(anchor) and target.suffix == ".md" and anchor not in anchors(target))


@pytest.mark.parametrize("page", PAGES, ids=PAGE_IDS)
def test_every_link_leads_to_a_file_and_a_heading(page: Path) -> None:
    links = _LINK.findall(_FENCED.sub("", page.read_text(encoding="utf-8")))
    assert [link for link in links if broken(page, link)] == []


def test_the_index_links_to_every_page() -> None:
    linked = set(_LINK.findall((ROOT / "docs/index.md").read_text(encoding="utf-8")))
    assert {page.name for page in ROOT.glob("docs/*.md")} - {"index.md"} <= linked


@pytest.mark.parametrize("page", PAGES, ids=PAGE_IDS)
def test_every_command_and_option_exists(page: Path) -> None:
    unknown = []
    for name, rest in _COMMAND.findall(page.read_text(encoding="utf-8")):
        command = typer.main.get_command(app).get_command(None, name)  # type: ignore[attr-defined]
        options = known_options(command) if command else set()
        unknown += [f"{name} {option}" for option in _OPTION.findall(rest.partition("#")[0]) if option not in options]
        unknown += [] if command else [name]
    assert unknown == []


def known_options(command: object) -> set[str]:
    """Of a command, and of all commands below it."""
    own = {option for parameter in getattr(command, "params", ()) for option in parameter.opts}
    return own.union({"--help"}, *(known_options(below) for below in getattr(command, "commands", {}).values()))


@pytest.mark.parametrize("page", PAGES, ids=PAGE_IDS)
def test_every_make_target_exists(page: Path) -> None:
    targets = set(re.findall(r"^([a-z][a-z0-9-]*):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    assert set(_TARGET.findall(page.read_text(encoding="utf-8"))) <= targets
