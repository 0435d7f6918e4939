"""Reading the manifests of the W3C suites (the test-manifest vocabulary, SPARQL 1.1 test structure)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import urljoin

import pyoxigraph as ox

from conformance import suites

MF = "http://www.w3.org/2001/sw/DataAccess/tests/test-manifest#"
QT = "http://www.w3.org/2001/sw/DataAccess/tests/test-query#"
RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
LABEL = "http://www.w3.org/2000/01/rdf-schema#label"

Node = ox.NamedNode | ox.BlankNode
Term = ox.NamedNode | ox.BlankNode | ox.Literal | ox.Triple

EVALUATION = frozenset(("QueryEvaluationTest", "CSVResultFormatTest"))
POSITIVE_SYNTAX = frozenset(("PositiveSyntaxTest", "PositiveSyntaxTest11"))
NEGATIVE_SYNTAX = frozenset(("NegativeSyntaxTest", "NegativeSyntaxTest11"))

_FROM = re.compile(r"\bFROM\s+(?:NAMED\s+)?<([^>]*)>", re.IGNORECASE)
_BASE = re.compile(r"\bBASE\s+<([^>]*)>", re.IGNORECASE)


@dataclass(frozen=True)
class Case:
    """One test about a query."""

    id: str
    """Suite, group and name, such as `sparql11/aggregates/agg01`."""
    kind: str
    query: str
    """The IRI of the file with the query, which is also the base of its relative IRIs."""
    data: tuple[tuple[str, str], ...] = ()
    """The IRIs of the files with the data, each with the graph its triples belong to; empty: the default graph."""
    result: str = ""
    lax: bool = False
    """Whether rows may be left out that are there more than once (REDUCED)."""


class Manifest:
    """The graph of one manifest file."""

    def __init__(self, iri: str) -> None:
        self.iri = iri
        self._store = ox.Store()
        self._store.bulk_load(path=str(suites.path_of(iri)), format=ox.RdfFormat.TURTLE, base_iri=iri)

    def values(self, subject: Node, predicate: str) -> list[Term]:
        """Return what a subject has for a predicate."""
        return [quad.object for quad in self._store.quads_for_pattern(subject, ox.NamedNode(predicate), None)]

    def value(self, subject: Node, predicate: str) -> Term | None:
        """Return the one value, or None."""
        found = self.values(subject, predicate)
        assert len(found) < 2, (subject, predicate)
        return found[0] if found else None

    def node(self, subject: Node, predicate: str) -> Node:
        """Return the one value, which is an IRI or a blank node."""
        return as_node(self.value(subject, predicate))

    def text(self, subject: Node, predicate: str) -> str:
        """Return the one value as text; empty where there is none."""
        found = self.value(subject, predicate)
        return "" if found is None else plain(found)

    def subjects(self, predicate: str, value: ox.NamedNode) -> list[Node]:
        """Return what has a value for a predicate."""
        return [as_node(quad.subject) for quad in self._store.quads_for_pattern(None, ox.NamedNode(predicate), value)]

    def kind(self, subject: Node) -> str:
        """Return the name of a test's type."""
        names = [plain(term) for term in self.values(subject, f"{RDF}type")]
        (name,) = (name.removeprefix(MF) for name in names if name.startswith(MF))
        return name

    def members(self, predicate: str) -> Iterator[Node]:
        """Return the members of the lists that a predicate leads to, in their order."""
        for quad in self._store.quads_for_pattern(None, ox.NamedNode(predicate), None):
            yield from self.items(as_node(quad.object))

    def items(self, head: Node) -> Iterator[Node]:
        """Return the members of a list."""
        while head != ox.NamedNode(f"{RDF}nil"):
            yield self.node(head, f"{RDF}first")
            head = self.node(head, f"{RDF}rest")


def as_node(term: Term | None) -> Node:
    """Return a term that is known to be no literal."""
    assert isinstance(term, ox.NamedNode | ox.BlankNode), term
    return term


def plain(term: Term) -> str:
    """Return the IRI or the text of a term."""
    assert not isinstance(term, ox.Triple)
    return term.value


def read_cases(path: str, kinds: frozenset[str]) -> list[Case]:
    """Return the tests of some kinds that a manifest and those it includes have, in their order."""
    return [case for manifest in _manifests(suites.iri_of(path)) for case in _cases(manifest, kinds)]


def _manifests(iri: str) -> Iterator[Manifest]:
    manifest = Manifest(iri)
    yield manifest
    for included in manifest.members(f"{MF}include"):
        yield from _manifests(included.value)


def _cases(manifest: Manifest, kinds: frozenset[str]) -> Iterator[Case]:
    folder = manifest.iri.removeprefix(suites.iri_of("sparql/")).rpartition("/")[0]
    for test in manifest.members(f"{MF}entries"):
        kind = manifest.kind(test)
        if kind in kinds:
            name = test.value.rpartition("#")[2]
            yield _case(manifest, test, kind, f"{folder}/{name}")


def _case(manifest: Manifest, test: Node, kind: str, name: str) -> Case:
    action = manifest.node(test, f"{MF}action")
    if kind not in EVALUATION:
        return Case(name, kind, action.value)
    query = manifest.text(action, f"{QT}query")
    data = [(plain(term), "") for term in manifest.values(action, f"{QT}data")]
    for graph in manifest.values(action, f"{QT}graphData"):
        data.append(_named_graph(manifest, as_node(graph)))
    if not data:
        data = [(iri, iri) for iri in _graphs_of_query(query)]
    return Case(
        name,
        kind,
        query,
        tuple(sorted(data)),
        manifest.text(test, f"{MF}result"),
        manifest.text(test, f"{MF}resultCardinality") == f"{MF}LaxCardinality",
    )


def _named_graph(manifest: Manifest, graph: Node) -> tuple[str, str]:
    """Return file and name of a graph: one IRI is both, unless a label gives the name."""
    if isinstance(graph, ox.NamedNode):
        return graph.value, graph.value
    file = manifest.text(graph, f"{QT}graph")
    return file, manifest.text(graph, LABEL) or file


def _graphs_of_query(query: str) -> list[str]:
    """Return the files that a query names in FROM clauses, which are its data where the manifest gives none."""
    text = suites.text_of(query)
    base = _BASE.search(text)
    return sorted({urljoin(base[1] if base else query, iri) for iri in _FROM.findall(text)})
