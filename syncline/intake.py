"""What happens when an object is dropped in the bucket: look at its upload set, record the verdict, send the job.

An event is only a hint to look. The order is: read the record, look at the bucket, write the record on
condition that it is still the one that was read. So whoever writes last looked last, and any order and
repetition of events ends in the same record.

The record is written as QUEUED before its message is sent, and marked after. A crash in between leaves
"queued, not sent" and an event that was not acknowledged: when it comes again, the message is sent.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from syncline import job as jobs
from syncline import layout, options, validation
from syncline.bucket import Bucket, ObjectGoneError
from syncline.deployment import Deployment
from syncline.errors import SynclineError, TransientError
from syncline.job import Job, StoredObject, UploadSet
from syncline.layout import Role
from syncline.settings import Settings
from syncline.store import WriteConflictError

MAX_OPTIONS_BYTES = 64 * 1024
CONFLICT_TRIES = 8
# Longer than a reception may run: whoever wrote "queued, not sent" longer ago than this is dead.
SENDER_IS_DEAD_AFTER = timedelta(seconds=60)


class UnsettledError(TransientError):
    """Raised when another reception is at this job right now: the event should come again later."""

    default_code = "unsettled"


def _now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class Intake:
    deployment: Deployment
    clock: Callable[[], datetime] = _now

    def object_created(self, key: str) -> list[Job]:
        """-> the verdict on every job that the object belongs to; an empty list if it concerns nobody."""
        place = layout.place_of(key)
        if not layout.is_upload(key) or place.role is Role.FOLDER:
            return []
        if place.role is Role.UNKNOWN:
            return self._reject_stranger(key)
        if place.role is Role.RECORDING:
            return self._settle(key)
        verdicts = [job for recording in self._recordings(place.stem) for job in self._settle(recording)]
        return verdicts or self._leave_waiting(key, place.stem)

    def _recordings(self, stem: str) -> list[str]:
        return [s.key for s in self._upload_set(stem) if layout.place_of(s.key).role is Role.RECORDING]

    def _upload_set(self, stem: str) -> list[StoredObject]:
        listed = self.deployment.bucket.list(layout.set_prefix(stem))
        return [stored for stored in listed if layout.belongs_to(stored.key, stem)]

    def _settle(self, recording_key: str) -> list[Job]:
        """Bring the record of one recording in line with what lies in the bucket, and its message on its way."""
        for _ in range(CONFLICT_TRIES):
            known = self.deployment.store.get(jobs.job_id(self.deployment.bucket.name, recording_key))
            stored = self._upload_set(layout.place_of(recording_key).stem)
            uploads = _look(recording_key, stored, self.deployment.bucket, self.deployment.settings)
            if uploads is None:  # deleted since
                return []
            job = jobs.observed(known, self.deployment.bucket.name, uploads, now=self.clock())
            try:
                if job is not known:
                    job = self._send(self.deployment.store.put(job))
                elif job.awaits_message:
                    job = self._take_over_sending(job)
            except WriteConflictError:
                continue
            self._forget_orphans(stored)
            return [job]
        raise UnsettledError(f"The record of {recording_key} kept changing.")

    def _take_over_sending(self, job: Job) -> Job:
        written = jobs.parse_timestamp(job.updated_at)
        if self.clock() - written < SENDER_IS_DEAD_AFTER:
            raise UnsettledError(f"The message of job {job.job_id} is being sent by somebody else.")
        return self._send(self.deployment.store.put(replace(job, updated_at=jobs.timestamp(self.clock()))))

    def _send(self, job: Job) -> Job:
        if not job.awaits_message or job.revision is None:
            return job
        self.deployment.queue.send(job.job_id, job.revision, queue=job.queue)
        try:
            return self.deployment.store.put(jobs.message_sent(job, now=self.clock()))
        except WriteConflictError:  # a worker has it already, or a newer upload: either knows better
            return job

    def _leave_waiting(self, key: str, stem: str) -> list[Job]:
        """A transcript or options file came first: its verdict is that the recording is missing."""
        found = self.deployment.bucket.head(key)
        if found is None:
            return []
        waiting = self._record_verdict(
            jobs.orphan(self.deployment.bucket.name, found[0], ("recording",), now=self.clock())
        )
        # A recording that came in between has seen no orphan to forget: look once more.
        recordings = self._recordings(stem)
        if not recordings:
            return [waiting]
        return [job for recording in recordings for job in self._settle(recording)]

    def _reject_stranger(self, key: str) -> list[Job]:
        found = self.deployment.bucket.head(key)
        if found is None:
            return []
        problem = validation.unknown_kind(key)
        return [self._record_verdict(jobs.rejected(self.deployment.bucket.name, found[0], problem, now=self.clock()))]

    def _record_verdict(self, verdict: Job) -> Job:
        known = self.deployment.store.get(verdict.job_id)
        if known is not None and (known.state, known.revision) == (verdict.state, verdict.revision):
            return known
        try:
            return self.deployment.store.put(replace(verdict, version=known.version if known else 0))
        except WriteConflictError:  # the same verdict on the same object, written by somebody else
            return verdict

    def _forget_orphans(self, stored: list[StoredObject]) -> None:
        """The files of a set that has its recording need no verdicts of their own."""
        others = [s.key for s in stored if layout.place_of(s.key).role is not Role.RECORDING]
        ids = [jobs.job_id(self.deployment.bucket.name, key) for key in others]
        for verdict in self.deployment.store.get_many(ids) if ids else []:
            try:
                self.deployment.store.delete(verdict)
            except WriteConflictError:
                raise UnsettledError(f"The verdict on {verdict.recording_key} is being written.") from None


def _look(recording_key: str, stored: list[StoredObject], bucket: Bucket, settings: Settings) -> UploadSet | None:
    """What the set adds up to, with the problem that keeps it from being a job, if any."""
    by_role = {
        layout.place_of(s.key).role: s for s in reversed(stored) if layout.place_of(s.key).role is not Role.RECORDING
    }
    transcript, wishes = by_role.get(Role.TRANSCRIPT), by_role.get(Role.OPTIONS)
    head = bucket.head(recording_key)
    if head is None:
        return None
    recording, metadata = head
    chosen = settings.default_options
    try:
        document = bucket.read(wishes.key, at_most=MAX_OPTIONS_BYTES) if wishes else None
        chosen = options.merge(chosen, metadata, document)
        validation.check_recording(recording, settings)
        if transcript and chosen.needs_transcript:
            validation.check_transcript_size(transcript, settings)
            validation.decode_transcript(bucket.read(transcript.key), max_words=settings.max_transcript_words)
    except ObjectGoneError:
        return _look(recording_key, [s for s in stored if bucket.head(s.key)], bucket, settings)
    except SynclineError as problem:
        return UploadSet(recording, transcript, chosen, problem, wishes)
    return UploadSet(recording, transcript, chosen, options_file=wishes)
