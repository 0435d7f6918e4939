"""The one form in which Turtle is kept: rdflib's `longturtle`, with the project's prefixes.

It has one object a line, does not depend on the order of statements or the labels of blank nodes,
and so gives small diffs. Comments have no place in it; what is worth saying is said in a triple.
"""

from __future__ import annotations

import io
import re
import warnings
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import pyoxigraph as ox

from alliance_graph.dataset.documents import Document
from alliance_graph.errors import AllianceGraphError
from alliance_graph.validation.graphs import rdflib_graph
from alliance_graph.vocabulary import PREFIXES

if TYPE_CHECKING:
    from rdflib import Graph, Literal
    from rdflib.term import Node

_PLAIN = {
    f"{PREFIXES['xsd']}{name}": re.compile(pattern)
    for name, pattern in {
        "boolean": "true|false",
        "integer": r"[+-]?[0-9]+",
        "decimal": r"[+-]?[0-9]*\.[0-9]+",
        "double": r"[+-]?[0-9]+(?:\.[0-9]+)?e[+-]?[0-9]+",
    }.items()
}


def canonical_text(document: Document) -> str:
    """Return the canonical Turtle for what a document says.

    Raises:
        AllianceGraphError: so many blank nodes hang on one another that they cannot be written.
    """
    from rdflib import Graph, Literal

    graph = Graph(bind_namespaces="none")
    namespaces = {prefix: namespace for prefix, (namespace, _) in document.prefixes.items()}
    known = {**namespaces, **PREFIXES}
    for prefix in sorted(known):
        graph.bind(prefix, known[prefix], override=True, replace=True)
    graph += rdflib_graph(_with_stable_labels(document))
    for literal in graph.objects():
        if isinstance(literal, Literal) and not _plain_form_is_faithful(literal):
            literal._value = None  # rdflib then writes the literal as it is, in quotes
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # "weird numerical": shapes say so with file and line
        try:
            return _serialise(graph)
        except RecursionError:  # the serialiser writes one inside the other
            raise AllianceGraphError(
                "hundreds of blank nodes hang on one another", "give some of them an IRI", place=document.name
            ) from None


def _serialise(graph: Graph) -> str:
    """Write a graph with rdflib's serialiser, but for the order of objects.

    rdflib sorts them by value, and finds numbers of different datatypes neither smaller nor equal.
    """
    from rdflib import BNode, Literal
    from rdflib.plugins.serializers.longturtle import LongTurtleSerializer

    def rank(node: Node) -> tuple[int, str, str, str]:
        if isinstance(node, Literal):
            return 2, str(node.datatype or ""), node.language or "", str(node)
        return (0 if isinstance(node, BNode) else 1), "", "", str(node)

    class Serialiser(LongTurtleSerializer):
        def sortProperties(self, properties: Mapping[Any, list[Any]]) -> list[Any]:
            order: list[Any] = super().sortProperties({name: [] for name in properties})
            for objects in properties.values():
                objects.sort(key=rank)
            return order

    stream = io.BytesIO()
    Serialiser(graph).serialize(stream, encoding="utf-8")  # type: ignore[no-untyped-call]
    return stream.getvalue().decode()


def _plain_form_is_faithful(literal: Literal) -> bool:
    """Return whether rdflib's form of a number or truth value without quotes reads back as the same literal."""
    plain = _PLAIN.get(str(literal.datatype))
    written = str(literal)
    if plain is None or literal.value is None:
        return True
    return plain.fullmatch(written) is not None and literal._literal_n3(use_plain=True) == written


def _with_stable_labels(document: Document) -> list[ox.Triple]:
    """Return the triples in one order and with canonical blank node labels (RDFC-1.0).

    rdflib sorts by label and, where it finds two literals equal, leaves them in the order it got them.
    """
    dataset = ox.Dataset(ox.Quad(t.subject, t.predicate, t.object) for t in document.triples)
    dataset.canonicalize(ox.CanonicalizationAlgorithm.RDFC_1_0)
    return sorted((quad.triple for quad in dataset), key=str)
