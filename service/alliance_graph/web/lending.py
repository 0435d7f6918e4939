"""Which connections are lent to workers, and what becomes of what these tell (`engine/loans.py`)."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Executor
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple

from alliance_graph.engine.loans import Loan

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment

    from alliance_graph.web.direct import Direct
    from alliance_graph.web.service import Service

_CROWDED_SECONDS = 2.0
"""How long no connection is lent after others had to wait."""
_SILENT_SECONDS = 5.0
"""How long a worker may say nothing: one that is well tells of an answer, or gives an idle connection back, long before."""


class Ended(NamedTuple):
    """How a client's connection has come back."""

    unsent: bytes = b""
    """What the client did not take at once of the last answer."""
    answered: int = 0
    """How many of its queries were answered, as far as was told."""
    was_lost: bool = False
    """Whether the worker was lost."""
    is_unfit: bool = False
    """Whether it should rather not be lent again: others had to wait for a query, or it was computed in vain."""


Returned = Callable[[Ended], None]
"""Takes a connection back."""


class Lender:
    """What lends connections."""

    def __init__(self, direct: Direct, threads: Executor) -> None:
        """Make it ready.

        Args:
            direct: knows what workers are to know, and learns what they have answered.
            threads: where a worker is ended, which takes a moment.
        """
        self.direct = direct
        self.threads = threads
        self._lendings: set[_Lending] = set()
        self._crowded_at = -math.inf
        """When others had to wait, by the clock of the loop."""

    def lend(self, descriptor: int, connection: WSGIEnvironment, returned: Returned) -> LentConnection | None:
        """Lend a connection to a worker; return None if that cannot be now.

        Args:
            descriptor: the connection, which is left alone until it is returned.
            connection: what WSGI has of it.
            returned: called when it has come back.
        """
        service = self.direct.service()
        if self._is_crowded or service.engine.loans.others_wait:
            return None
        terms = self.direct.terms(service)
        loan = service.engine.loans.begin(descriptor, terms)
        if loan is not None:
            lending = _Lending(self, loan, service)
            self._lendings.add(lending)
            return lending.add(0, connection, returned)
        able = [lending for lending in self._lendings if lending.service is service and lending.has_room]
        if not able:
            return None
        lending = min(able, key=lambda one: one.loan.clients)
        number = lending.loan.lend(descriptor, terms)
        return None if number is None else lending.add(number, connection, returned)

    def tick(self) -> None:
        """Ask for connections that are to go back, and give up workers that say nothing; each second."""
        if not self._lendings:
            return
        service = self.direct.service()
        if service.engine.loans.others_wait:
            self._crowded_at = asyncio.get_running_loop().time()
        for lending in [*self._lendings]:
            if lending.is_silent:
                lending.give_up()
            elif self._is_crowded or lending.service is not service:
                lending.call_back()

    @property
    def _is_crowded(self) -> bool:
        """Whether others have had to wait for workers lately."""
        return asyncio.get_running_loop().time() < self._crowded_at + _CROWDED_SECONDS

    def forget(self, lending: _Lending) -> None:
        """Note that a worker has no clients any more, or is given up."""
        self._lendings.discard(lending)


@dataclass(eq=False)
class LentConnection:
    """A connection in the hands of a worker."""

    call_back: Callable[[], None]
    """Asks for it."""
    environ: WSGIEnvironment
    """What WSGI has of it."""
    returned: Returned
    """What to call when it has come back."""
    answered: int = 0
    """How many queries were answered on it, as far as was told."""


class _Lending:
    """A worker that has clients' connections, and what it tells."""

    def __init__(self, lender: Lender, loan: Loan, service: Service) -> None:
        self.loan = loan
        self.service = service
        """What the worker answers from."""
        self._lender = lender
        self._clients: dict[int, LentConnection] = {}
        """By number."""
        self._retires = False
        """Whether the worker is not to be used again."""
        self._loop = asyncio.get_running_loop()
        self._heard_at = self._loop.time()
        self._loop.add_reader(loan.fileno(), self._come)

    def add(self, number: int, connection: WSGIEnvironment, returned: Returned) -> LentConnection:
        """Note that a client's connection is lent; return it."""
        lent = LentConnection(partial(self.loan.call_back, number), connection, returned)
        self._clients[number] = lent
        return lent

    @property
    def has_room(self) -> bool:
        """Whether the worker may be lent another client now."""
        return self.loan.has_room and not self._retires

    @property
    def is_silent(self) -> bool:
        """Whether nothing has been heard of the worker for too long."""
        return self._loop.time() > self._heard_at + _SILENT_SECONDS

    def call_back(self) -> None:
        """Ask for all connections."""
        self.loan.call_back(*self._clients)

    def give_up(self) -> None:
        """End the worker, and take the connections back when it has ended: it must not answer any more then."""
        self._leave()
        self._lender.threads.submit(self._end_worker)

    def _end_worker(self) -> None:
        self.loan.end(is_lost=True)
        with suppress(RuntimeError):  # the loop has ended
            for lent in self._clients.values():
                self._loop.call_soon_threadsafe(lent.returned, Ended(answered=lent.answered, was_lost=True))

    def _come(self) -> None:
        self._heard_at = self._loop.time()
        try:
            for lent, ended in self._listen():
                self._loop.call_soon(lent.returned, ended)
        except Exception:  # whatever it is: a worker is not trusted
            self.give_up()
            return
        if not self._clients:
            self._leave()
            if self._retires:
                self._lender.threads.submit(self.loan.end, is_lost=False, retires=True)
            else:
                self.loan.end(is_lost=False)

    def _listen(self) -> Iterator[tuple[LentConnection, Ended]]:
        """Take what the worker tells; yield what has come back, and how."""
        for head, body in self.loan.messages():
            if "returns" in head:
                retires, is_unfit = bool(head["retire"]), bool(head["unfit"])
                lent = self._clients.pop(head["returns"])
                self._retires = self._retires or retires
                yield lent, Ended(body, lent.answered, is_unfit=is_unfit)
            else:
                self._learn(head["notes"], body)

    def _learn(self, notes: Iterable[Sequence[Any]], bodies: bytes) -> None:
        """Take note of what the worker has answered.

        Args:
            notes: of each answer the client's number, what is to be told of it, and the sizes of the request and the answer.
            bodies: the requests and answers, each request before its answer.

        Raises:
            ValueError: a note is none.
        """
        at = 0
        for number, note, request_size, answer_size in notes:
            if request_size < 0 or answer_size < 0:
                raise ValueError("no size")
            request, body = bodies[at : at + request_size], bodies[at + request_size : at + request_size + answer_size]
            at += request_size + answer_size
            lent = self._clients[number]
            self._lender.direct.learn(self.service, lent.environ, note, request, body)
            lent.answered += 1

    def _leave(self) -> None:
        self._loop.remove_reader(self.loan.fileno())
        self._lender.forget(self)
