"""Validation at each save."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path

from alliance_graph.errors import AllianceGraphError
from alliance_graph.validation.checks import read_checks
from alliance_graph.validation.findings import UNREADABLE, Report, in_order
from alliance_graph.validation.rules import built_in_rules
from alliance_graph.validation.session import SHAPES_FOLDER, Session
from alliance_graph.vocabulary import expand

_FOLDERS = ("ontology", "data", "queries")


def _state(session: Session) -> dict[Path, tuple[int, int]]:
    """Return modification time and size of each source file."""
    found = {}
    for folder in _FOLDERS:
        for path in (session.project.root / folder).rglob("*"):
            if path.suffix in (".ttl", ".rq"):
                try:
                    stat = path.stat()
                except FileNotFoundError:  # an editor replaces a file by renaming another to it
                    continue
                found[path] = (stat.st_mtime_ns, stat.st_size)
    return found


def changes(session: Session, interval: float = 0.1, keep_on: Callable[[], bool] = lambda: True) -> Iterator[set[Path]]:
    """Yield the source files that were written, made or removed since last time, as it happens.

    Args:
        session: whose project is watched.
        interval: seconds between two looks.
        keep_on: asked before each look; False ends the watch.
    """
    known = _state(session)
    while keep_on():
        now = _state(session)
        changed = {path for path in known.keys() | now.keys() if known.get(path) != now.get(path)}
        known = now
        if changed:
            yield changed
        time.sleep(interval)


def revalidate(session: Session, last: Report, changed: set[Path]) -> Report:
    """Return the report on a project after some of its files changed.

    Shapes are run again for the nodes of those files and the nodes that refer to them, checks for
    everything; what the last report said of other nodes still holds. A changed shape, or an
    ontology file, on which every node depends, means a full run.
    """
    names = {session.project.relative(path) for path in changed}
    turtle = [path for path in sorted(changed) if path.suffix == ".ttl"]
    touched: set[str] = set()
    for path in turtle:
        touched |= session.update(path)
    everything = any(name.startswith((SHAPES_FOLDER, "ontology/")) for name in names) or not turtle
    if everything or any(f.rule == UNREADABLE for f in last.findings):
        return session.run()
    near = session.neighbours(touched)
    fresh = session.run(focus_nodes=near)
    whole = {check.rule for check in read_checks(session.project)} | set(built_in_rules())
    kept = [f for f in last.findings if f.rule not in whole and f.file not in names and expand(f.focus) not in near]
    return Report(fresh.steps, in_order([*fresh.findings, *kept]), fresh.files)


def watch(session: Session, show: Callable[[Report, float], None], keep_on: Callable[[], bool] = lambda: True) -> None:
    """Validate a project, then again at each change, until interrupted.

    Args:
        session: the project under validation.
        show: called with each report and the seconds it took.
        keep_on: asked before each look; False ends the watch.
    """
    started = time.perf_counter()
    report = session.run()
    show(report, time.perf_counter() - started)
    for changed in changes(session, keep_on=keep_on):
        started = time.perf_counter()
        try:
            report = revalidate(session, report, changed)
        except AllianceGraphError:
            show(Report((), report.findings, report.files), time.perf_counter() - started)
            raise
        show(report, time.perf_counter() - started)
