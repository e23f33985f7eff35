"""The queue in front of the model, with the toy model behind it."""

import threading
import time
from concurrent.futures import wait

import pytest

from syncline.core.errors import EngineError, InvalidOptionsError
from syncline.core.http_problems import QueueFullError
from syncline.models.installed import locate
from syncline.translation import Wish
from syncline.translation.model import TranslationModel
from syncline.translation.service import ShuttingDownError, TranslationService

HELLO = Wish("Hello, world!", "en", "ja")
KNOWN = {HELLO: "こんにちは、世界。", Wish("Gift", "en", "ja"): "贈り物", Wish("Gift", "de", "ja"): "毒"}


@pytest.fixture(scope="module")
def model():
    return TranslationModel(locate("m2m100-toy", None), threads=2)


@pytest.fixture
def gate(model, monkeypatch):
    """While closed, decoders stand still in front of the model; starts open."""
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

    def start(*, most_waiting=100, **options):
        services.append(TranslationService(model, most_waiting=most_waiting, **options))
        return services[-1]

    yield start
    gate.set()
    for service in services:
        service.close()


def occupy(service):
    """Give each decoder something to stand still over, so that what follows has to wait."""
    for number in range(service.model.threads):
        service.submit([Wish(f"Busy {number}", "en", "fr")])
        deadline = time.monotonic() + 60
        while service.waiting:
            assert time.monotonic() < deadline
            time.sleep(0.001)


def test_answers_come_in_the_records_order(start):
    answer = start().submit(list(KNOWN)).answer.result(60)
    assert [translated.text for translated in answer] == list(KNOWN.values())


def test_no_records_no_waiting(start):
    assert start().submit([]).answer.result(0) == []


def test_requests_that_wait_together_are_decoded_together(start, gate):
    rounds = []
    service = start(watch=rounds.append)
    gate.clear()
    occupy(service)
    tickets = [service.submit([wish]) for wish in KNOWN for _ in range(10)]
    gate.set()
    assert [ticket.answer.result(60)[0].text for ticket in tickets] == [t for t in KNOWN.values() for _ in range(10)]
    assert max(done.records for done in rounds) >= 15


def test_a_full_queue_refuses_with_a_time_to_come_back(start, gate):
    service = start(most_waiting=4)
    gate.clear()
    occupy(service)
    accepted = [service.submit([HELLO, HELLO]) for _ in range(2)]
    with pytest.raises(QueueFullError) as refusal:
        service.submit([HELLO])
    assert refusal.value.retry_after >= 1
    gate.set()
    wait([ticket.answer for ticket in accepted], timeout=60)
    assert service.submit([HELLO]).answer.result(60)


def test_a_request_larger_than_the_queue_is_served_when_nothing_else_waits(start):
    assert len(start(most_waiting=2).submit([HELLO] * 5).answer.result(60)) == 5


def test_what_nobody_waits_for_is_not_translated(start, gate):
    rounds = []
    service = start(watch=rounds.append)
    gate.clear()
    occupy(service)
    abandoned = service.submit([HELLO] * 50)
    wanted = service.submit([HELLO])
    abandoned.give_up()
    gate.set()
    assert wanted.answer.result(60)
    service.close()
    assert sum(done.records for done in rounds) == service.model.threads + 1


def test_a_failing_batch_fails_its_requests_and_nothing_after(start, model, monkeypatch):
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


def test_a_language_the_model_lacks_is_refused_before_it_waits(start):
    with pytest.raises(InvalidOptionsError, match="does not know"):
        start().submit([HELLO, Wish("Hello", "en", "tlh")])


def test_closing_finishes_what_waits_and_refuses_what_comes(start, gate):
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
    assert all(ticket.answer.result(0)[0].text == KNOWN[HELLO] for ticket in waiting)
