"""The W3C tests of the SPARQL 1.1 Protocol, sent to the real service; it answers all but updates."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count
from urllib.parse import quote

import pyoxigraph as ox
import pytest

from alliance_graph.engine.formats import GRAPH_FORMATS, RESULT_FORMATS
from conformance import suites
from conformance.exchanges import Dialogue, Exchange, read_dialogues, send
from conformance.results import read_json, read_xml
from conftest import Answer, Server, serving

suites.require()

_FOLDER = "sparql/sparql11/protocol/"
_DIALOGUES = read_dialogues(f"{_FOLDER}manifest.ttl", "ProtocolTest")
_UPDATES = [dialogue for dialogue in _DIALOGUES if "/update_" in dialogue.id]
_OTHERS = [dialogue for dialogue in _DIALOGUES if dialogue not in _UPDATES]
_numbers = count()


@pytest.fixture(scope="module")
def live() -> Iterator[Server]:
    """The real service over the graphs that the tests name; the one they call data0 is not there."""
    graphs = [
        f"--graph=http://kasei.us/2009/09/sparql/data/data{number}.rdf="
        f"{suites.path_of(suites.iri_of(f'{_FOLDER}data{number}.nt'))}"
        for number in (1, 2, 3)
    ]
    with serving(*graphs, "--default-graph", "own") as running:
        yield running


def _send(server: Server, exchange: Exchange) -> Answer:
    # The manifest leaves the path of the endpoint to who is tested.
    return send(server.url, exchange, exchange.path.replace("/sparql/", "/sparql", 1))


def test_there_are_as_many_tests_as_the_suite_has() -> None:
    assert (len(_OTHERS), len(_UPDATES)) == (27, 7)


@pytest.mark.parametrize("dialogue", _OTHERS, ids=lambda dialogue: dialogue.id)
def test_a_request_has_the_response_the_suite_wants(live: Server, dialogue: Dialogue) -> None:
    for exchange in dialogue.exchanges:
        answer = _send(live, exchange)
        assert exchange.has_status(answer.status), answer.text
        if answer.status >= 400:
            assert answer.headers["content-type"] == "application/problem+json"
        if exchange.form:
            _has_form(answer, exchange)


def _has_form(answer: Answer, exchange: Exchange) -> None:
    media_type = answer.headers["content-type"].partition(";")[0]
    if exchange.form == "boolean":
        read = {"application/sparql-results+json": read_json, "application/sparql-results+xml": read_xml}[media_type]
        truth = read(answer.body)
        assert isinstance(truth, bool)
        assert exchange.boolean is None or truth == exchange.boolean
    elif exchange.form == "tabular":
        assert media_type in {fmt.media_type for fmt in RESULT_FORMATS}
    else:
        assert exchange.form == "RDF"
        (form,) = (fmt.rdf for fmt in GRAPH_FORMATS if fmt.media_type == media_type)
        list(ox.parse(answer.body, format=form))


@pytest.mark.parametrize("dialogue", _UPDATES, ids=lambda dialogue: dialogue.id)
def test_an_update_is_refused_and_changes_nothing(live: Server, dialogue: Dialogue) -> None:
    before = _everything(live)
    updates = [exchange for exchange in dialogue.exchanges if "sparql-query" not in exchange.headers["content-type"]]
    assert updates
    for exchange in updates:
        answer = _send(live, exchange)
        assert 400 <= answer.status < 500
        assert answer.headers["content-type"] == "application/problem+json"
        assert "only reads" in str(answer.json()["detail"])
    assert _everything(live) == before


def _everything(server: Server) -> bytes:
    """Return all triples, asked in a way that was not asked before, so that no kept answer is returned."""
    unasked = f"FILTER(?g != <urn:test:{next(_numbers)}>)"
    query = f"SELECT * {{ GRAPH ?g {{ ?s ?p ?o }} {unasked} }} ORDER BY ?g ?s ?p ?o"
    answer = server.fetch(f"/sparql?query={quote(query)}")
    assert answer.status == 200
    return answer.body
