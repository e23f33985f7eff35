"""Run the stages of one job in order: fetch, decode, align, storyboard, translate, enrich, store.

The alignment, each translation and each enrichment is published as soon as it is made. A later attempt reuses those
whose digest matches and starts at the first stage that is missing.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import MappingProxyType
from typing import Any

from syncline.aws.bucket import Bucket, ObjectGoneError, OpenObject
from syncline.core import alignment, confirmed_times, layout, results, storyboard
from syncline.core import options as job_options
from syncline.core.alignment import Alignment
from syncline.core.confirmed_times import NONE_CONFIRMED, ConfirmedTimes
from syncline.core.errors import InvalidInputError
from syncline.core.formats.model import Recording
from syncline.core.formats.read_along import MAX_EMBEDDED_BYTES
from syncline.core.job import Job, StoredObject, UploadSet, revision_of
from syncline.core.options import Options
from syncline.core.transcript import Transcript
from syncline.media.peaks import waveform
from syncline.pipeline import processing, resume
from syncline.pipeline.claim import Claim
from syncline.pipeline.enrichment import Answers, Enrichment, Entities
from syncline.pipeline.processing import Material, Rendering, TranscriptFile
from syncline.pipeline.result_store import ResultStore
from syncline.pipeline.retrying import retry_while_unavailable
from syncline.pipeline.running_jobs import RunningJob
from syncline.pipeline.services import JobServices
from syncline.pipeline.storyboard import make_storyboard
from syncline.processes.cpu_time import Account
from syncline.speech.engine import Engine

# The progress, from 0 to 1, at which each stage ends.
FETCHED, DECODED, ALIGNED, TRANSLATED, ENRICHED = 0.05, 0.10, 0.75, 0.95, 0.98
FRAMED = 0.80  # of a job with a storyboard


@dataclass(frozen=True, slots=True)
class Outcome:
    """What goes into the record of a job that succeeded, beside its results."""

    stats: Mapping[str, Any]
    warnings: tuple[str, ...]


@dataclass(slots=True)
class JobStages:
    """One attempt at a job. `stage_seconds` is the wall-clock time of each stage."""

    running: RunningJob
    services: JobServices
    folder: Path
    store: ResultStore
    stage_seconds: dict[str, float] = field(default_factory=dict)
    resumed: bool = False
    cpu_account: Account = field(default_factory=Account)
    opened: dict[str, OpenObject] = field(default_factory=dict)  # uploads that were requested and not read yet, by key

    @property
    def claim(self) -> Claim:
        return self.running.claim

    @property
    def job(self) -> Job:
        return self.claim.job

    @property
    def options(self) -> Options:
        return Options(**job_options.from_dict(self.job.options))

    def run(self) -> Outcome:
        """Make every result of the job."""
        try:
            with self.cpu_account.open():
                return self._run()
        finally:
            for upload in self.opened.values():
                upload.close()

    def _run(self) -> Outcome:
        options = self.options
        uploads = self._uploads(options)
        engine = self.services.create_engine(options.engine)
        digest = resume.alignment_digest(uploads, engine=engine.name, engine_version=engine.version)
        aligned = self._earlier_alignment(uploads, digest) or self._align(uploads, engine, digest)
        enrichment = self._open_enrichment(aligned, options)  # A missing model fails before hours of translation.
        warnings = [*processing.warnings_of(aligned), *processing.translation_warnings(aligned, options)]
        if options.storyboard:
            warnings += self._storyboard(aligned, uploads)
        if processing.target_languages(aligned, options):
            self._translate(aligned, options, digest)
        for number, each in enumerate(enrichment):
            low, high = (TRANSLATED + (ENRICHED - TRANSLATED) * (number + k) / len(enrichment) for k in (0, 1))
            self._enrich(aligned, each, digest, low, high)
        with self._stage("store", ENRICHED):
            leftovers = self.store.remove_leftovers()
        warnings += [f"{name}, a result of an older revision, could not be deleted." for name in leftovers]
        return Outcome(self._stats(aligned), tuple(warnings))

    def _uploads(self, options: Options) -> UploadSet:
        """Exactly the files that the revision was made of. The bucket may hold newer ones by now.

        A request for the file itself says its version, as a HEAD request would, and its content follows.
        """
        source = self._source_bucket()
        try:
            recording = self._open(self.job.recording_key)
            transcript_key = self.job.transcript_key if options.needs_transcript else None
            times_key = self.job.times_key if options.needs_transcript else None
            transcript, times = (self._open(key) if key else None for key in (transcript_key, times_key))
            uploads = UploadSet(recording, transcript, options, times=times)
        except ObjectGoneError as gone:
            raise _upload_changed(source, str(gone)) from gone
        if revision_of(uploads) != self.job.revision:
            raise _upload_changed(source, self.job.recording_key)
        return uploads

    def _open(self, key: str) -> StoredObject:
        self.opened[key] = self._source_bucket().open(key)
        return self.opened[key].stored

    def _earlier_alignment(self, uploads: UploadSet, digest: str) -> Alignment | None:
        body = self.store.reuse(results.ALIGNMENT_NAME, digest)
        if body is None:
            return None
        earlier = self.services.text_steps.run(alignment.from_json, body)
        self._allow_time(earlier.info["audio_seconds"])
        self.resumed = True
        self.store.keep([results.WAVEFORM_NAME], digest)
        aligned = replace(earlier, info={**earlier.info, "revision": self.job.revision})
        self._publish_renderings(aligned, uploads, digest, skip=results.ALIGNMENT_NAME if aligned == earlier else None)
        return aligned

    def _align(self, uploads: UploadSet, engine: Engine, digest: str) -> Alignment:
        material = self._material(uploads)
        with self._stage("decode", DECODED):
            peaks = waveform(material.audio)
        with self._stage("align", DECODED):
            aligned = processing.align(
                material, uploads.options, engine, self._progress_between("align", DECODED, ALIGNED),
                revision=self.job.revision or "", earlier=self._alignment_before_correction(digest),
                steps=self.services.text_steps,
            )  # fmt: skip
        self._publish_renderings(aligned, uploads, digest, made={results.WAVEFORM_NAME: peaks})
        return aligned

    def _alignment_before_correction(self, digest: str) -> Alignment | None:
        """The alignment of an earlier revision, if only the text or the confirmed times have changed since."""
        body = self.store.earlier(results.ALIGNMENT_NAME, resume.recording_part(digest))
        return self.services.text_steps.run(alignment.from_json, body) if body is not None else None

    def _material(self, uploads: UploadSet) -> Material:
        limits = self.services.limits
        with self._stage("fetch", 0.0):
            limits.check_disk(self.folder, uploads.recording.size)
            recording = self._fetch_recording(uploads)
            transcript = self._read_transcript(uploads.transcript) if uploads.transcript else Transcript("")
            confirmed = self._read_times(uploads.times) if uploads.times else NONE_CONFIRMED
        with self._stage("decode", FETCHED):
            audio = processing.decode_recording(
                recording, self.folder, max_seconds=limits.audio_seconds,
                progress=self._progress_between("decode", FETCHED, DECODED),
            )  # fmt: skip
            if not uploads.options.storyboard:
                recording.unlink()
        self._allow_time(audio.seconds)
        return Material(audio, transcript, confirmed)

    def _fetch_recording(self, uploads: UploadSet) -> Path:
        """Download the recording, unless this attempt has it already."""
        recording = self.folder / "recording"  # the key may not be a valid path
        if not recording.exists():
            self._download(uploads.recording, recording)
        return recording

    def _read_transcript(self, stored: StoredObject) -> Transcript:
        return self.services.text_steps.run(processing.read_transcript_file, self._transcript_file(stored))

    def _transcript_file(self, stored: StoredObject) -> TranscriptFile:
        return TranscriptFile(self._read(stored), stored.key, self.services.limits.transcript_words)

    def _read_times(self, stored: StoredObject) -> ConfirmedTimes:
        return self.services.text_steps.run(confirmed_times.read, self._read(stored))

    def _read(self, stored: StoredObject) -> bytes:
        path = self.folder / "companion"
        self._download(stored, path)
        return path.read_bytes()

    def _download(self, stored: StoredObject, into: Path) -> None:
        opened = self.opened.pop(stored.key, None)
        if opened is not None and opened.arrives(into):
            return
        source = self._source_bucket()
        try:
            source.download(stored, into)
        except ObjectGoneError as gone:
            raise _upload_changed(source, str(gone)) from gone

    def _publish_renderings(
        self,
        aligned: Alignment,
        uploads: UploadSet,
        digest: str,
        *,
        made: Mapping[str, bytes] = MappingProxyType({}),
        skip: str | None = None,
    ) -> None:
        """Publish before any translation starts: an alignment can be hours of work. `made` are files to publish before
        the alignment, from which a later attempt starts."""
        with self._stage("store", ALIGNED):
            options = self.options
            captions = uploads.transcript
            retimed = self._transcript_file(captions) if captions and layout.is_caption_file(captions.key) else None
            recording = self._recording_for_page(uploads, options)
            files = self.services.text_steps.run(
                processing.render_files, Rendering(aligned, options, recording, retimed)
            )
            self._publish(
                {**made, **{name: body for name, body in files.items() if name != skip}},
                dict.fromkeys((*made, results.ALIGNMENT_NAME), digest),
            )

    def _recording_for_page(self, uploads: UploadSet, options: Options) -> Recording:
        """A page embeds the recording if it is small enough, and plays the file beside it otherwise."""
        key, size = uploads.recording.key, uploads.recording.size
        embedded = "html" in options.outputs and size <= MAX_EMBEDDED_BYTES
        content = self._source_bucket().read(key) if embedded else None
        return Recording(key.rpartition("/")[2], layout.recording_type_of(key), content)

    def _storyboard(self, aligned: Alignment, uploads: UploadSet) -> tuple[str, ...]:
        """Publish a frame for each sentence. -> warnings"""
        sentences = processing.sentences_of(aligned)
        digest = resume.storyboard_digest(uploads, [sentence.start for sentence in sentences])
        if self.store.keep(storyboard.file_names(sentences), digest):
            self.resumed = True
            return ()
        with self._stage("fetch", ALIGNED):
            recording = self._fetch_recording(uploads)
        with self._stage("storyboard", ALIGNED):
            made = make_storyboard(
                recording, sentences, until=aligned.info["audio_seconds"],
                publish=lambda name, body: self._publish({name: body}, {name: digest}),
                progress=self._progress_between("storyboard", ALIGNED, FRAMED),
            )  # fmt: skip
            recording.unlink()
            if made.vtt is not None:
                reusable = {storyboard.VTT_NAME: digest} if made.complete else {}
                self._publish({storyboard.VTT_NAME: made.vtt}, reusable)
        return made.warnings

    def _translate(self, aligned: Alignment, options: Options, digest: str) -> None:
        targets = processing.target_languages(aligned, options)
        begin = FRAMED if options.storyboard else ALIGNED
        with self._stage("translate", begin):
            model = self.services.open_translation_model()
        digests = {
            results.translation_name(language): resume.translation_digest(
                digest, language=language, model=model.name, model_revision=model.revision
            )
            for language in targets
        }
        missing = [each for each in targets if not self._reuse_translation(aligned, each, digests)]
        groups = processing.group_languages(aligned, missing)
        for index, group in enumerate(groups):
            low, high = (begin + (TRANSLATED - begin) * end / len(groups) for end in (index, index + 1))
            with self._stage("translate", low):
                progress = self._progress_between("translate", low, high)
                files = processing.translate(
                    aligned, replace(options, translate_to=group), model, progress, steps=self.services.text_steps
                )
            self._publish_translations(files, digests, high)

    def _reuse_translation(self, aligned: Alignment, language: str, digests: Mapping[str, str]) -> bool:
        """Whether an earlier attempt made the translation. Its captions are rendered again: the options that shape
        captions are not part of the digest."""
        name = results.translation_name(language)
        document = self.store.reuse(name, digests[name])
        if document is None:
            return False
        self.resumed = True
        files = self.services.text_steps.run(
            processing.captions_of_translation, (document, language, self.options, aligned.audio_seconds)
        )
        self._publish_translations(files, digests, ALIGNED)
        return True

    def _publish_translations(self, files: Mapping[str, bytes], digests: Mapping[str, str], progress: float) -> None:
        with self._stage("store", progress):
            self._publish(files, {name: digest for name, digest in digests.items() if name in files})

    def _open_enrichment(self, aligned: Alignment, options: Options) -> list[Enrichment]:
        """What is to be found, with its models."""
        wanted: list[Enrichment] = []
        if not (options.entities or options.questions):
            return wanted
        with self._stage("enrich", ALIGNED):
            if options.entities:
                wanted.append(Entities(self.services.open_entity_finder(aligned.language), aligned.language))
            if options.questions:
                wanted.append(Answers(self.services.open_answer_model(aligned.language), options.questions))
        return wanted

    def _enrich(self, aligned: Alignment, enrichment: Enrichment, digest: str, low: float, high: float) -> None:
        """Make the result, unless an earlier attempt did."""
        digest = enrichment.digest(digest)
        if self.store.reuse(enrichment.name, digest) is not None:
            self.resumed = True
            return
        with self._stage("enrich", low):
            files = enrichment.make(aligned, self._progress_between("enrich", low, high))
        with self._stage("store", high):
            self._publish(files, {enrichment.name: digest})

    def _publish(self, files: Mapping[str, bytes], digests: Mapping[str, str]) -> None:
        retry_while_unavailable(lambda: self.store.publish(files, digests=digests), pauses=self.services.retry_pauses)

    def _stats(self, aligned: Alignment) -> dict[str, Any]:
        """`wall_seconds` and `stage_seconds` are wall-clock times, `cpu_seconds` is processor time. All three count
        this attempt only."""
        return {
            **processing.stats_of(aligned),
            "wall_seconds": round(time.monotonic() - self.running.started_at, 3),
            "cpu_seconds": round(self.cpu_account.seconds, 3),
            "stage_seconds": {stage: round(seconds, 3) for stage, seconds in self.stage_seconds.items()},
            "resumed": self.resumed,
        }

    def _source_bucket(self) -> Bucket:
        return self.services.deployment.bucket.sibling(self.job.bucket)

    def _allow_time(self, audio_seconds: float) -> None:
        self.running.seconds_allowed = self.services.limits.seconds_for(audio_seconds)

    def _progress_between(self, stage: str, low: float, high: float) -> Callable[[float], None]:
        return lambda fraction: self.claim.progress(stage, low + (high - low) * fraction)

    @contextmanager
    def _stage(self, name: str, progress: float) -> Iterator[None]:
        self.claim.progress(name, progress)
        started_at = time.monotonic()
        try:
            yield
        finally:
            self.stage_seconds[name] = self.stage_seconds.get(name, 0.0) + time.monotonic() - started_at


def _upload_changed(source: Bucket, key: str) -> InvalidInputError:
    return InvalidInputError(
        f"s3://{source.name}/{key} was changed or deleted after the job was queued.",
        code="upload_changed",
        hint="A new upload starts a job by itself. Otherwise upload the files again.",
    )
