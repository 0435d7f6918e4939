"""The real service as processes: started with an operator's limits, and looked at through /proc."""

from __future__ import annotations

import http.client
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

import pytest

from conftest import COMMAND, Answer, free_port

SLACK_SECONDS = 1.0
"""How long after its deadline an answer may come."""


@dataclass(frozen=True)
class Process:
    """One process, at one moment."""

    pid: int
    parent: int
    state: str
    command: str

    @property
    def is_host(self) -> bool:
        return "alliance_graph.engine.host" in self.command

    @property
    def descriptors(self) -> int:
        return len(list(Path(f"/proc/{self.pid}/fd").iterdir()))

    @property
    def resident_mebibytes(self) -> float:
        return int(Path(f"/proc/{self.pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGESIZE") / 1024**2

    @property
    def processor_seconds(self) -> float:
        """How long it has computed so far; 0 if it has ended."""
        try:
            fields = Path(f"/proc/{self.pid}/stat").read_text().rpartition(")")[2].split()
        except OSError:
            return 0
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _look(pid: int) -> Process | None:
    try:
        state, parent = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[:2]
        command = Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
    except OSError:
        return None
    return Process(pid, int(parent), state, command)


def family(pid: int) -> list[Process]:
    """Return a process and all that descend from it."""
    every = [p for entry in Path("/proc").iterdir() if entry.name.isdecimal() and (p := _look(int(entry.name)))]
    found = [p for p in every if p.pid == pid]
    for process in found:  # grows on the way
        found += [p for p in every if p.parent == process.pid]
    return found


@dataclass(frozen=True)
class Service:
    """A running service and its processes."""

    port: int
    process: subprocess.Popen[bytes]
    seconds: float
    """The deadline of its queries."""

    @property
    def family(self) -> list[Process]:
        return family(self.process.pid)

    @property
    def host(self) -> Process:
        """The process that holds the dataset."""
        pids = {p.pid for p in self.family if p.is_host}
        (host,) = (p for p in self.family if p.is_host and p.parent not in pids and p.state != "Z")
        return host

    @property
    def workers(self) -> list[Process]:
        host = self.host
        return [p for p in self.family if p.parent == host.pid]

    @property
    def front(self) -> Process:
        """The process that serves HTTP."""
        (front,) = (p for p in self.family if p.pid == self.process.pid)
        return front

    def ask(self, query: str, accept: str = "*/*", *, timeout: float = 60) -> Answer:
        """Send a query and return whatever comes back, errors included."""
        headers = {"Content-Type": "application/sparql-query", "Accept": accept}
        return self.send("POST", "/sparql", query.encode(), headers, timeout=timeout)

    def send(
        self,
        method: str,
        target: str,
        body: bytes | None = None,
        headers: dict[str, str] | None = None,
        *,
        timeout: float = 60,
    ) -> Answer:
        """Send a request on a connection of its own."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=timeout)
        try:
            connection.request(method, target, body, headers or {})
            response = connection.getresponse()
            return Answer(response.status, {k.lower(): v for k, v in response.getheaders()}, response.read())
        finally:
            connection.close()

    def get_request(self, query: str) -> bytes:
        """Return the bytes of a request."""
        return f"GET /sparql?query={quote(query)} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode()


@contextmanager
def running(log: Path, *arguments: str | Path, **limits: float) -> Iterator[Service]:
    """Run the service on a free port.

    Args:
        log: the file its standard error goes to.
        arguments: for `alliance-graph serve`.
        limits: by the names of the fields of `Limits`.
    """
    if sys.platform != "linux":
        pytest.skip("processes are looked at through /proc, which Linux has")
    port = free_port()
    environment = os.environ | {f"ALLIANCE_GRAPH_{name.upper()}": str(value) for name, value in limits.items()}
    with log.open("wb") as output:
        process = subprocess.Popen(
            [str(COMMAND), "serve", "--log", "none", "--port", str(port), *map(str, arguments)],
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
        )
    service = Service(port, process, limits.get("seconds", 30))
    try:
        until(lambda: _answers(service), 30, lambda: f"the service did not come up: {log.read_text()}")
        yield service
    finally:
        pids = [p.pid for p in service.family]
        process.terminate()
        try:
            process.wait(timeout=20)
        finally:
            for pid in pids:  # nothing a test leaves behind may disturb the next
                if _look(pid) is not None and pid != process.pid:
                    os.kill(pid, signal.SIGKILL)
            process.kill()
            process.wait()


def _answers(service: Service) -> bool:
    assert service.process.poll() is None, "the service ended"
    try:
        return service.ask("ASK {}").status == 200
    except OSError:
        return False


def until(holds: Callable[[], bool], seconds: float, otherwise: Callable[[], str] = str) -> None:
    """Wait until something holds, or fail."""
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline, otherwise()
        time.sleep(0.05)
