"""The service's description of itself says what the live service does: each statement is tried."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Any, cast
from urllib.parse import quote, urlencode

import pyoxigraph as ox
import pytest

from alliance_graph.dataset.description import DATASET
from alliance_graph.engine.formats import GRAPH_FORMATS, RESULT_FORMATS
from alliance_graph.engine.limits import Limits
from alliance_graph.vocabulary import PREFIXES
from alliance_graph.web.description import SERVICE_TERMS, limit_name
from conftest import Server

_EXAMPLES = {
    "id": "morocco",
    "claim": "s02-p2-1",
    "assessment": "s00-p1-1-1",
    "mention": "s02-p1-1-m1",
    "link": "algeria",
    "source": "article/passage/s02-p2",
    "scheme": "verdict/disputed",
    "graph": "facts/atop",
}
"""What is described in each space, behind the space in the address."""


def _graph(server: Server, path: str) -> ox.Store:
    answer = server.fetch(path, headers={"Accept": "text/turtle"})
    assert answer.status == 200, answer.text
    store = ox.Store()
    store.load(answer.body, format=ox.RdfFormat.TURTLE)
    return store


def _rows(store: ox.Store, query: str) -> list[tuple[str, ...]]:
    solutions = store.query(query, prefixes=PREFIXES)
    assert isinstance(solutions, ox.QuerySolutions)
    return [tuple(value.value for value in row if value is not None) for row in solutions]


@pytest.fixture(scope="module")
def description(server: Server) -> ox.Store:
    return _graph(server, "/sparql")


def test_the_description_names_the_endpoint_that_gave_it(server: Server, description: ox.Store) -> None:
    assert _rows(description, "SELECT ?e { ?s a sd:Service ; sd:endpoint ?e }") == [(f"{server.url}/sparql",)]


def test_every_named_graph_has_as_many_triples_as_described(server: Server, description: ox.Store) -> None:
    described = _rows(description, "SELECT ?g ?n { ?x sd:name ?g ; sd:graph/void:triples ?n } ORDER BY ?g")
    counted = server.ask("SELECT ?g (COUNT(*) AS ?n) { GRAPH ?g { ?s ?p ?o } } GROUP BY ?g ORDER BY ?g").rows()
    assert described == [(row["g"], row["n"]) for row in counted]


def test_the_default_graph_is_the_union_it_is_described_as(server: Server, description: ox.Store) -> None:
    assert _rows(description, "SELECT ?f { ?s sd:feature ?f }") == [(f"{PREFIXES['sd']}UnionDefaultGraph",)]
    ((described,),) = _rows(description, "SELECT ?n { ?d sd:defaultGraph/void:triples ?n }")
    (default,) = server.ask("SELECT (COUNT(*) AS ?n) { ?s ?p ?o }").rows()
    (union,) = server.ask("SELECT (COUNT(*) AS ?n) { SELECT DISTINCT ?s ?p ?o { GRAPH ?g { ?s ?p ?o } } }").rows()
    assert described == default["n"] == union["n"]


def test_every_described_format_is_given_and_no_other(server: Server, description: ox.Store) -> None:
    described = {iri for (iri,) in _rows(description, "SELECT ?f { ?s sd:resultFormat ?f }")}
    given = set()
    for formats, query in (
        (RESULT_FORMATS, "SELECT * {} LIMIT 1"),
        (GRAPH_FORMATS, "CONSTRUCT WHERE { ?s ?p ?o } LIMIT 1"),
    ):
        for fmt in formats:
            answer = server.fetch(f"/sparql?{urlencode({'query': query})}", headers={"Accept": fmt.media_type})
            assert answer.headers["content-type"].split(";")[0] == fmt.media_type
            form = fmt.results or fmt.rdf
            assert form is not None
            given.add(form.iri)
    assert described == given


def test_every_limit_is_described_with_the_value_in_force(server: Server, description: ox.Store) -> None:
    limits = asdict(Limits())
    described = {
        p.removeprefix(SERVICE_TERMS): float(v)
        for p, v in _rows(description, f"SELECT ?p ?v {{ ?s ?p ?v FILTER(STRSTARTS(STR(?p), '{SERVICE_TERMS}')) }}")
    }
    assert described == {limit_name(name): float(value) for name, value in limits.items()}
    too_long = server.fetch(
        "/sparql",
        method="POST",
        headers={"Content-Type": "application/sparql-query"},
        data=b"ASK {} #" + b"x" * int(described["queryBytes"]),
    )
    assert too_long.status == 413


def test_void_counts_what_the_endpoint_counts(server: Server) -> None:
    void = _graph(server, "/.well-known/void")
    ((endpoint, triples),) = _rows(void, f"SELECT ?e ?n {{ <{DATASET}> void:sparqlEndpoint ?e ; void:triples ?n }}")
    assert endpoint == f"{server.url}/sparql"
    (counted,) = server.ask("SELECT (COUNT(*) AS ?n) { ?s ?p ?o }").rows()
    assert triples == counted["n"]
    claims = _rows(void, "SELECT ?n { ?x void:class ally:Claim ; void:entities ?n }")
    (counted,) = server.ask("SELECT (COUNT(DISTINCT ?x) AS ?n) { ?x a ally:Claim }").rows()
    assert claims == [(counted["n"],)]


@pytest.mark.parametrize("fmt", GRAPH_FORMATS, ids=lambda fmt: fmt.name)
def test_the_description_comes_in_every_rdf_format(server: Server, fmt: Any) -> None:
    answer = server.fetch("/sparql", headers={"Accept": fmt.media_type})
    assert (answer.status, answer.headers["content-type"].split(";")[0]) == (200, fmt.media_type)
    assert len(list(ox.parse(answer.body, format=fmt.rdf))) > 100


def test_every_address_of_the_api_description_answers_as_described(server: Server) -> None:
    document = server.fetch("/openapi.json").json()
    paths = cast("dict[str, dict[str, Any]]", document["paths"])
    assert len(paths) > 100
    for described, operations in paths.items():
        operation = operations["get"]
        path = described.replace("{path}", _EXAMPLES.get(described.split("/")[1], ""))
        types = list(operation["responses"]["200"]["content"])
        query = "?default" if path == "/graph-store" else ""
        answer = server.fetch(path + query, headers={"Accept": types[0]} if path in ("/sparql", "/graph-store") else {})
        if any(p.get("required") and p["in"] == "query" for p in operation.get("parameters", ())):
            assert answer.status == 400
            continue
        assert answer.status == 200, path
        assert answer.headers["content-type"].split(";")[0] in {t.split(";")[0] for t in types} | {"text/turtle"}, path


def test_a_graph_can_be_fetched_by_name_and_by_its_own_address(server: Server) -> None:
    iri = f"{PREFIXES['graph']}entities/states"
    headers = {"Accept": "application/n-triples"}
    by_name = server.fetch(f"/graph-store?graph={quote(iri, safe='')}", headers=headers)
    direct = server.fetch("/graph/entities/states", headers=headers)
    assert by_name.status == direct.status == 200
    assert sorted(by_name.text.splitlines()) == sorted(direct.text.splitlines())
    head = server.fetch("/graph/entities/states", method="HEAD", headers=headers)
    assert (head.status, head.body) == (200, b"")
    assert head.headers["content-length"] == direct.headers["content-length"]


@pytest.mark.parametrize("query", ["", "?graph=", "?default&graph=http://e/", "?graph=http://e/a&graph=http://e/b"])
def test_a_graph_store_request_has_to_name_one_graph(server: Server, query: str) -> None:
    server.fetch(f"/graph-store{query}").problem(400)


@pytest.mark.parametrize("method", ["PUT", "POST", "DELETE", "PATCH"])
def test_graphs_cannot_be_written(server: Server, method: str) -> None:
    answer = server.fetch("/graph-store?default", method=method, data=b"<a:a> <a:b> <a:c> .")
    assert answer.status == 405
    assert {m.strip() for m in answer.headers["allow"].split(",")} == {"GET", "HEAD", "OPTIONS"}


def test_health_and_metrics_tell_of_the_requests(server: Server) -> None:
    assert server.fetch("/healthz").text == "ok\n"
    assert server.fetch("/readyz").text == "ready\n"
    server.fetch("/sparql?query=ASK%7B%7D")
    metrics = server.fetch("/metrics").text
    assert "alliance_graph_requests_total{" in metrics
    assert f"alliance_graph_quads {float(_quads(server))}" in metrics


def _quads(server: Server) -> int:
    (row,) = server.ask("SELECT (COUNT(*) AS ?n) { { ?s ?p ?o } UNION { GRAPH ?g { ?s ?p ?o } } }").rows()
    return int(row["n"])


def test_the_api_description_is_json_that_names_each_ready_query(server: Server) -> None:
    document = json.loads(server.fetch("/openapi.json").body)
    assert document["openapi"].startswith("3.1")
    assert "/query/partners.csv" in document["paths"]
