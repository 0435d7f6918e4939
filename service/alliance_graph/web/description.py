"""The service's description of itself, from the configuration it runs with.

SPARQL 1.1 Service Description (W3C Recommendation), VoID, and our own terms for limits, which no
vocabulary has. Everything here is read from the objects the service works with.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import fields
from itertools import chain

import pyoxigraph as ox

from alliance_graph.dataset.rdf import node
from alliance_graph.engine.formats import GRAPH_FORMATS, RESULT_FORMATS
from alliance_graph.engine.limits import Limits
from alliance_graph.vocabulary import BASE

SERVICE_TERMS = f"{BASE}service#"
"""Namespace of the limits: `…/service#querySeconds` and so on."""

Triples = list[ox.Triple]


def _integer(value: int) -> ox.Literal:
    return ox.Literal(str(value), datatype=node("xsd:integer"))


def limit_name(field_name: str) -> str:
    """Return the local name of the term for a limit: `short_seconds` → `shortSeconds`."""
    first, *rest = field_name.split("_")
    return first + "".join(part.capitalize() for part in rest)


def describe_service(
    endpoint: str,
    *,
    union: bool,
    graphs: Iterable[tuple[str, int]],
    triples: int,
    services: Iterable[str],
    limits: Limits,
) -> Triples:
    """Return the service description.

    Args:
        endpoint: the address of the SPARQL endpoint.
        union: whether the default graph is the union of all graphs.
        graphs: IRI and number of triples of each named graph.
        triples: number of triples in the default graph.
        services: the endpoints that a SERVICE clause may name.
        limits: what a query may cost.
    """
    service, dataset = ox.NamedNode(endpoint), ox.BlankNode("dataset")
    default = ox.BlankNode("default")
    found: Triples = []

    def say(
        subject: ox.NamedNode | ox.BlankNode, predicate: str, value: ox.NamedNode | ox.BlankNode | ox.Literal
    ) -> None:
        found.append(ox.Triple(subject, node(predicate), value))

    say(service, "rdf:type", node("sd:Service"))
    say(service, "sd:endpoint", service)
    say(service, "sd:supportedLanguage", node("sd:SPARQL11Query"))
    if union:
        say(service, "sd:feature", node("sd:UnionDefaultGraph"))
    for other in services:
        say(service, "sd:feature", node("sd:BasicFederatedQuery"))
        found.append(ox.Triple(service, ox.NamedNode(f"{SERVICE_TERMS}allowedService"), ox.NamedNode(other)))
    # The W3C names formats by IRIs that the engine knows; CSV and TSV among them.
    for iri in dict.fromkeys(
        f.iri for f in chain((fmt.results for fmt in RESULT_FORMATS), (fmt.rdf for fmt in GRAPH_FORMATS)) if f
    ):
        say(service, "sd:resultFormat", ox.NamedNode(iri))
    say(service, "sd:defaultDataset", dataset)
    say(dataset, "rdf:type", node("sd:Dataset"))
    say(dataset, "sd:defaultGraph", default)
    say(default, "rdf:type", node("sd:Graph"))
    say(default, "void:triples", _integer(triples))
    for number, (name, n) in enumerate(graphs):
        graph, named = ox.BlankNode(f"graph{number}"), ox.BlankNode(f"named{number}")
        say(dataset, "sd:namedGraph", named)
        say(named, "rdf:type", node("sd:NamedGraph"))
        say(named, "sd:name", ox.NamedNode(name))
        say(named, "sd:graph", graph)
        say(graph, "rdf:type", node("sd:Graph"))
        say(graph, "void:triples", _integer(n))
    for item in fields(Limits):
        term = ox.NamedNode(f"{SERVICE_TERMS}{limit_name(item.name)}")
        found.append(ox.Triple(service, term, ox.Literal(getattr(limits, item.name))))
    return found


def describe_access(dataset: str, endpoint: str, triples: int) -> Triples:
    """Return how a dataset is reached and how large it is (VoID, section 3)."""
    subject = ox.NamedNode(dataset)
    return [
        ox.Triple(subject, node("rdf:type"), node("void:Dataset")),
        ox.Triple(subject, node("void:sparqlEndpoint"), ox.NamedNode(endpoint)),
        ox.Triple(subject, node("void:triples"), _integer(triples)),
    ]
