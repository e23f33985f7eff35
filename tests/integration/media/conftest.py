from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from syncline.media import ffmpeg_binary


@pytest.fixture(scope="session")
def made(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Path]:
    """Make a file once with ffmpeg and return its path: made("a.mp3", "-f", "lavfi", ...)."""
    folder = tmp_path_factory.mktemp("media")
    maker = ffmpeg_binary()

    def make(name: str, *arguments: str) -> Path:
        path = folder / name
        if not path.exists():
            subprocess.run([maker, "-nostdin", "-v", "error", *arguments, str(path)], check=True)
        return path

    return make


@pytest.fixture(params=["system", "wheel"])
def either_ffmpeg(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    if request.param == "wheel":
        pytest.importorskip("imageio_ffmpeg")
        assert "imageio" in ffmpeg_binary()
    elif not shutil.which("ffmpeg"):
        pytest.skip("no ffmpeg on this machine")
    else:
        monkeypatch.setitem(sys.modules, "imageio_ffmpeg", None)
        assert ffmpeg_binary() == shutil.which("ffmpeg")
