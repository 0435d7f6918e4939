"""Answers given in the event loop: what is kept, and what a worker answers soon.

Sleeping and waking takes a thread longer than an easy query takes a worker. So the loop asks the
application for an answer that takes no waiting; if it has handed a query to a worker instead, the
loop goes on with other requests until the reply comes, and asks again then. What takes longer is
left to a thread.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable
from contextlib import suppress
from typing import TYPE_CHECKING

from alliance_graph.web.environ import NO_WAITING, SMALL_BYTES, Response, WouldWaitError

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment

    from alliance_graph.engine.pool import Begun

_ALONE_SECONDS = 0.001
"""How long the loop waits for one reply, awake, when nobody else seems to ask for anything."""

Outcome = Response | WouldWaitError
"""A response, or what to go on with in a thread."""


def is_small(begun: Begun) -> bool:
    """Return whether the reply to a query has begun to come, and is one that is read at once."""
    return 0 < begun.size() <= SMALL_BYTES


class Soon:
    """What answers in the loop."""

    def __init__(self, answer: Callable[[WSGIEnvironment], Response], seconds: float) -> None:
        """Make it ready.

        Args:
            answer: answers a request, or raises `WouldWaitError` where that takes longer than `NO_WAITING` says.
            seconds: how long a query has before a thread waits for it.
        """
        self.answer = answer
        self.seconds = seconds
        self.waiting = 0
        """How many requests wait, here or in a thread."""
        self._last = ("", "")
        """Which connection asked last: who asks twice running is likely to be alone."""

    def ask(self, environ: WSGIEnvironment, done: Callable[[Outcome, WSGIEnvironment], None]) -> None:
        """Ask for the answer to a request.

        Args:
            environ: the WSGI environment of the request, which stays as it is.
            done: called with the outcome and the WSGI environment that it has, before this returns or later.
        """
        asker = environ["REMOTE_ADDR"], environ["REMOTE_PORT"]
        is_alone = asker == self._last and not self.waiting
        self._last = asker
        first = {**environ, NO_WAITING: _ALONE_SECONDS if is_alone else 0}
        try:
            response = self.answer(first)
        except WouldWaitError as outcome:
            if outcome.begun is None:
                done(outcome, environ)
            else:
                _Waiting(self, environ, outcome, outcome.begun, done)
        else:
            done(response, first)


class _Waiting:
    """A request whose query a worker has, or will have soon."""

    def __init__(
        self,
        soon: Soon,
        environ: WSGIEnvironment,
        outcome: WouldWaitError,
        begun: Begun,
        done: Callable[[Outcome, WSGIEnvironment], None],
    ) -> None:
        self._soon = soon
        self._environ = environ
        self._outcome = outcome
        self._begun = begun
        self._done = done
        self._loop = asyncio.get_running_loop()
        self._descriptor: int | None = None
        self._is_over = False
        soon.waiting += 1
        self._timer = self._loop.call_later(soon.seconds, self._end)
        if begun.is_in_hand:
            self._listen()
        else:
            begun.when_called(self._call)

    def _call(self) -> None:
        """Go on in the loop; this is told in whatever thread."""
        with suppress(RuntimeError):  # the loop has ended, and with it whoever waits
            self._loop.call_soon_threadsafe(self._called)

    def _called(self) -> None:
        """Go on after the line; this may be told twice, or too late."""
        if self._is_over or self._descriptor is not None:
            return
        if self._begun.start_at_once():
            self._listen()
        else:
            self._end()

    def _listen(self) -> None:
        self._descriptor = self._begun.fileno()
        self._loop.add_reader(self._descriptor, self._come)

    def _come(self) -> None:
        """Answer with the reply, unless it is so large that reading it holds others up."""
        self._end(at_once=is_small(self._begun))

    def _end(self, *, at_once: bool = False) -> None:
        self._is_over = True
        self._timer.cancel()
        if self._descriptor is not None:
            self._loop.remove_reader(self._descriptor)
            os.set_blocking(self._descriptor, True)  # uvloop had changed it, and the reply is read by blocking calls
        self._soon.waiting -= 1
        if at_once:
            again = {**self._environ, **self._outcome.again}
            self._done(self._soon.answer(again), again)
        else:
            self._done(self._outcome, self._environ)
