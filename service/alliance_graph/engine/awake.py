"""Waiting awake: to sleep and be woken takes a process longer than an easy query, and finds the processor's caches cold.

A processor is offered to others between two looks. Where one of them computes for long, it is slept
for a while instead: who is woken soon gets a processor back, who has offered it waits for a whole turn of the other.
"""

from __future__ import annotations

import os
import select
import socket
import time
from collections.abc import Callable
from typing import TypeVar

from alliance_graph.engine.wire import FIRST_BYTES

_T = TypeVar("_T")

SECONDS = 0.0003
"""How long a worker waits awake for what it is asked next: as long as a client takes to read an answer and ask again."""
_TURN_SECONDS = 0.002
"""How long a processor that was offered is away at least if it is for another's turn."""
_CONTENDED_SECONDS = 0.25
"""How long it is slept instead after that."""
_slept_until = [0.0]


def comes(connection: socket.socket, seconds: float, flags: int = 0) -> bytes | None:
    """Wait awake for a message; return how it begins, nothing if the other side has closed.

    Args:
        connection: the socket.
        seconds: for how long.
        flags: how it is read, beside without waiting.

    Returns:
        What can be read; None if it does not begin to come within so many seconds, or if it is better to sleep.
    """

    def look() -> bytes | None:
        try:
            return connection.recv(FIRST_BYTES, socket.MSG_DONTWAIT | flags)
        except BlockingIOError:
            return None
        except OSError:
            return b""

    return _seen(look, seconds)


def ready(waiting: select.poll, seconds: float) -> list[tuple[int, int]]:
    """Wait awake for some of several descriptors; return what `poll` does: those that are ready, none if it is better to sleep."""
    return _seen(lambda: waiting.poll(0) or None, seconds) or []


def _seen(look: Callable[[], _T | None], seconds: float) -> _T | None:
    """Return what is seen within so many seconds; None if nothing is, or if it is better to sleep."""
    now = time.perf_counter()
    end = now + seconds
    while True:
        seen = look()
        if seen is not None or now >= end or now < _slept_until[0]:
            return seen
        offered = now
        os.sched_yield()
        now = time.perf_counter()
        if now - offered > _TURN_SECONDS:
            _slept_until[0] = now + _CONTENDED_SECONDS
