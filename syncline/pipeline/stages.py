"""The stages of one job, in order; each begins with asking whether an earlier attempt has done it."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from syncline.aws.bucket import Bucket, ObjectGoneError
from syncline.aws.settings import Settings
from syncline.core import alignment, options, results
from syncline.core.alignment import Alignment
from syncline.core.errors import InvalidInputError
from syncline.core.job import Job, StoredObject, UploadSet, revision_of
from syncline.core.options import Options
from syncline.jobs.validation import decode_transcript
from syncline.pipeline import limits, processing, resume
from syncline.pipeline.claim import Claim
from syncline.pipeline.processing import Material
from syncline.pipeline.result_store import Shelf
from syncline.pipeline.retrying import patiently
from syncline.pipeline.running_jobs import RunningJob
from syncline.pipeline.services import Services
from syncline.processes.cpu_time import Account
from syncline.speech.engine import Engine

# Where each stage ends on the way from 0 to 1.
FETCHED, DECODED, ALIGNED, TRANSLATED = 0.05, 0.10, 0.75, 0.95


@dataclass(slots=True)
class Stages:
    running: RunningJob
    services: Services
    folder: Path
    shelf: Shelf
    seconds: dict[str, float] = field(default_factory=dict)  # what each stage took, by the clock
    resumed: bool = False
    account: Account = field(default_factory=Account)

    @property
    def claim(self) -> Claim:
        return self.running.claim

    @property
    def job(self) -> Job:
        return self.claim.job

    @property
    def settings(self) -> Settings:
        return self.services.deployment.settings

    def run(self) -> tuple[dict[str, Any], tuple[str, ...]]:
        """-> the job's stats and warnings; the results are on the shelf."""
        with self.account.open():
            return self._run()

    def _run(self) -> tuple[dict[str, Any], tuple[str, ...]]:
        wishes = Options(**options.from_dict(self.job.options))
        uploads = self._uploads(wishes)
        engine = self.services.engine(wishes.engine)
        digest = resume.alignment_digest(uploads, engine=engine.name, engine_version=engine.version)
        aligned = self._earlier_alignment(digest) or self._align(uploads, engine, digest)
        if wishes.translate_to:
            self._translate(aligned, wishes, digest)
        with self._stage("store", TRANSLATED):
            self.shelf.remove_leftovers()
        return self._stats(aligned), processing.warnings_of(aligned)

    def _uploads(self, wishes: Options) -> UploadSet:
        """Exactly the files that the revision was made of; what lies there now may be newer."""
        source = self._source()
        try:
            recording = _present(source, self.job.recording_key)
            wanted = self.job.transcript_key if wishes.needs_transcript else None
            uploads = UploadSet(recording, _present(source, wanted) if wanted else None, wishes)
        except ObjectGoneError as gone:
            raise _changed(source, str(gone)) from gone
        if revision_of(uploads) != self.job.revision:
            raise _changed(source, self.job.recording_key)
        return uploads

    def _earlier_alignment(self, digest: str) -> Alignment | None:
        body = self.shelf.finished(results.ALIGNMENT_NAME, digest)
        if body is None:
            return None
        aligned = alignment.from_json(body)
        self._allow_time(aligned.info["audio_seconds"])
        self.resumed = True
        ours = replace(aligned, info={**aligned.info, "revision": self.job.revision})
        self._publish_renderings(ours, digest, skip=results.ALIGNMENT_NAME if ours == aligned else None)
        return ours

    def _align(self, uploads: UploadSet, engine: Engine, digest: str) -> Alignment:
        material = self._material(uploads)
        with self._stage("align", DECODED):
            aligned = processing.align(
                material, uploads.options, engine, self._between("align", DECODED, ALIGNED),
                revision=self.job.revision or "",
            )  # fmt: skip
        self._publish_renderings(aligned, digest)
        return aligned

    def _material(self, uploads: UploadSet) -> Material:
        recording = self.folder / "recording"  # keys are not paths
        with self._stage("fetch", 0.0):
            limits.check_disk(self.folder, uploads.recording.size, self.settings)
            transcript = self._fetch(uploads, recording)
        with self._stage("decode", FETCHED):
            audio = processing.decode_recording(
                recording, self.folder, max_seconds=self.settings.max_audio_seconds,
                progress=self._between("decode", FETCHED, DECODED),
            )  # fmt: skip
            recording.unlink()
        self._allow_time(audio.seconds)
        return Material(audio, transcript)

    def _fetch(self, uploads: UploadSet, recording: Path) -> str:
        source = self._source()
        text = self.folder / "transcript"
        try:
            source.download(uploads.recording, recording)
            if uploads.transcript is None:
                return ""
            source.download(uploads.transcript, text)
        except ObjectGoneError as gone:
            raise _changed(source, str(gone)) from gone
        return decode_transcript(text.read_bytes(), max_words=self.settings.max_transcript_words)

    def _publish_renderings(self, aligned: Alignment, digest: str, *, skip: str | None = None) -> None:
        """At once, before any translation: an alignment is hours of work that nobody should do twice."""
        with self._stage("store", ALIGNED):
            files = processing.render(aligned, Options(**options.from_dict(self.job.options)))
            wanted = {name: body for name, body in files.items() if name != skip}
            patiently(lambda: self.shelf.publish(wanted, digests={results.ALIGNMENT_NAME: digest}))

    def _translate(self, aligned: Alignment, wishes: Options, digest: str) -> None:
        with self._stage("translate", ALIGNED):
            model = self.services.translation_model()
        made_from = {
            results.translation_name(language): resume.translation_digest(
                digest, language=language, model=model.name, model_revision=model.revision
            )
            for language in wishes.translate_to
        }
        missing = [each for each in wishes.translate_to if not self._take_over(aligned, wishes, each, made_from)]
        groups = processing.languages_together(aligned, missing)
        for index, group in enumerate(groups):
            low, high = (ALIGNED + (TRANSLATED - ALIGNED) * end / len(groups) for end in (index, index + 1))
            with self._stage("translate", low):
                alone = replace(wishes, translate_to=group)
                files = processing.translate(aligned, alone, model, self._between("translate", low, high))
            self._publish_translations(files, made_from, high)

    def _take_over(self, aligned: Alignment, wishes: Options, language: str, made_from: Mapping[str, str]) -> bool:
        """Whether an earlier attempt has written the translation down. Its captions are made again: they may be wished
        for differently now."""
        name = results.translation_name(language)
        document = self.shelf.finished(name, made_from[name])
        if document is None:
            return False
        self.resumed = True
        until = aligned.audio_seconds
        files = processing.captions_of_translation(json.loads(document), language, wishes, until=until)
        self._publish_translations(files, made_from, ALIGNED)
        return True

    def _publish_translations(self, files: Mapping[str, bytes], made_from: Mapping[str, str], progress: float) -> None:
        digests = {name: digest for name, digest in made_from.items() if name in files}
        with self._stage("store", progress):
            patiently(lambda: self.shelf.publish(files, digests=digests))

    def _stats(self, aligned: Alignment) -> dict[str, Any]:
        """`wall_seconds` and `stage_seconds` are by the clock, `cpu_seconds` by the processors; all of this attempt."""
        return {
            **processing.stats_of(aligned),
            "wall_seconds": round(time.monotonic() - self.running.began, 3),
            "cpu_seconds": round(self.account.seconds, 3),
            "stage_seconds": {stage: round(seconds, 3) for stage, seconds in self.seconds.items()},
            "resumed": self.resumed,
        }

    def _source(self) -> Bucket:
        return self.services.deployment.bucket.sibling(self.job.bucket)

    def _allow_time(self, audio_seconds: float) -> None:
        self.running.seconds_allowed = limits.seconds_for(audio_seconds, self.settings)

    def _between(self, stage: str, low: float, high: float) -> Callable[[float], None]:
        return lambda fraction: self.claim.progress(stage, low + (high - low) * fraction)

    @contextmanager
    def _stage(self, name: str, progress: float) -> Iterator[None]:
        self.claim.progress(name, progress)
        began = time.monotonic()
        try:
            yield
        finally:
            self.seconds[name] = self.seconds.get(name, 0.0) + time.monotonic() - began


def _present(source: Bucket, key: str) -> StoredObject:
    found = source.head(key)
    if found is None:
        raise ObjectGoneError(key)
    return found[0]


def _changed(source: Bucket, key: str) -> InvalidInputError:
    return InvalidInputError(
        f"s3://{source.name}/{key} was changed or deleted after the job was queued.",
        code="upload_changed",
        hint="A new upload runs by itself; otherwise upload the files again.",
    )
