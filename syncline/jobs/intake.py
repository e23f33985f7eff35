"""Handle an S3 event: read the upload set, update the job record, enqueue the job.

An event is a hint, not data: every handler reads the bucket again. A handler reads the record, lists the bucket, and
writes the record only if it is unchanged (a conditional write). The last writer therefore saw the newest state, and any
order or repetition of events converges to the same record.

One race remains. If a file changes and changes back, a fast handler sees no difference and writes nothing, while a slow
handler can still write the intermediate state. Every handler therefore checks the bucket once more after it writes.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from syncline.aws.bucket import Bucket
from syncline.aws.deployment import Deployment
from syncline.aws.store import ContentionError, WriteConflictError
from syncline.core import layout, transitions
from syncline.core.job import LIVE, Job, StoredObject, job_id_of, revision_of
from syncline.core.layout import Role
from syncline.core.timestamps import utc_now
from syncline.jobs import upload_set, validation
from syncline.jobs.job_updater import JobUpdater

OBSERVE_ATTEMPTS = 8  # a bucket that changes after every write is left to the next event


@dataclass(frozen=True, slots=True)
class Intake:
    deployment: Deployment
    clock: Callable[[], datetime] = utc_now

    def object_created(self, key: str) -> list[Job]:
        """The records of all jobs that the object belongs to; empty if it concerns no job."""
        place = layout.place_of(key)
        if not layout.is_upload(key) or place.role is Role.FOLDER:
            return []
        if place.role is Role.UNKNOWN:
            return self._reject_unknown(key)
        if place.role is Role.RECORDING:
            return self.reconcile(key)
        return self._reconcile_all(place.stem) or self._wait_for_recording(key, place.stem)

    def reconcile(self, recording_key: str, *, source: Bucket | None = None, queue: str = LIVE) -> list[Job]:
        """Bring the record of one recording in line with its bucket, and send its message. Empty if it is gone."""
        source = source or self.deployment.bucket
        observation = _RecordingObservation(self, recording_key, source, queue)
        for _ in range(OBSERVE_ATTEMPTS):
            update = JobUpdater(self.deployment, self.clock).update(
                job_id_of(source.name, recording_key), observation.decide
            )
            job = update.current
            if observation.gone or job is None:
                return []
            if update.written is None or observation.list_files() == observation.files:
                self._delete_companion_records(observation.files)
                return [job]
        raise ContentionError(f"The files of {recording_key} kept changing.")

    def _reconcile_all(self, stem: str) -> list[Job]:
        recordings = upload_set.group(stem, upload_set.list_files(self.deployment.bucket, stem)).recordings
        return [job for recording in recordings for job in self.reconcile(recording.key)]

    def _wait_for_recording(self, key: str, stem: str) -> list[Job]:
        """A transcript or options file came first: it gets a record of its own, which names what is missing."""
        bucket = self.deployment.bucket.name
        waiting = self._observe_object(
            key, lambda job, stored: transitions.orphan(job, bucket, stored, ("recording",), now=self.clock())
        )
        # A recording that arrived meanwhile found no such record to delete: check once more.
        return self._reconcile_all(stem) or waiting

    def _reject_unknown(self, key: str) -> list[Job]:
        bucket, problem = self.deployment.bucket.name, validation.unknown_kind(key)
        return self._observe_object(
            key, lambda job, stored: transitions.rejected(job, bucket, stored, problem, now=self.clock())
        )

    def _observe_object(self, key: str, record_of: Callable[[Job | None, StoredObject], Job]) -> list[Job]:
        """Update the record of a single object. Empty if the object is gone."""
        bucket = self.deployment.bucket

        def decide(job: Job | None) -> Job | None:
            head = bucket.head(key)
            if head is None or (job is None and self.is_deleted(bucket, key, head[0].etag, [key])):
                return None
            return record_of(job, head[0])

        for _ in range(OBSERVE_ATTEMPTS):
            job = JobUpdater(self.deployment, self.clock).update(job_id_of(bucket.name, key), decide).current
            etag = bucket.etag(key)
            if job is None or etag is None:
                return []
            if job.revision == etag:
                return [job]
        raise ContentionError(f"The object {key} kept changing.")

    def is_deleted(self, source: Bucket, key: str, revision: str, keys: Sequence[str]) -> bool:
        """Whether this revision was deleted, and the event is only late: none of its files was uploaded again since."""
        deletion = self.deployment.store.get_deletion(job_id_of(source.name, key))
        if deletion is None:
            return False
        modified = [source.modified(each) for each in keys]
        return deletion.covers(revision, max((each for each in modified if each), default=None))

    def _delete_companion_records(self, files: list[StoredObject]) -> None:
        """The companions of a recording need no records of their own."""
        companions = [file.key for file in files if layout.place_of(file.key).role is not Role.RECORDING]
        ids = [job_id_of(self.deployment.bucket.name, key) for key in companions]
        for job in self.deployment.store.get_many(ids) if ids else []:
            try:
                self.deployment.store.delete(job)
            except WriteConflictError:
                raise ContentionError(f"Another process is writing the record of {job.recording_key}.") from None


@dataclass(slots=True)
class _RecordingObservation:
    """What a handler saw in the bucket when it last decided about a recording's record."""

    intake: Intake
    recording_key: str
    source: Bucket
    queue: str
    files: list[StoredObject] = field(default_factory=list)
    gone: bool = False

    def list_files(self) -> list[StoredObject]:
        return upload_set.list_files(self.source, layout.place_of(self.recording_key).stem)

    def decide(self, job: Job | None) -> Job | None:
        self.files = self.list_files()
        settings = self.intake.deployment.settings
        uploads = upload_set.read(self.recording_key, self.files, self.source, settings)
        self.gone = uploads is None or (job is None and self._is_deleted(revision_of(uploads)))
        if uploads is None or self.gone:
            return None
        return transitions.observed(job, self.source.name, uploads, now=self.intake.clock(), queue=self.queue)

    def _is_deleted(self, revision: str) -> bool:
        keys = [self.recording_key, *(file.key for file in self.files)]
        return self.intake.is_deleted(self.source, self.recording_key, revision, keys)
