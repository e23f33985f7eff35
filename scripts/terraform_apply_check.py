"""`make terraform-apply-check`: apply the deployment for real, to moto in place of AWS, and let a recording through it.

1. terraform apply of the whole root module, as a user of it would call it;
2. queues, table and bucket notification compared with what the local stack makes;
3. the functions of dist/*.zip, with the handlers, variables, queues and batch sizes that Terraform gave them; a real
   worker with the variables of its task definition; the status function behind a URL, with the token from the secret;
4. `aws s3 cp` of a recording and its transcript: the job must come back SUCCEEDED, and its words aligned.

What is not installed is skipped, and said. Nothing is left running.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from syncline.aws import clients  # noqa: E402 - the repository's own, wherever this is started
from syncline.aws.settings import Settings  # noqa: E402
from syncline.core import layout, results  # noqa: E402 - the repository's own, wherever this is started
from syncline.core.alignment import from_json  # noqa: E402
from syncline.local import stack  # noqa: E402
from syncline.local.event_source import EventSource  # noqa: E402
from syncline.local.function_url import server  # noqa: E402
from syncline.local.provision import provision  # noqa: E402
from syncline.local.stack import free_port, in_environment  # noqa: E402

ZIP = ROOT / "dist" / "syncline-lambdas-arm64.zip"
MIRROR = Path(os.environ.get("TF_PLUGIN_MIRROR", "/opt/tf-plugins"))
REGION = "eu-west-1"
APPLY_SECONDS = 900
JOB_SECONDS = 240
# What AWS's Python runtime brings along.
RUNTIME_PACKAGES = ("boto3", "botocore", "s3transfer", "jmespath", "dateutil", "urllib3", "six.py")

MAIN_TF = """
provider "aws" {
  region                      = "%(region)s"
  s3_use_path_style           = true
  skip_credentials_validation = true
  skip_metadata_api_check     = true
  max_retries                 = 3 # what moto lacks, it lacks for good
}

module "syncline" {
  source = "%(module)s"

  name               = "syncline"
  functions_zip      = "%(zip)s"
  worker_image       = "123456789012.dkr.ecr.eu-west-1.amazonaws.com/syncline:0.1.0"
  status_auth        = "token"
  translate_server   = {}
  job_emails         = ["captions@example.org"]
  alarm_emails       = ["on-call@example.org"]
  monthly_budget_usd = 100
}

output "environment" {
  value = module.syncline.environment
}

output "token_secret_arn" {
  value = module.syncline.token_secret_arn
}
"""


@dataclass
class Stage:
    """Everything that was started, so that everything is ended."""

    folder: Path
    processes: list[subprocess.Popen[Any]] = field(default_factory=list)

    def start(self, name: str, command: list[str], environment: dict[str, str], **how: Any) -> subprocess.Popen[Any]:
        log = (self.folder / f"{name}.log").open("wb")
        how = {"stdin": subprocess.DEVNULL, "stdout": log} | how
        process = subprocess.Popen(command, env=environment, stderr=subprocess.STDOUT, cwd=ROOT, **how)
        self.processes.append(process)
        return process

    def end(self) -> None:
        for process in reversed(self.processes):
            process.terminate()
        for process in reversed(self.processes):
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(10)
            process.kill()
            process.wait()


def main() -> int:
    missing = what_is_missing()
    if missing:
        print(f"skipped: {missing}")
        return 0
    folder = Path(tempfile.mkdtemp(prefix="syncline-apply-"))
    stage = Stage(folder)
    try:
        check(stage)
    except Failure as failure:
        print(f"FAILED: {failure}\nThe logs are in {folder}.")
        return 1
    finally:
        stage.end()
    shutil.rmtree(folder)
    return 0


class Failure(Exception):
    """Raised with what does not hold."""


def what_is_missing() -> str | None:
    if shutil.which("terraform") is None:
        return "terraform is not installed (https://developer.hashicorp.com/terraform/install)"
    if not ZIP.exists():
        return f"there is no {ZIP.relative_to(ROOT)}: run `make zip` first"
    return None


def check(stage: Stage) -> None:
    address = start_aws(stage, "aws", "scripts/aws_for_terraform.py")
    with in_environment(aws_environment(address)):
        outputs = apply(stage)
        if outputs is None:
            print("skipped: the AWS provider is not here and could not be downloaded")
            return
        compare_with_local_stack(stage, outputs["environment"])
        run_a_recording(stage, outputs)


def start_aws(stage: Stage, name: str, program: str) -> str:
    port = free_port()
    process = stage.start(name, [sys.executable, program, str(port)], dict(os.environ))
    address = f"http://127.0.0.1:{port}"
    wait_for(lambda: answers(f"{address}/moto-api/") or process.poll() is not None, seconds=60, what="moto to answer")
    return address


def aws_environment(address: str, region: str = REGION) -> dict[str, str]:
    return {
        "AWS_ENDPOINT_URL": address,
        "AWS_REGION": region,
        "AWS_DEFAULT_REGION": region,
        "AWS_ACCESS_KEY_ID": "check",
        "AWS_SECRET_ACCESS_KEY": "check",
        "AWS_EC2_METADATA_DISABLED": "true",
    }


# ---------------------------------------------------------------- apply


def apply(stage: Stage) -> dict[str, Any] | None:
    """-> the outputs, or None if there is no provider to apply with."""
    folder = stage.folder / "terraform"
    folder.mkdir()
    (folder / "main.tf").write_text(MAIN_TF % {"module": ROOT / "terraform", "region": REGION, "zip": ZIP})
    environment = terraform_environment(folder)
    if terraform(folder, environment, "init", "-input=false").returncode:
        if "Failed to query available provider packages" in (folder / "init.log").read_text():
            return None
        raise Failure(f"terraform init: {last_words(folder / 'init.log')}")
    started = time.monotonic()
    if terraform(folder, environment, "apply", "-input=false", "-auto-approve").returncode:
        raise Failure(f"terraform apply: {last_words(folder / 'apply.log')}")
    resources = (folder / "apply.log").read_text().count(": Creation complete after")
    print(f"ok: terraform apply: {resources} resources in {time.monotonic() - started:.0f} s", flush=True)
    return {name: output["value"] for name, output in terraform_json(folder, environment, "output", "-json").items()}


def terraform_environment(folder: Path) -> dict[str, str]:
    environment = dict(os.environ) | {"TF_IN_AUTOMATION": "1", "CHECKPOINT_DISABLE": "1"}
    given = environment.pop("TF_CLI_CONFIG_FILE", None)
    if given and Path(given).exists():
        environment["TF_CLI_CONFIG_FILE"] = given
    elif any(MIRROR.glob("*/hashicorp/aws")):
        chosen = folder / "terraformrc"
        chosen.write_text(f'provider_installation {{\n  filesystem_mirror {{\n    path = "{MIRROR}"\n  }}\n}}\n')
        environment["TF_CLI_CONFIG_FILE"] = str(chosen)
    return environment


def terraform(folder: Path, environment: dict[str, str], *words: str) -> subprocess.CompletedProcess[Any]:
    with (folder / f"{words[0]}.log").open("wb") as log:
        return subprocess.run(
            ["terraform", *words, "-no-color"], cwd=folder, env=environment, stdout=log, stderr=subprocess.STDOUT,
            timeout=APPLY_SECONDS, check=False,
        )  # fmt: skip


def terraform_json(folder: Path, environment: dict[str, str], *words: str) -> Any:
    answer = subprocess.run(["terraform", *words], cwd=folder, env=environment, capture_output=True, check=True)
    return json.loads(answer.stdout)


# ---------------------------------------------------------------- the same as the local stack


def compare_with_local_stack(stage: Stage, environment: dict[str, str]) -> None:
    theirs = Settings(
        bucket=environment["SYNCLINE_BUCKET"],
        table=environment["SYNCLINE_TABLE"],
        **{name: environment[f"SYNCLINE_{name.upper()}"] for name in QUEUES},
    )
    made = describe(theirs)
    address = start_aws(stage, "local-aws", "-msyncline.local.moto_server")
    with in_environment(aws_environment(address, stack.REGION)):
        wanted = describe(provision(Settings()))
    for name, value in wanted.items():
        if made[name] != value:
            raise Failure(f"{name}: Terraform makes {made[name]}, the local stack {value}.")
    print(f"ok: the same as the local stack: {', '.join(wanted)}", flush=True)


QUEUES = (
    "ingest_queue", "live_queue", "bulk_queue", "ingest_dead_letters", "live_dead_letters", "bulk_dead_letters",
)  # fmt: skip


def describe(settings: Settings) -> dict[str, Any]:
    """What must not differ, without what lies in the nature of the place."""
    found: dict[str, Any] = {"table": _table(settings), "notification": _notification(settings)}
    return found | {name: _queue(getattr(settings, name), name) for name in QUEUES}


def _queue(url: str, name: str) -> dict[str, Any]:
    attributes = clients.client("sqs").get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]
    described = {"name": url.rpartition("/")[2], "retention": attributes["MessageRetentionPeriod"]}
    if name.endswith("_queue"):
        redrive = json.loads(attributes["RedrivePolicy"])
        described["visibility"] = attributes["VisibilityTimeout"]
        described["receives"] = str(redrive["maxReceiveCount"])
        described["dead letters"] = redrive["deadLetterTargetArn"].rpartition(":")[2]
    return described


def _table(settings: Settings) -> dict[str, Any]:
    table = clients.client("dynamodb").describe_table(TableName=settings.need("table"))["Table"]
    index = table["GlobalSecondaryIndexes"][0]
    return {
        "name": table["TableName"],
        "keys": table["KeySchema"],
        "attributes": sorted((item["AttributeName"], item["AttributeType"]) for item in table["AttributeDefinitions"]),
        "index": (index["IndexName"], index["KeySchema"], index["Projection"]),
        "billing": table["BillingModeSummary"]["BillingMode"],
    }


def _notification(settings: Settings) -> list[Any]:
    found = clients.client("s3").get_bucket_notification_configuration(Bucket=settings.need("bucket"))
    return [
        {
            "events": rule["Events"],
            "queue": rule["QueueArn"].rpartition(":")[2],
            "prefixes": [part["Value"] for part in rule["Filter"]["Key"]["FilterRules"]],
        }
        for rule in found["QueueConfigurations"]
    ]


# ---------------------------------------------------------------- a recording


def run_a_recording(stage: Stage, outputs: dict[str, Any]) -> None:
    environment = outputs["environment"]
    functions = Functions(stage)
    stop = threading.Event()
    threads = [
        threading.Thread(target=event_source(mapping, functions).run_until, args=(stop,), daemon=True)
        for mapping in clients.client("lambda").list_event_source_mappings()["EventSourceMappings"]
    ]
    status = server(functions.named("syncline-status"), port=free_port(), function_name="syncline-status")
    threads.append(threading.Thread(target=status.serve_forever, daemon=True))
    for thread in threads:
        thread.start()
    try:
        start_worker(stage)
        drop(environment["SYNCLINE_BUCKET"], "hello")
        token = clients.client("secretsmanager").get_secret_value(SecretId=outputs["token_secret_arn"])["SecretString"]
        job = wait_for(
            lambda: ended(status.server_address[1], "uploads/checked/hello.wav", token),
            seconds=JOB_SECONDS,
            what="the job to end",
        )
        look_at(job)
        refuse_without_token(status.server_address[1])
    finally:
        stop.set()
        status.shutdown()
        for thread in threads:
            thread.join(10)


class Functions:
    """What Terraform deployed, run from the zip: one process a function, with its own variables."""

    def __init__(self, stage: Stage) -> None:
        self._stage = stage
        self._code = stage.folder / "function"
        self._runtime = stage.folder / "runtime"
        with zipfile.ZipFile(ZIP) as archive:
            archive.extractall(self._code)
        self._runtime.mkdir()
        for package in RUNTIME_PACKAGES:
            (self._runtime / package).symlink_to(self._site_packages() / package)

    def _site_packages(self) -> Path:
        import boto3

        return Path(boto3.__file__).parents[1]

    def named(self, name: str) -> Callable[[dict[str, Any], Any], Any]:
        made = clients.client("lambda").get_function_configuration(FunctionName=name)
        environment = {key: value for key, value in os.environ.items() if not key.startswith("SYNCLINE_")}
        environment |= made["Environment"]["Variables"] | {"POWERTOOLS_SERVICE_NAME": name}
        reading, writing = os.pipe()
        command = [sys.executable, "-I", "-S", "scripts/function_in_zip.py", str(self._code), str(self._runtime)]
        process = self._stage.start(
            name, [*command, str(writing)], environment, stdin=subprocess.PIPE, pass_fds=(writing,)
        )
        os.close(writing)
        answers = os.fdopen(reading)
        one_at_a_time = threading.Lock()

        def handler(event: dict[str, Any], context: Any) -> Any:
            with one_at_a_time:
                process.stdin.write(json.dumps({"handler": made["Handler"], "event": event}).encode() + b"\n")
                process.stdin.flush()
                line = answers.readline()
            found = json.loads(line) if line else {"error": f"{name} ended"}
            if "error" in found:
                raise RuntimeError(found["error"])
            return found["answer"]

        return handler


def event_source(mapping: dict[str, Any], functions: Functions) -> EventSource:
    queue = mapping["EventSourceArn"].rpartition(":")[2]
    name = mapping["FunctionArn"].rpartition(":")[2]
    url = clients.client("sqs").get_queue_url(QueueName=queue)["QueueUrl"]
    return EventSource(clients.client("sqs"), url, name, functions.named(name))


def start_worker(stage: Stage) -> None:
    found = clients.client("ecs").describe_task_definition(taskDefinition="syncline-worker")["taskDefinition"]
    container = found["containerDefinitions"][0]
    given = {item["name"]: item["value"] for item in container["environment"]}
    temporary = stage.folder / "worker"
    temporary.mkdir()
    # moto is polled in short turns, so that the worker also ends soon; everything else is the task definition's.
    stage.start(
        "worker", [sys.executable, "-m", "syncline.local.worker"], dict(os.environ) | given | {"TMPDIR": str(temporary)}
    )
    sign = temporary / "syncline-worker.alive"
    wait_for(sign.exists, seconds=60, what="the worker's sign of life")


def drop(bucket: str, sample: str) -> None:
    """As a user would: with the stock aws command line."""
    command = shutil.which("aws", path=f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', '')}")
    for suffix in (".txt", ".wav"):
        subprocess.run(
            [command or "aws", "s3", "cp", "--only-show-errors", str(ROOT / "samples" / f"{sample}{suffix}"),
             f"s3://{bucket}/{layout.UPLOADS}checked/{sample}{suffix}"],
            check=True,
        )  # fmt: skip


def ended(port: int, key: str, token: str) -> dict[str, Any] | None:
    request = urllib.request.Request(
        f"http://127.0.0.1:{port}/jobs?key={key}", headers={"Authorization": f"Bearer {token}"}
    )
    try:
        with urllib.request.urlopen(request, timeout=60) as answer:  # noqa: S310 - our own address on loopback
            job = json.load(answer)
    except urllib.error.HTTPError as error:
        if error.code == 404:
            return None
        raise Failure(f"The status URL answered {error.code}: {error.read().decode()}") from error
    return job if job["state"] in ("SUCCEEDED", "FAILED", "REJECTED") else None


def look_at(job: dict[str, Any]) -> None:
    if job["state"] != "SUCCEEDED":
        raise Failure(f"The job ended as {job['state']}: {job.get('error')}")
    link = next(result["url"] for result in job["results"] if result["name"] == results.ALIGNMENT_NAME)
    with urllib.request.urlopen(link, timeout=60) as answer:  # noqa: S310 - moto's address on loopback
        words = from_json(answer.read().decode()).words
    heard = sum(1 for word in words if word.start is not None)
    if not words or heard < 0.8 * len(words):
        raise Failure(f"Of {len(words)} words {heard} were aligned.")
    print(
        f"ok: aws s3 cp, functions from the zip, worker, status URL: {heard} of {len(words)} words aligned", flush=True
    )


def refuse_without_token(port: int) -> None:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/jobs?state=FAILED", timeout=60):
            raise Failure("The status URL answered without the token.")
    except urllib.error.HTTPError as error:
        if error.code != 401:
            raise Failure(f"Without the token the status URL answered {error.code}, not 401.") from error
    print("ok: nothing is told without the token", flush=True)


# ---------------------------------------------------------------- waiting


def wait_for(condition: Callable[[], Any], *, seconds: float, what: str) -> Any:
    deadline = time.monotonic() + seconds
    while not (found := condition()):
        if time.monotonic() > deadline:
            raise Failure(f"Waited {seconds:g} seconds for {what}.")
        time.sleep(0.2)
    return found


def answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=5):  # noqa: S310 - an address on loopback
            return True
    except OSError:
        return False


def last_words(log: Path) -> Iterator[str] | str:
    return "\n".join(log.read_text().splitlines()[-30:])


if __name__ == "__main__":
    sys.exit(main())
