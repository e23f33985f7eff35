"""Compose and run a worker: one process that holds Celery, and the alignment processes that all of its jobs share."""

from __future__ import annotations

import logging
import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import cache
from typing import Any

from celery import Celery
from celery.bootsteps import StartStopStep

from syncline.aws import settings as settings_reader
from syncline.aws.deployment import connect
from syncline.aws.settings import Settings
from syncline.pipeline.engines import MAX_WINDOW_SECONDS, CreateEngine
from syncline.pipeline.fitness import check
from syncline.pipeline.job_runner import JobRunner
from syncline.pipeline.lease_keeper import LeaseKeeper
from syncline.pipeline.running_jobs import RunningJobs
from syncline.pipeline.services import job_services
from syncline.processes.allocator import limit_arenas
from syncline.processes.cores import usable_cores
from syncline.processes.pool import Pool, SandboxedPool
from syncline.processes.temporary_folder import own_folder
from worker.celery_app import RuntimeLink, make_app, make_worker
from worker.deliveries import InFlightMessages
from worker.fitness import Fitness
from worker.heartbeat import Heartbeat
from worker.liveness import LivenessFile
from worker.protection import ScaleInProtection
from worker.receiver import Receiver
from worker.stopping import Stop
from worker.transport import Inbox

logger = logging.getLogger(__name__)

LONG_POLL_SECONDS = 10

EngineFactoryOf = Callable[[Pool], CreateEngine]


def run(
    settings: Settings, *, wait_seconds: int = LONG_POLL_SECONDS, engine_factory: EngineFactoryOf | None = None
) -> int:
    """Run a worker until SIGTERM or SIGINT stops it. -> the exit code."""
    limit_arenas()
    link = RuntimeLink()
    app = make_app(settings, link)
    with worker_runtime(settings, link, wait_seconds=wait_seconds, engine_factory=engine_factory) as runtime:
        worker = make_worker(app, slots=slot_count(settings))
        runtime.start()
        worker.start()
        runtime.end()
        return runtime.stop.exit_code or int(worker.exitcode or 0)


def slot_count(settings: Settings) -> int:
    # One more job than cores: while one waits for S3 or DynamoDB, the others compute.
    return settings.slots or usable_cores() + 1


@dataclass(frozen=True, slots=True)
class WorkerRuntime:
    """Everything of a worker that is not Celery."""

    receiver: Receiver
    in_flight: InFlightMessages
    stop: Stop
    heartbeat: Heartbeat

    def start(self) -> None:
        self.stop.listen()
        self.heartbeat.start()

    def end(self) -> None:
        """Celery has ended: return the messages that are still in flight."""
        self.in_flight.close()
        self.receiver.join()
        self.in_flight.return_all()
        self.heartbeat.stop()
        logger.info("stopped")


@contextmanager
def worker_runtime(
    settings: Settings, link: RuntimeLink, *, wait_seconds: int, engine_factory: EngineFactoryOf | None = None
) -> Iterator[WorkerRuntime]:
    """Compose a worker and link it to the Celery application. `engine_factory` replaces the engines in tests."""
    processes = settings.processes or usable_cores()
    deployment, live_url, bulk_url = connect(settings), settings.need("live_queue"), settings.need("bulk_queue")
    liveness = LivenessFile.of_this_machine()
    with own_folder() as folder, SandboxedPool(processes, task_seconds=MAX_WINDOW_SECONDS) as pool:
        running = RunningJobs()
        create_engine = engine_factory(pool) if engine_factory else None
        in_flight = InFlightMessages(deployment.sqs, slots=slot_count(settings))
        fitness = Fitness(in_flight)
        services = job_services(deployment, pool, folder, create_engine=create_engine)
        runner = JobRunner(services, running, on_unfit=fitness.report)
        receiver = Receiver(
            deployment.sqs,
            in_flight,
            live_url=live_url,
            bulk_url=bulk_url,
            wait_seconds=wait_seconds,
            on_unfit=fitness.report,
            lease_seconds=settings.lease_seconds,
        )
        inbox = Inbox(receiver, in_flight)
        stop = Stop(in_flight, receiver, running, stop_seconds=settings.stop_seconds, folder=folder)
        keeper = LeaseKeeper(
            running,
            lease_seconds=settings.lease_seconds,
            extend_messages=lambda: in_flight.extend(seconds=settings.lease_seconds),
            on_timeout=lambda job: in_flight.show(job.message),  # another worker completes the ending
        )
        heartbeat = Heartbeat(
            keeper,
            running,
            ScaleInProtection.from_environment(os.environ),
            liveness,
            is_consuming=lambda: fitness.is_fit and inbox.is_consuming(),
            stop_worker=lambda symptom: stop.stop_failed_worker(fitness.reason_to_stop(symptom)),
        )
        # A message that such a worker received would count as delivered: the next one might be its last.
        if (unfit := check(deployment)) is not None:
            fitness.report(unfit)
        link.inbox, link.run_job = inbox, runner.run
        logger.info("ready", extra={"slots": slot_count(settings), "processes": processes, "worker": runner.worker})
        yield WorkerRuntime(receiver, in_flight, stop, heartbeat)


@cache
def command_line_app() -> Celery:
    """The application for Celery's own command line. The runtime starts and ends with the worker."""
    settings = settings_reader.read(os.environ)
    link = RuntimeLink()
    app = make_app(settings, link)
    app.conf.update(worker_pool="threads", worker_concurrency=slot_count(settings))

    class RuntimeStep(StartStopStep):  # type: ignore[misc]  # Celery has no types
        def start(self, parent: Any) -> None:
            self.opened = ExitStack()
            self.runtime = self.opened.enter_context(worker_runtime(settings, link, wait_seconds=LONG_POLL_SECONDS))
            self.runtime.start()

        def stop(self, parent: Any) -> None:
            self.runtime.end()
            self.opened.close()

        terminate = stop

    app.steps["worker"].add(RuntimeStep)
    return app
