"""`make terraform-apply-check`: apply the deployment to moto in place of AWS, then align a recording through it.

1. Apply the whole root module, as a user of it would (applying.py).
2. Compare queues, table and bucket notification with those of the local stack (comparison.py).
3. Run what Terraform deployed: the functions with the handlers, variables, queues and batch sizes of their resources,
   and a worker with the variables of its task definition (deployed.py).
4. Upload recordings and transcripts with `aws s3 cp`; the jobs must succeed and their words be aligned, once by the
   aligning function and once by a worker (recording.py).

The check says what it skips because a program is not installed. It leaves no process behind.
"""

from __future__ import annotations

import shutil
import sys
import tempfile
from pathlib import Path

from scripts.apply_check.applying import ProviderMissingError, apply
from scripts.apply_check.comparison import compare_with_local_stack
from scripts.apply_check.deployed import FUNCTIONS_ZIP, Functions
from scripts.apply_check.processes import ROOT, CheckError, Processes, moto
from scripts.apply_check.recording import align_recordings
from syncline.local.stack import in_environment


def main() -> int:
    missing = what_is_missing()
    if missing:
        print(f"skipped: {missing}")
        return 0
    folder = Path(tempfile.mkdtemp(prefix="syncline-apply-"))
    processes = Processes(folder)
    try:
        check(processes, folder)
    except ProviderMissingError:
        print("skipped: the AWS provider is not installed and could not be downloaded")
    except CheckError as error:
        print(f"FAILED: {error}\nThe logs are in {folder}.")
        return 1
    finally:
        processes.stop()
    shutil.rmtree(folder)
    return 0


def what_is_missing() -> str | None:
    if shutil.which("terraform") is None:
        return "terraform is not installed (https://developer.hashicorp.com/terraform/install)"
    if not FUNCTIONS_ZIP.exists():
        return f"{FUNCTIONS_ZIP.relative_to(ROOT)} does not exist: run `make zip` first"
    return None


def check(processes: Processes, folder: Path) -> None:
    with in_environment(moto(processes, "moto", "scripts.apply_check.moto_for_terraform")):
        outputs = apply(folder / "terraform", FUNCTIONS_ZIP)
        compare_with_local_stack(processes, outputs["environment"])
        align_recordings(processes, Functions(processes, folder), outputs)


if __name__ == "__main__":
    sys.exit(main())
