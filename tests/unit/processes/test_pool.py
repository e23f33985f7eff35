import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest

from syncline.core.errors import EngineError, TranscriptError
from syncline.media import decode
from syncline.processes.outcomes import Failure, Refusal
from syncline.processes.pool import SandboxedPool, SerialPool, run_one
from syncline.speech.engine import AlignmentOptions
from syncline.speech.pocketsphinx import PocketSphinxEngine

SAMPLES = Path(__file__).parents[3] / "samples"


@pytest.fixture(scope="module")
def pool(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SandboxedPool]:
    with SandboxedPool(2, task_seconds=60, writable=[tmp_path_factory.getbasetemp()]) as pool:
        yield pool


def square(number: int) -> int:
    time.sleep(0.02 if number % 2 else 0)
    return number * number


def crash_on_negative(number: int) -> int:
    if number < 0:
        os.kill(os.getpid(), signal.SIGSEGV)
    return number


def hang_on_negative(number: int) -> int:
    if number < 0:
        time.sleep(60)
    return number


def crash_once(marker: str) -> str:
    if not Path(marker).exists():
        Path(marker).write_text("tried")
        os._exit(3)
    return "done"


def take_memory(mebibytes: int) -> int:
    return len(bytearray(mebibytes << 20)) >> 20


def take_memory_with_numpy(mebibytes: int) -> int:
    return int(np.ones(mebibytes << 20, dtype=np.int8).sum()) >> 20


def take_too_much_once(marker: str) -> tuple[int, int]:
    path = Path(marker)
    if not path.exists():
        path.write_text(str(os.getpid()))
        bytearray(1_500 << 20)
    return int(path.read_text()), os.getpid()


def own_pid(item: int) -> int:
    return os.getpid()


def refuse(text: str) -> str:
    raise ValueError(f"no {text} here")


def refuse_as_transcript(marker: str) -> str:
    with Path(marker).open("a") as attempts:
        attempts.write("tried")
    raise TranscriptError("There is no tea.", code="no_tea", hint="Pour some.")


def test_results_are_in_the_order_of_the_items(pool: SandboxedPool) -> None:
    assert list(pool.run(square, range(20))) == [number * number for number in range(20)]


def test_a_crash_costs_one_item(pool: SandboxedPool) -> None:
    results = list(pool.run(crash_on_negative, [1, -1, 2]))

    assert results[0] == 1
    assert results[2] == 2
    assert isinstance(results[1], Failure)
    assert "SIGSEGV" in results[1].reason


def test_a_hang_costs_one_item() -> None:
    with SandboxedPool(2, task_seconds=1.5) as pool:
        results = list(pool.run(hang_on_negative, [1, -1, 2]))

    assert results == [1, Failure("took longer than 1.5 seconds"), 2]


def test_a_crashed_item_is_tried_again(pool: SandboxedPool, tmp_path: Path) -> None:
    assert list(pool.run(crash_once, [str(tmp_path / "marker")])) == ["done"]


def test_an_exception_is_a_failure_with_its_reason(pool: SandboxedPool) -> None:
    assert list(pool.run(refuse, ["tea"])) == [Failure("ValueError: no tea here")]


def test_what_a_function_refuses_is_raised_with_its_code_and_not_tried_again(
    pool: SandboxedPool, tmp_path: Path
) -> None:
    marker = tmp_path / "marker"
    with pytest.raises(TranscriptError, match="no tea") as refused:
        run_one(pool, refuse_as_transcript, str(marker), seconds=1)

    assert (refused.value.code, refused.value.hint) == ("no_tea", "Pour some.")
    assert marker.read_text() == "tried"


def test_one_call_has_its_own_time_limit(pool: SandboxedPool) -> None:
    with pytest.raises(EngineError, match=r"took longer than 0\.2 seconds"):
        run_one(pool, hang_on_negative, -1, seconds=0.2)


def test_a_child_cannot_say_that_the_worker_is_at_fault() -> None:
    forged = Refusal("ProcessUnfitError", "Stop.", "aws_refused", "")
    assert type(forged.as_error()) is EngineError
    assert type(Refusal("annotations", "", "x", "").as_error()) is EngineError


@pytest.mark.parametrize("task", [take_memory, take_memory_with_numpy])
def test_an_item_over_the_memory_limit_fails_alone(pool: SandboxedPool, task: Callable[[int], int]) -> None:
    results = list(pool.run(task, [100, 1_500, 100, 1_500, 100]))

    refused = Failure("needed more than 1024 MiB of memory")
    assert results == [100, refused, 100, refused, 100]
    assert list(pool.run(square, range(4))) == [0, 1, 4, 9]


def test_an_item_over_the_memory_limit_is_tried_in_a_new_process(pool: SandboxedPool, tmp_path: Path) -> None:
    ((first, second),) = pool.run(take_too_much_once, [str(tmp_path / "marker")])

    assert first != second


def test_a_window_over_the_memory_limit_is_left_unaligned_with_a_warning(tmp_path: Path) -> None:
    audio = decode(SAMPLES / "hello.wav", tmp_path / "samples.raw")
    transcript = (SAMPLES / "hello.txt").read_text()

    with SandboxedPool(1, task_seconds=60, memory_bytes=115 << 20) as small:
        alignment = PocketSphinxEngine(small).align(audio, transcript, AlignmentOptions(), lambda share: None)

    assert not alignment.spoken
    assert "needed more than 115 MiB of memory" in alignment.info["warnings"][0]


def test_jobs_in_several_threads_share_the_processes(pool: SandboxedPool) -> None:
    results: dict[int, list[object]] = {}

    def job(start: int) -> None:
        results[start] = list(pool.run(square, range(start, start + 10)))

    threads = [threading.Thread(target=job, args=(start,)) for start in (0, 100, 200)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert results == {start: [n * n for n in range(start, start + 10)] for start in (0, 100, 200)}


def test_items_are_taken_only_as_fast_as_results(pool: SandboxedPool) -> None:
    taken = []

    def items() -> Iterator[int]:
        for number in range(1_000):
            taken.append(number)
            yield number

    results = pool.run(square, items())
    next(results)
    results.close()  # type: ignore[attr-defined]

    assert len(taken) < 20


def test_the_pool_survives_the_death_of_an_idle_child() -> None:
    with SandboxedPool(1, task_seconds=30) as pool:
        (child,) = pool.run(own_pid, [0])
        os.kill(child, signal.SIGKILL)
        assert list(pool.run(square, range(10))) == [number * number for number in range(10)]
        (second,) = pool.run(own_pid, [0])
        os.kill(second, signal.SIGKILL)
        wait_until(lambda: not _alive(second))
        assert list(pool.run(square, range(10))) == [number * number for number in range(10)]


def test_children_die_with_a_killed_parent(tmp_path: Path) -> None:
    script = tmp_path / "parent.py"
    script.write_text(
        "import os, time\n"
        "from syncline.processes.pool import SandboxedPool\n"
        "if __name__ == '__main__':\n"
        "    pool = SandboxedPool(1, task_seconds=60)\n"
        "    print(*pool.run(os.getpgid, [0]), flush=True)\n"
        "    threads = os.listdir(f'/proc/{os.getpid()}/task')\n"
        "    print(*{c for t in threads for c in open(f'/proc/self/task/{t}/children').read().split()}, flush=True)\n"
        "    time.sleep(60)\n"
    )
    environment = os.environ | {"PYTHONPATH": str(Path(__file__).parents[3])}
    parent = subprocess.Popen([sys.executable, str(script)], stdout=subprocess.PIPE, text=True, env=environment)
    assert parent.stdout is not None
    lines = [parent.stdout.readline() for _ in range(2)]
    children = [int(pid) for pid in lines[1].split()]
    parent.kill()
    parent.wait()
    parent.stdout.close()

    assert children
    wait_until(lambda: not any(_alive(pid) for pid in children))


def wait_until(condition: Callable[[], bool], seconds: float = 30) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "timed out"
        time.sleep(0.02)


def _alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except FileNotFoundError:
        return False


def test_the_serial_pool_behaves_the_same() -> None:
    with SerialPool() as pool:
        assert list(pool.run(square, [1, 2])) == [1, 4]
        assert list(pool.run(refuse, ["tea"])) == [Failure("ValueError: no tea here")]


def test_a_script_without_a_guard_does_not_run_again_in_the_children(tmp_path: Path) -> None:
    script = tmp_path / "script.py"
    script.write_text(
        "from operator import neg\n"
        "from syncline.processes.pool import SandboxedPool\n"
        "with SandboxedPool(1, task_seconds=60) as pool:\n"
        "    print(*pool.run(neg, [1, 2]))\n"
    )
    environment = os.environ | {"PYTHONPATH": str(SAMPLES.parent)}
    done = subprocess.run([sys.executable, str(script)], env=environment, capture_output=True, text=True, timeout=60)
    assert (done.stdout, done.returncode) == ("-1 -2\n", 0), done.stderr


def test_the_children_use_one_thread_and_the_environment_of_the_parent_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("OMP_NUM_THREADS", raising=False)
    with SandboxedPool(1, task_seconds=60) as pool:
        assert list(pool.run(os.getenv, ["OMP_NUM_THREADS"])) == ["1"]
    assert "OMP_NUM_THREADS" not in os.environ


def test_no_process_outlives_the_program() -> None:
    program = """
from syncline.processes.pool import SandboxedPool

with SandboxedPool(1, task_seconds=60) as pool:
    print(list(pool.run(abs, [-1])))
"""
    child = subprocess.Popen([sys.executable, "-P", "-c", program], stdout=subprocess.PIPE, start_new_session=True)

    assert child.communicate(timeout=60)[0] == b"[1]\n"
    with pytest.raises(ProcessLookupError):
        os.killpg(child.pid, 0)


def test_a_child_starts_only_for_a_task_that_finds_no_idle_one() -> None:
    with SandboxedPool(4, task_seconds=60) as pool:
        one_by_one = {pid for _ in range(5) for pid in pool.run(own_pid, [0])}
        at_once = set(pool.run(own_pid_after_a_while, range(40)))

    assert len(one_by_one) == 1
    assert len(at_once) == 4
    assert one_by_one < at_once


def own_pid_after_a_while(item: int) -> int:
    time.sleep(0.05)
    return os.getpid()


def test_a_child_is_replaced_after_many_calls() -> None:
    with SandboxedPool(1, task_seconds=60, calls_per_process=3) as pool:
        pids = [pid for _ in range(4) for pid in pool.run(own_pid, [0])]
    assert len(set(pids[:3])) == 1
    assert pids[3] != pids[0]


def test_closing_the_pool_ends_what_still_runs(tmp_path: Path) -> None:
    marker = tmp_path / "marker"
    pool = SandboxedPool(1, task_seconds=60, writable=[tmp_path])
    waiting = threading.Thread(target=lambda: list(pool.run(mark_and_hang, [str(marker)])))
    waiting.start()
    wait_until(marker.exists)
    pool.close()
    waiting.join(30)

    assert not waiting.is_alive()
    assert not _alive(int(marker.read_text()))


def mark_and_hang(marker: str) -> None:
    Path(f"{marker}.new").write_text(str(os.getpid()))
    Path(f"{marker}.new").rename(marker)
    time.sleep(60)


def test_a_caller_that_leaves_ends_the_work_for_it() -> None:
    with SandboxedPool(1, task_seconds=60) as pool:
        results = pool.run(hang_on_negative, iter([1, -1, -1, -1]))
        assert next(results) == 1
        results.close()  # type: ignore[attr-defined]
        assert list(pool.run(square, [3])) == [9]
