"""The pool of the Lambda aligner: one confined child, connected by pipes."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator

import pytest

from syncline.core.errors import TranscriptError
from syncline.processes.piped_pool import PipedPool
from syncline.processes.pool import Failure, run_one
from tests.unit.processes.test_pool import crash_on_negative, hang_on_negative, own_pid, square, take_memory


@pytest.fixture(scope="module")
def pool() -> Iterator[PipedPool]:
    pool = PipedPool(task_seconds=20)
    yield pool
    pool.close()


def refuse(text: str) -> str:
    raise TranscriptError(f"There is no {text}.", code="no_tea")


def attempt_to_connect(port: int) -> str:
    try:
        socket.create_connection(("127.0.0.1", port)).close()
    except OSError as error:
        return type(error).__name__
    return "connected"


def environment(item: int) -> list[str]:
    return sorted(os.environ)


def test_results_are_in_the_order_of_the_items(pool: PipedPool) -> None:
    assert list(pool.run(square, range(5))) == [0, 1, 4, 9, 16]


def test_a_crash_costs_one_item(pool: PipedPool) -> None:
    results = list(pool.run(crash_on_negative, [1, -1, 2]))

    assert results == [1, Failure("its process died (SIGSEGV)"), 2]


def test_a_hang_costs_one_item(pool: PipedPool) -> None:
    results = list(pool.run(hang_on_negative, [-1, 2], seconds=3))

    assert isinstance(results[0], Failure)
    assert results[0].reason == "took longer than 3 seconds"
    assert results[1] == 2


def test_memory_is_limited(pool: PipedPool) -> None:
    assert list(pool.run(take_memory, [1_500, 100])) == [Failure("needed more than 1024 MiB of memory"), 100]


def test_a_refusal_is_raised_with_its_code(pool: PipedPool) -> None:
    with pytest.raises(TranscriptError) as refused:
        run_one(pool, refuse, "tea", seconds=20)
    assert refused.value.code == "no_tea"


def test_the_child_has_no_network_and_no_credentials(pool: PipedPool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    pool.close()
    with socket.create_server(("127.0.0.1", 0)) as server:
        assert list(pool.run(attempt_to_connect, [server.getsockname()[1]])) == ["PermissionError"]
    (names,) = pool.run(environment, [0])
    assert isinstance(names, list)
    assert not [name for name in names if name.startswith(("AWS_", "SYNCLINE_"))]


def test_the_child_ends_with_the_pool() -> None:
    pool = PipedPool(task_seconds=20)
    (pid,) = pool.run(own_pid, [0])
    assert isinstance(pid, int)
    assert pid != os.getpid()

    pool.close()

    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)
