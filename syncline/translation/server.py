"""The translation service over HTTP: POST /translation, POST /answers, GET /health, GET /metrics.

Run one process per machine: the event loop only parses and queues, and the decoder threads share one copy of the
weights.
"""

from __future__ import annotations

import asyncio
import signal
import socket
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import ExitStack, asynccontextmanager
from http import HTTPStatus
from typing import Any

import uvicorn
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from syncline import __version__
from syncline.core import http_problems
from syncline.core.errors import SettingsError, SynclineError
from syncline.core.http_problems import BodyTooLargeError, ClientLeftError, DeadlineError, SlowBodyError
from syncline.translation.answer_routes import Answerer, AnswerRoute
from syncline.translation.connection_limits import (
    ACCEPTED_AT_ONCE,
    HEAD_SECONDS,
    BoundedServer,
    bounded_protocol,
    connection_limit,
)
from syncline.translation.model import TranslationModel
from syncline.translation.requests import FieldError, Limits, ParsedRequest, parse
from syncline.translation.service import BatchStats, PendingRequest, TranslationService
from syncline.translation.translate import Translation

# Longer than load balancers keep an idle connection. Otherwise they would send requests on closed connections.
KEEP_ALIVE_SECONDS = 75


class Metrics:
    """Counts in a registry of its own, so that two servers in one process count separately."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.requests = self._counter("requests", "Requests by the status of the answer.", ["status"])
        self.records = self._counter("records", "Records translated.")
        self.tokens = self._counter("tokens", "Source tokens translated.")
        self.questions = self._counter("questions", "Questions of POST /answers, by how they ended.", ["outcome"])
        self.uncertain = self._counter("uncertain", "Translations marked as uncertain.")
        self.waiting = Gauge("syncline_translation_waiting_records", "Records in the queue.", registry=self.registry)
        self.batches = Histogram(
            "syncline_translation_batch_records",
            "Records decoded together.",
            buckets=(1, 2, 4, 8, 16, 32, 64, 128, 256),
            registry=self.registry,
        )
        self.seconds = Histogram(
            "syncline_translation_request_seconds",
            "From the arrival of a request to its answer.",
            buckets=(0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120),
            registry=self.registry,
        )

    def _counter(self, name: str, help_text: str, labels: list[str] | None = None) -> Counter:
        return Counter(f"syncline_translation_{name}", help_text, labels or [], registry=self.registry)

    def count_batch(self, stats: BatchStats) -> None:
        self.records.inc(stats.records)
        self.tokens.inc(stats.tokens)
        self.uncertain.inc(stats.uncertain)
        self.batches.observe(stats.records)


def create_app(
    start_service: Callable[[Callable[[BatchStats], None]], TranslationService],
    *,
    limits: Limits,
    deadline_seconds: float,
    answerer: Answerer | SynclineError,
) -> Starlette:
    """`start_service` is called when the server starts, with the function that counts batches.

    `answerer` is the reason why there is none, if questions cannot be answered.
    """
    api = _Api(limits, deadline_seconds, answerer)

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        api.start(start_service(api.metrics.count_batch))
        yield
        await run_in_threadpool(api.service.close)

    routes = [
        Route("/translation", api.translation, methods=["POST"]),
        Route("/answers", api.answers, methods=["POST"]),
        Route("/health", api.health),
        Route("/metrics", api.show_metrics),
    ]
    handlers = {SynclineError: _answer_error, HTTPException: _answer_http_error, Exception: _answer_bug}
    return Starlette(routes=routes, lifespan=lifespan, exception_handlers=handlers)  # type: ignore[arg-type]  # Starlette's type allows only Exception


class _Api:
    service: TranslationService

    def __init__(self, limits: Limits, deadline_seconds: float, answerer: Answerer | SynclineError) -> None:
        self._limits = limits
        self._deadline_seconds = deadline_seconds
        self._answers = (
            answerer
            if isinstance(answerer, SynclineError)
            else AnswerRoute(answerer, deadline_seconds=deadline_seconds)
        )
        self.metrics = Metrics()

    def start(self, service: TranslationService) -> None:
        self.service = service
        self.metrics.waiting.set_function(lambda: service.waiting)

    async def translation(self, request: Request) -> Response:
        started = time.monotonic()
        return await self._counted(lambda: self._translate(request, deadline=started + self._deadline_seconds))

    async def answers(self, request: Request) -> Response:
        return await self._counted(lambda: self._answer(request))

    async def _counted(self, respond: Callable[[], Awaitable[Response]]) -> Response:
        started = time.monotonic()
        status = 500
        try:
            response = await respond()
            status = response.status_code
        except SynclineError as error:
            status = http_problems.status_of(error)
            raise
        finally:
            self.metrics.requests.labels(status).inc()
            self.metrics.seconds.observe(time.monotonic() - started)
        return response

    async def _answer(self, request: Request) -> Response:
        http_problems.refuse_encoded(request.headers.get("content-encoding"))
        if isinstance(self._answers, SynclineError):
            raise self._answers
        body = await self._body(request, self._answers.limits.body_bytes)
        entries = await self._answers.result(body)
        for entry in entries:
            outcome = "failed" if "error" in entry else "none" if entry["answer"] is None else "answered"
            self.metrics.questions.labels(outcome).inc()
        return JSONResponse({"model": self._answers.name, "result": entries})

    async def _translate(self, request: Request, *, deadline: float) -> Response:
        http_problems.refuse_encoded(request.headers.get("content-encoding"))
        parsed = parse(await self._body(request, self._limits.body_bytes), self._limits)
        pending = await run_in_threadpool(self.service.submit, parsed.segments)
        translations = await self._answer_of(pending, request, deadline=deadline)
        return JSONResponse({"result": _result(parsed, translations)})

    async def _body(self, request: Request, max_bytes: int) -> bytes:
        try:
            async with asyncio.timeout(self._deadline_seconds):
                return await _body(request, max_bytes)
        except ClientDisconnect as error:
            raise ClientLeftError("The client has closed the connection.") from error
        except TimeoutError as error:
            raise SlowBodyError(
                f"The request was not complete within {self._deadline_seconds:g} seconds.",
                hint="Send the whole request at once, or fewer records.",
            ) from error

    async def _answer_of(self, pending: PendingRequest, request: Request, *, deadline: float) -> list[Translation]:
        answer = asyncio.wrap_future(pending.answer)
        left = asyncio.ensure_future(_disconnected(request))
        try:
            either: set[asyncio.Future[Any]] = {answer, left}
            seconds = max(0.0, deadline - time.monotonic())
            await asyncio.wait(either, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
            if answer.done():
                return answer.result()
            if left.done():
                raise ClientLeftError("The client has closed the connection.")
            raise DeadlineError(
                f"The request was not translated within {self._deadline_seconds:g} seconds.",
                hint="Send fewer records at once, or try again when the server is less busy.",
            )
        finally:
            left.cancel()
            pending.cancel()

    async def health(self, request: Request) -> Response:
        alive = self.service.alive
        facts = {
            "status": "ok" if alive else "failing",
            "version": __version__,
            "model": self.service.model.name,
            "toy": self.service.model.toy,
            "waiting": self.service.waiting,
            "answers": None if isinstance(self._answers, SynclineError) else self._answers.name,
        }
        return JSONResponse(facts, status_code=200 if alive else 503)

    async def show_metrics(self, request: Request) -> Response:
        return Response(generate_latest(self.metrics.registry), headers={"Content-Type": CONTENT_TYPE_LATEST})


async def _body(request: Request, max_bytes: int) -> bytes:
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > max_bytes:
            raise BodyTooLargeError(f"The body has more than {max_bytes:,} bytes.", hint="Send fewer records at once.")
    return bytes(body)


async def _disconnected(request: Request) -> None:
    while (await request.receive())["type"] != "http.disconnect":
        pass


def _result(parsed: ParsedRequest, translations: list[Translation]) -> list[dict[str, object]]:
    result: list[dict[str, object]] = []
    for name, translation in zip(parsed.ids, translations, strict=True):
        entry: dict[str, object] = {"id": name, "text": translation.text}
        if translation.uncertain:
            entry["uncertain"] = True
        result.append(entry)
    return result


async def _answer_error(request: Request, error: SynclineError) -> Response:
    field = {"field": error.field} if isinstance(error, FieldError) and error.field else {}
    return _problem(http_problems.problem(error) | field, http_problems.headers_of(error))


async def _answer_http_error(request: Request, error: HTTPException) -> Response:
    code = HTTPStatus(error.status_code).phrase.lower().replace(" ", "_")
    detail = f"{request.method} {request.url.path}: {error.detail}."
    hint = "Use POST /translation, POST /answers, GET /health or GET /metrics."
    return _problem(http_problems.problem_document(error.status_code, code, detail, hint), error.headers)


async def _answer_bug(request: Request, error: Exception) -> Response:
    """Starlette logs the traceback."""
    hint = "Send the request again. If it fails again, report it with the server's log."
    return _problem(http_problems.problem_document(500, "internal_error", "The server has a bug.", hint))


def _problem(problem: dict[str, Any], headers: Mapping[str, str] | None = None) -> Response:
    return JSONResponse(problem, problem["status"], headers, media_type=http_problems.CONTENT_TYPE)


def listen_at(host: str, port: int) -> socket.socket:
    """Bind the address before the model is loaded, which takes minutes. The server does not accept connections yet."""
    try:
        family, kind, protocol, _, address = min(
            socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
        )
        with ExitStack() as on_failure:
            bound = on_failure.enter_context(socket.socket(family, kind, protocol))
            bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            bound.bind(address)
            on_failure.pop_all()
    except (OSError, OverflowError) as error:
        reason = getattr(error, "strerror", None) or error
        raise SettingsError(
            f"The server cannot listen at {host}, port {port}: {reason}.",
            code="cannot_listen",
            hint="Choose another --port or --host, or stop the program that listens there.",
        ) from error
    return bound


def serve(
    model: TranslationModel,
    *,
    at: socket.socket,
    max_queued: int,
    beam_size: int,
    deadline_seconds: float,
    answerer: Answerer | SynclineError,
    head_seconds: float = HEAD_SECONDS,
) -> None:
    """Serve until SIGTERM or Ctrl-C, and answer all accepted requests before returning."""
    app = create_app(
        lambda count_batch: TranslationService(model, max_queued=max_queued, beam_size=beam_size, on_batch=count_batch),
        limits=Limits(),
        deadline_seconds=deadline_seconds,
        answerer=answerer,
    )
    # uvicorn raises the signal again after it has stopped. All requests are answered by then, so the exit is clean.
    # Before uvicorn installs its own handlers, there are no requests.
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: sys.exit(0))
    server = BoundedServer(
        uvicorn.Config(
            app,
            http=bounded_protocol(head_seconds=head_seconds, max_connections=connection_limit()),
            backlog=ACCEPTED_AT_ONCE,
            access_log=False,
            timeout_keep_alive=KEEP_ALIVE_SECONDS,
            timeout_graceful_shutdown=int(deadline_seconds) + 5,
            log_level="warning",
        )
    )
    server.run(sockets=[at])
