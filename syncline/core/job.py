"""What a job is, and everything that may happen to it: a pure state machine.

              missing files        complete and valid            lease taken
    (nothing) ------------> WAITING ------------------> QUEUED -------------> RUNNING ---> SUCCEEDED
        \\                      |                          ^                      |   \\
         \\--- refused ---> REJECTED --- corrected --------/ <--- new revision ---+    --> FAILED

`observed` is told what lies in the bucket now, never what an event said: events may come twice, late or out
of order, and looking again always leads to the same record. The other functions are the worker's and the
operator's moves. Each returns the next record; the store writes it only if nobody was faster.
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
    QUEUED = "QUEUED"  # complete and valid; a message is, or is about to be, in a queue
    RUNNING = "RUNNING"  # a worker holds the lease
    SUCCEEDED = "SUCCEEDED"  # the results are in the bucket
    FAILED = "FAILED"  # the worker gave up; `error` says why
    REJECTED = "REJECTED"  # the upload cannot become a job; `error` says why and what to do


FINAL_STATES = (State.SUCCEEDED, State.FAILED, State.REJECTED)
RETRYABLE_STATES = (State.FAILED, State.REJECTED)


@dataclass(frozen=True, slots=True)
class Lease:
    """Who works on the job, and until when nobody else may. ISO 8601, as in the record."""

    owner: str
    until: str

    def expired(self, now: datetime) -> bool:
        return self.until <= format_timestamp(now)


@dataclass(frozen=True, slots=True)
class StoredObject:
    """What S3 says about an object without opening it."""

    key: str
    etag: str
    size: int


@dataclass(frozen=True, slots=True)
class UploadSet:
    """The files of one job as they lie in the bucket at one moment, with the wishes they add up to.

    `problem` is why this set cannot become a job, if it cannot.
    """

    recording: StoredObject
    transcript: StoredObject | None
    options: Options
    problem: SynclineError | None = None
    options_file: StoredObject | None = None

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
    options: Mapping[str, Any] = field(default_factory=dict)
    revision: str | None = None
    missing: tuple[str, ...] = ()
    queue: str = LIVE
    message_sent: bool = False  # whether the message of this revision is known to have reached the queue
    batch: str | None = None  # <run>/<number> of the batch with which a backfill sends the message
    stage: str | None = None
    progress: float = 0.0
    error: Mapping[str, str] | None = None
    attempts: int = 0
    lease: Lease | None = None
    queued_at: str | None = None
    started_at: str | None = None
    finished_at: str | None = None
    results: tuple[Result, ...] = ()
    stats: Mapping[str, Any] = field(default_factory=dict)
    warnings: tuple[str, ...] = ()
    version: int = 0  # counts the writes; every write is conditional on the version it was read at

    @property
    def final(self) -> bool:
        return self.state in FINAL_STATES

    @property
    def awaits_message(self) -> bool:
        return self.state is State.QUEUED and not self.message_sent


JOB_ID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


def job_id_of(bucket: str, recording_key: str) -> str:
    """Anyone can compute it from the address of the recording."""
    return str(uuid.uuid5(uuid.NAMESPACE_URL, f"s3://{bucket}/{recording_key}"))


def revision_of(uploads: UploadSet) -> str:
    """The same files with the same wishes are the same revision, whoever looks and how often."""
    transcript = uploads.transcript.etag if uploads.transcript and uploads.options.needs_transcript else None
    parts = [uploads.recording.etag, uploads.recording.size, transcript, uploads.options.canonical()]
    if uploads.problem and uploads.options_file:
        parts.append(uploads.options_file.etag)  # its wishes could not be read: a corrected file must differ
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()[:20]
