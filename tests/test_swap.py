"""A running service goes over to a new release: no request is refused, and none is answered from the old one for long."""

from __future__ import annotations

import json
import time
from contextlib import ExitStack
from pathlib import Path

from alliance_graph.building import build
from alliance_graph.dataset.project import Project
from bytewise import Client, get
from processes import Service, running

_SECONDS = 5
"""How long the old release may go on answering."""


def _says(client: Client, number: int) -> bool:
    """Ask whether Morocco has its new label, as nobody has asked before."""
    client.send(get(f'ASK {{ id:morocco rdfs:label "Marokko"@en }} # {number}'))
    status, _, body = client.response()
    assert status == 200
    return bool(json.loads(body)["boolean"])


def test_a_new_release_is_gone_over_to_without_a_refused_request(project_copy: Project, tmp_path: Path) -> None:
    builds = tmp_path / "build"
    made, _ = build(project_copy, builds)
    assert made is not None
    options = ("--project", project_copy.root, "--build-dir", builds)
    with running(tmp_path / "log", *options) as service:
        for busy in (True, False):
            _replace(service, project_copy, builds, busy=busy)


def _replace(service: Service, project: Project, builds: Path, *, busy: bool) -> None:
    states = project.root / "data/entities/states.ttl"
    text = states.read_text(encoding="utf-8")
    old, new = ('"Morocco"@en', '"Marokko"@en') if busy else ('"Marokko"@en', '"Morocco"@en')
    with ExitStack() as stack:
        client = Client(service, stack)
        assert {_says(client, time.time_ns()) for _ in range(50)} == {not busy}
    states.write_text(text.replace(old, new), encoding="utf-8")
    made, report = build(project, builds)
    assert made is not None, [f"{f.place} {f.rule}" for f in report.findings]
    with ExitStack() as stack:
        client = Client(service, stack)  # lent to a worker before the new release is there
        end = time.monotonic() + _SECONDS
        while _says(client, time.time_ns()) != busy:
            assert time.monotonic() < end, "it answers from the old release"
            time.sleep(0 if busy else 0.1)
        assert {_says(client, time.time_ns()) for _ in range(200)} == {busy}
