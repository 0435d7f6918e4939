"""The process that holds the dataset and forks workers from it.

It runs by itself, started by the service with a socket as its standard input, and has one thread
only, so forking is safe: workers share its memory until they change it. It does nothing else, so
no query can hurt it. When the service closes the socket the host ends, and its workers with it.
"""

from __future__ import annotations

import gc
import importlib
import json
import os
import signal
import socket
import sys
from collections.abc import Callable
from typing import Any

from alliance_graph.dataset.memory import Source, open_source
from alliance_graph.engine import wire, worker
from alliance_graph.engine.borrower import Attend
from alliance_graph.engine.limits import Limits
from alliance_graph.engine.settling import shared_regions
from alliance_graph.errors import AllianceGraphError


def main(arguments: str) -> None:
    """Load the dataset, then fork workers and tell how they ended, until the service is gone."""
    options: dict[str, Any] = json.loads(arguments)
    limits = Limits(**options["limits"])
    control = socket.socket(fileno=os.dup(0))
    try:
        store = open_source(Source(**options["source"]))
    except AllianceGraphError as error:
        wire.send(control, {"error": error.cause, "mend": error.mend, "place": error.place})
        os._exit(1)
    # The service names what serves a client: the engine knows nothing of what its clients speak.
    attendant = importlib.import_module(options["attendant"])
    attendant.prepare(limits)
    attend: Attend = attendant.Attendant
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C goes to the service, which closes the socket
    gc.collect()
    gc.freeze()  # workers share it as long as nothing touches it, which looking for garbage would
    wire.send(control, {"ready": True, "quads": len(store)})
    shared = shared_regions()
    children: set[int] = set()
    while True:
        try:
            request, _ = wire.receive(control)
        except wire.ConnectionLostError:
            break
        if request["do"] == "quit":
            break
        if request["do"] == "fork":
            pid = _fork(control, lambda connection: worker.run(connection, store, shared, limits, attend))
            if pid:
                children.add(pid)
        elif request["do"] == "end":
            wire.send(control, {"status": end(request["pid"])})
            children.discard(request["pid"])
    for pid in children:
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)
    os._exit(0)


def _fork(control: socket.socket, work: Callable[[socket.socket], None]) -> int:
    """Start a worker and tell its process id, which is 0 when the system has none to give."""
    try:
        ours, theirs = socket.socketpair()
        pid = os.fork()
    except OSError:
        wire.send(control, {"pid": 0})
        return 0
    if pid == 0:
        try:
            control.close()
            ours.close()
            work(theirs)
        finally:
            os._exit(1)
    theirs.close()
    wire.send_descriptor(control, {"pid": pid}, ours.fileno())
    ours.close()
    return pid


def end(pid: int) -> int:
    """End a worker if it has not ended yet; return its exit code, negative for a signal."""
    try:
        done, status = os.waitpid(pid, os.WNOHANG)
        if done == 0:
            os.kill(pid, signal.SIGKILL)
            _, status = os.waitpid(pid, 0)
    except ChildProcessError:
        return 0
    return os.waitstatus_to_exitcode(status)


if __name__ == "__main__":
    main(sys.argv[1])
