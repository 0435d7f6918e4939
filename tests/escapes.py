"""Run by test_isolation: a worker with admission left out, as if a query had slipped past it.

`escapes.py worker URL` evaluates a query with SERVICE in a worker, `here` in this process, and
`code FILE` runs Python in a worker that tries what no worker may do.
"""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, NoReturn

import pyoxigraph as ox

from alliance_graph.engine import evaluation, wire, worker
from alliance_graph.engine.limits import Limits
from alliance_graph.engine.tasks import Task
from alliance_graph.errors import AllianceGraphError

_FORMATS = {"solutions": "json", "boolean": "json", "graph": "turtle"}


def _ask_worker(query: str) -> tuple[Mapping[str, Any], bytes]:
    """Evaluate a query in a worker, started as the host starts it."""
    store = ox.Store()
    store.add(ox.Quad(ox.NamedNode("urn:s"), ox.NamedNode("urn:p"), ox.NamedNode("urn:o")))
    ours, theirs = socket.socketpair()
    pid = os.fork()
    if pid == 0:
        ours.close()
        worker.run(theirs, store, Limits())
    theirs.close()
    with ours:
        wire.send_encoded(ours, Task(query, _FORMATS).head(10), query.encode())
        try:
            return wire.receive(ours)
        finally:
            ours.close()
            os.waitpid(pid, 0)


def _attempts(file: Path) -> dict[str, Callable[[], object]]:
    return {
        "read a file": lambda: Path("/etc/passwd").read_bytes(),
        "write a file": lambda: file.write_text("escaped"),
        "connect": lambda: socket.create_connection(("127.0.0.1", 9)),
        "pipe": os.pipe,
        "duplicate": lambda: os.dup(2),
        "run a program": lambda: subprocess.run(["/bin/true"], check=True),
    }


def _try_all(file: Path) -> NoReturn:
    outcomes = []
    for name, attempt in _attempts(file).items():
        outcome = "succeeded"
        try:
            attempt()
        except OSError:
            outcome = "refused"
        outcomes.append(f"{name}: {outcome}")
    raise AllianceGraphError("\n".join(outcomes))


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")


def main(where: str, target: str) -> None:
    setattr(evaluation, "admit", lambda query, **_: query)  # noqa: B010 - not its own name
    query = f"SELECT * {{ SERVICE <{target}> {{ ?s ?p ?o }} }}"
    if where == "here":
        with suppress(OSError, RuntimeError, SyntaxError):
            _say(str(list(evaluation.evaluate(ox.Store(), query))))  # type: ignore[arg-type]
    elif where == "worker":
        head, _ = _ask_worker(query)
        _say(f"refused: {head['cause']}" if "problem" in head else "answered")
    else:
        setattr(worker, "evaluate", lambda *_, **__: _try_all(Path(target)))  # noqa: B010 - not its own name
        head, _ = _ask_worker(query)
        _say(head["cause"])


if __name__ == "__main__":
    main(*sys.argv[1:])
