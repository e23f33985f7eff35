"""Where the command line speaks: results to stdout, everything for people's eyes to stderr."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Callable, Iterator

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

# Another program's line is as long as it has to be: a table for it is not squeezed into a terminal's width.
_WIDTH_OF_A_PIPE = 10_000

out = Console(soft_wrap=True, highlight=False, width=None if sys.stdout.isatty() else _WIDTH_OF_A_PIPE)
err = Console(stderr=True, highlight=False)


@contextlib.contextmanager
def progress_bar(title: str) -> Iterator[Callable[[str, float], None]]:
    """Gives a function that is told the present stage and how much of the whole is done, 0..1."""
    columns = (TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), TimeRemainingColumn())
    with Progress(*columns, console=err, transient=True) as bars:
        task = bars.add_task(title, total=1.0)

        def tell(stage: str, fraction: float) -> None:
            bars.update(task, description=f"{title}: {stage}", completed=fraction)

        yield tell
