"""The job record and its states.

              missing files        complete and valid            lease taken
    (nothing) ------------> WAITING ------------------> QUEUED -------------> RUNNING ---> SUCCEEDED
        \\                      |                          ^                      |   \\
         \\--- refused ---> REJECTED --- corrected --------/ <--- new revision ---+    --> FAILED

syncline.core.transitions holds the functions that return the next record. The store writes it only if the record is
unchanged.
"""

from __future__ import annotations

import hashlib
import json
import re
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from syncline.core.errors import SynclineError
from syncline.core.options import Options
from syncline.core.timestamps import format_timestamp

LIVE = "live"
BULK = "bulk"


class State(StrEnum):
    WAITING = "WAITING"  # part of the upload set is missing; `missing` says which
    QUEUED = "QUEUED"  # complete and valid; its message is in a queue, or is about to be
    RUNNING = "RUNNING"  # a worker holds the lease
    SUCCEEDED = "SUCCEEDED"  # the results are in the bucket
    FAILED = "FAILED"  # the worker gave up; `error` says why
    REJECTED = "REJECTED"  # the upload cannot become a job; `error` says why and what to do


FINAL_STATES = (State.SUCCEEDED, State.FAILED, State.REJECTED)
RETRYABLE_STATES = (State.FAILED, State.REJECTED)


@dataclass(frozen=True, slots=True)
class Lease:
    """The worker that runs the job, and the time (ISO 8601) until which no other worker may take it."""

    owner: str
    until: str

    def expired(self, now: datetime) -> bool:
        return self.until <= format_timestamp(now)


@dataclass(frozen=True, slots=True)
class StoredObject:
    """An object as S3 lists it."""

    key: str
    etag: str
    size: int


@dataclass(frozen=True, slots=True)
class UploadSet:
    """The files of one job at one moment, with the options that they add up to.

    `problem` is the reason why the set cannot become a job, or None.
    """

    recording: StoredObject
    transcript: StoredObject | None
    options: Options
    problem: SynclineError | None = None
    options_file: StoredObject | None = None
    other_transcripts: tuple[StoredObject, ...] = ()  # besides `transcript`; then there is a problem
    times: StoredObject | None = None  # confirmed word times

    @property
    def missing(self) -> tuple[str, ...]:
        return ("transcript",) if self.options.needs_transcript and self.transcript is None else ()


@dataclass(frozen=True, slots=True)
class Result:
    name: str
    key: str
    bytes: int


@dataclass(frozen=True, slots=True)
class Job:
    job_id: str
    bucket: str
    recording_key: str
    state: State
    created_at: str
    updated_at: str
    recording_bytes: int | None = None
    transcript_key: str | None = None
    times_key: str | None = None
    options: Mapping[str, Any] = field(default_factory=dict)
    revision: str | None = None
    missing: tuple[str, ...] = ()
    queue: str = LIVE
    message_sent: bool = False  # whether the message of this revision has been sent for certain
    batch: str | None = None  # "<run>/<number>": the batch with which a backfill sends the message
    stage: str | None = None
    progress: float = 0.0
    error: Mapping[str, str] | None = None
    attempts: int = 0
    lease: Lease | None = None
    queued_at: str | None = None
    started_at: str | None = None
    finished_at: str | None = None
    expires_at: str | None = None  # when the table deletes the record
    results: tuple[Result, ...] = ()
    stats: Mapping[str, Any] = field(default_factory=dict)
    warnings: tuple[str, ...] = ()
    version: int = 0  # counts the writes; every write is conditional on the version that was read

    @property
    def metadata(self) -> Mapping[str, str]:
        """The caller's own strings."""
        entries: Mapping[str, str] = self.options.get("metadata", {})
        return entries

    @property
    def final(self) -> bool:
        return self.state in FINAL_STATES

    @property
    def awaits_message(self) -> bool:
        return self.state is State.QUEUED and not self.message_sent


JOB_ID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


def job_id_of(bucket: str, recording_key: str) -> str:
    """The id is computed from the address of the recording."""
    return str(uuid.uuid5(uuid.NAMESPACE_URL, f"s3://{bucket}/{recording_key}"))


def revision_of(uploads: UploadSet) -> str:
    """A digest over the files and the options: equal files with equal options are the same revision."""
    transcript = uploads.transcript.etag if uploads.transcript and uploads.options.needs_transcript else None
    parts: list[Any] = [uploads.recording.etag, uploads.recording.size, transcript, uploads.options.canonical()]
    if uploads.problem and uploads.options_file:
        parts.append(uploads.options_file.etag)  # its options may be unreadable; a corrected file is a new revision
    if uploads.options.needs_transcript:
        parts += [other.etag for other in uploads.other_transcripts]
    if uploads.options.needs_transcript and uploads.times:
        parts.append(["times", uploads.times.etag])
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()[:20]
