"""Put small frames together to JPEG pictures."""

from __future__ import annotations

import subprocess
import threading
from collections.abc import Sequence
from pathlib import Path

from syncline.core.errors import MediaError
from syncline.media.ffmpeg import ffmpeg_binary, jpeg_command
from syncline.media.ffmpeg_log import FfmpegLog
from syncline.media.ffmpeg_process import ended_after, sandboxed, stream_of
from syncline.media.frames import FrameLimits
from syncline.processes.launcher import ConfinedProcess

MAX_BYTES = 16 << 20  # a hundred frames of noise take 8 MB
_LIMITS = FrameLimits(seconds=60)
_EXIT_SECONDS = 10.0


def sheet_of(tiles: Sequence[bytes], *, width: int, height: int, columns: int) -> bytes:
    """One JPEG picture of the tiles, which are rows of red, green and blue bytes: from left to right, then down."""
    across = min(columns, len(tiles))
    command = jpeg_command(ffmpeg_binary(), width=width, height=height, columns=across, rows=-(-len(tiles) // across))
    log = FfmpegLog(Path("frames"))
    limits = _LIMITS.resources(_LIMITS.seconds)
    with sandboxed(command, limits=limits, stdin=subprocess.PIPE) as child, ended_after(child, _LIMITS.seconds):
        reader = threading.Thread(target=log.read, args=(child.stderr,), name="ffmpeg-log", daemon=True)
        reader.start()
        picture = _exchange(child, tiles)
        if len(picture) > MAX_BYTES:
            child.kill()
        child.exited_within(_EXIT_SECONDS)
        reader.join()
    if child.returncode or not 0 < len(picture) <= MAX_BYTES:
        raise MediaError(f"The frames could not be written.{log.quote()}", code="frames_unwritable")
    return picture


def _exchange(child: ConfinedProcess, tiles: Sequence[bytes]) -> bytes:
    """ffmpeg answers when it has read all tiles. It gets no more room than a picture needs."""
    try:
        with stream_of(child.stdin) as stdin:
            stdin.writelines(tiles)
    except BrokenPipeError:
        return b""
    return stream_of(child.stdout).read(MAX_BYTES + 1)
