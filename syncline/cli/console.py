"""Print to the terminal: results to stdout, messages and progress to stderr.

Keys, file names and error messages may contain control characters, with which a file name could rewrite the screen or
the clipboard. Everything that this module prints has them escaped.
"""

from __future__ import annotations

import contextlib
import json
import re
import sys
from collections.abc import Callable, Iterable, Iterator
from functools import cache
from typing import TYPE_CHECKING, Any, TextIO

if TYPE_CHECKING:
    from rich.console import Console, RenderableType

# A pipe has no width: another program's input is not wrapped.
_PIPE_WIDTH = 10_000
# C0 and C1 except tab and line ends, and the characters that reverse the order in which text is shown.
_CONTROLS = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]|\r(?!\n)")


def escape_controls(text: str) -> str:
    """Write each control character as Python does: ESC as \\x1b."""
    return _CONTROLS.sub(lambda found: found[0].encode("unicode_escape").decode(), text)


@cache
def _console_class() -> type[Console]:
    from rich.console import Console, ConsoleOptions
    from rich.segment import Segment

    class EscapingConsole(Console):
        """Every text on its way to the terminal passes through `render`; Rich's own colour codes are added later."""

        def render(self, renderable: RenderableType, options: ConsoleOptions | None = None) -> Iterable[Segment]:
            for segment in super().render(renderable, options):
                yield segment if segment.control else segment._replace(text=escape_controls(segment.text))

    return EscapingConsole


def new_console(**settings: Any) -> Console:
    """Text is printed as it is: square brackets are not markup, and :names: are not emoji."""
    return _console_class()(markup=False, emoji=False, highlight=False, **settings)


@cache
def stdout_console() -> Console:
    return new_console(soft_wrap=True, width=None if sys.stdout.isatty() else _PIPE_WIDTH)


@cache
def stderr_console() -> Console:
    return new_console(stderr=True)


def show(renderable: RenderableType = "") -> None:
    """Print a line or a table to stdout."""
    stdout_console().print(renderable)


def note(message: str, *, prefix: str = "", style: str = "") -> None:
    """Print a line to stderr, unwrapped, after a coloured prefix."""
    if not prefix:  # a command that prints nothing else does not need Rich
        sys.stderr.write(escape_controls(message) + "\n")
        return
    from rich.text import Text

    stderr_console().print(Text.assemble((prefix, style), " ", message), soft_wrap=True)


def warn(message: str) -> None:
    note(message, prefix="warning:", style="yellow")


def print_json(value: Any, *, indent: int | None = 2) -> None:
    """Print JSON to stdout. Control characters occur only inside its strings, where JSON has an escape for each."""
    document = json.dumps(value, ensure_ascii=False, indent=indent)
    sys.stdout.write(_CONTROLS.sub(lambda found: f"\\u{ord(found[0]):04x}", document) + "\n")
    sys.stdout.flush()  # `syncline local --json` prints one line and keeps running


def write_result(text: str, stream: TextIO | None = None) -> None:
    """Write a result to stdout: byte for byte into a file or pipe, with control characters escaped on a terminal."""
    stream = stream or sys.stdout
    stream.write(escape_controls(text) if stream.isatty() else text)


def plural(count: int, noun: str) -> str:
    return f"{count:,} {noun}" if count == 1 else f"{count:,} {noun}s"


@contextlib.contextmanager
def progress_bar(title: str, console: Console | None = None) -> Iterator[Callable[[str, float], None]]:
    """Give a function to call with the current stage and the share of the whole that is done, 0..1.

    Nothing is shown where stderr is not a terminal.
    """
    if console is None and not sys.stderr.isatty():
        yield lambda stage, share: None
        return
    from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

    description = TextColumn("{task.description}", markup=False)
    columns = (description, BarColumn(), TaskProgressColumn(), TimeRemainingColumn())
    console = console or stderr_console()
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as bars:
        task = bars.add_task(title, total=1.0)

        def report(stage: str, share: float) -> None:
            bars.update(task, description=f"{title}: {stage}", completed=share)

        yield report
