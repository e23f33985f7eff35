"""Videos whose frames carry their numbers, as sixteen black and white blocks from left to right.

Their sound is silence with a click in the middle of some frames.
"""

from __future__ import annotations

import subprocess
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from syncline.media import ffmpeg_binary

WIDTH, HEIGHT, BITS = 240, 136, 16
RATE, SECONDS = 10, 30
CLICKS = (5.05, 23.35)  # in the middle of frames 50 and 233


@dataclass(frozen=True)
class NumberedVideos:
    folder: Path

    def make(self, name: str, *encoding: str, sideways: bool = False, sound: tuple[str, ...] = ()) -> Path:
        """`sound` are ffmpeg's options for reading it."""
        path = self.folder / name
        if not path.exists():
            size = (HEIGHT, WIDTH) if sideways else (WIDTH, HEIGHT)
            frames = ("-f", "rawvideo", "-pix_fmt", "gray", "-s", f"{size[0]}x{size[1]}", "-r", str(RATE))
            clicks = "+".join(f"between(t,{time},{time + 0.01})" for time in CLICKS)
            noise = f"aevalsrc='0.9*sin(2*PI*1000*t)*({clicks})':s=48000:d={SECONDS}"
            self.run(
                *frames, "-i", "pipe:0", *sound, "-f", "lavfi", "-i", noise, *encoding, str(path),
                stdin=b"".join(_frame(number, sideways) for number in range(RATE * SECONDS)),
            )  # fmt: skip
        return path

    def derive(self, name: str, *arguments: str) -> Path:
        path = self.folder / name
        if not path.exists():
            self.run(*arguments, str(path))
        return path

    def run(self, *arguments: str, stdin: bytes = b"") -> None:
        subprocess.run([ffmpeg_binary(), "-v", "error", *arguments], input=stdin, check=True)


def _frame(number: int, sideways: bool) -> bytes:
    bits = np.array([255 * (number >> bit & 1) for bit in range(BITS)], dtype=np.uint8)
    upright = np.tile(np.repeat(bits, WIDTH // BITS), (HEIGHT, 1))
    return (np.rot90(upright) if sideways else upright).tobytes()


def number_of(pixels: bytes, *, width: int) -> int:
    """The number on a frame, from rows of red, green and blue."""
    rows = np.frombuffer(pixels, dtype=np.uint8).reshape(-1, width, 3)
    return number_on(rows[:, :, 1])


def number_on(tile: np.ndarray) -> int:
    blocks = tile.reshape(tile.shape[0], BITS, -1).mean(axis=(0, 2))
    assert all(value < 60 or value > 195 for value in blocks), f"not a numbered frame: {blocks}"
    return sum(1 << bit for bit, value in enumerate(blocks) if value > 128)
