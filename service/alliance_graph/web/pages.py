"""The pages: what this is, and the library of ready queries."""

from __future__ import annotations

from urllib.parse import urlencode

import pyoxigraph as ox
from flask import Blueprint, Response, render_template, request, url_for

from alliance_graph.engine.evaluation import evaluate, serialise
from alliance_graph.engine.formats import FORMATS, Format
from alliance_graph.engine.library import ReadyQuery
from alliance_graph.engine.table import cell
from alliance_graph.errors import AllianceGraphError
from alliance_graph.vocabulary import GRAPH, PREFIXES
from alliance_graph.web.problems import problem, problem_for
from alliance_graph.web.service import current_service

blueprint = Blueprint("pages", __name__)

_COUNTED = {
    "claims": "ally:Claim",
    "mentions": "ally:Mention",
    "arrangements": "ally:Arrangement",
    "states": "ally:State",
    "organizations": "ally:IntergovernmentalOrganization",
    "concepts": "skos:Concept",
    "passages": "ally:Passage",
}


@blueprint.get("/")
def home() -> str:
    """Say what this is, what is in it, and where to go on."""
    service = current_service()
    manifest = service.release.manifest
    example = "SELECT ?claim ?statement {\n  ?claim a ally:Claim ; ally:claimStatement ?statement\n  FILTER(LANG(?statement) = 'en')\n}\nLIMIT 10"
    return render_template(
        "home.html",
        manifest=manifest,
        counts=_counts(service.store),
        graphs=[(iri, iri.removeprefix(GRAPH), n) for iri, n in manifest.graphs.items()],
        library=list(service.library.values()),
        example=example,
        example_url=f"{url_for('sparql.endpoint')}?{urlencode({'query': example})}",
    )


def _counts(store: ox.Store) -> dict[str, int]:
    found = {}
    for label, name in _COUNTED.items():
        query = f"SELECT (COUNT(DISTINCT ?x) AS ?n) {{ ?x a {name} }}"
        for solution in store.query(query, prefixes=PREFIXES, use_default_graph_as_union=True):  # type: ignore[union-attr]
            found[label] = int(solution["n"].value)
    return found


@blueprint.get("/query/<name>")
def ready_query(name: str) -> Response | str:
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
    results = evaluate(current_service().store, ready.text, bindings=ready.bind(request.args), place=ready.name)
    return Response(serialise(results, fmt, ready.name), content_type=fmt.content_type)


def _page(ready: ReadyQuery) -> str:
    values = {name: value for name, value in request.args.items() if value}
    bindings = ready.bind(values)
    results = evaluate(current_service().store, ready.text, bindings=bindings, place=ready.name)
    if isinstance(results, ox.QuerySolutions):
        shown = [v for v in results.variables if v.value not in bindings]
        columns = [v.value for v in shown]
        rows = [[cell(solution[v]) for v in shown] for solution in results]
    elif isinstance(results, ox.QueryTriples):
        columns, rows = (
            ["subject", "predicate", "object"],
            [[cell(t.subject), cell(t.predicate), cell(t.object)] for t in results],
        )
    else:
        columns, rows = ["answer"], [["yes" if results else "no"]]
    return render_template(
        "query.html",
        ready=ready,
        values={p.name: values.get(p.name, p.default or "") for p in ready.parameters},
        columns=columns,
        rows=rows,
        suffixes=("json", "csv", "tsv", "xml"),
        arguments=f"?{urlencode(values)}" if values else "",
        manifest=current_service().release.manifest,
    )
