"""Hooks for every test: default signals, and the list of skipped tests with their reasons at the end of a run."""

from __future__ import annotations

import os
import signal
import threading
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

import pytest

# Models that the developer has installed should not take part in the tests.
os.environ["XDG_DATA_HOME"] = str(Path(__file__).parents[1] / "build" / "test-data-home")


def pytest_configure() -> None:
    """nohup and some CI systems start programs with these signals ignored, and child processes inherit that."""
    if threading.current_thread() is threading.main_thread():
        for number, handler in {signal.SIGINT: signal.default_int_handler, signal.SIGHUP: signal.SIG_DFL}.items():
            if signal.getsignal(number) is signal.SIG_IGN:
                signal.signal(number, handler)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
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
