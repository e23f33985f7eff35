"""Generate the references in this repository from the tables that the code uses.

    python scripts/make_references.py            # write what is out of date
    python scripts/make_references.py --check    # write nothing; exit code 1 if something is out of date

To add a reference, write a function that returns its text and add one line to REFERENCES.
"""

from __future__ import annotations

import argparse
import dataclasses
import json
import sys
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))


def openapi() -> str:
    from scripts.openapi import document

    return json.dumps(document(), indent=2, ensure_ascii=False) + "\n"


def settings() -> str:
    """docs/settings.md."""
    from syncline.aws import settings as module

    rows = [
        f"| `{module.variable(item.name)}` | {_shown(item.default)} | {item.metadata['help']} |"
        for item in dataclasses.fields(module.Settings)
    ]
    return "\n".join([SETTINGS_INTRODUCTION, "| variable | default | meaning |", "|---|---|---|", *rows]) + "\n"


SETTINGS_INTRODUCTION = """\
# Settings

Every program reads its settings from environment variables when it starts. It refuses unknown names that begin with
`SYNCLINE_`, and bad values. `terraform output -json environment` and `syncline local` print the variables of a
deployment. AWS's own variables (`AWS_REGION`, `AWS_PROFILE`, `AWS_ENDPOINT_URL`, …) have their usual meaning.

This page is generated from `syncline/aws/settings.py` by `make docs`.
"""


def _shown(default: object) -> str:
    return "none" if default in (None, ()) else f"`{default}`"


def command_line() -> str:
    from scripts.cli_reference import document

    return document()


def formats_page() -> str:
    from scripts.formats_page import document

    return document()


def languages_page() -> str:
    from scripts.languages_page import document

    return document()


def benchmarks_page() -> str:
    from scripts.benchmarks_page import document

    return document()


def _with_figures() -> dict[str, Callable[[], str]]:
    from scripts.benchmarks_page import charts, quoting_pages

    return {**quoting_pages(), **charts()}


REFERENCES: dict[str, Callable[[], str]] = {
    **_with_figures(),
    "docs/benchmarks.md": benchmarks_page,
    "docs/cli.md": command_line,
    "lambdas/web/openapi.json": openapi,
    "docs/formats.md": formats_page,
    "docs/languages.md": languages_page,
    "docs/settings.md": settings,
}


def outdated() -> list[str]:
    return [path for path, text in REFERENCES.items() if _current(path) != text()]


def _current(path: str) -> str | None:
    file = ROOT / path
    return file.read_text(encoding="utf-8") if file.exists() else None


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--check", action="store_true", help="write nothing; exit code 1 if something is out of date")
    check = parser.parse_args().check
    paths = outdated()
    for path in paths:
        if not check:
            (ROOT / path).parent.mkdir(exist_ok=True)
            (ROOT / path).write_text(REFERENCES[path](), encoding="utf-8")
        print(f"{path} {'is out of date: run python scripts/make_references.py' if check else 'written'}")
    return 1 if check and paths else 0


if __name__ == "__main__":
    sys.exit(main())
