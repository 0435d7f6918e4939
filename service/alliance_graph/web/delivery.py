"""Sending large answers to clients that may not read them.

The server copies what it is given and keeps it until the client has read it. So a large answer is
handed over in pieces, as they are read, and all answers on their way share a bounded amount of
memory; one that does not fit in is refused (503) rather than kept.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING

from alliance_graph.web.problems import problem

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

_WHOLE_BYTES = 64 * 1024
"""A body up to this size is handed over at once."""
_PIECE_BYTES = 32 * 1024
_RETRY_SECONDS = 5


class Delivery:
    """WSGI middleware that hands large bodies over in pieces, within a bound on all of them together."""

    def __init__(self, app: WSGIApplication, capacity: int) -> None:
        """Wrap an application.

        Args:
            app: the application; it gives whole bodies.
            capacity: how many bytes of large bodies are on their way at most.
        """
        self.app = app
        self.capacity = capacity
        self._lock = threading.Lock()
        self._size = 0
        self._readers: dict[int, int] = {}
        """How many clients each body is sent to; an answer out of the cache is one body for all of them."""

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        caught: list[tuple[str, list[tuple[str, str]]]] = []

        def catch(status: str, headers: list[tuple[str, str]], exc_info: object = None) -> Callable[[bytes], object]:
            caught[:] = [(status, headers)]
            return lambda _: None

        chunks = self.app(environ, catch)
        body = b"".join(chunks)  # the very object, if there is only one
        if len(body) > _WHOLE_BYTES:
            if not self._take(body):
                refusal = problem(
                    "busy",
                    503,
                    f"large answers of {self.capacity} bytes in all are being sent; send the query again later",
                )
                refusal.headers["Retry-After"] = str(_RETRY_SECONDS)
                return refusal(environ, start_response)
            start_response(*caught[0])
            return _Pieces(body, lambda: self._give_back(body))
        start_response(*caught[0])
        return [body]

    def _take(self, body: bytes) -> bool:
        with self._lock:
            readers = self._readers.get(id(body), 0)
            if not readers and self._size + len(body) > self.capacity:
                return False
            if not readers:
                self._size += len(body)
            self._readers[id(body)] = readers + 1
            return True

    def _give_back(self, body: bytes) -> None:
        with self._lock:
            self._readers[id(body)] -= 1
            if not self._readers[id(body)]:
                del self._readers[id(body)]
                self._size -= len(body)


class _Pieces:
    """A body in pieces; `close` is called when it has been sent, or cannot be any more (PEP 3333)."""

    def __init__(self, body: bytes, close: Callable[[], None]) -> None:
        self._pieces = (body[at : at + _PIECE_BYTES] for at in range(0, len(body), _PIECE_BYTES))
        self._close: Callable[[], None] | None = close

    def __iter__(self) -> Iterator[bytes]:
        return self._pieces

    def close(self) -> None:
        if self._close is not None:
            self._close()
        self._close = None
