"""Upload recordings to the deployment, and check their jobs through the status URL.

The aligning function runs the first job, without a worker. A worker runs the second, without that function.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import threading
import urllib.error
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from scripts.apply_check.deployed import Functions, event_sources, start_worker
from scripts.apply_check.processes import ROOT, CheckError, Processes, wait_for
from syncline.aws import clients
from syncline.core import layout, results
from syncline.core.alignment import from_json
from syncline.local.function_url import FunctionUrlServer
from syncline.local.stack import free_port

JOB_SECONDS = 240


def align_recordings(processes: Processes, functions: Functions, outputs: dict[str, Any]) -> None:
    bucket = outputs["environment"]["SYNCLINE_BUCKET"]
    token = clients.client("secretsmanager").get_secret_value(SecretId=outputs["token_secret_arn"])["SecretString"]
    with running(functions) as status_url:
        align("hello", "aligning function", bucket, status_url, token)
        check_token_is_required(status_url)
    with running(functions, without=["syncline-align"]) as status_url:
        start_worker(processes)
        align("voicemail", "worker", bucket, status_url, token)


def align(sample: str, aligner: str, bucket: str, status_url: str, token: str) -> None:
    upload(bucket, sample)
    key = f"uploads/checked/{sample}.wav"
    job = wait_for(lambda: finished_job(status_url, key, token), seconds=JOB_SECONDS, what=f"the job of the {aligner}")
    words = check_alignment(job)
    print(f"ok: aws s3 cp, functions from the zip, {aligner}, status URL: {words} words aligned", flush=True)


@contextmanager
def running(functions: Functions, *, without: Sequence[str] = ()) -> Iterator[str]:
    """Poll for the mappings, and serve the status function; gives the address of the status URL."""
    stop = threading.Event()
    polls = [source.run_until for source in event_sources(functions, without=without)]
    status = FunctionUrlServer(functions.start("syncline-status"), port=free_port(), function_name="syncline-status")
    threads = [threading.Thread(target=poll, args=(stop,), daemon=True) for poll in polls]
    threads.append(threading.Thread(target=status.serve_forever, daemon=True))
    for thread in threads:
        thread.start()
    try:
        yield f"http://127.0.0.1:{status.server_address[1]}"
    finally:
        stop.set()
        status.shutdown()
        for thread in threads:
            thread.join(10)


def upload(bucket: str, sample: str) -> None:
    """Upload with the stock aws command line, as a user would."""
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', '')}"
    aws = shutil.which("aws", path=path) or "aws"
    for suffix in (".txt", ".wav"):
        address = f"s3://{bucket}/{layout.UPLOADS}checked/{sample}{suffix}"
        file = ROOT / "samples" / f"{sample}{suffix}"
        subprocess.run([aws, "s3", "cp", "--only-show-errors", str(file), address], check=True)


def finished_job(status_url: str, key: str, token: str) -> dict[str, Any] | None:
    request = urllib.request.Request(  # noqa: S310 - an address on loopback
        f"{status_url}/jobs?key={key}", headers={"Authorization": f"Bearer {token}"}
    )
    try:
        with urllib.request.urlopen(request, timeout=60) as response:  # noqa: S310 - an address on loopback
            job = json.load(response)
    except urllib.error.HTTPError as error:
        if error.code == 404:
            return None
        raise CheckError(f"The status URL answered {error.code}: {error.read().decode()}") from error
    return job if job["state"] in ("SUCCEEDED", "FAILED", "REJECTED") else None


def check_alignment(job: dict[str, Any]) -> str:
    if job["state"] != "SUCCEEDED":
        raise CheckError(f"The job ended as {job['state']}: {job.get('error')}")
    link = next(result["url"] for result in job["results"] if result["name"] == results.ALIGNMENT_NAME)
    with urllib.request.urlopen(link, timeout=60) as response:  # noqa: S310 - an address on loopback
        words = from_json(response.read().decode()).words
    aligned = sum(1 for word in words if word.start is not None)
    if not words or aligned < 0.8 * len(words):
        raise CheckError(f"{aligned} of {len(words)} words were aligned.")
    return f"{aligned} of {len(words)}"


def check_token_is_required(status_url: str) -> None:
    try:
        with urllib.request.urlopen(f"{status_url}/jobs?state=FAILED", timeout=60):  # noqa: S310
            raise CheckError("The status URL answered without the token.")
    except urllib.error.HTTPError as error:
        if error.code != 401:
            raise CheckError(f"Without the token the status URL answered {error.code}, not 401.") from error
    print("ok: the status URL refuses requests without the token", flush=True)
