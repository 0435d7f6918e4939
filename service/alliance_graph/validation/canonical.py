"""The one form in which Turtle is kept: rdflib's `longturtle`, with the project's prefixes.

It has one object a line, does not depend on the order of statements or the labels of blank nodes,
and so gives small diffs. Comments have no place in it; what is worth saying is said in a triple.
"""

from __future__ import annotations

import re

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
    graph += rdflib_graph(document.triples)
    return graph.serialize(format="longturtle")


def first_comment(document: Document) -> int | None:
    """Return the line of the first comment; rewriting the file would lose it."""
    match = _COMMENT.search(document.text)
    return document.text.count("\n", 0, match.end()) + 1 if match else None
