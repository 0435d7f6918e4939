"""Answers to draw, and looking at what was drawn."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from collections.abc import Iterator

import pyoxigraph as ox

from alliance_graph.engine.evaluation import evaluate
from alliance_graph.engine.library import ReadyQuery, read_library
from alliance_graph.pictures import Picture
from alliance_graph.vocabulary import BASE
from conftest import REPOSITORY

QUERIES = REPOSITORY / "queries"
LIBRARY = read_library(QUERIES)
TRIPLE = ("subject", "predicate", "object")
Rows = list[list[ox.NamedNode | ox.BlankNode | ox.Literal | ox.Triple | None]]


def iri(name: str) -> ox.NamedNode:
    return ox.NamedNode(f"{BASE}id/{name}")


def slug(name: str) -> str:
    return name.lower().replace(" ", "-")


def address(value: str) -> str:
    return "/" + value.removeprefix(BASE)


def answer_of(store: ox.Store, ready: ReadyQuery, **values: str) -> tuple[tuple[str, ...], Rows]:
    results = evaluate(store, ready.text, bindings=ready.bind(values), place=ready.place)
    if isinstance(results, ox.QueryTriples):
        return TRIPLE, [[t.subject, t.predicate, t.object] for t in results]
    assert isinstance(results, ox.QuerySolutions)
    names = tuple(variable.value for variable in results.variables)
    return names, [[solution[name] for name in names] for solution in results]


def parse(picture: Picture) -> ET.Element:
    """Return the figure as a tree: it is well-formed, whatever the labels are."""
    return ET.fromstring(picture.__html__())  # noqa: S314 - our own markup


def texts(tree: ET.Element) -> Iterator[tuple[ET.Element, str]]:
    for element in tree.iter("text"):
        yield element, "".join(element.itertext())


def edges(*partners: tuple[str, str, int]) -> Rows:
    return [
        [iri("morocco"), ox.Literal("Morocco"), iri(slug(name)), ox.Literal(name), iri(slug(kind)), ox.Literal(weight)]
        for name, kind, weight in partners
    ]


EDGES = ("source", "sourceLabel", "target", "targetLabel", "kind", "weight")
