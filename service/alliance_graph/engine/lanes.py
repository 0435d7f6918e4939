"""Places for queries, and bounded lines before them in which clients take turns."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field

from alliance_graph.engine.limits import Limits
from alliance_graph.engine.problems import EngineError, failure

_LOOK_SECONDS = 0.5
"""How often it is looked whether anybody still waits for an answer."""


class Gone:
    """Whether the client of a request has gone, as the thread that serves it tells the one that works for it."""

    __slots__ = ("_is_set",)

    def __init__(self) -> None:
        self._is_set = False

    def set(self) -> None:
        """Say that it has."""
        self._is_set = True

    def is_set(self) -> bool:
        """Return whether it has."""
        return self._is_set


@dataclass(slots=True)
class Asker:
    """Who waits for an answer, and how long."""

    client: str
    """A name that the queries of one client share, such as its address."""
    deadline: float
    """When the answer is due, by the monotonic clock."""
    gone: Gone | None = None
    """Set when nobody waits any more; None where that is not known."""

    def wait(self, comes: Callable[[float], bool], until: float) -> bool:
        """Wait for something.

        Args:
            comes: waits for so many seconds; returns whether it came.
            until: when to stop waiting, by the monotonic clock.

        Returns:
            Whether it came.

        Raises:
            EngineError: the client has gone.
        """
        while True:
            if self.gone is not None and self.gone.is_set():
                raise failure("the client has gone")
            left = max(0.0, until - time.monotonic())
            step = left if self.gone is None else min(left, _LOOK_SECONDS)
            if comes(step):
                return True
            if step == left:
                return False


def _closed() -> threading.Lock:
    """Return a lock that is taken: an event takes ten times as long to make."""
    lock = threading.Lock()
    lock.acquire()
    return lock


@dataclass(slots=True)
class Waiting:
    """A query in the line."""

    is_called: bool = False
    has_place: bool = False
    on_call: Callable[[], object] | None = None
    """What to call, in whatever thread, when it is called out of the line."""
    since: float = field(default_factory=time.monotonic)
    _gate: threading.Lock = field(default_factory=_closed)

    def call(self) -> None:
        """Call it out of the line; once."""
        self.is_called = True
        self._gate.release()
        if self.on_call is not None:
            self.on_call()

    def wait(self, seconds: float) -> bool:
        """Wait until it is called, in one thread; return whether it is within so many seconds."""
        return self.is_called or self._gate.acquire(timeout=seconds)


class Lane:
    """Places for queries of one kind, and a line of bounded length before them.

    A free place goes to the clients in the line by turns, whoever has how many queries in it. A
    full line has room for the query of a client with few in it: the last of the client with most
    is turned away.
    """

    def __init__(self, places: int, limits: Limits) -> None:
        self._limits = limits
        self._lock = threading.RLock()
        self._free = places
        """Places that nobody has; while there are some, nobody is in the line. Below 0: places that are claimed."""
        self._line: dict[str, deque[Waiting]] = {}
        """Those who wait, by client, in the order of the clients' turns."""

    @property
    def waiting(self) -> int:
        """How many queries are in the line."""
        with self._lock:
            return sum(map(len, self._line.values()))

    @property
    def waited(self) -> float:
        """How long the first in the line has waited, in seconds; 0 if nobody is in it."""
        with self._lock:
            return time.monotonic() - min(line[0].since for line in self._line.values()) if self._line else 0.0

    @property
    def is_full(self) -> bool:
        """Whether all places are taken."""
        return self._free <= 0

    def take_if_free(self) -> bool:
        """Take a place if one is free; return whether."""
        with self._lock:
            return self._take_free()

    def _take_free(self) -> bool:
        is_free = self._free > 0
        self._free -= is_free
        return is_free

    def claim(self) -> None:
        """Take a place; if none is free, the next that is left goes to nobody else."""
        with self._lock:
            self._free -= 1

    def take(self, asker: Asker, *, again: bool = False) -> None:
        """Wait for a place, unless too many wait already.

        Args:
            asker: who waits for the answer.
            again: whether the query has had a place here already, and may wait however many do.

        Raises:
            EngineError: too many wait, none got free in time, or the client has gone.
        """
        waiting = self.stand(asker, again=again)
        if waiting is not None:
            self.wait(asker, waiting)

    def stand(self, asker: Asker, *, again: bool = False) -> Waiting | None:
        """Take a place, or stand in the line for one, unless too many do already; the arguments are those of `take`.

        Returns:
            The query in the line; None if it has a place.

        Raises:
            EngineError: too many wait.
        """
        with self._lock:
            return None if self._take_free() else self._line_up(asker.client, again)

    def wait(self, asker: Asker, waiting: Waiting) -> None:
        """Wait for a place in the line.

        Raises:
            EngineError: none got free in time, or others were let in first, or the client has gone.
        """
        try:
            asker.wait(waiting.wait, asker.deadline)
        except EngineError:
            if self._step_out(asker.client, waiting):
                self.leave()
            raise
        if self._step_out(asker.client, waiting):
            return
        if waiting.is_called:
            raise self._too_many()
        raise EngineError(
            "busy",
            f"the query was not answered within {self._limits.seconds:g} s, because others had to be answered too",
            "send it again later",
            retry_after=max(1, round(self._limits.seconds)),
        )

    def _line_up(self, client: str, again: bool) -> Waiting:
        line = self._line.get(client, deque())
        if self.waiting >= self._limits.waiting and not again:
            longest = max(self._line.values(), key=len)
            if len(longest) <= len(line) + 1:
                raise self._too_many()
            longest.pop().call()
        waiting = Waiting()
        line.append(waiting)
        self._line[client] = line
        return waiting

    def _step_out(self, client: str, waiting: Waiting) -> bool:
        """Leave the line unless called out of it already; return whether a place was given."""
        with self._lock:
            if not waiting.is_called:
                self._line[client].remove(waiting)
                if not self._line[client]:
                    del self._line[client]
            return waiting.has_place

    def _too_many(self) -> EngineError:
        return EngineError(
            "too-many-requests",
            f"{self._limits.waiting} queries are waiting already",
            "send the query again a little later",
            retry_after=max(1, round(self._limits.seconds / 10)),
        )

    def leave(self) -> None:
        """Give a place back, to the next in the line if there is one."""
        with self._lock:
            if not self._line or self._free < 0:
                self._free += 1
                return
            client, line = next(iter(self._line.items()))
            del self._line[client]
            waiting = line.popleft()
            if line:
                self._line[client] = line  # whose next turn is after everybody else's
            waiting.has_place = True
            waiting.call()


class Place:
    """A place in one of the lanes, or in the line for it; given back at the end whichever it is then."""

    def __init__(self, lane: Lane, asker: Asker) -> None:
        """Take a place in a lane, or stand in the line for one.

        Raises:
            EngineError: too many wait.
        """
        self._asker = asker
        self._waiting = lane.stand(asker)
        self._lane: Lane | None = lane

    @property
    def is_taken(self) -> bool:
        """Whether the line is over."""
        return self._waiting is None or self._waiting.has_place

    def when_called(self, tell: Callable[[], object]) -> None:
        """Have it told, in whatever thread, that the line is over; at once if it is."""
        assert self._waiting is not None
        self._waiting.on_call = tell
        if self._waiting.is_called:
            tell()

    def take(self) -> None:
        """Wait until the line is over.

        Raises:
            EngineError: none got free in time, or others were let in first, or the client has gone.
        """
        waiting, self._waiting = self._waiting, None
        if waiting is not None:
            assert self._lane is not None
            lane, self._lane = self._lane, None
            lane.wait(self._asker, waiting)
            self._lane = lane

    def change_if_free(self, lane: Lane) -> bool:
        """Change to a place in another lane if one is free there; return whether."""
        if not lane.take_if_free():
            return False
        self.leave()
        self._lane = lane
        return True

    def change(self, lane: Lane, *, again: bool = False) -> None:
        """Give the place back and wait for one in another lane, or `again` in the same."""
        self.leave()
        lane.take(self._asker, again=again)
        self._lane = lane

    def leave(self) -> None:
        """Give the place back, if that was not done yet."""
        if self._lane is not None:
            self._lane.leave()
        self._lane = None

    def __enter__(self) -> Place:
        return self

    def __exit__(self, *_: object) -> None:
        self.leave()
