"""Put small frames together to JPEG pictures."""

from __future__ import annotations

import subprocess
from collections.abc import Sequence

from syncline.core.errors import MediaError
from syncline.media.ffmpeg import ffmpeg_binary, jpeg_command
from syncline.media.ffmpeg_process import sandboxed
from syncline.media.frames import FrameLimits

_LIMITS = FrameLimits(seconds=60)


def sheet_of(tiles: Sequence[bytes], *, width: int, height: int, columns: int) -> bytes:
    """One JPEG picture of the tiles, which are rows of red, green and blue bytes: from left to right, then down."""
    across = min(columns, len(tiles))
    command = jpeg_command(ffmpeg_binary(), width=width, height=height, columns=across, rows=-(-len(tiles) // across))
    with sandboxed(command, limits=_LIMITS.resources(_LIMITS.seconds), stdin=subprocess.PIPE) as child:
        picture, log = child.communicate(b"".join(tiles), timeout=_LIMITS.seconds)
    if child.returncode or not picture:
        said = log.decode("utf-8", "replace").strip().rpartition("\n")[2]
        raise MediaError(f"The frames could not be written. ffmpeg said: {said}", code="frames_unwritable")
    return picture
