"""`syncline translate-server`: translation over HTTP."""

from __future__ import annotations

import importlib.util
import os
from pathlib import Path

from syncline.aws import settings
from syncline.cli.console import err
from syncline.core.errors import SettingsError


def run_translate_server(
    *,
    host: str = "127.0.0.1",
    port: int = 9527,
    model: str | None = None,
    models: Path | None = None,
    threads: int | None = None,
    beam: int = 1,
    queue: int = 4096,
    deadline_seconds: float = 120.0,
) -> None:
    if importlib.util.find_spec("starlette") is None or importlib.util.find_spec("uvicorn") is None:
        raise SettingsError(
            "The translation server is not installed.", hint="Run: pip install 'syncline[worker,translate-server]'."
        )
    from syncline.translation import open_model
    from syncline.translation.server import listen_at, serve

    mine = settings.read(os.environ)
    with listen_at(host, port) as at:
        opened = open_model(model or mine.translation_model, models or mine.models, threads=threads)
        if opened.toy:
            err.print("[yellow]warning:[/yellow] m2m100-toy is a toy: it knows a dozen sentences and invents the rest.")
        where = f"http://{host}:{at.getsockname()[1]}/translation"
        err.print(f"{opened.name}, {len(opened.languages)} languages: {where}", soft_wrap=True)
        serve(opened, at=at, max_queued=queue, beam_size=beam, deadline_seconds=deadline_seconds)
