"""A job is charged for its own CPU time only."""

from __future__ import annotations

import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from syncline.processes.cpu_time import Account, SharedThreads
from syncline.processes.pool import SandboxedPool


def burn(seconds: float) -> float:
    """Use CPU time of this thread, however busy the machine is."""
    began = time.thread_time()
    while time.thread_time() - began < seconds:
        pass
    return seconds


def test_only_the_own_thread_of_the_job_counts() -> None:
    account = Account()
    with ThreadPoolExecutor(1) as other:
        other.submit(burn, 0.2).result()
    burn(0.1)
    assert account.seconds == pytest.approx(0.1, abs=0.05)


def test_the_work_of_the_pool_is_charged_to_the_calling_job() -> None:
    account, bystander = Account(), Account()
    with SandboxedPool(1, task_seconds=60) as pool:
        began = account.charged
        with account.open():
            assert list(pool.run(burn, [0.2, 0.1])) == [0.2, 0.1]
        assert list(pool.run(burn, [0.1])) == [0.1]
    assert account.charged - began == pytest.approx(0.3, abs=0.05)
    assert bystander.charged == 0.0


def test_jobs_share_the_time_of_shared_threads() -> None:
    shared, first, second = SharedThreads(), Account(), Account()
    both = threading.Barrier(2)

    def second_job() -> None:
        with second.open(), shared.serving():
            both.wait()
            both.wait()

    with ThreadPoolExecutor(1) as other:
        done = other.submit(second_job)
        both.wait()
        with first.open(), shared.serving():
            burn(0.2)
        both.wait()
        done.result()
    assert first.charged == pytest.approx(0.1, abs=0.04)
    assert second.charged == pytest.approx(0.1, abs=0.06)
