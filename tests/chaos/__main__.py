"""`python -m tests.chaos`: see `--help`. Exits with 1 if anything was lost."""

from __future__ import annotations

import argparse
import random
import sys
import tempfile
import time
from pathlib import Path

from tests.chaos.storm import Storm


def main() -> int:
    parser = argparse.ArgumentParser(description="Kill, stop and freeze workers, and check that nothing is lost.")
    parser.add_argument("--jobs", type=int, default=200)
    parser.add_argument("--seed", type=int, default=random.randrange(10**6))
    parser.add_argument("--seconds", type=float, default=240, help="maximum length of the disturbances")
    parser.add_argument("--throttle-seconds", type=float, default=60, help="how long AWS throttles every call")
    given = parser.parse_args()
    print(f"chaos: seed {given.seed}, {given.jobs} jobs", flush=True)
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="syncline-chaos-", ignore_cleanup_errors=True) as folder:
        storm = Storm(given.jobs, given.seed, Path(folder), given.seconds, given.throttle_seconds)
        problems = storm.run()
    for name, count in sorted(storm.counts.items()):
        print(f"{name:24} {count}")
    for problem in problems:
        print(f"LOST  {problem}")
    verdict = f"{len(problems)} problems" if problems else "nothing was lost"
    print(f"chaos: {verdict} after {time.monotonic() - began:.0f} seconds, seed {given.seed}")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
