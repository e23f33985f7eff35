"""`syncline align` on several recordings: pair files by name, skip what is done, continue after a failure.

The results of folder/one/talk.mp3 go to <output>/one/talk.mp3/, as in the bucket. alignment.json is written last. Its
"revision" is a digest over the options and the state of both files, so the next run knows what is done.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from itertools import accumulate, pairwise
from pathlib import Path
from typing import TYPE_CHECKING

from syncline import __version__
from syncline.cli import output
from syncline.cli.console import note, progress_bar, warn
from syncline.cli.errors import say
from syncline.cli.exit_codes import FAILED, OK
from syncline.cli.local_alignment import AlignRequest, LocalProcessor, Pair, align_pair, open_processor, read_options
from syncline.core import alignment, formats, layout, results
from syncline.core.errors import (
    InvalidInputError,
    InvalidOptionsError,
    MediaError,
    ModelMissingError,
    SettingsError,
    SynclineError,
)
from syncline.core.layout import Role

if TYPE_CHECKING:
    from syncline.core.alignment import Alignment
    from syncline.core.options import Options
    from syncline.core.progress import StageProgress

TRANSCRIPT_LIST = " or ".join(layout.TRANSCRIPT_TYPES)


@dataclass(frozen=True, slots=True)
class Found:
    """A recording with the transcripts beside it. `place` is its path below the output folder."""

    recording: Path
    place: Path
    transcripts: tuple[Path, ...]

    @property
    def pair(self) -> Pair:
        if len(self.transcripts) != 1:
            names = " and ".join(f"“{path.name}”" for path in self.transcripts)
            raise InvalidOptionsError(
                f"{self.recording} has {len(self.transcripts)} transcripts: {names}.",
                code="two_transcripts",
                hint="Remove all but one of them, or name one: syncline align RECORDING TRANSCRIPT.",
            )
        return Pair(self.recording, self.transcripts[0])


@dataclass(slots=True)
class Tally:
    aligned: int = 0
    skipped: int = 0
    failed: list[Path] = field(default_factory=list)
    without_transcript: int = 0

    def summary(self) -> str:
        parts = [f"{self.aligned:,} aligned", f"{self.skipped:,} skipped", f"{len(self.failed):,} failed"]
        missing = [f"{self.without_transcript:,} without a transcript"] if self.without_transcript else []
        return ", ".join([*parts, *missing])


def align_paths(paths: Sequence[Path], request: AlignRequest) -> int:
    """-> the exit code."""
    if _is_pair(paths):
        align_pair(Pair(*paths), request)
        return OK
    found = list(find(paths))
    if len(paths) == 1 and not paths[0].is_dir() and found:
        _require_transcripts(found)
        align_pair(found[0].pair, request)
        return OK
    return _align_all(found, request)


def _is_pair(paths: Sequence[Path]) -> bool:
    if len(paths) != 2 or any(path.is_dir() for path in paths):
        return False
    return layout.place_of(paths[1].name).role is not Role.RECORDING


def find(paths: Sequence[Path]) -> Iterator[Found]:
    """The recordings among the paths and below the folders. Transcripts are found through their recordings."""
    beside = cache(_transcripts_in)
    for path in paths:
        if path.is_dir():
            files = sorted(file for file in path.rglob("*") if not _is_hidden(file.relative_to(path)))
            recordings = [file for file in files if _role(file) is Role.RECORDING and file.is_file()]
            for file in recordings:
                yield Found(file, file.relative_to(path), _of_stem(file, beside(file.parent)))
        elif not path.is_file():
            raise MediaError(f"There is no file {path}.", code="no_such_file")
        elif _role(path) not in (Role.TRANSCRIPT, Role.OPTIONS, Role.TIMES):
            yield Found(path, Path(path.name), _of_stem(path, beside(path.parent)))


def _transcripts_in(folder: Path) -> tuple[Path, ...]:
    return tuple(sorted(file for file in folder.iterdir() if _role(file) is Role.TRANSCRIPT))


def _of_stem(recording: Path, transcripts: Sequence[Path]) -> tuple[Path, ...]:
    return tuple(path for path in transcripts if layout.place_of(path.name).stem == recording.stem)


def _role(path: Path) -> Role:
    return layout.place_of(path.name).role


def _is_hidden(path: Path) -> bool:
    return any(part.startswith(".") for part in path.parts)


def _require_transcripts(found: Sequence[Found]) -> None:
    if not any(each.transcripts for each in found):
        raise InvalidOptionsError(
            "There is no recording with a transcript beside it.",
            code="no_transcript",
            hint=f"The transcript of talk.mp3 is talk{TRANSCRIPT_LIST}, in the same folder.",
        )


def _align_all(found: Sequence[Found], request: AlignRequest) -> int:
    target, names = output.parse_with_formats(request.output, request.formats, default="json")
    options = read_options(request, names, mode="align")
    if target.folder is None:
        raise InvalidOptionsError("Several recordings need a folder.", hint="Give one with -o, such as -o results/.")
    _require_transcripts(found)
    _check_places(found, target.folder)
    output.check_writable(target)
    tally = Tally()
    with open_processor(request, options) as processor, progress_bar("align") as progress:
        batch = _Batch(processor, target.folder, tally, _model_names(processor))
        ends = list(accumulate(each.recording.stat().st_size for each in found))
        whole = max(1, ends[-1])
        for number, (each, (start, end)) in enumerate(zip(found, pairwise([0, *ends]), strict=True), 1):
            title = f"{number} of {len(found)}, {each.place}"
            batch.process(each, _part_of(progress, title, start / whole, end / whole))
    note(f"{tally.summary()}.")
    for path in tally.failed:
        note(str(path), prefix="failed:", style="red")
    return FAILED if tally.failed else OK


def _part_of(progress: StageProgress, title: str, start: float, end: float) -> StageProgress:
    return lambda stage, share: progress(f"{title}: {stage}", start + (end - start) * share)


def _check_places(found: Sequence[Found], folder: Path) -> None:
    counts = Counter(each.place for each in found)
    for each in found:
        if counts[each.place] > 1:
            raise InvalidOptionsError(
                f"Two recordings are named {each.place}, and would have the same results.",
                hint="Give the folder that contains both instead.",
            )
        if (folder / each.place).is_file():
            raise InvalidOptionsError(
                f"The results would go to {folder / each.place}, which is a file.",
                code="would_overwrite",
                hint="Give another folder with -o.",
            )


@dataclass(frozen=True, slots=True)
class _Batch:
    processor: LocalProcessor
    folder: Path
    tally: Tally
    models: str

    def process(self, found: Found, progress: StageProgress) -> None:
        if not found.transcripts:
            self.tally.without_transcript += 1
            warn(f"{found.recording} has no transcript beside it.")
            return
        try:
            self._align(found.pair, self.folder / found.place, progress)
        except (SettingsError, ModelMissingError):  # of this machine: every other pair would fail, too
            raise
        except SynclineError as error:
            self.tally.failed.append(found.recording)
            say(f"{found.recording}: {error}")

    def _align(self, pair: Pair, folder: Path, progress: StageProgress) -> None:
        revision = self._revision(pair)
        if self._is_done(pair, folder, revision):
            self.tally.skipped += 1
            note(f"{folder}/ skipped: it is up to date")
            return
        aligned = self.processor.align(pair, progress)
        for warning in aligned.warnings:
            warn(f"{pair.recording}: {warning}")
        files = self.processor.files(replace(aligned, info={**aligned.info, "revision": revision}), progress)
        files[results.ALIGNMENT_NAME] = files.pop(results.ALIGNMENT_NAME)  # last
        output.write_files({folder / name: content for name, content in files.items()}, folder, announce=False)
        self.tally.aligned += 1
        note(f"{folder}/")

    def _revision(self, pair: Pair) -> str:
        inputs = [(path.stat().st_size, path.stat().st_mtime_ns) for path in (pair.recording, pair.transcript) if path]
        parts = [__version__, self.processor.options.canonical(), self.models, inputs]
        return hashlib.sha256(json.dumps(parts).encode()).hexdigest()[:20]

    def _is_done(self, pair: Pair, folder: Path, revision: str) -> bool:
        try:
            earlier = alignment.from_json((folder / results.ALIGNMENT_NAME).read_bytes())
        except (OSError, InvalidInputError):
            return False
        names = _result_names(earlier, self.processor.options, pair)
        return earlier.info.get("revision") == revision and all((folder / name).is_file() for name in names)


def _model_names(processor: LocalProcessor) -> str:
    return " ".join(model.name for model in (processor.model, processor.finder, processor.answers) if model)


def _result_names(aligned: Alignment, options: Options, pair: Pair) -> list[str]:
    from syncline.pipeline import processing

    chosen = [formats.named(name) for name in options.outputs]
    names = [each.file_name(aligned.language) for each in chosen]
    if pair.transcript and layout.is_caption_file(pair.transcript.name):
        names.append(results.retimed_name(aligned.language, pair.transcript.suffix.lower()))
    if options.entities:
        names.append(results.ENTITIES_NAME)
    if options.questions:
        names.append(results.ANSWERS_NAME)
    for language in processing.target_languages(aligned, options):
        names += [results.translation_name(language)]
        names += [each.file_name(language) for each in chosen if each.of_translations]
    return names
