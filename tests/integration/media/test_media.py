"""Decoding with a real ffmpeg: the system's and the one in the imageio-ffmpeg wheel."""

import array
import http.server
import re
import shutil
import signal
import struct
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from syncline.core.errors import LimitExceededError, MediaError, SettingsError, SynclineError
from syncline.media import DecodeLimits, decode, export_wav, ffmpeg_binary
from tests.local_aws import descendants

SINE = ("-f", "lavfi", "-i", "sine=frequency=440:duration=3:sample_rate=44100")
SILENCE = ("-f", "lavfi", "-i", "anullsrc=r=8000:cl=mono:d=3600")  # compresses to 1/300 of its decoded size
PICTURE = ("-f", "lavfi", "-i", "testsrc=duration=3:size=64x48:rate=10")


@pytest.fixture
def raw(tmp_path):
    return tmp_path / "audio.raw"


@pytest.fixture
def program(monkeypatch, tmp_path):
    """Replace ffmpeg by a program with this Python source."""

    def install(source):
        path = tmp_path / "not-ffmpeg"
        path.write_text(f"#!{sys.executable}\n{source}\n")
        path.chmod(0o755)
        monkeypatch.setenv("IMAGEIO_FFMPEG_EXE", str(path))

    return install


def samples_of(audio):
    found = array.array("h")
    found.frombytes(audio.path.read_bytes())
    return found


def first_sound(audio):
    return next(index for index, sample in enumerate(samples_of(audio)) if abs(sample) > 500) / 16_000


def refused(recording, into, limits=None):
    with pytest.raises(SynclineError) as caught:
        decode(recording, into, limits=limits)
    assert not into.exists()
    return caught.value


def wav_of(samples, rate):
    fields = (16, 1, 1, rate, 2 * rate, 2, 16, b"data", len(samples))
    return struct.pack("<4sI4s4sIHHIIHH4sI", b"RIFF", 36 + len(samples), b"WAVE", b"fmt ", *fields) + samples


def cut_off(path, into, *, at):
    into.write_bytes(path.read_bytes()[:at])
    return into


# --- what can be decoded -------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["a.mp3", "a.wav", "a.flac", "a.ogg", "a.opus", "a.m4a", "a.aac", "a.wma", "a.mka"])
def test_every_audio_format_decodes_to_16_khz(made, raw, either_ffmpeg, name):
    audio = decode(made(name, *SINE), raw)
    assert audio.path == raw and audio.warnings == ()
    assert raw.stat().st_size == 2 * audio.samples
    assert audio.seconds == pytest.approx(3, abs=0.06)
    assert first_sound(audio) == pytest.approx(0, abs=0.03)


@pytest.mark.parametrize("name", ["v.mp4", "v.mov", "v.mkv", "v.webm"])
def test_video_decodes_to_its_audio(made, raw, either_ffmpeg, name):
    audio = decode(made(name, *PICTURE, *SINE), raw)
    assert audio.seconds == pytest.approx(3, abs=0.06)


@pytest.mark.parametrize("name", ["late.mp4", "late.mkv"])
def test_audio_that_starts_after_the_picture_is_padded_with_silence(made, raw, either_ffmpeg, name):
    audio = decode(made(name, *PICTURE, "-itsoffset", "1.5", *SINE), raw)
    assert first_sound(audio) == pytest.approx(1.5, abs=0.01)


def test_a_gap_in_the_recording_is_filled_with_silence(made, raw, either_ffmpeg):
    jump = "asetpts='if(gt(T,2),PTS+600/TB,PTS)'"
    audio = decode(made("hole.mka", *SINE, "-af", jump, "-c:a", "libopus"), raw)
    assert audio.seconds == pytest.approx(603, abs=0.1)
    assert any(abs(sample) > 500 for sample in samples_of(audio)[-8000:])


def test_16_bit_mono_is_unchanged(made, raw, either_ffmpeg):
    noise = made("noise.wav", "-f", "lavfi", "-i", "anoisesrc=d=2:r=16000:seed=1", "-ac", "1")
    decode(noise, raw)
    assert noise.read_bytes().endswith(raw.read_bytes())


def test_stereo_becomes_one_channel(made, raw, either_ffmpeg):
    stereo = made("stereo.wav", *SINE, "-af", "aformat=channel_layouts=stereo")
    assert decode(stereo, raw).seconds == pytest.approx(3, abs=0.01)


@pytest.mark.parametrize("name", ["-i.mp3", "file:a b.mp3", "a%d?.mp3", "é🙂'\";$(true).mp3"])
def test_a_file_name_is_never_an_option_or_an_address(made, raw, tmp_path, name):
    shutil.copy(made("a.mp3", *SINE), tmp_path / name)
    assert decode(tmp_path / name, raw).seconds == pytest.approx(3, abs=0.06)


def test_progress_rises_to_one(made, raw):
    reported = []
    decode(made("long.wav", "-f", "lavfi", "-i", "sine=d=300"), raw, progress=reported.append)
    assert reported == sorted(reported) and reported[-1] == 1.0 and reported[0] >= 0


# --- recordings with something wrong -------------------------------------------------------------------------


def test_a_truncated_video_decodes_with_a_warning(made, raw, tmp_path, either_ffmpeg):
    whole = made("fast.mp4", *SINE, "-movflags", "+faststart")
    audio = decode(cut_off(whole, tmp_path / "half.mp4", at=16_000), raw)
    assert 0.5 < audio.seconds < 2.5
    assert "cut short or damaged" in audio.warnings[0] and "of the 3.0 seconds" in audio.warnings[0]
    assert "partial file" in audio.warnings[0]


@pytest.mark.parametrize("name", ["a.mp3", "a.flac", "a.wav", "a.mka"])
def test_truncated_audio_decodes_with_a_warning(made, raw, tmp_path, either_ffmpeg, name):
    whole = made(name, *SINE)
    audio = decode(cut_off(whole, tmp_path / name, at=whole.stat().st_size // 2 + 1), raw)
    assert 0.5 < audio.seconds < 2.9
    assert len(audio.warnings) == 1


def test_a_video_cut_off_before_its_index_is_truncated(made, raw, tmp_path, either_ffmpeg):
    error = refused(cut_off(made("v.mp4", *PICTURE, *SINE), tmp_path / "half.mp4", at=9000), raw)
    assert isinstance(error, MediaError)
    assert error.code == "recording_truncated" and "moov atom not found" in error.message


def test_a_video_without_audio_is_refused(made, raw, either_ffmpeg):
    error = refused(made("silent.mp4", *PICTURE), raw)
    assert error.code == "no_audio_stream" and "matches no streams" in error.message


def test_an_encrypted_recording_is_refused(made, raw, either_ffmpeg):
    key = ("-encryption_scheme", "cenc-aes-ctr", "-encryption_key", "76" * 16, "-encryption_kid", "a7" * 16)
    assert refused(made("locked.mp4", *SINE, *key), raw).code == "recording_encrypted"


def test_an_empty_file_is_refused(raw, tmp_path):
    (tmp_path / "zero.mp3").touch()
    assert refused(tmp_path / "zero.mp3", raw).code == "recording_empty"


def test_a_wav_without_samples_is_empty(raw, tmp_path, either_ffmpeg):
    (tmp_path / "none.wav").write_bytes(wav_of(b"", 16_000))
    assert refused(tmp_path / "none.wav", raw).code == "recording_empty"


@pytest.mark.parametrize(
    "content", [b"Hello, this is the transcript.\n" * 50, b"PK\x03\x04" + bytes(500), b"\0" * 5000]
)
@pytest.mark.parametrize("name", ["a.mp3", "a.mp4", "a.ogg"])
def test_a_file_that_is_not_media_is_refused(raw, tmp_path, either_ffmpeg, content, name):
    (tmp_path / name).write_bytes(content)
    error = refused(tmp_path / name, raw)
    assert error.code == "not_media" and "ffmpeg said: " in error.message


def test_a_picture_is_not_a_recording(made, raw, either_ffmpeg):
    assert refused(made("one.png", *PICTURE, "-frames:v", "1"), raw).code == "not_media"


@pytest.mark.parametrize("where", ["a folder", "nothing at all"])
def test_a_missing_file_or_a_folder_is_unreadable(raw, tmp_path, where):
    assert refused(tmp_path if where == "a folder" else tmp_path / "gone.mp3", raw).code == "recording_unreadable"


def test_a_message_names_the_recording_without_the_folder(made, raw, tmp_path, either_ffmpeg):
    (tmp_path / "talk.mp4").write_bytes(b"no")
    error = refused(tmp_path / "talk.mp4", raw)
    assert "talk.mp4" in error.message and str(tmp_path) not in error.message


# --- hostile recordings --------------------------------------------------------------------------------------


def playlists(target):
    return {
        "m3u8": f"#EXTM3U\n#EXT-X-TARGETDURATION:3\n#EXTINF:3,\n{target}\n#EXT-X-ENDLIST\n",
        "concat": f"ffconcat version 1.0\nfile '{target}'\n",
        "sdp": "v=0\no=- 0 0 IN IP4 127.0.0.1\ns=x\nc=IN IP4 127.0.0.1\nt=0 0\nm=audio 5004 RTP/AVP 0\n",
        "svg": f'<svg xmlns:xlink="http://www.w3.org/1999/xlink"><image xlink:href="{target}"/></svg>',
        "dash": f'<?xml version="1.0"?><MPD xmlns="urn:mpeg:dash:schema:mpd:2011"><BaseURL>{target}</BaseURL></MPD>',
        "asx": f'<asx version="3.0"><entry><ref href="{target}"/></entry></asx>',
        "imf": f'<?xml version="1.0"?><CompositionPlaylist><Id>{target}</Id></CompositionPlaylist>',
    }


@pytest.mark.parametrize("kind", playlists(""))
@pytest.mark.parametrize("extension", ["mp3", "m3u8"])
def test_a_playlist_cannot_open_another_file(made, raw, tmp_path, either_ffmpeg, kind, extension):
    shutil.copy(made("secret.ts", *SINE), tmp_path / "secret.ts")
    bait = tmp_path / f"bait.{extension}"
    bait.write_text(playlists("secret.ts")[kind])  # in the same folder, where ffmpeg checks least
    assert refused(bait, raw).code == "not_media"


@pytest.mark.parametrize("kind", playlists(""))
def test_a_playlist_cannot_open_an_address(raw, tmp_path, either_ffmpeg, kind):
    requests = []

    class Listener(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            requests.append(self.path)

    server = http.server.HTTPServer(("127.0.0.1", 0), Listener)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        (tmp_path / "bait.mp3").write_text(playlists(f"http://127.0.0.1:{server.server_port}/a.wav")[kind])
        refused(tmp_path / "bait.mp3", raw)
    finally:
        server.shutdown()
        server.server_close()
    assert requests == []


def test_a_reference_movie_cannot_open_another_file(made, raw, tmp_path, either_ffmpeg):
    """QuickTime can keep a track's samples in another file."""
    movie = made("pcm.mov", *SINE, "-c:a", "pcm_s16le")
    secret = tmp_path / "secret.mov"
    if len(str(secret)) % 2:  # the alias record holds names of an even length
        secret = tmp_path / "secrets.mov"
    shutil.copy(movie, secret)
    bait = tmp_path / "bait.mov"
    bait.write_bytes(referring_to(secret, movie.read_bytes()))
    allowed = [ffmpeg_binary(), "-v", "error", "-enable_drefs", "1", "-use_absolute_path", "1", "-i", str(bait)]
    leaked = subprocess.run([*allowed, "-f", "s16le", "-"], capture_output=True, check=True).stdout
    assert any(leaked), "the bait does not work even where ffmpeg allows it, so the test proves nothing"
    assert refused(bait, raw).code == "recording_elsewhere"


def referring_to(path, movie):
    """The movie with zeroed samples and an alias record to another file."""
    start, index = movie.index(b"mdat") + 4, movie.index(b"moov") - 4
    name = str(path).encode()
    record = bytes(10) + bytes(28) + bytes(12) + bytes(64) + bytes(16) + struct.pack(">HH", 1, 1) + bytes(16)
    record += struct.pack(">HH", 2, len(name)) + name + struct.pack(">HH", 0xFFFF, 0)
    alias = struct.pack(">I4sI", 12 + len(record), b"alis", 0) + record
    own = struct.pack(">I4sI", 12, b"url ", 1)
    boxes = movie[index:].replace(own, alias)
    for name in (b"moov", b"trak", b"mdia", b"minf", b"dinf", b"dref"):
        at = boxes.index(name) - 4
        size = int.from_bytes(boxes[at : at + 4], "big") + len(alias) - len(own)
        boxes = boxes[:at] + size.to_bytes(4, "big") + boxes[at + 4 :]
    return movie[:start] + bytes(index - start) + boxes


def test_a_small_file_with_hours_inside_is_stopped_at_the_limit(made, raw, either_ffmpeg):
    bomb = made("bomb.flac", *SILENCE)
    assert bomb.stat().st_size * 100 < 3600 * 32_000
    error = refused(bomb, raw, DecodeLimits(max_audio_seconds=60))
    assert error.code == "recording_too_long" and "longer than 60 seconds" in error.message


def test_a_recording_as_long_as_the_limit_is_accepted(made, raw, either_ffmpeg):
    assert decode(made("a.wav", *SINE), raw, limits=DecodeLimits(max_audio_seconds=3)).seconds == pytest.approx(3)


def test_time_stamps_that_jump_by_a_day_are_refused(made, raw, either_ffmpeg):
    jump = "asetpts='if(gt(T,2),PTS+86400/TB,PTS)'"
    day = made("day.mka", *SINE, "-af", jump, "-c:a", "libopus")
    assert refused(day, raw, DecodeLimits(max_memory_bytes=500 << 20)).code == "recording_timestamps"


@pytest.mark.parametrize("rate", [1, 3_999])
def test_a_sample_rate_below_four_kilohertz_is_refused(raw, tmp_path, either_ffmpeg, rate):
    """40 kB at 1 Hz would decode to 640 MB."""
    (tmp_path / "slow.wav").write_bytes(wav_of(bytes(40_000), rate))
    error = refused(tmp_path / "slow.wav", raw)
    assert error.code == "sample_rate_too_low" and f"{rate:,} samples a second" in error.message


def test_a_sample_rate_of_four_kilohertz_is_accepted(raw, tmp_path, either_ffmpeg):
    (tmp_path / "telephone.wav").write_bytes(wav_of(bytes(80_000), 4_000))
    assert decode(tmp_path / "telephone.wav", raw).seconds == pytest.approx(10, abs=0.01)


def test_hours_of_audio_in_a_few_bytes_are_refused(made, raw, either_ffmpeg):
    jump = "asetpts='if(gt(T,2),PTS+7200/TB,PTS)'"
    error = refused(made("hours.mka", *SINE, "-af", jump, "-c:a", "libopus"), raw)
    assert error.code == "duration_implausible"
    assert re.search("more than 6[0-9] minutes of audio in [0-9]+ kB", error.message)


def test_a_decoder_is_stopped_before_it_fills_the_disk(made, raw, program):
    program("import time; time.sleep(3600)")
    with pytest.raises(LimitExceededError) as full:
        decode(made("a.mp3", *SINE), raw, free_bytes=lambda folder: 15 << 20)
    assert full.value.code == "disk_full"
    assert not raw.exists()


# --- misbehaving children ------------------------------------------------------------------------------------


def test_a_decoder_that_hangs_is_killed(made, raw, program):
    program("import sys, time; print('[error] still thinking', file=sys.stderr, flush=True); time.sleep(60)")
    error = refused(made("a.mp3", *SINE), raw, DecodeLimits(max_wall_seconds=1))
    assert error.code == "decode_timed_out" and "still thinking" in error.message


def test_a_recording_that_takes_too_much_cpu_time_times_out(made, raw, either_ffmpeg):
    # Eight hours: several seconds of work for any processor, so that a fast one is stopped as well.
    night = made("night.flac", "-f", "lavfi", "-i", "anullsrc=r=8000:cl=mono:d=28800")
    assert refused(night, raw, DecodeLimits(max_cpu_seconds=1)).code == "decode_timed_out"


def test_a_decoder_that_spins_is_stopped_by_its_cpu_limit(made, raw, program):
    program("while True: pass")
    assert refused(made("a.mp3", *SINE), raw, DecodeLimits(max_cpu_seconds=1)).code == "decode_timed_out"


def test_a_decoder_that_exceeds_its_memory_limit_is_out_of_memory(made, raw, program):
    program(
        "import sys\ntry: bytearray(1 << 29)\n"
        "except MemoryError: sys.exit(print('[error] Cannot allocate memory', file=sys.stderr) or 1)"
    )
    error = refused(made("a.mp3", *SINE), raw, DecodeLimits(max_memory_bytes=200 << 20))
    assert error.code == "decode_out_of_memory"


def test_a_decoder_killed_by_the_system_is_out_of_memory(made, raw, program):
    program("import os; os.kill(os.getpid(), 9)")
    assert refused(made("a.mp3", *SINE), raw).code == "decode_out_of_memory"


def test_a_decoder_crash_is_an_error_despite_output(made, raw, program):
    program("import os; os.write(1, bytes(32000)); os.kill(os.getpid(), 11)")
    assert refused(made("a.mp3", *SINE), raw).code == "decoder_crashed"


def test_a_decoder_that_writes_without_end_is_stopped(made, raw, program):
    program("import os\nwhile True: os.write(1, bytes(1 << 20))")
    error = refused(made("a.mp3", *SINE), raw, DecodeLimits(max_audio_seconds=60))
    assert error.code == "recording_too_long"


def test_an_endless_log_is_bounded(made, raw, program):
    program("import sys\nfor i in range(50_000): print('[error] line', i, 'x' * 100, file=sys.stderr)\nsys.exit(1)")
    error = refused(made("a.mp3", *SINE), raw)
    assert "line 49999" in error.message and len(error.message) < 1000


def test_the_child_has_a_clean_environment(made, raw, program, monkeypatch):
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "hidden")
    program("import os, sys; print('[error]', sorted(os.environ), file=sys.stderr); sys.exit(1)")
    assert "AWS" not in refused(made("a.mp3", *SINE), raw).message


def test_an_exception_in_progress_leaves_no_child_and_no_file(made, raw, program):
    program(
        "import os, sys, time; print('[info]   Duration: 00:01:00.00', file=sys.stderr, flush=True); time.sleep(60)"
    )

    def stop(done):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        decode(made("a.mp3", *SINE), raw, progress=stop)
    assert not raw.exists()


@pytest.mark.skipif(sys.platform != "linux", reason="needs Linux")
def test_the_child_dies_with_its_parent(made, raw, program):
    program("import time; time.sleep(3600)")
    code = "import sys; from pathlib import Path; from syncline.media import decode; decode(*map(Path, sys.argv[1:]))"
    command = [sys.executable, "-c", code, str(made("a.mp3", *SINE)), str(raw)]
    parent = subprocess.Popen(command, cwd=Path(__file__).parents[3])
    child = wait_for(lambda: [pid for pid in descendants(parent.pid) if b"not-ffmpeg" in first_arguments(pid)[-1]])[0]
    parent.send_signal(signal.SIGKILL)
    parent.wait()
    assert wait_for(lambda: not running(child))


def test_a_named_ffmpeg_precedes_the_wheel_s(monkeypatch):
    assert "imageio_ffmpeg" in ffmpeg_binary()
    monkeypatch.setenv("IMAGEIO_FFMPEG_EXE", shutil.which("true"))
    assert ffmpeg_binary() == shutil.which("true")


def test_a_missing_ffmpeg_names_the_way_to_install_it(made, raw, monkeypatch, tmp_path):
    recording = made("a.mp3", *SINE)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setitem(sys.modules, "imageio_ffmpeg", None)
    with pytest.raises(SettingsError, match="pip install imageio-ffmpeg"):
        decode(recording, raw)


def wait_for(condition, seconds=10):
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if found := condition():
            return found
        time.sleep(0.02)
    raise AssertionError("timed out")


def first_arguments(pid):
    """The program and, for a script, its path. A process that is just starting may have none."""
    return Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")[:2]


def running(pid):
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state != "Z"


# --- excerpts ------------------------------------------------------------------------------------------------


def test_an_excerpt_of_a_decoded_recording_is_a_wav_that_ffmpeg_reads(made, raw, tmp_path):
    audio = decode(made("a.mp3", *SINE), raw)
    export_wav(audio, 1.0, 2.5, tmp_path / "part.wav", 8000)
    assert decode(tmp_path / "part.wav", tmp_path / "again.raw").seconds == pytest.approx(1.5, abs=0.001)
