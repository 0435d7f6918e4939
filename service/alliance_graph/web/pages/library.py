"""The library of ready queries: each as a page, and in the format that the ending of its address names."""

from __future__ import annotations

from collections.abc import Set
from urllib.parse import urlencode

import pyoxigraph as ox
from flask import Response, request

from alliance_graph.engine.formats import FORMATS, FORMATS_OF_KIND, Format
from alliance_graph.engine.library import ReadyQuery
from alliance_graph.engine.pool import Reply
from alliance_graph.engine.table import cell
from alliance_graph.errors import AllianceGraphError
from alliance_graph.web.i18n import language
from alliance_graph.web.pages.frame import blueprint, page
from alliance_graph.web.problems import problem, problem_for
from alliance_graph.web.service import current_service, task_for
from alliance_graph.web.sparql import ask

_TRIPLE = ("subject", "predicate", "object")


@blueprint.get("/query/<name>")
def ready_query(name: str) -> Response:
    """Answer a ready query: as a page, or in the format its ending names (`partners.csv`)."""
    service = current_service()
    stem, dot, suffix = name.partition(".")
    ready = service.library.get(stem)
    fmt = next((f for f in FORMATS.values() if f.suffix == f".{suffix}"), None) if dot else None
    if ready is None or (dot and fmt is None):
        return problem("not-found", 404, f"there is no ready query {name!r}; the home page lists them all")
    try:
        return _page(ready) if fmt is None else _file(ready, fmt)
    except AllianceGraphError as error:
        return problem_for(error)


def _file(ready: ReadyQuery, fmt: Format) -> Response:
    formats = {kind: fmt.name if fmt in offered else None for kind, offered in FORMATS_OF_KIND.items()}
    return ask(task_for(ready, request.args, formats))


def _page(ready: ReadyQuery) -> Response:
    values = {name: value for name, value in request.args.items() if value}
    wanted = {"solutions": "json", "boolean": "json", "graph": "ntriples"}
    columns, rows = _table(
        current_service().engine.ask(task_for(ready, values, wanted)), {p.name for p in ready.parameters}
    )
    return page(
        "query.html",
        title=ready.title[language()],
        ready=ready,
        values={p.name: values.get(p.name, p.default or "") for p in ready.parameters},
        columns=columns,
        rows=rows,
        suffixes=("json", "csv", "tsv", "xml") if columns != _TRIPLE else ("ttl", "jsonld", "nt", "rdf"),
        arguments=f"?{urlencode(values)}" if values else "",
    )


def _table(reply: Reply, hide: Set[str]) -> tuple[tuple[str, ...], list[list[str]]]:
    """Return columns and rows of an answer; `hide` names columns that only repeat what was asked."""
    if reply.kind == "graph":
        quads = ox.parse(reply.body, format=ox.RdfFormat.N_TRIPLES)
        return _TRIPLE, [[cell(q.subject), cell(q.predicate), cell(q.object)] for q in quads]
    results = ox.parse_query_results(reply.body, format=ox.QueryResultsFormat.JSON)
    if isinstance(results, ox.QueryBoolean):
        return ("answer",), [["yes" if results else "no"]]
    shown = [v for v in results.variables if v.value not in hide]
    return tuple(v.value for v in shown), [[cell(solution[v], tagged=False) for v in shown] for solution in results]
