"""The translation service over HTTP: POST /translation, GET /health, GET /metrics.

One process per machine: the event loop only parses and queues, the decoder threads share one copy of the weights.
"""

from __future__ import annotations

import asyncio
import signal
import socket
import sys
import time
from collections.abc import AsyncIterator, Callable, Mapping
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
from syncline.translation.model import TranslationModel
from syncline.translation.requests import Asked, FieldError, Limits, parse
from syncline.translation.service import Round, Ticket, TranslationService
from syncline.translation.translate import Translated

KEEP_ALIVE_SECONDS = 75  # longer than load balancers keep an idle connection, or they would lose requests


class Metrics:
    """In a registry of their own, so that two servers in one process do not count together."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.requests = self._counter("requests", "Requests by the status they were answered with.", ["status"])
        self.records = self._counter("records", "Records translated.")
        self.tokens = self._counter("tokens", "Source tokens translated.")
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
            "From a request's arrival to its answer.",
            buckets=(0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120),
            registry=self.registry,
        )

    def _counter(self, name: str, help_text: str, labels: list[str] | None = None) -> Counter:
        return Counter(f"syncline_translation_{name}", help_text, labels or [], registry=self.registry)

    def saw_round(self, done: Round) -> None:
        self.records.inc(done.records)
        self.tokens.inc(done.tokens)
        self.uncertain.inc(done.uncertain)
        self.batches.observe(done.records)


def create_app(
    start_service: Callable[[Callable[[Round], None]], TranslationService], *, limits: Limits, deadline_seconds: float
) -> Starlette:
    """`start_service` is called when the server starts, with the metrics' ear; the service is closed when it ends."""
    api = _Api(limits, deadline_seconds)

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        api.start(start_service(api.metrics.saw_round))
        yield
        await run_in_threadpool(api.service.close)

    routes = [
        Route("/translation", api.translation, methods=["POST"]),
        Route("/health", api.health),
        Route("/metrics", api.show_metrics),
    ]
    handlers = {SynclineError: _answer_error, HTTPException: _answer_http_error, Exception: _answer_our_mistake}
    return Starlette(routes=routes, lifespan=lifespan, exception_handlers=handlers)  # type: ignore[arg-type]  # they want Exception


class _Api:
    service: TranslationService

    def __init__(self, limits: Limits, deadline_seconds: float) -> None:
        self._limits = limits
        self._deadline_seconds = deadline_seconds
        self.metrics = Metrics()

    def start(self, service: TranslationService) -> None:
        self.service = service
        self.metrics.waiting.set_function(lambda: service.waiting)

    async def translation(self, request: Request) -> Response:
        started = time.monotonic()
        status = 500
        try:
            response = await self._translate(request, deadline=started + self._deadline_seconds)
            status = response.status_code
        except SynclineError as error:
            status = http_problems.status_of(error)
            raise
        finally:
            self.metrics.requests.labels(status).inc()
            self.metrics.seconds.observe(time.monotonic() - started)
        return response

    async def _translate(self, request: Request, *, deadline: float) -> Response:
        http_problems.refuse_encoded(request.headers.get("content-encoding"))
        asked = parse(await self._body(request), self._limits)
        ticket = await run_in_threadpool(self.service.submit, asked.wishes)
        translations = await self._answer_of(ticket, request, deadline=deadline)
        return JSONResponse({"result": _result(asked, translations)})

    async def _body(self, request: Request) -> bytes:
        try:
            async with asyncio.timeout(self._deadline_seconds):
                return await _body(request, self._limits.body_bytes)
        except ClientDisconnect as error:
            raise ClientLeftError("The client has closed the connection.") from error
        except TimeoutError as error:
            raise SlowBodyError(
                f"The request was not complete within {self._deadline_seconds:g} seconds.",
                hint="Send it in one go, or fewer records at once.",
            ) from error

    async def _answer_of(self, ticket: Ticket, request: Request, *, deadline: float) -> list[Translated]:
        answer = asyncio.wrap_future(ticket.answer)
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
                f"It was not translated within {self._deadline_seconds:g} seconds.",
                hint="Send fewer records at once, or try again when the server is less busy.",
            )
        finally:
            left.cancel()
            ticket.give_up()

    async def health(self, request: Request) -> Response:
        alive = self.service.alive
        facts = {
            "status": "ok" if alive else "failing",
            "version": __version__,
            "model": self.service.model.name,
            "toy": self.service.model.toy,
            "waiting": self.service.waiting,
        }
        return JSONResponse(facts, status_code=200 if alive else 503)

    async def show_metrics(self, request: Request) -> Response:
        return Response(generate_latest(self.metrics.registry), headers={"Content-Type": CONTENT_TYPE_LATEST})


async def _body(request: Request, most: int) -> bytes:
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > most:
            raise BodyTooLargeError(f"The body has more than {most:,} bytes.", hint="Send fewer records at once.")
    return bytes(body)


async def _disconnected(request: Request) -> None:
    while (await request.receive())["type"] != "http.disconnect":
        pass


def _result(asked: Asked, translations: list[Translated]) -> list[dict[str, object]]:
    result: list[dict[str, object]] = []
    for name, translated in zip(asked.ids, translations, strict=True):
        entry: dict[str, object] = {"id": name, "text": translated.text}
        if translated.uncertain:
            entry["uncertain"] = True
        result.append(entry)
    return result


async def _answer_error(request: Request, error: SynclineError) -> Response:
    field = {"field": error.field} if isinstance(error, FieldError) and error.field else {}
    return _problem(http_problems.problem(error) | field, http_problems.headers_of(error))


async def _answer_http_error(request: Request, error: HTTPException) -> Response:
    code = HTTPStatus(error.status_code).phrase.lower().replace(" ", "_")
    detail = f"{request.method} {request.url.path}: {error.detail}."
    hint = "There are POST /translation, GET /health and GET /metrics."
    return _problem(http_problems.problem_document(error.status_code, code, detail, hint), error.headers)


async def _answer_our_mistake(request: Request, error: Exception) -> Response:
    """What went wrong is in the log, with its traceback."""
    hint = "Send it once more; if it fails again, it is worth reporting, with the server's log."
    return _problem(http_problems.problem_document(500, "internal_error", "The server made a mistake.", hint))


def _problem(problem: dict[str, Any], headers: Mapping[str, str] | None = None) -> Response:
    return JSONResponse(problem, problem["status"], headers, media_type=http_problems.CONTENT_TYPE)


def listen_at(host: str, port: int) -> socket.socket:
    """The address, taken before minutes are spent on loading a model; nobody is let in yet."""
    try:
        family, kind, protocol, _, address = min(
            socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
        )
        with ExitStack() as on_failure:
            taken = on_failure.enter_context(socket.socket(family, kind, protocol))
            taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            taken.bind(address)
            on_failure.pop_all()
    except (OSError, OverflowError) as error:
        reason = getattr(error, "strerror", None) or error
        raise SettingsError(
            f"It is not possible to listen at {host}, port {port}: {reason}.",
            code="cannot_listen",
            hint="Give another --port or --host, or stop what is listening there.",
        ) from error
    return taken


def serve(
    model: TranslationModel, *, at: socket.socket, most_waiting: int, beam_size: int, deadline_seconds: float
) -> None:
    """Until SIGTERM or Ctrl-C; requests that were accepted are still answered."""
    app = create_app(
        lambda watch: TranslationService(model, most_waiting=most_waiting, beam_size=beam_size, watch=watch),
        limits=Limits(),
        deadline_seconds=deadline_seconds,
    )
    # uvicorn raises the signal again once it has stopped; by then everything is done and the exit is a clean one.
    # Before uvicorn listens for it, there is nothing to finish.
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: sys.exit(0))
    server = uvicorn.Server(
        uvicorn.Config(
            app,
            backlog=2048,
            access_log=False,
            timeout_keep_alive=KEEP_ALIVE_SECONDS,
            timeout_graceful_shutdown=int(deadline_seconds) + 5,
            log_level="warning",
        )
    )
    server.run(sockets=[at])
