"""The host process and its workers, as the service sees them."""

from __future__ import annotations

import ctypes
import os
import select
import signal
import socket
import subprocess
import threading
import time
from contextlib import suppress
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path

from alliance_graph.dataset.memory import Source
from alliance_graph.engine import wire
from alliance_graph.engine.lanes import Asker
from alliance_graph.engine.limits import Limits
from alliance_graph.engine.problems import failure
from alliance_graph.errors import AllianceGraphError

_START_SECONDS = 600
"""How long loading a dataset may take."""
_CONTROL_SECONDS = 10
"""How long the host may take to fork or end a worker, which it does in milliseconds."""
_libc = ctypes.CDLL(None)
_LOW_PRIORITY = 10
"""The niceness of a worker that lets others have the processor first."""


@dataclass
class Worker:
    """A process that evaluates one query at a time."""

    pid: int
    connection: socket.socket
    reusable: bool = True
    spent_before: float = 0.0
    """The processor time it had used when it was given its query, in seconds."""

    def __post_init__(self) -> None:
        clock = ctypes.c_int()
        _libc.clock_getcpuclockid(self.pid, ctypes.byref(clock))
        self._clock = clock.value

    def spent(self) -> float:
        """Return the processor time it has used in all, in seconds; none any more if it has ended."""
        try:
            return time.clock_gettime(self._clock)
        except OSError:
            return 0.0

    def is_done(self, asker: Asker, until: float) -> bool:
        """Wait for the first byte of a reply; return whether it, or the worker's end, came in time.

        Raises:
            EngineError: the client has gone.
        """
        return asker.wait(partial(wire.is_ready, self.connection, select.POLLIN), until)

    def give_way(self) -> None:
        """Let other processes go first from now on: without privileges, that cannot be undone."""
        self.reusable = False
        with suppress(OSError):  # it may have ended by now
            for thread in Path(f"/proc/{self.pid}/task").iterdir():  # each has a niceness of its own
                os.setpriority(os.PRIO_PROCESS, int(thread.name), _LOW_PRIORITY)

    def signal(self, number: int) -> None:
        """Send a signal; the process keeps its id until it is ended from here."""
        with suppress(ProcessLookupError):
            os.kill(self.pid, number)

    def own_bytes(self) -> int | None:
        """Return how much memory it has that it does not share with the host; None if that cannot be known."""
        with suppress(OSError):
            for line in Path(f"/proc/{self.pid}/smaps_rollup").read_text().splitlines():
                name, *value = line.split()
                if name == "Private_Dirty:":
                    return int(value[0]) * 1024
        return None


class Crew:
    """A host with the dataset, the workers it has forked, and which of them are idle or paused."""

    def __init__(self, source: Source, limits: Limits, attendant: str) -> None:
        """Start the host, wait until it has loaded the dataset, and have it fork a worker.

        Args:
            source: the data.
            limits: what a query may cost.
            attendant: the module whose `Attendant` answers, in a worker, a client whose connection is lent.

        Raises:
            AllianceGraphError: the host could not load the dataset.
        """
        self.quads = 0
        self._options = {"source": asdict(source), "limits": asdict(limits), "attendant": attendant}
        self._control_lock = threading.Lock()
        self._lock = threading.Lock()
        self._idle: list[Worker] = []
        self._most_idle = limits.short_queries + limits.long_queries
        self._paused: dict[int, int] = {}
        """How much memory of their own the paused workers have, in bytes."""
        self._most_paused_bytes = limits.short_queries * limits.memory_bytes
        self._closed = False
        self._start_host()
        self._idle.append(self._fork())

    @property
    def has_idle(self) -> bool:
        """Whether a worker is ready to be given something."""
        return bool(self._idle)

    def start(self, head: bytes, query: bytes) -> Worker:
        """Hand a query, and the encoded head of the message that it comes in, to a worker, a new one if none is idle or the idle one has died.

        Raises:
            EngineError: there is no worker to be had.
        """
        while self.has_idle:
            worker = self.start_if_idle(head, query)
            if worker is not None:
                return worker
        worker = self._fork()
        if not self._hand(worker, head, query):
            raise failure("a worker ended before it began")
        return worker

    def start_if_idle(self, head: bytes, query: bytes) -> Worker | None:
        """Hand something to a worker that is idle; return None if none is, or it has died."""
        with self._lock:
            worker = self._idle.pop() if self._idle else None
        return worker if worker is not None and self._hand(worker, head, query) else None

    def _hand(self, worker: Worker, head: bytes, query: bytes) -> bool:
        """Hand something to a worker; one that has died is ended, and False is returned."""
        try:
            worker.spent_before = worker.spent()
            wire.send_encoded(worker.connection, head, query)
        except wire.ConnectionLostError:
            self.end(worker)
            return False
        return True

    def give_back(self, worker: Worker) -> None:
        """Take back a worker that has done its work; what it has read of the dataset it reads sooner again."""
        with self._lock:
            keep = worker.reusable and len(self._idle) < self._most_idle and not self._closed
            if keep:
                self._idle.append(worker)
        if not keep:
            self.end(worker)

    def pause(self, worker: Worker) -> bool:
        """Stop a worker for a while unless the paused ones hold much memory already; return whether."""
        worker.signal(signal.SIGSTOP)
        own = worker.own_bytes()
        with self._lock:
            if own is not None and sum(self._paused.values()) + own <= self._most_paused_bytes:
                self._paused[worker.pid] = own
                return True
        worker.signal(signal.SIGCONT)
        return False

    def resume(self, worker: Worker) -> None:
        """Let a paused worker go on."""
        with self._lock:
            del self._paused[worker.pid]
        worker.signal(signal.SIGCONT)

    def end(self, worker: Worker) -> int:
        """End a worker, whatever it does; return its exit code, negative for a signal."""
        worker.connection.close()
        with self._lock:
            self._paused.pop(worker.pid, None)
        with self._control_lock:
            try:
                return self._ask_host_to_end(worker.pid)
            except (ConnectionError, TimeoutError):
                return -signal.SIGKILL

    def close(self) -> None:
        """End the host and all workers."""
        self._closed = True
        with self._control_lock, suppress(ConnectionError):
            # Said in words: another process may hold the socket too, since the server forks.
            wire.send(self._control, {"do": "quit"})
        self._control.close()
        self._forget_idle()
        with suppress(subprocess.TimeoutExpired):
            self._host.wait(timeout=5)
        if self._host.poll() is None:
            self._host.kill()
            self._host.wait()

    def _start_host(self) -> None:
        self._host, self._control = wire.start("alliance_graph.engine.host", self._options)
        self._control.settimeout(_START_SECONDS)
        try:
            head, _ = wire.receive(self._control)
        except wire.ConnectionLostError:
            self._host.wait()
            raise AllianceGraphError(
                "the engine ended while it loaded the dataset", "look above for its last words"
            ) from None
        if "error" in head:
            self._host.wait()
            raise AllianceGraphError(head["error"], head["mend"], place=head["place"])
        self.quads = head["quads"]
        self._control.settimeout(_CONTROL_SECONDS)

    def _fork(self) -> Worker:
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

    def _new_worker(self) -> Worker:
        wire.send(self._control, {"do": "fork"})
        head, descriptor = wire.receive_descriptor(self._control)
        if not head["pid"]:
            raise failure("no worker could be started")
        if descriptor is None:  # this process has no descriptor left; the host is well
            self._ask_host_to_end(head["pid"])
            raise failure("no worker could be reached")
        return Worker(head["pid"], socket.socket(fileno=descriptor))

    def _restart_host(self) -> None:
        """Start a new host after the old one died, which nothing a query does should bring about."""
        self._control.close()
        self._host.kill()
        self._host.wait()
        self._forget_idle()
        self._start_host()

    def _forget_idle(self) -> None:
        with self._lock:
            for worker in self._idle:
                worker.connection.close()
            self._idle.clear()

    def _ask_host_to_end(self, pid: int) -> int:
        wire.send(self._control, {"do": "end", "pid": pid})
        head, _ = wire.receive(self._control)
        return int(head["status"])
