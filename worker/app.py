"""`app`, for Celery's own command line (`celery -A worker.app worker`): made from the environment on first access."""

from __future__ import annotations

from typing import Any

from worker.runtime import command_line_app


def __getattr__(name: str) -> Any:
    if name != "app":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return command_line_app()
