"""The ontology: what it is, how to read it, its classes at a glance, and each of its terms with all that bears on it."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby

from flask import Response

from alliance_graph.pictures import tree
from alliance_graph.vocabulary import GRAPH, ONTOLOGY, PREFIXES, SCHEMES, SHAPES
from alliance_graph.web.i18n import language, t
from alliance_graph.web.pages import addresses, rules
from alliance_graph.web.pages.addresses import alternates, shows
from alliance_graph.web.pages.asking import Row, rows_of
from alliance_graph.web.pages.frame import blueprint, page
from alliance_graph.web.pages.statements import Statements, said_by_thing
from alliance_graph.web.pages.terms import KINDS, terms, trees
from alliance_graph.web.service import current_service

_PARTS = ("core", "claims", "external-terms")
"""The files of the ontology itself, in the order in which they build upon each other."""


@dataclass(frozen=True)
class Part:
    """A file of the ontology, or an alignment."""

    graph: str
    title: str
    description: str
    triples: int
    iri: str = ""
    """The ontology that is in it, if its page tells more than that of the graph."""


@blueprint.get("/ontology")
def ontology() -> Response:
    """Describe the ontology: as a page or as RDF."""
    return addresses.thing("ontology", "")


@shows("owl:Ontology")
def vocabulary(iri: str) -> Response:
    """Show the ontology with all its terms, or one of its alignments."""
    headers, about = rows_of("ontologies")
    said = said_by_thing(headers, "ontology")
    if iri != ONTOLOGY:
        return _alignment(iri, said[iri])
    rows, defined = rows_of("vocabulary")
    use, used = rows_of("vocabulary-use")
    reused, others = rows_of("reused-terms")
    schemes, schemed = rows_of("schemes")
    graphs, filed = rows_of("vocabulary-graphs")
    statuses, reviewed = rows_of("translation-status")
    found, shaped = rules.shapes()
    every = rules.rules(found)
    known = terms(rows, use, every)
    classes = trees(known)
    uses = {row.text("term"): row.text("uses") for row in use}
    return page(
        "ontology.html",
        title=said[iri].one("dcterms:title"),
        alternates=alternates(iri),
        behind=[about, defined, used, others, schemed, filed, reviewed, shaped],
        says=said[iri],
        kinds=[(kind, [term for term in known.values() if term.kind == kind]) for kind in KINDS],
        picture=tree.draw(
            classes, language(), t("ontology.tree"), t("ontology.tree_told", n=sum(one.size for one in classes))
        ),
        reused=[
            (name, [(row, uses.get(row.text("term"), "0")) for row in own])
            for name, own in groupby(reused, key=lambda row: row.text("vocabulary"))
        ],
        schemes=schemes,
        prefixes=[(prefix, PREFIXES[prefix]) for prefix in ("ally", "shapes", *SCHEMES)],
        parts=_parts(graphs, said),
        statuses=_statuses(statuses),
        rules=len(every),
        shapes=SHAPES.removesuffix("#"),
    )


def _parts(graphs: list[Row], said: dict[str, Statements]) -> dict[str, list[Part]]:
    """Return the files of the ontology and the alignments."""
    sizes = current_service().graphs
    found: dict[str, list[Part]] = {"own": [], "alignments": []}
    for row in graphs:
        name = row.text("graph").removeprefix(f"{GRAPH}ontology/")
        iri = f"{ONTOLOGY}/{name}"
        kind = "own" if name in _PARTS else "alignments" if iri in said else None
        if kind is not None:
            graph = row.text("graph")
            part = Part(graph, row.text("title"), row.text("description"), sizes.get(graph, 0), iri * (iri in said))
            found[kind].append(part)
    found["own"].sort(key=lambda part: _PARTS.index(part.graph.removeprefix(f"{GRAPH}ontology/")))
    return found


def _statuses(rows: list[Row]) -> dict[str, list[tuple[str, str]]]:
    """Return of each graph in which state its texts are: languages with the status of the text."""
    found: dict[str, list[tuple[str, str]]] = {}
    for row in rows:
        found.setdefault(row.text("graph"), []).append((row.text("language"), row.text("status")))
    return found


def _alignment(iri: str, says: Statements) -> Response:
    rows, behind = rows_of("alignment", alignment=iri)
    return page(
        "alignment.html",
        title=says.one("dcterms:title"),
        alternates=alternates(iri),
        behind=[behind],
        iri=iri,
        says=says,
        rows=rows,
    )
