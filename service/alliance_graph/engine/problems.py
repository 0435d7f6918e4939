"""What a client is told when a query got no answer."""

from __future__ import annotations

import signal

from alliance_graph.engine.limits import Limits
from alliance_graph.errors import AllianceGraphError


class EngineError(AllianceGraphError):
    """A query that got no answer: which problem it is, and what to tell the client."""

    def __init__(self, problem: str, cause: str, mend: str = "", **details: object) -> None:
        super().__init__(cause, mend)
        self.problem = problem
        self.details = details


def failure(cause: str) -> EngineError:
    """Return the problem that the query is not to blame for: the engine was disturbed."""
    return EngineError("engine-failed", cause, "send the query again", retry_after=1)


def problem_of_exit(status: int, limits: Limits) -> EngineError:
    """Return the problem that a worker's exit code means when it ended without an answer."""
    if status in (-signal.SIGALRM, -signal.SIGXCPU):
        return EngineError(
            "timeout",
            f"the query took longer than {limits.seconds:g} s",
            "make it more selective, or ask for less at a time",
            limit=limits.seconds,
        )
    if status == -signal.SIGABRT:
        return EngineError(
            "out-of-memory",
            f"the query needed more than {limits.memory_mebibytes} MiB of memory, or the engine gave it up",
            "make it more selective, or ask for less at a time",
            limit=limits.memory_bytes,
        )
    if status in (-signal.SIGSEGV, -signal.SIGBUS):
        return EngineError("query-too-complex", "the query is nested too deeply", "write it with less nesting")
    return failure("the worker that evaluated the query ended")
