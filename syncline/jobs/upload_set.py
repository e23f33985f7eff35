"""Apply the rule for upload sets: which files belong together, and which problem keeps them from becoming a job.

The files of a set share folder and stem. Each recording in it is a job of its own, with the same transcript and options
file. A set with two transcripts, such as talk.txt and talk.srt, is rejected: nothing says which one is meant. Intake
and backfill share this module, so both compute the same revision for the same files.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Generic, Protocol, TypeVar

from syncline.aws.bucket import Bucket, ObjectGoneError
from syncline.aws.settings import Settings
from syncline.core import confirmed_times, layout, options
from syncline.core.errors import SynclineError
from syncline.core.file_signatures import HEAD_BYTES
from syncline.core.job import StoredObject, UploadSet
from syncline.core.layout import Role
from syncline.core.options import Options
from syncline.jobs import validation


class _File(Protocol):
    @property
    def key(self) -> str: ...


FileT = TypeVar("FileT", bound=_File)


@dataclass(slots=True)
class StemFiles(Generic[FileT]):
    """The files of one stem. Add them in S3's order."""

    stem: str
    recordings: list[FileT] = field(default_factory=list)
    transcripts: list[FileT] = field(default_factory=list)
    options: FileT | None = None
    times: FileT | None = None

    def add(self, file: FileT, role: Role) -> None:
        if role is Role.RECORDING:
            self.recordings.append(file)
        elif role is Role.TRANSCRIPT:
            self.transcripts.append(file)
        elif role is Role.OPTIONS:
            self.options = self.options or file
        elif role is Role.TIMES:
            self.times = self.times or file

    @property
    def companions(self) -> list[FileT]:
        return [*self.transcripts, *(file for file in (self.options, self.times) if file)]


@dataclass(frozen=True, slots=True)
class JobFiles:
    """The files of one job, as a listing describes them."""

    recording: StoredObject
    transcripts: Sequence[StoredObject] = ()
    options: StoredObject | None = None
    times: StoredObject | None = None


def list_files(bucket: Bucket, stem: str) -> list[StoredObject]:
    """The files of the set in S3's order."""
    return [stored for stored in bucket.list(layout.set_prefix(stem)) if layout.belongs_to(stored.key, stem)]


def group(stem: str, files: Iterable[StoredObject]) -> StemFiles[StoredObject]:
    grouped = StemFiles[StoredObject](stem)
    for file in files:
        grouped.add(file, layout.place_of(file.key).role)
    return grouped


def read(
    recording_key: str,
    files: list[StoredObject],
    bucket: Bucket,
    settings: Settings,
    *,
    defaults: Options | None = None,
) -> UploadSet | None:
    """Read and check the set, file contents included. Returns None if the recording is no longer there."""
    head = bucket.head(recording_key)
    if head is None:
        return None
    recording, metadata = head
    grouped = group(layout.place_of(recording_key).stem, files)
    job_files = JobFiles(recording, grouped.transcripts, grouped.options, grouped.times)
    try:
        return assemble(job_files, metadata, bucket, settings, defaults=defaults, check_contents=True)
    except ObjectGoneError:  # a file was deleted since it was listed
        remaining = [file for file in files if bucket.head(file.key)]
        return read(recording_key, remaining, bucket, settings, defaults=defaults)


def assemble(
    files: JobFiles,
    metadata: Mapping[str, str],
    bucket: Bucket,
    settings: Settings,
    *,
    defaults: Options | None = None,
    check_contents: bool,
) -> UploadSet:
    """Merge the options of a set and check its files; the first problem is in the result.

    The options file is always read. Recording and transcript are only opened for `check_contents`. Raises
    ObjectGoneError if a file that has to be read is no longer there.
    """
    chosen, problem = defaults or settings.default_options, None
    try:
        document = _read_options(files.options, bucket)
        chosen = options.merge(chosen, metadata, document)
        transcripts = files.transcripts if chosen.needs_transcript else ()
        times = files.times if chosen.needs_transcript else None
        _check_listing(files.recording, transcripts, times, bucket, settings)
        if check_contents:
            _check_contents(files.recording, transcripts, times, bucket, settings)
    except SynclineError as error:
        problem = error
    first = files.transcripts[0] if files.transcripts else None
    return UploadSet(files.recording, first, chosen, problem, files.options, tuple(files.transcripts[1:]), files.times)


def _read_options(file: StoredObject | None, bucket: Bucket) -> bytes | None:
    if file is None:
        return None
    validation.check_options_size(file)
    return bucket.read(file.key, at_most=validation.MAX_OPTIONS_BYTES)


def _check_listing(
    recording: StoredObject,
    transcripts: Sequence[StoredObject],
    times: StoredObject | None,
    bucket: Bucket,
    settings: Settings,
) -> None:
    validation.check_recording(recording, settings)
    validation.check_result_keys(recording.key, bucket=bucket.name, home=settings.bucket)
    validation.check_one_transcript(transcripts)
    for transcript in transcripts:
        validation.check_transcript_size(transcript, settings)
    if times:
        validation.check_times_size(times, settings)


def _check_contents(
    recording: StoredObject,
    transcripts: Sequence[StoredObject],
    times: StoredObject | None,
    bucket: Bucket,
    settings: Settings,
) -> None:
    validation.check_signature(recording.key, bucket.read(recording.key, at_most=HEAD_BYTES))
    for transcript in transcripts:
        document = bucket.read(transcript.key)
        validation.check_transcript(document, name=transcript.key, max_words=settings.max_transcript_words)
    if times:
        confirmed_times.read(bucket.read(times.key))
