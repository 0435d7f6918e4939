"""What a query may cost. The code, the service description and the errors read these same numbers."""

from __future__ import annotations

import os
from dataclasses import dataclass, field

MEBIBYTE = 1024 * 1024


def _places(least: int, each: int, words: str) -> int:
    """Return a field for a number of places that depends on the machine."""
    return field(default_factory=lambda: max(least, each * len(os.sched_getaffinity(0))), metadata={"default": words})


@dataclass(frozen=True)
class Limits:
    """The limits of one query and of all of them together."""

    # The longest query that is read, in bytes.
    query_bytes: int = 100_000
    # How long a query may take from its start to its whole answer, in seconds.
    seconds: float = 30.0
    # How much memory a query may use beyond the dataset itself, in MiB.
    memory_mebibytes: int = 1024
    # The largest answer, in MiB; a larger one is refused as a whole, never cut.
    answer_mebibytes: int = 64
    # How long a query may compute and count as short, in seconds; a longer one moves to the lane for long ones.
    short_seconds: float = 0.1
    # How many long queries run at the same time.
    long_queries: int = _places(2, 1, "one a processor, at least 2")
    # How many short queries run at the same time.
    short_queries: int = _places(4, 2, "two a processor, at least 4")
    # How many queries wait for a place at the most. For one more, the last of the client with most of them
    # is turned away with 429.
    waiting: int = 64
    # How many brackets may stand inside one another in a query: the engine reads them by recursion, and
    # from 690 on they can overflow a stack of 8 MiB. W3C queries have at most 7.
    nesting: int = 128
    # How many patterns may be joined in one group; a path counts once for each of its steps, a list twice
    # for each of its items, an OPTIONAL once. Planning takes the fourth power of it: 80 patterns about
    # one variable 0.2 s and in the worst form 1 s, 200 more than 8 s. W3C queries have at most 11.
    patterns: int = 80
    # How many patterns a query may have in all, counted double for each subselect around them: the
    # engine's inference of types visits the inside of an aggregating subselect twice, so 20 levels of them
    # take 0.8 s and each further level doubles that.
    all_patterns: int = 500
    # How often FILTER, BIND, MINUS, UNION, or an operator in an expression, may be in one group or
    # expression. Planning takes the square of it (2,000 take 2 s), and from 2,600 on they can overflow a
    # stack of 8 MiB.
    chain: int = 250
    # How many items a list of values or arguments may have (VALUES, IN, a function, DESCRIBE, ORDER BY):
    # 5,000 of the costliest take 1.5 s, 10,000 take 6 s.
    items: int = 5000
    # How much memory answers are kept in to be given again, in MiB.
    cache_mebibytes: int = 64
    # The longest text that /validate judges, in bytes.
    text_bytes: int = 1_000_000
    # How long judging a text may take, in seconds.
    text_seconds: float = 20.0

    @property
    def answer_bytes(self) -> int:
        return self.answer_mebibytes * MEBIBYTE

    @property
    def memory_bytes(self) -> int:
        return self.memory_mebibytes * MEBIBYTE
