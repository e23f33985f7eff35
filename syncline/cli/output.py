"""Where a command writes its result: -o FILE, -o FOLDER or -o - for stdout."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from syncline.cli.console import note, write_result
from syncline.core import formats
from syncline.core.errors import InvalidInputError, InvalidOptionsError
from syncline.core.options import split_list

STDOUT = "-"


@dataclass(frozen=True, slots=True)
class Output:
    """Stdout if both paths are None. `format` is the name of the format that the suffix of `file` asks for."""

    folder: Path | None = None
    file: Path | None = None
    format: str = ""

    @property
    def single(self) -> bool:
        """Whether there is room for one format and one language only."""
        return self.folder is None


def parse(text: str, format_of: Callable[[str], str | None]) -> Output:
    """A folder is one that exists, or that ends in "/", or whose suffix names no format."""
    if text == STDOUT:
        return Output()
    path, found = Path(text), format_of(text)
    if found is None or path.is_dir() or text.endswith(("/", os.sep)):
        return Output(folder=path)
    return Output(file=path, format=found)


def parse_with_formats(text: str, names: str | None, *, default: str) -> tuple[Output, list[str]]:
    """-> the output, and the formats to write: those of --format, or the one that the file's suffix names."""
    output = parse(text, _format_of)
    asked = split_list(output.format or default if names is None else names)
    if output.file and asked != [output.format]:
        raise InvalidOptionsError(
            f"The file {output.file} asks for {output.format}, and --format for {', '.join(asked)}.",
            hint="Leave out --format, or give a folder with -o.",
        )
    return output, asked


def _format_of(file_name: str) -> str | None:
    found = formats.by_suffix(file_name)
    return found.name if found else None


def require_one(output: Output, names: Sequence[str], *, what: str, option: str) -> None:
    """Refuse several formats or languages where there is room for one."""
    if output.single and len(names) != 1:
        where = f"the file {output.file}" if output.file else "stdout"
        raise InvalidOptionsError(
            f"Only one {what} can go to {where}.", hint=f"Give a folder with -o, or one {what} with {option}."
        )


def write(output: Output, files: Mapping[str, bytes], *, never: Path | None = None) -> None:
    """`files`: name -> content. `never` is the input, which is not overwritten.

    For stdout and for a single file there is exactly one.
    """
    if output.folder is not None:
        write_files({output.folder / name: content for name, content in files.items()}, output.folder, never=never)
        return
    [content] = files.values()
    if output.file is None:
        write_result(content.decode())
    else:
        write_files({output.file: content}, output.file.parent, never=never)


def write_files(files: Mapping[Path, bytes], folder: Path, *, never: Path | None = None, announce: bool = True) -> None:
    """Make the folder and write the files; `announce` names each one on stderr."""
    if never is not None:
        _refuse_to_overwrite(files, never)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for path, content in files.items():
            path.write_bytes(content)
            if announce:
                note(str(path))
    except OSError as error:
        raise InvalidInputError(
            f"Cannot write to {error.filename or folder}: {error.strerror}.",
            code="not_writable",
            hint="Give another file or folder with -o.",
        ) from error


def check_writable(output: Output, *, never: Path | None = None) -> None:
    """Make the folder before an hour of work rather than after it."""
    if output.folder is not None:
        write_files({}, output.folder)
    elif output.file is not None:
        write_files({}, output.file.parent)
        if never is not None:
            _refuse_to_overwrite([output.file], never)


def _refuse_to_overwrite(files: Iterable[Path], source: Path) -> None:
    for path in files:
        if path.exists() and path.samefile(source):
            raise InvalidOptionsError(
                f"{path} is the input itself.", code="would_overwrite", hint="Give another file or folder with -o."
            )
