"""`syncline translate-server`: translation, and answers to questions, over HTTP."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from syncline.aws import settings
from syncline.cli import extras, parameters
from syncline.cli.commands import Command, examples, new_app
from syncline.cli.console import note, warn
from syncline.cli.translate import TOY_WARNING
from syncline.core.errors import ModelMissingError, SettingsError, SynclineError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from syncline.enrichment import AnswerModel
    from syncline.translation.answer_requests import AskedRecord
    from syncline.translation.answer_routes import TextAnswer

HOST, PORT = "127.0.0.1", 9527
BEAM_SIZE = 1
MAX_QUEUED = 4096
DEADLINE_SECONDS = 120.0

app = new_app()


@app.command(
    cls=Command,
    epilog=examples("""
$ syncline translate-server --model m2m100-toy
m2m100-toy, 100 languages: http://127.0.0.1:9527/translation
"""),
)
def translate_server(
    host: Annotated[str, typer.Option(metavar="ADDRESS", help="Address to listen on.")] = HOST,
    port: Annotated[
        int, typer.Option(min=0, max=65535, metavar="PORT", help="Port to listen on; 0 is a free one.")
    ] = PORT,
    model: parameters.TranslationModel = None,
    models: parameters.ModelsFolder = None,
    threads: Annotated[
        int | None, typer.Option(min=1, metavar="NUMBER", help="Threads of the model.", show_default="one per core")
    ] = None,
    beam: Annotated[
        int, typer.Option(min=1, max=10, metavar="NUMBER", help="Beam size: larger is slower and a little better.")
    ] = BEAM_SIZE,
    queue: Annotated[
        int, typer.Option(min=1, metavar="NUMBER", help="Records that may wait; more are refused with status 429.")
    ] = MAX_QUEUED,
    deadline: Annotated[
        float, typer.Option(min=1, max=86_400, metavar="SECONDS", help="How long a request may wait.")
    ] = DEADLINE_SECONDS,
) -> None:
    """Serve translation over HTTP: POST /translation.

    One model translates the records of all requests that wait at the same moment in shared batches. If the model that
    answers questions is installed (syncline models fetch answers-en), the server also answers POST /answers. It always
    answers GET /health and GET /metrics. It runs until Ctrl-C or SIGTERM, and then finishes what it has accepted. It
    needs pip install 'syncline[worker,translate-server]'.
    """
    run_translate_server(
        host=host,
        port=port,
        model=model,
        models=models,
        threads=threads,
        beam=beam,
        queue=queue,
        deadline_seconds=deadline,
    )


def run_translate_server(
    *,
    host: str = HOST,
    port: int = PORT,
    model: str | None = None,
    models: Path | None = None,
    threads: int | None = None,
    beam: int = BEAM_SIZE,
    queue: int = MAX_QUEUED,
    deadline_seconds: float = DEADLINE_SECONDS,
    head_seconds: float | None = None,
    answer_model: str | None = None,
) -> None:
    extras.require("worker", "translate-server")
    from syncline.translation import open_model
    from syncline.translation.connection_limits import HEAD_SECONDS
    from syncline.translation.server import listen_at, serve

    chosen = settings.read(os.environ)
    with listen_at(host, port) as listener:
        opened = open_model(model or chosen.translation_model, models or chosen.models, threads=threads)
        if opened.toy:
            warn(TOY_WARNING)
        answerer = _open_answerer(answer_model or chosen.answer_model, models or chosen.models, threads)
        url = f"http://{host}:{listener.getsockname()[1]}"
        note(f"{opened.name}, {len(opened.languages)} languages: {url}/translation")
        if not isinstance(answerer, SynclineError):
            note(f"{answerer.name}: {url}/answers")
        serve(
            opened,
            at=listener,
            max_queued=queue,
            beam_size=beam,
            deadline_seconds=deadline_seconds,
            answerer=answerer,
            head_seconds=head_seconds or HEAD_SECONDS,
        )


def _open_answerer(name: str, folder: Path | None, threads: int | None) -> _ModelAnswerer | SynclineError:
    """The model, or the reason why questions are not answered. Translation needs no such model."""
    from syncline.enrichment import open_answer_model

    try:
        return _ModelAnswerer(open_answer_model(name, folder, threads=threads))
    except (ModelMissingError, SettingsError) as error:
        return error


class _ModelAnswerer:
    """The model as the server's route asks it."""

    def __init__(self, model: AnswerModel) -> None:
        self.name = model.name
        self.check = model.check
        self._model = model

    def answer(self, records: Sequence[AskedRecord], progress: Callable[[float], None]) -> list[TextAnswer]:
        from syncline.enrichment import Query
        from syncline.translation.answer_routes import TextAnswer

        found = self._model.find([Query(record.text, record.question) for record in records], progress)
        return [TextAnswer(each.score, each.start, each.end) for each in found]
