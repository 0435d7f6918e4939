"""A mistake in a query."""

from __future__ import annotations

from typing import NamedTuple

MEND = "mend the query there"
_LONGEST_SHOWN = 40


class Mistake(NamedTuple):
    """What is wrong with a query, and how to mend it."""

    offset: int
    """Where, in characters from the start."""
    cause: str
    mend: str


def shown(text: str) -> str:
    """Return a part of a query as it is shown: the beginning of a long one, and the numbers of what cannot be seen."""
    line = text.partition("\n")[0]
    line = line if line == text and len(line) <= _LONGEST_SHOWN else f"{line[:_LONGEST_SHOWN]}…"
    return "".join(c if c.isprintable() else f"U+{ord(c):04X}" for c in line)
