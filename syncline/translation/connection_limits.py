"""Bound the connections of the translation server: how many there are, and how long a request head may take.

uvicorn waits for a request head for ever, so half-sent heads would use up the file descriptors of the process. A
connection that does not complete a head in time is closed. When the connections reach the limit, the one that has
waited longest for its head makes room for the new one.
"""

from __future__ import annotations

import asyncio
import resource
import socket
from typing import Any

import h11
import uvicorn
from uvicorn.protocols.http.h11_impl import H11Protocol

HEAD_SECONDS = 10.0
MAX_CONNECTIONS = 1024
LISTEN_BACKLOG = 2048  # connections that the kernel queues
# asyncio accepts as many connections as its backlog says before it runs anything else, and when the descriptors run out
# it fails, logs and retries as often.
ACCEPTED_AT_ONCE = 16


def connection_limit() -> int:
    """Half of the file descriptors at most: the model's files and the log need some too."""
    soft = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
    return MAX_CONNECTIONS if soft == resource.RLIM_INFINITY else min(MAX_CONNECTIONS, soft // 2)


class BoundedProtocol(H11Protocol):
    """A subclass per server sets the limits; see `bounded_protocol`."""

    head_seconds = HEAD_SECONDS
    max_connections = MAX_CONNECTIONS

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._head_deadline: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._await_head()
        if len(self.connections) > self.max_connections:
            self._make_room()

    def data_received(self, data: bytes) -> None:
        if self._head_deadline is None and self.conn.their_state is h11.IDLE:  # the next request of the connection
            self._await_head()
        super().data_received(data)
        if self.conn.their_state is not h11.IDLE:
            self._cancel_deadline()

    def connection_lost(self, exc: Exception | None) -> None:
        self._cancel_deadline()
        super().connection_lost(exc)

    def _await_head(self) -> None:
        self._head_deadline = self.loop.call_later(self.head_seconds, self._close)

    def _cancel_deadline(self) -> None:
        if self._head_deadline is not None:
            self._head_deadline.cancel()
            self._head_deadline = None

    def _make_room(self) -> None:
        waiting = [each for each in self.connections if isinstance(each, BoundedProtocol) and each._head_deadline]
        oldest = min(waiting, key=lambda each: each._head_deadline.when() if each._head_deadline else 0.0)
        oldest._close()

    def _close(self) -> None:
        self._cancel_deadline()
        self.connections.discard(self)
        self.transport.abort()


class BoundedServer(uvicorn.Server):
    """Configure it with `backlog=ACCEPTED_AT_ONCE`."""

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets=sockets)
        for listener in sockets or ():
            listener.listen(LISTEN_BACKLOG)


def bounded_protocol(*, head_seconds: float, max_connections: int) -> type[BoundedProtocol]:
    limits = {"head_seconds": head_seconds, "max_connections": max_connections}
    return type("BoundedProtocol", (BoundedProtocol,), limits)
