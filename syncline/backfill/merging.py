"""Merge several iterators that threads read side by side, with bounded memory."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Iterable, Iterator
from typing import TypeVar

T = TypeVar("T")

CHUNK_SIZE = 200  # objects per queue item, so that threads synchronise rarely
MAX_WAITING_CHUNKS = 32


class _Stopped(Exception):
    """The consumer has stopped; raised in the threads."""


def merge(sources: Iterable[Callable[[], Iterator[T]]], *, threads: int) -> Iterator[T]:
    """The items of all sources, in no order between sources. The first error of a source ends the merge."""
    chunks: queue.Queue[list[T] | BaseException | None] = queue.Queue(MAX_WAITING_CHUNKS)
    waiting, lock, stopped = iter(sources), threading.Lock(), threading.Event()

    def put(chunk: list[T] | BaseException | None) -> None:
        while not stopped.is_set():
            try:
                return chunks.put(chunk, timeout=0.2)
            except queue.Full:
                continue
        raise _Stopped

    def read_sources() -> None:
        try:
            while True:
                with lock:
                    source = next(waiting, None)
                if source is None:
                    put(None)
                    return
                for chunk in _chunks(source()):
                    put(chunk)
        except _Stopped:
            return
        except BaseException as error:
            _put_unless_stopped(put, error)

    workers = [threading.Thread(target=read_sources, name=f"merge-{number}", daemon=True) for number in range(threads)]
    for worker in workers:
        worker.start()
    try:
        for _ in workers:
            while (chunk := chunks.get()) is not None:
                if isinstance(chunk, BaseException):
                    raise chunk
                yield from chunk
    finally:
        stopped.set()


def _put_unless_stopped(put: Callable[[BaseException], None], error: BaseException) -> None:
    try:
        put(error)
    except _Stopped:
        return


def _chunks(source: Iterator[T]) -> Iterator[list[T]]:
    chunk: list[T] = []
    for item in source:
        chunk.append(item)
        if len(chunk) == CHUNK_SIZE:
            yield chunk
            chunk = []
    if chunk:
        yield chunk
