"""Search jobs by the beginning of their key and by metadata.

A search by metadata reads the table's metadata index; a search by key lists the bucket, so it needs no index. Both give
candidates in a fixed order. Their records are read a hundred at a time, and those that match everything are the answer.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import islice
from typing import NamedTuple

from syncline.aws.deployment import Deployment
from syncline.aws.metadata_index import Entry
from syncline.core import job_metadata, layout
from syncline.core.errors import InvalidInputError
from syncline.core.job import JOB_ID, Job, State, job_id_of
from syncline.jobs import page_tokens

RECORDS_AT_ONCE = 100
MAX_CANDIDATES = 1000  # of one page: a search for a rare state must not read the whole table
WILDCARD = "*"


class Candidate(NamedTuple):
    """A job that may match, and its position in the order of the search."""

    job_id: str
    position: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Search:
    """What jobs must match. A metadata value that ends in “*” matches every value that begins like it."""

    prefix: str | None = None
    metadata: Mapping[str, str] = field(default_factory=dict)
    state: State | None = None

    def matches(self, job: Job) -> bool:
        return (
            (self.state is None or job.state is self.state)
            and (self.prefix is None or job.recording_key.startswith(self.prefix))
            and all(_value_matches(job.metadata.get(name), wanted) for name, wanted in self.metadata.items())
        )


def read(*, prefix: str | None, metadata: Mapping[str, str], state: State | None) -> Search:
    """Raises InvalidInputError for a search that can find nothing."""
    if prefix is not None and not (layout.is_upload(prefix) and len(prefix.encode()) <= layout.MAX_KEY_BYTES):
        raise InvalidInputError(
            f"“{prefix[:80]}” is not the beginning of an upload's key.",
            code="bad_prefix",
            hint=f"Keys of uploads start with {layout.UPLOADS}.",
        )
    for name, value in metadata.items():
        if not job_metadata.NAME.fullmatch(name) or not value or len(value) > job_metadata.MAX_VALUE_CHARACTERS + 1:
            raise InvalidInputError(
                f"“metadata.{name[:80]}” cannot be “{value[:80]}”.",
                code="bad_metadata",
                hint=f"Write metadata.<name>=<value>, or <beginning of the value>{WILDCARD}.",
            )
    return Search(prefix, metadata, state)


def find(deployment: Deployment, search: Search, *, limit: int, next_token: str | None) -> tuple[list[Job], str | None]:
    """A page of jobs, in the order of the search, and the token of the next page.

    A page may hold fewer jobs than `limit`, or none, although there are more: then it has a token.
    """
    after = _position_of(search, next_token) if next_token is not None else None
    found: list[tuple[Job, Candidate]] = []
    candidates = islice(_candidates(deployment, search, after), MAX_CANDIDATES)
    read, last = 0, None
    while chunk := list(islice(candidates, RECORDS_AT_ONCE)):
        records = {job.job_id: job for job in deployment.store.get_many(list({each.job_id for each in chunk}))}
        matching = ((records.get(each.job_id), each) for each in chunk)
        found += [(job, each) for job, each in matching if job is not None and search.matches(job)]
        if len(found) > limit:
            return [job for job, _ in found[:limit]], _token_of(search, found[limit - 1][1])
        read, last = read + len(chunk), chunk[-1]
    more = last if read == MAX_CANDIDATES else None
    return [job for job, _ in found], _token_of(search, more) if more else None


def find_all(deployment: Deployment, search: Search) -> Iterator[Job]:
    """All jobs of a search, in its order."""
    token = None
    while True:
        found, token = find(deployment, search, limit=RECORDS_AT_ONCE, next_token=token)
        yield from found
        if token is None:
            return


def _candidates(deployment: Deployment, search: Search, after: tuple[str, ...] | None) -> Iterator[Candidate]:
    if not search.metadata:
        for stored in deployment.bucket.list(search.prefix or layout.UPLOADS, after=after[0] if after else ""):
            yield Candidate(job_id_of(deployment.bucket.name, stored.key), (stored.key,))
        return
    name, wanted = next(iter(search.metadata.items()))
    value, is_prefix = wanted.removesuffix(WILDCARD), wanted.endswith(WILDCARD)
    start = Entry(name, *after) if after else None
    for entry in deployment.store.metadata.find(name, value, is_prefix=is_prefix, after=start):
        yield Candidate(entry.job_id, (entry.value, entry.job_id))


def _value_matches(value: str | None, wanted: str) -> bool:
    if value is None:
        return False
    return value.startswith(wanted.removesuffix(WILDCARD)) if wanted.endswith(WILDCARD) else value == wanted


def _token_of(search: Search, candidate: Candidate) -> str:
    return page_tokens.encode([_source(search), *candidate.position])


def _source(search: Search) -> str:
    """What the positions of a search are positions in."""
    return f"metadata.{next(iter(search.metadata))}" if search.metadata else "prefix"


def _position_of(search: Search, token: str) -> tuple[str, ...]:
    try:
        source, *position = page_tokens.decode(token)
        genuine = source == _source(search) and all(position) and _fits(search, position)
    except ValueError:
        genuine = False
    if not genuine:
        raise InvalidInputError(
            "“next” is not a token of this search.", code="bad_next", hint="Send it with the search that gave it."
        )
    return tuple(position)


def _fits(search: Search, position: list[str]) -> bool:
    if not search.metadata:
        return len(position) == 1 and len(position[0].encode()) <= layout.MAX_KEY_BYTES
    return len(position) == 2 and bool(JOB_ID.fullmatch(position[1])) and len(position[0].encode()) <= 1024
