"""Queries as they are given to the engine, and what comes back."""

from __future__ import annotations

import signal
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from alliance_graph.engine.limits import Limits
from alliance_graph.engine.problems import EngineError, problem_of_exit


@dataclass(frozen=True)
class Task:
    """A query to be answered."""

    query: str
    formats: Mapping[str, str | None]
    """The format wanted for each kind of answer (`solutions`, `boolean`, `graph`); None: none acceptable."""
    default_graphs: tuple[str, ...] = ()
    named_graphs: tuple[str, ...] = ()
    bindings: Mapping[str, dict[str, str]] = field(default_factory=dict)
    inlined: Mapping[str, str] = field(default_factory=dict)
    """Solutions of other endpoints, by the markers that stand for them in the query."""


@dataclass(frozen=True)
class Reply:
    """A whole answer."""

    kind: str
    format: str
    body: bytes
    seconds: float


def reply_of(head: dict[str, Any], body: bytes, seconds: float, limits: Limits) -> Reply:
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


def _placed(head: dict[str, Any]) -> str:
    """Return what is wrong with a query, with the place in it where that is known."""
    cause: str = head.get("cause", head["problem"])
    if head.get("line") is None:
        return cause
    return f"line {head['line']}, column {head['column']}: {cause}"
