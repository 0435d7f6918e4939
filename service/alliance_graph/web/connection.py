"""One client's connection: uvicorn's protocol, made quicker for what repeats and safe from clients that take their time.

Uvicorn leaves time and size of what a client sends to the proxy before it. Here the head of a
request is bounded, and each of its states has a time, counted in ticks of a second by the server.
"""

from __future__ import annotations

import asyncio
import math
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol

from alliance_graph.engine.lanes import Gone
from alliance_graph.web.environ import GONE, ON_REPEAT, PIECE_BYTES, REPEATS, WHOLE_BYTES, WouldWaitError
from alliance_graph.web.plain import read_plain
from alliance_graph.web.problems import problem
from alliance_graph.web.repeats import LONGEST_REQUEST, OnRepeat, Repeats

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment

    from alliance_graph.web.bridge import Bridge
    from alliance_graph.web.soon import Outcome

WHOLE = "alliance_graph.whole"
"""The ASGI extension that sends a response with one write if it can, and may note it as that of the request's very bytes."""
CARRIED = "alliance_graph.carried"
"""The ASGI extension that says what has been done for a request already (`WouldWaitError`)."""

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
_MOST_SLOW = 64
"""How many slow clients may hold more than a piece of an answer: beyond them, large ones go out piece by piece."""
_RETRY_SECONDS = 5
_UPGRADE = re.compile(rb"\r\nupgrade:[^\r\n]*", re.IGNORECASE)


Repeatable = tuple[Repeats, OnRepeat]


def repeatable(environ: WSGIEnvironment) -> Repeatable | None:
    """Return where the response may be noted, and what to call when it is given again; None if it may not."""
    return (environ[REPEATS], environ[ON_REPEAT]) if REPEATS in environ else None


@dataclass
class _Plain:
    """A plain request that is being answered."""

    data: bytes
    gone: Gone
    then: bytearray
    """What has come after it."""
    is_last: bool = False


class _RefusedError(Exception):
    """The request is not looked at any further."""


class Connection(HttpToolsProtocol):
    """HTTP/1.1 with one client."""

    def __init__(self, bridge: Bridge, repeats: Callable[[], Repeats], most: int, **server: Any) -> None:
        """Wait for a client.

        Args:
            bridge: what answers.
            repeats: gives the responses that may be repeated now.
            most: how many clients may be connected.
            server: what uvicorn gives a protocol.
        """
        super().__init__(**server)
        self._bridge = bridge
        self._repeats = repeats
        self._most = most
        self._address = ""
        self._seconds = 0
        """How long the connection has been in its state."""
        self._unread = False
        """Whether a request has come in part."""
        self._in_head = False
        self._head_size = 0
        self._whole: bytes | None = None
        """The bytes of the request being answered, if it came alone and at once."""
        self._refusal: tuple[str, int, str] | None = None
        self._plain: _Plain | None = None
        """The request that is answered without uvicorn's help."""
        self._carried: Outcome | None = None
        """What has been done for the request that uvicorn is given."""

    @property
    def is_idle(self) -> bool:
        """Whether the client has nothing asked or begun to ask."""
        answered = self.cycle is None or self.cycle.response_complete
        is_free = answered and self._plain is None
        return is_free and not self._unread and not self.pipeline and self._refusal is None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Take a client on; the one that has been silent for longest makes room for it."""
        super().connection_made(transport)
        self._address = self.client[0] if self.client else ""
        if len(self.connections) > self._most:
            others = [other for other in self.connections if isinstance(other, Connection) and other is not self]
            silent = max((other for other in others if other.is_idle), key=lambda c: c._seconds, default=None)
            if silent is None:
                self._refuse("busy", 503, f"{self._most} clients are connected already; come again later")
            else:
                silent.transport.abort()

    def data_received(self, data: bytes) -> None:
        """Answer at once what was answered before, and soon what is plain; leave anything else to uvicorn."""
        if self._plain is not None:
            self._plain.then += data
            if len(self._plain.then) > LONGEST_REQUEST:
                self.flow.pause_reading()
            return
        self._whole = None
        if self.is_idle and not self.flow.write_paused and len(data) <= LONGEST_REQUEST:
            repeat = self._repeats().get(data)
            if repeat is not None and self._goes_whole(len(repeat.response)):
                self._seconds = 0
                self.transport.write(repeat.response)
                repeat.count(self._address)
                return
            self._whole = data
            environ = read_plain(data, {"scheme": self.scheme, "server": self.server, "client": self.client})
            if environ is not None:
                gone = environ[GONE] = Gone()
                self._plain = _Plain(data, gone, bytearray())
                self._seconds = 0
                self._bridge.soon.ask(environ, self._answer)
                return
        self._parse(data)

    def _answer(self, outcome: Outcome, environ: WSGIEnvironment) -> None:
        """Send the answer to a plain request, or leave the request to uvicorn if it takes longer."""
        plain, self._plain = self._plain, None
        assert plain is not None
        self._seconds = 0
        if self.transport.is_closing():
            self._bridge.abandon(outcome, environ)
            return
        if isinstance(outcome, WouldWaitError) or not self._goes_whole(len(outcome[2])):
            self._carried = outcome
            self._parse(plain.data)
            if plain.is_last:
                self.shutdown()
        else:
            status, headers, body = outcome
            if plain.is_last:
                self.transport.write(self._bytes(status, [*headers, (b"connection", b"close")], body))
                self.transport.close()
                return
            self._write(self._bytes(status, headers, body), plain.data, repeatable(environ))
        if plain.then:
            self.flow.resume_reading()
            self.data_received(bytes(plain.then))

    def _parse(self, data: bytes) -> None:
        """Have uvicorn's parser read what has come."""
        if not self._unread:
            data = _without_upgrade(data)
        if self._refusal is not None:
            return
        self._head_size += len(data)
        super().data_received(data)
        if self._unread or self.pipeline:
            self._whole = None
        if self._in_head and self._head_size > _LONGEST_HEAD:
            self._refuse(
                "too-large", 431, f"the head of the request is longer than the {_LONGEST_HEAD} bytes that are read"
            )

    def connection_lost(self, exc: Exception | None) -> None:
        """End the work for the client."""
        self._bridge.slow -= self.flow.write_paused
        if self._plain is not None:
            self._plain.gone.set()
        super().connection_lost(exc)

    def shutdown(self) -> None:
        """Close the connection; what has been asked is answered first."""
        if self._plain is not None:
            self._plain.is_last = True
        else:
            super().shutdown()

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
        self.scope["extensions"] = {WHOLE: {"send": self._send_whole}, CARRIED: {"outcome": self._carried}}
        self._carried = None

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
        self._bridge.slow += 1
        super().pause_writing()

    def resume_writing(self) -> None:
        """Go on after the client has taken a piece."""
        self._seconds = 0
        self._bridge.slow -= 1
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
        headers = [(name.encode(), value.encode()) for name, value in response.headers.items()]
        self.transport.write(self._bytes(status, headers, response.get_data()))

    def _bytes(self, status: int, headers: list[tuple[bytes, bytes]], body: bytes) -> bytes:
        lines = [b"%b: %b\r\n" % header for header in (*self.server_state.default_headers, *headers)]
        return b"".join((STATUS_LINE[status], *lines, b"\r\n", body))

    def _send_whole(
        self, status: int, headers: list[tuple[bytes, bytes]], body: bytes, repeat: Repeatable | None
    ) -> bool:
        """Send a whole response with one write, where uvicorn takes two, each of which wakes the client.

        Args:
            status: its status.
            headers: its header fields.
            body: its body.
            repeat: where to note it, and what to call when it is given again; None if it may not be.

        Returns:
            Whether it was sent; it is not if it is too large, if the client does not take it at once, or is the last.
        """
        cycle = self.cycle
        if cycle.disconnected or not cycle.keep_alive or self.flow.write_paused or self.pipeline:
            return False
        if not self._goes_whole(len(body)):
            return False
        self._write(self._bytes(status, headers, body), self._whole, repeat)
        cycle.response_started = cycle.response_complete = True
        cycle.message_event.set()
        self.on_response_complete()
        return True

    def _goes_whole(self, size: int) -> bool:
        """Return whether so many bytes may be sent with one write, and held until the client takes them."""
        return size <= PIECE_BYTES or (size <= WHOLE_BYTES and self._bridge.slow < _MOST_SLOW)

    def _write(self, response: bytes, request: bytes | None, repeat: Repeatable | None) -> None:
        """Send a response, and note it as that of a request if it may be given again."""
        if request is not None and repeat is not None:
            repeats, on_repeat = repeat
            repeats.put(request, response, on_repeat)
        self.transport.write(response)

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
        return math.inf if works or self._plain is not None else _IDLE_SECONDS


def _without_upgrade(data: bytes) -> bytes:
    """Return the beginning of a request without an offer of another protocol, which a server may ignore (RFC 9110, 7.8).

    The parser would take what follows the head for that protocol.
    """
    if _UPGRADE.search(data) is None:
        return data
    head, end, rest = data.partition(b"\r\n\r\n")
    return _UPGRADE.sub(b"", head) + end + rest
