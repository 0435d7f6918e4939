"""A client's connection in the hands of a worker: the service's side.

A query of a client that asks one easy query after the other passes through two processes twice, and
each of them is to be woken: that takes several times as long as the query. So the service may lend
such a client's connection to a worker, which answers from then on by itself what it can, and tells
the service of it some time later.

What comes on the connection is looked at, but not read, until its answer is there. So whatever the
worker cannot or may not answer, the service finds unread when it has the connection back, also if
the worker was ended meanwhile; and it answers as if nothing had been lent.

The service says `lend`, with the terms; the worker is `ready`; the service sends the descriptor. The
worker sends `notes` of what it has answered, and says that the loan `ends`, with what the client
has not taken at once of the last answer; the service may ask for that (`recall`).
"""

from __future__ import annotations

import json
import os
import socket
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from typing import Any

from alliance_graph.engine import wire
from alliance_graph.engine.crew import Crew, Worker
from alliance_graph.engine.lanes import Lane

_LEND = wire.encoded({"lend": True})
_MOST_BYTES = 1024 * 1024
"""The longest body of a message that is read; a worker's longest is half of it."""
_PIECE_BYTES = 256 * 1024
_SHARE = 2
"""Loans have this part of the short places at the most."""


class Loans:
    """The connections that are lent."""

    def __init__(self, crew: Crew, lane: Lane, places: int) -> None:
        """Lend nothing yet.

        Args:
            crew: the workers.
            lane: the places for short queries, of which each loan has one.
            places: how many there are.
        """
        self._crew = crew
        self._lane = lane
        self._left = places // _SHARE
        self._lock = threading.Lock()

    def lend(self, descriptor: int, terms: Mapping[str, Any]) -> Loan | None:
        """Lend a connection to a worker, if one is idle and there are places enough for others.

        Args:
            descriptor: the connection; the caller keeps it, and leaves it alone until the loan ends.
            terms: what the worker is to know of it.
        """
        with self._lock:
            if not self._left or not self._lane.take_if_free():
                return None
            self._left -= 1
        try:
            own = os.dup(descriptor)
        except OSError:  # this process has no descriptor left
            self._give_back()
            return None
        worker = self._crew.start_if_idle(_LEND, json.dumps(terms).encode())
        if worker is None:
            os.close(own)
            self._give_back()
            return None
        return Loan(worker, own, self._returned)

    @property
    def others_wait(self) -> bool:
        """Whether queries stand in the line for a place."""
        return self._lane.waiting > 0

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


class Loan:
    """A connection that is lent."""

    def __init__(self, worker: Worker, descriptor: int, returned: Callable[[Worker, bool], None]) -> None:
        """Go on when the worker is ready.

        Args:
            worker: who has it.
            descriptor: the connection, which this closes.
            returned: takes the worker back; it is told whether it was lost.
        """
        self._worker = worker
        self._descriptor: int | None = descriptor
        """The connection until the worker has it."""
        self._returned = returned
        self._come = b""
        self._is_called_back = False

    def fileno(self) -> int:
        """Return the descriptor that can be read from as soon as there is something to be told."""
        return self._worker.connection.fileno()

    def call_back(self) -> None:
        """Ask for the connection: the loan ends soon."""
        if not self._is_called_back:
            self._is_called_back = True
            if self._descriptor is None:
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
            else:
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
            raise wire.ConnectionLostError("ready twice")
        try:
            wire.send_descriptor(self._worker.connection, {"client": True}, descriptor)
        finally:
            os.close(descriptor)
        if self._is_called_back:
            self._recall()

    def _recall(self) -> None:
        with suppress(wire.ConnectionLostError):  # which is found out when it is read from
            wire.send(self._worker.connection, {"recall": True})
