"""The heartbeat's decisions, with time as an argument."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import pytest

from syncline.pipeline.lease_keeper import LeaseKeeper
from syncline.pipeline.running_jobs import RunningJobs
from worker.heartbeat import LIVENESS_INTERVAL_SECONDS, MAX_STALLED_TICKS, Heartbeat
from worker.liveness import LivenessFile
from worker.protection import ScaleInProtection


@dataclass
class World:
    liveness: LivenessFile
    consuming: bool = True
    stopped_for: list[str] = field(default_factory=list)
    keeper_ticks: int = 0

    def __post_init__(self) -> None:
        running = RunningJobs()
        keeper = LeaseKeeper(running, lease_seconds=0, extend_messages=self._count)
        self.heartbeat = Heartbeat(
            keeper,
            running,
            ScaleInProtection(None),
            self.liveness,
            is_consuming=lambda: self.consuming,
            stop_worker=self.stopped_for.append,
        )

    def _count(self) -> None:
        self.keeper_ticks += 1


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(LivenessFile(tmp_path / "alive"))


def test_every_tick_keeps_leases(world: World) -> None:
    for now in (0.0, 1.0, 2.0):
        world.heartbeat.tick(now)

    assert world.keeper_ticks == 3


def test_the_liveness_file_is_touched_only_while_the_worker_consumes(world: World) -> None:
    world.consuming = False
    world.heartbeat.tick(0.0)
    assert not world.liveness.is_fresh()

    world.consuming = True
    world.heartbeat.tick(1.0)
    assert world.liveness.is_fresh()

    world.liveness.path.unlink()
    world.heartbeat.tick(2.0)
    assert not world.liveness.is_fresh()
    world.heartbeat.tick(1.0 + LIVENESS_INTERVAL_SECONDS)
    assert world.liveness.is_fresh()


def test_a_worker_that_stops_consuming_for_a_minute_is_stopped(world: World) -> None:
    for now in range(MAX_STALLED_TICKS - 1):
        world.consuming = False
        world.heartbeat.tick(float(now))
    world.consuming = True
    world.heartbeat.tick(100.0)
    world.consuming = False
    for now in range(MAX_STALLED_TICKS - 1):
        world.heartbeat.tick(200.0 + now)
    assert not world.stopped_for

    world.heartbeat.tick(300.0)
    assert world.stopped_for == ["the consumer no longer asks for messages"]
