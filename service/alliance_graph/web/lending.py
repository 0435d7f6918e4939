"""Which connections are lent to workers, and what becomes of what these tell (`engine/loans.py`)."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Callable
from concurrent.futures import Executor
from contextlib import suppress
from typing import TYPE_CHECKING, NamedTuple

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
    """How a loan has ended."""

    unsent: bytes = b""
    """What the client did not take at once of the last answer."""
    answered: int = 0
    """How many queries were answered, as far as was told."""
    was_lost: bool = False
    """Whether the worker was lost."""
    was_in_vain: bool = False
    """Whether the worker has computed what the service is to answer all the same."""
    retires: bool = False
    """Whether the worker is not to be used again."""


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
        self._lent: set[LentConnection] = set()
        self._crowded_at = -math.inf
        """When others had to wait, by the clock of the loop."""

    def lend(self, descriptor: int, connection: WSGIEnvironment, returned: Returned) -> LentConnection | None:
        """Lend a connection to a worker; return None if that cannot be now.

        Args:
            descriptor: the connection, which is left alone until it is returned.
            connection: what WSGI has of it.
            returned: called when the loan has ended.
        """
        if self._is_crowded:
            return None
        service = self.direct.service()
        loan = service.engine.loans.lend(descriptor, self.direct.terms(service))
        if loan is None:
            return None
        lent = LentConnection(self, loan, service, connection, returned)
        self._lent.add(lent)
        return lent

    def tick(self) -> None:
        """Ask for connections that are to go back, and give up workers that say nothing; each second."""
        if not self._lent:
            return
        service = self.direct.service()
        if service.engine.loans.others_wait:
            self._crowded_at = asyncio.get_running_loop().time()
        for lent in [*self._lent]:
            if lent.is_silent:
                lent.give_up()
            elif self._is_crowded or lent.service is not service:
                lent.call_back()

    @property
    def _is_crowded(self) -> bool:
        """Whether others have had to wait for workers lately."""
        return asyncio.get_running_loop().time() < self._crowded_at + _CROWDED_SECONDS

    def forget(self, lent: LentConnection) -> None:
        """Note that a loan has ended."""
        self._lent.discard(lent)


class LentConnection:
    """A connection in the hands of a worker."""

    def __init__(
        self, lender: Lender, loan: Loan, service: Service, connection: WSGIEnvironment, returned: Returned
    ) -> None:
        self.service = service
        """What the worker answers from."""
        self._lender = lender
        self._loan = loan
        self._connection = connection
        self._returned = returned
        self._loop = asyncio.get_running_loop()
        self._heard_at = self._loop.time()
        self._answered = 0
        self._loop.add_reader(loan.fileno(), self._come)

    @property
    def is_silent(self) -> bool:
        """Whether nothing has been heard of the worker for too long."""
        return self._loop.time() > self._heard_at + _SILENT_SECONDS

    def call_back(self) -> None:
        """Ask for the connection."""
        self._loan.call_back()

    def give_up(self) -> None:
        """End the worker, and take the connection back when it has ended: it must not answer any more then."""
        self._leave()
        self._lender.threads.submit(self._end_worker)

    def _end_worker(self) -> None:
        self._loan.end(is_lost=True)
        with suppress(RuntimeError):  # the loop has ended
            self._loop.call_soon_threadsafe(self._returned, Ended(answered=self._answered, was_lost=True))

    def _come(self) -> None:
        self._heard_at = self._loop.time()
        try:
            ended = self._listen()
        except Exception:  # whatever it is: a worker is not trusted
            self.give_up()
            return
        if ended is not None:
            self._leave()
            if ended.retires:
                self._lender.threads.submit(self._loan.end, is_lost=False, retires=True)
            else:
                self._loan.end(is_lost=False)
            self._returned(ended)

    def _listen(self) -> Ended | None:
        """Take what the worker tells; return how the loan has ended if it has."""
        for head, body in self._loan.messages():
            if "ends" in head:
                return Ended(body, self._answered, was_in_vain=bool(head["in_vain"]), retires=bool(head["retire"]))
            self._lender.direct.learn(self.service, self._connection, head["notes"], body)
            self._answered += len(head["notes"])
        return None

    def _leave(self) -> None:
        self._loop.remove_reader(self._loan.fileno())
        self._lender.forget(self)
