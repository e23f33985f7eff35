"""Run what Terraform deployed: the functions, their event source mappings, and the worker.

moto runs none of them. Functions of the zip run from the zip. The aligning function and the worker, which are images on
AWS, run from this checkout.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
import zipfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import boto3

from scripts.apply_check.processes import ROOT, Processes, wait_for
from syncline.aws import clients
from syncline.local.event_source import EventSource, Handler

FUNCTIONS_ZIP = ROOT / "dist" / "syncline-lambdas-arm64.zip"
# The packages that AWS's Python runtime provides.
RUNTIME_PACKAGES = ("boto3", "botocore", "s3transfer", "jmespath", "dateutil", "urllib3", "six.py")
ALIGN_HANDLER = "lambdas.align.handler"  # moto does not return the command of an image
SITE_PACKAGES = Path(boto3.__file__).parents[1]


class Functions:
    """Start functions as processes, with the handler, the variables and the time limit of their resources."""

    def __init__(self, processes: Processes, folder: Path) -> None:
        self._processes = processes
        self._code = folder / "function"
        self._runtime = folder / "runtime"
        with zipfile.ZipFile(FUNCTIONS_ZIP) as archive:
            archive.extractall(self._code)
        self._runtime.mkdir()
        for package in RUNTIME_PACKAGES:
            (self._runtime / package).symlink_to(SITE_PACKAGES / package)

    def start(self, name: str) -> Handler:
        deployed = clients.client("lambda").get_function_configuration(FunctionName=name)
        environment = {key: value for key, value in os.environ.items() if not key.startswith("SYNCLINE_")}
        environment |= deployed["Environment"]["Variables"] | {"POWERTOOLS_SERVICE_NAME": name}
        if deployed["PackageType"] == "Image":
            return self._start(name, ALIGN_HANDLER, (ROOT, SITE_PACKAGES), environment, deployed["Timeout"])
        return self._start(name, deployed["Handler"], (self._code, self._runtime), environment, deployed["Timeout"])

    def _start(
        self, name: str, handler_name: str, folders: tuple[Path, Path], environment: dict[str, str], seconds: int
    ) -> Handler:
        reading, writing = os.pipe()
        command = [sys.executable, "-I", "-S", "scripts/function_in_zip.py", *map(str, folders)]
        process = self._processes.start(
            name, [*command, str(writing)], environment, stdin=subprocess.PIPE, pass_fds=(writing,)
        )
        os.close(writing)
        results = os.fdopen(reading)
        one_at_a_time = threading.Lock()

        def handler(event: dict[str, Any], context: Any) -> Any:
            with one_at_a_time:
                process.stdin.write(
                    json.dumps({"handler": handler_name, "event": event, "seconds": seconds}).encode() + b"\n"
                )
                process.stdin.flush()
                line = results.readline()
            result = json.loads(line) if line else {"error": f"{name} exited"}
            if "error" in result:
                raise RuntimeError(result["error"])
            return result["answer"]

        return handler


def event_sources(functions: Functions, *, without: Sequence[str] = ()) -> list[EventSource]:
    """The event source mappings that Terraform made, without those of some functions. moto does not poll for them."""
    mappings = clients.client("lambda").list_event_source_mappings()["EventSourceMappings"]
    return [_event_source(mapping, functions) for mapping in mappings if _function_of(mapping) not in without]


def _event_source(mapping: dict[str, Any], functions: Functions) -> EventSource:
    sqs = clients.client("sqs")
    queue = mapping["EventSourceArn"].rpartition(":")[2]
    url = sqs.get_queue_url(QueueName=queue)["QueueUrl"]
    name = _function_of(mapping)
    return EventSource(sqs, url, name, functions.start(name), batch_size=mapping["BatchSize"])


def _function_of(mapping: dict[str, Any]) -> str:
    return mapping["FunctionArn"].rpartition(":")[2]


def start_worker(processes: Processes) -> None:
    """Start the worker with the variables of its task definition, and wait until it is alive."""
    task = clients.client("ecs").describe_task_definition(taskDefinition="syncline-worker")["taskDefinition"]
    variables = {item["name"]: item["value"] for item in task["containerDefinitions"][0]["environment"]}
    temporary = processes.folder / "worker"
    temporary.mkdir()
    # The local stack's worker polls in short turns, so that it also stops soon; everything else is as deployed.
    command = [sys.executable, "-P", "-m", "worker", "--exit-with-parent", "--wait-seconds", "1"]
    processes.start("worker", command, dict(os.environ) | variables | {"TMPDIR": str(temporary)})
    wait_for((temporary / "syncline-worker.alive").exists, seconds=60, what="the worker's liveness file")
