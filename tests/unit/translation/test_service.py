"""The queue in front of the model, with the toy model behind it."""

import threading
import time
from concurrent.futures import wait

import pytest

from syncline.core.errors import EngineError, InvalidOptionsError
from syncline.core.http_problems import QueueFullError
from syncline.models.installed import locate
from syncline.translation import Segment
from syncline.translation.model import TranslationModel
from syncline.translation.service import ShuttingDownError, TranslationService

HELLO = Segment("Hello, world!", "en", "ja")
KNOWN = {HELLO: "こんにちは、世界。", Segment("Gift", "en", "ja"): "贈り物", Segment("Gift", "de", "ja"): "毒"}


@pytest.fixture(scope="module")
def model():
    return TranslationModel(locate("m2m100-toy", None), threads=2)


@pytest.fixture
def gate(model, monkeypatch):
    """While it is closed, decoders wait in front of the model. It starts open."""
    opened = threading.Event()
    opened.set()
    decode = model.decode

    def guarded(*arguments):
        assert opened.wait(60)
        return decode(*arguments)

    monkeypatch.setattr(model, "decode", guarded)
    yield opened
    opened.set()


@pytest.fixture
def start(model, gate):
    services = []

    def start(*, max_queued=100, **options):
        services.append(TranslationService(model, max_queued=max_queued, **options))
        return services[-1]

    yield start
    gate.set()
    for service in services:
        service.close()


def occupy(service):
    """Give each decoder a record to wait with, so that later records stay in the queue."""
    for number in range(service.model.threads):
        service.submit([Segment(f"Busy {number}", "en", "fr")])
        deadline = time.monotonic() + 60
        while service.waiting:
            assert time.monotonic() < deadline
            time.sleep(0.001)


def test_translations_are_in_the_order_of_the_records(start):
    answer = start().submit(list(KNOWN)).answer.result(60)
    assert [translated.text for translated in answer] == list(KNOWN.values())


def test_a_request_without_records_is_answered_at_once(start):
    assert start().submit([]).answer.result(0) == []


def test_waiting_requests_share_a_batch(start, gate):
    batches = []
    service = start(on_batch=batches.append)
    gate.clear()
    occupy(service)
    pending = [service.submit([segment]) for segment in KNOWN for _ in range(10)]
    gate.set()
    assert [each.answer.result(60)[0].text for each in pending] == [t for t in KNOWN.values() for _ in range(10)]
    assert max(done.records for done in batches) >= 15


def test_a_full_queue_refuses_with_retry_after(start, gate):
    service = start(max_queued=4)
    gate.clear()
    occupy(service)
    accepted = [service.submit([HELLO, HELLO]) for _ in range(2)]
    with pytest.raises(QueueFullError) as refusal:
        service.submit([HELLO])
    assert refusal.value.retry_after >= 1
    gate.set()
    wait([each.answer for each in accepted], timeout=60)
    assert service.submit([HELLO]).answer.result(60)


def test_a_request_larger_than_the_queue_is_served_when_nothing_else_waits(start):
    assert len(start(max_queued=2).submit([HELLO] * 5).answer.result(60)) == 5


def test_a_cancelled_request_is_not_translated(start, gate):
    batches = []
    service = start(on_batch=batches.append)
    gate.clear()
    occupy(service)
    cancelled = service.submit([HELLO] * 50)
    other = service.submit([HELLO])
    cancelled.cancel()
    gate.set()
    assert other.answer.result(60)
    service.close()
    assert sum(done.records for done in batches) == service.model.threads + 1


def test_a_failing_batch_fails_only_its_own_requests(start, model, monkeypatch):
    service = start()
    decode = model.decode

    def broken(*arguments):
        monkeypatch.setattr(model, "decode", decode)
        raise RuntimeError("no memory")

    monkeypatch.setattr(model, "decode", broken)
    with pytest.raises(EngineError, match="no memory"):
        service.submit([HELLO, HELLO]).answer.result(60)
    assert service.alive
    assert service.submit([HELLO]).answer.result(60)


def test_a_language_that_the_model_lacks_is_refused_before_queueing(start):
    with pytest.raises(InvalidOptionsError, match="does not know"):
        start().submit([HELLO, Segment("Hello", "en", "tlh")])


def test_closing_finishes_queued_requests_and_refuses_new_ones(start, gate):
    service = start()
    gate.clear()
    occupy(service)
    waiting = [service.submit([HELLO]) for _ in range(20)]
    closing = threading.Thread(target=service.close)
    closing.start()
    with pytest.raises(ShuttingDownError):
        while True:
            service.submit([HELLO])
    gate.set()
    closing.join(60)
    assert not closing.is_alive()
    assert all(each.answer.result(0)[0].text == KNOWN[HELLO] for each in waiting)
