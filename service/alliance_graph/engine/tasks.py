"""Queries as they are given to the engine, and what comes back."""

from __future__ import annotations

import signal
from collections.abc import Mapping
from functools import lru_cache
from types import MappingProxyType
from typing import Any, NamedTuple

from alliance_graph.engine import wire
from alliance_graph.engine.limits import Limits
from alliance_graph.engine.problems import EngineError, problem_of_exit

_SHORTEST_SECONDS = 0.1


class Task(NamedTuple):
    """A query to be answered."""

    query: str
    formats: Mapping[str, str | None]
    """The format wanted for each kind of answer (`solutions`, `boolean`, `graph`); None: none acceptable."""
    default_graphs: tuple[str, ...] = ()
    named_graphs: tuple[str, ...] = ()
    bindings: Mapping[str, dict[str, str]] = MappingProxyType({})
    inlined: Mapping[str, str] = MappingProxyType({})
    """Solutions of other endpoints, by the markers that stand for them in the query."""

    @classmethod
    def read(cls, head: Mapping[str, Any], query: bytes) -> Task:
        """Return what a worker is told in a head, and with it."""
        return cls(
            query.decode("utf-8", "surrogatepass"),
            head["formats"],
            tuple(head["default_graphs"]),
            tuple(head["named_graphs"]),
            head["bindings"],
            head["inlined"],
        )

    def head(self, seconds: float) -> bytes:
        """Return what a worker is told with the query, as JSON; `seconds` is the time it has."""
        seconds = max(_SHORTEST_SECONDS, round(seconds, 1))  # in few different numbers, so that few heads are written
        formats = tuple(self.formats.items())
        if self.bindings or self.inlined:
            return _head(seconds, formats, self.default_graphs, self.named_graphs, self.bindings, self.inlined)
        return _usual_head(seconds, formats, self.default_graphs, self.named_graphs)


def _head(
    seconds: float,
    formats: tuple[tuple[str, str | None], ...],
    default_graphs: tuple[str, ...],
    named_graphs: tuple[str, ...],
    bindings: Mapping[str, dict[str, str]] = MappingProxyType({}),
    inlined: Mapping[str, str] = MappingProxyType({}),
) -> bytes:
    return wire.encoded(
        {
            "seconds": seconds,
            "formats": dict(formats),
            "default_graphs": default_graphs,
            "named_graphs": named_graphs,
            "bindings": dict(bindings),
            "inlined": dict(inlined),
        }
    )


_usual_head = lru_cache(maxsize=256)(_head)
"""The same for a query that stands by itself: most are told the same."""


class Reply(NamedTuple):
    """A whole answer."""

    kind: str
    format: str
    body: bytes
    seconds: float


def reply_of(head: Mapping[str, Any], body: bytes, seconds: float, limits: Limits) -> Reply:
    """Return a worker's reply.

    Args:
        head: the head of the worker's message.
        body: its body.
        seconds: how long it took.
        limits: what the query might cost.

    Raises:
        EngineError: the worker reports a problem.
    """
    problem = head.get("problem")
    if problem is None:
        return Reply(head["kind"], head["format"], body, seconds)
    if problem == "answer-too-large":
        raise EngineError(
            problem,
            f"the answer is larger than {limits.answer_mebibytes} MiB",
            "ask for it in parts, with LIMIT and OFFSET, or in a shorter format",
            limit=limits.answer_bytes,
        )
    if problem == "out-of-memory":
        raise problem_of_exit(-signal.SIGABRT, limits)
    details = {
        name: head[name]
        for name in ("kind", "clause", "line", "column", "number", "limit")
        if head.get(name) is not None
    }
    raise EngineError(problem, _placed(head), head.get("mend", ""), **details)


def _placed(head: Mapping[str, Any]) -> str:
    """Return what is wrong with a query, with the place in it where that is known."""
    cause: str = head.get("cause", head["problem"])
    if head.get("line") is None:
        return cause
    return f"line {head['line']}, column {head['column']}: {cause}"
