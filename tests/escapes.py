"""Run by test_escapes: a worker with admission left out, as if a query had slipped past it.

`escapes.py worker URL` evaluates a query with SERVICE in a worker, `here` in this process; `code FILE` runs
Python in a worker that tries what no worker may do, and `lent FILE` in one that has a client's connection.
"""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, NoReturn
from urllib.parse import quote

import pyoxigraph as ox

from alliance_graph.engine import evaluation, wire, worker
from alliance_graph.engine.limits import Limits
from alliance_graph.engine.tasks import Task
from alliance_graph.errors import AllianceGraphError
from alliance_graph.web.attendant import Attendant, prepare

_LENT = 3
"""The descriptor of the connection that a worker is lent."""
_FORMATS = {"solutions": "json", "boolean": "json", "graph": "turtle"}


@contextmanager
def _working() -> Iterator[socket.socket]:
    """Run a worker, started as the host starts it."""
    store = ox.Store()
    store.add(ox.Quad(ox.NamedNode("urn:s"), ox.NamedNode("urn:p"), ox.NamedNode("urn:o")))
    prepare(Limits())
    ours, theirs = socket.socketpair()
    pid = os.fork()
    if pid == 0:
        ours.close()
        worker.run(theirs, store, [], Limits(), Attendant)
    theirs.close()
    with ours:
        yield ours
    os.waitpid(pid, 0)


def _ask_worker(query: str) -> Mapping[str, Any]:
    """Evaluate a query in a worker; return the head of its reply."""
    with _working() as connection:
        wire.send_encoded(connection, Task(query, _FORMATS).head(10), query.encode())
        head, _ = wire.receive(connection)
        return head


def _ask_lent(query: str) -> str:
    """Ask a query over a connection that is lent to a worker; return what comes on it."""
    terms = {"paths": ["/"], "citing": {}}
    client, server = socket.socketpair()
    client.settimeout(10)
    with client, server, _working() as connection:
        wire.send(connection, {"lend": 0}, json.dumps(terms).encode())
        wire.receive(connection)
        wire.send_descriptor(connection, {"client": True}, server.fileno())
        client.sendall(f"GET /?query={quote(query)} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())
        return client.recv(10_000).decode()


def _attempts(file: Path) -> dict[str, Callable[[], object]]:
    return {
        "read a file": lambda: Path("/etc/passwd").read_bytes(),
        "write a file": lambda: file.write_text("escaped"),
        "connect": lambda: socket.create_connection(("127.0.0.1", 9)),
        "pipe": os.pipe,
        "duplicate": lambda: os.dup(2),
        "run a program": lambda: subprocess.run(["/bin/true"], check=True),
    }


def _try_all(file: Path, tell: Callable[[str], object] = str) -> NoReturn:
    outcomes = []
    for name, attempt in _attempts(file).items():
        outcome = "succeeded"
        try:
            attempt()
        except OSError:
            outcome = "refused"
        outcomes.append(f"{name}: {outcome}")
    tell("\n".join(outcomes))
    raise AllianceGraphError("\n".join(outcomes))


def _tell_client(text: str) -> None:
    """Say something on the connection that the worker was lent."""
    os.write(_LENT, text.encode())


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")


def main(where: str, target: str) -> None:
    setattr(evaluation, "admit", lambda query, **_: query)  # noqa: B010 - not its own name
    query = f"SELECT * {{ SERVICE <{target}> {{ ?s ?p ?o }} }}"
    if where == "here":
        with suppress(OSError, RuntimeError, SyntaxError):
            _say(str(list(evaluation.evaluate(ox.Store(), query))))  # type: ignore[arg-type]
    elif where == "worker":
        head = _ask_worker(query)
        _say(f"refused: {head['cause']}" if "problem" in head else "answered")
    elif where == "code":
        setattr(worker, "evaluate", lambda *_, **__: _try_all(Path(target)))  # noqa: B010 - not its own name
        _say(_ask_worker(query)["cause"])
    else:
        setattr(worker, "evaluate", lambda *_, **__: _try_all(Path(target), _tell_client))  # noqa: B010 - not its own name
        _say(_ask_lent(query))


if __name__ == "__main__":
    main(*sys.argv[1:])
