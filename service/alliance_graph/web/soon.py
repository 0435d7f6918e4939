"""Answers given in the event loop: what is kept, and what a worker answers soon.

Sleeping and waking takes a thread longer than an easy query takes a worker. So the loop hands a
query to a worker, goes on with other requests until the reply comes, and answers with it then. What
takes longer, or needs the application, is left to a thread.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress
from typing import TYPE_CHECKING

from alliance_graph.engine.pool import Begun
from alliance_graph.web.environ import BEGUN, NO_WAITING, WouldWaitError
from alliance_graph.web.response import Response

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment

    from alliance_graph.web.direct import Direct

_ALONE_SECONDS = 0.001
"""How long the loop waits for one reply, awake, when nobody else seems to ask for anything."""

Outcome = Response | WouldWaitError
"""A response, or what to go on with in a thread."""


class Soon:
    """What answers in the loop."""

    def __init__(self, answer: Callable[[WSGIEnvironment], Response], direct: Direct | None, seconds: float) -> None:
        """Make it ready.

        Args:
            answer: answers any request, or raises `WouldWaitError` where the answer is wanted at once and takes waiting.
            direct: answers query operations; None if that is left to `answer`, too.
            seconds: how long a query has before a thread waits for it.
        """
        self._answer = answer
        self._direct = direct
        self._seconds = seconds
        self.waiting = 0
        """How many requests wait, here or in a thread."""
        self._patient: dict[_Waiting, float] = {}
        """The requests that wait here, and until when, by the clock of the loop; in that order."""
        self._looks = False
        """Whether there will be a look at them."""
        self._last = ("", "")
        """Which connection asked last: who asks twice running is likely to be alone."""

    def ask(self, environ: WSGIEnvironment, done: Callable[[Outcome, WSGIEnvironment], None]) -> None:
        """Ask for the answer to a request.

        Args:
            environ: the WSGI environment of the request, to which is added what is found out about it.
            done: called with the outcome and the WSGI environment that it has, before this returns or later.
        """
        asker = environ["REMOTE_ADDR"], environ["REMOTE_PORT"]
        is_alone = asker == self._last and not self.waiting
        self._last = asker
        begun = self._direct.begin(environ) if self._direct is not None else None
        if begun is None:
            first = {**environ, NO_WAITING: True}
            try:
                response = self._answer(first)
            except WouldWaitError as outcome:
                done(outcome, environ)
            else:
                done(response, first)
        elif not isinstance(begun, Begun):
            done(begun, environ)
        elif is_alone and begun.is_in_hand and begun.comes(_ALONE_SECONDS):
            self.end(begun, environ, done)
        else:
            _Waiting(self, begun, environ, done)

    def enter(self, waiting: _Waiting) -> None:
        """Have a request wait, no longer than it may; one timer does for all of them, for few need it."""
        self.waiting += 1
        loop = asyncio.get_running_loop()
        self._patient[waiting] = loop.time() + self._seconds
        if not self._looks:
            self._looks = True
            loop.call_later(self._seconds, self._look, loop)

    def leave(self, waiting: _Waiting) -> None:
        """Have a request wait no longer."""
        self.waiting -= 1
        del self._patient[waiting]

    def _look(self, loop: asyncio.AbstractEventLoop) -> None:
        """End the waiting of requests whose time is over."""
        now = loop.time()
        over = [waiting for waiting, until in self._patient.items() if until <= now]
        following = next((until for until in self._patient.values() if until > now), None)
        self._looks = following is not None
        if following is not None:
            loop.call_at(following, self._look, loop)
        for waiting in over:
            waiting.end()

    def end(self, begun: Begun, environ: WSGIEnvironment, done: Callable[[Outcome, WSGIEnvironment], None]) -> None:
        """Answer with the reply to a query if it is here as a whole; to read a large one holds others up."""
        done(self.finish(environ) if begun.is_whole else WouldWaitError(environ), environ)

    def finish(self, environ: WSGIEnvironment) -> Response:
        """Answer a request, however long that takes; its query may have been begun."""
        if BEGUN in environ and self._direct is not None:
            with suppress(Exception):  # whether there is no answer or a defect, the application says which
                return self._direct.finish(environ)
        return self._answer(environ)


class _Waiting:
    """A request whose query a worker has, or will have soon."""

    def __init__(
        self, soon: Soon, begun: Begun, environ: WSGIEnvironment, done: Callable[[Outcome, WSGIEnvironment], None]
    ) -> None:
        self._soon = soon
        self._begun = begun
        self._environ = environ
        self._done = done
        self._loop = asyncio.get_running_loop()
        self._descriptor: int | None = None
        self._is_over = False
        soon.enter(self)
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
            self.end()

    def _listen(self) -> None:
        self._descriptor = self._begun.fileno()
        self._loop.add_reader(self._descriptor, self._come)

    def _come(self) -> None:
        if self._begun.comes(0):
            self.end()

    def end(self) -> None:
        """Answer if the reply is here; leave it to a thread if not."""
        self._is_over = True
        self._soon.leave(self)
        if self._descriptor is not None:
            self._loop.remove_reader(self._descriptor)
        self._soon.end(self._begun, self._environ, self._done)
