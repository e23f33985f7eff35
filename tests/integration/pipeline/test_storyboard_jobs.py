"""Storyboards of videos whose frames carry their numbers: the files, and the jobs that make them."""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from syncline.core.job import Job, State, job_id_of
from syncline.core.sentences import Sentence
from syncline.jobs.intake import Intake
from syncline.media import ffmpeg_binary
from syncline.media.frames import FrameLimits
from syncline.pipeline.storyboard import Storyboard, make_storyboard
from tests.integration.media.numbered_videos import RATE, SECONDS, NumberedVideos, number_on
from tests.integration.pipeline.test_job_runner import World, world  # noqa: F401 - a fixture

ENCODING = ("-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p", "-bf", "2", "-g", "50")


@pytest.fixture(scope="module")
def video(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return NumberedVideos(tmp_path_factory.mktemp("numbered")).make("talk.mp4", *ENCODING)


def numbers_in(files: dict[str, bytes]) -> list[int]:
    """The numbers on the frames that the cues of storyboard.vtt refer to."""
    places = re.findall(r"^(\S+)#xywh=(\d+),(\d+),(\d+),(\d+)$", files["storyboard.vtt"].decode(), re.MULTILINE)
    sheets = {name: _brightness(files[name]) for name, *_ in places}
    found = []
    for name, *numbers in places:
        x, y, width, height = map(int, numbers)
        found.append(number_on(sheets[name][y : y + height, x : x + width]))
    return found


def _brightness(jpeg: bytes) -> np.ndarray:
    """The picture in shades of grey, as a PGM file has them."""
    command = [
        ffmpeg_binary(),
        "-v",
        "error",
        "-i",
        "pipe:0",
        "-pix_fmt",
        "gray",
        "-f",
        "image2pipe",
        "-c:v",
        "pgm",
        "-",
    ]
    picture = subprocess.run(command, input=jpeg, capture_output=True, check=True).stdout
    _, size, _, pixels = picture.split(b"\n", 3)
    width, height = map(int, size.split())
    return np.frombuffer(pixels, dtype=np.uint8).reshape(height, width)


def made(video: Path, starts: list[float], **parameters: Any) -> tuple[dict[str, bytes], Storyboard]:
    sentences = [Sentence(number, 0, 1, "text", start, start + 0.1) for number, start in enumerate(starts)]
    files: dict[str, bytes] = {}
    done = make_storyboard(
        video, sentences, until=float(SECONDS), publish=files.__setitem__, progress=lambda share: None, **parameters
    )
    return files | ({"storyboard.vtt": done.vtt} if done.vtt else {}), done


def test_every_sentence_has_its_frame_on_its_sheet(video: Path) -> None:
    starts = [0.05 + 0.2 * number for number in range(130)]
    files, done = made(video, starts)
    assert numbers_in(files) == [int(start * RATE + 1e-9) for start in starts]
    assert sorted(files) == ["storyboard-1.jpg", "storyboard-2.jpg", "storyboard.vtt"]
    assert done.complete and done.warnings == ()


def test_what_was_found_before_the_time_ran_out_is_kept(video: Path) -> None:
    """The decoder gets no time after the first frames were taken."""
    files, done = made(video, [0.0, 1.0], limits=FrameLimits(seconds=0.0))
    assert (files, done.complete) == ({}, False)
    assert "There is no storyboard" in done.warnings[0]


# --- jobs ------------------------------------------------------------------------------------------------------


@pytest.fixture
def dropped(world: World, video: Path) -> Iterator[Any]:  # noqa: F811
    """Upload the video with a transcript and these options -> its job."""

    def drop(**options: Any) -> Job:
        bucket = world.services.deployment.bucket
        uploads = {"talk.job.json": json.dumps(options).encode(), "talk.txt": b"One two. Three four. Five six."}
        for name, body in {**uploads, "talk.mp4": video.read_bytes()}.items():
            bucket.client.put_object(Bucket=bucket.name, Key=f"uploads/{name}", Body=body)
        return Intake(world.services.deployment).object_created("uploads/talk.mp4")[0]

    yield drop


def run(world: World, job: Job) -> Job:  # noqa: F811
    world.deliver(job)
    found = world.services.deployment.store.get(job_id_of(job.bucket, job.recording_key))
    assert found is not None
    return found


def results_of(world: World) -> dict[str, bytes]:  # noqa: F811
    bucket = world.services.deployment.bucket
    return {item.key.rpartition("/")[2]: bucket.read(item.key) for item in bucket.list("results/talk.mp4/")}


def test_a_job_with_a_storyboard(world: World, dropped: Any) -> None:  # noqa: F811
    job = run(world, dropped(storyboard=True))
    assert job.state is State.SUCCEEDED, job.error
    assert {"storyboard.vtt", "storyboard-1.jpg"} < {result.name for result in job.results}
    assert numbers_in(results_of(world)) == [0, 2, 4]
    assert not job.warnings
    bucket = world.services.deployment.bucket
    sheet = bucket.client.head_object(Bucket=bucket.name, Key="results/talk.mp4/storyboard-1.jpg")
    assert sheet["ContentType"] == "image/jpeg"


def test_an_option_that_is_not_used_costs_nothing(world: World, dropped: Any) -> None:  # noqa: F811
    job = run(world, dropped())
    assert job.state is State.SUCCEEDED
    assert "storyboard" not in job.stats["stage_seconds"]
    assert not [name for name in results_of(world) if name.startswith("storyboard")]


def test_a_storyboard_is_reused_and_removed_with_its_option(world: World, dropped: Any) -> None:  # noqa: F811
    run(world, dropped(storyboard=True))
    again = run(world, dropped(storyboard=True, outputs=["csv"]))
    assert again.stats["resumed"] is True
    assert "storyboard" not in again.stats["stage_seconds"] and "fetch" not in again.stats["stage_seconds"]
    assert {"storyboard.vtt", "storyboard-1.jpg"} < {result.name for result in again.results}
    run(world, dropped(outputs=["csv"]))
    assert not [name for name in results_of(world) if name.startswith("storyboard")]


def test_a_storyboard_is_added_to_an_alignment_that_exists(world: World, dropped: Any) -> None:  # noqa: F811
    run(world, dropped())
    job = run(world, dropped(storyboard=True))
    assert world.engine.runs == 1
    assert numbers_in(results_of(world)) == [0, 2, 4]
    assert not list(world.services.folder.rglob("recording")), "the recording was left behind"
    assert job.state is State.SUCCEEDED


def test_a_worker_that_died_before_the_end_of_the_storyboard_is_replaced(world: World, dropped: Any) -> None:  # noqa: F811
    job = run(world, dropped(storyboard=True))
    bucket = world.services.deployment.bucket
    bucket.client.delete_object(Bucket=bucket.name, Key="results/talk.mp4/storyboard.vtt")
    again = run(world, dropped(storyboard=True, outputs=["srt"]))
    assert again.state is State.SUCCEEDED and again.revision != job.revision
    assert world.engine.runs == 1
    assert numbers_in(results_of(world)) == [0, 2, 4]


def test_a_recording_without_video_gets_a_warning(world: World) -> None:  # noqa: F811
    job = world.run(world.drop(storyboard=True))
    assert job.state is State.SUCCEEDED
    assert job.warnings == ("There is no storyboard: the recording has no video.",)
    assert not [name for name in world.files() if name.startswith("storyboard")]
