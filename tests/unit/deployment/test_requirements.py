"""The images install pinned files, not pyproject.toml: what it names has to be in them."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

ROOT = Path(__file__).parents[3]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
# The function that aligns takes its jobs from Lambda itself and does not translate.
NOT_IN_THE_FUNCTION = {"celery", "ctranslate2", "sentencepiece", "urllib3"}


def names(lines: list[str]) -> set[str]:
    found = (re.match(r"[A-Za-z0-9][A-Za-z0-9._-]*", line) for line in lines)
    return {re.sub(r"[-_.]+", "-", match[0]).lower() for match in found if match}


def pinned(path: str) -> set[str]:
    return names((ROOT / path).read_text(encoding="utf-8").splitlines())


def test_the_worker_image_has_all_that_a_worker_and_the_translation_server_need() -> None:
    extras = PROJECT["optional-dependencies"]
    needed = names([*PROJECT["dependencies"], *extras["worker"], *extras["translate-server"]])
    assert needed <= pinned("docker/requirements-worker.txt")


def test_the_aligning_function_s_image_has_all_that_aligning_needs() -> None:
    needed = names(PROJECT["optional-dependencies"]["worker"]) - NOT_IN_THE_FUNCTION
    assert needed <= pinned("docker/requirements-lambda.in")
    assert pinned("docker/requirements-lambda.in") <= pinned("docker/requirements-lambda.txt")


def test_the_functions_zip_has_what_it_names() -> None:
    given_by_the_runtime = {"boto3"}
    assert pinned("lambdas/requirements.in") - given_by_the_runtime <= pinned("lambdas/requirements.txt")
