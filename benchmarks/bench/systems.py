"""A system under measurement: how it is started, filled and stopped, whichever it is."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from pathlib import Path

from bench.client import Connection, NoAnswerError, Place
from bench.processes import family, free_port, processor_seconds
from bench.queries import COUNT, RESULTS_TYPE

_POLL_SECONDS = 0.01


class NotStartedError(Exception):
    """A system that did not come to answer, with the reason."""


class Running:
    """A system that runs and has the data."""

    def __init__(self, process: subprocess.Popen[bytes], place: Place, log: Path) -> None:
        self.process = process
        self.place = place
        self.log = log
        self.ready_seconds = 0.0
        """How long it took from its start to its first answer from all of the data."""

    @property
    def pid(self) -> int:
        return self.process.pid

    def stop(self) -> float:
        """End it and all its processes; return how long they have computed."""
        seconds = processor_seconds(self.pid)
        members = family(self.pid)
        self.process.terminate()
        try:
            self.process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        for member in members[1:]:
            try:
                os.kill(member, signal.SIGKILL)
            except ProcessLookupError:
                continue
        return seconds


class System(ABC):
    """A SPARQL server."""

    name: str
    most_triples: int | None = None
    """The largest dataset it is given; None: any."""
    too_large = ""
    """Why it is given no larger one."""
    settings = ""
    """What differs from how it comes, and how it holds the data."""

    @abstractmethod
    def install(self, cache: Path, *, allowed: bool) -> None:
        """Make it ready to be started; `allowed`: system package tools may be used.

        Raises:
            NotInstalledError: it cannot be had here.
        """

    @abstractmethod
    def version(self) -> str:
        """Return its version."""

    @abstractmethod
    def command(self, data: Path, folder: Path, port: int, limit: float | None) -> Sequence[str | Path]:
        """Return the command that starts it.

        Args:
            data: the N-Triples file.
            folder: an empty folder it may write to.
            port: where it is to listen.
            limit: how many seconds a query may take, for those that know such a limit.
        """

    address: str
    """The path of its query endpoint, up to where the query comes."""

    def environment(self, folder: Path, limit: float | None) -> Mapping[str, str]:
        """Return the environment it is started in."""
        return os.environ

    def fill(self, data: Path, port: int) -> None:  # noqa: B027 - most are given it by their command
        """Give it the data, unless its command did; called when it listens."""

    def start(self, data: Path, triples: int, folder: Path, *, limit: float | None = None) -> Running:
        """Start it, give it the data and wait until it counts them right.

        Raises:
            NotStartedError: it ended, or did not answer in ten minutes.
        """
        folder.mkdir(parents=True)
        port = free_port()
        place = Place(port, self.address)
        log = folder / "output.log"
        command = self.command(data, folder, port, limit)
        started = time.perf_counter()
        with log.open("wb") as output:
            process = subprocess.Popen(
                command, cwd=folder, env=self.environment(folder, limit), stdout=output, stderr=output
            )
        running = Running(process, place, log)
        try:
            self._wait(running, place.request("ASK {}", RESULTS_TYPE), b"", started)
            self.fill(data, port)
            self._wait(running, place.request(COUNT, RESULTS_TYPE), f'"{triples}"'.encode(), started)
        except BaseException:
            running.stop()
            raise
        running.ready_seconds = time.perf_counter() - started
        return running

    def _wait(self, running: Running, request: bytes, expected: bytes, started: float) -> None:
        while time.perf_counter() < started + 600:
            if running.process.poll() is not None:
                raise NotStartedError(f"ended with code {running.process.returncode}")
            try:
                with Connection(running.place.port) as connection:
                    response = connection.exchange(request, 120)
            except (NoAnswerError, OSError):
                time.sleep(_POLL_SECONDS)
                continue
            if response.status == 200 and expected in response.body:
                return
            if response.status == 200:
                raise NotStartedError(f"does not have the data: answered {response.body[:200]!r}")
            time.sleep(_POLL_SECONDS)
        raise NotStartedError("did not answer in ten minutes")
