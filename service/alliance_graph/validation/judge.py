"""The service's side of judging a text that someone sends: one at a time, in a process of its own."""

from __future__ import annotations

import signal
import socket
import subprocess
import threading
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import asdict, replace
from functools import cached_property
from pathlib import Path
from typing import Any

from alliance_graph.dataset.project import find_project
from alliance_graph.engine import wire
from alliance_graph.engine.formats import Format
from alliance_graph.engine.lanes import Asker, Gone, Lane, Place
from alliance_graph.engine.limits import Limits
from alliance_graph.engine.problems import EngineError, failure
from alliance_graph.errors import AllianceGraphError

NEW_FILE = "pasted.ttl"
"""What a text that replaces no file of the project is called in a report."""
REPORT_FORMATS = (
    Format("terminal", "text/plain", ".txt"),
    Format("json", "application/json", ".json"),
    Format("sarif", "application/sarif+json", ".sarif"),
    Format("turtle", "text/turtle", ".ttl", ("application/x-turtle",)),
)
"""The forms a program can have a report in, by their names on the command line, the preferred one first."""
TEXT_TYPES = ("text/turtle", "application/x-turtle")
"""The media types of what is judged."""
_NOT_REPLACED = "ontology/shapes/"
"""What a text cannot stand for: shapes are run, and none but the project's own are."""
_WAITING = 8
"""How many texts wait for their turn at the most."""
_START_SECONDS = 60
"""How long loading the project may take."""
_GRACE_SECONDS = 5
_SMALLER = "validate a smaller part, or run alliance-graph validate on your own machine"


class Judge:
    """Judges texts against the ontology, the shapes, the checks and the data of a project."""

    def __init__(self, project: Path | None, limits: Limits) -> None:
        """Make a judge; nothing is loaded before the first text.

        Args:
            project: the project's folder; None for the one around the working directory, or the installed one.
            limits: what a text may cost.
        """
        self.limits = limits
        self._project = project
        self._lane = Lane(1, replace(limits, seconds=limits.text_seconds, waiting=_WAITING))
        self._lock = threading.Lock()
        self._host: subprocess.Popen[bytes] | None = None
        self._control: socket.socket | None = None

    @cached_property
    def files(self) -> tuple[str, ...]:
        """The files of the project whose next version a text can be.

        Raises:
            AllianceGraphError: there is no project.
        """
        project = find_project(self._project)
        names = (project.relative(path) for path in project.turtle_files)
        return tuple(name for name in names if not name.startswith(_NOT_REPLACED))

    def report(
        self,
        text: str,
        file: str,
        output: str,
        language: str,
        client: str = "",
        gone: Gone | None = None,
    ) -> bytes:
        """Return the report on a text.

        Args:
            text: Turtle, or what is meant to be.
            file: the file it stands for, one of `files` or `NEW_FILE`.
            output: the form of the report, as `alliance_graph.validation.host.judge` takes it.
            language: of its messages.
            client: a name for who asks; those who wait take turns.
            gone: set when nobody waits any more.

        Raises:
            AllianceGraphError: there is no report; an `EngineError` says which problem it is.
        """
        try:
            place = Place(self._lane, Asker(client, time.monotonic() + self.limits.text_seconds, gone))
            place.take()
        except EngineError as error:
            raise EngineError(
                error.problem, "other texts are being validated", "send it again a little later", **error.details
            ) from None
        with place:
            head, body = self._ask({"file": file, "output": output, "language": language}, text.encode())
        if "exit" in head:
            raise self._problem_of_exit(head["exit"])
        if "problem" in head:
            raise EngineError(head["problem"], head["cause"], head.get("mend", _SMALLER))
        return body

    def _ask(self, request: dict[str, str], text: bytes) -> tuple[Mapping[str, Any], bytes]:
        """Ask the host, a new one if there is none any more."""
        try:
            if self._control is not None:
                with suppress(wire.ConnectionLostError):
                    return self._exchange(self._control, request, text)
                self.close()
            return self._exchange(self._start_host(), request, text)
        except (wire.ConnectionLostError, TimeoutError):
            self.close()
            raise failure("the process that validates ended") from None

    def _exchange(
        self, control: socket.socket, request: dict[str, str], text: bytes
    ) -> tuple[Mapping[str, Any], bytes]:
        control.settimeout(self.limits.text_seconds + _GRACE_SECONDS)
        wire.send(control, request, text)
        return wire.receive(control, self.limits.answer_bytes)

    def _start_host(self) -> socket.socket:
        options = {"project": str(self._project or ""), "limits": asdict(self.limits)}
        self._host, control = wire.start("alliance_graph.validation.host", options)
        self._control = control
        control.settimeout(_START_SECONDS)
        head, _ = wire.receive(control)
        if "cause" in head:
            self.close()
            raise AllianceGraphError(head["cause"], head["mend"], place=head["place"])
        return control

    def _problem_of_exit(self, status: int) -> EngineError:
        """Return the problem that the exit code of the process that judged means."""
        limits = self.limits
        if status == -signal.SIGALRM:
            cause = f"validating the text took longer than {limits.text_seconds:g} s"
            return EngineError("timeout", cause, _SMALLER, limit=limits.text_seconds)
        if status == -signal.SIGABRT:
            cause = f"validating the text needed more than {limits.memory_mebibytes} MiB of memory"
            return EngineError("out-of-memory", cause, _SMALLER, limit=limits.memory_bytes)
        return failure("the process that validated the text ended")

    def close(self) -> None:
        """End the process that validates; another text starts another."""
        with self._lock:
            control, host = self._control, self._host
            self._control = self._host = None
        if control is not None:
            control.close()
        if host is not None:
            host.kill()  # it keeps nothing that could be lost
            host.wait()
