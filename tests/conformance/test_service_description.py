"""The W3C tests of the service description, which the suite has in words only."""

from __future__ import annotations

from pathlib import Path

import pyoxigraph as ox
import pytest
import rdflib
from pyshacl import validate

from alliance_graph.engine.formats import FORMATS, GRAPH_FORMATS, RESULT_FORMATS, Format
from conformance import suites
from conformance.comparison import same_graphs
from conformance.graphs import read_graph
from conformance.manifests import MF, RDF, Manifest, plain
from conftest import Server

suites.require()

_SD = "http://www.w3.org/ns/sparql-service-description#"
_TESTS = {"returns-rdf", "has-endpoint-triple", "conforms-to-schema"}


def _described(server: Server) -> list[ox.Quad]:
    answer = server.fetch("/sparql", headers={"Accept": "application/n-triples"})
    assert answer.status == 200
    return list(ox.parse(answer.body, format=ox.RdfFormat.N_TRIPLES))


def test_there_are_no_other_tests_in_the_suite() -> None:
    manifest = Manifest(suites.iri_of("sparql/sparql11/service-description/manifest.ttl"))
    tests = manifest.subjects(f"{RDF}type", ox.NamedNode(f"{MF}ServiceDescriptionTest"))
    assert {test.value.rpartition("#")[2] for test in tests} == _TESTS


@pytest.mark.parametrize("fmt", GRAPH_FORMATS, ids=lambda fmt: fmt.name)
def test_returns_rdf(server: Server, fmt: Format) -> None:
    answer = server.fetch("/sparql", headers={"Accept": fmt.media_type})
    assert answer.status == 200
    assert answer.headers["content-type"] == fmt.content_type
    assert same_graphs(_described(server), read_graph(answer.body, fmt, f"{server.url}/sparql"))


def test_has_endpoint_triple(server: Server) -> None:
    endpoints = [quad for quad in _described(server) if quad.predicate.value == f"{_SD}endpoint"]
    assert [quad.object for quad in endpoints] == [ox.NamedNode(f"{server.url}/sparql")]


def test_conforms_to_schema(server: Server) -> None:
    data = rdflib.Graph().parse(data=server.fetch("/sparql").body, format="turtle")
    shapes = rdflib.Graph().parse(Path(__file__).with_name("service-description.ttl"), format="turtle")
    conforms, _, report = validate(data, shacl_graph=shapes)
    assert conforms, report


def test_every_format_that_is_announced_is_given(server: Server) -> None:
    announced = {plain(quad.object) for quad in _described(server) if quad.predicate.value == f"{_SD}resultFormat"}
    given = {form.iri for fmt in FORMATS.values() for form in (fmt.results, fmt.rdf) if form is not None}
    assert announced == given
    for fmt in (*RESULT_FORMATS, *GRAPH_FORMATS):
        query = "SELECT%20*%20%7B%7D" if fmt in RESULT_FORMATS else "CONSTRUCT%20WHERE%20%7B%7D"
        answer = server.fetch(f"/sparql?query={query}", headers={"Accept": fmt.media_type})
        assert (answer.status, answer.headers["content-type"]) == (200, fmt.content_type)
