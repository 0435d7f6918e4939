"""The course of one query: first a short place, then, if it takes longer, turns in a long one."""

from __future__ import annotations

import signal
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from alliance_graph.engine import awake, wire
from alliance_graph.engine.crew import Crew, Worker
from alliance_graph.engine.lanes import Asker, Lane, Place
from alliance_graph.engine.limits import Limits
from alliance_graph.engine.ordering import total_order
from alliance_graph.engine.problems import EngineError, problem_of_exit
from alliance_graph.engine.tasks import Reply, Task, reply_of

_GRACE_SECONDS = 0.5
"""How long after the deadline the kernel's alarm is given before the worker is ended from here."""
_CROWDED = 4
"""How many times as long as with a processor to itself a short query may take."""
_LEAST_SECONDS = 0.005
"""How long is waited at least before it is looked again what a query has computed."""
_WARM_SECONDS = 1.0
"""How long a query goes on as others do. One that takes longer gives way to them, which costs it a worker
that is not used again; a shorter one would feel that: at a million triples a new worker's first scan takes
100 to 200 ms more than its second."""
_TURNS = 10
"""How often a query may have to let others have its place: a turn is this part of the time it has."""


@dataclass(frozen=True)
class Means:
    """What queries are answered with."""

    crew: Crew
    short: Lane
    long: Lane
    limits: Limits


class Begun:
    """A query that a worker has in hand, or that stands in the line for one."""

    def __init__(self, means: Means, task: Task, asker: Asker, place: Place) -> None:
        """Hand a query to a worker, if it has a place.

        Args:
            means: what it is answered with.
            task: the query.
            asker: who waits for the answer.
            place: a place in the short lane or the line for it, which is given back at the end.

        Raises:
            EngineError: there is no worker to be had.
        """
        self._means = means
        self._task = task
        self._asker = asker
        self._place = place
        self._end: Reply | Exception | None = None
        self._worker: Worker
        self._said = b""
        """What has been read of the worker's message."""
        self.is_in_hand = False
        """Whether a worker has it."""
        if place.is_taken:
            self._begin()

    def when_called(self, tell: Callable[[], object]) -> None:
        """Have it told, in whatever thread, that the line is over."""
        self._place.when_called(tell)

    def start_at_once(self) -> bool:
        """Hand the query to a worker if it has a place now and there is one that is idle; return whether.

        If none can be reached, `finish` says so.
        """
        if self._place.is_taken and self._means.crew.has_idle:
            try:
                self._begin()
            except EngineError as error:
                self._end = error
        return self.is_in_hand

    def fileno(self) -> int:
        """Return the descriptor that can be read from as soon as the reply comes."""
        return self._worker.connection.fileno()

    def comes(self, seconds: float) -> bool:
        """Wait awake for the reply; return whether all that comes at once comes within so many seconds.

        That is the whole of a small one, the beginning of a large one, nothing if the worker has ended.
        """
        more = awake.comes(self._worker.connection, seconds)
        if more is None:
            return False
        self._said += more
        return not more or self.is_whole or not wire.is_small(self._said)

    @property
    def is_whole(self) -> bool:
        """Whether the whole reply is here."""
        return wire.missing(self._said) == 0

    def finish(self) -> Reply:
        """Wait for the answer and return it; a second time the same, or the same error.

        Raises:
            EngineError: there is no answer; the error says which problem it is.
        """
        if self._end is None:
            try:
                self._end = self._finish()
            except Exception as error:
                self._end = error
        if isinstance(self._end, Exception):
            raise self._end
        return self._end

    def _begin(self) -> None:
        """Wait for the place if need be, and hand the query to a worker."""
        try:
            self._place.take()
            self._started = time.monotonic()
            self._start()
        except BaseException:
            self._place.leave()
            raise
        self.is_in_hand = True

    def _start(self) -> None:
        head = self._task.head(self._asker.deadline - time.monotonic())
        self._worker = self._means.crew.start(head, self._task.query.encode("utf-8", "surrogatepass"))

    def _finish(self) -> Reply:
        if not self.is_in_hand:
            self._begin()
        with self._place:
            message = self._received() or self._received(total=True)
            assert message is not None
            head, body = message
            if head.get("retire"):
                self._worker.reusable = False
            self._means.crew.give_back(self._worker)
        return reply_of(head, body, time.monotonic() - self._started, self._means.limits)

    def _received(self, *, total: bool = False) -> tuple[Mapping[str, Any], bytes] | None:
        """Return the worker's message; None if it should be tried again with a total order.

        Args:
            total: whether the query has a total order, and the engine cannot have failed for want of one.

        Raises:
            EngineError: the worker ended.
        """
        crew, limits = self._means.crew, self._means.limits
        try:
            if not self._said and not self._is_done_shortly():
                self._go_on()
            return wire.receive(self._worker.connection, limits.answer_bytes, self._said)
        except ConnectionError:
            status = crew.end(self._worker)
            query = total_order(self._task.query) if status == -signal.SIGABRT and not total else None
            if query is None:
                raise problem_of_exit(status, limits) from None
        except BaseException:
            crew.end(self._worker)
            raise
        self._task = self._task._replace(query=query)
        self._said = b""
        self._start()
        return None

    def _is_done_shortly(self) -> bool:
        """Wait for the reply in the short place; return whether the query was a short one.

        That is told by what it computes: where processors are taken, a short one takes longer.
        """
        short = self._means.limits.short_seconds
        until = self._started + short
        while not self._is_done(until):
            left = short - (self._worker.spent() - self._worker.spent_before)
            if left <= 0 or until >= self._started + _CROWDED * short:
                return False
            until = time.monotonic() + max(left, _LEAST_SECONDS)
        return True

    def _is_done(self, until: float) -> bool:
        return self._worker.is_done(self._asker, min(until, self._asker.deadline + _GRACE_SECONDS))

    def _go_on(self) -> None:
        """Wait for the reply in a long place, and in turns with others who wait for one."""
        self._take_long_place()
        since = time.monotonic()
        turn = self._means.limits.seconds / _TURNS
        if self._is_done(since + min(_WARM_SECONDS, turn)):
            return
        self._worker.give_way()
        while not self._is_done(since + turn):
            if time.monotonic() > self._asker.deadline + _GRACE_SECONDS:
                raise problem_of_exit(-signal.SIGALRM, self._means.limits)
            if self._means.long.waiting and self._means.crew.pause(self._worker):
                self._place.change(self._means.long, again=True)
                self._means.crew.resume(self._worker)
            since = time.monotonic()

    def _take_long_place(self) -> None:
        """Change to a long place; meanwhile the worker pauses, or is ended where too much is paused already."""
        crew, long = self._means.crew, self._means.long
        if self._place.change_if_free(long):
            return
        if crew.pause(self._worker):
            self._place.change(long)
            crew.resume(self._worker)
        else:
            crew.end(self._worker)
            self._place.change(long)
            self._start()
