"""Mistakes in uploads, and the error that each one gets. Every row goes through the real intake."""

from __future__ import annotations

import gzip
import io
import itertools
import json
import zipfile
from dataclasses import dataclass, field, replace

import pytest
from reception_world import WAV_BYTES, World

from syncline.aws.settings import Settings
from syncline.core.job import State
from syncline.core.results import MAX_RECORDING_KEY_BYTES
from syncline.jobs.intake import Intake

MP3_BYTES = (bytes.fromhex("fffb9064") + bytes(413)) * 3
ADTS_BYTES = (bytes.fromhex("fff15080") + bytes([12, 0x9F, 0xFC]) + bytes(93)) * 3
MP4_BYTES = b"\x00\x00\x00\x20ftypisom\x00\x00\x02\x00isomiso2avc1mp41" + bytes(32)
ASF_BYTES = bytes.fromhex("3026b2758e66cf11a6d900aa0062ce6c") + bytes(32)
EBML_BYTES = b"\x1a\x45\xdf\xa3\x9f\x42\x86\x81\x01" + bytes(32)
OGG_BYTES = b"OggS\x00\x02" + bytes(32)
FLAC_BYTES = b"fLaC\x00\x00\x00\x22" + bytes(32)
ID3_MP3_BYTES = b"ID3\x04\x00\x00\x00\x00\x00\x0a" + bytes(10) + MP3_BYTES
HTML = b"<!DOCTYPE html><html><head><title>404 Not Found</title></head></html>"
S3_ERROR = b'<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>AccessDenied</Code></Error>'
PDF = b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj"
RTF = rb"{\rtf1\ansi\deff0 Guten Tag}"
TEXT = "Guten Tag, Zoë. Wie geht es Ihnen heute?"
SRT = b"1\n00:00:01,000 --> 00:00:02,500\nGuten Tag\n"
VTT = b"WEBVTT\n\n00:01.000 --> 00:02.500\nGuten Tag\n"


def zip_bytes() -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("word/document.xml", "<w/>")
    return buffer.getvalue()


@dataclass(frozen=True)
class Bad:
    """One upload set, and the error that it must get."""

    code: str
    says: str
    hint: str
    recording: bytes = WAV_BYTES
    name: str = "talk.wav"
    transcript: bytes | None = TEXT.encode()
    options: bytes | None = None
    metadata: dict[str, str] = field(default_factory=dict)


def named(name: str, content: bytes, says: str, *, code: str = "not_a_recording", hint: str = "itself") -> Bad:
    return Bad(code, f"is named .{name.rpartition('.')[2].lower()}, but {says}", hint, recording=content, name=name)


def renamed(name: str, content: bytes, says: str, hint: str) -> Bad:
    return named(name, content, says, code="wrong_extension", hint=f"“{hint}”")


def script(content: bytes, code: str, says: str, hint: str = "") -> Bad:
    return Bad(code, says, hint, transcript=content)


def wish(options: object, says: str, hint: str, code: str = "invalid_options") -> Bad:
    document = options if isinstance(options, bytes) else json.dumps(options).encode()
    return Bad(code, says, hint, options=document)


RECORDINGS = {
    "empty": Bad("empty_recording", "0 bytes", "again", recording=b""),
    "too large": Bad("recording_too_large", "at most 2,000", "MAX_RECORDING_BYTES", recording=WAV_BYTES + bytes(3000)),
    "key too long": Bad(
        "key_too_long", f"{MAX_RECORDING_KEY_BYTES} bytes", "shorter", name="é" * 495 + ".wav", transcript=None
    ),
    "mp4 as mp3": renamed("talk.mp3", MP4_BYTES, "is an MP4, M4A or QuickTime file", "talk.mp4"),
    "mp3 as wav": renamed("talk.wav", MP3_BYTES, "is an MP3 file", "talk.mp3"),
    "tagged mp3 as wav": renamed("talk.wav", ID3_MP3_BYTES, "is an MP3 file", "talk.mp3"),
    "mp3 as m4a": renamed("talk.m4a", MP3_BYTES, "is an MP3 file", "talk.mp3"),
    "wav as mp3": renamed("talk.mp3", WAV_BYTES, "is a WAV file", "talk.wav"),
    "wav as flac": renamed("talk.flac", WAV_BYTES, "is a WAV file", "talk.wav"),
    "wav in capitals as mp3": renamed("Talk.MP3", WAV_BYTES, "is a WAV file", "Talk.wav"),
    "aac as mp3": renamed("talk.mp3", ADTS_BYTES, "is an AAC file", "talk.aac"),
    "mp4 as aac": renamed("talk.aac", MP4_BYTES, "is an MP4", "talk.mp4"),
    "wma as mp3": renamed("talk.mp3", ASF_BYTES, "is a Windows Media file", "talk.wma"),
    "mp3 as wma": renamed("talk.wma", MP3_BYTES, "is an MP3 file", "talk.mp3"),
    "webm as mp4": renamed("talk.mp4", EBML_BYTES, "is a Matroska or WebM file", "talk.mkv"),
    "mp4 as webm": renamed("talk.webm", MP4_BYTES, "is an MP4", "talk.mp4"),
    "ogg as mp3": renamed("talk.mp3", OGG_BYTES, "is an Ogg file", "talk.ogg"),
    "flac as ogg": renamed("talk.ogg", FLAC_BYTES, "is a FLAC file", "talk.flac"),
    "dots in the name": renamed("my.talk.v2.wav", MP3_BYTES, "is an MP3 file", "my.talk.v2.mp3"),
    "error page as mp3": named("talk.mp3", HTML, "is a web page"),
    "error page of S3 as mp4": named("talk.mp4", S3_ERROR, "is an XML document"),
    "zip as mp3": named("talk.mp3", zip_bytes(), "is a ZIP archive"),
    "gzip as wav": named("talk.wav", gzip.compress(WAV_BYTES), "is a gzip archive"),
    "pdf as mp3": named("talk.mp3", PDF, "is a PDF document"),
    "picture as mp4": named("talk.mp4", b"\x89PNG\r\n\x1a\n" + bytes(20), "is a PNG picture"),
    "photo as mp3": named("talk.mp3", b"\xff\xd8\xff\xe0\x00\x10JFIF" + bytes(20), "is a JPEG picture"),
    "avi as mp4": named("talk.mp4", b"RIFF\x00\x10\x00\x00AVI LIST" + bytes(20), "is an AVI video"),
    "aiff as wav": named("talk.wav", b"FORM\x00\x00\x10\x00AIFFCOMM" + bytes(20), "is an AIFF recording"),
    "voice memo of a phone as wav": named("talk.wav", b"#!AMR\n" + bytes(20), "is an AMR recording"),
    "program as wav": named("talk.wav", b"MZ\x90\x00" + bytes(20), "is a Windows program"),
    "transcript as recording": named("talk.wav", TEXT.encode() * 9, "is plain text"),
    "interrupted copy": named("talk.wav", bytes(500), "is nothing but zero bytes"),
    "playlist as mp3": named("talk.mp3", b"#EXTM3U\nhttp://example.org/1.ts\n", "is plain text"),
    "noise as mp3": named("talk.mp3", bytes(range(1, 200)), "does not begin", code="unknown_content", hint="ffmpeg"),
    "raw samples as wav": named(
        "talk.wav", b"\x01\x02\x03\x04" * 40, "does not begin", code="unknown_content", hint=""
    ),
}
TRANSCRIPTS = {
    "empty": script(b"", "empty_transcript", "empty", "transcribe"),
    "blank": script(b" \r\n\t\n", "empty_transcript", "empty", "transcribe"),
    "only a BOM": script(b"\xef\xbb\xbf", "empty_transcript", "empty", "transcribe"),
    "only marks": script("... — ???".encode(), "no_words", "no words", "plain text"),
    "UTF-16 of Windows": script(TEXT.encode("utf-16-le").join([b"\xff\xfe", b""]), "not_utf8", "UTF-16", "UTF-16LE"),
    "UTF-16 big-endian": script(b"\xfe\xff" + TEXT.encode("utf-16-be"), "not_utf8", "UTF-16", "UTF-16BE"),
    "UTF-16 without BOM": script(TEXT.encode("utf-16-le"), "not_utf8", "UTF-16", "iconv -f UTF-16LE"),
    "UTF-32": script(TEXT.encode("utf-32"), "not_utf8", "UTF-32", "iconv -f UTF-32"),
    "Latin-1": script(TEXT.encode("latin-1"), "not_utf8", "Latin-1", "iconv -f LATIN1"),
    "Windows-1252": script("“Zoë”".encode("cp1252"), "not_utf8", "Windows-1252", "WINDOWS-1252"),
    "Shift JIS": script("こんにちは".encode("shift_jis"), "not_utf8", "8-bit", "iconv"),
    "UTF-8 broken": script("Zoë\nund Zo".encode() + b"\xeb", "not_utf8", "broken at byte 12 (line 2)", "line"),
    "UTF-8 cut": script("Zoë Zoë".encode()[:-1], "not_utf8", "broken at byte 8 (line 1)", "line"),
    "a zero byte": script(b"Guten\x00Tag, Zoe, wie geht es Ihnen?", "not_text", "zero bytes", "UTF-8"),
    "Word": script(zip_bytes(), "not_text", "ZIP archive (Word", "plain text"),
    "old Word": script(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(50), "not_text", "old Word", "plain text"),
    "PDF": script(PDF, "not_text", "a PDF document", "plain text"),
    "RTF": script(RTF, "not_text", "an RTF document", "plain text"),
    "web page": script(HTML, "not_text", "a web page", "plain text"),
    "the recording again": script(ID3_MP3_BYTES, "not_text", "an MP3 file", "plain text"),
    "subtitles": script(SRT, "subtitles", "subtitle file", "Rename it to .srt or .vtt"),
    "web subtitles": script(VTT, "subtitles", "subtitle file", "Rename it to .srt or .vtt"),
    "too many words": script(b"a " * 101, "transcript_too_long", "101 words; at most 100", "parts"),
    "a run of dots": script(b"Hello " + b"." * 1001 + b" a", "punctuation_too_long", "1,001 punctuation", "break it"),
    "spaced dots": script(b"Hello " + b". " * 90 + b"." * 950, "punctuation_too_long", "1,040 punctuation", "break it"),
    "quotation marks": script("“".encode() * 1500 + b" a", "punctuation_too_long", "1,500 punctuation", "break it"),
    "one word": script(b"a" * 1001, "word_too_long", "1,001 characters without a space", "break it"),
    "a compound": script(b"Hello " + b"a-" * 600, "word_too_long", "begin “a-a-a-", "break it"),
    "too many bytes": script(b"a" * 6401, "transcript_too_large", "6,401 bytes; at most 6,400", "really"),
}
OPTIONS = {
    "not JSON": wish(b"{translate_to: ja}", "not JSON in UTF-8", "Write an object"),
    "trailing comma": wish(b'{"mode": "align",}', "not JSON in UTF-8", "Write an object"),
    "empty": wish(b"", "not JSON in UTF-8", "Write an object"),
    "Latin-1": wish('{"x": "é"}'.encode("latin-1"), "not JSON in UTF-8", "Write an object"),
    "a list": wish(["ja"], "are not a JSON object", "Write an object"),
    "too deep": wish(b"[" * 60_000, "not JSON in UTF-8", "Write an object"),
    "too large": wish(b'{"mode": "' + b"x" * 66_000 + b'"}', "at most 65,536", "few fields", "options_too_large"),
    "a field twice": wish(b'{"mode": "align", "mode": "transcribe"}', "“mode” occurs twice", "Keep one"),
    "half a character": wish(b'{"mode": "\\ud800"}', "mode cannot be “?”", "align, transcribe"),
    "half a character as field": wish(b'{"\\udfff": 1}', "field “?” is not known", "Allowed are"),
    "half a character as language": wish(b'{"translate_to": ["\\ud800"]}', "“?” is not", "am ar", "unknown_language"),
    "an endless language": wish({"translate_to": ["x" * 60_000]}, f"“{'x' * 80}” is", "am ar", "unknown_language"),
    "misspelt field": wish({"translateto": ["ja"]}, "Did you mean “translate_to”?", "Allowed are: mode, language"),
    "field in capitals": wish({"Engine": "gentle"}, "Did you mean “engine”?", "Allowed are"),
    "misspelt engine": wish({"engine": "pocketsphynx"}, "Did you mean “pocketsphinx”?", "gentle, pocketsphinx"),
    "engine in capitals": wish({"engine": "Gentle"}, "Did you mean “gentle”?", "gentle, pocketsphinx"),
    "misspelt mode": wish({"mode": "transcript"}, "Did you mean “transcribe”?", "align, transcribe"),
    "unknown language": wish({"translate_to": ["jp"]}, "Did you mean ja (Japanese)", "am ar", "unknown_language"),
    "the language spoken": wish({"translate_to": ["en"]}, "the spoken language", "Leave it out", "same_language"),
    "not a list": wish({"translate_to": "ja"}, "not a list", '["'),
    "numbers in a list": wish({"translate_to": [1]}, "not a list of strings", '["'),
    "text for a flag": wish({"disfluency": "yes"}, "cannot be “yes”", "true, false"),
    "null": wish({"mode": None}, "cannot be “None”", "align, transcribe"),
    "unknown output": wish({"outputs": ["pdf"]}, "outputs cannot be “pdf”", "textgrid"),
    "unheard language": wish(
        {"language": "th"}, "does not know the language “th”", "Name one of en", "engine_language"
    ),
    "metadata": Bad("unknown_language", "“klingon”", "am ar", metadata={"translate-to": "ja, klingon"}),
    "engine in metadata": Bad("invalid_options", "“gentel”. Did you mean", "gentle", metadata={"engine": "gentel"}),
}
UNKNOWN_KINDS = ("notes.pdf", "talk.docx", "talk", ".hidden", "talk.ass", "talk.json", "talk.avi", "talk.mp3.zip")
TABLE = [
    pytest.param(bad, id=f"{kind}: {name}")
    for kind, rows in (("recording", RECORDINGS), ("transcript", TRANSCRIPTS), ("options", OPTIONS))
    for name, bad in rows.items()
]
SMALL = Settings(max_recording_bytes=2000, max_transcript_words=100)


@pytest.fixture
def intake(world: World) -> Intake:
    limits = {"max_recording_bytes": SMALL.max_recording_bytes, "max_transcript_words": SMALL.max_transcript_words}
    return Intake(replace(world.deployment, settings=replace(world.deployment.settings, **limits)))


@pytest.mark.parametrize("bad", TABLE)
def test_a_bad_upload_is_refused_with_a_reason_and_a_hint(bad: Bad, world: World, intake: Intake) -> None:
    key = upload(bad, world)
    [job] = intake.object_created(key)
    assert job.state is State.REJECTED
    assert job.error is not None
    assert (job.error["code"], bad.says in job.error["message"]) == (bad.code, True), job.error
    assert bad.hint in job.error["hint"]
    assert job.error["hint"]
    assert world.messages() == []


def upload(bad: Bad, world: World) -> str:
    stem = bad.name.rpartition(".")[0]
    if bad.transcript is not None:
        world.upload(f"{stem}.txt", bad.transcript)
    if bad.options is not None:
        world.upload(f"{stem}.job.json", bad.options)
    return world.upload(bad.name, bad.recording, metadata=bad.metadata)


@pytest.mark.parametrize("name", UNKNOWN_KINDS)
def test_a_file_of_an_unknown_kind_is_refused_with_the_kinds_that_are_accepted(
    name: str, world: World, intake: Intake
) -> None:
    [verdict] = intake.object_created(world.upload(name, b"something"))
    assert (verdict.state, verdict.error and verdict.error["code"]) == (State.REJECTED, "unknown_kind")
    assert world.record_file(name)["state"] == "REJECTED"


@pytest.mark.parametrize("kind", ["recording", "transcript", "options"])
def test_a_corrected_upload_becomes_a_job(kind: str, world: World, intake: Intake) -> None:
    bad = {"recording": RECORDINGS["mp3 as wav"], "transcript": TRANSCRIPTS["Latin-1"], "options": OPTIONS["null"]}[
        kind
    ]
    intake.object_created(upload(bad, world))
    good = {
        "recording": ("talk.wav", WAV_BYTES),
        "transcript": ("talk.txt", TEXT.encode()),
        "options": ("talk.job.json", b"{}"),
    }
    [job] = intake.object_created(world.upload(*good[kind]))
    assert (job.state, job.error, len(world.messages())) == (State.QUEUED, None, 1)


@pytest.mark.parametrize("bad", [RECORDINGS["empty"], TRANSCRIPTS["UTF-32"], OPTIONS["too large"]])
def test_the_error_is_also_written_to_the_bucket(bad: Bad, world: World, intake: Intake) -> None:
    [job] = intake.object_created(upload(bad, world))
    file = world.record_file(bad.name)
    assert (file["state"], file["error"], file["job_id"]) == ("REJECTED", job.error, job.job_id)


def test_a_second_error_replaces_the_file_of_the_first(world: World, intake: Intake) -> None:
    intake.object_created(upload(RECORDINGS["empty"], world))
    intake.object_created(upload(TRANSCRIPTS["empty"], world))
    assert world.record_file("talk.wav")["error"]["code"] == "empty_transcript"


def test_an_upload_set_with_more_files_than_one_request_can_read(world: World, intake: Intake) -> None:
    spellings = ["".join(letters) for letters in itertools.product("jJ", "oO", "bB", "jJ", "sS", "oO", "nN")]
    for spelling in spellings:
        world.upload(f"talk.{spelling[:3]}.{spelling[3:]}", b'{"mode": "transcribe"}')
    [job] = intake.object_created(world.upload("talk.wav"))
    assert (len(spellings), job.state) == (128, State.QUEUED)


def test_a_transcript_is_not_read_when_none_is_needed(world: World, intake: Intake) -> None:
    bad = replace(TRANSCRIPTS["PDF"], options=b'{"mode": "transcribe"}')
    [job] = intake.object_created(upload(bad, world))
    assert job.state is State.QUEUED
