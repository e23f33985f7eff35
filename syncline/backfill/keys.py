"""Read a list of recordings: one key or s3:// address on a line."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from syncline.core import layout
from syncline.core.errors import InvalidInputError
from syncline.core.layout import Role, is_s3_address, parse_s3_address


def bucket_of_file(path: Path) -> str | None:
    """The bucket of an address on the first line; None if that line is a key."""
    first = next(_lines(path), "")
    return parse_s3_address(first)[0] if is_s3_address(first) else None


def read_recordings(path: Path, bucket: str) -> Iterator[str]:
    """The keys of the recordings. Lines with companions are skipped. Raises InvalidInputError for any other line."""
    for number, line in enumerate(_lines(path), 1):
        key = line
        if is_s3_address(line):
            named, key = parse_s3_address(line)
            if named != bucket:
                raise InvalidInputError(
                    f"Line {number} of {path} names the bucket {named}, but the lines before name {bucket}.",
                    code="two_buckets",
                    hint="Run one backfill for each bucket.",
                )
        if layout.place_of(key).role is Role.RECORDING:
            yield key
        elif layout.place_of(key).role is Role.UNKNOWN:
            raise InvalidInputError(
                f"Line {number} of {path} is not a recording: “{key[:200]}”.",
                code="unknown_kind",
                hint=f"Recordings end in {', '.join(layout.RECORDING_EXTENSIONS)}.",
            )


def _lines(path: Path) -> Iterator[str]:
    try:
        with path.open(encoding="utf-8-sig", newline=None) as file:
            yield from (line.rstrip("\r\n") for line in file if line.strip())
    except (OSError, UnicodeDecodeError) as error:
        raise InvalidInputError(f"{path} cannot be read as text: {error}.", code="no_such_file") from error
