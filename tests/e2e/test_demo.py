from __future__ import annotations

from pathlib import Path

from tests.e2e.conftest import SAMPLES, syncline


def test_the_demo_takes_every_sample_through_the_pipeline(tmp_path: Path) -> None:
    done = syncline("demo", cwd=tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    recordings = [path for path in SAMPLES.iterdir() if path.with_suffix(".truth.json").exists() and path.suffix[1:]]
    names = {path.name for path in recordings if path.suffix not in (".txt", ".json")}
    assert {
        line.rpartition("SUCCEEDED")[0].strip() for line in done.stdout.splitlines() if "SUCCEEDED" in line
    } == names
    assert "syncline demo --keep" in done.stdout
    assert "127.0.0.1" not in done.stdout  # the stack has ended
    assert (tmp_path / "build" / "demo" / "hello.wav" / "alignment.json").exists()
    assert (tmp_path / "build" / "demo" / "bird-walk.mp4" / "storyboard-1.jpg").exists()
