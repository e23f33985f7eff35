"""`syncline captions`: the other formats of an alignment that is already there, or was mended by hand."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from syncline import text
from syncline.core import languages
from syncline.core.alignment import Alignment, from_json
from syncline.core.errors import InvalidInputError, InvalidOptionsError


def captions(
    alignment_path: Path, *, formats: Sequence[str], language: str | None = None, output: Path | None = None
) -> list[Path]:
    """Write one file per format into `output` (beside the alignment by default); -> the files written.

    The language is the spoken one. An alignment of ours names it; one of Gentle's does not, and is English.
    """
    files = _rendered(alignment_path, formats, language)
    folder = output or alignment_path.parent
    written = []
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, content in files.items():
            path = folder / name
            _refuse_to_overwrite(alignment_path, path)
            path.write_text(content, encoding="utf-8", newline="")
            written.append(path)
    except OSError as error:
        raise InvalidInputError(
            f"{folder} cannot be written to: {error.strerror}.", code="not_writable", hint="Give another folder."
        ) from error
    return written


def captions_text(alignment_path: Path, *, format: str, language: str | None = None) -> str:
    """One format, for stdout."""
    return next(iter(_rendered(alignment_path, [format], language).values()))


def _rendered(path: Path, formats: Sequence[str], language: str | None) -> dict[str, str]:
    try:
        alignment = from_json(path.read_bytes())
    except OSError as error:
        raise InvalidInputError(
            f"The alignment {path} cannot be read: {error.strerror}.",
            code="no_such_file",
            hint="Give the alignment.json that Syncline or Gentle wrote.",
        ) from error
    if not formats:
        raise InvalidOptionsError("No format is asked for.", code="unknown_output", hint="srt and vtt are captions.")
    return text.render(text.document_of(alignment, _language(alignment, language)), formats)


def _language(alignment: Alignment, language: str | None) -> str:
    return languages.resolve(language or str(alignment.info.get("language") or "en"))


def _refuse_to_overwrite(source: Path, target: Path) -> None:
    if target.exists() and target.samefile(source):
        raise InvalidOptionsError(
            f"{target} is the alignment itself.", code="would_overwrite", hint="Give another folder with -o."
        )
