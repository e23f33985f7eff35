from __future__ import annotations

import json
import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from syncline.core.job import Job, State
from syncline.pipeline import metrics
from worker import logs


@contextmanager
def structured() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    logs.set_up()
    try:
        yield
    finally:
        logging.captureWarnings(False)
        root.handlers[:] = handlers
        root.setLevel(level)


def lines(capsys: pytest.CaptureFixture[str]) -> list[dict[str, Any]]:
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


def test_every_line_of_a_job_names_it(capsys: pytest.CaptureFixture[str]) -> None:
    logger = logging.getLogger("somewhere")

    def work(name: str) -> None:
        with logs.about(name):
            logger.info("working", extra={"attempt": 1})

    threads = [threading.Thread(target=work, args=(name,)) for name in ("one", "two")]
    with structured():
        for thread in threads:
            thread.start()
            thread.join()
        logger.info("outside")

    one, two, outside = lines(capsys)
    assert (one["job_id"], two["job_id"], "job_id" in outside) == ("one", "two", False)
    assert {"level", "location", "message", "timestamp", "service", "attempt"} <= set(one)
    assert (one["level"], one["message"], one["service"]) == ("INFO", "working", "worker")


def test_a_traceback_is_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    with structured():
        try:
            raise ValueError("with\ntwo lines")
        except ValueError:
            logging.getLogger("somewhere").exception("a bug")

    (line,) = lines(capsys)
    assert "two lines" in line["exception"]


def ended(**changes: Any) -> Job:
    base: dict[str, Any] = {
        "job_id": "j", "bucket": "b", "recording_key": "uploads/a.mp3", "state": State.SUCCEEDED, "revision": "r",
        "created_at": "", "updated_at": "", "attempts": 3, "stats": {"audio_seconds": 30.0, "wall_seconds": 10.0},
    }  # fmt: skip
    return Job(**base | changes)


def test_a_metric_is_what_cloudwatch_reads(capsys: pytest.CaptureFixture[str]) -> None:
    metrics.job_ended(ended(), stages={"align": 7.0, "store": 1.0}, queue_wait_seconds=0.5)

    (line,) = lines(capsys)
    (directive,) = line["_aws"]["CloudWatchMetrics"]
    assert directive["Namespace"] == "Syncline"
    assert all(name in line for metric in directive["Metrics"] for name in [metric["Name"]])
    assert all(dimension in line for (dimension,) in directive["Dimensions"])
    assert line["Retries"] == 2
    assert line["TimesRealTime"] == 3.0
    assert (line["AlignSeconds"], line["QueueWaitSeconds"], line["job_id"]) == (7.0, 0.5, "j")


@pytest.mark.parametrize("changes", [{"state": State.FAILED}, {"stats": {"audio_seconds": 0.0, "wall_seconds": 1.0}}])
def test_there_is_no_speed_without_a_result(capsys: pytest.CaptureFixture[str], changes: dict[str, Any]) -> None:
    metrics.job_ended(ended(**changes), stages={}, queue_wait_seconds=None)

    (line,) = lines(capsys)
    assert "TimesRealTime" not in line
    assert line["JobsFailed"] == int("state" in changes)


def test_a_resumed_job_says_nothing_about_speed(capsys: pytest.CaptureFixture[str]) -> None:
    job = ended(stats={"audio_seconds": 30.0, "wall_seconds": 1.0, "resumed": True})
    metrics.job_ended(job, stages={}, queue_wait_seconds=None)

    (line,) = lines(capsys)
    assert "TimesRealTime" not in line
    assert line["AudioSeconds"] == 30.0
