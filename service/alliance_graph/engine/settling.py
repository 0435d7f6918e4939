"""Making the memory that a worker shares with its host its own, ahead of time.

The engine counts references in what it reads, so a worker copies each page of the dataset that it
is the first to read. A page at a time, while a query waits, that takes an easy query a fifth of its
time, and leaves the copies wherever there is room. A worker that has copied some will copy most; so
when it has nothing to do, it copies the rest, a piece at a time.
"""

from __future__ import annotations

import ctypes
import errno
import mmap
import resource
import socket
from collections.abc import Sequence
from pathlib import Path

from alliance_graph.engine import awake

_PIECE_BYTES = 2 * 1024 * 1024
"""How much is copied without a look at whether there is something to do: in a millisecond."""
_SHARE = 16
"""A worker that has copied this part of the pages by itself copies the rest."""
_MADV_POPULATE_WRITE = 23
"""Has pages copied as if they were written to (Linux 5.14, madvise(2))."""
_libc = ctypes.CDLL(None, use_errno=True)

Regions = Sequence[tuple[int, int]]
"""Where memory begins, and how many bytes it has."""


def shared_regions() -> Regions:
    """Return the memory of this process that it will share with those forked from it, and that they may change."""
    found = []
    for line in Path("/proc/self/maps").read_text(encoding="utf-8").splitlines():
        place, rights, _, _, _, *name = line.split(maxsplit=5)
        if rights == "rw-p" and (not name or name[0].strip() == "[heap]"):
            start, end = (int(number, 16) for number in place.split("-"))
            found.append((start, end - start))
    return found


class Settling:
    """What a worker does when it has nothing to do."""

    def __init__(self, regions: Regions) -> None:
        """Begin in a process just forked.

        Args:
            regions: the memory that it shares with its host.
        """
        self._pieces = [
            (start + offset, min(_PIECE_BYTES, size - offset))
            for start, size in regions
            for offset in range(0, size, _PIECE_BYTES)
        ]
        pages = sum(size for _, size in regions) // mmap.PAGESIZE
        self._due_at = _copies() + pages // _SHARE

    def until_comes(self, connection: socket.socket) -> bytes | None:
        """Wait awake for a message, and copy pieces until it comes or all are copied.

        Returns:
            What can be read, nothing if the other side has closed; None if it is to be slept until something comes.
        """
        come = awake.comes(connection, awake.SECONDS)
        while come is None and self._step():
            come = awake.comes(connection, 0)
        return come

    def _step(self) -> bool:
        """Copy a piece if this process is used enough for that; return whether there may be another."""
        if not self._pieces or _copies() < self._due_at:
            return False
        place, size = self._pieces.pop()
        failed = _libc.madvise(ctypes.c_void_p(place), ctypes.c_size_t(size), _MADV_POPULATE_WRITE)
        if failed and ctypes.get_errno() == errno.EINVAL:  # an older kernel: pages are copied as they are read
            self._pieces.clear()
        return bool(self._pieces)


def _copies() -> int:
    """Return how many pages this process has copied, or been given, at most."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt
