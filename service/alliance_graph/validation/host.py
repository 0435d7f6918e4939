"""The process that holds a project under validation and forks a child for each text that is to be judged.

It runs by itself, started by the service at the first text with a socket as its standard input, so
that the service need not load what validates. The child that judges has everything in memory
already: it can open neither a file nor a socket, and the kernel ends it at its deadline and at its
memory limit, like a worker that evaluates a query. When the service closes the socket, or asks
nothing for a while, this process ends.
"""

from __future__ import annotations

import gc
import json
import os
import signal
import socket
import sys
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

from alliance_graph.dataset.lines import first_comment
from alliance_graph.dataset.project import find_project
from alliance_graph.engine import wire, worker
from alliance_graph.engine.host import end
from alliance_graph.engine.limits import Limits
from alliance_graph.errors import AllianceGraphError
from alliance_graph.validation.canonical import canonical_text
from alliance_graph.validation.outputs import OUTPUTS, as_document
from alliance_graph.validation.session import Session

_IDLE_SECONDS = 600
"""After so long without a text the process ends; the next text starts another, which takes a second or two."""
_GRACE_SECONDS = 1.0
"""How long after the deadline the kernel's alarm is given before the child is ended from here."""
SHOWN = 500
"""How many findings a page shows at the most; it says how many there are."""
_NICENESS = 5
"""Queries get the processor first."""
_WARMING_FILE = "warming.ttl"
_WARMING = """@prefix ally: <https://example.org/ally#> .
@prefix owl: <http://www.w3.org/2002/07/owl#> .
<urn:a> a ally:None , <https://w3id.org/alliance-graph/ontology#State> , owl:Class ; ally:none "a"@en , 1 , [ ] .
"""
"""A text with something for every step to find: what a step loads late, the child could not load."""


def main(arguments: str) -> None:
    """Load the project, then judge texts until the service is gone or idle."""
    options: dict[str, Any] = json.loads(arguments)
    limits = Limits(**options["limits"])
    control = socket.socket(fileno=os.dup(0))
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C goes to the service, which closes the socket
    os.nice(_NICENESS)
    try:
        session = Session(find_project(Path(options["project"]) if options["project"] else None))
        for output in (*OUTPUTS, "page"):
            judge(session, _WARMING_FILE, _WARMING, output, "en")
    except AllianceGraphError as error:
        wire.send(control, {"cause": error.cause, "mend": error.mend, "place": error.place})
        os._exit(1)
    session.put(session.project.root / _WARMING_FILE, None)
    gc.collect()
    gc.freeze()  # the collector then leaves alone, and so shared with the child, what is loaded
    wire.send(control, {"ready": True})
    control.settimeout(_IDLE_SECONDS)
    while True:
        try:
            wire.send(control, *_ask_child(session, limits, *wire.receive(control)))
        except (wire.ConnectionLostError, TimeoutError):
            os._exit(0)


def _ask_child(
    session: Session, limits: Limits, request: Mapping[str, Any], text: bytes
) -> tuple[Mapping[str, Any], bytes]:
    """Return head and body of the answer that a child of this process gives."""
    ours, theirs = socket.socketpair()
    pid = os.fork()
    if pid == 0:
        try:
            signal.setitimer(signal.ITIMER_REAL, limits.text_seconds)
            worker.confine(theirs, limits, lambda own, *_: _answer(own, session, limits, request, text))
        finally:
            os._exit(1)
    theirs.close()
    ours.settimeout(limits.text_seconds + _GRACE_SECONDS)
    answer = None
    with ours, suppress(wire.ConnectionLostError, TimeoutError):
        answer = wire.receive(ours, limits.answer_bytes)
    return answer or ({"exit": end(pid)}, b"")


def _answer(
    connection: socket.socket, session: Session, limits: Limits, request: Mapping[str, Any], text: bytes
) -> None:
    """Judge a text and send what is to be said of it."""
    head: dict[str, Any] = {}
    body = b""
    try:
        body = judge(session, request["file"], text.decode(), request["output"], request["language"]).encode()
    except AllianceGraphError as error:
        head = {"problem": "text-too-complex", "cause": error.cause, "mend": error.mend}
    except RecursionError:
        head = {"problem": "text-too-complex", "cause": "its statements hang on one another too deeply"}
    except MemoryError:
        os.abort()  # as the parser does when it has none left
    if len(body) > limits.answer_bytes:
        head, body = {"problem": "answer-too-large", "cause": f"the report has {len(body)} bytes"}, b""
    wire.send(connection, head, body)


def judge(session: Session, file: str, text: str, output: str, language: str) -> str:
    """Return the report on a text as if it were what a file of the project holds.

    Args:
        session: the project.
        file: the path inside the project of the file it stands for, which need not be there.
        text: what is judged.
        output: one of the forms of a report, or `page`: its parts in JSON, with the first findings
            and, where the text is not in the canonical form and has no comment, with that form.
        language: of the messages.

    Raises:
        AllianceGraphError: it cannot be judged.
    """
    session.put(session.project.root / file, text)
    report = session.run([file])
    if output != "page":
        return OUTPUTS[output](report, language)
    canonical = None
    if any(finding.rule == "canonical-form" for finding in report.findings) and first_comment(text) is None:
        canonical = canonical_text(session.documents[file])
    shown = replace(report, findings=report.findings[:SHOWN])
    return json.dumps(as_document(shown, language) | {"counts": report.counts, "canonical": canonical})


if __name__ == "__main__":
    main(sys.argv[1])
