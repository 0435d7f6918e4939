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
from pathlib import Path
from typing import Any

from alliance_graph.dataset.memory import Source
from alliance_graph.engine import wire
from alliance_graph.engine.lanes import Asker, Lane, Place
from alliance_graph.engine.limits import Limits
from alliance_graph.engine.problems import EngineError, failure, problem_of_exit
from alliance_graph.errors import AllianceGraphError

__all__ = ["Engine", "EngineError", "Reply", "Task"]

_GRACE_SECONDS = 0.5
"""How long after the deadline the kernel's alarm is given before the worker is ended from here."""
_START_SECONDS = 600
"""How long loading a dataset may take."""
_CONTROL_SECONDS = 10
"""How long the host may take to fork or end a worker, which it does in milliseconds."""
_LONG_PRIORITY = 10
"""The niceness of a worker with a long query, so that short ones get the processor first."""


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


class Begun:
    """A query that a worker has in hand."""

    def __init__(self, engine: Engine, task: Task, asker: Asker, place: Place, worker: _Worker) -> None:
        self.task = task
        self.asker = asker
        self.place = place
        self.worker = worker
        self.started = time.monotonic()
        self._engine = engine
        self._end: Reply | Exception | None = None

    def fileno(self) -> int:
        """Return the descriptor that can be read from as soon as the reply comes."""
        return self.worker.connection.fileno()

    def size(self) -> int:
        """Return the size in bytes of the reply that has begun to come, 0 if the worker has ended instead."""
        return wire.peek(self.worker.connection)

    def finish(self) -> Reply:
        """Wait for the answer and return it; a second time the same, or the same error.

        Raises:
            EngineError: there is no answer; the error says which problem it is.
        """
        if self._end is None:
            try:
                self._end = self._engine._finish(self)
            except Exception as error:
                self._end = error
        if isinstance(self._end, Exception):
            raise self._end
        return self._end


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
        self._short = Lane(limits.short_queries, limits)
        self._long = Lane(limits.long_queries, limits)
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
        ours.settimeout(_CONTROL_SECONDS)

    def _fork(self) -> _Worker:
        """Return a new worker, from a new host if the old one has died.

        Raises:
            EngineError: there is none to be had.
        """
        with self._control_lock:
            try:
                return self._new_worker()
            except (ConnectionError, TimeoutError):
                if self._closed:
                    raise failure("the service is ending") from None
            try:
                self._restart_host()
                return self._new_worker()
            except (ConnectionError, TimeoutError, AllianceGraphError) as error:
                raise failure(f"no worker could be started: {error}") from None

    def _new_worker(self) -> _Worker:
        wire.send(self._control, {"do": "fork"})
        head, _ = wire.receive(self._control)
        if not head["pid"]:
            raise failure("no worker could be started")
        _, descriptors, _, _ = socket.recv_fds(self._control, 1, 1)
        if not descriptors:  # this process has no descriptor left; the host is well
            self._ask_host_to_end(head["pid"])
            raise failure("no worker could be reached")
        return _Worker(head["pid"], socket.socket(fileno=descriptors[0]))

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
                return self._ask_host_to_end(worker.pid)
            except (ConnectionError, TimeoutError):
                return -signal.SIGKILL

    def _ask_host_to_end(self, pid: int) -> int:
        wire.send(self._control, {"do": "end", "pid": pid})
        head, _ = wire.receive(self._control)
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

    def ask(self, task: Task, gone: threading.Event | None = None, client: str = "") -> Reply:
        """Answer a query.

        Args:
            task: the query.
            gone: set when nobody waits for the answer any more; the work ends then.
            client: a name that the queries of one client share; where queries wait, clients take turns.

        Raises:
            EngineError: there is no answer; the error says which problem it is.
        """
        asker = Asker(client, time.monotonic() + self.limits.seconds, gone)
        return self._begin(task, asker, Place.wait(self._short, asker)).finish()

    def begin(self, task: Task, gone: threading.Event | None = None, client: str = "") -> Begun | None:
        """Hand a query to a worker if none has to be waited for; the arguments are those of `ask`.

        Returns:
            The query in hand, which has to be finished; None if there is no place or no idle worker.

        Raises:
            EngineError: no worker could be reached.
        """
        asker = Asker(client, time.monotonic() + self.limits.seconds, gone)
        place = Place.if_free(self._short, asker) if self._idle else None
        return self._begin(task, asker, place) if place is not None else None

    def _begin(self, task: Task, asker: Asker, place: Place) -> Begun:
        try:
            return Begun(self, task, asker, place, self._send(task, asker))
        except BaseException:
            place.leave()
            raise

    def _finish(self, begun: Begun) -> Reply:
        """Wait for the answer to a query that a worker has in hand."""
        asker = begun.asker
        with begun.place as place:
            worker, started = begun.worker, begun.started
            short = started + self.limits.short_seconds
            if not self._is_done(worker, asker, min(asker.deadline, short)):
                worker = self._move_to_long_lane(worker, place, begun.task, asker)
            head, body = self._receive(worker, asker)
        return _reply(head, body, time.monotonic() - started, self.limits)

    def _move_to_long_lane(self, worker: _Worker, place: Place, task: Task, asker: Asker) -> _Worker:
        """Give up the short place for a long one, starting the query again if it has to wait for one."""
        if not place.change_if_free(self._long):
            self._end(worker)
            place.change(self._long)
            worker = self._send(task, asker)
        worker.reusable = False  # a lowered priority cannot be raised again
        _lower_priority(worker.pid)
        return worker

    def _send(self, task: Task, asker: Asker) -> _Worker:
        """Hand a query to a worker, a new one if none is idle or the idle one has died."""
        request = {**vars(task), "seconds": max(0.001, asker.deadline - time.monotonic())}
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
                    raise failure("a worker ended before it began") from None
            else:
                return worker

    def _is_done(self, worker: _Worker, asker: Asker, until: float) -> bool:
        """Wait for the first byte of a reply; return whether it, or the worker's end, came in time."""
        waiting = select.poll()  # not select(), which fails when clients hold a thousand descriptors
        waiting.register(worker.connection, select.POLLIN)
        try:
            return asker.wait(lambda seconds: bool(waiting.poll(seconds * 1000)), until)
        except BaseException:
            self._end(worker)
            raise

    def _receive(self, worker: _Worker, asker: Asker) -> tuple[dict[str, Any], bytes]:
        """Return a worker's reply, or raise the problem that its end means."""
        if not self._is_done(worker, asker, asker.deadline + _GRACE_SECONDS):
            self._end(worker)
            raise problem_of_exit(-signal.SIGALRM, self.limits)
        try:
            head, body = wire.receive(worker.connection, self.limits.answer_bytes)
        except ConnectionError:
            raise problem_of_exit(self._end(worker), self.limits) from None
        except BaseException:
            self._end(worker)
            raise
        if worker.reusable and not head.pop("retire", False):
            with self._idle_lock:
                self._idle.append(worker)
        else:
            self._end(worker)
        return head, body


def _lower_priority(pid: int) -> None:
    """Let other processes go first; on Linux each thread has a niceness of its own."""
    with suppress(OSError):  # it may have ended by now
        for thread in Path(f"/proc/{pid}/task").iterdir():
            os.setpriority(os.PRIO_PROCESS, int(thread.name), _LONG_PRIORITY)


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
