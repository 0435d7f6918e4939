"""Using a second processor for work that is all Python."""

from __future__ import annotations

import os
import pickle
import threading
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")


def can_fork() -> bool:
    """Return whether a child of this process may compute something: a thread's locks would be copied too."""
    return hasattr(os, "fork") and (os.cpu_count() or 1) > 1 and threading.active_count() == 1


def both(here: Callable[[], T], there: Callable[[], T]) -> tuple[T, T]:
    """Return the results of two computations, the second made by a child process meanwhile.

    The child has everything this process has in memory; its result comes back pickled. If it does
    not come back whole, the second computation is made here, so that it fails as it would have.
    """
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        code = 1
        try:
            os.close(reading)
            with os.fdopen(writing, "wb") as pipe:
                pickle.dump(there(), pipe)
            code = 0
        finally:
            os._exit(code)
    os.close(writing)
    try:
        with os.fdopen(reading, "rb") as pipe:
            first = here()
            answer = pipe.read()
    finally:
        _, status = os.waitpid(child, 0)
    if status != 0:
        return first, there()
    # What is read was written by this very program a moment ago.
    second: T = pickle.loads(answer)  # noqa: S301
    return first, second
