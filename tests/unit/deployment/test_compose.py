"""Everything that docker/compose.yaml names exists: settings, modules, build targets, queues."""

from __future__ import annotations

import importlib.util
import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from syncline.aws import settings
from syncline.local.provision import BUCKET, NAME

DOCKER = Path(__file__).resolve().parents[3] / "docker"
SERVICES: dict[str, dict[str, Any]] = yaml.safe_load((DOCKER / "compose.yaml").read_text(encoding="utf-8"))["services"]
BUILT = {name: service for name, service in SERVICES.items() if "build" in service}


@pytest.mark.parametrize("name", BUILT)
def test_the_environment_is_one_that_settings_accept(name: str) -> None:
    environment = BUILT[name]["environment"]
    chosen = settings.read(environment)
    assert chosen.bucket == BUCKET
    assert chosen.table == f"{NAME}-jobs"
    for queue in ("ingest", "live", "bulk"):
        assert getattr(chosen, f"{queue}_queue").endswith(f"/{NAME}-{queue}")
        assert getattr(chosen, f"{queue}_dead_letters").endswith(f"/{NAME}-{queue}-dead-letters")


@pytest.mark.parametrize("name", BUILT)
def test_the_command_of_a_service_exists(name: str) -> None:
    command = BUILT[name]["command"]
    if "-m" in command:
        assert importlib.util.find_spec(command[command.index("-m") + 1])
    else:
        assert command[:2] in (["syncline", "worker"], ["syncline", "translate-server"])


@pytest.mark.parametrize("name", BUILT)
def test_its_image_is_a_target_of_the_dockerfile(name: str) -> None:
    build = BUILT[name]["build"]
    dockerfile = (DOCKER / build["context"] / build["dockerfile"]).read_text(encoding="utf-8")
    assert re.search(rf"^FROM .* AS {build['target']}$", dockerfile, re.MULTILINE)


def test_every_dependency_and_volume_exists() -> None:
    whole = yaml.safe_load((DOCKER / "compose.yaml").read_text(encoding="utf-8"))
    for service in SERVICES.values():
        assert set(service.get("depends_on", {})) <= set(SERVICES)
        assert {volume.split(":")[0] for volume in service.get("volumes", [])} <= set(whole["volumes"])


@pytest.mark.parametrize("dockerfile", ["worker.Dockerfile", "lambda.Dockerfile"])
def test_what_an_image_copies_is_sent_to_the_builder(dockerfile: str) -> None:
    ignored = (DOCKER.parent / ".dockerignore").read_text(encoding="utf-8").splitlines()
    sent = {line[1:] for line in ignored if line.startswith("!")}
    copied = re.findall(r"^COPY (?!--from)(.*) \S+$", (DOCKER / dockerfile).read_text(encoding="utf-8"), re.MULTILINE)
    for path in " ".join(copied).split():
        assert (DOCKER.parent / path).exists()
        assert any(Path(path).match(pattern) or Path(path).parts[0] == pattern for pattern in sent), path
