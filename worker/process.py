"""One job from message to result: a plain function, callable without a broker."""

from __future__ import annotations

import logging
import shutil
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from syncline import aws, options
from syncline.bucket import Bucket, ObjectGoneError
from syncline.errors import InvalidInputError, LimitExceededError, StaleRevisionError, SynclineError, TransientError
from syncline.job import Job, Result, StoredObject, UploadSet, revision_of
from syncline.options import Options
from syncline.validation import decode_transcript
from worker import pipeline
from worker.claim import Claim, Refusal
from worker.pipeline import Material
from worker.publish import publish, publish_record, record_key
from worker.services import Services

logger = logging.getLogger(__name__)

ATTEMPTS = 5  # of one revision, whatever ended the earlier ones
FIRST_PAUSE_SECONDS = 5.0

# Where each stage ends on the way from 0 to 1.
FETCHED, DECODED, ALIGNED, STORED = 0.05, 0.10, 0.95, 1.0


class TryLaterError(Exception):
    """Raised when the message must stay in its queue and come again after some seconds."""

    def __init__(self, reason: str, *, seconds: float) -> None:
        super().__init__(reason)
        self.seconds = seconds


def process(job_id: str, revision: str, services: Services) -> None:
    """Returns when the message has served its purpose; raises TryLaterError when it has not."""
    try:
        claim = services.claims.take(job_id, revision)
        if claim is Refusal.NOTHING_TO_DO:
            logger.info("nothing to do", extra={"job_id": job_id})
            return
        if isinstance(claim, Refusal):
            raise TryLaterError("another worker holds the lease", seconds=services.deployment.settings.lease_seconds)
        _run(claim, services)
    except StaleRevisionError as stale:
        logger.info("stopped: %s", stale.message, extra={"job_id": job_id})
    except (ClientError, BotoCoreError) as error:  # before there was a claim, or while its record was written
        raise TryLaterError(str(error), seconds=FIRST_PAUSE_SECONDS) from error


def _run(claim: Claim, services: Services) -> None:
    folder = Path(tempfile.mkdtemp(prefix="job-", dir=services.folder))
    try:
        if claim.job.attempts > ATTEMPTS:
            raise LimitExceededError(
                f"The job was started {ATTEMPTS} times and never finished: its workers died.",
                code="workers_died",
                hint="See the workers' logs for what killed them (memory?), then retry the job.",
            )
        _Run(claim, services, folder).to_the_end()
    except StaleRevisionError:
        raise
    except TransientError as error:
        _hand_back(claim, error)
    except SynclineError as error:
        _fail(claim, services, error)
    except (ClientError, BotoCoreError) as error:
        _settle_aws_error(claim, services, aws.translated(error))
    except OSError as error:
        _fail(claim, services, SynclineError(f"The worker's disk refused: {error}.", code="disk", hint="Is it full?"))
    except Exception as error:
        logger.exception("a bug", extra={"job_id": claim.job.job_id})
        _fail(claim, services, SynclineError(f"Syncline failed: {type(error).__name__}: {error}.", code="internal"))
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _settle_aws_error(claim: Claim, services: Services, error: SynclineError) -> None:
    if isinstance(error, TransientError):
        _hand_back(claim, error)
    else:
        _fail(claim, services, error)


def _hand_back(claim: Claim, error: SynclineError) -> None:
    seconds = FIRST_PAUSE_SECONDS * 2 ** (claim.job.attempts - 1)
    claim.release()
    raise TryLaterError(error.message, seconds=seconds)


def _fail(claim: Claim, services: Services, error: SynclineError) -> None:
    logger.warning("failed: %s", error.message, extra={"job_id": claim.job.job_id, "code": error.code})
    bucket = services.deployment.bucket
    seen = bucket.etag(record_key(claim.job))
    publish_record(bucket, claim.fail(error), seen_etag=seen)


def _present(source: Bucket, key: str) -> StoredObject:
    found = source.head(key)
    if found is None:
        raise ObjectGoneError(key)
    return found[0]


@dataclass(slots=True)
class _Run:
    """The stages of one job, in order."""

    claim: Claim
    services: Services
    folder: Path

    @property
    def job(self) -> Job:
        return self.claim.job

    def to_the_end(self) -> None:
        began, cpu_began = time.monotonic(), time.process_time()
        wishes = Options(**options.from_dict(self.job.options))
        recording, transcript = self._fetch(wishes)
        self.claim.progress("decode", FETCHED)
        audio = pipeline.decode_recording(
            recording,
            self.folder,
            max_seconds=self.services.deployment.settings.max_audio_seconds,
            progress=self._between("decode", FETCHED, DECODED),
        )
        aligned = pipeline.align(
            Material(audio, transcript),
            wishes,
            self.services.engine(wishes.engine),
            self._between("align", DECODED, ALIGNED),
            revision=self.job.revision or "",
        )
        self.claim.progress("render", ALIGNED)
        files = pipeline.render(aligned, wishes)
        stats = {
            **pipeline.stats_of(aligned),
            "wall_seconds": round(time.monotonic() - began, 3),
            "cpu_seconds": round(time.process_time() - cpu_began, 3),
        }
        self.claim.progress("store", ALIGNED)
        results = publish(self.services.deployment.bucket, self.claim, files, digests={})
        self._finish(tuple(results), stats, pipeline.warnings_of(aligned))

    def _fetch(self, wishes: Options) -> tuple[Path, str]:
        """Exactly the files that the revision was made of; what lies there now may be newer."""
        self.claim.progress("fetch", 0.0)
        source = Bucket(self.services.deployment.bucket.client, self.job.bucket)
        recording, transcript = self.folder / "recording", self.folder / "transcript"  # keys are not paths
        try:
            uploads = self._uploads(source, wishes)
            source.download(uploads.recording, recording)
            if uploads.transcript is None:
                return recording, ""
            source.download(uploads.transcript, transcript)
        except ObjectGoneError as error:
            raise InvalidInputError(
                f"s3://{source.name}/{error} was changed or deleted after the job was queued.",
                code="upload_changed",
                hint="A new upload runs by itself; otherwise upload the files again.",
            ) from error
        words = self.services.deployment.settings.max_transcript_words
        return recording, decode_transcript(transcript.read_bytes(), max_words=words)

    def _uploads(self, source: Bucket, wishes: Options) -> UploadSet:
        recording = _present(source, self.job.recording_key)
        needed = wishes.needs_transcript and self.job.transcript_key
        transcript = _present(source, self.job.transcript_key) if needed and self.job.transcript_key else None
        uploads = UploadSet(recording, transcript, wishes)
        if revision_of(uploads) != self.job.revision:
            raise ObjectGoneError(self.job.recording_key)
        return uploads

    def _between(self, stage: str, low: float, high: float) -> Any:
        return lambda fraction: self.claim.progress(stage, low + (high - low) * fraction)

    def _finish(self, results: tuple[Result, ...], stats: dict[str, Any], warnings: tuple[str, ...]) -> None:
        bucket = self.services.deployment.bucket
        seen = bucket.etag(record_key(self.job))
        publish_record(bucket, self.claim.succeed(results, stats, warnings), seen_etag=seen)
