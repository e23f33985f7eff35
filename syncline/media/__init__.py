"""Decode uploaded recordings to samples, and export excerpts of them."""

from syncline.media.decoding import DecodedAudio, DecodeLimits, decode
from syncline.media.excerpt import export_wav
from syncline.media.ffmpeg import ffmpeg_binary

__all__ = ["DecodeLimits", "DecodedAudio", "decode", "export_wav", "ffmpeg_binary"]
