"""What is to be done about one recording, given what lies in the bucket and what its record says. Pure."""

from __future__ import annotations

import fnmatch
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from syncline.aws.settings import Settings
from syncline.backfill.pairing import Found, FoundSet
from syncline.core import layout, options, transitions
from syncline.core.errors import InvalidOptionsError, SynclineError
from syncline.core.job import BULK, Job, State, UploadSet, revision_of
from syncline.core.options import Options
from syncline.core.timestamps import format_timestamp, parse_timestamp
from syncline.jobs.job_updater import SENDER_TIMEOUT
from syncline.jobs.upload_set import JobFiles

# A batch is written, sent and marked within a few seconds; a reception may take longer.
BATCH_IS_DEAD_AFTER = timedelta(seconds=20)


class Verdict(StrEnum):
    """What became of a recording in this run; the order is that of the summary."""

    QUEUED = "queued"
    DONE = "done before"
    RUNNING = "running"
    WAITING_IN_QUEUE = "queued before"
    FAILED = "failed before"
    REFUSED = "refused"
    MISSING = "transcript missing"
    ABSENT = "not there"
    AWAY = "in cold storage"
    UNSENT = "could not be queued"


# Verdicts that leave something undone: the exit code says so.
UNDONE = (Verdict.UNSENT,)
# Verdicts that somebody may want to do something about: they are listed in the report.
WORTH_TELLING = (Verdict.FAILED, Verdict.REFUSED, Verdict.MISSING, Verdict.ABSENT, Verdict.AWAY, Verdict.UNSENT)


class Step(StrEnum):
    """What comes next for a recording."""

    WRITE = "write"  # the record in the decision, and then its message
    SEND = "send"  # the record is as it should be, its message is not on its way
    NOTHING = "nothing"  # the verdict stands
    READ_METADATA = "read metadata"  # only the wishes differ from those of the record: they may come from there
    LOOK_AGAIN = "look again"  # somebody else is sending the message, or died at it: time will tell
    REFUSE = "refuse"  # the record is to say why it cannot be a job


@dataclass(frozen=True, slots=True)
class Wishes:
    """What the operator asked for."""

    since: str = ""
    match: str | None = None
    force: bool = False

    def cover(self, found: Found, companions: list[Found]) -> bool:
        """Whether this recording is meant; a transcript that came later makes its recording new."""
        if self.match is not None and not fnmatch.fnmatchcase(found.key, self.match):
            return False
        return not self.since or any(each.modified >= self.since for each in [found, *companions])


@dataclass(frozen=True, slots=True)
class Candidate:
    """One recording with its companions, before anything is known about its record."""

    recording: Found
    transcript: Found | None
    options: Found | None

    @property
    def files(self) -> JobFiles:
        transcript = self.transcript.stored if self.transcript else None
        options_file = self.options.stored if self.options else None
        return JobFiles(self.recording.stored, transcript, options_file)


@dataclass(frozen=True, slots=True)
class Decision:
    step: Step
    verdict: Verdict
    job: Job | None = None
    reason: str = ""


def candidates(found: FoundSet, wishes: Wishes) -> list[Candidate]:
    companions = [each for each in (found.transcript, found.options) if each]
    return [
        Candidate(recording, found.transcript, found.options)
        for recording in found.recordings
        if wishes.cover(recording, companions)
    ]


@dataclass(frozen=True, slots=True)
class Place:
    """Where the recordings lie, and where the deployment is at home."""

    bucket: str
    home: str | None

    def skips(self, key: str) -> bool:
        """Results are no recordings, though some are named like transcripts."""
        return self.bucket == self.home and key.startswith(layout.RESULTS)


@dataclass(frozen=True, slots=True)
class Planner:
    """`sent` tells of a batch of an earlier run whether its messages are in the queue; `batch` is our own."""

    bucket: str
    batch: str
    now: datetime
    sent: Callable[[str], bool]
    force: bool = False

    def decide(self, uploads: UploadSet, known: Job | None, *, metadata_read: bool) -> Decision:
        if known is None:
            return self._new(uploads, None)
        if known.revision == revision_of(uploads) and uploads.problem is None:
            return self._same(uploads, known)
        if _refused_as_it_is(uploads, known) and not self.force:
            return Decision(Step.NOTHING, Verdict.REFUSED, reason=_reason(known))
        if not metadata_read and _differs_in_wishes_only(uploads, known):
            return Decision(Step.READ_METADATA, Verdict.UNSENT)
        return self._new(uploads, known)

    def _new(self, uploads: UploadSet, known: Job | None) -> Decision:
        job = transitions.observed(known, self.bucket, uploads, now=self.now, queue=BULK)
        if uploads.problem is not None:
            step = Step.NOTHING if job is known else Step.REFUSE
            return Decision(step, Verdict.REFUSED, job, reason=uploads.problem.message)
        if uploads.missing:
            return Decision(Step.NOTHING, Verdict.MISSING, reason="There is no transcript beside it.")
        return self._write(job)

    def _same(self, uploads: UploadSet, known: Job) -> Decision:
        if known.state is State.QUEUED:
            return self._queued_before(known)
        if known.state is State.RUNNING:
            return Decision(Step.NOTHING, Verdict.RUNNING)
        if uploads.missing:
            return Decision(Step.NOTHING, Verdict.MISSING, reason="There is no transcript beside it.")
        if self.force or known.state is State.WAITING:
            return self._write(transitions.retried(known, now=self.now))
        if known.state is State.SUCCEEDED:
            return Decision(Step.NOTHING, Verdict.DONE)
        refused = known.state is State.REJECTED
        return Decision(Step.NOTHING, Verdict.REFUSED if refused else Verdict.FAILED, reason=_reason(known))

    def _queued_before(self, known: Job) -> Decision:
        if known.batch == self.batch:  # our own write, whose answer was lost on the way
            return Decision(Step.SEND, Verdict.QUEUED, known)
        if known.message_sent or (known.batch and self.sent(known.batch)):
            return Decision(Step.NOTHING, Verdict.WAITING_IN_QUEUE)
        patience = BATCH_IS_DEAD_AFTER if known.batch else SENDER_TIMEOUT
        if self.now - parse_timestamp(known.updated_at) < patience:
            return Decision(Step.LOOK_AGAIN, Verdict.UNSENT, reason="Its message is being sent by somebody else.")
        return self._write(replace(known, updated_at=format_timestamp(self.now)))

    def _write(self, job: Job) -> Decision:
        return Decision(Step.WRITE, Verdict.QUEUED, replace(job, batch=self.batch, queue=BULK))


def with_translations(settings: Settings, languages: tuple[str, ...]) -> Settings:
    """The defaults of this run; what a recording's own options say still comes first."""
    if settings.default_options.language in languages:
        raise InvalidOptionsError(
            f"--translate names “{settings.default_options.language}”, which is the language spoken.",
            code="same_language",
            hint="Leave it out: captions in the spoken language are made anyway.",
        )
    return replace(settings, translate_to=languages)


def _refused_as_it_is(uploads: UploadSet, known: Job) -> bool:
    """A reception looks into the files and may have refused what looks right from outside."""
    if known.state is not State.REJECTED:
        return False
    refused = replace(uploads, problem=uploads.problem or SynclineError(""))
    return known.revision in (revision_of(refused), revision_of(replace(refused, options=_options(known))))


def _differs_in_wishes_only(uploads: UploadSet, known: Job) -> bool:
    return known.revision == revision_of(replace(uploads, options=_options(known)))


def _options(job: Job) -> Options:
    """Those of the record; unchecked, as it may be of another version."""
    known = {name: value for name, value in job.options.items() if name in options.FIELDS}
    given: dict[str, Any] = {name: tuple(value) if isinstance(value, list) else value for name, value in known.items()}
    return Options(**given)


def _reason(job: Job) -> str:
    return job.error["message"] if job.error else ""
