"""The page of any thing that has no page of a kind of its own: all that is said of it and all that refers to it."""

from __future__ import annotations

from collections.abc import Iterable

from flask import Response

from alliance_graph.web.i18n import t
from alliance_graph.web.naming import by_name, name_of
from alliance_graph.web.pages.addresses import alternates, shows
from alliance_graph.web.pages.asking import Row, rows_of
from alliance_graph.web.pages.frame import page
from alliance_graph.web.pages.statements import Statements, said

_IN_HEAD = ("rdfs:label", "skos:prefLabel", "rdf:type", "skos:definition", "skos:scopeNote")


@shows("rdfs:Resource")
def anything(iri: str) -> Response:
    """Show all that is said of a thing, by whom, and what refers to it."""
    rows, behind = rows_of("said", thing=iri)
    referring, behind_referring = rows_of("referring", thing=iri)
    statements = said(rows)
    return page(
        "thing.html",
        title=_title(iri, statements),
        alternates=alternates(iri),
        behind=[behind, behind_referring],
        iri=iri,
        statements=statements,
        shown=statements.properties(without=_IN_HEAD),
        referring=by_property(referring),
    )


def _title(iri: str, statements: Statements) -> str:
    """Return what a page is called; what is named after another thing is told from it by its kind."""
    name, kinds = name_of(iri).text, statements.iris("rdf:type")
    named = any(statements.every(label) for label in ("rdfs:label", "skos:prefLabel", "dcterms:title"))
    return name if named or not kinds else t("things.kind_of", kind=name_of(kinds[0]).text, name=name)


def by_property(rows: list[Row]) -> list[tuple[str, list[str]]]:
    """Return what refers to a thing: each property with the IRIs of those that use it, in the order of their names."""
    found: dict[str, dict[str, None]] = {}
    for row in rows:
        found.setdefault(row.text("property"), {})[row.text("subject")] = None
    return [(name, sorted(iris, key=by_name)) for name, iris in found.items()]


def links(rows: Iterable[Row]) -> list[tuple[Row, list[str]]]:
    """Return each link record with the evidence for it."""
    found: dict[str, tuple[Row, list[str]]] = {}
    for row in rows:
        _, evidence = found.setdefault(row.text("record"), (row, []))
        evidence.append(row.text("evidence"))
    return [*found.values()]
