"""Run benchmarks one after another: python -m benchmarks [TARGET ...]        (make bench)

A benchmark that fails does not stop the others. The exit code is 1 if one failed. Each has already said why.
"""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Sequence

from benchmarks.catalogue import CATALOGUE


def run(targets: Sequence[str], *, make: str = "make") -> list[str]:
    """-> the targets that failed."""
    failed = []
    for target in targets:
        print(f"\n=== {target} ===", flush=True)
        began = time.monotonic()
        if code := subprocess.run([make, "--no-print-directory", target], check=False).returncode:
            failed.append(target)
        print(
            f"=== {target}: {f'exit code {code}' if code else 'done'} after {time.monotonic() - began:.0f} s",
            flush=True,
        )
    return failed


def main() -> int:
    targets = sys.argv[1:] or list(
        dict.fromkeys(each.target for each in CATALOGUE.values() if each.target.startswith("bench-"))
    )
    failed = run(targets)
    print(
        f"\n{len(targets) - len(failed)} of {len(targets)} benchmarks are done."
        + "".join(f"\nfailed: {each}" for each in failed)
    )
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
