"""Group objects into upload sets while they are listed in S3's order. Pure; memory does not grow with the listing.

The files of a set share a stem and begin with "<stem>.". S3 sorts keys by their UTF-8 bytes, so all keys with that
prefix are consecutive. The files of a set are not always neighbours:

    a-b.mp3          opens a-b
    a.2019.mp3       closes a-b, opens a.2019
    a.2019.txt
    a.mp3            closes a.2019, opens a
    a.notes.pdf      is in no set; it begins with "a.", so a stays open
    a.txt            joins a
    a/c.mp3          closes a

Every open stem is therefore a prefix of the next key, and there are never more open sets than a key has dots.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from syncline.core import layout
from syncline.core.job import StoredObject
from syncline.core.layout import Role
from syncline.jobs.upload_set import StemFiles

_ARCHIVE_CLASSES = ("GLACIER", "DEEP_ARCHIVE")  # objects of these storage classes must be restored before they are read


@dataclass(frozen=True, slots=True)
class ListedObject:
    """An object as a listing or an inventory describes it. `modified` is ISO 8601 in UTC, or "" if unknown."""

    stored: StoredObject
    modified: str = ""
    storage_class: str = "STANDARD"

    @property
    def key(self) -> str:
        return self.stored.key

    @property
    def archived(self) -> bool:
        return self.storage_class in _ARCHIVE_CLASSES


@dataclass(slots=True)
class ListedSet(StemFiles[ListedObject]):
    not_found: str | None = None  # the key of a recording that was named and does not exist

    @property
    def files(self) -> list[ListedObject]:
        return [*self.recordings, *self.companions]


def pair(listing: Iterable[ListedObject]) -> Iterator[ListedSet]:
    """Upload sets from objects in S3's order. Objects that belong to no set are left out."""
    open_sets: list[ListedSet] = []
    for listed in listing:
        while open_sets and not listed.key.startswith(layout.set_prefix(open_sets[-1].stem)):
            yield open_sets.pop()
        place = layout.place_of(listed.key)
        if place.role not in (Role.FOLDER, Role.UNKNOWN):
            _open_set(open_sets, place.stem).add(listed, place.role)
    while open_sets:
        yield open_sets.pop()


def _open_set(open_sets: list[ListedSet], stem: str) -> ListedSet:
    """The open set of a stem. The open stems are prefixes of the key, in order of length; a shorter stem may be
    opened after a longer one."""
    for index in range(len(open_sets) - 1, -1, -1):
        if open_sets[index].stem == stem:
            return open_sets[index]
        if len(open_sets[index].stem) < len(stem):
            open_sets.insert(index + 1, ListedSet(stem))
            return open_sets[index + 1]
    open_sets.insert(0, ListedSet(stem))
    return open_sets[0]
