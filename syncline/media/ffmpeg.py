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
ENCODER_DELAY_SECONDS = 0.1
_ALIGN_TO_TIMELINE = (
    f"aresample={SAMPLE_RATE},aformat=sample_fmts=s16:channel_layouts=mono,"
    f"asetpts='if(lt(STARTPTS*TB,{ENCODER_DELAY_SECONDS}),PTS-STARTPTS,PTS)',aresample=async=1:first_pts=0,"
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


_NO_OUTPUT = ["-f", "null", "-"]


def decoding_command(binary: str, recording: Path, *, max_seconds: float) -> list[str]:
    """ffmpeg writes samples to stdout, and its log to stderr with the level before each line."""
    writing = ["-vn", "-sn", "-dn", "-map_metadata", "-1", "-af", _ALIGN_TO_TIMELINE, "-t", str(max_seconds)]
    return [
        *_reading(binary, recording), "-map", "0:a:0", *writing, "-f", "s16le", "-flush_packets", "0", "pipe:1",
    ]  # fmt: skip


def first_samples_command(binary: str, recording: Path, *, stamps_of_file: bool) -> list[str]:
    """ffmpeg logs the time of the first samples: their time stamp in the file, or their time for `decoding_command`."""
    first = ["-map", "0:a:0", "-vn", "-sn", "-dn", "-af", "ashowinfo", "-frames:a", "1", *_NO_OUTPUT]
    return [*_reading(binary, recording, *(_STAMPS_OF_FILE if stamps_of_file else ())), *first]


def first_frame_command(binary: str, recording: Path, *, max_pixels: int) -> list[str]:
    """ffmpeg logs the first frame and its size."""
    first = ["-map", _VIDEO, "-an", "-sn", "-dn", "-vf", "showinfo=checksum=0", "-frames:v", "1", *_NO_OUTPUT]
    return [*_reading(binary, recording, *_STAMPS_OF_FILE, "-max_pixels", str(max_pixels)), *first]


def frames_command(
    binary: str, recording: Path, *, start: float | None, width: int, height: int, max_pixels: int
) -> list[str]:
    """ffmpeg writes small frames to stdout, and the time stamp of each to its log.

    It begins at the keyframe before the time stamp `start`, or at the beginning.
    """
    jump = [] if start is None else ["-seek_timestamp", "1", "-noaccurate_seek", "-ss", f"{start:.6f}"]
    small = f"scale={width}:{height}:flags=area,showinfo=checksum=0"
    return [
        *_reading(binary, recording, *_STAMPS_OF_FILE, "-max_pixels", str(max_pixels), *jump),
        "-map", _VIDEO, "-an", "-sn", "-dn", "-map_metadata", "-1", "-fps_mode", "passthrough", "-vf", small,
        "-c:v", "rawvideo", "-pix_fmt", "rgb24", "-f", "rawvideo", "pipe:1",
    ]  # fmt: skip


def jpeg_command(binary: str, *, width: int, height: int, columns: int, rows: int) -> list[str]:
    """ffmpeg reads small frames from stdin and writes one picture of them, row by row, to stdout."""
    return [
        *_quiet(binary), "-f", "rawvideo", "-pix_fmt", "rgb24", "-video_size", f"{width}x{height}", "-i", "pipe:0",
        "-vf", f"tile={columns}x{rows}", "-frames:v", "1", "-c:v", "mjpeg", "-q:v", "4", "-f", "image2pipe", "pipe:1",
    ]  # fmt: skip


_VIDEO = "0:V:0"  # with a capital letter: a cover picture is no video
_STAMPS_OF_FILE = ("-copyts",)


def _quiet(binary: str) -> list[str]:
    return [binary, "-hide_banner", "-nostats", "-loglevel", "repeat+level+info", "-filter_threads", "1"]


def _reading(binary: str, recording: Path, *options: str) -> list[str]:
    safe = ["-threads", "1", "-protocol_whitelist", "file", "-format_whitelist", FORMATS]
    return [*_quiet(binary), "-nostdin", *safe, *options, "-i", f"file:{recording.absolute()}"]
