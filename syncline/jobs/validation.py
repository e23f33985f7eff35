"""Check uploads without decoding audio: sizes, file signatures, and that a transcript is UTF-8 text."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

from syncline.aws.settings import Settings
from syncline.core import file_signatures, layout
from syncline.core.errors import InvalidInputError, InvalidOptionsError, MediaError, SynclineError, TranscriptError
from syncline.core.file_signatures import HEAD_BYTES, Kind
from syncline.core.job import StoredObject
from syncline.core.layout import RECORDING_EXTENSIONS
from syncline.core.linebreaks import UNSPACED
from syncline.core.results import LONGEST_RESULT_NAME, MAX_RECORDING_KEY_BYTES

if TYPE_CHECKING:
    from syncline.core.transcript import Transcript

BYTES_PER_WORD = 64  # more than any language needs; bounds how much of a transcript is read
MAX_OPTIONS_BYTES = 64 * 1024
# No transcript comes near these limits. Text beyond them can take a worker minutes to split into words and sentences.
MAX_WORD_CHARACTERS = 1_000
MAX_MARKS = 1_000
MAX_LINE_CHARACTERS = 500_000  # nine hours of speech

_SUBTITLES = re.compile(r"^(?:WEBVTT|\d+\s*\n?\d\d:\d\d(?::\d\d)?[,.]\d{3} --> )", re.MULTILINE)
_WORD_CHARACTER = re.compile(r"\w")
_BETWEEN_WORDS = re.compile(r"\W+")
_SPACED_WORD = re.compile(rf"[^\s{UNSPACED}]+")  # Chinese, Japanese and Thai have no spaces between words


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


def check_result_keys(recording_key: str, *, bucket: str, home: str | None) -> None:
    """Results of a recording outside uploads/ are under its whole address, so their keys are longer than its own."""
    longest = layout.results_prefix(recording_key, bucket=bucket, home=home) + LONGEST_RESULT_NAME
    if len(longest.encode()) > layout.MAX_KEY_BYTES:
        raise InvalidInputError(
            "The key is so long that its results would not fit into S3's limit.",
            code="key_too_long",
            hint="Copy the recording to a shorter name.",
        )


def check_signature(key: str, head: bytes) -> None:
    """Compare the first bytes of a recording with its extension."""
    extension = layout.extension_of(key)
    kind = file_signatures.kind_of(head)
    if file_signatures.agrees(extension, kind):
        return
    if kind is None:
        raise MediaError(
            f"The recording is named .{extension}, but does not begin like such a file.",
            code="unknown_content",
            hint="Does it play on your machine? If so, convert it: ffmpeg -i old -c:a flac new.flac",
        )
    if not kind.is_recording:
        raise MediaError(
            f"The recording is named .{extension}, but is {kind.title}.",
            code="not_a_recording",
            hint="Upload the recording itself under this name.",
        )
    raise MediaError(
        f"The recording is named .{extension}, but is {kind.title}.",
        code="wrong_extension",
        hint=f"Upload it again as “{_renamed(key, kind)}”, its transcript beside it.",
    )


def check_one_transcript(transcripts: Sequence[StoredObject]) -> None:
    if len(transcripts) > 1:
        names = " and ".join(f"“{transcript.key.rpartition('/')[2]}”" for transcript in transcripts)
        raise TranscriptError(
            f"The recording has {len(transcripts)} transcripts: {names}.",
            code="two_transcripts",
            hint="Delete all but one of them from the bucket, then retry the job.",
        )


def check_transcript_size(transcript: StoredObject, settings: Settings) -> None:
    most = max_transcript_bytes(settings)
    if transcript.size > most:
        raise TranscriptError(
            f"The transcript has {transcript.size:,} bytes; at most {most:,} are accepted.",
            code="transcript_too_large",
            hint="Is this really the transcript? Otherwise cut recording and transcript into parts.",
        )


def max_transcript_bytes(settings: Settings) -> int:
    return settings.max_transcript_words * BYTES_PER_WORD


def check_times_size(times: StoredObject, settings: Settings) -> None:
    """The file holds the transcript and a few numbers for each word."""
    most = settings.max_transcript_words * 2 * BYTES_PER_WORD
    if times.size > most:
        raise InvalidInputError(
            f"The confirmed times have {times.size:,} bytes; at most {most:,} are accepted.",
            code="times_too_large",
            hint="Name only words whose times were confirmed.",
        )


def check_options_size(file: StoredObject) -> None:
    if file.size > MAX_OPTIONS_BYTES:
        raise InvalidOptionsError(
            f"The options file has {file.size:,} bytes; at most {MAX_OPTIONS_BYTES:,} are accepted.",
            code="options_too_large",
            hint='Options are a few fields, such as {"translate_to": ["ja"]}.',
        )


def check_transcript(document: bytes, *, name: str, max_words: int) -> None:
    """Plain text is only decoded: the worker reads its labels and remarks."""
    if layout.is_caption_file(name):
        read_transcript(document, name=name, max_words=max_words)
    else:
        _spoken_text(document, max_words=max_words)


def read_transcript(document: bytes, *, name: str, max_words: int) -> Transcript:
    """What is spoken, and what is only shown. `name` says whether it is plain text or a caption file."""
    from syncline.core.transcript import read_captions, read_plain_text  # receptions seldom need them

    if layout.is_caption_file(name):
        return read_captions(_spoken_text(document, max_words=max_words, captions=True))
    return read_plain_text(_spoken_text(document, max_words=max_words))


def _spoken_text(document: bytes, *, max_words: int, captions: bool = False) -> str:
    text = decode_transcript(document, max_words=max_words, captions=captions)
    _check_shape(text)
    return text


def _check_shape(text: str) -> None:
    """Refuse words, punctuation and lines of absurd lengths. Every step is linear in the text."""
    marks = max((_without_spaces(found[0]) for found in _BETWEEN_WORDS.finditer(text)), key=len, default="")
    if len(marks) > MAX_MARKS:
        raise _out_of_shape("punctuation_too_long", "punctuation marks without a word between them", marks, MAX_MARKS)
    long_words = (word for word in text.split() if len(word) > MAX_WORD_CHARACTERS)
    word = max((part for long in long_words for part in _SPACED_WORD.findall(long)), key=len, default="")
    if len(word) > MAX_WORD_CHARACTERS:
        raise _out_of_shape("word_too_long", "characters without a space", word, MAX_WORD_CHARACTERS)
    line = max(text.splitlines(), key=len)
    if len(line) > MAX_LINE_CHARACTERS:
        raise _out_of_shape("line_too_long", "characters in one line", line, MAX_LINE_CHARACTERS)


def _without_spaces(text: str) -> str:
    return "".join(text.split()) if len(text) > MAX_MARKS else ""


def _out_of_shape(code: str, what: str, found: str, limit: int) -> TranscriptError:
    return TranscriptError(
        f"The transcript has {len(found):,} {what}; at most {limit:,} are accepted. They begin “{found[:20]}”.",
        code=code,
        hint="Is this really the transcript? If so, break it into words, sentences and lines.",
    )


def decode_transcript(document: bytes, *, max_words: int, captions: bool = False) -> str:
    """The text without its BOM; raises TranscriptError with what the file is instead."""
    text = _decoded(document)
    if not text.strip():
        raise TranscriptError(
            "The transcript is empty.",
            code="empty_transcript",
            hint='Write what is spoken, or upload no transcript and set "mode": "transcribe" in the options.',
        )
    if not captions and _SUBTITLES.match(text.lstrip()):
        raise TranscriptError(
            "The transcript is a subtitle file, with numbers and times between the words.",
            code="subtitles",
            hint="Rename it to .srt or .vtt to get its cues back with corrected times, or upload only the spoken text.",
        )
    if not _WORD_CHARACTER.search(text):
        raise TranscriptError(
            "The transcript has no words, only punctuation.",
            code="no_words",
            hint="Write what is spoken, as plain text.",
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
    transcripts = ", ".join(suffix[1:] for suffix in layout.TRANSCRIPT_TYPES)
    recordings = ", ".join(RECORDING_EXTENSIONS)
    return InvalidInputError(
        f"“{key.rpartition('/')[2]}” is not a recording, transcript or options file.",
        code="unknown_kind",
        hint=f"Recordings end in {recordings}; transcripts in {transcripts}; options in job.json; "
        "confirmed times in times.json.",
    )


def _renamed(key: str, kind: Kind) -> str:
    stem = layout.place_of(key).stem.rpartition("/")[2]
    return f"{stem}.{kind.extensions[0]}"


def _decoded(document: bytes) -> str:
    if (wide := _wide_encoding(document)) is not None:
        raise _wrong_encoding(*wide)
    kind = file_signatures.kind_of_document(document[:HEAD_BYTES])
    if kind is not None and kind not in (file_signatures.TEXT, file_signatures.ZEROS):
        raise TranscriptError(
            f"The transcript is {kind.title}, not plain text.",
            code="not_text",
            hint="Save what is spoken as plain text in UTF-8, and upload that.",
        )
    try:
        text = document.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise _not_utf8(document, error) from error
    if "\x00" in text:
        raise TranscriptError(
            "The transcript contains zero bytes, so it is not text.",
            code="not_text",
            hint="Save it as plain text in UTF-8.",
        )
    return text


def _wide_encoding(document: bytes) -> tuple[str, str] | None:
    """The name of a Unicode encoding other than UTF-8, and iconv's name for it. Most such files have no BOM."""
    for mark, name in ((b"\xff\xfe\x00\x00", "UTF-32"), (b"\x00\x00\xfe\xff", "UTF-32")):
        if document.startswith(mark):
            return name, name
    for mark, iconv_name in ((b"\xff\xfe", "UTF-16LE"), (b"\xfe\xff", "UTF-16BE")):
        if document.startswith(mark):
            return "UTF-16", iconv_name
    head = document[:HEAD_BYTES]
    odd, even = head[1::2], head[::2]
    for zeros, others, iconv_name in ((odd, even, "UTF-16LE"), (even, odd, "UTF-16BE")):
        # In UTF-16, nearly every second byte of Latin text is zero, and only those.
        if len(zeros) > 1 and zeros.count(0) > 0.7 * len(zeros) and others.count(0) < 0.1 * len(others):
            return "UTF-16", iconv_name
    return None


def _not_utf8(document: bytes, error: UnicodeDecodeError) -> SynclineError:
    if any(byte >= 0x80 for byte in document[: error.start]):  # the text before is UTF-8, and not only ASCII
        line = document.count(b"\n", 0, error.start) + 1
        return TranscriptError(
            f"The transcript is UTF-8, but broken at byte {error.start + 1:,} (line {line:,}).",
            code="not_utf8",
            hint="Type that line again, or export the text again.",
        )
    windows = any(0x80 <= byte < 0xA0 for byte in document)  # typographic quotes there, control characters in Latin-1
    if windows:
        return _wrong_encoding("Windows-1252 or another 8-bit encoding", "WINDOWS-1252")
    return _wrong_encoding("Latin-1 or another 8-bit encoding", "LATIN1")


def _wrong_encoding(name: str, iconv_name: str) -> TranscriptError:
    return TranscriptError(
        f"The transcript is not UTF-8: it looks like {name}.",
        code="not_utf8",
        hint=f"Save it as UTF-8, for example: iconv -f {iconv_name} -t UTF-8 old.txt > new.txt",
    )
