"""terraform init, apply and output, in a folder of the check's own."""

from __future__ import annotations

import json
import os
import subprocess
import time
from pathlib import Path
from typing import Any

from scripts.apply_check.processes import REGION, ROOT, CheckError

PROVIDER_MIRROR = Path(os.environ.get("TF_PLUGIN_MIRROR", "/opt/tf-plugins"))
APPLY_SECONDS = 900

MAIN_TF = """
provider "aws" {
  region                      = "%(region)s"
  s3_use_path_style           = true
  skip_credentials_validation = true
  skip_metadata_api_check     = true
  max_retries                 = 3 # an operation that moto lacks fails every time
}

resource "aws_kms_key" "data" {
  description = "For the bucket, the table, the queues and the token"
}

module "syncline" {
  source = "%(module)s"

  name               = "syncline"
  functions_zip      = "%(zip)s"
  worker_image       = "123456789012.dkr.ecr.eu-west-1.amazonaws.com/syncline:1.0.0"
  aligner            = "both"
  align_image        = "123456789012.dkr.ecr.eu-west-1.amazonaws.com/syncline:1.0.0-align"
  kms_key            = { arn = aws_kms_key.data.arn }
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


class ProviderMissingError(Exception):
    """Neither a local mirror nor the network has the AWS provider."""


def apply(folder: Path, functions_zip: Path) -> dict[str, Any]:
    """Apply the root module, and return its outputs."""
    folder.mkdir()
    (folder / "main.tf").write_text(MAIN_TF % {"module": ROOT / "terraform", "region": REGION, "zip": functions_zip})
    environment = terraform_environment(folder)
    if terraform(folder, environment, "init", "-input=false").returncode:
        if "Failed to query available provider packages" in (folder / "init.log").read_text():
            raise ProviderMissingError
        raise CheckError(f"terraform init: {last_lines(folder / 'init.log')}")
    started = time.monotonic()
    if terraform(folder, environment, "apply", "-input=false", "-auto-approve").returncode:
        raise CheckError(f"terraform apply: {last_lines(folder / 'apply.log')}")
    resources = (folder / "apply.log").read_text().count(": Creation complete after")
    print(f"ok: terraform apply: {resources} resources in {time.monotonic() - started:.0f} s", flush=True)
    return {name: output["value"] for name, output in terraform_json(folder, environment, "output", "-json").items()}


def terraform_environment(folder: Path) -> dict[str, str]:
    environment = dict(os.environ) | {"TF_IN_AUTOMATION": "1", "CHECKPOINT_DISABLE": "1"}
    configured = environment.pop("TF_CLI_CONFIG_FILE", None)
    if configured and Path(configured).exists():
        environment["TF_CLI_CONFIG_FILE"] = configured
    elif any(PROVIDER_MIRROR.glob("*/hashicorp/aws")):
        written = folder / "terraformrc"
        written.write_text(
            f'provider_installation {{\n  filesystem_mirror {{\n    path = "{PROVIDER_MIRROR}"\n  }}\n}}\n'
        )
        environment["TF_CLI_CONFIG_FILE"] = str(written)
    return environment


def terraform(folder: Path, environment: dict[str, str], *arguments: str) -> subprocess.CompletedProcess[Any]:
    command = ["terraform", *arguments, "-no-color"]
    with (folder / f"{arguments[0]}.log").open("wb") as log:
        return subprocess.run(
            command,
            cwd=folder,
            env=environment,
            stdout=log,
            stderr=subprocess.STDOUT,
            timeout=APPLY_SECONDS,
            check=False,
        )


def terraform_json(folder: Path, environment: dict[str, str], *arguments: str) -> Any:
    done = subprocess.run(["terraform", *arguments], cwd=folder, env=environment, capture_output=True, check=True)
    return json.loads(done.stdout)


def last_lines(log: Path) -> str:
    return "\n".join(log.read_text().splitlines()[-30:])
