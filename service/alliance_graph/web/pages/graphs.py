"""Graphs: each is one file that a maintainer edits, with what it is about, where it comes from and how to get it."""

from __future__ import annotations

from itertools import groupby

from flask import Response, redirect, url_for

from alliance_graph.dataset.description import DATASET
from alliance_graph.vocabulary import GRAPH, expand
from alliance_graph.web.naming import by_name, name_of
from alliance_graph.web.pages.addresses import alternates, shows
from alliance_graph.web.pages.asking import rows_of
from alliance_graph.web.pages.data import dump_of
from alliance_graph.web.pages.frame import page
from alliance_graph.web.pages.statements import said
from alliance_graph.web.service import current_service

_SHOWN = (
    "dcterms:source",
    "prov:wasGeneratedBy",
    "dcterms:license",
    "dcterms:issued",
    "dcterms:modified",
    "dcterms:isPartOf",
)
_LONGEST = 60
"""How many things of one kind are listed; the data have them all."""


@shows("dcat:Dataset")
def graph(iri: str) -> Response:
    """Show a graph: its description, its size, and the things it is about; of the whole dataset, how to get it."""
    if iri == DATASET:
        return redirect(url_for("pages.data"), 303)  # type: ignore[return-value]
    rows, about = rows_of("said", thing=iri)
    things, contents = rows_of("graph-things", graph=iri)
    statements = said(rows)
    name = iri.removeprefix(GRAPH)
    service = current_service()
    kinds = {
        kind: sorted({row.text("thing") for row in own}, key=by_name)
        for kind, own in groupby(things, key=lambda row: row.text("class"))
    }
    return page(
        "graph.html",
        title=statements.one("dcterms:title") or name_of(iri).text,
        alternates=alternates(iri),
        behind=[about, contents],
        iri=iri,
        description=statements.one("dcterms:description"),
        shown=[(expand(prop) or prop, statements.all(prop)) for prop in _SHOWN if statements.all(prop)],
        translations=[
            (value.inner.one("dcterms:language"), value.inner.iris("ally:hasReviewStatus"))
            for value in statements.all("ally:hasTranslationStatus")
            if value.inner
        ],
        triples=service.graphs.get(iri, 0),
        dump=dump_of(iri, service.release) if service.release else None,
        file=f"{name}.ttl" if name.startswith("ontology") else f"data/{name}.ttl",
        kinds=sorted(kinds.items(), key=lambda kind: -len(kind[1])),
        longest=_LONGEST,
    )
