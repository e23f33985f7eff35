"""What is checked at the door, without decoding anything: sizes, and that a transcript is text."""

from __future__ import annotations

from syncline.errors import InvalidInputError, MediaError, TranscriptError
from syncline.job import StoredObject
from syncline.layout import MAX_RECORDING_KEY_BYTES, RECORDING_EXTENSIONS
from syncline.settings import Settings

BYTES_PER_WORD = 64  # far more than any language needs: bounds what is read of a transcript


def check_recording(recording: StoredObject, settings: Settings) -> None:
    if recording.size == 0:
        raise MediaError("The recording is empty (0 bytes).", code="empty_recording", hint="Upload it again.")
    if recording.size > settings.max_recording_bytes:
        raise MediaError(
            f"The recording has {recording.size:,} bytes; at most {settings.max_recording_bytes:,} are accepted.",
            code="recording_too_large",
            hint="Upload a compressed or shorter version, or raise SYNCLINE_MAX_RECORDING_BYTES.",
        )
    if len(recording.key.encode()) > MAX_RECORDING_KEY_BYTES:
        raise InvalidInputError(
            f"The key is longer than {MAX_RECORDING_KEY_BYTES} bytes: its results would not fit into S3's limit.",
            code="key_too_long",
            hint="Upload it under a shorter name.",
        )


def check_transcript_size(transcript: StoredObject, settings: Settings) -> None:
    most = settings.max_transcript_words * BYTES_PER_WORD
    if transcript.size > most:
        raise TranscriptError(
            f"The transcript has {transcript.size:,} bytes; at most {most:,} are accepted.",
            code="transcript_too_large",
            hint="Is this really the transcript? Otherwise cut recording and transcript into parts.",
        )


def decode_transcript(document: bytes, *, max_words: int) -> str:
    """The transcript's text without BOM; raises TranscriptError saying what it is instead."""
    if document.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise _wrong_encoding("UTF-16", "UTF-16LE" if document.startswith(b"\xff\xfe") else "UTF-16BE")
    try:
        text = document.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise _wrong_encoding("Latin-1 or another 8-bit encoding", "LATIN1") from error
    if "\x00" in text:
        raise TranscriptError(
            "The transcript holds zero bytes: it is not text.", code="not_text", hint="Save it as plain text in UTF-8."
        )
    if not text.strip():
        raise TranscriptError(
            "The transcript is empty.",
            code="empty_transcript",
            hint='Write what is spoken, or upload no transcript and set "mode": "transcribe" in the options.',
        )
    words = len(text.split())
    if words > max_words:
        raise TranscriptError(
            f"The transcript has {words:,} words; at most {max_words:,} are accepted.",
            code="transcript_too_long",
            hint="Cut recording and transcript into parts, or raise SYNCLINE_MAX_TRANSCRIPT_WORDS.",
        )
    return text


def unknown_kind(key: str) -> InvalidInputError:
    return InvalidInputError(
        f"“{key.rpartition('/')[2]}” is no recording, transcript or options file.",
        code="unknown_kind",
        hint=f"Recordings end in {', '.join(RECORDING_EXTENSIONS)}; a transcript in txt; options in job.json.",
    )


def _wrong_encoding(name: str, iconv_name: str) -> TranscriptError:
    return TranscriptError(
        f"The transcript is not UTF-8: it looks like {name}.",
        code="not_utf8",
        hint=f"Save it as UTF-8, for example: iconv -f {iconv_name} -t UTF-8 old.txt > new.txt",
    )
