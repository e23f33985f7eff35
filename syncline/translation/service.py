"""Translation for many at once: what arrives while the decoders are busy is decoded together.

One process, one copy of the weights. A record waits in one queue; each decoder thread, when it is free, takes as many
records as make a good batch, whichever requests and languages they belong to. So a lone request is answered at once,
and under load the batches grow by themselves.
"""

from __future__ import annotations

import logging
import math
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field

from syncline.core.errors import EngineError, SynclineError, TransientError
from syncline.core.http_problems import QueueFullError
from syncline.translation.batching import TOKENS_PER_BATCH
from syncline.translation.model import Strength, TranslationModel
from syncline.translation.translate import Translated, Wish, translate_wishes

log = logging.getLogger(__name__)

BEAM_SIZE = 1  # batches gain most from the narrowest beam; what it gets visibly wrong is tried again with a wide one
LINGER_SECONDS = 0.005  # after an idle spell, for those that arrive in the same moment
FIRST_GUESS = 200.0  # tokens per second, until there is a measurement
SMOOTHING = 0.2


class ShuttingDownError(TransientError):
    default_code = "shutting_down"
    retry_after = 1


@dataclass(slots=True)
class Ticket:
    """One request's records on their way. `answer` gets the translations in the records' order, or an error."""

    wishes: Sequence[Wish]
    answer: Future[list[Translated]] = field(default_factory=Future)
    found: dict[int, Translated] = field(default_factory=dict)

    def give_up(self) -> None:
        """Nobody waits for it any more; records not yet in a batch are dropped."""
        self.answer.cancel()


@dataclass(slots=True)
class _Record:
    ticket: Ticket
    index: int
    tokens: int

    @property
    def wish(self) -> Wish:
        return self.ticket.wishes[self.index]


@dataclass(frozen=True, slots=True)
class Round:
    """What one turn of a decoder did, for the metrics."""

    records: int
    tokens: int
    seconds: float
    uncertain: int


class TranslationService:
    def __init__(
        self,
        model: TranslationModel,
        *,
        most_waiting: int,
        beam_size: int = BEAM_SIZE,
        watch: Callable[[Round], None] = lambda done: None,
    ) -> None:
        self.model = model
        self._most_waiting = most_waiting
        self._usual = Strength(beam_size=beam_size)
        self._watch = watch
        self._waiting: deque[_Record] = deque()
        self._waiting_tokens = 0
        self._idle = 0
        self._speed = FIRST_GUESS
        self._stopping = False
        self._changed = threading.Condition()
        names = (f"decoder-{number}" for number in range(model.threads))
        self._threads = [threading.Thread(target=self._work, name=name, daemon=True) for name in names]
        for thread in self._threads:
            thread.start()

    @property
    def waiting(self) -> int:
        return len(self._waiting)

    @property
    def alive(self) -> bool:
        return all(thread.is_alive() for thread in self._threads)

    def submit(self, wishes: Sequence[Wish]) -> Ticket:
        """Queue all records of a request, or none: raises QueueFullError when they do not fit."""
        for code in {code for wish in wishes for code in (wish.source, wish.target)}:
            self.model.check_language(code)
        ticket = Ticket(wishes)
        lengths = [len(self.model.tokenise(wish.text)) + 2 for wish in wishes]
        with self._changed:
            if self._stopping:
                raise ShuttingDownError("This server is stopping.", hint="Try another, or again in a moment.")
            if self._waiting and len(self._waiting) + len(wishes) > self._most_waiting:
                raise self._full()
            self._waiting.extend(_Record(ticket, i, tokens) for i, tokens in enumerate(lengths))
            self._waiting_tokens += sum(lengths)
            self._changed.notify_all()
        if not wishes:
            ticket.answer.set_result([])
        return ticket

    def close(self) -> None:
        """Finish what is queued, then stop."""
        with self._changed:
            self._stopping = True
            self._changed.notify_all()
        for thread in self._threads:
            thread.join()

    def _full(self) -> QueueFullError:
        seconds = max(1, math.ceil(self._waiting_tokens / self._speed / 2))  # half of the queue gone
        error = QueueFullError(
            f"{len(self._waiting):,} records are waiting already; there is room for {self._most_waiting:,}.",
            hint=f"Send it again in {seconds} seconds.",
        )
        error.retry_after = seconds
        return error

    def _work(self) -> None:
        while records := self._next_batch():
            started = time.monotonic()
            uncertain = self._translate(records)
            seconds = time.monotonic() - started
            tokens = sum(record.tokens for record in records)
            with self._changed:
                per_second = len(self._threads) * tokens / max(seconds, 1e-6)
                self._speed += SMOOTHING * (per_second - self._speed)
            self._watch(Round(len(records), tokens, seconds, uncertain))

    def _next_batch(self) -> list[_Record]:
        """Waits for work; nothing means that it is time to go."""
        with self._changed:
            self._idle += 1
            records: list[_Record] = []
            while not records:
                if not self._waiting:
                    if self._stopping:
                        break
                    self._changed.wait()
                    self._changed.wait(0 if self._stopping else LINGER_SECONDS)
                records = self._take(math.ceil(self._waiting_tokens / self._idle))
            self._idle -= 1
            return records

    def _take(self, share: int) -> list[_Record]:
        """The oldest records, up to a fair share between idle decoders and never more than a good batch."""
        taken: list[_Record] = []
        room = min(share, TOKENS_PER_BATCH)
        while self._waiting and (not taken or self._waiting[0].tokens <= room):
            record = self._waiting.popleft()
            self._waiting_tokens -= record.tokens
            if not record.ticket.answer.cancelled():
                taken.append(record)
                room -= record.tokens
        return taken

    def _translate(self, records: Sequence[_Record]) -> int:
        try:
            found = translate_wishes(self.model, [record.wish for record in records], usual=self._usual)
        except Exception as error:  # a decoder must outlive whatever one batch did to it
            log.exception("a batch of %d records failed", len(records))
            self._fail(records, error if isinstance(error, SynclineError) else EngineError(f"It failed: {error!r}."))
            return 0
        with self._changed:
            for record in records:
                self._settle(record, found[record.wish])
        return sum(translated.uncertain for translated in found.values())

    def _settle(self, record: _Record, translated: Translated) -> None:
        ticket = record.ticket
        ticket.found[record.index] = translated
        if len(ticket.found) == len(ticket.wishes) and _still_wanted(ticket):
            ticket.answer.set_result([ticket.found[i] for i in range(len(ticket.wishes))])

    def _fail(self, records: Sequence[_Record], error: SynclineError) -> None:
        with self._changed:
            for record in records:
                if _still_wanted(record.ticket):
                    record.ticket.answer.set_exception(error)


def _still_wanted(ticket: Ticket) -> bool:
    return not ticket.answer.done() and ticket.answer.set_running_or_notify_cancel()
