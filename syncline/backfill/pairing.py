"""Which objects belong together, told while they go by in S3's order. Pure, and in flat memory.

The files of a set share a stem and begin with "<stem>.", so in S3's order, which is that of the keys' UTF-8 bytes and
therefore of their characters, they lie in one unbroken stretch. They are not always neighbours:

    a-b.mp3          opens a-b
    a.2019.mp3       closes a-b, opens a.2019
    a.2019.txt
    a.mp3            closes a.2019, opens a
    a.notes.pdf      a stranger: begins with "a.", so a stays open
    a.txt            joins a
    a/c.mp3          closes a

Whatever is open therefore has a stem that is a beginning of the next one: never more than a key has dots.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from syncline.core import layout
from syncline.core.job import StoredObject
from syncline.core.layout import Role

_AWAY = ("GLACIER", "DEEP_ARCHIVE")  # storage classes that cannot be read before they are restored


@dataclass(frozen=True, slots=True)
class Found:
    """An object as a listing or an inventory describes it. `modified` is ISO 8601 in UTC, "" if nobody said."""

    stored: StoredObject
    modified: str = ""
    storage_class: str = "STANDARD"

    @property
    def key(self) -> str:
        return self.stored.key

    @property
    def away(self) -> bool:
        return self.storage_class in _AWAY


@dataclass(slots=True)
class FoundSet:
    """The files that share one stem: each of the recordings is a job with the same transcript."""

    stem: str
    recordings: list[Found] = field(default_factory=list)
    transcript: Found | None = None
    options: Found | None = None
    absent: str | None = None  # the key of a recording that was asked for and is not there

    def add(self, found: Found, role: Role) -> None:
        """The first in S3's order counts, should there be both talk.txt and talk.TXT: so do the receptions choose."""
        if role is Role.RECORDING:
            self.recordings.append(found)
        elif role is Role.TRANSCRIPT:
            self.transcript = self.transcript or found
        else:
            self.options = self.options or found

    @property
    def files(self) -> list[Found]:
        return [*self.recordings, *(found for found in (self.transcript, self.options) if found)]


def paired(listing: Iterable[Found]) -> Iterator[FoundSet]:
    """Upload sets from objects in S3's order; objects that are no part of any are left out."""
    open_sets: list[FoundSet] = []
    for found in listing:
        while open_sets and not found.key.startswith(layout.set_prefix(open_sets[-1].stem)):
            yield open_sets.pop()
        place = layout.place_of(found.key)
        if place.role in (Role.FOLDER, Role.UNKNOWN):
            continue
        _open(open_sets, place.stem).add(found, place.role)
    while open_sets:
        yield open_sets.pop()


def _open(open_sets: list[FoundSet], stem: str) -> FoundSet:
    """All open stems are beginnings of this key, each of the next; a shorter one may come after a longer one."""
    for index in range(len(open_sets) - 1, -1, -1):
        if open_sets[index].stem == stem:
            return open_sets[index]
        if len(open_sets[index].stem) < len(stem):
            open_sets.insert(index + 1, FoundSet(stem))
            return open_sets[index + 1]
    open_sets.insert(0, FoundSet(stem))
    return open_sets[0]
