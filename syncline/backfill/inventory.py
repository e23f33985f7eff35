"""Upload sets from an S3 Inventory: what a bucket held some hours ago, without a single listing request.

An inventory names objects in no order that could be relied on, and a set's files may be in different files of it. So
they are sorted first, on disk: a million objects take some tens of megabytes there, and as little memory as ten do.
"""

from __future__ import annotations

import csv
import gzip
import heapq
import io
import json
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import IO, Any
from urllib.parse import unquote_plus

from syncline.aws.bucket import Bucket, ObjectGoneError
from syncline.backfill.keys import parse_address
from syncline.backfill.pairing import Found, FoundSet, paired
from syncline.core import layout
from syncline.core.errors import InvalidInputError, SettingsError
from syncline.core.job import StoredObject
from syncline.core.layout import Role
from syncline.core.timestamps import format_timestamp

SORTED_AT_ONCE = 100_000
NEEDED = ("Key", "Size", "ETag")
MAX_MANIFEST_BYTES = 64 << 20

# The columns of a Parquet inventory are spelt otherwise than those of a CSV one.
_PARQUET_NAMES = {
    "Key": "key",
    "Size": "size",
    "ETag": "e_tag",
    "LastModifiedDate": "last_modified_date",
    "StorageClass": "storage_class",
    "IsLatest": "is_latest",
    "IsDeleteMarker": "is_delete_marker",
}


@dataclass(frozen=True, slots=True)
class Manifest:
    """What the inventory is of, where its files lie, and how they are written."""

    source_bucket: str
    files_bucket: str
    form: str
    columns: tuple[str, ...]
    files: tuple[str, ...]
    made_at: str


def read_manifest(anywhere: Bucket, address: str) -> Manifest:
    bucket, key = parse_address(address)
    try:
        document = json.loads(anywhere.sibling(bucket).read(key, at_most=MAX_MANIFEST_BYTES))
        columns = tuple(name.strip() for name in str(document["fileSchema"]).split(","))
        manifest = Manifest(
            source_bucket=document["sourceBucket"],
            files_bucket=bucket,
            form=document["fileFormat"],
            columns=columns if document["fileFormat"] == "CSV" else NEEDED,
            files=tuple(file["key"] for file in document["files"]),
            made_at=_moment(int(document.get("creationTimestamp", 0)) / 1000),
        )
    except (ObjectGoneError, ValueError, KeyError, TypeError) as error:
        raise _refused(f"{address} is no manifest of an S3 Inventory: {type(error).__name__}: {error}.") from error
    if manifest.form not in ("CSV", "Parquet"):
        raise _refused(f"The inventory is in {manifest.form}; CSV and Parquet can be read.")
    for name in NEEDED:
        if name not in manifest.columns:
            raise _refused(f"The inventory has no column {name}.")
    return manifest


def sets_in(anywhere: Bucket, manifest: Manifest, prefix: str) -> Iterator[FoundSet]:
    rows = (row for key in manifest.files for row in _rows(anywhere.sibling(manifest.files_bucket), key, manifest))
    wanted = (found for found in map(_found, rows) if found and found.key.startswith(prefix) and _of_use(found))
    return paired(in_order(wanted))


def in_order(objects: Iterable[Found], *, at_once: int = SORTED_AT_ONCE) -> Iterator[Found]:
    """Sorted as S3 sorts, in flat memory: sorted runs on disk, merged."""
    runs: list[IO[str]] = []
    lines: list[str] = []
    try:
        for found in objects:
            lines.append(_as_line(found))
            if len(lines) == at_once:
                runs.append(_run(lines))
                lines = []
        lines.sort(key=_key_of)
        yield from map(_from_line, heapq.merge(*runs, lines, key=_key_of))
    finally:
        for run in runs:
            run.close()


def _run(lines: list[str]) -> IO[str]:
    lines.sort(key=_key_of)
    file = tempfile.TemporaryFile("w+", encoding="utf-8", newline="\n")  # noqa: SIM115 - closed by whoever merges
    file.writelines(lines)
    file.seek(0)
    return file


def _as_line(found: Found) -> str:
    fields = [found.key, found.stored.etag, found.stored.size, found.modified, found.storage_class]
    return json.dumps(fields) + "\n"


def _key_of(line: str) -> str:
    return str(json.loads(line)[0])


def _from_line(line: str) -> Found:
    key, etag, size, modified, storage_class = json.loads(line)
    return Found(StoredObject(key, etag, size), modified, storage_class)


def _of_use(found: Found) -> bool:
    """Strangers need not be sorted."""
    return layout.place_of(found.key).role not in (Role.UNKNOWN, Role.FOLDER)


def _found(row: Mapping[str, Any]) -> Found | None:
    if str(row.get("IsLatest", "true")).lower() == "false" or str(row.get("IsDeleteMarker", "")).lower() == "true":
        return None
    try:
        stored = StoredObject(row["Key"], str(row["ETag"]).strip('"'), int(row["Size"]))
    except (TypeError, ValueError):  # a delete marker has neither
        return None
    return Found(stored, _modified(row.get("LastModifiedDate")), row.get("StorageClass") or "STANDARD")


def _modified(value: Any) -> str:
    if not value:
        return ""
    moment = value if isinstance(value, datetime) else datetime.fromisoformat(value)
    return format_timestamp(moment if moment.tzinfo else moment.replace(tzinfo=UTC))


def _rows(bucket: Bucket, key: str, manifest: Manifest) -> Iterator[Mapping[str, Any]]:
    with tempfile.TemporaryFile() as file:
        bucket.client.download_fileobj(bucket.name, key, file)
        file.seek(0)
        yield from _csv_rows(file, manifest.columns) if manifest.form == "CSV" else _parquet_rows(file)


def _csv_rows(file: IO[bytes], columns: tuple[str, ...]) -> Iterator[Mapping[str, Any]]:
    """Keys are form-encoded in CSV, and only there."""
    with gzip.open(file) as unpacked, io.TextIOWrapper(unpacked, encoding="utf-8", newline="") as text:
        for values in csv.reader(text):
            row = dict(zip(columns, values, strict=False))
            yield {**row, "Key": unquote_plus(row["Key"])}


def _parquet_rows(file: IO[bytes]) -> Iterator[Mapping[str, Any]]:
    try:
        from pyarrow import parquet
    except ImportError as error:
        raise SettingsError(
            "An inventory in Parquet needs pyarrow.",
            hint="pip install 'syncline[inventory]', or make the inventory CSV.",
        ) from error
    table = parquet.ParquetFile(file)
    names = {given: ours for ours, given in _PARQUET_NAMES.items() if given in table.schema_arrow.names}
    for batch in table.iter_batches(columns=list(names)):
        for row in batch.to_pylist():
            yield {names[given]: value for given, value in row.items()}


def _moment(seconds: float) -> str:
    return format_timestamp(datetime.fromtimestamp(seconds, UTC))


def _refused(message: str) -> InvalidInputError:
    return InvalidInputError(
        message,
        code="bad_inventory",
        hint="Name its manifest.json; the inventory should be CSV or Parquet, with size, ETag and last modified date.",
    )
