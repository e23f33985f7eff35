"""Several iterators drained side by side, as one, in flat memory."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Iterable, Iterator
from typing import TypeVar

T = TypeVar("T")

PIECE = 200  # so that threads meet once for many objects, not for each
PIECES_WAITING = 32


class _Stopped(Exception):
    """Raised in a thread when nobody wants its objects any more."""


def merged(sources: Iterable[Callable[[], Iterator[T]]], *, threads: int) -> Iterator[T]:
    """What all sources give, in no order between them. The first error of any ends it all, and is raised here."""
    pieces: queue.Queue[list[T] | BaseException | None] = queue.Queue(PIECES_WAITING)
    waiting, lock, stopped = iter(sources), threading.Lock(), threading.Event()

    def put(piece: list[T] | BaseException | None) -> None:
        while not stopped.is_set():
            try:
                return pieces.put(piece, timeout=0.2)
            except queue.Full:
                continue
        raise _Stopped

    def drain() -> None:
        try:
            while True:
                with lock:
                    source = next(waiting, None)
                if source is None:
                    put(None)
                    return
                for piece in _in_pieces(source()):
                    put(piece)
        except _Stopped:
            return
        except BaseException as error:
            _put_quietly(put, error)

    workers = [threading.Thread(target=drain, name=f"listing-{number}", daemon=True) for number in range(threads)]
    for worker in workers:
        worker.start()
    try:
        for _ in workers:
            while (piece := pieces.get()) is not None:
                if isinstance(piece, BaseException):
                    raise piece
                yield from piece
    finally:
        stopped.set()


def _put_quietly(put: Callable[[BaseException], None], error: BaseException) -> None:
    try:
        put(error)
    except _Stopped:
        return


def _in_pieces(source: Iterator[T]) -> Iterator[list[T]]:
    piece: list[T] = []
    for item in source:
        piece.append(item)
        if len(piece) == PIECE:
            yield piece
            piece = []
    if piece:
        yield piece
