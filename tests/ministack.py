"""MiniStack, a second implementation of S3, SQS and DynamoDB beside moto: it checks signatures and POST policies.

It runs from an environment of its own, because it pins botocore: scripts/setup_ministack.sh.
"""

from __future__ import annotations

import contextlib
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

from syncline.local.stack import aws_environment, free_port
from tests.local_aws import START_SECONDS, answers, wait_for

PROGRAM = Path(__file__).parents[1] / ".venv-ministack/bin/ministack"
MISSING = "MiniStack is not installed: bash scripts/setup_ministack.sh"


@contextlib.contextmanager
def ministack_server(folder: Path) -> Iterator[str]:
    """-> its address. It knows the credentials of `aws_environment`, and refuses every other signature."""
    url = f"http://127.0.0.1:{free_port()}"
    kept = {key: value for key, value in os.environ.items() if not key.startswith(("AWS_", "SYNCLINE_"))}
    credentials = {key: value for key, value in aws_environment(url).items() if key != "AWS_ENDPOINT_URL"}
    own = {"GATEWAY_PORT": url.rpartition(":")[2], "BIND_HOST": "127.0.0.1", "AUTH": "true", "LOG_LEVEL": "WARNING"}
    with (folder / "ministack.txt").open("wb") as log:
        server = subprocess.Popen([PROGRAM], env=kept | credentials | own, stdout=log, stderr=subprocess.STDOUT)
    try:
        wait_for(lambda: answers(f"{url}/_ministack/health"), seconds=START_SECONDS, what="MiniStack")
        yield url
    finally:
        server.kill()
        server.wait()
