"""Measure how well a worker uses its cores.

    python -m benchmarks.worker        # make bench-worker

One real worker drains a queue of jobs that need one second of CPU each, against a moto server on the same cores. The
recordings are real (1.5 seconds, decoded by ffmpeg). The aligner is a stand-in that uses its second in the alignment
pool. The report accounts for every core-second: what the jobs needed, what the worker spent beside that and on what,
and what moto and other programs took.
"""

from __future__ import annotations

import json
import os
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from benchmarks import report
from syncline.core.job import Job, State
from syncline.core.timestamps import parse_timestamp
from syncline.processes.cores import usable_cores
from tests.local_aws import LocalAws, descendants, local_aws, moto_server

TICKS = os.sysconf("SC_CLK_TCK")
SECONDS_PER_JOB = 1.0
WARM_UP_JOBS = 4
MUCH = 0.1


@dataclass(frozen=True)
class Snapshot:
    """CPU seconds so far. The last four are parts of the worker's."""

    clock: float
    idle: float
    total: float
    worker: float
    finished_children: float  # of the worker: ffmpeg, and the program that sets its limits
    pool: float
    moto: float
    s3: float
    dynamodb: float
    sqs: float
    decoding: float  # starting ffmpeg and waiting for it

    @classmethod
    def take(cls, worker: int, moto: int, costs: Path) -> Snapshot:
        fields = [int(value) for value in Path("/proc/stat").read_text().split("\n", 1)[0].split()[1:]]
        own = _times(worker)
        return cls(
            clock=time.monotonic(),
            idle=(fields[3] + fields[4]) / TICKS,
            total=sum(fields[:8]) / TICKS,
            worker=own[0] + own[1],
            finished_children=own[2] + own[3],
            pool=sum(sum(_times(pid)[:2]) for pid in descendants(worker)),
            moto=sum(_times(moto)[:2]),
            **json.loads(costs.read_text()),
        )

    def since(self, earlier: Snapshot) -> Snapshot:
        return Snapshot(*(getattr(self, name) - getattr(earlier, name) for name in self.__dataclass_fields__))


def _times(pid: int) -> list[float]:
    """User and system time of the process, and of its children that were waited for."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return [0.0] * 4
    return [int(value) / TICKS for value in fields[11:15]]


def prepare(stack: LocalAws, count: int) -> list[Job]:
    return [stack.drop(f"talk-{number}", f"burn {SECONDS_PER_JOB}", queue=None) for number in range(count)]


def drain(stack: LocalAws, moto: int, jobs: list[Job]) -> Snapshot:
    costs = stack.folder / "costs.json"
    worker = stack.start_worker((str(Path(__file__).with_name("counted_worker.py")), str(costs)))
    _finish(stack, jobs[:WARM_UP_JOBS])
    before = Snapshot.take(worker.pid, moto, costs)
    _finish(stack, jobs[WARM_UP_JOBS:])
    return Snapshot.take(worker.pid, moto, costs).since(before)


def _finish(stack: LocalAws, jobs: list[Job]) -> None:
    for job in jobs:
        stack.deployment.queue.send(job.job_id, job.revision or "", queue="live")
    while stack.messages(stack.settings.live_queue):
        time.sleep(0.5)


def account(spent: Snapshot, cores: int, jobs: list[Job], result: report.Result) -> None:
    """Wall-clock times come from the records."""
    started = min(parse_timestamp(job.started_at or "") for job in jobs)
    finished = max(parse_timestamp(job.finished_at or "") for job in jobs)
    seconds = (finished - started).total_seconds()
    needed = SECONDS_PER_JOB * len(jobs)
    others = max(0.0, spent.total - spent.idle - spent.worker - spent.finished_children - spent.pool - spent.moto)
    for name, value in _rows(spent, needed, others):
        result.add("cores", what=name, seconds=value, share=value / spent.total, each=1000 * value / len(jobs))
    own = spent.worker + spent.finished_children + spent.pool - needed
    result.add(
        "summary", jobs=len(jobs), clock=seconds, overhead=1000 * own / len(jobs), reached=needed / cores / seconds,
        reached_of_rest=needed / (spent.total - spent.moto - others),
    )  # fmt: skip
    for stage in ("fetch", "decode", "align", "store"):
        mean = sum(job.stats["stage_seconds"].get(stage, 0.0) for job in jobs) / len(jobs)
        result.add("stages", stage=stage, mean=mean)
    if others > MUCH * spent.total:
        print("Other programs took so much that this says nothing about idle cores: they used whatever was left idle.")


def _rows(spent: Snapshot, needed: float, others: float) -> list[tuple[str, float]]:
    calls = spent.s3 + spent.dynamodb + spent.sqs
    return [
        ("the jobs' own second", needed),
        ("decode: ffmpeg and its limits", spent.finished_children),
        ("decode: starting it, reading it", spent.decoding),
        ("S3 calls", spent.s3),
        ("DynamoDB calls", spent.dynamodb),
        ("SQS calls", spent.sqs),
        ("the rest of the worker (Celery...)", spent.worker - calls - spent.decoding),
        ("the pool around the jobs' second", spent.pool - needed),
        ("idle", spent.idle),
        ("not the worker's: moto", spent.moto),
        ("not the worker's: other programs", others),
    ]


def main() -> int:
    parser = report.parser(__doc__)
    parser.add_argument("--jobs", type=int, default=200)
    given = parser.parse_args()
    with report.measuring("worker", given, packages=["celery", "boto3", "moto"]) as result:
        measure(given.jobs, result)
    return 0


def measure(count: int, result: report.Result) -> None:
    cores = usable_cores()
    with tempfile.TemporaryDirectory(prefix="syncline-bench-") as name, moto_server(Path(name)) as url:
        (moto,) = descendants(os.getpid())
        with local_aws(Path(name), url, lease_seconds=60, slots=cores + 1, processes=cores) as stack:
            jobs = prepare(stack, count + WARM_UP_JOBS)
            spent = drain(stack, moto, jobs)
            ended = [stack.job(f"talk-{number}") for number in range(WARM_UP_JOBS, len(jobs))]
    if any(job.state is not State.SUCCEEDED for job in ended):
        raise SystemExit("not every job succeeded")
    account(spent, cores, ended, result)


if __name__ == "__main__":
    sys.exit(main())
