"""Decide what to do with one job, given the files in the bucket and the job's record. Pure."""

from __future__ import annotations

import fnmatch
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from syncline.aws.settings import Settings
from syncline.backfill.pairing import ListedObject, ListedSet
from syncline.core import options, transitions
from syncline.core.errors import InvalidOptionsError, SynclineError
from syncline.core.job import BULK, Job, State, UploadSet, revision_of
from syncline.core.options import Options
from syncline.core.timestamps import format_timestamp, parse_timestamp
from syncline.jobs.job_updater import SENDER_TIMEOUT
from syncline.jobs.upload_set import JobFiles

# A batch is written, sent and marked within a few seconds. A reception may take longer.
BATCH_TIMEOUT = timedelta(seconds=20)


class RecordingStatus(StrEnum):
    """What a run did with a recording. The value is the key in the JSON summary, the label is for people."""

    label: str

    def __new__(cls, value: str, label: str) -> RecordingStatus:
        member = str.__new__(cls, value)
        member._value_ = value
        member.label = label
        return member

    QUEUED = "queued", "queued"
    SUCCEEDED = "done", "done before"
    RUNNING = "running", "running"
    ALREADY_QUEUED = "waiting_in_queue", "queued before"
    FAILED = "failed", "failed before"
    REJECTED = "refused", "refused"
    NO_TRANSCRIPT = "missing", "transcript missing"
    NOT_FOUND = "absent", "not there"
    ARCHIVED = "away", "in cold storage"
    NOT_SENT = "unsent", "could not be queued"


# The report lists recordings of these statuses: an operator may want to act on them.
REPORTED = (
    RecordingStatus.FAILED, RecordingStatus.REJECTED, RecordingStatus.NO_TRANSCRIPT, RecordingStatus.NOT_FOUND,
    RecordingStatus.ARCHIVED, RecordingStatus.NOT_SENT,
)  # fmt: skip


class Step(StrEnum):
    """The next step for a job."""

    WRITE = "write"  # write the record of the decision, then send its message
    SEND = "send"  # the record is correct, its message has not been sent
    NONE = "none"  # the status is final
    READ_METADATA = "read metadata"  # only the options differ from the record's; they may be in the metadata
    DECIDE_LATER = "decide later"  # another process is sending the message, or has crashed
    REJECT = "reject"  # write a record that says why there is no job


@dataclass(frozen=True, slots=True)
class ListedJob:
    """One recording with its companions, as listed."""

    recording: ListedObject
    transcripts: Sequence[ListedObject] = ()
    options: ListedObject | None = None
    times: ListedObject | None = None

    @property
    def files(self) -> JobFiles:
        options_file, times = (file.stored if file else None for file in (self.options, self.times))
        transcripts = [transcript.stored for transcript in self.transcripts]
        return JobFiles(self.recording.stored, transcripts, options_file, times)


@dataclass(frozen=True, slots=True)
class Selection:
    """Which recordings the operator selected."""

    since: str = ""
    match: str | None = None

    def jobs_in(self, listed: ListedSet) -> list[ListedJob]:
        return [
            ListedJob(recording, listed.transcripts, listed.options, listed.times)
            for recording in listed.recordings
            if self._includes(recording, listed.companions)
        ]

    def _includes(self, recording: ListedObject, companions: list[ListedObject]) -> bool:
        """A transcript that was changed since then selects its recording, too."""
        if self.match is not None and not fnmatch.fnmatchcase(recording.key, self.match):
            return False
        return not self.since or any(file.modified >= self.since for file in [recording, *companions])


@dataclass(frozen=True, slots=True)
class Decision:
    step: Step
    status: RecordingStatus
    job: Job | None = None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Planner:
    """`batch` is this run's own batch; `batch_is_sent` says whether a batch of any run was sent."""

    bucket: str
    batch: str
    now: datetime
    batch_is_sent: Callable[[str], bool]
    force: bool = False

    def decide(self, uploads: UploadSet, job: Job | None, *, metadata_read: bool) -> Decision:
        if job is None:
            return self._changed(uploads, None)
        if job.revision == revision_of(uploads) and uploads.problem is None:
            return self._unchanged(uploads, job)
        if _was_rejected_as_it_is(uploads, job) and not self.force:
            return Decision(Step.NONE, RecordingStatus.REJECTED, reason=_error_message(job))
        if not metadata_read and _differs_in_options_only(uploads, job):
            return Decision(Step.READ_METADATA, RecordingStatus.NOT_SENT)
        return self._changed(uploads, job)

    def _changed(self, uploads: UploadSet, job: Job | None) -> Decision:
        observed = transitions.observed(job, self.bucket, uploads, now=self.now, queue=BULK)
        if uploads.problem is not None:
            step = Step.NONE if observed is job else Step.REJECT
            return Decision(step, RecordingStatus.REJECTED, observed, reason=uploads.problem.message)
        return _no_transcript() if uploads.missing else self._write(observed)

    def _unchanged(self, uploads: UploadSet, job: Job) -> Decision:
        if job.state is State.QUEUED:
            return self._already_queued(job)
        if job.state is State.RUNNING:
            return Decision(Step.NONE, RecordingStatus.RUNNING)
        if uploads.missing:
            return _no_transcript()
        if self.force or job.state is State.WAITING:
            return self._write(transitions.retried(job, now=self.now))
        if job.state is State.SUCCEEDED:
            return Decision(Step.NONE, RecordingStatus.SUCCEEDED)
        status = RecordingStatus.REJECTED if job.state is State.REJECTED else RecordingStatus.FAILED
        return Decision(Step.NONE, status, reason=_error_message(job))

    def _already_queued(self, job: Job) -> Decision:
        if job.batch == self.batch:  # our own write, whose answer was lost
            return Decision(Step.SEND, RecordingStatus.QUEUED, job)
        if job.message_sent or (job.batch and self.batch_is_sent(job.batch)):
            return Decision(Step.NONE, RecordingStatus.ALREADY_QUEUED)
        timeout = BATCH_TIMEOUT if job.batch else SENDER_TIMEOUT
        if self.now - parse_timestamp(job.updated_at) < timeout:
            reason = "Another process is sending its message."
            return Decision(Step.DECIDE_LATER, RecordingStatus.NOT_SENT, reason=reason)
        return self._write(replace(job, updated_at=format_timestamp(self.now)))

    def _write(self, job: Job) -> Decision:
        return Decision(Step.WRITE, RecordingStatus.QUEUED, replace(job, batch=self.batch, queue=BULK))


def with_translations(settings: Settings, languages: tuple[str, ...]) -> Settings:
    """Settings with other defaults for one run. The options of a recording override them."""
    if settings.default_options.language in languages:
        raise InvalidOptionsError(
            f"--translate names “{settings.default_options.language}”, which is the language spoken.",
            code="same_language",
            hint="Leave it out: captions in the spoken language are made anyway.",
        )
    return replace(settings, translate_to=languages)


def _no_transcript() -> Decision:
    return Decision(Step.NONE, RecordingStatus.NO_TRANSCRIPT, reason="There is no transcript beside it.")


def _was_rejected_as_it_is(uploads: UploadSet, job: Job) -> bool:
    """A reception opens the files, and may have rejected a set whose listing has no problem."""
    if job.state is not State.REJECTED:
        return False
    rejected = replace(uploads, problem=uploads.problem or SynclineError(""))
    return job.revision in (revision_of(rejected), revision_of(replace(rejected, options=_options_of(job))))


def _differs_in_options_only(uploads: UploadSet, job: Job) -> bool:
    return job.revision == revision_of(replace(uploads, options=_options_of(job)))


def _options_of(job: Job) -> Options:
    """The options in the record. Another version may have written fields or values that this one does not know."""
    try:
        return options.from_record({name: value for name, value in job.options.items() if name in options.FIELDS})
    except InvalidOptionsError:
        return Options()


def _error_message(job: Job) -> str:
    return job.error["message"] if job.error else ""
