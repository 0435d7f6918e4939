"""A client's connection in the hands of a worker: the worker's side of a loan (`engine/loans.py`)."""

from __future__ import annotations

import json
import os
import select
import signal
import socket
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from alliance_graph.engine import awake, wire
from alliance_graph.engine.limits import Limits
from alliance_graph.engine.tasks import Task

_IDLE_SECONDS = 1.0
"""How long it is waited for in all; then the connection goes back."""
_TELL_SECONDS = 0.25
"""How long after an answer it is told at the latest."""
_TELL_IDLE_SECONDS = 0.005
"""The same where the client asks nothing meanwhile."""
_TELL_AT_ONCE = 32
"""How many answers are told together: to wake the service for each would cost more than the answer."""
_TELL_BYTES = 128 * 1024
_SHORT_TIMES = 2
"""How many times as long as in the short lane a query may compute here."""
_LEAST_SECONDS = 0.05
"""How long it may compute in any case: what is done beside the query counts, too."""
_ALARM_SHARE = 0.25
"""After which part of that time the kernel's alarm is set anew: to set it for each query would take a microsecond."""

Head = dict[str, Any]
Answering = Callable[[Task, int], tuple[Head, memoryview, float]]
"""Answers a query with no more than so many bytes: returns head and body of a reply, and the seconds it took."""
Attend = Callable[["Lent"], bytes]
"""Serves a client until the connection is to go back; returns what it did not take at once of the last answer."""


class Spare:
    """The one further descriptor a worker may have, for a client's connection.

    While it has none, its own socket fills the place once more: there is never a free descriptor
    while a query is evaluated.
    """

    def __init__(self, connection: socket.socket) -> None:
        """Fill the place.

        Args:
            connection: the worker's own socket.
        """
        self._own = connection.fileno()
        self.number = os.dup(self._own)

    @contextmanager
    def client(self, connection: socket.socket) -> Iterator[socket.socket]:
        """Ask for a client's connection and hold it.

        Raises:
            ConnectionLostError: none came.
        """
        os.close(self.number)
        try:
            wire.send(connection, {"ready": True})
            _, descriptor = wire.receive_descriptor(connection)
            if descriptor is None:
                raise wire.ConnectionLostError("no descriptor came")
            client = socket.socket(fileno=descriptor)
            try:
                yield client
            finally:
                client.detach()
        finally:
            os.dup2(self._own, self.number)


@dataclass(frozen=True)
class Borrower:
    """What a worker needs to take a client's connection over."""

    connection: socket.socket
    """Where to tell the service."""
    spare: Spare
    limits: Limits
    attend: Attend
    answer: Callable[..., tuple[Head, memoryview]]
    """Answers a query as `worker.answer` does, which knows the dataset and the limits."""
    is_to_retire: Callable[[], bool]
    """Says whether this process has grown too large."""

    def borrow(self, terms: bytes) -> None:
        """Serve a client until its connection is to go back.

        Args:
            terms: what the service says of it, as JSON.

        Raises:
            ConnectionLostError: the service is gone.
        """
        with self.spare.client(self.connection) as client:
            lent = Lent(client, json.loads(terms), self)
            unsent = self.attend(lent)
            lent.end()
        wire.send(self.connection, {"ends": True, "retire": self.is_to_retire(), "in_vain": lent.was_in_vain}, unsent)


class Lent:
    """A client's connection, what may be done with it, and what is to be told of it."""

    def __init__(self, client: socket.socket, terms: Mapping[str, Any], borrower: Borrower) -> None:
        """Take it over.

        Args:
            client: the connection.
            terms: what the service says of it.
            borrower: the worker.
        """
        self.client = client
        self.terms = terms
        self.limits = borrower.limits
        self.was_in_vain = False
        """Whether a query was computed whose answer the service has to give: it is too large."""
        self._borrower = borrower
        self._notes: list[Sequence[object]] = []
        self._bodies: list[bytes] = []
        self._size = 0
        self._since = 0.0
        """When the first of the notes was taken."""
        self._is_over = False
        self._most_seconds = max(_LEAST_SECONDS, min(_SHORT_TIMES * self.limits.short_seconds, self.limits.seconds))
        self._alarm_set = 0.0
        """When the kernel's alarm was set, which ends this process if it computes for too long."""
        self._set_alarm(time.perf_counter(), self._most_seconds)

    def request(self) -> bytes | None:
        """Wait for what the client sends; return it, while it stays to be read, or None if the connection is to go back."""
        if self._is_over:
            return None
        come = awake.comes(self.client, awake.SECONDS, socket.MSG_PEEK)
        if come is None and self._sleep():
            come = awake.comes(self.client, 0, socket.MSG_PEEK)
        return come or None  # nothing at all is the end of the connection

    def answer(self, task: Task, longest: int) -> tuple[Head, memoryview, float]:
        """Answer a query with no more than so many bytes; return head and body of the reply, and the seconds it took.

        If it computes for too long, this process is ended, and the service, whose the connection is
        then again, answers the request: it is still to be read. In the time it has, no answer grows
        beyond what memory holds, so that it is too large may be noticed when it is there.
        """
        started = time.perf_counter()
        head, body = self._borrower.answer(task, longest, at_once=True)
        ended = time.perf_counter()
        self.was_in_vain = head.get("problem") == "answer-too-large"
        if ended - self._alarm_set > _ALARM_SHARE * self._most_seconds:
            self._set_alarm(ended, self._most_seconds)
        return head, body, ended - started

    def note(self, about: Sequence[object], *bodies: bytes) -> None:
        """Note something to be told to the service, soon."""
        now = time.perf_counter()
        if not self._notes:
            self._since = now
        self._notes.append(about)
        self._bodies += bodies
        self._size += sum(map(len, bodies))
        if len(self._notes) >= _TELL_AT_ONCE or self._size >= _TELL_BYTES or now - self._since > _TELL_SECONDS:
            self.tell()

    def tell(self) -> None:
        """Tell the service what was noted, and look whether it wants the connection back."""
        if self._notes:
            wire.send(self._borrower.connection, {"notes": self._notes}, b"".join(self._bodies))
            self._notes, self._bodies, self._size = [], [], 0
        self._is_over = self._is_over or self._borrower.is_to_retire() or self._is_called_back()

    def end(self) -> None:
        """Tell what is still to be told, and let this process compute on."""
        self.tell()
        self._set_alarm(time.perf_counter(), 0)

    def _set_alarm(self, now: float, seconds: float) -> None:
        self._alarm_set = now
        signal.setitimer(signal.ITIMER_PROF, seconds)

    def _is_called_back(self) -> bool:
        """Return whether the service wants the connection back: that is all it says meanwhile."""
        come = awake.comes(self._borrower.connection, 0)
        if come is not None:
            wire.receive(self._borrower.connection, begun=come)
        return come is not None

    def _sleep(self) -> bool:
        """Wait asleep for the client; return whether it has sent something, or gone."""
        waiting = select.poll()
        waiting.register(self.client, select.POLLIN)
        waiting.register(self._borrower.connection, select.POLLIN)
        ready = waiting.poll(_TELL_IDLE_SECONDS * 1000) if self._notes else []
        if not ready:
            self.tell()
            if self._is_over:
                return False
            ready = waiting.poll(_IDLE_SECONDS * 1000)
        return any(descriptor == self.client.fileno() for descriptor, _ in ready)
