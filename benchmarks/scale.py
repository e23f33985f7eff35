"""Simulate a large backfill on many tasks with discrete events: time to drain, cost, repeated work.

    python -m benchmarks.scale [--recordings N] [--max-tasks N]     (make bench-scale)

The project provides the autoscaling policy and task size (Terraform), the lease and stop times (settings), the pause
between two polls of an empty queue (worker), and speed and prices (price table). `Assumptions` holds the rest.
"""

from __future__ import annotations

import heapq
import itertools
import math
import random
import re
import sys
from collections import deque
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from benchmarks import report
from syncline.aws.settings import Settings
from syncline.backfill.price import read_prices
from syncline.pipeline.claim import PROGRESS_INTERVAL_SECONDS
from worker.receiver import BULK_IS_EMPTY_PAUSE_SECONDS

ROOT = Path(__file__).parents[1]
SEED = 7
POINTS = 60  # of a curve
MORE_TIMES = 5  # recordings in a last simulation
WRITES_PER_INDEX_KEY = 1000  # a second; DynamoDB's limit of one partition key


def terraform_default(name: str) -> float:
    text = (ROOT / "terraform/variables.tf").read_text(encoding="utf-8")
    block = text.partition(f'variable "{name}"')[2]
    return float(re.search(r"default\s+=\s+([\d.]+)", block)[1])  # type: ignore[index]


def terraform_policy(name: str) -> float:
    text = (ROOT / "terraform/modules/worker_scaling/main.tf").read_text(encoding="utf-8")
    return float(re.search(rf"{name}\s+=\s+(\d+)", text)[1])  # type: ignore[index]


@dataclass(frozen=True)
class Assumptions:
    """Values that come neither from the project nor from a measurement."""

    audio_minutes: float = 12.0  # mean; lengths are lognormal, so a few are very long
    audio_spread: float = 1.0
    queued_per_second: float = 1500.0  # by the backfill
    live_per_hour: float = 60.0  # uploads during the backfill
    job_overhead_seconds: float = 4.0  # download, upload, record writes
    task_start_seconds: tuple[float, float] = (50.0, 120.0)  # image, models, first poll of the queue
    tasks_started_per_minute: int = 500  # ECS's limit for one service on Fargate
    metric_minutes: int = 2  # age of SQS's metrics when the alarm evaluates them
    scale_out_minutes: int = 3  # consecutive minutes above the target
    scale_in_minutes: int = 15  # consecutive minutes below 90 % of the target


@dataclass(frozen=True)
class Policy:
    """When tasks start and stop. `interruptions` are per task and hour."""

    name: str
    fixed: bool = False
    spot: bool = False
    interruptions: float = 0.0
    notice: bool = True
    backlog_per_task: float = terraform_default("backlog_per_worker")
    # Without a heartbeat, a message stays invisible for this long. With one, until the lease of a dead worker expires.
    visibility_without_heartbeat: float | None = None


POLICIES = (
    Policy("fixed number of tasks", fixed=True),
    Policy("the module, on demand"),
    Policy("the module, backlog per task x 25", backlog_per_task=25 * terraform_default("backlog_per_worker")),
    Policy("the module, Spot", spot=True, interruptions=0.05),
    Policy("the module, Spot in a bad hour", spot=True, interruptions=1.0),
    Policy("Spot in a bad hour, killed without notice", spot=True, interruptions=1.0, notice=False),
    Policy(
        "the same, no heartbeat, hidden 15 min",
        spot=True, interruptions=1.0, notice=False, visibility_without_heartbeat=900.0,
    ),
)  # fmt: skip

MORE_WITH = POLICIES[4]


@dataclass
class Job:
    seconds: float  # on one slot
    arrived: float = 0.0
    live: bool = False
    done: bool = False
    runs: int = 0


@dataclass
class Task:
    number: int
    launched: float
    up: bool = False
    leaving: bool = False
    running: dict[int, tuple[Job, float]] = field(default_factory=dict)  # slot -> job and when it began


@dataclass
class Totals:
    drained: float = 0.0
    task_seconds: float = 0.0
    wasted_seconds: float = 0.0
    useful_seconds: float = 0.0
    second_runs: int = 0
    peak_tasks: int = 0
    peak_jobs: int = 0  # that ran at the same time
    live_waits: list[float] = field(default_factory=list)
    curve: list[tuple[float, int, int]] = field(default_factory=list)  # hours, tasks, backlog


class Simulation:
    """One policy from the first message to the empty queue."""

    slots = 2

    def __init__(self, policy: Policy, assumed: Assumptions, *, recordings: int, max_tasks: int) -> None:
        self.policy, self.assumed, self.max_tasks = policy, assumed, max_tasks
        self.random = random.Random(SEED)
        self.settings = Settings()
        self.work = read_prices().table["work"]
        self.vcpu = terraform_default("worker_cpu") / 1024
        self.recordings = recordings
        self.first_runs = 0  # recordings received for the first time
        self.repeated: deque[Job] = deque()
        self.live: deque[Job] = deque()
        self.unfinished = recordings
        self.tasks: dict[int, Task] = {}
        self.numbers = itertools.count()
        self.order = itertools.count()
        self.events: list[tuple[float, int, str, object]] = []
        self.result = Totals()
        self.now = 0.0
        self.desired = 0
        self.high, self.low = 0, 0
        self.metrics: deque[float] = deque([0.0], maxlen=assumed.metric_minutes)
        self.cooled_out, self.cooled_in = 0.0, 0.0

    def run(self) -> Totals:
        self._at(0.0, "scale", None)
        self._at(self._pause(3600 / self.assumed.live_per_hour), "upload", None)
        if self.policy.fixed:
            self.desired = self.max_tasks
        while self.unfinished:
            self.now, _, kind, subject = heapq.heappop(self.events)
            getattr(self, f"_{kind}")(subject)
        self.result.drained = self.now
        for task in self.tasks.values():
            self.result.task_seconds += self.now - task.launched
        return self.result

    # --- events

    def _scale(self, _: object) -> None:
        """Once a minute: evaluate the alarm, start missing tasks, remove idle ones."""
        running = sum(task.up for task in self.tasks.values())
        self.metrics.append(self._backlog() / max(1, running))
        if not self.policy.fixed:
            self._track(self.metrics[0], max(1, running))
        missing = self.desired - sum(not task.leaving for task in self.tasks.values())
        for _ in range(min(missing, self.assumed.tasks_started_per_minute)):
            self._launch()
        for task in list(self.tasks.values()):
            if missing < 0 and task.up and not task.running:  # busy tasks are protected from scale-in
                self._remove(task)
                missing += 1
        self.result.peak_tasks = max(self.result.peak_tasks, len(self.tasks))
        self.result.peak_jobs = max(self.result.peak_jobs, sum(len(task.running) for task in self.tasks.values()))
        self.result.curve.append((self.now / 3600, running, self._backlog()))
        self._at(self.now + 60, "scale", None)

    def _track(self, metric: float, running: int) -> None:
        target = self.policy.backlog_per_task
        self.high = self.high + 1 if metric > target else 0
        self.low = self.low + 1 if metric < 0.9 * target else 0
        wanted = min(self.max_tasks, math.ceil(running * metric / target))
        if self.desired == 0 and self._backlog():  # the wake-up policy
            self.desired = 1
        elif self.high >= self.assumed.scale_out_minutes and self.now >= self.cooled_out and wanted > self.desired:
            self.desired, self.cooled_out = wanted, self.now + terraform_policy("scale_out_cooldown")
        elif self.low >= self.assumed.scale_in_minutes and self.now >= self.cooled_in and wanted < self.desired:
            self.desired, self.cooled_in = wanted, self.now + terraform_policy("scale_in_cooldown")

    def _launch(self) -> None:
        task = Task(next(self.numbers), self.now)
        self.tasks[task.number] = task
        self._at(self.now + self.random.uniform(*self.assumed.task_start_seconds), "up", task)

    def _up(self, task: Task) -> None:
        task.up = True
        if self.policy.interruptions:
            self._at(self.now + self._pause(3600 / self.policy.interruptions), "interrupt", task)
        for slot in range(self.slots):
            self._poll((task, slot))

    def _poll(self, place: tuple[Task, int]) -> None:
        """A free slot polls the queues, live first."""
        task, slot = place
        if task.number not in self.tasks or task.leaving or slot in task.running:
            return
        job = self._next()
        if job is None:
            self._at(self.now + BULK_IS_EMPTY_PAUSE_SECONDS, "poll", place)
            return
        if job.live and not job.runs:
            self.result.live_waits.append(self.now - job.arrived)
        job.runs += 1
        self.result.second_runs += job.runs > 1
        task.running[slot] = (job, self.now)
        self._at(self.now + job.seconds, "finish", (task, slot, job))
        hidden = self.policy.visibility_without_heartbeat
        if hidden is not None and job.seconds > hidden:
            self._at(self.now + hidden, "visible", job)

    def _finish(self, finished: tuple[Task, int, Job]) -> None:
        task, slot, job = finished
        if task.number not in self.tasks or task.running.get(slot, (None,))[0] is not job:
            return  # the task was stopped during the job
        del task.running[slot]
        if job.done:
            self.result.wasted_seconds += job.seconds
        else:
            job.done = True
            self.unfinished -= not job.live
            self.result.useful_seconds += job.seconds
        self._poll((task, slot))

    def _interrupt(self, task: Task) -> None:
        """AWS reclaims a Spot machine: with two minutes' notice, of which the worker uses its stop time, or without."""
        if task.number not in self.tasks:
            return
        task.leaving = True
        self._at(self.now + (self.settings.stop_seconds if self.policy.notice else 0), "stopped", task)

    def _stopped(self, task: Task) -> None:
        if task.number not in self.tasks:
            return
        for job, began in task.running.values():
            if not job.done:
                self.result.wasted_seconds += self.now - began
                self._at(self.now + self._hidden_after_stop(began), "visible", job)
        self._remove(task)

    def _hidden_after_stop(self, began: float) -> float:
        if self.policy.visibility_without_heartbeat is not None:
            return max(0.0, began + self.policy.visibility_without_heartbeat - self.now)
        return 0.0 if self.policy.notice else float(self.settings.lease_seconds)

    def _visible(self, job: Job) -> None:
        if not job.done:
            self.repeated.append(job)

    def _upload(self, _: object) -> None:
        self.live.append(self._job(live=True))
        self._at(self.now + self._pause(3600 / self.assumed.live_per_hour), "upload", None)

    # --- parts of events

    def _remove(self, task: Task) -> None:
        del self.tasks[task.number]
        self.result.task_seconds += self.now - task.launched

    def _next(self) -> Job | None:
        for waiting in (self.live, self.repeated):
            while waiting:
                job = waiting.popleft()
                if not job.done:
                    return job
        if self.first_runs < min(self.recordings, int(self.now * self.assumed.queued_per_second)):
            self.first_runs += 1
            return self._job()
        return None

    def _job(self, *, live: bool = False) -> Job:
        spread = self.assumed.audio_spread
        mean = math.log(60 * self.assumed.audio_minutes) - spread**2 / 2
        audio = self.random.lognormvariate(mean, spread)
        seconds = self.assumed.job_overhead_seconds + audio * self.work["align"] * self.slots / self.vcpu
        return Job(seconds, arrived=self.now, live=live)

    def _backlog(self) -> int:
        queued = min(self.recordings, int(self.now * self.assumed.queued_per_second)) - self.first_runs
        running = sum(len(task.running) for task in self.tasks.values())
        return queued + len(self.repeated) + len(self.live) + running

    def _pause(self, mean: float) -> float:
        return self.random.expovariate(1 / mean)

    def _at(self, when: float, kind: str, subject: object) -> None:
        heapq.heappush(self.events, (when, next(self.order), kind, subject))


def dollars(policy: Policy, result: Totals) -> float:
    fargate = read_prices().table["fargate"]
    vcpu, gib = terraform_default("worker_cpu") / 1024, terraform_default("worker_memory_mib") / 1024
    hour = vcpu * fargate["x86_vcpu"] + gib * fargate["x86_gib"]
    return result.task_seconds / 3600 * hour * (1 - fargate["spot_discount"] if policy.spot else 1)


def index_writes(result: Totals) -> float:
    """Writes a second to the state index, if all running jobs write their progress as often as they may.

    A write changes the record's time, which is part of the index's key: DynamoDB deletes an entry and puts another.
    """
    return 2 * result.peak_jobs / PROGRESS_INTERVAL_SECONDS


def shards_needed(result: Totals) -> int:
    return max(1, math.ceil(index_writes(result) / WRITES_PER_INDEX_KEY))


def columns(policy: Policy, totals: Totals) -> dict[str, Any]:
    waits = sorted(totals.live_waits) or [0.0]
    return {
        "hours": totals.drained / 3600,
        "dollars": dollars(policy, totals),
        "peak": totals.peak_tasks,
        "twice": totals.second_runs,
        "wasted": totals.wasted_seconds / (totals.wasted_seconds + totals.useful_seconds),
        "live_p95": waits[int(0.95 * (len(waits) - 1))],
        "index": index_writes(totals),
        "shards": shards_needed(totals),
    }


def thinned(curve: list[tuple[float, int, int]], column: int) -> list[tuple[float, int]]:
    """Enough points to draw."""
    step = max(1, len(curve) // POINTS)
    return [(point[0], point[column]) for point in [*curve[:-1:step], curve[-1]]]


def main() -> int:
    parser = report.parser(__doc__)
    parser.add_argument("--recordings", type=int, default=200_000)
    parser.add_argument("--max-tasks", type=int, default=1000)
    parser.add_argument("--audio-minutes", type=float, default=Assumptions.audio_minutes)
    given = parser.parse_args()
    assumed = replace(Assumptions(), audio_minutes=given.audio_minutes)

    def simulated(policy: Policy, recordings: int) -> Totals:
        return Simulation(policy, assumed, recordings=recordings, max_tasks=given.max_tasks).run()

    with report.measuring("scale", given) as result:
        for policy in POLICIES:
            totals = simulated(policy, given.recordings)
            result.add("policies", policy=policy.name, **columns(policy, totals))
            curves = {"tasks": thinned(totals.curve, 1), "backlog": thinned(totals.curve, 2)}
            result.add("curves", policy=policy.name, **curves)
        more = MORE_TIMES * given.recordings
        result.add("more", recordings=f"{more:,}", **columns(MORE_WITH, simulated(MORE_WITH, more)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
