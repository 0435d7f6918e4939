"""One client's connection: what repeats or is plain is answered ahead of uvicorn, and a client that asks much is lent to a worker."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from alliance_graph.engine.lanes import Gone
from alliance_graph.web.environ import (
    GONE,
    ON_REPEAT,
    PIECE_BYTES,
    QUICK,
    REPEATS,
    WHOLE_BYTES,
    WouldWaitError,
    connection_environ,
)
from alliance_graph.web.patience import PatientProtocol
from alliance_graph.web.plain import read_plain
from alliance_graph.web.repeats import LONGEST_REQUEST, OnRepeat, Repeats
from alliance_graph.web.response import field_line

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment

    from alliance_graph.web.bridge import Bridge
    from alliance_graph.web.lending import Ended, LentConnection
    from alliance_graph.web.soon import Outcome

WHOLE = "alliance_graph.whole"
"""The ASGI extension that sends a response with one write if it can, and may note it as that of the request's very bytes."""
CARRIED = "alliance_graph.carried"
"""The ASGI extension that says what has been done for a request already (`WouldWaitError`)."""

_MOST_SLOW = 64
"""How many slow clients may hold more than a piece of an answer: beyond them, large ones go out piece by piece."""
_QUICK_BEFORE_LENT = 3
"""How many queries a client has answered quickly, one after the other, before its connection is lent."""
_QUICK_BEFORE_LENT_AGAIN = 1
"""The same after a loan in which as many were answered: the client does what it did before."""
_QUICK_AFTER_FAILURE = 100
"""The same after a loan in which its worker was lost, others had to wait for its query, or one was computed in vain: most
likely it asks what takes long."""
_LAST_SECONDS = 0.05
"""How long a connection that has come back stays open to read what was asked before the service ends."""


Repeatable = tuple[Repeats, OnRepeat]


def _quick_after(ended: Ended) -> int:
    """Return how many queries are to be answered quickly after a loan before there is another."""
    if ended.was_lost or ended.is_unfit:
        return _QUICK_AFTER_FAILURE
    return _QUICK_BEFORE_LENT_AGAIN if ended.answered >= _QUICK_BEFORE_LENT else _QUICK_BEFORE_LENT


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


class Connection(PatientProtocol):
    """HTTP/1.1 with one client."""

    def __init__(self, bridge: Bridge, repeats: Callable[[], Repeats], most: int, **server: Any) -> None:
        """Wait for a client.

        Args:
            bridge: what answers.
            repeats: gives the responses that may be repeated now.
            most: how many clients may be connected.
            server: what uvicorn gives a protocol.
        """
        super().__init__(most, **server)
        self._bridge = bridge
        self._repeats = repeats
        self._address = ""
        self._environ: WSGIEnvironment
        """What its requests have in common."""
        self._whole: bytes | None = None
        """The bytes of the request being answered, if it came alone and at once."""
        self._plain: _Plain | None = None
        """The request that is answered without uvicorn's help."""
        self._quick = _QUICK_BEFORE_LENT
        """How many queries are still to be answered quickly before the connection may be lent."""
        self._is_suspect = False
        """Whether its worker was lost, perhaps for what another client asked, and it has asked nothing since."""
        self._lent: LentConnection | None = None
        self._is_last = False
        """Whether the connection closes when it has come back."""
        self._carried: Outcome | None = None
        """What has been done for the request that uvicorn is given."""
        self._was_plain = False
        """Whether that request is plain, and a worker could answer one like it."""

    @property
    def _is_elsewhere(self) -> bool:
        return self._plain is not None or self._lent is not None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Take a client on."""
        super().connection_made(transport)
        self._address = self.client[0] if self.client else ""
        self._environ = connection_environ({"scheme": self.scheme, "server": self.server, "client": self.client})

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
            environ = read_plain(data, self._environ)
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
            status, lines, body = outcome
            if plain.is_last:
                self.transport.write(self._bytes((status, [*lines, field_line("connection", "close")], body)))
                self.transport.close()
                return
            self._write(self._bytes(outcome), plain.data, repeatable(environ))
            self._count_quick(environ.get(QUICK))
        if plain.then:
            self.flow.resume_reading()
            self.data_received(bytes(plain.then))

    def _count_quick(self, is_quick: bool | None) -> None:
        """Note whether a new query was answered quickly, if it was one; after some of them the connection is lent."""
        if self._is_suspect:
            self._is_suspect = False
            if is_quick:  # as what the worker was lost for would not have been
                self._quick = _QUICK_BEFORE_LENT
        if is_quick is None:
            return
        self._quick = self._quick - 1 if is_quick else max(self._quick, _QUICK_BEFORE_LENT)
        if self._quick <= 0:
            asyncio.get_running_loop().call_soon(self._lend)  # when the answer is on its way

    def _lend(self) -> None:
        """Lend the connection to a worker, if nothing is under way on it."""
        lender = self._bridge.lender
        if (
            lender is None
            or self._is_last
            or not self.is_idle
            or self.transport.is_closing()
            or self.transport.get_write_buffer_size()
        ):
            return
        descriptor = self.transport.get_extra_info("socket").fileno()
        self._lent = lender.lend(descriptor, self._environ, self._come_back)
        if self._lent is not None:
            self.flow.pause_reading()

    def _come_back(self, ended: Ended) -> None:
        """Go on after a loan; what came meanwhile, and was not answered, is still to be read."""
        self._lent = None
        self._seconds = 0
        self._quick = _quick_after(ended)
        self._is_suspect = ended.was_lost
        if self.transport.is_closing():
            return
        if ended.unsent:
            self.transport.write(ended.unsent)
        self.flow.resume_reading()
        if self._is_last:  # what was asked and not answered is read first
            asyncio.get_running_loop().call_later(_LAST_SECONDS, self.shutdown)

    def _parse(self, data: bytes) -> None:
        super()._parse(data)
        if self._unread or self.pipeline:
            self._whole = None

    def on_headers_complete(self) -> None:
        """Begin with a request."""
        super().on_headers_complete()
        self.scope["extensions"] = {WHOLE: {"send": self._send_whole}, CARRIED: {"outcome": self._carried}}
        self._was_plain, self._carried = self._carried is not None, None

    def pause_writing(self) -> None:
        """Note that the client does not take what is on its way."""
        self._bridge.slow += 1
        super().pause_writing()

    def resume_writing(self) -> None:
        """Note that it has taken a piece."""
        self._bridge.slow -= 1
        super().resume_writing()

    def connection_lost(self, exc: Exception | None) -> None:
        """End the work for the client."""
        self._bridge.slow -= self.flow.write_paused
        if self._plain is not None:
            self._plain.gone.set()
        if self._lent is not None:
            self._lent.call_back()
        super().connection_lost(exc)

    def shutdown(self) -> None:
        """Close the connection; what has been asked is answered first."""
        if self._plain is not None:
            self._plain.is_last = True
        elif self._lent is not None:
            self._is_last = True
            self._lent.call_back()
        else:
            super().shutdown()

    def _send_whole(
        self, status: int, lines: list[bytes], body: bytes, repeat: Repeatable | None, is_quick: bool | None
    ) -> bool:
        """Send a whole response with one write, where uvicorn takes two, each of which wakes the client.

        Args:
            status: its status.
            lines: its field lines.
            body: its body.
            repeat: where to note it, and what to call when it is given again; None if it may not be.
            is_quick: whether it is the answer to a new query, and came quickly; None if it is none.

        Returns:
            Whether it was sent; it is not if it is too large, if the client does not take it at once, or is the last.
        """
        cycle = self.cycle
        if cycle.disconnected or not cycle.keep_alive or self.flow.write_paused or self.pipeline:
            return False
        if not self._goes_whole(len(body)):
            return False
        self._write(self._bytes((status, lines, body)), self._whole, repeat)
        cycle.response_started = cycle.response_complete = True
        cycle.message_event.set()
        self.on_response_complete()
        if self._was_plain:
            self._count_quick(is_quick)
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
