"""Making the memory that a worker shares with its host its own, ahead of time, and in huge pages.

The engine counts references in what it reads, so a worker copies each page of the dataset that it
is the first to read. A page at a time, while a query waits, that takes an easy query a fifth of its
time, and leaves the copies wherever there is room. A worker that has copied some will copy most; so
when it has nothing to do, it copies the rest, a piece at a time. A piece that is one huge page is
found by one entry of the processor's tables instead of by hundreds, for which there is no room.
"""

from __future__ import annotations

import ctypes
import errno
import mmap
import resource
from collections.abc import Callable, Sequence
from itertools import pairwise
from pathlib import Path

_PIECE_BYTES = 2 * 1024 * 1024
"""How much is copied without a look at whether there is something to do, in 1 to 5 ms: a huge page, of most processors."""
_IDLE_SECONDS = 0.01
"""How long there is nothing to do before it begins: a client that asks again and again does so sooner."""
_SHARE = 16
"""A worker that has copied this part of the pages by itself copies the rest."""
_MADV_POPULATE_WRITE = 23
"""Has pages copied as if they were written to (Linux 5.14, madvise(2))."""
_MADV_COLLAPSE = 25
"""Has them copied into one huge page (Linux 6.1)."""
_libc = ctypes.CDLL(None, use_errno=True)

Region = tuple[int, int]
"""Where memory begins, and how many bytes it has."""
Regions = Sequence[Region]


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
        self._pieces = [piece for region in regions for piece in _pieces(region)]
        self._has_room = True
        """Whether the system may still have huge pages to give."""
        pages = sum(size for _, size in regions) // mmap.PAGESIZE
        self._due_at = _copies() + pages // _SHARE

    def settle(self, is_asked: Callable[[float], object]) -> None:
        """Copy pieces until there is something to do, or all are copied.

        Args:
            is_asked: waits for so many seconds; returns whether there is something to do.
        """
        if self._is_due() and not is_asked(_IDLE_SECONDS):
            while self._pieces and not is_asked(0):
                self._copy(*self._pieces.pop())

    def _is_due(self) -> bool:
        """Return whether this process is used enough for that, and not done."""
        return bool(self._pieces) and _copies() >= self._due_at

    def _copy(self, start: int, size: int) -> None:
        """Copy a piece, if the kernel can: otherwise pages are copied as they are read."""
        is_whole = size == _PIECE_BYTES and self._has_room
        refused = _advise(start, size, _MADV_COLLAPSE) if is_whole else errno.EINVAL
        if not refused:
            return
        failed = _advise(start, size, _MADV_POPULATE_WRITE)
        if failed == errno.EINVAL:
            self._pieces.clear()
        elif not failed and refused == errno.ENOMEM:  # it has looked long for a huge page, and would again
            self._has_room = False


def _pieces(region: Region) -> list[Region]:
    """Return the parts of a region, in its order: whole huge pages, and what is before and after them."""
    start, size = region
    end = start + size
    cuts = [start, *range((start // _PIECE_BYTES + 1) * _PIECE_BYTES, end, _PIECE_BYTES), end]
    return [(this, following - this) for this, following in pairwise(cuts)]


def _advise(start: int, size: int, advice: int) -> int:
    """Tell the kernel what to do with memory (madvise(2)); return the number of the error, 0 for none."""
    failed = _libc.madvise(ctypes.c_void_p(start), ctypes.c_size_t(size), advice)
    return ctypes.get_errno() if failed else 0


def _copies() -> int:
    """Return how many pages this process has copied, or been given, at most."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt
