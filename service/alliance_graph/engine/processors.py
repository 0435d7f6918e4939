"""On which processor a process runs, and getting off it."""

from __future__ import annotations

import ctypes
import os
from contextlib import suppress

_libc = ctypes.CDLL(None)


def current() -> int:
    """Return the number of the processor that runs this."""
    return int(_libc.sched_getcpu())


def keep_off(number: int | None) -> None:
    """Go to another processor if this runs on the one with that number, if one is given, and may run on others.

    Processes that wake one another come to lie on one processor, and the kernel leaves them there as long
    as each of them only runs for moments, however idle the others are.
    """
    if number is None or current() != number:
        return
    allowed = os.sched_getaffinity(0)
    if len(allowed) > 1:
        with suppress(OSError):  # the others may have been taken away meanwhile
            os.sched_setaffinity(0, allowed - {number})
            os.sched_setaffinity(0, allowed)
