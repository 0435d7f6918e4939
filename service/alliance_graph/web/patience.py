"""Uvicorn's protocol, made safe from clients that take their time.

Uvicorn leaves time and size of what a client sends to the proxy before it. Here the head of a
request is bounded, and each of its states has a time, counted in ticks of a second by the server.
"""

from __future__ import annotations

import asyncio
import math
import re
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from alliance_graph.web.problems import problem
from alliance_graph.web.response import Response, response_of, written

MOST_CONNECTIONS = 2048
"""How many clients may be connected."""
_IDLE_SECONDS = 10
"""How long a client may take for the head of a request, for the rest of its body, or between two requests."""
_TAKE_SECONDS = 60
"""How long a client may take for a piece of an answer."""
_LINGER_SECONDS = 2
"""How long a client whose request is refused unread may go on sending, so that it gets to read why."""
_LONGEST_ADDRESS = 65_535
"""The longest address that the parser takes apart, in bytes."""
_LONGEST_HEAD = 128 * 1024
_RETRY_SECONDS = 5
_UPGRADE = re.compile(rb"\r\nupgrade:[^\r\n]*", re.IGNORECASE)


class _RefusedError(Exception):
    """The request is not looked at any further."""


class PatientProtocol(HttpToolsProtocol):
    """HTTP/1.1 with one client that may be slow, but not for ever."""

    def __init__(self, most: int, **server: Any) -> None:
        """Wait for a client.

        Args:
            most: how many clients may be connected.
            server: what uvicorn gives a protocol.
        """
        super().__init__(**server)
        self._most = most
        self._seconds = 0
        """How long the connection has been in its state."""
        self._unread = False
        """Whether a request has come in part."""
        self._in_head = False
        self._head_size = 0
        self._refusal: tuple[str, int, str] | None = None

    @property
    def is_idle(self) -> bool:
        """Whether the client has nothing asked or begun to ask."""
        answered = self.cycle is None or self.cycle.response_complete
        is_free = answered and not self._is_elsewhere
        return is_free and not self._unread and not self.pipeline and self._refusal is None

    @property
    def _is_elsewhere(self) -> bool:
        """Whether somebody else than uvicorn has the client's request, or the whole connection."""
        return False

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Take a client on; the one that has been silent for longest makes room for it."""
        super().connection_made(transport)
        if len(self.connections) > self._most:
            others = [other for other in self.connections if isinstance(other, PatientProtocol) and other is not self]
            silent = max((other for other in others if other.is_idle), key=lambda c: c._seconds, default=None)
            if silent is None:
                self._refuse("busy", 503, f"{self._most} clients are connected already; come again later")
            else:
                silent.transport.abort()

    def _parse(self, data: bytes) -> None:
        """Have uvicorn's parser read what has come."""
        if not self._unread:
            data = _without_upgrade(data)
        if self._refusal is not None:
            return
        self._head_size += len(data)
        super().data_received(data)
        if self._in_head and self._head_size > _LONGEST_HEAD:
            self._refuse(
                "too-large", 431, f"the head of the request is longer than the {_LONGEST_HEAD} bytes that are read"
            )

    def on_message_begin(self) -> None:
        """Note that a request begins."""
        self._unread = self._in_head = True
        self._seconds = self._head_size = 0
        super().on_message_begin()

    def on_headers_complete(self) -> None:
        """Refuse a request whose address is too long; go on with any other."""
        self._in_head = False
        self._seconds = 0
        if len(self.url) > _LONGEST_ADDRESS:
            limit = f"the address is longer than the {_LONGEST_ADDRESS} bytes that are read; send the query by POST"
            self._refusal = ("too-large", 414, limit)
            raise _RefusedError
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        """Note that a request is here as a whole."""
        self._unread = False
        super().on_message_complete()

    def on_response_complete(self) -> None:
        """Begin to wait for the next request."""
        self._seconds = 0
        super().on_response_complete()

    def pause_writing(self) -> None:
        """Begin to wait for the client to take what is on its way."""
        self._seconds = 0
        super().pause_writing()

    def resume_writing(self) -> None:
        """Go on after the client has taken a piece."""
        self._seconds = 0
        super().resume_writing()

    def send_400_response(self, msg: str) -> None:
        """Refuse what the parser could not go on with."""
        self._refuse(*(self._refusal or ("bad-request", 400, "this is not a request as HTTP/1.1 has them")))

    def _refuse(self, kind: str, status: int, detail: str) -> None:
        """Answer with a problem document, and listen to nothing more."""
        self._refusal = (kind, status, detail)
        self._seconds = 0
        if self.cycle is not None and not self.cycle.response_complete:
            self.cycle.keep_alive = False  # its answer goes first, and is the last
            return
        response = problem(kind, status, detail)
        response.headers["Connection"] = "close"
        if status == 503:
            response.headers["Retry-After"] = str(_RETRY_SECONDS)
        self.transport.write(self._bytes(response_of(response.status, response.headers.items(), response.get_data())))

    def _bytes(self, response: Response) -> bytes:
        return written(response, *[b"%b: %b\r\n" % field for field in self.server_state.default_headers])

    def tick(self) -> None:
        """Count a second; give a client up that takes too long."""
        self._seconds += 1
        if self._seconds > self._patience:
            self.transport.abort()

    @property
    def _patience(self) -> float:
        if self.flow.write_paused or self.transport.is_closing():
            return _TAKE_SECONDS
        if self._refusal is not None:
            return _LINGER_SECONDS
        works = self.cycle is not None and not self.cycle.response_complete and not self.cycle.more_body
        return math.inf if works or self._is_elsewhere else _IDLE_SECONDS


def _without_upgrade(data: bytes) -> bytes:
    """Return the beginning of a request without an offer of another protocol, which a server may ignore (RFC 9110, 7.8).

    The parser would take what follows the head for that protocol.
    """
    if _UPGRADE.search(data) is None:
        return data
    head, end, rest = data.partition(b"\r\n\r\n")
    return _UPGRADE.sub(b"", head) + end + rest
