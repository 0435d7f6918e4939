"""Places for queries, and bounded queues before them."""

from __future__ import annotations

import threading
import time

from alliance_graph.engine.limits import Limits
from alliance_graph.engine.problems import EngineError


class Lane:
    """Places for queries of one kind, and a queue of bounded length before them."""

    def __init__(self, places: int, limits: Limits) -> None:
        self._places = threading.BoundedSemaphore(places)
        self._limits = limits
        self._waiting = 0
        self._lock = threading.Lock()

    def take_if_free(self) -> bool:
        """Take a place if one is free; return whether."""
        return self._places.acquire(blocking=False)

    def take(self, deadline: float) -> None:
        """Wait for a place, unless too many wait already.

        Raises:
            EngineError: too many wait, or none got free in time.
        """
        if self.take_if_free():
            return
        seconds = self._limits.seconds
        with self._lock:
            if self._waiting >= self._limits.waiting:
                raise EngineError(
                    "too-many-requests",
                    f"{self._waiting} queries are waiting already",
                    "send the query again a little later",
                    retry_after=max(1, round(seconds / 10)),
                )
            self._waiting += 1
        try:
            if not self._places.acquire(timeout=max(0.0, deadline - time.monotonic())):
                raise EngineError(
                    "busy",
                    f"the query waited {seconds:g} s for others to end and was not answered",
                    "send it again later",
                    retry_after=max(1, round(seconds)),
                )
        finally:
            with self._lock:
                self._waiting -= 1

    def leave(self) -> None:
        """Give a place back."""
        self._places.release()


class Place:
    """A place in one of the lanes, given back at the end whichever it is then."""

    def __init__(self, lane: Lane, deadline: float) -> None:
        lane.take(deadline)
        self._lane: Lane | None = lane

    def change_if_free(self, lane: Lane) -> bool:
        """Change to a place in another lane if one is free there; return whether."""
        if not lane.take_if_free():
            return False
        self._leave()
        self._lane = lane
        return True

    def change(self, lane: Lane, deadline: float) -> None:
        """Give the place back and wait for one in another lane."""
        self._leave()
        lane.take(deadline)
        self._lane = lane

    def _leave(self) -> None:
        if self._lane is not None:
            self._lane.leave()
        self._lane = None

    def __enter__(self) -> Place:
        return self

    def __exit__(self, *_: object) -> None:
        self._leave()
