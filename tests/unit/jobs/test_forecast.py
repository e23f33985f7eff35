from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from syncline.core.job import Job, State
from syncline.core.timestamps import format_timestamp
from syncline.jobs.forecast import Pace, measure, seconds_left

NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)


def job(state: State = State.QUEUED, key: str = "uploads/talk.mp3", **more: object) -> Job:
    return Job("id", "b", key, state, format_timestamp(NOW), format_timestamp(NOW), **more)  # type: ignore[arg-type]


def done(*, audio: float, wall: float, size: int, key: str = "uploads/talk.mp3") -> Job:
    stats = {"audio_seconds": audio, "wall_seconds": wall}
    return job(State.SUCCEEDED, key, recording_bytes=size, stats=stats)


def test_a_file_of_twice_the_size_takes_twice_as_long() -> None:
    pace = measure([done(audio=60, wall=6, size=1000)], running=1)
    assert seconds_left(job(recording_bytes=1000), pace, ahead=0, now=NOW) == pytest.approx(6)
    assert seconds_left(job(recording_bytes=2000), pace, ahead=0, now=NOW) == pytest.approx(12)


def test_each_format_has_its_own_rate() -> None:
    wav = done(audio=60, wall=6, size=10_000, key="uploads/talk.wav")
    pace = measure([wav, done(audio=60, wall=6, size=1000)], running=1)
    assert seconds_left(job(recording_bytes=1000), pace, ahead=0, now=NOW) == pytest.approx(6)
    same_size = job(key="uploads/other.wav", recording_bytes=1000)
    assert seconds_left(same_size, pace, ahead=0, now=NOW) == pytest.approx(0.6)


def test_a_queued_job_waits_for_the_jobs_ahead_divided_by_the_running_ones() -> None:
    pace = measure([done(audio=60, wall=6, size=1000)], running=2)
    assert seconds_left(job(recording_bytes=1000), pace, ahead=4, now=NOW) == pytest.approx(6 + 4 * 6 / 2)


def test_progress_shortens_the_rest() -> None:
    pace = measure([done(audio=60, wall=6, size=1000)], running=1)
    running = job(State.RUNNING, recording_bytes=1000, progress=0.75)
    assert seconds_left(running, pace, ahead=0, now=NOW) == pytest.approx(1.5)


def test_without_a_measured_pace_a_running_jobs_progress_is_extrapolated() -> None:
    started = format_timestamp(NOW - timedelta(seconds=30))
    running = job(State.RUNNING, progress=0.25, started_at=started)
    assert seconds_left(running, Pace(), ahead=0, now=NOW) == pytest.approx(90)
    assert seconds_left(replace(running, progress=0.01), Pace(), ahead=0, now=NOW) is None


@pytest.mark.parametrize("state", [State.WAITING, State.SUCCEEDED, State.FAILED, State.REJECTED])
def test_there_is_no_forecast_for_jobs_that_do_not_run(state: State) -> None:
    pace = measure([done(audio=60, wall=6, size=1000)], running=1)
    assert seconds_left(job(state, recording_bytes=1000), pace, ahead=0, now=NOW) is None


@given(
    st.lists(st.tuples(st.floats(0, 1e5), st.floats(0, 1e5), st.integers(0, 10**9)), max_size=5),
    st.integers(0, 1000),
    st.integers(0, 10**10),
)
def test_a_forecast_is_never_negative(measured: list[tuple[float, float, int]], ahead: int, size: int) -> None:
    recent = [done(audio=audio, wall=wall, size=size) for audio, wall, size in measured]
    left = seconds_left(job(recording_bytes=size), measure(recent, running=0), ahead=ahead, now=NOW)
    assert left is None or left >= 0
