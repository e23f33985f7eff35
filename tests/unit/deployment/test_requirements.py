"""The images install pinned requirements: these must include every dependency of pyproject.toml."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest

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


@pytest.mark.parametrize(
    ("requirements", "extras"),
    [
        ("docker/requirements-enrich.txt", ["enrich"]),
        ("docker/requirements-languages.txt", ["languages", "languages-cjk"]),
    ],
)
def test_a_worker_image_with_more_has_its_dependencies_and_all_others_as_pinned(
    requirements: str, extras: list[str]
) -> None:
    with_more, without = (
        set(re.findall(r"^[a-z0-9][\w.\[\],-]*==\S+", (ROOT / path).read_text(encoding="utf-8"), re.MULTILINE))
        for path in (requirements, "docker/requirements-worker.txt")
    )
    assert without <= with_more
    for extra in extras:
        assert names(PROJECT["optional-dependencies"][extra]) <= pinned(requirements)


def test_the_lambda_image_has_the_dependencies_of_the_aligner() -> None:
    needed = names(PROJECT["optional-dependencies"]["worker"]) - NOT_IN_THE_FUNCTION
    assert needed <= pinned("docker/requirements-lambda.in")
    assert pinned("docker/requirements-lambda.in") <= pinned("docker/requirements-lambda.txt")


def test_the_zip_has_the_dependencies_of_the_functions() -> None:
    given_by_the_runtime = {"boto3"}
    assert pinned("lambdas/requirements.in") - given_by_the_runtime <= pinned("lambdas/requirements.txt")


def test_the_build_dependencies_are_pinned() -> None:
    with (ROOT / "pyproject.toml").open("rb") as file:
        required = tomllib.load(file)["build-system"]["requires"]
    listed = (ROOT / "docker/requirements-build.in").read_text(encoding="utf-8").splitlines()
    assert [line for line in listed if not line.startswith("#")] == required
    assert names(required) <= pinned("docker/requirements-build.txt")


@pytest.mark.parametrize("dockerfile", ["worker.Dockerfile", "lambda.Dockerfile"])
def test_images_install_packages_only_by_hash(dockerfile: str) -> None:
    text = (ROOT / "docker" / dockerfile).read_text(encoding="utf-8").replace("\\\n", " ")
    installs = re.findall(r"pip (?:--python \S+ )?install ([^&\n]*)", text)
    assert installs
    for arguments in installs:
        own_source = "/source" in arguments
        assert "--no-deps --no-build-isolation" in arguments if own_source else "--require-hashes" in arguments, (
            arguments
        )


@pytest.mark.parametrize("path", sorted((ROOT / "docker").glob("requirements-*.txt")), ids=lambda path: path.name)
def test_every_pinned_package_has_hashes(path: Path) -> None:
    packages = path.read_text(encoding="utf-8").replace("\\\n", " ").splitlines()
    pins = [line for line in packages if re.match(r"[a-z0-9]", line)]
    assert pins
    assert [line for line in pins if "==" not in line or "--hash=sha256:" not in line] == []


def test_pytorch_is_the_version_that_is_tested() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    [tested] = set(re.findall(r'"torch==([\d.]+)"', makefile))
    assert f"torch=={tested} " in (ROOT / "docker/requirements-models.txt").read_text(encoding="utf-8")
