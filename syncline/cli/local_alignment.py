"""Align or transcribe files of this machine."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from syncline.aws import settings
from syncline.cli import output
from syncline.cli.console import progress_bar, warn
from syncline.cli.parameters import read_captions_option, read_lexicon
from syncline.core import results
from syncline.core.errors import InvalidOptionsError
from syncline.core.languages import AUTO
from syncline.core.options import Options, check_language, from_dict, split_list
from syncline.core.progress import StageProgress, portion

if TYPE_CHECKING:
    from syncline.cli.output import Output
    from syncline.enrichment import AnswerModel, EntityFinder
    from syncline.library.aligner import Aligner
    from syncline.library.alignment import Alignment
    from syncline.translation import TranslationModel

ALIGN_SHARE_BEFORE_TRANSLATION = 0.6  # of the progress bar


@dataclass(frozen=True, slots=True)
class AlignRequest:
    """The options of `syncline align` and `syncline transcribe`."""

    output: str = output.STDOUT
    formats: str | None = None
    engine: str | None = None
    processes: int | None = None
    conservative: bool = False
    disfluency: bool = False
    translate: str = ""
    captions: str | None = None
    entities: bool = False
    storyboard: bool = False
    language: str | None = None
    lexicon: Path | None = None
    questions: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Pair:
    """A recording, and its transcript if it has one."""

    recording: Path
    transcript: Path | None


@dataclass(frozen=True, slots=True)
class LocalProcessor:
    """Aligns or transcribes one pair after the other, with one pool of processes, one engine and one of each model."""

    aligner: Aligner
    options: Options
    model: TranslationModel | None
    finder: EntityFinder | None = None
    answers: AnswerModel | None = None

    @property
    def aligned_at(self) -> float:
        """The progress at which the alignment is made."""
        return ALIGN_SHARE_BEFORE_TRANSLATION if self.model else 1.0

    def align(self, pair: Pair, progress: StageProgress) -> Alignment:
        def report(stage: str, share: float) -> None:
            progress(stage, share * self.aligned_at)

        if pair.transcript is None:
            return self.aligner.transcribe(pair.recording, language=self.options.language, progress=report)
        return self.aligner.align(
            pair.recording,
            pair.transcript,
            language=self.options.language,
            conservative=self.options.conservative,
            disfluency=self.options.disfluency,
            lexicon=dict(self.options.lexicon),
            progress=report,
        )

    def files(self, aligned: Alignment, progress: StageProgress) -> dict[str, bytes]:
        """-> file name -> content, for a folder: all formats, translations, entities and answers."""
        from syncline.pipeline import processing

        files = processing.render(aligned, self.options, recording=aligned.playable("html" in self.options.outputs))
        if aligned.retimed_captions is not None and aligned.transcript_file is not None:
            name = results.retimed_name(aligned.language, aligned.transcript_file.suffix.lower())
            files[name] = aligned.retimed_captions.encode()
        if self.options.storyboard:
            files |= self._storyboard(aligned, progress)
        for warning in processing.translation_warnings(aligned, self.options):
            warn(warning)
        if self.model and processing.target_languages(aligned, self.options):
            translating = portion(lambda share: progress("translate", share), ALIGN_SHARE_BEFORE_TRANSLATION, 1)
            files |= processing.translate(aligned, self.options, self.model, translating)
        return files | self._enrichment(aligned, progress)

    def _enrichment(self, aligned: Alignment, progress: StageProgress) -> dict[str, bytes]:
        """The models are open already, unless the language had to be detected."""
        from syncline.library.enrichment import open_answer_model
        from syncline.pipeline import processing

        files: dict[str, bytes] = {}
        if self.options.entities:
            finder = self.finder or self.aligner.open_entity_finder(aligned.language)
            files |= processing.find_entities(aligned, finder, lambda share: None)  # a second for each hour
        if self.options.questions:
            answers = self.answers or open_answer_model(aligned.language)
            asking = portion(lambda share: progress("enrich", share), ALIGN_SHARE_BEFORE_TRANSLATION, 1)
            files |= processing.answer_questions(aligned, self.options.questions, answers, asking)
        return files

    def _storyboard(self, aligned: Alignment, progress: StageProgress) -> dict[str, bytes]:
        files, warnings = aligned.storyboard(progress=lambda share: progress("storyboard", self.aligned_at))
        for warning in warnings:
            warn(f"{aligned.recording}: {warning}")
        return files


def align_pair(pair: Pair, request: AlignRequest) -> None:
    target, names = output.parse_with_formats(request.output, request.formats, default="json")
    options = read_options(request, names, mode="align" if pair.transcript else "transcribe")
    output.require_one(target, names, what="format", option="--format")
    extras = {
        "Translations": options.translate_to, "Entities": options.entities, "Answers": options.questions,
        "Storyboards": options.storyboard,
    }  # fmt: skip
    for what, asked in extras.items():
        if target.single and asked:
            raise InvalidOptionsError(f"{what} are written as files of their own.", hint="Give a folder with -o.")
    check_inputs(pair)
    output.check_writable(target, never=pair.transcript)
    with open_processor(request, options) as processor, progress_bar(pair.recording.name) as progress:
        aligned = processor.align(pair, progress)
        for warning in aligned.warnings:
            warn(warning)
        files = _one_file(aligned, target, names[0], options) if target.single else processor.files(aligned, progress)
    output.write(target, files)


def read_options(request: AlignRequest, names: list[str], *, mode: str) -> Options:
    given = {
        "mode": mode,
        "lexicon": read_lexicon(request.lexicon),
        "language": request.language or Options().language,
        "engine": request.engine or _default_engine(mode),
        "outputs": names,
        "translate_to": split_list(request.translate),
        "conservative": request.conservative,
        "disfluency": request.disfluency,
        "captions": read_captions_option(request.captions),
        "entities": request.entities,
        "storyboard": request.storyboard,
        "questions": list(request.questions),
    }
    return check_language(Options(**from_dict(given)))


def _default_engine(mode: str) -> str:
    from syncline.library.aligner import transcribing_engine

    chosen = settings.read(os.environ)
    return transcribing_engine(chosen) if mode == "transcribe" else chosen.engine


def check_inputs(pair: Pair) -> None:
    """Report a mistake before the processes start and folders are made."""
    from syncline.library.aligner import check_recording, read_transcript

    check_recording(pair.recording)
    if pair.transcript is not None:
        read_transcript(pair.transcript, max_words=settings.read(os.environ).max_transcript_words)


@contextmanager
def open_processor(request: AlignRequest, options: Options) -> Iterator[LocalProcessor]:
    from syncline.library.aligner import Aligner
    from syncline.library.enrichment import open_answer_model
    from syncline.library.translation import open_translation_model
    from syncline.processes.termination import exit_on_signals

    # Opened first: a missing model is an error before the alignment rather than after it.
    model = open_translation_model() if options.translate_to else None
    with exit_on_signals(), Aligner(engine=options.engine, processes=request.processes) as aligner:
        aligner.start()  # an engine that is not installed fails here, once, and not with every recording
        known = options.language != AUTO
        finder = aligner.open_entity_finder(options.language) if options.entities and known else None
        answers = open_answer_model(options.language) if options.questions and known else None
        yield LocalProcessor(aligner, options, model, finder, answers)


def _one_file(aligned: Alignment, target: Output, name: str, options: Options) -> dict[str, bytes]:
    rules = options.captions.as_dict()
    if target.file is not None:
        return {target.file.name: aligned.render_for(target.file.name, captions=rules).encode()}
    return {file: content.encode() for file, content in aligned.render(name, captions=rules).items()}
