"""Upload sets from a bucket: several stretches of it listed at once, each in S3's order.

A listing is a chain of requests, a thousand keys each, and every one needs the one before. So the keys of a large
archive are cut into stretches at folders, which one request names, and the stretches are listed side by side. The cut
costs a few requests, however many folders there are: a stretch holds many of them and is listed without regard to
folders. A small archive is listed as it is.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from functools import partial
from itertools import islice, pairwise
from typing import Any

from syncline.aws.bucket import Bucket
from syncline.backfill.flow import merged
from syncline.backfill.pairing import Found, FoundSet, paired
from syncline.core import layout
from syncline.core.job import StoredObject
from syncline.core.timestamps import format_timestamp

STRETCHES = 16
SMALL = 3000  # keys that are listed in one go
_DEPTH = 4  # how many folders that hold nothing but one folder are looked through


@dataclass(frozen=True, slots=True)
class Stretch:
    """The keys from `start` up to, but without, `end`; None is the first or last there is."""

    prefix: str
    start: str | None = None
    end: str | None = None


def sets_under(bucket: Bucket, prefix: str, *, threads: int = STRETCHES) -> Iterator[FoundSet]:
    small = list(islice(listed(bucket, Stretch(prefix)), SMALL + 1))
    if len(small) <= SMALL:
        yield from paired(small)
        return
    stretches = stretches_under(bucket, prefix)
    yield from merged([partial(_sets_in, bucket, stretch) for stretch in stretches], threads=threads)


def _sets_in(bucket: Bucket, stretch: Stretch) -> Iterator[FoundSet]:
    return paired(listed(bucket, stretch))


def stretches_under(bucket: Bucket, prefix: str) -> list[Stretch]:
    folders = _folders(bucket, prefix)
    for _ in range(_DEPTH):
        if len(folders) != 1:
            break
        folders = _folders(bucket, folders[0]) or folders
    return cut(prefix, folders)


def cut(prefix: str, folders: list[str]) -> list[Stretch]:
    """Cut at about every n-th folder, so that no upload set is cut in two: the files of a set begin with its stem and
    a dot, and a folder without a dot cannot lie between them."""
    safe = [folder for folder in folders[1:] if "." not in _own_name(folder)]
    every = -(-len(safe) // (STRETCHES - 1)) if safe else 1
    cuts: list[str | None] = [None, *safe[::every], None]
    return [Stretch(prefix, start, end) for start, end in pairwise(cuts)]


def listed(bucket: Bucket, stretch: Stretch) -> Iterator[Found]:
    """The objects of a stretch, in S3's order."""
    after: Any = {"StartAfter": _just_before(stretch.start)} if stretch.start else {}
    pages = bucket.client.get_paginator("list_objects_v2").paginate(Bucket=bucket.name, Prefix=stretch.prefix, **after)
    for page in pages:
        for item in page.get("Contents", []):
            if stretch.start and item["Key"] < stretch.start:
                continue
            if stretch.end and item["Key"] >= stretch.end:
                return
            yield found(item)


def sets_of(bucket: Bucket, keys: Iterable[str], *, threads: int = STRETCHES) -> Iterator[FoundSet]:
    """These recordings with their companions: one request each, because a key alone says neither ETag nor size."""
    return merged((partial(_set_of, bucket, key) for key in keys), threads=threads)


def _set_of(bucket: Bucket, key: str) -> Iterator[FoundSet]:
    stem = layout.place_of(key).stem
    candidates = paired(listed(bucket, Stretch(layout.set_prefix(stem))))
    whole = next((candidate for candidate in candidates if candidate.stem == stem), FoundSet(stem))
    named = [recording for recording in whole.recordings if recording.key == key]
    yield replace(whole, recordings=named, absent=None if named else key)


def found(item: Any) -> Found:
    """From an element of a ListObjectsV2 answer."""
    stored = StoredObject(item["Key"], item["ETag"].strip('"'), item["Size"])
    modified = item["LastModified"]
    shown = modified if isinstance(modified, str) else format_timestamp(modified)
    return Found(stored, shown, item.get("StorageClass", "STANDARD"))


def _folders(bucket: Bucket, prefix: str) -> list[str]:
    """The first thousand or fewer; what comes after them belongs to the last stretch."""
    answer = bucket.client.list_objects_v2(Bucket=bucket.name, Prefix=prefix, Delimiter="/")
    return [common["Prefix"] for common in answer.get("CommonPrefixes", [])]


def _own_name(folder: str) -> str:
    return folder.rstrip("/").rpartition("/")[2]


def _just_before(folder: str) -> str:
    """S3 starts after a key, and the folder's own empty object is part of the stretch: start a little before it."""
    return folder.removesuffix("/") + ".~"
