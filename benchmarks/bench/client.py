"""The client: requests written beforehand, sent over connections that stay open.

One thread drives all connections over epoll; a request costs it 6 to 7 µs, of which the system takes
five, so that on few cores it is the servers that are measured (it comes to the same rate as wrk).
"""

from __future__ import annotations

import re
import select
import socket
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from statistics import median, quantiles
from urllib.parse import quote

from bench.data import Shape
from bench.queries import CONSTANT, NUMBER, Kind

_LENGTH = re.compile(rb"\r\nContent-Length: *(\d+)", re.IGNORECASE)
_CHUNKED = re.compile(rb"\r\nTransfer-Encoding: *chunked", re.IGNORECASE)
_LAST_CHUNK = b"\r\n0\r\n\r\n"
_BUFFER = memoryview(bytearray(1 << 18))
"""Where what comes in is read to: memory of that size asked for anew each time costs more than the answer."""


class NoAnswerError(Exception):
    """The server closed the connection, or gave no answer in the time it had."""


class ClosedError(NoAnswerError):
    """The server had closed the connection before it took the request, as it may when one was idle."""


@dataclass(frozen=True)
class Response:
    """A whole response."""

    status: int
    body: bytes
    seconds: float


@dataclass(frozen=True)
class Place:
    """Where a system answers queries."""

    port: int
    address: str
    """The path up to where the query comes."""

    def request(self, query: str, media_type: str) -> bytes:
        """Return the bytes of a query operation, by GET (SPARQL 1.1 Protocol, section 2.1.1)."""
        return (
            f"GET {self.address}{quote(query, safe='')} HTTP/1.1\r\n"
            f"Host: 127.0.0.1:{self.port}\r\nAccept: {media_type}\r\nUser-Agent: benchmark\r\n\r\n"
        ).encode()

    def variants(self, kind: Kind, shape: Shape) -> Callable[[int], bytes]:
        """Return a quick way to the request for each variant of a kind."""
        text = self.request(kind.text, kind.media_type)
        constant, number = CONSTANT.encode(), NUMBER.encode()
        return lambda n: text.replace(constant, quote(kind.constant(n, shape)).encode()).replace(number, b"%d" % n)


class Connection:
    """One connection, and the response that is coming in on it."""

    def __init__(self, port: int) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=10)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._parts: list[bytes] = []
        self._missing: int | None = 0
        """How much of the response is to come, as far as that is known; None if it comes in chunks."""
        self._usual = 0
        """How long the last response was that came whole and at once: one as long as that is not taken apart to see
        whether it is whole. Were it not, the rest would be no response to the next request, and count as a failure."""
        self.sent = 0.0

    def send(self, request: bytes) -> None:
        """Send a request; what is left of an earlier response is forgotten."""
        self._parts = []
        self._missing = 0
        self.sent = time.perf_counter()
        self.socket.sendall(request)

    def receive(self) -> bool:
        """Take what has come in; return whether the response is whole now."""
        data = bytes(_BUFFER[: self.socket.recv_into(_BUFFER)])
        if not data:
            raise NoAnswerError("the server broke off its answer") if self._parts else ClosedError("no answer at all")
        self._parts.append(data)
        if len(data) == self._usual and len(self._parts) == 1:
            return True
        if self._missing:
            self._missing -= len(data)
            return self._missing <= 0
        if self._missing is None:
            return self._is_ended()
        received = self._whole()
        head = received.find(b"\r\n\r\n")
        if head < 0:
            return False
        length = _LENGTH.search(received, 0, head)
        if length is None:
            self._missing = None
            return self._is_ended()
        self._missing = head + 4 + int(length[1]) - len(received)
        if self._missing == 0:
            self._usual = len(received)
        return self._missing <= 0

    def _is_ended(self) -> bool:
        """Return whether what has come ends with the last chunk.

        Neither JSON nor N-Triples has a bare line "0" with CRLF, so nothing else looks like it.
        """
        size = len(_LAST_CHUNK)
        return b"".join(part[-size:] for part in self._parts[-size:]).endswith(_LAST_CHUNK)

    def _whole(self) -> bytes:
        if len(self._parts) > 1:
            self._parts = [b"".join(self._parts)]
        return self._parts[0] if self._parts else b""

    @property
    def status(self) -> int:
        return int(self._parts[0][9:12] or 0) if self._parts else 0

    def body(self) -> bytes:
        """Return the body of a whole response."""
        head, _, rest = self._whole().partition(b"\r\n\r\n")
        return b"".join(_chunks(rest)) if _CHUNKED.search(head) else rest

    def exchange(self, request: bytes, seconds: float) -> Response:
        """Send a request and wait for the response.

        Raises:
            NoAnswerError: there was none in so many seconds.
        """
        try:
            self.send(request)
            while True:
                left = self.sent + seconds - time.perf_counter()
                if left <= 0:
                    raise NoAnswerError(f"no answer in {seconds:g} s")
                self.socket.settimeout(left)
                if self.receive():
                    took = time.perf_counter() - self.sent  # to look at the answer is our own affair
                    return Response(self.status, self.body(), took)
        except TimeoutError:
            raise NoAnswerError(f"no answer in {seconds:g} s") from None
        except ConnectionError:
            raise ClosedError("no answer at all") from None

    def close(self) -> None:
        """Close the connection."""
        self.socket.close()

    def __enter__(self) -> Connection:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def _chunks(rest: bytes) -> Iterator[bytes]:
    at = 0
    while at < len(rest):
        end = rest.index(b"\r\n", at)
        size = int(rest[at:end].partition(b";")[0], 16)
        if size == 0:
            return
        yield rest[end + 2 : end + 2 + size]
        at = end + size + 4


@dataclass(frozen=True)
class Flood:
    """What many clients at once got."""

    answers: int
    failures: int
    """Answers with another status than 200, and connections that broke."""
    rate: float
    """Answers with status 200 a second."""
    median: float
    worst: float
    """The 99th percentile."""


def flood(port: int, requests: Iterator[bytes], clients: int, seconds: float, patience: float) -> Flood:
    """Let so many clients ask, each anew as soon as it has its answer.

    When the time is over every client still waits for its last answer, so that slow queries count
    whole and nothing is left running; after `patience` more seconds what is missing is a failure.
    """
    connections: dict[int, Connection] = {}
    poll = select.epoll()
    times: list[float] = []
    failures = 0
    clock = time.perf_counter
    try:
        for _ in range(clients):
            connection = Connection(port)
            connection.socket.settimeout(None)  # with one, Python looks before each call whether it would wait
            connections[connection.socket.fileno()] = connection
            poll.register(connection.socket.fileno(), select.EPOLLIN)
        started = last = clock()
        waiting = set(connections)
        for number in waiting:
            connections[number].send(next(requests))
        while waiting and clock() < started + seconds + patience:
            for number, _ in poll.poll(0.5):
                connection = connections[number]
                try:
                    if not connection.receive():
                        continue
                    last = clock()
                    if connection.status == 200:
                        times.append(last - connection.sent)
                    else:
                        failures += 1
                    if last < started + seconds:
                        connection.send(next(requests))
                        continue
                except (NoAnswerError, OSError):
                    failures += 1
                waiting.discard(number)
                poll.unregister(number)
        failures += len(waiting)
    finally:
        poll.close()
        for connection in connections.values():
            connection.close()
    elapsed = last - started
    return Flood(
        len(times),
        failures,
        len(times) / elapsed if times else 0.0,
        median(times) if times else 0.0,
        quantiles(times, n=100)[98] if len(times) > 1 else max(times, default=0.0),
    )
