"""What happens when an object is dropped in the bucket: look at its upload set, record the verdict, send the job.

An event is only a hint to look. The order is: read the record, look at the bucket, write the record on
condition that it is still the one that was read. So whoever writes last looked last, and any order and
repetition of events ends in the same record. One case is left: files that change and change back, to what the record
said before. Whoever sees only the last state finds nothing to write, and does not stop a slower one that saw the state
between. So whoever has written looks once more.

The record is written as QUEUED before its message is sent, and marked after. A crash in between leaves
"queued, not sent" and an event that was not acknowledged: when it comes again, the message is sent.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from syncline.aws.bucket import Bucket, ObjectGoneError
from syncline.aws.deployment import Deployment
from syncline.aws.settings import Settings
from syncline.aws.store import WriteConflictError
from syncline.core import layout, options, transitions
from syncline.core.errors import ConflictError, NotFoundError, SynclineError, TransientError
from syncline.core.file_signatures import HEAD_BYTES
from syncline.core.job import LIVE, RETRYABLE_STATES, Job, State, StoredObject, UploadSet, job_id_of
from syncline.core.layout import Role
from syncline.core.options import Options
from syncline.core.timestamps import format_timestamp, parse_timestamp
from syncline.jobs import final_record, validation

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
            return self.settle(key)
        verdicts = [job for recording in self._recordings(place.stem) for job in self.settle(recording)]
        return verdicts or self._leave_waiting(key, place.stem)

    def settle(self, recording_key: str, *, source: Bucket | None = None, queue: str = LIVE) -> list[Job]:
        """Bring the record of one recording in line with what lies in its bucket, and its message on its way."""
        source = source or self.deployment.bucket
        for _ in range(CONFLICT_TRIES):
            known = self.deployment.store.get(job_id_of(source.name, recording_key))
            stored = upload_set(source, layout.place_of(recording_key).stem)
            uploads = look(recording_key, stored, source, self.deployment.settings)
            if uploads is None:  # deleted since
                return []
            job = transitions.observed(known, source.name, uploads, now=self.clock(), queue=queue)
            try:
                written = self._write(job) if job is not known else self._finish(job)
            except WriteConflictError:
                continue
            if job is not known and upload_set(source, layout.place_of(recording_key).stem) != stored:
                continue  # see the end of this module's introduction
            self._forget_orphans(stored)
            return [written]
        raise UnsettledError(f"The record of {recording_key} kept changing.")

    def retry(self, job_id: str) -> Job:
        """Again, by hand: what lies in the bucket now is looked at anew, and a failed job runs again."""
        for _ in range(CONFLICT_TRIES):
            known = self.deployment.store.get(job_id)
            if known is None:
                raise NotFoundError(f"There is no job {job_id}.", hint="Ask by key: /jobs?key=<recording key>.")
            if known.state not in RETRYABLE_STATES:
                raise ConflictError(
                    f"The job is {known.state.value}; only FAILED and REJECTED jobs can be retried.",
                    code="not_retryable",
                    hint="To run it again, upload a changed recording, transcript or options file.",
                )
            try:
                return self._retry(known)
            except WriteConflictError:
                continue
        raise UnsettledError(f"The record of job {job_id} kept changing.")

    def _retry(self, known: Job) -> Job:
        key, source = known.recording_key, self.deployment.bucket.sibling(known.bucket)
        if layout.place_of(key).role is Role.RECORDING:
            stored = upload_set(source, layout.place_of(key).stem)
            uploads = look(key, stored, source, self.deployment.settings, defaults=_wishes_so_far(known))
            if uploads is not None:
                job = transitions.observed(known, source.name, uploads, now=self.clock())
                if job is known and known.state is State.FAILED:
                    job = transitions.retried(known, now=self.clock())
                return self._write(job) if job is not known else self._finish(job)
        elif verdicts := self._reject_stranger(key):
            return verdicts[0]
        raise ConflictError(f"“{key}” is no longer in the bucket.", code="recording_gone", hint="Upload it again.")

    def _recordings(self, stem: str) -> list[str]:
        stored = upload_set(self.deployment.bucket, stem)
        return [s.key for s in stored if layout.place_of(s.key).role is Role.RECORDING]

    def _write(self, job: Job) -> Job:
        if job.final:
            return final_record.put(self.deployment, job)
        return self._send(self.deployment.store.put(job))

    def _finish(self, job: Job) -> Job:
        """What whoever wrote this record may have left undone."""
        if job.state is State.REJECTED:
            final_record.publish_if_missing(self.deployment, job)
        return self._take_over_sending(job) if job.awaits_message else job

    def _take_over_sending(self, job: Job) -> Job:
        written = parse_timestamp(job.updated_at)
        if self.clock() - written < SENDER_IS_DEAD_AFTER:
            raise UnsettledError(f"The message of job {job.job_id} is being sent by somebody else.")
        return self._send(self.deployment.store.put(replace(job, updated_at=format_timestamp(self.clock()))))

    def _send(self, job: Job) -> Job:
        if not job.awaits_message or job.revision is None:
            return job
        self.deployment.queue.send(job.job_id, job.revision, queue=job.queue)
        try:
            return self.deployment.store.put(transitions.message_sent(job, now=self.clock()))
        except WriteConflictError:  # a worker has it already, or a newer upload: either knows better
            return job

    def _leave_waiting(self, key: str, stem: str) -> list[Job]:
        """A transcript or options file came first: its verdict is that the recording is missing."""
        bucket = self.deployment.bucket.name
        waiting = self._judge(key, lambda stored: transitions.orphan(bucket, stored, ("recording",), now=self.clock()))
        # A recording that came in between has seen no orphan to forget: look once more.
        recordings = self._recordings(stem)
        if not recordings:
            return waiting
        return [job for recording in recordings for job in self.settle(recording)]

    def _reject_stranger(self, key: str) -> list[Job]:
        bucket, problem = self.deployment.bucket.name, validation.unknown_kind(key)
        return self._judge(key, lambda stored: transitions.rejected(bucket, stored, problem, now=self.clock()))

    def _judge(self, key: str, verdict_on: Callable[[StoredObject], Job]) -> list[Job]:
        """The verdict on an object by itself; first the record is read, then the object is looked at, as always."""
        for _ in range(CONFLICT_TRIES):
            known = self.deployment.store.get(job_id_of(self.deployment.bucket.name, key))
            found = self.deployment.bucket.head(key)
            if found is None:
                return []
            verdict = verdict_on(found[0])
            try:
                if known is not None and (known.state, known.revision) == (verdict.state, verdict.revision):
                    return [self._finish(known)]
                written = self._write(replace(verdict, version=known.version if known else 0))
            except WriteConflictError:
                continue
            if self.deployment.bucket.etag(key) == verdict.revision:
                return [written]
        raise UnsettledError(f"The verdict on {key} kept changing.")

    def _forget_orphans(self, stored: list[StoredObject]) -> None:
        """The files of a set that has its recording need no verdicts of their own."""
        others = [s.key for s in stored if layout.place_of(s.key).role is not Role.RECORDING]
        ids = [job_id_of(self.deployment.bucket.name, key) for key in others]
        for verdict in self.deployment.store.get_many(ids) if ids else []:
            try:
                self.deployment.store.delete(verdict)
            except WriteConflictError:
                raise UnsettledError(f"The verdict on {verdict.recording_key} is being written.") from None


def _wishes_so_far(known: Job) -> Options | None:
    """A job that was accepted keeps its wishes: a backfill's, for example, stand nowhere but in the record."""
    return Options(**options.from_dict(known.options)) if known.state is State.FAILED and known.options else None


def look(
    recording_key: str,
    stored: list[StoredObject],
    bucket: Bucket,
    settings: Settings,
    *,
    defaults: Options | None = None,
) -> UploadSet | None:
    """What the set adds up to, with the problem that keeps it from being a job, if any; None without recording."""
    head = bucket.head(recording_key)
    if head is None:
        return None
    recording, metadata = head
    transcript, wishes = _companion(stored, Role.TRANSCRIPT), _companion(stored, Role.OPTIONS)
    chosen = defaults or settings.default_options
    try:
        chosen = options.merge(chosen, metadata, _read_options(wishes, bucket))
        _check(recording, transcript if chosen.needs_transcript else None, bucket, settings)
    except ObjectGoneError:
        left = [each for each in stored if bucket.head(each.key)]
        return look(recording_key, left, bucket, settings, defaults=defaults)
    except SynclineError as problem:
        return UploadSet(recording, transcript, chosen, problem, wishes)
    return UploadSet(recording, transcript, chosen, options_file=wishes)


def upload_set(bucket: Bucket, stem: str) -> list[StoredObject]:
    return [stored for stored in bucket.list(layout.set_prefix(stem)) if layout.belongs_to(stored.key, stem)]


def _companion(stored: list[StoredObject], role: Role) -> StoredObject | None:
    """The first in S3's order, should somebody upload both talk.txt and talk.TXT."""
    return next((s for s in stored if layout.place_of(s.key).role is role), None)


def _read_options(wishes: StoredObject | None, bucket: Bucket) -> bytes | None:
    if wishes is None:
        return None
    validation.check_options_size(wishes)
    return bucket.read(wishes.key, at_most=validation.MAX_OPTIONS_BYTES)


def _check(recording: StoredObject, transcript: StoredObject | None, bucket: Bucket, settings: Settings) -> None:
    validation.check_recording(recording, settings)
    validation.check_signature(recording.key, bucket.read(recording.key, at_most=HEAD_BYTES))
    if transcript is not None:
        validation.check_transcript_size(transcript, settings)
        validation.decode_transcript(bucket.read(transcript.key), max_words=settings.max_transcript_words)
