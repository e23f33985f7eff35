from __future__ import annotations

import json
import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from syncline.pipeline.job_logging import logging_job
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


def test_log_lines_of_a_job_carry_its_id(capsys: pytest.CaptureFixture[str]) -> None:
    logger = logging.getLogger("somewhere")

    def work(name: str) -> None:
        with logging_job(name):
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
