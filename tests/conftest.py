"""Hooks for every test: default signals and the order of files. A run ends with the seed of the random order and a list
of the skipped tests with their reasons."""

from __future__ import annotations

import os
import signal
import threading
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest
from hypothesis import settings

# A property that takes long for one example is no error: the machine may be busy.
settings.register_profile("tests", deadline=None)
settings.load_profile("tests")

# Models that the developer has installed should not take part in the tests.
os.environ["XDG_DATA_HOME"] = str(Path(__file__).parents[1] / "build" / "test-data-home")

# Files that take longest, of which each runs in one process. One that started last would keep a single core busy.
STARTED_FIRST = (
    "tests/integration/deployment/test_images.py",
    "tests/integration/worker/test_worker_life.py",
    "tests/e2e/test_local.py",
    "tests/chaos/test_chaos.py",
)


def pytest_configure() -> None:
    """nohup and some CI systems start programs with these signals ignored, and child processes inherit that."""
    if threading.current_thread() is threading.main_thread():
        for number, handler in {signal.SIGINT: signal.default_int_handler, signal.SIGHUP: signal.SIG_DFL}.items():
            if signal.getsignal(number) is signal.SIG_IGN:
                signal.signal(number, handler)


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> Iterator[None]:
    """pytest-randomly has shuffled the items when this continues. The sort is stable."""
    yield
    order = {name: place for place, name in enumerate(STARTED_FIRST)}
    items.sort(key=lambda item: order.get(item.nodeid.partition("::")[0], len(order)))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    if config.pluginmanager.hasplugin("randomly"):
        terminalreporter.write_line(f"The order of the tests: --randomly-seed={config.getoption('randomly_seed')}")
    for line in summary_of_skips(terminalreporter.stats.get("skipped", [])):
        terminalreporter.write_line(line)


def summary_of_skips(reports: Iterable[pytest.TestReport | pytest.CollectReport]) -> list[str]:
    counts = Counter(reason_of_skip(report) for report in reports)
    if not counts:
        return ["No test was skipped."]
    lines = [f"{count:5}  {reason}" for reason, count in sorted(counts.items())]
    return [f"Skipped {counts.total()} tests:", *lines]


def reason_of_skip(report: pytest.TestReport | pytest.CollectReport) -> str:
    # For a skip pytest stores (path, line, "Skipped: reason").
    if isinstance(report.longrepr, tuple):
        return report.longrepr[2].removeprefix("Skipped: ")
    return "no reason given"
