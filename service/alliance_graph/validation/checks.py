"""Checks: rules over the whole dataset, as SPARQL queries that Oxigraph runs.

A check is a file `ontology/checks/<rule>.rq`. Its header gives severity and messages; its SELECT
gives one row for each thing that is wrong: `?graph` (the file), `?focus`, and if it can `?path` and
`?value`. A cross-check that SHACL can only express as SPARQL costs pySHACL 25 ms a node; here the
whole of it costs a few milliseconds.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import pyoxigraph as ox

from alliance_graph.dataset.documents import Document, read_text
from alliance_graph.dataset.project import CHECKS_FOLDER, Project
from alliance_graph.engine.admission import admit
from alliance_graph.engine.evaluation import no_query
from alliance_graph.errors import AllianceGraphError
from alliance_graph.headers import parse_header, require_keys, require_languages
from alliance_graph.validation.findings import Finding, Severity, shown
from alliance_graph.vocabulary import BASE, PREFIXES

_VARIABLES = ("graph", "focus", "path", "value")


@dataclass(frozen=True)
class Check:
    """One rule over the whole dataset."""

    rule: str
    severity: Severity
    messages: dict[str, str]
    query: str
    place: str


def read_checks(project: Project) -> list[Check]:
    """Read the checks of a project.

    Raises:
        AllianceGraphError: a header or a query is wrong.
    """
    return read_folder(project.root / CHECKS_FOLDER)


def read_folder(folder: Path) -> list[Check]:
    """Read the checks in a folder: that of a project, or its copy in a release.

    Raises:
        AllianceGraphError: a header or a query is wrong.
    """
    files = {f"{CHECKS_FOLDER}/{path.name}": path for path in sorted(folder.glob("*.rq"))}
    return [_read(name, read_text(path, name)) for name, path in files.items()]


def _read(name: str, text: str) -> Check:
    header = parse_header(text, name)
    require_keys(header, place=name, required=("severity", "message"))
    if header["severity"] not in set(Severity):
        raise AllianceGraphError(
            f"unknown severity {header['severity']!r}", f"write one of {', '.join(Severity)}", place=name
        )
    messages = require_languages(header, "message", place=name)
    try:
        solutions = ox.Store().query(admit(text, place=name), base_iri=BASE, prefixes=PREFIXES)
    except SyntaxError as error:
        raise no_query(text, str(error), name) from None
    names = [v.value for v in solutions.variables] if isinstance(solutions, ox.QuerySolutions) else []
    if not {"graph", "focus"} <= set(names) <= set(_VARIABLES):
        raise AllianceGraphError(
            f"does not select what a check selects ({', '.join(names) or 'no variables'})",
            "select ?graph and ?focus, and if you can ?path and ?value",
            place=name,
        )
    rule = name.rpartition("/")[2].removesuffix(".rq")
    return Check(rule, Severity(header["severity"]), messages, text, name)


def run(check: Check, store: ox.Store, documents: Mapping[str, Document]) -> Iterator[Finding]:
    """Yield what a check finds.

    Args:
        check: the check.
        store: the dataset.
        documents: its documents, by the IRI of the graph that each is.

    Raises:
        AllianceGraphError: the check gives a graph that is no document.
    """
    solutions = store.query(check.query, prefixes=PREFIXES, use_default_graph_as_union=True)
    assert isinstance(solutions, ox.QuerySolutions)
    for solution in solutions:
        found = {v.value: solution[v] for v in solutions.variables}
        graph = found["graph"]
        iri = graph.value if isinstance(graph, ox.NamedNode) else ""
        if iri not in documents:
            raise AllianceGraphError(
                f"gave a graph that is no file: {iri!r}", "select the ?graph of the statement", place=check.place
            )
        # Terms as in N-Triples, empty where the check gives none.
        focus, path, value = ("" if found.get(name) is None else str(found[name]) for name in _VARIABLES[1:])
        yield Finding(
            check.rule,
            check.severity,
            check.messages,
            documents[iri].name,
            documents[iri].line_of(focus, path, value) or 1,
            focus=shown(focus),
            path=shown(path),
            value=shown(value),
        )
