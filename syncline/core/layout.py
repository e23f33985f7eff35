"""Map keys to upload sets and to results. Works for any key that S3 allows.

uploads/<folders>/<name>.<ext>        a recording
uploads/<folders>/<name>.txt          its transcript; or <name>.srt, <name>.vtt: captions to be timed again
uploads/<folders>/<name>.job.json     its options
uploads/<folders>/<name>.times.json   word times that a person has confirmed
results/<folders>/<name>.<ext>/...    everything made from that recording
results/@<bucket>/<key>/...           the same for a recording that is aligned in place, outside uploads/
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from urllib.parse import unquote_plus

from syncline.core.errors import InvalidInputError

UPLOADS = "uploads/"
RESULTS = "results/"
_IN_PLACE = "@"

RECORDING_TYPES = {
    "mp3": "audio/mpeg", "wav": "audio/wav", "flac": "audio/flac", "ogg": "audio/ogg", "opus": "audio/ogg",
    "m4a": "audio/mp4", "aac": "audio/aac", "wma": "audio/x-ms-wma", "mp4": "video/mp4", "mov": "video/quicktime",
    "mkv": "video/x-matroska", "webm": "video/webm",
}  # fmt: skip
RECORDING_EXTENSIONS = tuple(RECORDING_TYPES)
# Without a charset: in a form, `curl -F` ends a value at a semicolon.
TRANSCRIPT_TYPES = {".txt": "text/plain", ".srt": "application/x-subrip", ".vtt": "text/vtt"}
TRANSCRIPT_SUFFIX = ".txt"
CAPTION_SUFFIXES = (".srt", ".vtt")
OPTIONS_SUFFIX = ".job.json"
TIMES_SUFFIX = ".times.json"

MAX_KEY_BYTES = 1024  # S3's own limit, in UTF-8


class Role(StrEnum):
    """What an object under uploads/ is to a job."""

    RECORDING = "recording"
    TRANSCRIPT = "transcript"
    OPTIONS = "options"
    TIMES = "times"
    FOLDER = "folder"  # the empty object that consoles create for a folder
    UNKNOWN = "unknown"


_COMPANIONS = {
    OPTIONS_SUFFIX: Role.OPTIONS,
    TIMES_SUFFIX: Role.TIMES,
    **dict.fromkeys(TRANSCRIPT_TYPES, Role.TRANSCRIPT),
}


@dataclass(frozen=True, slots=True)
class Place:
    """An object's role, and the stem (folders and name without suffix) that all files of its upload set share."""

    key: str
    role: Role
    stem: str


def place_of(key: str) -> Place:
    lowered = key.lower()
    if key.endswith("/"):
        return Place(key, Role.FOLDER, key)
    for suffix, role in _COMPANIONS.items():
        if lowered.endswith(suffix) and _name(key) != suffix:
            return Place(key, role, key[: -len(suffix)])
    stem, dot, extension = key.rpartition(".")
    if dot and extension.lower() in RECORDING_EXTENSIONS and _name(stem):
        return Place(key, Role.RECORDING, stem)
    return Place(key, Role.UNKNOWN, key)


def is_caption_file(key: str) -> bool:
    """Whether a transcript is a caption file, whose cues come back with corrected times."""
    return key.lower().endswith(CAPTION_SUFFIXES)


def extension_of(key: str) -> str:
    """In lower case, without its dot."""
    return _name(key).rpartition(".")[2].lower()


def recording_type_of(recording_key: str) -> str:
    """The content type, from the extension. The type that an uploader declares could be anything."""
    return RECORDING_TYPES[extension_of(recording_key)]


def is_video(extension: str) -> bool:
    """Whether files of this kind usually have pictures."""
    return RECORDING_TYPES[extension].startswith("video/")


def is_s3_address(text: str) -> bool:
    return text.startswith("s3://")


def parse_s3_address(address: str) -> tuple[str, str]:
    """s3://bucket/any/key -> the bucket and the key (or prefix); raises InvalidInputError for anything else."""
    bucket, _, key = address.removeprefix("s3://").partition("/")
    if not is_s3_address(address) or not bucket:
        raise InvalidInputError(
            f"“{address}” is not an s3:// address.", code="bad_address", hint="Write it as s3://bucket/folder/."
        )
    return bucket, key


def is_upload(key: str) -> bool:
    return key.startswith(UPLOADS)


def set_prefix(stem: str) -> str:
    """Every object of the upload set starts with this. Other objects may, too: <stem>.notes.pdf."""
    return stem + "."


def belongs_to(key: str, stem: str) -> bool:
    place = place_of(key)
    return place.stem == stem and place.role not in (Role.FOLDER, Role.UNKNOWN)


def results_prefix(recording_key: str, *, bucket: str | None = None, home: str | None = None) -> str:
    """uploads/a/talk.mp3 -> results/a/talk.mp3/

    `bucket` holds the recording, `home` is the deployment's own bucket. The results of a recording that is aligned in
    place are under its whole address: old/talk.mp3 -> results/@<bucket>/old/talk.mp3/. The results of an upload are
    never there: a folder that starts with @ gets a second @, and no bucket name starts with @.
    """
    if bucket != home or (bucket and not is_upload(recording_key)):
        return f"{RESULTS}{_IN_PLACE}{bucket}/{recording_key}/"
    folder = recording_key.removeprefix(UPLOADS)
    return RESULTS + (_IN_PLACE if folder.startswith(_IN_PLACE) else "") + folder + "/"


def result_key(recording_key: str, name: str, *, bucket: str | None = None, home: str | None = None) -> str:
    return results_prefix(recording_key, bucket=bucket, home=home) + name


def key_from_event(encoded: str) -> str:
    """S3 events form-encode keys: '+' is a space, '%2B' is a plus."""
    return unquote_plus(encoded)


def _name(key: str) -> str:
    return key.rpartition("/")[2]
