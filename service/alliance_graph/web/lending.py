"""Which connections are lent to workers, and what becomes of what these tell (`engine/loans.py`)."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Callable
from concurrent.futures import Executor
from contextlib import suppress
from typing import TYPE_CHECKING

from alliance_graph.engine import wire
from alliance_graph.engine.loans import Loan
from alliance_graph.engine.problems import EngineError

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment

    from alliance_graph.web.direct import Direct
    from alliance_graph.web.service import Service

_CROWDED_SECONDS = 1.0
"""How long no connection is lent after others had to wait."""

Returned = Callable[[bytes | None], None]
"""Takes a connection back: it is told what is still to be sent on it; None if its worker was lost."""


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
        if asyncio.get_running_loop().time() < self._crowded_at + _CROWDED_SECONDS:
            return None
        service = self.direct.service()
        loan = None
        with suppress(EngineError):  # there is no worker to be had
            loan = service.engine.loans.lend(descriptor, self.direct.terms(service))
        if loan is None:
            return None
        lent = LentConnection(self, loan, service, connection, returned)
        self._lent.add(lent)
        return lent

    def call_back(self) -> None:
        """Ask for all connections, and lend none for a while: others wait for the workers."""
        self._crowded_at = asyncio.get_running_loop().time()
        for lent in self._lent:
            lent.call_back()

    def tick(self) -> None:
        """Ask for the connections of workers that have another dataset than is served now."""
        if self._lent:
            service = self.direct.service()
            for lent in self._lent:
                if lent.service is not service:
                    lent.call_back()

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
        self._loop.add_reader(loan.fileno(), self._come)

    def call_back(self) -> None:
        """Ask for the connection."""
        self._loan.call_back()

    def _come(self) -> None:
        try:
            for head, body in self._loan.messages():
                if "ends" in head:
                    self._end(body, retires=bool(head["retire"]))
                    return
                self._lender.direct.learn(self.service, self._connection, head["notes"], body)
        except (wire.ConnectionLostError, LookupError, TypeError, ValueError):  # a worker is not trusted
            self._end(None)

    def _end(self, unsent: bytes | None, *, retires: bool = False) -> None:
        """Take the connection back."""
        self._loop.remove_reader(self._loan.fileno())
        self._lender.forget(self)
        if unsent is None or retires:
            self._lender.threads.submit(self._loan.end, is_lost=unsent is None, retires=retires)
        else:
            self._loan.end(is_lost=False)
        self._returned(unsent)
