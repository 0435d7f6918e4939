"""SERVICE asks exactly the endpoints an operator allowed, and the answer is the join it means."""

from __future__ import annotations

import http.server
import json
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import cast

import pytest

from alliance_graph.engine.federation import RemoteError, check_allowed, resolve
from alliance_graph.errors import AllianceGraphError
from conftest import Run, Server, free_port, serving

OWN = """
@prefix id: <https://w3id.org/alliance-graph/id/> .
@prefix : <http://example.org/> .
id:morocco :capital "Rabat" ; :note "a \\"quoted\\" text"@en .
id:spain :capital "Madrid" .
id:atlantis :capital "Poseidonia" .
"""


class _Odd(http.server.BaseHTTPRequestHandler):
    """An endpoint that misbehaves as its path says."""

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        kind = self.path.strip("/")
        if kind == "redirect":
            self.send_response(302)
            self.send_header(
                "Location", f"http://127.0.0.1:{cast('http.server.HTTPServer', self.server).server_port}/secret"
            )
            self.end_headers()
            return
        status, body = {
            "broken": (200, b'{"head":{"vars":["x"]},"results":{"bind'),
            "html": (200, b"<html></html>"),
            "blank": (200, b'{"head":{"vars":["x"]},"results":{"bindings":[{"x":{"type":"bnode","value":"b"}}]}}'),
            "boolean": (200, b'{"head":{},"boolean":true}'),
        }.get(kind, (500, b"oops"))
        _Odd.seen.append(kind)
        self.send_response(status)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Say nothing."""

    seen: list[str] = []  # noqa: RUF012 - one for all requests of a test run


@pytest.fixture(scope="module")
def odd() -> Iterator[str]:
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), _Odd)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture(scope="module")
def own(server: Server, odd: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A service over data of its own that may ask the project's service, and some that misbehave."""
    path: Path = tmp_path_factory.mktemp("own") / "own.ttl"
    path.write_text(OWN, encoding="utf-8")
    allowed = [
        f"{server.url}/sparql",
        *(f"{odd}/{kind}" for kind in ("redirect", "broken", "html", "blank", "boolean")),
    ]
    allowed.append(f"http://127.0.0.1:{free_port()}/nobody")
    options = [part for iri in allowed for part in ("--allow-service", iri)]
    with serving("--dataset", path, *options) as running:
        yield running


def test_own_data_are_joined_with_the_other_endpoints(own: Server, server: Server) -> None:
    query = f"""PREFIX : <http://example.org/>
        SELECT ?capital ?code WHERE {{
          ?state :capital ?capital
          SERVICE <{server.url}/sparql> {{ ?state a ally:State ; ally:isoAlpha2Code ?code }}
        }} ORDER BY ?code"""
    found = own.ask(query).rows()
    assert found == [{"capital": "Madrid", "code": "ES"}, {"capital": "Rabat", "code": "MA"}]


def test_prefixes_and_base_of_the_query_hold_in_the_clause(own: Server, server: Server) -> None:
    query = f"""BASE <https://w3id.org/alliance-graph/> PREFIX a: <https://w3id.org/alliance-graph/ontology#>
        SELECT ?c {{ SERVICE <{server.url}/sparql> {{ <id/morocco> a:isoAlpha3Code ?c # }} a comment
        }} }}"""
    assert own.ask(query).rows() == [{"c": "MAR"}]


def test_an_optional_clause_keeps_what_has_no_match(own: Server, server: Server) -> None:
    query = f"""PREFIX : <http://example.org/> SELECT ?capital ?code {{ ?s :capital ?capital
        OPTIONAL {{ SERVICE <{server.url}/sparql> {{ ?s ally:isoAlpha2Code ?code }} }} }} ORDER BY ?capital"""
    assert own.ask(query).rows()[1:] == [{"capital": "Poseidonia"}, {"capital": "Rabat", "code": "MA"}]


def test_a_pattern_without_variables_is_a_test(own: Server, server: Server) -> None:
    for thing, answer in (("id:morocco", True), ("id:atlantis", False)):
        query = f"ASK {{ SERVICE <{server.url}/sparql> {{ {thing} a ally:State }} }}"
        assert own.ask(query).json()["boolean"] is answer


def test_an_answer_with_a_foreign_part_is_not_kept(own: Server, server: Server) -> None:
    query = f"SELECT ?c {{ SERVICE <{server.url}/sparql> {{ id:morocco ally:isoAlpha2Code ?c }} }}"
    for _ in range(2):
        answer = own.ask(query)
        assert answer.headers["cache-control"] == "no-store"
        assert "cache" not in answer.headers["server-timing"]


@pytest.mark.parametrize(
    "clause", ["SERVICE <{other}/sparql>", "SERVICE ?any", "SERVICE SILENT <{other}/sparql>", "SERVICE :x"]
)
def test_any_other_endpoint_is_refused(own: Server, server: Server, clause: str) -> None:
    other = server.url.replace("127.0.0.1", "127.0.0.2")
    query = f"PREFIX : <{server.url}/> SELECT * {{ {clause.replace('{other}', other)} {{ ?a ?b ?c }} }}"
    answer = own.ask(query)
    assert (answer.status, answer.json()["clause"]) == (403, "SERVICE")


def test_a_clause_inside_an_allowed_one_is_not_passed_on(own: Server, server: Server) -> None:
    query = f"SELECT * {{ SERVICE <{server.url}/sparql> {{ SERVICE <http://127.0.0.1:9/> {{ ?a ?b ?c }} }} }}"
    answer = own.ask(query)
    assert answer.status == 502  # the other endpoint refuses it, and says so
    assert "403" in str(answer.json()["detail"])


@pytest.mark.parametrize(
    ("kind", "reason"),
    [
        ("redirect", "redirect, which is not followed"),
        ("broken", "no SPARQL result"),
        ("html", "no SPARQL result"),
        ("blank", "blank nodes"),
        ("boolean", "yes or no"),
    ],
)
def test_a_useless_answer_is_an_error_and_silent_makes_it_none(own: Server, odd: str, kind: str, reason: str) -> None:
    clause = f"<{odd}/{kind}> {{ ?x ?y ?z }}"
    answer = own.ask(f"SELECT * {{ SERVICE {clause} }}")
    assert (answer.status, answer.json()["type"]) == (502, "https://w3id.org/alliance-graph/problem/remote-failed")
    assert reason in str(answer.json()["detail"])
    assert own.ask(f"SELECT * {{ SERVICE SILENT {clause} }}").rows() == [{}]
    assert "secret" not in _Odd.seen


def test_a_name_with_a_private_address_behind_it_is_not_asked() -> None:
    from alliance_graph.engine.federation import _check_peer

    with pytest.raises(RemoteError, match="private address"):
        _check_peer("innocent.example", "10.0.0.1")
    with pytest.raises(RemoteError, match="private address"):
        _check_peer("innocent.example", "::ffff:127.0.0.1")
    _check_peer("127.0.0.1", "127.0.0.1")
    _check_peer("query.example", "93.184.216.34")


def test_what_comes_back_stays_a_term() -> None:
    hostile = '"} INSERT DATA { <a:a> <a:a> <a:a> } #'
    answer = {"head": {"vars": ["x"]}, "results": {"bindings": [{"x": {"type": "literal", "value": hostile}}]}}
    query = "SELECT * { SERVICE <http://e/> { ?x ?y ?z } }"
    text, inlined = resolve(query, {"http://e/"}, lambda address, asked: json.dumps(answer).encode())
    (values,) = inlined.values()
    assert "SERVICE" not in text
    assert values == 'VALUES (?x) { ("\\"} INSERT DATA { <a:a> <a:a> <a:a> } #") }'


@pytest.mark.parametrize("iri", ["ftp://e/", "e", "http://user@e/sparql", "http:///x"])
def test_only_addresses_of_endpoints_can_be_allowed(run: Run, iri: str) -> None:
    with pytest.raises(AllianceGraphError):
        check_allowed({iri})
    outcome = run("serve", "--allow-service", iri)
    assert (outcome.code, outcome.err.count("\n")) == (2, 1)


def test_the_service_description_says_which_endpoints_may_be_asked(own: Server, server: Server) -> None:
    text = own.fetch("/sparql", headers={"Accept": "application/n-triples"}).text
    assert "service-description#BasicFederatedQuery" in text
    assert f"<{server.url}/sparql>" in text
    assert "BasicFederatedQuery" not in server.fetch("/sparql", headers={"Accept": "application/n-triples"}).text
