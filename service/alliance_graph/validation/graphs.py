"""Triples of the Oxigraph parser as rdflib graphs.

rdflib's own parser takes twenty times as long; pySHACL needs rdflib's terms.
"""

from __future__ import annotations

import logging
import warnings
from collections.abc import Iterable
from typing import TYPE_CHECKING

import pyoxigraph as ox

if TYPE_CHECKING:
    from rdflib import Graph
    from rdflib.term import Node


class TermConverter:
    """Converts terms, each distinct one once."""

    def __init__(self) -> None:
        self._known: dict[object, Node] = {}
        # A literal that is not of its datatype is a finding; rdflib would also log a trace of it.
        logging.getLogger("rdflib.term").setLevel(logging.CRITICAL)

    def node(self, term: object) -> Node:
        """Return the rdflib term for a term of pyoxigraph."""
        known = self._known.get(term)
        if known is None:
            known = self._known[term] = self._convert(term)
        return known

    def triple(self, triple: ox.Triple) -> tuple[Node, Node, Node]:
        return self.node(triple.subject), self.node(triple.predicate), self.node(triple.object)

    @staticmethod
    def _convert(term: object) -> Node:
        from rdflib import BNode, Literal, URIRef

        if isinstance(term, ox.NamedNode):
            return URIRef(term.value)
        if isinstance(term, ox.BlankNode):
            return BNode(term.value)
        assert isinstance(term, ox.Literal)
        if term.language:
            return Literal(term.value, lang=term.language)
        datatype = term.datatype.value
        if datatype == "http://www.w3.org/2001/XMLSchema#string":
            return Literal(term.value)
        # normalize=False: the lexical form a maintainer wrote is what is validated and kept
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # that a value is not of its type is for shapes to say
            return Literal(term.value, datatype=URIRef(datatype), normalize=False)


def rdflib_graph(triples: Iterable[ox.Triple]) -> Graph:
    """Return an rdflib graph with these triples."""
    from rdflib import Graph

    converter = TermConverter()
    graph = Graph(bind_namespaces="none")
    for triple in triples:
        graph.add(converter.triple(triple))
    return graph
