"""The one form in which Turtle is kept: rdflib's `longturtle`, with the project's prefixes.

It has one object a line, does not depend on the order of statements or the labels of blank nodes,
and so gives small diffs. Comments have no place in it; what is worth saying is said in a triple.
"""

from __future__ import annotations

import re

import pyoxigraph as ox

from alliance_graph.dataset.documents import Document
from alliance_graph.validation.graphs import rdflib_graph
from alliance_graph.vocabulary import PREFIXES

_COMMENT = re.compile(r"^\s*#", re.MULTILINE)


def canonical_text(document: Document) -> str:
    """Return the canonical Turtle for what a document says."""
    from rdflib import Graph

    graph = Graph(bind_namespaces="none")
    namespaces = {prefix: namespace for prefix, (namespace, _) in document.prefixes.items()}
    known = {**namespaces, **PREFIXES}
    for prefix in sorted(known):
        graph.bind(prefix, known[prefix], override=True, replace=True)
    graph += rdflib_graph(_with_stable_labels(document))
    return graph.serialize(format="longturtle")


def _with_stable_labels(document: Document) -> list[ox.Triple]:
    """Return the triples with canonical blank node labels (RDFC-1.0): rdflib sorts by label."""
    dataset = ox.Dataset(ox.Quad(t.subject, t.predicate, t.object) for t in document.triples)
    dataset.canonicalize(ox.CanonicalizationAlgorithm.RDFC_1_0)
    return [quad.triple for quad in dataset]


def first_comment(document: Document) -> int | None:
    """Return the line of the first comment; rewriting the file would lose it."""
    match = _COMMENT.search(document.text)
    return document.text.count("\n", 0, match.end()) + 1 if match else None
