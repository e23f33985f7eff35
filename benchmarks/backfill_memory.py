"""Peak memory of a backfill by the number of keys, from a synthetic listing and from a shuffled inventory.

    python -m benchmarks.backfill_memory [--keys 10000 100000 1000000]        (make bench-backfill-memory)

A complete dry run without AWS. Each figure comes from a separate process.
"""

from __future__ import annotations

import resource
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

from benchmarks import report
from syncline.aws.bucket import Bucket
from syncline.aws.settings import Settings
from syncline.backfill.inventory import sort_by_key
from syncline.backfill.pairing import ListedObject, pair
from syncline.backfill.planning import RecordingStatus
from syncline.backfill.run import Backfill
from syncline.backfill.sending import Sender
from syncline.core.job import StoredObject

SOURCES = ("listing", "inventory")
GROWTH_MB = 40  # allowed for a hundred times as many keys, because buffers fill up


def objects(keys: int, *, shuffled: bool) -> Iterator[ListedObject]:
    pairs = keys // 2
    for number in range(pairs):
        place = number * 7_919 % pairs if shuffled else number  # 7919 is prime, so every pair occurs once
        for suffix in ("mp3", "txt"):
            key = f"talks/{place // 1000:05}/t{place:08}.{suffix}"
            yield ListedObject(StoredObject(key, f"{place:032x}", 1_000_000))


def work(source: str, keys: int) -> None:
    found = objects(keys, shuffled=source == "inventory")
    with ThreadPoolExecutor(2) as readers:
        sender = Sender(Bucket(None, "archive"), Settings(), None, None, readers, dry_run=True)  # type: ignore[arg-type]
        backfill = Backfill(sender)
        tally = backfill.run(pair(sort_by_key(found) if source == "inventory" else found))
    assert tally.statuses[RecordingStatus.QUEUED] == keys // 2
    print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)


def main() -> int:
    parser = report.parser(__doc__)
    parser.add_argument("--keys", type=int, nargs="+", default=[10_000, 100_000, 1_000_000])
    parser.add_argument("--work", choices=SOURCES, help="measure one in this process")
    given = parser.parse_args()
    if given.work:
        work(given.work, given.keys[0])
        return 0
    flat = True
    with report.measuring("backfill-memory", given) as result:
        for source in SOURCES:
            peaks = [peak(source, keys) for keys in given.keys]
            for keys, megabytes in zip(given.keys, peaks, strict=True):
                result.add("memory", source=source, keys=keys, peak=megabytes)
            full = max(peaks[1:], default=peaks[0])  # the smallest listing does not fill the buffers
            flat = flat and peaks[-1] <= full + GROWTH_MB and peaks[-1] <= peaks[0] + 4 * GROWTH_MB
    print("flat" if flat else "NOT FLAT")
    return 0 if flat else 1


def peak(source: str, keys: int) -> float:
    command = [sys.executable, "-m", "benchmarks.backfill_memory", "--work", source, "--keys", str(keys)]
    return float(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


if __name__ == "__main__":
    sys.exit(main())
