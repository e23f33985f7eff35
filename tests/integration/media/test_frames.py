"""The frames of a video at given times, on videos whose frames carry their numbers."""

from __future__ import annotations

import struct
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from syncline.core.errors import MediaError
from syncline.media import decode
from syncline.media.frames import FrameLimits, VideoTrack, find_video, frames_at
from syncline.media.sheets import MAX_BYTES, sheet_of
from tests.integration.media.numbered_videos import CLICKS, RATE, SECONDS, NumberedVideos, number_of

LIMITS = FrameLimits(seconds=60)
# Dense, then with gaps over which the decoder jumps; in, at and just before the start of a frame; beyond the end.
TIMES = (0.0, 0.25, 0.299, 0.3, 1.75, 1.75, 2.449, 14.95, 15.0, 27.349, 27.35, 29.95, 45.0)
X264 = ("-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p")


@pytest.fixture(scope="session")
def videos(tmp_path_factory: pytest.TempPathFactory) -> NumberedVideos:
    return NumberedVideos(tmp_path_factory.mktemp("numbered"))


def numbers_at(recording: Path, times: Sequence[float], *, limits: FrameLimits = LIMITS) -> list[int]:
    video = find_video(recording, tile_width=160, limits=limits)
    assert video is not None
    return [number_of(pixels, width=160) for pixels in frames_at(recording, video, times, limits=limits)]


def at_constant_rate(times: Sequence[float]) -> list[int]:
    return [min(RATE * SECONDS - 1, int((time + 0.0005) * RATE)) for time in times]


def click_times(recording: Path, folder: Path) -> list[float]:
    """Where the decoded audio, on which words are timed, has its clicks."""
    audio = decode(recording, folder / "audio.raw")
    loud = np.flatnonzero(np.abs(np.fromfile(audio.path, dtype="<i2").astype(int)) > 6000) / 16_000
    return [float(loud[0]), float(loud[loud > loud[0] + 1][0])]


ENCODINGS = {
    "h264.mp4": (*X264, "-bf", "3", "-b_strategy", "0", "-x264-params", "b-pyramid=normal"),
    "open-gop.mkv": (*X264, "-bf", "3", "-x264-params", "open-gop=1:keyint=30:b-adapt=0"),
    "one-keyframe.mp4": (*X264, "-g", "9999", "-x264-params", "scenecut=0"),
    "intra-refresh.mp4": (*X264, "-x264-params", "intra-refresh=1:keyint=40"),
    "hevc.mkv": ("-c:v", "libx265", "-preset", "ultrafast", "-x265-params", "log-level=error:bframes=3:keyint=40"),
    "vp8.webm": ("-c:v", "libvpx", "-deadline", "realtime", "-cpu-used", "8", "-c:a", "libopus"),
    "vp9.webm": ("-c:v", "libvpx-vp9", "-deadline", "realtime", "-cpu-used", "8", "-c:a", "libvorbis"),
    "av1.mkv": ("-c:v", "libsvtav1", "-preset", "12", "-g", "60"),
    "mpeg4.mov": ("-c:v", "mpeg4", "-bf", "2", "-g", "24", "-q:v", "3"),
    "fragmented.mp4": (*X264, "-g", "30", "-movflags", "frag_keyframe+delay_moov"),
}


@pytest.mark.parametrize("name", ENCODINGS)
def test_each_frame_is_the_one_on_screen_at_its_time(videos: NumberedVideos, name: str) -> None:
    assert numbers_at(videos.make(name, *ENCODINGS[name]), TIMES) == at_constant_rate(TIMES)


def test_both_programs_find_the_same_frames(videos: NumberedVideos, either_ffmpeg: None) -> None:
    assert numbers_at(videos.make("h264.mp4", *ENCODINGS["h264.mp4"]), TIMES) == at_constant_rate(TIMES)


@pytest.mark.parametrize("name", ["vfr.mp4", "vfr.mkv"])
def test_frames_of_unequal_length(videos: NumberedVideos, name: str) -> None:
    """Every seventh frame stays on screen for half a second more."""
    stretched = "settb=1/1000,setpts='100*N+500*floor(N/7)'"
    path = videos.make(name, "-vf", stretched, "-fps_mode", "passthrough", *X264, "-bf", "3", "-g", "50")
    starts = [number / 10 + 0.5 * (number // 7) for number in range(RATE * SECONDS)]
    times = (0.65, 1.15, 1.2, 12.34, 12.6, 20.0, 23.33, 61.0)
    assert numbers_at(path, times) == [
        max(number for number, start in enumerate(starts) if start <= time + 0.0005) for time in times
    ]


@pytest.mark.parametrize(
    ("name", "sound", "picture"),
    [
        ("late.mp4", 1.5, 0.0), ("late.mp4", 0.07, 0.0), ("late.mp4", 0.0, 0.7), ("late.mkv", 0.07, 0.0),
        ("late.mkv", 0.0, 0.7), ("late.ts", 0.0, 0.0), ("late.ts", 1.5, 0.0),
    ],
)  # fmt: skip
def test_sound_and_picture_that_start_apart(
    videos: NumberedVideos, tmp_path: Path, name: str, sound: float, picture: float
) -> None:
    """The click tells which frame belongs to a time of the decoded audio."""
    shift = ("-vf", f"setpts=PTS+{picture}/TB", "-fps_mode", "passthrough")
    encoding = (*X264, "-bf", "2", "-g", "30", *shift)
    path = videos.make(f"{sound}-{picture}-{name}", *encoding, sound=("-itsoffset", str(sound)))
    shown = [int((click + sound - picture) * RATE) for click in CLICKS]
    assert numbers_at(path, click_times(path, tmp_path)) == shown


def test_an_edit_list_that_begins_between_keyframes(videos: NumberedVideos, tmp_path: Path) -> None:
    whole = videos.make("h264.mp4", *ENCODINGS["h264.mp4"])
    path = videos.derive("cut.mp4", "-ss", "3.4", "-i", str(whole), "-c", "copy")
    assert b"elst" in path.read_bytes()
    assert numbers_at(path, click_times(path, tmp_path)) == [int(click * RATE) for click in CLICKS]
    assert numbers_at(path, (0.0, 0.15, 12.0)) == [34, 35, 154]


@pytest.mark.parametrize("turn", ["90", "180", "270"])
def test_rotation_is_applied(videos: NumberedVideos, turn: str) -> None:
    sideways = turn != "180"
    path = videos.make(f"lying-{sideways}.mp4", *X264, sideways=sideways)
    turned = videos.derive(f"turned-{turn}.mp4", "-display_rotation", turn, "-i", str(path), "-c", "copy")
    video = find_video(turned, tile_width=160, limits=LIMITS)
    assert video is not None
    assert (video.tile_width, video.tile_height) == (160, 91)
    [tile] = frames_at(turned, video, [5.0], limits=LIMITS)
    rows = np.frombuffer(tile, dtype=np.uint8).reshape(91, 160, 3)
    upright = rows if turn == "270" else np.rot90(rows, 2)
    assert number_of(upright.tobytes(), width=160) == 50


def test_pixels_that_are_not_square(videos: NumberedVideos) -> None:
    path = videos.make("anamorphic.mp4", *X264, "-vf", "setsar=2")
    video = find_video(path, tile_width=160, limits=LIMITS)
    assert video is not None and video.tile_height == 45


def test_a_recording_with_a_cover_picture_has_no_video(videos: NumberedVideos) -> None:
    clip = videos.make("h264.mp4", *ENCODINGS["h264.mp4"])
    cover = videos.derive("cover.jpg", "-i", str(clip), "-frames:v", "1")
    song = videos.derive(
        "song.m4a", "-i", str(clip), "-i", str(cover), "-map", "0:a", "-map", "1:v", "-c:v", "copy",
        "-disposition:v", "attached_pic",
    )  # fmt: skip
    assert find_video(song, tile_width=160, limits=LIMITS) is None
    assert find_video(videos.derive("song.mp3", "-i", str(clip)), tile_width=160, limits=LIMITS) is None


# --- hostile and damaged videos --------------------------------------------------------------------------------


def test_a_video_that_ends_early_shows_what_it_has(videos: NumberedVideos, tmp_path: Path) -> None:
    whole = videos.make("open-gop.mkv", *ENCODINGS["open-gop.mkv"])
    half = tmp_path / "half.mkv"
    half.write_bytes(whole.read_bytes()[: whole.stat().st_size // 2])
    found = numbers_at(half, (5.0, 12.0, 29.0))
    assert found[:2] == [50, 120]
    assert 120 < found[2] < 290


def test_dimensions_beyond_the_limit_are_refused(videos: NumberedVideos, tmp_path: Path) -> None:
    """The header of the video announces 16,384 by 16,384 pixels."""
    path = videos.derive("small.mkv", "-f", "lavfi", "-i", "testsrc=s=64x64:d=1", "-f", "lavfi", "-i", "sine=d=1",
                         "-c:v", "ffv1", "-c:a", "pcm_s16le")  # fmt: skip
    width = b"\xb0\x81\x40"
    body = path.read_bytes()
    assert width in body
    huge = tmp_path / "huge.mkv"
    huge.write_bytes(body.replace(width, b"\xb0\x82\x40\x00", 1).replace(b"\xba\x81\x40", b"\xba\x82\x40\x00", 1))
    with pytest.raises(MediaError):
        numbers_at(huge, (0.0,))


def test_time_is_limited(videos: NumberedVideos) -> None:
    path = videos.make("h264.mp4", *ENCODINGS["h264.mp4"])
    video = find_video(path, tile_width=160, limits=LIMITS)
    assert video is not None
    with pytest.raises(MediaError, match="longer than 0 seconds") as caught:
        list(frames_at(path, video, [5.0], limits=FrameLimits(seconds=0.001)))
    assert caught.value.code == "video_timed_out"


def test_noise_in_the_picture_is_an_error_of_the_recording(videos: NumberedVideos, tmp_path: Path) -> None:
    whole = videos.make("mpeg4.mov", *ENCODINGS["mpeg4.mov"])
    body = bytearray(whole.read_bytes())
    start = body.index(b"mdat") + 4
    [size] = struct.unpack(">I", body[start - 8 : start - 4])
    body[start : start + size - 8] = bytes(size - 8)
    noise = tmp_path / "noise.mov"
    noise.write_bytes(body)
    with pytest.raises(MediaError):
        numbers_at(noise, (1.0, 30.0))


STAND_IN = """#!{python}
import sys
log, frames = sys.stderr, sys.stdout.buffer
print("[Parsed_showinfo_1 @ 0x1] [info] config in time_base: 1/10, frame_rate: 10/1", file=log, flush=True)
shown = 0
for number in [*range(20), *range(20)]:  # ffmpeg counts anew when the size of the picture changes
    line = f"n: {{number:3}} pts: {{shown}} pts_time:0 fmt:yuv420p sar:1/1 s:160x2 i:P iskey:{{int(not number)}} type:I"
    before = "[h264 @ 0x2] [error] a complaint without its end" if number == 7 else "[Parsed_showinfo_1 @ 0x1] [info] "
    if number != 12:  # a line that was lost among others
        print(before + line, file=log, flush=True)
    frames.write(bytes([shown]) * 160 * 2 * 3)
    shown += 1
"""


def test_no_frame_gets_the_time_of_another_one(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Threads of ffmpeg write to one log. A lost line costs its own frame, and not the order of all others."""
    program = tmp_path / "not-ffmpeg"
    program.write_text(STAND_IN.format(python=sys.executable))
    program.chmod(0o755)
    monkeypatch.setenv("IMAGEIO_FFMPEG_EXE", str(program))
    found = frames_at(program, VideoTrack(160, 2, 0.0), [number / 10 for number in range(40)], limits=LIMITS)
    assert [pixels[0] for pixels in found] == [11 if each == 12 else 31 if each == 32 else each for each in range(40)]


# --- sheets ----------------------------------------------------------------------------------------------------


def test_a_sheet_of_noise_is_written(videos: NumberedVideos) -> None:
    """The largest sheet that a video can lead to."""
    noise = np.random.default_rng(1).integers(0, 256, (100, 320, 160, 3), dtype=np.uint8)
    picture = sheet_of([tile.tobytes() for tile in noise], width=160, height=320, columns=10)
    assert picture.startswith(b"\xff\xd8")
    assert len(picture) < MAX_BYTES


def test_a_program_that_writes_without_end_is_stopped(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    endless = tmp_path / "not-ffmpeg"
    endless.write_text(f"#!{sys.executable}\nimport sys\nwhile True: sys.stdout.write('x' * 65536)\n")
    endless.chmod(0o755)
    monkeypatch.setenv("IMAGEIO_FFMPEG_EXE", str(endless))
    with pytest.raises(MediaError):
        sheet_of([bytes(160 * 90 * 3)], width=160, height=90, columns=10)
