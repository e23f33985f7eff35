"""The images install pinned requirements: these must include every dependency of pyproject.toml."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

ROOT = Path(__file__).parents[3]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
# Lambda gives the aligning function its messages, and the function does not translate.
NOT_IN_THE_FUNCTION = {"celery", "ctranslate2", "sentencepiece", "urllib3"}


def names(lines: list[str]) -> set[str]:
    found = (re.match(r"[A-Za-z0-9][A-Za-z0-9._-]*", line) for line in lines)
    return {re.sub(r"[-_.]+", "-", match[0]).lower() for match in found if match}


def pinned(path: str) -> set[str]:
    return names((ROOT / path).read_text(encoding="utf-8").splitlines())


def test_the_worker_image_has_the_dependencies_of_worker_and_translation_server() -> None:
    extras = PROJECT["optional-dependencies"]
    needed = names([*PROJECT["dependencies"], *extras["worker"], *extras["translate-server"]])
    assert needed <= pinned("docker/requirements-worker.txt")


def test_the_lambda_image_has_the_dependencies_of_the_aligner() -> None:
    needed = names(PROJECT["optional-dependencies"]["worker"]) - NOT_IN_THE_FUNCTION
    assert needed <= pinned("docker/requirements-lambda.in")
    assert pinned("docker/requirements-lambda.in") <= pinned("docker/requirements-lambda.txt")


def test_the_zip_has_the_dependencies_of_the_functions() -> None:
    given_by_the_runtime = {"boto3"}
    assert pinned("lambdas/requirements.in") - given_by_the_runtime <= pinned("lambdas/requirements.txt")
