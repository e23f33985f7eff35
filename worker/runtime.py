"""Starts a worker: one process that holds Celery, and the alignment processes that all of its jobs share."""

from __future__ import annotations

import logging
import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import cache
from typing import Any

from celery import Celery
from celery.bootsteps import StartStopStep

from syncline.aws import clients
from syncline.aws import settings as reading
from syncline.aws.deployment import connect
from syncline.aws.settings import Settings
from syncline.pipeline.job_runner import Ending, process
from syncline.pipeline.services import WINDOW_SECONDS_AT_MOST, Services
from syncline.processes.cores import usable_cores
from syncline.processes.pool import SandboxedPool
from syncline.processes.temporary_folder import own_folder
from worker import liveness
from worker.app import Hands, Work, make_app, make_worker
from worker.deliveries import Deliveries, Delivery
from worker.heartbeat import Heartbeat
from worker.protection import Protection
from worker.receiver import Receiver
from worker.stopping import Stop
from worker.transport import Inbox

logger = logging.getLogger(__name__)

LONG_POLL_SECONDS = 10


def run(settings: Settings, *, wait_seconds: int = LONG_POLL_SECONDS) -> int:
    """Works until it is told to stop (SIGTERM or SIGINT). -> the exit code."""
    hands = Hands()
    app = make_app(settings, hands)
    with machinery(settings, hands, wait_seconds=wait_seconds) as machine:
        worker = make_worker(app, slots=slots_of(settings))
        machine.start()
        worker.start()
        machine.end()
        return machine.stop.exit_code or int(worker.exitcode or 0)


def slots_of(settings: Settings) -> int:
    # One more job than cores: while it waits for S3 or DynamoDB, the others compute.
    return settings.slots or usable_cores() + 1


@dataclass(frozen=True, slots=True)
class Machinery:
    """Everything of a worker that is not Celery."""

    receiver: Receiver
    deliveries: Deliveries
    stop: Stop
    heartbeat: Heartbeat

    def start(self) -> None:
        self.stop.listen()
        self.heartbeat.start()

    def end(self) -> None:
        """Celery has ended: what is still held goes back."""
        self.deliveries.close()
        self.receiver.join()
        self.deliveries.give_back()
        self.heartbeat.stop()
        logger.info("stopped")


@contextmanager
def machinery(settings: Settings, hands: Hands, *, wait_seconds: int) -> Iterator[Machinery]:
    """Puts the parts together and into `hands`."""
    processes = settings.processes or usable_cores()
    deployment, live_url, bulk_url = connect(settings), settings.need("live_queue"), settings.need("bulk_queue")
    liveness.settle()
    with own_folder() as folder, SandboxedPool(processes, task_seconds=WINDOW_SECONDS_AT_MOST) as pool:
        services = Services(deployment, pool, folder)
        sqs = clients.client("sqs")
        deliveries = Deliveries(sqs, slots=slots_of(settings))
        receiver = Receiver(sqs, deliveries, live_url=live_url, bulk_url=bulk_url, wait_seconds=wait_seconds)
        inbox = Inbox(receiver, deliveries)
        stop = Stop(deliveries, receiver, services.running, stop_seconds=settings.stop_seconds, folder=folder)
        heartbeat = Heartbeat(
            deliveries,
            services.running,
            Protection.of(os.environ),
            lease_seconds=settings.lease_seconds,
            listening=lambda: inbox.listening,
            give_up=stop.give_up,
        )
        hands.inbox, hands.work = inbox, _work(services)
        logger.info("ready", extra={"slots": slots_of(settings), "processes": processes, "worker": services.worker})
        yield Machinery(receiver, deliveries, stop, heartbeat)


def _work(services: Services) -> Work:
    def work(job_id: str, revision: str, delivery: Delivery) -> Ending:
        return process(job_id, revision, delivery, services)

    return work


@cache
def command_line_app() -> Celery:
    """For Celery's own command line; the machinery starts with the worker and ends with it."""
    settings = reading.read(os.environ)
    hands = Hands()
    app = make_app(settings, hands)
    app.conf.update(worker_pool="threads", worker_concurrency=slots_of(settings))

    class WithMachinery(StartStopStep):  # type: ignore[misc]  # Celery has no types
        def start(self, parent: Any) -> None:
            self.opened = ExitStack()
            self.machine = self.opened.enter_context(machinery(settings, hands, wait_seconds=LONG_POLL_SECONDS))
            self.machine.start()

        def stop(self, parent: Any) -> None:
            self.machine.end()
            self.opened.close()

        terminate = stop

    app.steps["worker"].add(WithMachinery)
    return app
