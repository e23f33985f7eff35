"""Read the upload sets of a bucket from an S3 Inventory, without a listing request.

An inventory lists what the bucket contained some hours ago. Its objects are in no particular order, and the files of
one set may be in different files of the inventory. They are therefore sorted on disk first: a million objects take some
tens of megabytes there, and memory stays constant.
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
from syncline.backfill.pairing import ListedObject, ListedSet, pair
from syncline.core import layout
from syncline.core.errors import InvalidInputError, SettingsError
from syncline.core.job import StoredObject
from syncline.core.layout import Role, parse_s3_address
from syncline.core.timestamps import format_timestamp

SORT_RUN_LENGTH = 100_000
REQUIRED_COLUMNS = ("Key", "Size", "ETag")
MAX_MANIFEST_BYTES = 64 << 20

# Parquet inventories spell the column names differently from CSV ones.
_PARQUET_COLUMNS = {
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
    """The bucket that the inventory lists, and the location and format of its files."""

    source_bucket: str
    files_bucket: str
    format: str
    columns: tuple[str, ...]
    files: tuple[str, ...]
    created_at: str


def read_manifest(s3: Bucket, address: str) -> Manifest:
    bucket, key = parse_s3_address(address)
    try:
        document = json.loads(s3.sibling(bucket).read(key, at_most=MAX_MANIFEST_BYTES))
        columns = tuple(name.strip() for name in str(document["fileSchema"]).split(","))
        manifest = Manifest(
            source_bucket=document["sourceBucket"],
            files_bucket=bucket,
            format=document["fileFormat"],
            columns=columns if document["fileFormat"] == "CSV" else REQUIRED_COLUMNS,
            files=tuple(file["key"] for file in document["files"]),
            created_at=_moment(int(document.get("creationTimestamp", 0)) / 1000),
        )
    except (ObjectGoneError, ValueError, KeyError, TypeError) as error:
        raise _refused(f"{address} is not the manifest of an S3 Inventory: {type(error).__name__}: {error}.") from error
    if manifest.format not in ("CSV", "Parquet"):
        raise _refused(f"The inventory is in {manifest.format}; only CSV and Parquet can be read.")
    for name in REQUIRED_COLUMNS:
        if name not in manifest.columns:
            raise _refused(f"The inventory has no column {name}.")
    return manifest


def read_sets(s3: Bucket, manifest: Manifest, prefix: str) -> Iterator[ListedSet]:
    rows = (row for key in manifest.files for row in _rows(s3.sibling(manifest.files_bucket), key, manifest))
    objects = (listed for listed in map(_listed_object, rows) if listed and listed.key.startswith(prefix))
    return pair(sort_by_key(filter(_may_be_in_a_set, objects)))


def sort_by_key(objects: Iterable[ListedObject], *, run_length: int = SORT_RUN_LENGTH) -> Iterator[ListedObject]:
    """Sort as S3 does, with constant memory: write sorted runs to disk and merge them."""
    runs: list[IO[str]] = []
    lines: list[str] = []
    try:
        for listed in objects:
            lines.append(_to_line(listed))
            if len(lines) == run_length:
                runs.append(_write_run(lines))
                lines = []
        lines.sort(key=_key_of)
        yield from map(_from_line, heapq.merge(*runs, lines, key=_key_of))
    finally:
        for run in runs:
            run.close()


def _write_run(lines: list[str]) -> IO[str]:
    lines.sort(key=_key_of)
    file = tempfile.TemporaryFile("w+", encoding="utf-8", newline="\n")  # noqa: SIM115 - sort_by_key closes it
    file.writelines(lines)
    file.seek(0)
    return file


def _to_line(listed: ListedObject) -> str:
    fields = [listed.key, listed.stored.etag, listed.stored.size, listed.modified, listed.storage_class]
    return json.dumps(fields) + "\n"


def _key_of(line: str) -> str:
    return str(json.loads(line)[0])


def _from_line(line: str) -> ListedObject:
    key, etag, size, modified, storage_class = json.loads(line)
    return ListedObject(StoredObject(key, etag, size), modified, storage_class)


def _may_be_in_a_set(listed: ListedObject) -> bool:
    return layout.place_of(listed.key).role not in (Role.UNKNOWN, Role.FOLDER)


def _listed_object(row: Mapping[str, Any]) -> ListedObject | None:
    if str(row.get("IsLatest", "true")).lower() == "false" or str(row.get("IsDeleteMarker", "")).lower() == "true":
        return None
    try:
        stored = StoredObject(row["Key"], str(row["ETag"]).strip('"'), int(row["Size"]))
    except (TypeError, ValueError):  # a delete marker has no ETag and no size
        return None
    return ListedObject(stored, _modified(row.get("LastModifiedDate")), row.get("StorageClass") or "STANDARD")


def _modified(value: Any) -> str:
    if not value:
        return ""
    moment = value if isinstance(value, datetime) else datetime.fromisoformat(value)
    return format_timestamp(moment if moment.tzinfo else moment.replace(tzinfo=UTC))


def _rows(bucket: Bucket, key: str, manifest: Manifest) -> Iterator[Mapping[str, Any]]:
    with tempfile.TemporaryFile() as file:
        bucket.client.download_fileobj(bucket.name, key, file)
        file.seek(0)
        yield from _csv_rows(file, manifest.columns) if manifest.format == "CSV" else _parquet_rows(file)


def _csv_rows(file: IO[bytes], columns: tuple[str, ...]) -> Iterator[Mapping[str, Any]]:
    """CSV inventories form-encode keys; Parquet ones do not."""
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
            hint="Run pip install 'syncline[inventory]', or configure the inventory as CSV.",
        ) from error
    table = parquet.ParquetFile(file)
    names = {theirs: ours for ours, theirs in _PARQUET_COLUMNS.items() if theirs in table.schema_arrow.names}
    for batch in table.iter_batches(columns=list(names)):
        for row in batch.to_pylist():
            yield {names[theirs]: value for theirs, value in row.items()}


def _moment(seconds: float) -> str:
    return format_timestamp(datetime.fromtimestamp(seconds, UTC))


def _refused(message: str) -> InvalidInputError:
    return InvalidInputError(
        message,
        code="bad_inventory",
        hint="Give the address of a manifest.json. The inventory needs the columns size, ETag and last modified date.",
    )
