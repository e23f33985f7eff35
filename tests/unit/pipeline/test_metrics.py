from __future__ import annotations

import json
from typing import Any

import pytest

from syncline.core.job import Job, State
from syncline.pipeline import metrics


def lines(capsys: pytest.CaptureFixture[str]) -> list[dict[str, Any]]:
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


def ended(**changes: Any) -> Job:
    base: dict[str, Any] = {
        "job_id": "j", "bucket": "b", "recording_key": "uploads/a.mp3", "state": State.SUCCEEDED, "revision": "r",
        "created_at": "", "updated_at": "", "attempts": 3, "stats": {"audio_seconds": 30.0, "wall_seconds": 10.0},
    }  # fmt: skip
    return Job(**base | changes)


def test_a_line_has_the_embedded_metric_format(capsys: pytest.CaptureFixture[str]) -> None:
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
def test_a_job_without_a_result_has_no_speed(capsys: pytest.CaptureFixture[str], changes: dict[str, Any]) -> None:
    metrics.job_ended(ended(**changes), stages={}, queue_wait_seconds=None)

    (line,) = lines(capsys)
    assert "TimesRealTime" not in line
    assert line["JobsFailed"] == int("state" in changes)


def test_a_resumed_job_has_no_speed(capsys: pytest.CaptureFixture[str]) -> None:
    job = ended(stats={"audio_seconds": 30.0, "wall_seconds": 1.0, "resumed": True})
    metrics.job_ended(job, stages={}, queue_wait_seconds=None)

    (line,) = lines(capsys)
    assert "TimesRealTime" not in line
    assert line["AudioSeconds"] == 30.0
