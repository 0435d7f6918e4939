"""Clients' connections in the hands of a worker: the worker's side of a loan (`engine/loans.py`)."""

from __future__ import annotations

import json
import select
import signal
import socket
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from alliance_graph.engine import awake, wire
from alliance_graph.engine.limits import Limits
from alliance_graph.engine.places import Places
from alliance_graph.engine.settling import Settling
from alliance_graph.engine.tasks import Task

QUICK_SECONDS = 0.05
"""How long a query takes at the most for the next ones of the client to be answered so."""
_QUICK_AMONG_OTHERS_SECONDS = 0.01
"""How long one may compute where the worker has other clients, who wait meanwhile."""
_IDLE_SECONDS = 1.0
"""How long it is waited for a client; then its connection goes back."""
_TELL_SECONDS = 0.25
"""How long after an answer it is told at the latest."""
_TELL_IDLE_SECONDS = 0.005
"""The same where no client asks anything meanwhile."""
_TELL_AT_ONCE = 32
"""How many answers are told together: to wake the service for each would cost more than the answer."""
_TELL_BYTES = 128 * 1024
_LISTEN_SECONDS = 0.002
"""How often it is looked whether the service says something."""
_LOOK_SECONDS = 0.25
"""How often it is looked whether clients are silent, or this process has grown too large."""
_SHORT_TIMES = 2
"""How many times as long as in the short lane a query may compute here."""
_LEAST_SECONDS = 0.05
"""How long it may compute in any case: what is done beside the query counts, too."""
_ALARM_SHARE = 0.25
"""After which part of that time the kernel's alarm is set anew: to set it for each query would take a microsecond."""

Head = dict[str, Any]
Answering = Callable[[Task, int], tuple[Head, memoryview, float]]
"""Answers a query with no more than so many bytes: returns head and body of a reply, and the seconds it took."""


class Attendant(Protocol):
    """What answers the requests of one client."""

    def response(self, request: bytes) -> bytes | None:
        """Return the response to a request; None if the service is to give it."""

    def note(self) -> tuple[Sequence[object], bytes, bytes]:
        """Take note of the last response, when it is on its way; return what is to be told of it, the request and the answer."""


Attend = Callable[[Mapping[str, Any], Limits, Answering], Attendant]
"""Makes one, of what the service says of the client, the limits, and what answers queries."""


@dataclass(slots=True)
class _Client:
    """A client whose connection is lent."""

    number: int
    """What the service calls it."""
    connection: socket.socket
    attendant: Attendant
    asked_at: float
    """When it has last asked something."""


class Borrower:
    """What serves clients in a worker."""

    def __init__(
        self,
        connection: socket.socket,
        places: Places,
        settling: Settling,
        limits: Limits,
        attend: Attend,
        answer: Callable[..., tuple[Head, memoryview]],
        is_to_retire: Callable[[], bool],
    ) -> None:
        """Have no client yet.

        Args:
            connection: where the service speaks and is told.
            places: where the clients' connections go.
            settling: what is done when there is nothing else to do.
            limits: what a query may cost.
            attend: makes what answers the requests of a client.
            answer: answers a query as `worker.answer` does, which knows the dataset and the limits.
            is_to_retire: says whether this process has grown too large.
        """
        self.connection = connection
        self._places = places
        self._settling = settling
        self._limits = limits
        self._attend = attend
        self._answer = answer
        self._is_to_retire = is_to_retire
        self._clients: dict[int, _Client] = {}
        """By descriptor."""
        self._waiting = select.poll()
        self._waiting.register(connection, select.POLLIN)
        self._notes: list[Sequence[object]] = []
        self._bodies: list[bytes] = []
        self._size = 0
        self._noted_at = 0.0
        """When the first of the notes was taken."""
        self._listened_at = self._looked_at = 0.0
        self._most_seconds = max(_LEAST_SECONDS, min(_SHORT_TIMES * limits.short_seconds, limits.seconds))
        self._alarm_set = 0.0
        """When the kernel's alarm was set, which ends this process if it computes for too long."""
        self._seconds = 0.0
        """How long the last query took."""
        self._computed_before = 0.0
        """The processor time that was used before it, if this process has several clients."""
        self._was_in_vain = False
        """Whether it was computed though the service has to give the answer: it is too large."""

    def borrow(self, number: int, terms: bytes) -> None:
        """Serve a client, and those that are lent meanwhile, until all have gone back.

        Args:
            number: what the service calls it.
            terms: what the service says of it, as JSON.

        Raises:
            ConnectionLostError: the service is gone.
        """
        self._set_alarm(time.perf_counter(), self._most_seconds)
        self._take(number, terms)
        while self._clients:
            was_asked = False
            for client, request in self._asked():
                self._serve(client, request)
                was_asked = True
            if not was_asked:
                self._rest()
            now = time.perf_counter()
            if now - self._listened_at > _LISTEN_SECONDS:
                self._listen(now)
            if now - self._looked_at > _LOOK_SECONDS:
                self._look_after(now)
        self._set_alarm(time.perf_counter(), 0)

    def _asked(self) -> Iterator[tuple[_Client, bytes]]:
        """Wait awake for what clients send; yield it, while it stays to be read."""
        if len(self._clients) == 1:
            asking, seconds = [*self._clients], awake.SECONDS
        else:
            asking, seconds = [descriptor for descriptor, _ in awake.ready(self._waiting, awake.SECONDS)], 0.0
        for descriptor in asking:
            client = self._clients.get(descriptor)
            if client is None:  # it is the service that says something
                continue
            request = awake.comes(client.connection, seconds, socket.MSG_PEEK)
            if request is not None:
                yield client, request

    def _serve(self, client: _Client, request: bytes) -> None:
        """Answer a client; nothing at all for a request is the end of its connection."""
        self._was_in_vain = False
        response = client.attendant.response(request) if request else None
        if response is None:
            self._give_back(client, is_unfit=self._was_in_vain)
            return
        try:
            client.connection.recv(len(request))
            sent = _send(client.connection, response)
        except OSError:
            self._give_back(client)
            return
        self._note(client, *client.attendant.note())
        has_hindered = self._has_hindered()
        if has_hindered or sent < len(response) or self._seconds > QUICK_SECONDS:
            self._give_back(client, response[sent:], is_unfit=has_hindered)
        if has_hindered:  # others may be about to ask the same; who has waited is answered elsewhere
            for other in [*self._clients.values()]:
                self._give_back(other)

    def _has_hindered(self) -> bool:
        """Return whether the last query computed for long while this process had other clients."""
        limit = _QUICK_AMONG_OTHERS_SECONDS
        # By the wall it may have waited for a processor; what it computed is looked up only where that matters.
        return len(self._clients) > 1 and self._seconds > limit and time.thread_time() - self._computed_before > limit

    def answer(self, task: Task, longest: int) -> tuple[Head, memoryview, float]:
        """Answer a client's query with no more than so many bytes; return head and body of the reply, and the seconds it took.

        If it computes for too long, this process is ended, and the service, whose the connections are
        then again, answers the requests: they are still to be read. In the time it has, no answer
        grows beyond what memory holds, so that it is too large may be noticed when it is there.
        """
        if len(self._clients) > 1:
            self._computed_before = time.thread_time()
        started = time.perf_counter()
        head, body = self._answer(task, longest, at_once=True)
        ended = time.perf_counter()
        self._was_in_vain = head.get("problem") == "answer-too-large"
        self._seconds = ended - started
        if ended - self._alarm_set > _ALARM_SHARE * self._most_seconds:
            self._set_alarm(ended, self._most_seconds)
        return head, body, self._seconds

    def _note(self, client: _Client, about: Sequence[object], request: bytes, body: bytes) -> None:
        """Note an answer to be told to the service, soon."""
        client.asked_at = now = time.perf_counter()
        if not self._notes:
            self._noted_at = now
        self._notes.append((client.number, about, len(request), len(body)))
        self._bodies += (request, body)
        self._size += len(request) + len(body)
        if len(self._notes) >= _TELL_AT_ONCE or self._size >= _TELL_BYTES or now - self._noted_at > _TELL_SECONDS:
            self._tell()

    def _tell(self) -> None:
        """Tell the service what was noted."""
        if self._notes:
            wire.send(self.connection, {"notes": self._notes}, b"".join(self._bodies))
            self._notes, self._bodies, self._size = [], [], 0

    def _listen(self, now: float) -> None:
        """Do what the service says, if it says something; with no client any more, that is for others to read."""
        self._listened_at = now
        come = awake.comes(self.connection, 0) if self._clients else None
        while come is not None:
            head, body, rest = wire.receive_next(self.connection, begun=come)
            if "lend" in head:
                self._take(head["lend"], body)
            else:
                for client in [*self._clients.values()]:
                    if client.number in head["recall"]:
                        self._give_back(client)
            come = rest or None

    def _rest(self) -> None:
        """Wait asleep until somebody says something, for a while; if nobody does soon, tell what was noted first."""
        if not self._notes or not self._waiting.poll(_TELL_IDLE_SECONDS * 1000):
            self._tell()
            self._settling.settle(lambda seconds: self._waiting.poll(seconds * 1000))
            self._waiting.poll(_IDLE_SECONDS * 1000)

    def _look_after(self, now: float) -> None:
        """Give back clients that are silent, and all if this process is to end."""
        self._looked_at = now
        self._set_alarm(now, self._most_seconds)
        is_to_retire = self._is_to_retire()
        for client in [*self._clients.values()]:
            if is_to_retire or now - client.asked_at > _IDLE_SECONDS:
                self._give_back(client)

    def _take(self, number: int, terms: bytes) -> None:
        """Take a client's connection over.

        Raises:
            ConnectionLostError: none comes.
        """
        self._places.open()
        wire.send(self.connection, {"ready": number})
        _, descriptor = wire.receive_descriptor(self.connection)
        if descriptor is None:
            raise wire.ConnectionLostError("no descriptor came")
        attendant = self._attend(json.loads(terms), self._limits, self.answer)
        client = _Client(number, socket.socket(fileno=descriptor), attendant, time.perf_counter())
        self._clients[descriptor] = client
        self._waiting.register(descriptor, select.POLLIN)

    def _give_back(self, client: _Client, unsent: bytes = b"", *, is_unfit: bool = False) -> None:
        """Give a client's connection back.

        Args:
            client: the client.
            unsent: what it has not taken at once of the last answer.
            is_unfit: whether it should rather not be lent again: others had to wait for its query, or it was in vain.
        """
        self._tell()
        descriptor = client.connection.detach()
        self._waiting.unregister(descriptor)
        del self._clients[descriptor]
        self._places.close(descriptor)
        head = {"returns": client.number, "retire": self._is_to_retire(), "unfit": is_unfit}
        wire.send(self.connection, head, unsent)

    def _set_alarm(self, now: float, seconds: float) -> None:
        self._alarm_set = now
        signal.setitimer(signal.ITIMER_PROF, seconds)


def _send(connection: socket.socket, response: bytes) -> int:
    """Send what can be sent at once; return how many bytes.

    Raises:
        OSError: the connection is broken.
    """
    try:
        return connection.send(response, socket.MSG_DONTWAIT)
    except BlockingIOError:
        return 0
