"""POST /answers of `syncline translate-server`, in its own process, over HTTP."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from tests.integration.translation.test_translate_server import Server

pytest.importorskip("tokenizers", reason="tokenizers is not installed (extra enrich)")

TEXT = "Ada proposed the bridge in London on Monday. Karl sold the library in Rome in March."


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    running = Server(answer_model="answers-toy")
    yield running
    assert running.stop() == 0


def ask(server: Server, *records: object) -> Any:
    body = json.dumps({"payload": {"records": records}}).encode()
    return server.http.request("POST", f"http://127.0.0.1:{server.port}/answers", body=body)


def record(name: str, question: str = "Who proposed the bridge?", text: str = TEXT) -> dict[str, str]:
    return {"id": name, "text": text, "question": question}


def test_an_answer_is_a_part_of_the_text(server: Server) -> None:
    answer = ask(server, record("1"), record("2", "Who proposed the tower?"))
    assert answer.status == 200
    document = answer.json()
    assert document["model"] == "answers-toy"
    found, missing = document["result"]
    assert found == {"id": "1", "answer": "Ada", "score": found["score"], "startOffset": 0, "endOffset": 3}
    assert missing == {"id": "2", "answer": None, "score": missing["score"], "startOffset": None, "endOffset": None}
    assert missing["score"] < 0.5 <= found["score"]


def test_bad_records_of_a_large_batch_affect_no_other(server: Server) -> None:
    records: list[Any] = [record(str(number)) for number in range(150)]
    records[3] = {"id": "3", "text": TEXT}
    records[40] = "not a record"
    records[77] = record("77", "Who " * 200)
    records[90] = record("5")  # the id of another one
    records[120] = record("120", text="x" * 100_001)
    records[149] = record("149", text="\ud800")
    answer = ask(server, *records)

    assert answer.status == 200
    result = answer.json()["result"]
    assert len(result) == 150
    errors = {number: entry["error"] for number, entry in enumerate(result) if "error" in entry}
    assert {number: error["code"] for number, error in errors.items()} == {
        3: "missing_field", 40: "wrong_type", 77: "question_too_long", 90: "duplicate_id", 120: "too_long",
        149: "not_text",
    }  # fmt: skip
    assert errors[3]["field"] == "payload.records[3].question"
    assert all(error["status"] == 400 and error["detail"] for error in errors.values())
    assert {entry["answer"] for number, entry in enumerate(result) if number not in errors} == {"Ada"}
    assert [entry["id"] for entry in result if "error" not in entry] == [
        str(number) for number in range(150) if number not in errors
    ]


@pytest.mark.parametrize(
    ("body", "code"),
    [(b"{", "invalid_json"), (b"[]", "wrong_type"), (b'{"payload": {}}', "missing_field")],
)
def test_a_body_without_records_is_refused(server: Server, body: bytes, code: str) -> None:
    answer = server.http.request("POST", f"http://127.0.0.1:{server.port}/answers", body=body)
    assert (answer.status, answer.json()["code"]) == (400, code)
    assert answer.headers["Content-Type"] == "application/problem+json"


def test_too_many_records_are_refused(server: Server) -> None:
    answer = ask(server, *({} for _ in range(1_001)))
    assert (answer.status, answer.json()["code"]) == (400, "too_many_records")


def test_health_and_metrics_name_the_model_and_count_the_questions(server: Server) -> None:
    ask(server, record("1"), record("2", "Who proposed the tower?"), {})
    assert server.get("/health").json()["answers"] == "answers-toy"
    lines = server.get("/metrics").data.decode().splitlines()
    counts = {line.split(" ")[0]: float(line.split(" ")[1]) for line in lines if "questions_total{" in line}
    assert all(
        counts[f'syncline_translation_questions_total{{outcome="{each}"}}'] >= 1
        for each in ("answered", "none", "failed")
    )
