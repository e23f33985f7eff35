"""From whatever people upload to samples: decode a recording, cut a piece out of it."""

from worker.media.decoding import DecodedAudio, DecodeLimits, decode
from worker.media.excerpt import export_wav
from worker.media.ffmpeg import ffmpeg_binary

__all__ = ["DecodeLimits", "DecodedAudio", "decode", "export_wav", "ffmpeg_binary"]
