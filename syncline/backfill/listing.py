"""List the upload sets of a bucket: several key ranges at once, each in S3's order.

A listing is a chain of requests of a thousand keys each, and every request needs the answer of the one before. The keys
of a large bucket are therefore divided into ranges at folders, which one request returns, and the ranges are listed
concurrently. The division takes a few requests, however many folders there are: a range contains many folders. A small
bucket is listed in one range.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from functools import partial
from itertools import islice, pairwise
from typing import Any

from syncline.aws.bucket import Bucket
from syncline.backfill.merging import merge
from syncline.backfill.pairing import ListedObject, ListedSet, pair
from syncline.core import layout
from syncline.core.errors import SynclineError
from syncline.core.job import StoredObject
from syncline.core.timestamps import format_timestamp

MAX_RANGES = 16
SMALL = 3000  # a bucket with at most this many keys is listed in one range
_MAX_DEPTH = 4  # levels of folders that contain only one folder


@dataclass(frozen=True, slots=True)
class KeyRange:
    """The keys with a prefix, from `start` to before `end`. None means no bound."""

    prefix: str
    start: str | None = None
    end: str | None = None


def list_sets(bucket: Bucket, prefix: str, *, threads: int = MAX_RANGES) -> Iterator[ListedSet]:
    small = list(islice(list_range(bucket, KeyRange(prefix)), SMALL + 1))
    if len(small) <= SMALL:
        yield from pair(small)
        return
    yield from merge([partial(_sets_in, bucket, keys) for keys in key_ranges(bucket, prefix)], threads=threads)


def _sets_in(bucket: Bucket, keys: KeyRange) -> Iterator[ListedSet]:
    return pair(list_range(bucket, keys))


def key_ranges(bucket: Bucket, prefix: str) -> list[KeyRange]:
    folders = _folders(bucket, prefix)
    for _ in range(_MAX_DEPTH):
        if len(folders) != 1:
            break
        folders = _folders(bucket, folders[0]) or folders
    return divide(prefix, folders)


def divide(prefix: str, folders: list[str]) -> list[KeyRange]:
    """Divide at about every n-th folder without dividing an upload set. The files of a set begin with its stem and a
    dot, so a folder without a dot in its name is never between them."""
    safe = [folder for folder in folders[1:] if "." not in _own_name(folder)]
    every = -(-len(safe) // (MAX_RANGES - 1)) if safe else 1
    bounds: list[str | None] = [None, *safe[::every], None]
    return [KeyRange(prefix, start, end) for start, end in pairwise(bounds)]


def list_range(bucket: Bucket, keys: KeyRange) -> Iterator[ListedObject]:
    """The objects of a range, in S3's order."""
    after: Any = {"StartAfter": _just_before(keys.start)} if keys.start else {}
    pages = bucket.client.get_paginator("list_objects_v2").paginate(Bucket=bucket.name, Prefix=keys.prefix, **after)
    last = ""
    for page in pages:
        for item in page.get("Contents", []):
            last = _checked_order(last, item["Key"])
            if keys.start and item["Key"] < keys.start:
                continue
            if keys.end and item["Key"] >= keys.end:
                return
            yield listed_object(item)


def list_named_sets(bucket: Bucket, keys: Iterable[str], *, threads: int = MAX_RANGES) -> Iterator[ListedSet]:
    """The named recordings with their companions: one request each, which returns their ETags and sizes."""
    return merge((partial(_set_of, bucket, key) for key in keys), threads=threads)


def _set_of(bucket: Bucket, key: str) -> Iterator[ListedSet]:
    stem = layout.place_of(key).stem
    sets = pair(list_range(bucket, KeyRange(layout.set_prefix(stem))))
    whole = next((listed for listed in sets if listed.stem == stem), ListedSet(stem))
    named = [recording for recording in whole.recordings if recording.key == key]
    yield replace(whole, recordings=named, not_found=None if named else key)


def listed_object(item: Any) -> ListedObject:
    """An element of an answer to ListObjectsV2."""
    stored = StoredObject(item["Key"], item["ETag"].strip('"'), item["Size"])
    modified = item["LastModified"]
    text = modified if isinstance(modified, str) else format_timestamp(modified)
    return ListedObject(stored, text, item.get("StorageClass", "STANDARD"))


def _folders(bucket: Bucket, prefix: str) -> list[str]:
    """At most a thousand folders. Keys after them belong to the last range."""
    answer = bucket.client.list_objects_v2(Bucket=bucket.name, Prefix=prefix, Delimiter="/")
    folders = [common["Prefix"] for common in answer.get("CommonPrefixes", [])]
    for before, folder in pairwise(folders):
        _checked_order(before, folder)
    return folders


def _checked_order(before: str, key: str) -> str:
    """The key; raises SynclineError if it does not follow. Python compares characters, which is the order of UTF-8."""
    if key < before:
        raise SynclineError(
            f"The bucket lists “{key}” after “{before}”, not in the order of S3.",
            code="listing_order",
            hint="A backfill would miss recordings and pair the wrong files. Directory buckets and some other "
            "implementations of S3 list so: give the recordings with --from or --inventory.",
        )
    return key


def _own_name(folder: str) -> str:
    return folder.rstrip("/").rpartition("/")[2]


def _just_before(folder: str) -> str:
    """S3 lists keys after a given key, and the folder's own empty object is in the range: start just before it."""
    return folder.removesuffix("/") + ".~"
