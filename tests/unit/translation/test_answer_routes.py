"""What POST /answers does when the model fails, is slow, or has too much to do."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import Callable, Sequence
from typing import Any

import pytest

pytest.importorskip("starlette")

from syncline.core.errors import EngineError
from syncline.core.http_problems import DeadlineError, QueueFullError
from syncline.translation import answer_routes
from syncline.translation.answer_requests import AskedRecord
from syncline.translation.answer_routes import AnswerRoute, TextAnswer


class Answerer:
    """Answers with the first word. Fails on texts that contain "fail", and waits while `busy` is set."""

    name = "first-word"

    def __init__(self) -> None:
        self.calls: list[int] = []
        self.busy = threading.Event()
        self.stopped = threading.Event()

    def check(self, question: str) -> None:
        pass

    def answer(self, records: Sequence[AskedRecord], progress: Callable[[float], None]) -> list[TextAnswer]:
        self.calls.append(len(records))
        try:
            while self.busy.is_set():
                progress(0.5)
                self.stopped.wait(0.005)
        except BaseException:
            self.stopped.set()
            raise
        if any("fail" in record.text for record in records):
            raise EngineError("The model failed.")
        return [TextAnswer(0.9, 0, record.text.index(" ")) for record in records]


def body(*texts: str) -> bytes:
    records = [{"id": str(number), "text": text, "question": "?"} for number, text in enumerate(texts)]
    return json.dumps({"payload": {"records": records}}).encode()


def result(route: AnswerRoute, *texts: str) -> list[dict[str, Any]]:
    return asyncio.run(route.result(body(*texts)))


def test_a_record_on_which_the_model_fails_affects_no_other() -> None:
    answerer = Answerer()
    entries = result(AnswerRoute(answerer, deadline_seconds=30), "Ada built it", "this must fail", "Karl sold it")

    assert [entry.get("answer") for entry in entries] == ["Ada", None, "Karl"]
    assert entries[1]["error"]["code"] == "engine_failed"
    assert answerer.calls == [3, 1, 1, 1]


def test_after_the_deadline_the_work_stops() -> None:
    answerer = Answerer()
    answerer.busy.set()
    with pytest.raises(DeadlineError):
        result(AnswerRoute(answerer, deadline_seconds=0.05), "Ada built it")
    assert answerer.stopped.wait(30)


def test_requests_beyond_the_queue_are_refused() -> None:
    answerer = Answerer()
    answerer.busy.set()

    async def run() -> int:
        route = AnswerRoute(answerer, deadline_seconds=30)
        waiting = [
            asyncio.create_task(route.result(body("Ada built it"))) for _ in range(answer_routes.MAX_WAITING_REQUESTS)
        ]
        await asyncio.sleep(0)  # each begins
        with pytest.raises(QueueFullError):
            await route.result(body("Ada built it"))
        answerer.busy.clear()
        return len(await asyncio.gather(*waiting))

    assert asyncio.run(run()) == answer_routes.MAX_WAITING_REQUESTS
