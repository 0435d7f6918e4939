"""Other people's clients get their answers from the service: curl, SPARQLWrapper, rdflib, pandas, Comunica."""

from __future__ import annotations

import io
import json
import shutil
import subprocess
import warnings
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest

from conftest import Server

COUNT = "SELECT (COUNT(DISTINCT ?claim) AS ?n) WHERE { ?claim a ally:Claim }"
ALLY = "PREFIX ally: <https://w3id.org/alliance-graph/ontology#>"
NODE = Path(__file__).parent / "clients" / "node_modules" / ".bin"

needs_comunica = pytest.mark.skipif(
    not (NODE / "comunica-sparql").exists(),
    reason="Comunica is not installed: npm ci in tests/clients, as .ci/run does",
)


@pytest.fixture(scope="module")
def claims(server: Server) -> int:
    """The number of claims, asked without any client."""
    answer = server.fetch(f"/sparql?{urlencode({'query': COUNT})}", headers={"Accept": "text/csv"})
    return int(answer.text.split()[1])


@pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not installed")
@pytest.mark.parametrize("how", [["--get"], [], ["--http2"], ["--compressed"]])
def test_curl(server: Server, claims: int, how: list[str]) -> None:
    command = ["curl", "-sS", "-H", "Accept: text/csv", *how, "--data-urlencode", f"query={COUNT}"]
    done = subprocess.run([*command, f"{server.url}/sparql"], capture_output=True, check=True, timeout=30)
    assert done.stdout.decode().split() == ["n", str(claims)]


def sparqlwrapper(server: Server) -> Any:
    from SPARQLWrapper import SPARQLWrapper

    return SPARQLWrapper(f"{server.url}/sparql", agent="alliance-graph tests")


@pytest.mark.parametrize("method", ["GET", "POST"])
@pytest.mark.parametrize("form", ["json", "xml", "csv", "tsv"])
def test_sparqlwrapper_select(server: Server, claims: int, method: str, form: str) -> None:
    client = sparqlwrapper(server)
    client.setQuery(f"{ALLY} {COUNT}")
    client.setMethod(method)
    client.setReturnFormat(form)
    found = client.query().convert()
    text = json.dumps(found) if form == "json" else found.toxml() if form == "xml" else found.decode()
    assert str(claims) in text


def test_sparqlwrapper_construct_and_ask(server: Server) -> None:
    client = sparqlwrapper(server)
    client.setQuery(f"{ALLY} CONSTRUCT {{ ?s a ally:ArmedForces }} WHERE {{ ?s a ally:ArmedForces }}")
    client.setReturnFormat("rdf+xml")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # SPARQLWrapper uses an old class of rdflib
        assert len(client.query().convert()) == 1
    client.setQuery(f"{ALLY} ASK {{ ?s a ally:State }}")
    client.setReturnFormat("json")
    assert client.query().convert()["boolean"] is True


def test_rdflib_sparqlstore(server: Server, claims: int) -> None:
    from rdflib import Graph, URIRef
    from rdflib.plugins.stores.sparqlstore import SPARQLStore

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)  # rdflib leaves the response to the garbage collector
        graph = Graph(store=SPARQLStore(f"{server.url}/sparql"))
        ((n,),) = graph.query(f"{ALLY} {COUNT}")  # type: ignore[misc]
        states = set(graph.subjects(None, URIRef("https://w3id.org/alliance-graph/ontology#State")))
    assert int(n) == claims
    assert URIRef("https://w3id.org/alliance-graph/id/morocco") in states


def test_pandas_reads_a_ready_query_and_an_own_one(server: Server, claims: int) -> None:
    import pandas

    partners = pandas.read_csv(f"{server.url}/query/partners.csv")
    assert "France" in set(partners["partnerLabel"])
    own = pandas.read_csv(f"{server.url}/query/claims-by-modality.tsv", sep="\t")
    assert len(own) == 5
    answer = server.fetch(f"/sparql?{urlencode({'query': COUNT})}", headers={"Accept": "text/csv"})
    assert pandas.read_csv(io.BytesIO(answer.body))["n"][0] == claims


@needs_comunica
@pytest.mark.parametrize("source", ["sparql@{url}/sparql", "{url}/sparql"])
def test_comunica(server: Server, claims: int, source: str) -> None:
    command = [str(NODE / "node"), str(NODE / "comunica-sparql"), source.replace("{url}", server.url)]
    query = f"{ALLY} {COUNT}"
    done = subprocess.run([*command, query, "-t", "text/csv"], capture_output=True, check=False, timeout=120)
    assert done.stdout.decode().split() == ["n", str(claims)], done.stderr.decode()[:2000]


@needs_comunica
def test_comunica_reads_a_graph_as_a_document(server: Server) -> None:
    query = f"{ALLY} SELECT ?code WHERE {{ ?s a ally:State ; ally:isoAlpha3Code ?code }} ORDER BY ?code LIMIT 3"
    command = [str(NODE / "node"), str(NODE / "comunica-sparql"), f"{server.url}/graph/entities/states", query]
    done = subprocess.run([*command, "-t", "text/csv"], capture_output=True, check=False, timeout=120)
    assert done.stdout.decode().split() == ["code", "AGO", "ALB", "ARE"], done.stderr.decode()[:2000]
