"""The process that evaluates queries: one at a time, with nothing but one socket to reach the world.

It is forked from the host with the dataset already in memory. After its start it can open neither
a file nor a socket (RLIMIT_NOFILE), so even a query that slipped past admission reaches nothing. It
may be lent clients' connections, to answer what comes on them by itself (`engine/loans.py`).
The kernel ends it at the deadline (SIGALRM), at its memory limit (the engine aborts) and when the
host is gone; none of this needs the engine's cooperation, which it does not offer.
"""

from __future__ import annotations

import ctypes
import io
import os
import resource
import select
import signal
import socket
import threading
from collections.abc import Callable, Mapping
from functools import partial
from typing import TYPE_CHECKING, Any, NoReturn

import pyoxigraph as ox

from alliance_graph.engine import awake, wire
from alliance_graph.engine.admission import SERVICE, QueryRefusedError
from alliance_graph.engine.borrower import Attend, Borrower
from alliance_graph.engine.evaluation import Dataset, QuerySyntaxError, evaluate, kind_of, write_answer
from alliance_graph.engine.formats import FORMATS
from alliance_graph.engine.guard import QueryTooComplexError
from alliance_graph.engine.limits import Limits
from alliance_graph.engine.places import Places
from alliance_graph.engine.settling import Regions, Settling
from alliance_graph.engine.tasks import Task
from alliance_graph.engine.terms import term_from_json
from alliance_graph.errors import AllianceGraphError

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer as Buffer

_STACK_BYTES = 512 * 1024 * 1024
"""Address space for the engine's recursion; only what is used of it becomes memory."""
_RETIREMENT_SHARE = 0.5
"""The share of the memory limit that a worker may keep between queries; beyond it, it is replaced."""
_PR_SET_PDEATHSIG = 1
_CONNECTION = 0
"""The descriptor of a worker's one socket."""
EXIT_RETIRED = 0


class AnswerTooLargeError(Exception):
    """The answer has outgrown the limit."""


class _Buffer(io.BytesIO):
    """A file in memory to write an answer to, of bounded size."""

    def __init__(self, limit: int) -> None:
        super().__init__()
        self._limit = limit

    def write(self, chunk: Buffer) -> int:
        if self.tell() + memoryview(chunk).nbytes > self._limit:
            raise AnswerTooLargeError
        return super().write(chunk)


def run(connection: socket.socket, store: ox.Store, shared: Regions, limits: Limits, attend: Attend) -> None:
    """Answer queries until the other side closes or this process has grown too large; never returns.

    Args:
        connection: where they come from.
        store: the dataset.
        shared: the memory that this process shares with its host.
        limits: what a query may cost.
        attend: makes what answers the requests of a client whose connection is lent.
    """

    def work(own: socket.socket, places: Places, memory: OwnMemory) -> None:
        def is_to_retire() -> bool:
            return memory.grown() > _RETIREMENT_SHARE * limits.memory_bytes

        def reply(request: Mapping[str, Any], query: bytes) -> tuple[dict[str, Any], memoryview]:
            signal.setitimer(signal.ITIMER_REAL, float(request["seconds"]))
            head, answered = evaluated(Task.read(request, query), limits.answer_bytes)
            signal.setitimer(signal.ITIMER_REAL, 0)
            if is_to_retire():
                head["retire"] = True
            return head, answered

        evaluated = partial(answer, store, limits)
        settling = Settling(shared)
        _serve(own, settling, reply, Borrower(own, places, settling, limits, attend, evaluated, is_to_retire))

    confine(connection, limits, work)


def confine(
    connection: socket.socket, limits: Limits, work: Callable[[socket.socket, Places, OwnMemory], None]
) -> NoReturn:
    """Work in this process, just forked, without the means to open a file or a socket; it ends with the work.

    Args:
        connection: the one socket it keeps, apart from standard error.
        limits: how much memory it may use.
        work: what it does; it is given the socket, the places for others, and a measure of this process's memory.
    """
    _die_with_parent()
    own = _close_all_but(connection)
    memory = OwnMemory()
    places = Places(own)
    _limit_resources(limits, memory, places.last + 1)
    threading.stack_size(_STACK_BYTES)
    thread = threading.Thread(target=work, args=(own, places, memory), daemon=True)
    thread.start()
    thread.join()
    os._exit(EXIT_RETIRED)


class OwnMemory:
    """How much memory this process has come to use since it was forked."""

    def __init__(self) -> None:
        # Opened while it can be: a descriptor stays readable when no new one may be opened.
        self._statm = os.open("/proc/self/statm", os.O_RDONLY)
        self._page = resource.getpagesize()
        self._at_first = self.resident()

    def _fields(self) -> list[int]:
        return [int(field) * self._page for field in os.pread(self._statm, 128, 0).split()]

    def address_space(self) -> int:
        """Return the size of the address space in bytes."""
        return self._fields()[0]

    def resident(self) -> int:
        """Return the resident memory in bytes."""
        return self._fields()[1]

    def grown(self) -> int:
        """Return by how many bytes the resident memory has grown; pages shared with the host are in both."""
        return self.resident() - self._at_first


def _serve(
    connection: socket.socket,
    settling: Settling,
    reply: Callable[[Mapping[str, Any], bytes], tuple[dict[str, Any], memoryview]],
    borrower: Borrower,
) -> None:
    come = b""
    while True:
        try:
            begun = come or awake.comes(connection, awake.SECONDS)
            if begun is None:
                settling.settle(partial(wire.is_ready, connection, select.POLLIN))
            request, body, come = wire.receive_next(connection, begun=begun or b"")
            if "lend" in request:
                borrower.borrow(request["lend"], body)
            elif "recall" not in request:  # which comes too late where clients have gone back by themselves
                wire.send(connection, *reply(request, body))
        except wire.ConnectionLostError:
            return
        except MemoryError:
            os.abort()  # as the engine does when it has none left


def answer(
    store: ox.Store, limits: Limits, task: Task, longest: int, *, at_once: bool = False
) -> tuple[dict[str, Any], memoryview]:
    """Return head and body of the reply to a query, and to what is asked about it.

    Args:
        store: the dataset.
        limits: what the query may cost.
        task: the query.
        longest: how many bytes the body may have.
        at_once: whether a body that is too long may be noticed as late as when it is there as a whole.
    """
    dataset = Dataset(task.default_graphs, task.named_graphs) if task.default_graphs or task.named_graphs else None
    bindings = {name: term_from_json(term) for name, term in task.bindings.items()} if task.bindings else None
    buffer = _Buffer(longest)
    head: dict[str, Any]
    try:
        results = evaluate(store, task.query, bindings=bindings, dataset=dataset, inlined=task.inlined, limits=limits)
        kind = kind_of(results)
        name = task.formats.get(kind)
        if name is None:
            head = {"problem": "not-acceptable", "kind": kind}
        else:
            write_answer(results, FORMATS[name], buffer, at_once=at_once)
            return {"kind": kind, "format": name}, buffer.getbuffer()
    except AnswerTooLargeError:
        head = {"problem": "answer-too-large"}
    except MemoryError:
        head = {"problem": "out-of-memory"}
    except QueryRefusedError as error:
        # An update is no query (SPARQL 1.1 Protocol, section 2.1.7): wrong rather than forbidden.
        problem = "query-refused" if error.clause == SERVICE else "bad-request"
        head = {"problem": problem, "clause": error.clause, "line": error.line, "column": error.column}
        head |= {"cause": error.cause, "mend": error.mend}
    except QueryTooComplexError as error:
        head = {"problem": "query-too-complex", "line": error.line, "column": error.column}
        head |= {"number": error.number, "limit": error.limit, "cause": error.cause, "mend": error.mend}
    except QuerySyntaxError as error:
        head = {"problem": "query-syntax", "line": error.line, "column": error.column}
        head |= {"cause": error.cause, "mend": error.mend}
    except AllianceGraphError as error:
        head = {"problem": "query-failed", "cause": error.cause, "mend": error.mend}
    return head, memoryview(b"")


def _die_with_parent() -> None:
    parent = os.getppid()
    ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if parent == 1:  # the host was gone before the call
        os._exit(EXIT_RETIRED)


def _close_all_but(kept: socket.socket) -> socket.socket:
    """Close every descriptor except a socket, which is returned under another; standard error stays for the engine's last words."""
    os.dup2(kept.detach(), _CONNECTION)
    os.closerange(1, 2)
    os.closerange(3, 1 << 16)
    return socket.socket(fileno=_CONNECTION)


def _limit_resources(limits: Limits, memory: OwnMemory, descriptors: int) -> None:
    for which, value in (
        (resource.RLIMIT_AS, memory.address_space() + _STACK_BYTES + limits.memory_bytes),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_NOFILE, descriptors),
    ):
        resource.setrlimit(which, (value, value))
