"""Find ffmpeg, and build the command that decodes an untrusted file."""

from __future__ import annotations

import shutil
from pathlib import Path

from syncline.core.errors import SettingsError
from syncline.media.audio import SAMPLE_RATE

# Containers that hold their own audio. ffmpeg refuses all others: playlists (hls, dash, concat), scripts and addresses
# (sdp, rtsp, imf), pictures (svg may name files), devices, and raw formats that accept any bytes.
FORMATS = (
    "3dostr,aa,aac,aax,ac3,ac4,act,aiff,amr,amrnb,amrwb,ape,asf,asf_o,ast,au,avi,avr,caf,dhav,dsf,dss,dts,dtshd,dv,"
    "eac3,flac,flv,g723_1,g729,gsm,gxf,iff,ilbc,ircam,live_flv,loas,matroska,webm,mlp,mov,mp4,m4a,3gp,3g2,mj2,mp3,"
    "mpc,mpc8,mpeg,mpegts,mxf,nistsphere,nsv,nut,nuv,ogg,oma,paf,pva,pvf,qcp,rm,rso,shn,sln,sox,swf,tak,truehd,tta,"
    "ty,voc,vqf,w64,wav,wsd,wtv,wv,wve,xa,xwma"
)

# Times must be those that a player shows, so audio that starts after the picture, or has gaps, is filled with silence.
# Starts under a tenth of a second are encoder delay, which differs between versions of ffmpeg, and are removed.
# Resampling comes first: filling a gap of an hour then takes 115 MB and not a gigabyte.
_ALIGN_TO_TIMELINE = (
    f"aresample={SAMPLE_RATE},aformat=sample_fmts=s16:channel_layouts=mono,"
    "asetpts='if(lt(STARTPTS*TB,0.1),PTS-STARTPTS,PTS)',aresample=async=1:first_pts=0,"
    f"asetnsamples=n={SAMPLE_RATE}:p=0"
)


def ffmpeg_binary() -> str:
    """The ffmpeg in the imageio-ffmpeg wheel, as in the images; without the wheel, the system's ffmpeg.

    A distribution's ffmpeg binds some 200 libraries before it reads a byte, which takes longer than decoding a short
    recording. IMAGEIO_FFMPEG_EXE names another program.
    """
    try:
        import imageio_ffmpeg

        named = str(imageio_ffmpeg.get_ffmpeg_exe())
    except (ImportError, RuntimeError):
        named = "ffmpeg"
    found = shutil.which(named)
    if not found:
        raise SettingsError(
            "ffmpeg was not found on this machine.",
            code="ffmpeg_missing",
            hint="Run: pip install imageio-ffmpeg. Or install ffmpeg with the system's package manager.",
        )
    return str(Path(found).absolute())


def decoding_command(binary: str, recording: Path, *, max_seconds: float) -> list[str]:
    """ffmpeg writes samples to stdout, and its log to stderr with the level before each line."""
    reading = ["-threads", "1", "-protocol_whitelist", "file", "-format_whitelist", FORMATS]
    writing = ["-vn", "-sn", "-dn", "-map_metadata", "-1", "-af", _ALIGN_TO_TIMELINE, "-t", str(max_seconds)]
    return [
        binary, "-nostdin", "-hide_banner", "-nostats", "-loglevel", "repeat+level+info", "-filter_threads", "1",
        *reading, "-i", f"file:{recording.absolute()}",
        "-map", "0:a:0", *writing, "-f", "s16le", "-flush_packets", "0", "pipe:1",
    ]  # fmt: skip
