import re
import subprocess
from pathlib import Path

import imageio_ffmpeg
import pytest
from hypothesis import given
from hypothesis import strategies as st

from syncline.core import file_signatures, layout
from syncline.core.file_signatures import HEAD_BYTES, agrees, kind_of

SAMPLES = Path(__file__).parents[3] / "samples"
CODECS = {"mp4": ["-c:a", "aac"], "mov": ["-c:a", "aac"], "webm": ["-c:a", "libopus"], "mkv": ["-c:a", "libvorbis"]}


@pytest.mark.parametrize("extension", layout.RECORDING_EXTENSIONS)
@pytest.mark.parametrize("bits", [[], ["-ar", "16000", "-ac", "1"]])
def test_files_of_ffmpeg_agree_with_their_extension(extension: str, bits: list[str], tmp_path: Path) -> None:
    path = tmp_path / f"tone.{extension}"
    tone = ["-f", "lavfi", "-i", "sine=frequency=300:duration=1"]
    command = [imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error", *tone, *bits, *CODECS.get(extension, []), str(path)]
    subprocess.run(command, check=True)
    head = path.read_bytes()[:HEAD_BYTES]
    assert agrees(extension, kind_of(head))
    others = {"mp3", "wav", "flac", "ogg", "wma", "aac", "mkv", "mp4"} - {extension}
    family = {"opus": "ogg", "webm": "mkv", "m4a": "mp4", "mov": "mp4"}.get(extension)
    assert [other for other in others - {family} if agrees(other, kind_of(head))] == []


@pytest.mark.parametrize("path", sorted(SAMPLES.glob("*")), ids=lambda path: path.name)
def test_every_sample_agrees_with_its_extension(path: Path) -> None:
    extension = path.suffix[1:]
    if extension in layout.RECORDING_EXTENSIONS:
        assert agrees(extension, kind_of(path.read_bytes()[:HEAD_BYTES]))


@given(st.binary(max_size=600))
def test_any_bytes_have_a_kind_or_none(head: bytes) -> None:
    kind = kind_of(head)
    assert kind is None or re.match("an? |plain text|text in|nothing but", kind.title)


@given(st.binary(max_size=64), st.sampled_from(layout.RECORDING_EXTENSIONS))
def test_other_files_agree_with_no_extension_of_a_recording(tail: bytes, extension: str) -> None:
    for start in (b"%PDF-1.7", b"PK\x03\x04", b"<!DOCTYPE html>", b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff\xe0"):
        assert not agrees(extension, kind_of(start + tail))


def mp3_frames(count: int) -> bytes:
    return (bytes.fromhex("fffb9064") + bytes(413)) * count  # 128 kbit/s, 44.1 kHz: 417 bytes a frame


def adts_frames(count: int) -> bytes:
    return (bytes.fromhex("fff15080") + bytes([100 >> 3, (100 & 7) << 5 | 0x1F, 0xFC]) + bytes(93)) * count


def id3(size: int) -> bytes:
    return b"ID3\x04\x00\x00" + bytes([0, 0, size >> 7, size & 0x7F]) + bytes(size)


@pytest.mark.parametrize(
    ("head", "kind"),
    [
        (mp3_frames(3), file_signatures.MPEG_AUDIO),
        (mp3_frames(1), file_signatures.MPEG_AUDIO),
        (bytes(500) + mp3_frames(3), file_signatures.MPEG_AUDIO),
        (id3(300) + mp3_frames(2), file_signatures.MPEG_AUDIO),
        (id3(300) + adts_frames(2), file_signatures.ADTS),
        (id3(300) + b"fLaC", file_signatures.FLAC),
        (id3(9000)[:HEAD_BYTES], file_signatures.TAGGED),
        (adts_frames(3), file_signatures.ADTS),
        ("Guten Tag, Zoë. ".encode() * 300, file_signatures.TEXT),
        (bytes(4096), file_signatures.ZEROS),
        (b"", None),
        (b"\x01\x02\x03\x04\x05", None),
    ],
)
def test_patterns_without_a_signature(head: bytes, kind: file_signatures.Kind | None) -> None:
    assert kind_of(head[:HEAD_BYTES]) is kind


@pytest.mark.parametrize("cut", range(4))
def test_text_cut_within_a_character_is_still_text(cut: int) -> None:
    assert kind_of(("x" * cut + "😀" * 2000).encode()[:HEAD_BYTES]) is file_signatures.TEXT


@pytest.mark.parametrize(
    "start", ["MZ is short for Marie Zoë. ", "ID3 tags are ", "caffeine ", "BZh ", "Rar! ", "GIF8 "]
)
def test_text_that_begins_like_a_signature_is_still_text(start: str) -> None:
    assert file_signatures.kind_of_document((start * 10).encode()) is file_signatures.TEXT
