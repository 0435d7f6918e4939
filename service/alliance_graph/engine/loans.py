"""Clients' connections in the hands of workers: the service's side.

A query of a client that asks one easy query after the other passes through two processes twice, and
each of them is to be woken: that takes several times as long as the query. So the service may lend
such a client's connection to a worker, which answers from then on by itself what it can, and tells
the service of it some time later.

What comes on the connection is looked at, but not read, until its answer is there. So whatever the
worker cannot or may not answer, the service finds unread when it has the connection back, also if
the worker was ended meanwhile; and it answers as if nothing had been lent.

The service says `lend` and under which number, with the terms; the worker is `ready`; the service
sends the descriptor. The worker sends `notes` of what it has answered, and says which client
`returns`, with what that has not taken at once of the last answer; the service may ask for clients
(`recall`). A worker may have several: it answers them in turn, and is free when all are back.
"""

from __future__ import annotations

import json
import os
import socket
import threading
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from alliance_graph.engine import wire
from alliance_graph.engine.crew import Crew, Worker
from alliance_graph.engine.lanes import Lane
from alliance_graph.engine.places import MOST_CLIENTS

_MOST_BYTES = 1024 * 1024
"""The longest body of a message that is read; a worker's longest is half of it."""
_PIECE_BYTES = 256 * 1024
_SHARE = 2
"""Loans have this part of the short places at the most."""
_LONG_SECONDS = 0.1
"""A line in which a query has stood for so long is one of long queries. In one that moves faster, easy queries wait for
one another, and lending makes it shorter."""


class Loans:
    """The workers that have clients' connections."""

    def __init__(self, crew: Crew, lane: Lane, places: int) -> None:
        """Lend nothing yet.

        Args:
            crew: the workers.
            lane: the places for short queries, of which each worker with clients has one.
            places: how many there are.
        """
        self._crew = crew
        self._lane = lane
        self._left = places // _SHARE
        self._lock = threading.Lock()

    def begin(self, descriptor: int, terms: Mapping[str, Any]) -> Loan | None:
        """Lend a connection to a worker that has none, if one is idle and nobody has waited long for a place.

        Args:
            descriptor: the connection; the caller keeps it, and leaves it alone until it is back.
            terms: what the worker is to know of it.

        Returns:
            The loan, in which the client has the number 0.
        """
        with self._lock:
            if not self._left or not self._crew.has_idle or self.others_wait:
                return None
            self._left -= 1
            self._lane.claim()
        own = _duplicate(descriptor)
        if own is not None:
            worker = self._crew.start_if_idle(_lend(0), json.dumps(terms).encode())
            if worker is not None:
                return Loan(worker, own, self._returned)
            os.close(own)
        self._give_back()
        return None

    @property
    def others_wait(self) -> bool:
        """Whether a query has stood in the line for a place for long."""
        return self._lane.waited > _LONG_SECONDS

    def _returned(self, worker: Worker, is_lost: bool) -> None:
        if is_lost:
            self._crew.end(worker)
        else:
            self._crew.give_back(worker)
        self._give_back()

    def _give_back(self) -> None:
        with self._lock:
            self._left += 1
        self._lane.leave()


def _lend(number: int) -> bytes:
    return wire.encoded({"lend": number})


def _duplicate(descriptor: int) -> int | None:
    try:
        return os.dup(descriptor)
    except OSError:  # this process has none left
        return None


class Loan:
    """A worker that has clients' connections, each with a number of its own."""

    def __init__(self, worker: Worker, descriptor: int, returned: Callable[[Worker, bool], None]) -> None:
        """Go on when the worker is ready.

        Args:
            worker: who has it.
            descriptor: the connection of its first client, which this closes.
            returned: takes the worker back; it is told whether it was lost.
        """
        self._worker = worker
        self._descriptor: int | None = descriptor
        """The last client's connection until the worker has it."""
        self._returned = returned
        self._come = b""
        self._lent = {0}
        """The numbers of those that are lent."""
        self._next = 1
        self._called_back: set[int] = set()
        self._recalled: list[int] = []
        """Who is called back as soon as the worker has the last client's connection: it reads nothing else before that."""
        self._is_deaf = False
        """Whether the worker has ended or does not read, which shows in what it says, or that it says nothing."""

    def fileno(self) -> int:
        """Return the descriptor that can be read from as soon as there is something to be told."""
        return self._worker.connection.fileno()

    @property
    def clients(self) -> int:
        """How many clients it has."""
        return len(self._lent)

    @property
    def has_room(self) -> bool:
        """Whether the worker can be lent another now."""
        is_free = self._descriptor is None and not self._called_back and not self._is_deaf
        return is_free and 0 < self.clients < MOST_CLIENTS

    def lend(self, descriptor: int, terms: Mapping[str, Any]) -> int | None:
        """Lend the worker another client's connection where it has room; the arguments are those of `Loans.begin`.

        Returns:
            The client's number; None if it cannot be lent.
        """
        own = _duplicate(descriptor)
        if own is None:
            return None
        number = self._next
        try:
            wire.send_at_once(self._worker.connection, _lend(number), json.dumps(terms).encode())
        except wire.ConnectionLostError:
            self._is_deaf = True
            os.close(own)
            return None
        self._descriptor = own
        self._lent.add(number)
        self._next += 1
        return number

    def call_back(self, *numbers: int) -> None:
        """Ask for clients' connections: they return soon."""
        new = (self._lent & {*numbers}) - self._called_back
        self._called_back |= new
        self._recalled += new
        if self._recalled and self._descriptor is None:
            self._recall()

    def messages(self) -> Iterator[tuple[Mapping[str, Any], bytes]]:
        """Yield heads and bodies of what the worker has told since, without waiting.

        Raises:
            ConnectionLostError: the worker has ended.
        """
        try:
            come = self._worker.connection.recv(_PIECE_BYTES, socket.MSG_DONTWAIT)
        except BlockingIOError:
            return
        except OSError as error:
            raise wire.ConnectionLostError(str(error)) from None
        if not come:
            raise wire.ConnectionLostError("closed")
        self._come += come
        while self._come and wire.missing(self._come, _MOST_BYTES) <= 0:
            head, body, self._come = wire.parsed(self._come)
            if "ready" in head:
                self._hand_over()
                continue
            if "returns" in head:
                self._take_back(head["returns"])
            yield head, body

    def end(self, *, is_lost: bool, retires: bool = False) -> None:
        """Take the worker back; one that is lost is ended, which may take a moment.

        Args:
            is_lost: whether it has ended already, or cannot be understood.
            retires: whether it is not to be used again.
        """
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None
        self._worker.reusable = self._worker.reusable and not retires
        self._returned(self._worker, is_lost)

    def _hand_over(self) -> None:
        descriptor, self._descriptor = self._descriptor, None
        if descriptor is None:
            raise wire.ConnectionLostError("ready for nobody")
        try:
            wire.send_descriptor(self._worker.connection, {"client": True}, descriptor)
        finally:
            os.close(descriptor)
        if self._recalled:
            self._recall()

    def _take_back(self, number: int) -> None:
        is_on_its_way = self._descriptor is not None and number == self._next - 1
        if number not in self._lent or is_on_its_way:
            raise wire.ConnectionLostError("a client that it does not have")
        self._lent.remove(number)
        self._called_back.discard(number)

    def _recall(self) -> None:
        numbers, self._recalled = self._recalled, []
        try:
            wire.send_at_once(self._worker.connection, wire.encoded({"recall": numbers}))
        except wire.ConnectionLostError:
            self._is_deaf = True
