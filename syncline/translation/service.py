"""Translate the records of many requests in shared batches.

All records wait in one queue. A decoder thread that becomes free takes as many records as make a good batch, whatever
requests and languages they belong to. A single request is therefore decoded at once, and batches grow with the load.
The threads share one copy of the weights.
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
from syncline.translation.model import DecodingOptions, TranslationModel
from syncline.translation.translate import Segment, Translation, translate_segments

log = logging.getLogger(__name__)

BEAM_SIZE = 1  # Shared batches gain most at beam 1. Translations that look wrong are retried with a wider beam.
LINGER_SECONDS = 0.005  # An idle decoder waits this long for records that arrive together.
INITIAL_SPEED = 200.0  # tokens per second, until one is measured
SMOOTHING = 0.2


class ShuttingDownError(TransientError):
    default_code = "shutting_down"
    retry_after = 1


@dataclass(slots=True)
class PendingRequest:
    """The records of one request. `answer` receives the translations in the order of the records, or an error."""

    segments: Sequence[Segment]
    answer: Future[list[Translation]] = field(default_factory=Future)
    translations: dict[int, Translation] = field(default_factory=dict)

    def cancel(self) -> None:
        """Drop the records that are not in a batch yet."""
        self.answer.cancel()


@dataclass(slots=True)
class _Record:
    request: PendingRequest
    index: int
    tokens: int

    @property
    def segment(self) -> Segment:
        return self.request.segments[self.index]


@dataclass(frozen=True, slots=True)
class BatchStats:
    """One batch, for the metrics."""

    records: int
    tokens: int
    seconds: float
    uncertain: int


class TranslationService:
    def __init__(
        self,
        model: TranslationModel,
        *,
        max_queued: int,
        beam_size: int = BEAM_SIZE,
        on_batch: Callable[[BatchStats], None] = lambda stats: None,
    ) -> None:
        self.model = model
        self._max_queued = max_queued
        self._options = DecodingOptions(beam_size=beam_size)
        self._on_batch = on_batch
        self._waiting: deque[_Record] = deque()
        self._waiting_tokens = 0
        self._idle = 0
        self._speed = INITIAL_SPEED
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

    def submit(self, segments: Sequence[Segment]) -> PendingRequest:
        """Queue all records of a request, or raise QueueFullError when they do not fit."""
        for code in {code for segment in segments for code in (segment.source, segment.target)}:
            self.model.check_language(code)
        request = PendingRequest(segments)
        lengths = [len(self.model.tokenise(segment.text)) + 2 for segment in segments]
        with self._changed:
            if self._stopping:
                raise ShuttingDownError("This server is stopping.", hint="Send the request to another server.")
            if self._waiting and len(self._waiting) + len(segments) > self._max_queued:
                raise self._full()
            self._waiting.extend(_Record(request, i, tokens) for i, tokens in enumerate(lengths))
            self._waiting_tokens += sum(lengths)
            self._changed.notify_all()
        if not segments:
            request.answer.set_result([])
        return request

    def close(self) -> None:
        """Finish what is queued, then stop."""
        with self._changed:
            self._stopping = True
            self._changed.notify_all()
        for thread in self._threads:
            thread.join()

    def _full(self) -> QueueFullError:
        seconds = max(1, math.ceil(self._waiting_tokens / self._speed / 2))  # until half of the queue is done
        error = QueueFullError(
            f"The queue is full: {len(self._waiting):,} records are waiting, and {self._max_queued:,} are allowed.",
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
            self._on_batch(BatchStats(len(records), tokens, seconds, uncertain))

    def _next_batch(self) -> list[_Record]:
        """Wait for records. An empty batch ends the thread."""
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
        """The oldest records, up to an equal share for each idle decoder, and at most a good batch."""
        taken: list[_Record] = []
        room = min(share, TOKENS_PER_BATCH)
        while self._waiting and (not taken or self._waiting[0].tokens <= room):
            record = self._waiting.popleft()
            self._waiting_tokens -= record.tokens
            if not record.request.answer.cancelled():
                taken.append(record)
                room -= record.tokens
        return taken

    def _translate(self, records: Sequence[_Record]) -> int:
        try:
            translations = translate_segments(self.model, [record.segment for record in records], options=self._options)
        except Exception as error:  # A batch that fails must not end the decoder thread.
            log.exception("a batch of %d records failed", len(records))
            self._fail(
                records,
                error if isinstance(error, SynclineError) else EngineError(f"The translation failed: {error!r}."),
            )
            return 0
        with self._changed:
            for record in records:
                self._settle(record, translations[record.segment])
        return sum(translation.uncertain for translation in translations.values())

    def _settle(self, record: _Record, translation: Translation) -> None:
        request = record.request
        request.translations[record.index] = translation
        if len(request.translations) == len(request.segments) and _claim_answer(request):
            request.answer.set_result([request.translations[i] for i in range(len(request.segments))])

    def _fail(self, records: Sequence[_Record], error: SynclineError) -> None:
        with self._changed:
            for record in records:
                if _claim_answer(record.request):
                    record.request.answer.set_exception(error)


def _claim_answer(request: PendingRequest) -> bool:
    """Whether the answer may be set: it is not set yet, and the request is not cancelled."""
    return not request.answer.done() and request.answer.set_running_or_notify_cancel()
