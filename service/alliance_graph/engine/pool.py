"""The service's side of the engine: places for queries, and what happens when one goes too far.

There are two lanes. A query starts in the short one. If it takes longer than `short_seconds` it
moves to one of the few places for long queries; if they are all taken, its worker is ended and the
query waits for such a place, to start again there. So however many heavy queries arrive, a light
one soon finds a place. A worker that exceeds a limit is ended by the kernel and replaced; what it
died of becomes the problem that the client is told.
"""

from __future__ import annotations

import json
import os
import select
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from typing import Any

from alliance_graph.dataset.memory import Source
from alliance_graph.engine import wire
from alliance_graph.engine.limits import Limits
from alliance_graph.errors import AllianceGraphError

_GRACE_SECONDS = 0.5
"""How long after the deadline the kernel's alarm is given before the worker is ended from here."""
_START_SECONDS = 600
"""How long loading a dataset may take."""
_LONG_PRIORITY = 10
"""The niceness of a worker with a long query, so that short ones get the processor first."""


class EngineError(AllianceGraphError):
    """A query that got no answer: which problem it is, and what to tell the client."""

    def __init__(self, problem: str, cause: str, mend: str = "", **details: object) -> None:
        super().__init__(cause, mend)
        self.problem = problem
        self.details = details


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


@dataclass
class _Worker:
    pid: int
    connection: socket.socket
    reusable: bool = True


class Engine:
    """A dataset in a host process, and the workers that answer queries about it."""

    def __init__(self, source: Source, limits: Limits) -> None:
        """Start the host and wait until it has loaded the dataset.

        Args:
            source: the data.
            limits: what a query may cost.

        Raises:
            AllianceGraphError: the host could not load the dataset.
        """
        self.limits = limits
        self._options = json.dumps({"source": asdict(source), "limits": asdict(limits)})
        self._control_lock = threading.Lock()
        self._idle: list[_Worker] = []
        self._idle_lock = threading.Lock()
        self._short = threading.BoundedSemaphore(limits.short_queries)
        self._long = threading.BoundedSemaphore(limits.long_queries)
        self._waiting = 0
        self._waiting_lock = threading.Lock()
        self._closed = False
        self.quads = 0
        self._start_host()
        self._idle.append(self._fork())

    def _start_host(self) -> None:
        ours, theirs = socket.socketpair()
        with theirs:
            self._host = subprocess.Popen(  # noqa: S603 - our own module, no shell
                [sys.executable, "-m", "alliance_graph.engine.host", self._options],
                stdin=theirs.fileno(),
                close_fds=True,
            )
        ours.settimeout(_START_SECONDS)
        self._control = ours
        try:
            head, _ = wire.receive(ours)
        except wire.ConnectionLostError:
            self._host.wait()
            raise AllianceGraphError(
                "the engine ended while it loaded the dataset", "look above for its last words"
            ) from None
        if "error" in head:
            self._host.wait()
            raise AllianceGraphError(head["error"], head["mend"], place=head["place"])
        self.quads = head["quads"]

    def _fork(self) -> _Worker:
        with self._control_lock:
            for attempt in (1, 2):
                try:
                    wire.send(self._control, {"do": "fork"})
                    head, _ = wire.receive(self._control)
                    _, descriptors, _, _ = socket.recv_fds(self._control, 1, 1)
                    return _Worker(head["pid"], socket.socket(fileno=descriptors[0]))
                except (ConnectionError, IndexError):
                    if attempt == 2 or self._closed:
                        raise
                    self._restart_host()
        raise AssertionError("unreachable")

    def _restart_host(self) -> None:
        """Start a new host after the old one died, which nothing a query does should bring about."""
        self._control.close()
        self._host.kill()
        self._host.wait()
        with self._idle_lock:
            for worker in self._idle:
                worker.connection.close()
            self._idle.clear()
        self._start_host()

    def _end(self, worker: _Worker) -> int:
        """End a worker; return its exit code, negative for a signal."""
        worker.connection.close()
        with self._control_lock:
            try:
                wire.send(self._control, {"do": "end", "pid": worker.pid})
                head, _ = wire.receive(self._control)
            except ConnectionError:
                return -signal.SIGKILL
        return int(head["status"])

    def close(self) -> None:
        """End the host and all workers."""
        self._closed = True
        with self._control_lock, suppress(ConnectionError):
            # Said in words: another process may hold the socket too, since the server forks.
            wire.send(self._control, {"do": "quit"})
        self._control.close()
        with self._idle_lock:
            for worker in self._idle:
                worker.connection.close()
            self._idle.clear()
        with suppress(subprocess.TimeoutExpired):
            self._host.wait(timeout=5)
        if self._host.poll() is None:
            self._host.kill()
            self._host.wait()

    def ask(self, task: Task) -> Reply:
        """Answer a query.

        Raises:
            EngineError: there is no answer; the error says which problem it is.
        """
        started = time.monotonic()
        deadline = started + self.limits.seconds
        self._take(self._short, deadline)
        with _Place(self._short) as place:
            worker = self._send(task, deadline)
            if not self._is_done(worker, min(deadline, time.monotonic() + self.limits.short_seconds)):
                worker = self._move_to_long_lane(worker, place, task, deadline)
            head, body = self._receive(worker, deadline)
        return _reply(head, body, time.monotonic() - started, self.limits)

    def _move_to_long_lane(self, worker: _Worker, place: _Place, task: Task, deadline: float) -> _Worker:
        """Give up the short place for a long one, starting the query again if it has to wait for one."""
        if self._long.acquire(blocking=False):
            place.change_to(self._long)
        else:
            self._end(worker)
            place.leave()
            self._take(self._long, deadline)
            place.change_to(self._long)
            worker = self._send(task, deadline)
        with suppress(OSError):  # it may have ended by now
            os.setpriority(os.PRIO_PROCESS, worker.pid, _LONG_PRIORITY)
        worker.reusable = False  # a lowered priority cannot be raised again
        return worker

    def _take(self, places: threading.BoundedSemaphore, deadline: float) -> None:
        """Wait for a place, unless too many wait already."""
        if places.acquire(blocking=False):
            return
        with self._waiting_lock:
            if self._waiting >= self.limits.waiting:
                raise EngineError(
                    "too-many-requests",
                    f"{self._waiting} queries are waiting already",
                    "send the query again a little later",
                    retry_after=max(1, round(self.limits.seconds / 10)),
                )
            self._waiting += 1
        try:
            if not places.acquire(timeout=max(0.0, deadline - time.monotonic())):
                raise EngineError(
                    "busy",
                    f"the query waited {self.limits.seconds:g} s for others to end and was not answered",
                    "send it again later",
                    retry_after=round(self.limits.seconds),
                )
        finally:
            with self._waiting_lock:
                self._waiting -= 1

    def _send(self, task: Task, deadline: float) -> _Worker:
        """Hand a query to a worker, a new one if none is idle or the idle one has died."""
        request = {**asdict(task), "seconds": max(0.001, deadline - time.monotonic())}
        while True:
            with self._idle_lock:
                worker = self._idle.pop() if self._idle else None
            fresh = worker is None
            worker = worker or self._fork()
            try:
                wire.send(worker.connection, request)
            except wire.ConnectionLostError:
                self._end(worker)
                if fresh:
                    raise EngineError("engine-failed", "a worker ended before it began", "send it again") from None
            else:
                return worker

    @staticmethod
    def _is_done(worker: _Worker, until: float) -> bool:
        """Wait for the first byte of a reply; return whether it, or the worker's end, came in time."""
        return bool(select.select([worker.connection], [], [], max(0.0, until - time.monotonic()))[0])

    def _receive(self, worker: _Worker, deadline: float) -> tuple[dict[str, Any], bytes]:
        """Return a worker's reply, or raise the problem that its end means."""
        if not self._is_done(worker, deadline + _GRACE_SECONDS):
            self._end(worker)
            raise _problem(-signal.SIGALRM, self.limits)
        try:
            head, body = wire.receive(worker.connection)
        except ConnectionError:
            raise _problem(self._end(worker), self.limits) from None
        if worker.reusable and not head.pop("retire", False):
            with self._idle_lock:
                self._idle.append(worker)
        else:
            self._end(worker)
        return head, body


class _Place:
    """A place in one of the lanes, given back at the end whichever it is then."""

    def __init__(self, places: threading.BoundedSemaphore) -> None:
        self._held: threading.BoundedSemaphore | None = places

    def change_to(self, places: threading.BoundedSemaphore) -> None:
        """Give the place back for one already taken in the other lane."""
        self.leave()
        self._held = places

    def leave(self) -> None:
        """Give the place back."""
        if self._held is not None:
            self._held.release()
        self._held = None

    def __enter__(self) -> _Place:
        return self

    def __exit__(self, *_: object) -> None:
        self.leave()


def _problem(status: int, limits: Limits) -> EngineError:
    """Return what the client is told when a worker ended without an answer."""
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
            f"the query needed more than {limits.memory_mebibytes} MiB of memory",
            "make it more selective, or ask for less at a time",
            limit=limits.memory_bytes,
        )
    if status in (-signal.SIGSEGV, -signal.SIGBUS):
        return EngineError("query-too-complex", "the query is nested too deeply", "write it with less nesting")
    return EngineError("engine-failed", "the worker that evaluated the query ended", "send the query again")


def _reply(head: dict[str, Any], body: bytes, seconds: float, limits: Limits) -> Reply:
    """Return a worker's reply, or raise the problem it reports."""
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
        raise _problem(-signal.SIGABRT, limits)
    details = {name: head[name] for name in ("kind", "clause", "line", "column", "number", "limit") if head.get(name) is not None}
    raise EngineError(problem, _placed(head), head.get("mend", ""), **details)


def _placed(head: dict[str, Any]) -> str:
    """Return what is wrong with a query, with the place in it where that is known."""
    cause: str = head.get("cause", head["problem"])
    if head.get("line") is None:
        return cause
    return f"line {head['line']}, column {head['column']}: {cause}"
