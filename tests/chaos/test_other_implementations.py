"""What AWS does under load, and what other implementations of it do: jobs and backfills through a proxy."""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path

import pytest

from syncline.aws import clients
from syncline.aws.bucket import Bucket
from syncline.backfill import listing
from syncline.core.errors import SynclineError
from syncline.core.job import State
from syncline.local.stack import aws_environment, in_environment
from tests.chaos.proxy import FaultyProxy
from tests.local_aws import LocalAws, local_aws, moto_server, wait_for


@pytest.fixture(scope="module")
def moto(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with moto_server(tmp_path_factory.mktemp("moto")) as url:
        yield url


@pytest.fixture
def stack(tmp_path: Path, moto: str) -> Iterator[LocalAws]:
    with local_aws(tmp_path, moto) as running:
        yield running


@pytest.fixture
def proxy(stack: LocalAws) -> FaultyProxy:
    return FaultyProxy(stack.url, random.Random(1))


def test_without_conditional_deletes_a_leftover_is_a_warning(stack: LocalAws, proxy: FaultyProxy) -> None:
    proxy.always.add("has no conditional deletes")
    with proxy.serving() as url:
        stack.start_worker(url=url)
        stack.drop("a", "sleep 0", outputs=["srt", "csv"])
        stack.wait_final("a")
        revision = stack.drop("a", "sleep 0", outputs=["srt"]).revision
        wait_for(lambda: stack.job("a").final, seconds=30, what="the second revision")

    job = stack.job("a")
    assert (job.state, job.error, job.revision) == (State.SUCCEEDED, None, revision)
    assert any("alignment.csv" in warning for warning in job.warnings)


@pytest.mark.slow
def test_a_job_outlasts_a_minute_in_which_aws_throttles_every_call(stack: LocalAws, proxy: FaultyProxy) -> None:
    with proxy.serving() as url:
        worker = stack.start_worker(url=url)
        stack.drop("a", "sleep 3")
        stack.wait_running("a")
        proxy.always.add("throttles")
        with pytest.raises(AssertionError):  # nothing can be written meanwhile
            stack.wait_final("a", seconds=60)
        proxy.always.clear()
        job = stack.wait_final("a", seconds=120)

    assert job.state is State.SUCCEEDED
    assert worker.process.poll() is None


def test_a_backfill_refuses_a_bucket_that_lists_backwards(stack: LocalAws, proxy: FaultyProxy) -> None:
    s3 = stack.deployment.bucket.client
    for name in ("a.mp3", "a.txt", "b.mp3", "b.txt"):
        s3.put_object(Bucket=stack.deployment.bucket.name, Key=f"uploads/{name}", Body=b"x")
    proxy.always.add("lists backwards")
    with proxy.serving() as url, in_environment(aws_environment(url)):
        bucket = Bucket(clients.listing_client(), stack.deployment.bucket.name)
        with pytest.raises(SynclineError, match="not in the order of S3"):
            list(listing.list_sets(bucket, "uploads/"))
