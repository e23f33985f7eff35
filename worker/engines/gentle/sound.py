"""A part of a decoded recording as the wav file that Gentle reads without converting it."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

from syncline.errors import EngineError
from worker.engines import SAMPLE_RATE, Audio


def ffmpeg() -> str:
    found = shutil.which("ffmpeg")
    if found is None:
        import imageio_ffmpeg

        found = imageio_ffmpeg.get_ffmpeg_exe()
    return str(found)


def export_wav(audio: Audio, start: float, end: float, path: Path, sample_rate: int) -> None:
    source = ["-f", "s16le", "-ar", str(SAMPLE_RATE), "-ac", "1", "-ss", f"{start:.3f}", "-t", f"{end - start:.3f}"]
    command = [ffmpeg(), "-nostdin", "-loglevel", "error", "-y", *source, "-i", str(audio.path)]
    done = subprocess.run([*command, "-ar", str(sample_rate), str(path)], capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise EngineError(f"The recording could not be handed to Gentle: {done.stderr.strip()[-200:]}")
