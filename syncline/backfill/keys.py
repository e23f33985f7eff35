"""Recordings named by somebody, one address or key to a line."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

from syncline.core import layout
from syncline.core.errors import InvalidInputError
from syncline.core.layout import Role


def parse_address(address: str) -> tuple[str, str]:
    """s3://bucket/any/prefix -> bucket and prefix; raises InvalidInputError for anything else."""
    scheme, mark, rest = address.partition("://")
    bucket, _, prefix = rest.partition("/")
    if scheme != "s3" or not mark or not bucket:
        raise InvalidInputError(
            f"“{address}” is not an s3:// address.", code="bad_address", hint="Write it as s3://bucket/folder/."
        )
    return bucket, prefix


def bucket_of_file(path: Path) -> str | None:
    """The bucket that the first address in the file names; None if it holds keys only."""
    first = next(_lines(path), "")
    return parse_address(first)[0] if first.startswith("s3://") else None


def recordings_in(path: Path, bucket: str) -> Iterator[str]:
    """The keys of recordings; raises InvalidInputError at the first line that cannot be one."""
    for number, line in enumerate(_lines(path), 1):
        key = line
        if urlsplit(line).scheme == "s3":
            named, key = parse_address(line)
            if named != bucket:
                raise InvalidInputError(
                    f"Line {number} of {path} names the bucket {named}, the lines before it {bucket}.",
                    code="two_buckets",
                    hint="Run one backfill for each bucket.",
                )
        if layout.place_of(key).role is Role.RECORDING:
            yield key
        elif layout.place_of(key).role is Role.UNKNOWN:
            raise InvalidInputError(
                f"Line {number} of {path} is no recording: “{key[:200]}”.",
                code="unknown_kind",
                hint=f"Recordings end in {', '.join(layout.RECORDING_EXTENSIONS)}.",
            )


def _lines(path: Path) -> Iterator[str]:
    try:
        with path.open(encoding="utf-8-sig", newline=None) as file:
            yield from (line.rstrip("\r\n") for line in file if line.strip())
    except (OSError, UnicodeDecodeError) as error:
        raise InvalidInputError(f"{path} cannot be read as text: {error}.", code="no_such_file") from error
