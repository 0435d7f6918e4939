"""What a query may cost. The code, the service description and the errors read these same numbers."""

from __future__ import annotations

from dataclasses import dataclass

MEBIBYTE = 1024 * 1024


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
    # How long a query counts as short, in seconds; a longer one moves to the lane for long ones.
    short_seconds: float = 0.1
    # How many long queries run at the same time.
    long_queries: int = 2
    # How many short queries run at the same time.
    short_queries: int = 4
    # How many queries wait for a place at the most; the next one is turned away with 429.
    waiting: int = 64
    # How many brackets may be open at a time in a query.
    nesting: int = 128
    # How many patterns, alternatives and operators a query may have in one group or chain.
    chain: int = 150

    # How much memory answers are kept in to be given again, in MiB.
    cache_mebibytes: int = 64

    @property
    def answer_bytes(self) -> int:
        return self.answer_mebibytes * MEBIBYTE

    @property
    def memory_bytes(self) -> int:
        return self.memory_mebibytes * MEBIBYTE
