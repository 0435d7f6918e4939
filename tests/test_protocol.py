"""The endpoint follows the SPARQL 1.1 Protocol, and whatever is wrong is said in a problem document."""

from __future__ import annotations

import csv
import http.client
import io
from urllib.parse import quote, urlencode, urlsplit
from xml.etree import ElementTree as ET

import pyoxigraph as ox
import pytest

from alliance_graph.dataset.release import Release
from alliance_graph.engine.formats import GRAPH_FORMATS, RESULT_FORMATS, Format
from conftest import Answer, Server

_SELECT = "SELECT ?x ?y { VALUES (?x ?y) { (1 'مغرب'@ar) (<urn:a> UNDEF) } }"
_CONSTRUCT = "CONSTRUCT { <urn:s> <urn:p> 1 , 'é' } {}"
_ASK = "ASK {}"
_FORM = "application/x-www-form-urlencoded"


def _get(server: Server, *pairs: tuple[str, str], accept: str = "*/*", method: str = "GET") -> Answer:
    return server.fetch(f"/sparql?{urlencode(pairs)}", headers={"Accept": accept}, method=method)


def _post(server: Server, content_type: str, body: bytes, address: str = "/sparql", accept: str = "*/*") -> Answer:
    headers = {"Content-Type": content_type, "Accept": accept}
    return server.fetch(address, method="POST", headers=headers, data=body)


@pytest.mark.parametrize(
    ("content_type", "body"),
    [
        (_FORM, urlencode({"query": _SELECT}).encode()),
        (f"{_FORM}; charset=UTF-8", urlencode({"query": _SELECT}).encode()),
        ("application/sparql-query", _SELECT.encode()),
        ("application/sparql-query; charset=utf-8", _SELECT.encode()),
        ("Application/SPARQL-Query", _SELECT.encode()),
    ],
)
def test_each_way_to_send_a_query_gives_the_same_answer(server: Server, content_type: str, body: bytes) -> None:
    by_get = _get(server, ("query", _SELECT))
    by_post = _post(server, content_type, body)
    assert by_post.status == by_get.status == 200
    assert by_post.body == by_get.body
    assert by_get.rows() == [{"x": "1", "y": "مغرب"}, {"x": "urn:a"}]


def test_head_gives_the_headers_of_get_and_no_body(server: Server) -> None:
    by_get = _get(server, ("query", _SELECT))
    by_head = _get(server, ("query", _SELECT), method="HEAD")
    assert by_head.status == 200
    assert by_head.body == b""
    assert by_head.headers["content-type"] == by_get.headers["content-type"]
    assert _get(server, ("query", "SELECT"), method="HEAD").status == 400


@pytest.mark.parametrize("path", ["/sparql", "/sparql?query=ASK%7B%7D"])
def test_options_says_what_is_allowed_from_any_site_and_asks_nothing(server: Server, path: str) -> None:
    answer = server.fetch(path, method="OPTIONS", headers={"Origin": "https://example.org"})
    assert answer.status in (200, 204)
    assert not answer.body
    assert {"GET", "POST", "HEAD", "OPTIONS"} <= set(answer.headers["allow"].replace(" ", "").split(","))
    assert answer.headers["access-control-allow-origin"] == "*"
    assert "POST" in answer.headers["access-control-allow-methods"]
    assert "Content-Type" in answer.headers["access-control-allow-headers"]


@pytest.mark.parametrize("query", [_SELECT, "SELECT", "SELECT * { SERVICE <urn:x> {} }"])
def test_scripts_of_any_site_may_read_answers_and_errors(server: Server, query: str) -> None:
    answer = _get(server, ("query", query))
    assert answer.headers["access-control-allow-origin"] == "*"
    assert "access-control-allow-credentials" not in answer.headers


@pytest.mark.parametrize("fmt", RESULT_FORMATS, ids=lambda fmt: fmt.name)
def test_a_select_is_answered_in_each_format(server: Server, fmt: Format) -> None:
    answer = _get(server, ("query", _SELECT), accept=f"{fmt.media_type};charset=utf-8;q=0.5")
    assert answer.status == 200
    assert answer.headers["content-type"] == fmt.content_type
    assert "accept" in [name.strip().lower() for name in answer.headers["vary"].split(",")]
    if fmt.name == "csv":
        assert list(csv.reader(io.StringIO(answer.text))) == [["x", "y"], ["1", "مغرب"], ["urn:a", ""]]
    elif fmt.name == "tsv":
        assert answer.text.splitlines() == ["?x\t?y", '1\t"مغرب"@ar', "<urn:a>\t"]
    else:
        parsed = ox.parse_query_results(answer.body, format=fmt.results)
        assert isinstance(parsed, ox.QuerySolutions)
        assert [solution["x"] for solution in parsed] == [ox.Literal(1), ox.NamedNode("urn:a")]


@pytest.mark.parametrize("fmt", GRAPH_FORMATS, ids=lambda fmt: fmt.name)
def test_a_construct_is_answered_in_each_format(server: Server, fmt: Format) -> None:
    answer = _get(server, ("query", _CONSTRUCT), accept=f"{fmt.media_type}, text/html;q=0.9")
    assert answer.status == 200
    assert answer.headers["content-type"] == fmt.content_type
    triples = {(q.subject, q.predicate, q.object) for q in ox.parse(answer.body, format=fmt.rdf)}
    subject, predicate = ox.NamedNode("urn:s"), ox.NamedNode("urn:p")
    assert triples == {(subject, predicate, ox.Literal(1)), (subject, predicate, ox.Literal("é"))}


def test_an_ask_is_answered_in_json_and_xml(server: Server) -> None:
    assert _get(server, ("query", _ASK)).json()["boolean"] is True
    root = ET.fromstring(_get(server, ("query", "ASK { FILTER(false) }"), accept="text/xml").body)  # noqa: S314
    assert root.findtext("{http://www.w3.org/2005/sparql-results#}boolean") == "false"


def test_a_describe_is_answered_with_a_graph(server: Server) -> None:
    answer = _get(server, ("query", "DESCRIBE <https://w3id.org/alliance-graph/id/morocco>"))
    assert answer.headers["content-type"] == "text/turtle"
    assert list(ox.parse(answer.body, format=ox.RdfFormat.TURTLE))


@pytest.mark.parametrize(
    ("query", "accept"),
    [(_SELECT, "text/turtle"), (_CONSTRUCT, "text/csv"), (_ASK, "text/csv"), (_SELECT, "*/*;q=0")],
)
def test_what_no_format_holds_is_not_acceptable(server: Server, query: str, accept: str) -> None:
    document = _get(server, ("query", query), accept=accept).problem(406)
    offered = document["offered"]
    assert isinstance(offered, list)
    assert _get(server, ("query", query), accept=offered[-1]).status == 200


@pytest.fixture(scope="module")
def graphs(release: Release) -> dict[str, int]:
    """Two graphs of the release and the number of triples in each."""
    return dict([(iri, n) for iri, n in release.manifest.graphs.items() if n][:2])


_COUNT = "SELECT (COUNT(*) AS ?n) { ?s ?p ?o }"
_NAMES = "SELECT DISTINCT ?g { GRAPH ?g { ?s ?p ?o } }"


def test_without_a_choice_all_graphs_are_asked(server: Server, release: Release) -> None:
    store = ox.Store()
    store.load(path=str(release.folder / "dataset.nq"), format=ox.RdfFormat.N_QUADS)
    (row,) = _get(server, ("query", _COUNT)).rows()
    assert int(row["n"]) == len({(q.subject, q.predicate, q.object) for q in store})
    named = _get(server, ("query", _NAMES)).rows()
    assert {row["g"] for row in named} == {graph.value for graph in store.named_graphs()}


def test_default_graph_uri_chooses_what_patterns_are_matched_with(server: Server, graphs: dict[str, int]) -> None:
    for graph, number in graphs.items():
        (row,) = _get(server, ("query", _COUNT), ("default-graph-uri", graph)).rows()
        assert int(row["n"]) == number
    (row,) = _get(server, ("query", _COUNT), *(("default-graph-uri", graph) for graph in graphs)).rows()
    assert max(graphs.values()) <= int(row["n"]) <= sum(graphs.values())
    assert _get(server, ("query", _NAMES), ("default-graph-uri", next(iter(graphs)))).rows() == []


def test_named_graph_uri_chooses_what_graph_patterns_see(server: Server, graphs: dict[str, int]) -> None:
    named = [("named-graph-uri", graph) for graph in graphs]
    assert {row["g"] for row in _get(server, ("query", _NAMES), *named).rows()} == set(graphs)
    assert _get(server, ("query", _COUNT), named[0]).rows() == [{"n": "0"}]


def test_the_protocol_chooses_the_graphs_for_a_posted_query_too(server: Server, graphs: dict[str, int]) -> None:
    graph, number = next(iter(graphs.items()))
    form = urlencode({"query": _COUNT, "default-graph-uri": graph}).encode()
    address = f"/sparql?{urlencode({'default-graph-uri': graph})}"
    for answer in (_post(server, _FORM, form), _post(server, "application/sparql-query", _COUNT.encode(), address)):
        assert answer.rows() == [{"n": str(number)}]


def test_the_query_chooses_graphs_unless_the_protocol_does(server: Server, graphs: dict[str, int]) -> None:
    (first, n_first), (second, n_second) = graphs.items()
    query = _COUNT.replace(") {", f") FROM <{first}> {{", 1)
    assert _get(server, ("query", query)).rows() == [{"n": str(n_first)}]
    assert _get(server, ("query", query), ("default-graph-uri", second)).rows() == [{"n": str(n_second)}]


@pytest.mark.parametrize("name", ["default-graph-uri", "named-graph-uri"])
@pytest.mark.parametrize("iri", ["", "relative", "urn:with blank", "http://[", "1:x"])
def test_a_graph_that_is_no_iri_is_a_bad_request(server: Server, name: str, iri: str) -> None:
    _get(server, ("query", _ASK), (name, iri)).problem(400)


def test_an_unknown_graph_is_empty(server: Server) -> None:
    assert _get(server, ("query", _COUNT), ("default-graph-uri", "urn:nowhere")).rows() == [{"n": "0"}]


@pytest.mark.parametrize(
    "pairs",
    [
        [("format", "json")],
        [("Query", _ASK)],
        [("query", _ASK), ("query", _ASK)],
        [("update", "CLEAR ALL")],
        [("query", _ASK), ("update", "CLEAR ALL")],
        [("query", "")],
    ],
)
def test_what_is_no_single_query_is_a_bad_request(server: Server, pairs: list[tuple[str, str]]) -> None:
    _get(server, *pairs).problem(400)
    _post(server, _FORM, urlencode(pairs).encode()).problem(400)


def test_an_empty_form_is_a_bad_request(server: Server) -> None:
    _post(server, _FORM, b"").problem(400)


def test_the_endpoint_by_itself_describes_the_service(server: Server) -> None:
    answer = server.fetch("/sparql", headers={"Accept": "text/turtle"})
    assert answer.headers["content-type"] == "text/turtle"
    kinds = {quad.object for quad in ox.parse(answer.body, format=ox.RdfFormat.TURTLE)}
    assert ox.NamedNode("http://www.w3.org/ns/sparql-service-description#Service") in kinds


def test_a_query_in_the_address_and_in_the_body_are_two(server: Server) -> None:
    address = f"/sparql?{urlencode({'query': _ASK})}"
    _post(server, "application/sparql-query", _ASK.encode(), address).problem(400)
    _post(server, _FORM, urlencode({"query": _ASK}).encode(), address).problem(400)


def test_an_update_is_a_bad_request_however_it_is_sent(server: Server) -> None:
    document = _post(server, "application/sparql-update", b"CLEAR ALL").problem(400)
    assert "only reads" in str(document["detail"])
    _post(server, _FORM, b"update=CLEAR+ALL").problem(400)
    document = _get(server, ("query", "INSERT DATA { <urn:a> <urn:b> 1 }")).problem(400)
    assert "INSERT is an update" in str(document["detail"])


@pytest.mark.parametrize(
    ("query", "line", "column"),
    [("NONSENSE", 1, 1), ("SELECT * {}\n  SELECT * {}", 2, 3), ("# a comment\nSELECT * {\n  ?s ?p ?o }\n}", 4, 1)],
)
def test_a_syntax_error_has_its_line_and_column(server: Server, query: str, line: int, column: int) -> None:
    document = _get(server, ("query", query)).problem(400)
    assert (document["line"], document["column"]) == (line, column)


def test_a_service_clause_is_forbidden(server: Server) -> None:
    document = _get(server, ("query", "ASK {\n  SERVICE <urn:x> {} }")).problem(403)
    assert (document["clause"], document["line"], document["column"]) == ("SERVICE", 2, 3)


@pytest.mark.parametrize(
    "query",
    [
        "SELECT (<urn:no-such-function>(1) AS ?x) {}",
        "SELECT * { FILTER(<urn:no-such-function>(1)) }",
        "SELECT ?x { ?x unknown:name 1 }",
        "SELECT ?x (COUNT(*) AS ?n) { ?x ?p ?o }",
        "SELECT * { BIND(1 AS ?x) BIND(2 AS ?x) }",
        "SELECT * { ?s ?p '\\uD800' }",
    ],
)
def test_what_the_engine_cannot_evaluate_is_a_bad_request(server: Server, query: str) -> None:
    _get(server, ("query", query)).problem(400)


def test_nothing_is_found_where_nothing_is(server: Server) -> None:
    server.fetch("/no-such-page").problem(404)
    server.fetch("/sparql/").problem(404)


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH"])
def test_another_method_is_refused_with_those_that_are_allowed(server: Server, method: str) -> None:
    answer = server.fetch("/sparql", method=method)
    answer.problem(405)
    assert {"GET", "POST"} <= set(answer.headers["allow"].replace(" ", "").split(","))


@pytest.mark.parametrize("content_type", ["text/plain", "application/json", "multipart/form-data; boundary=x", ""])
def test_a_query_in_another_media_type_is_unsupported(server: Server, content_type: str) -> None:
    _post(server, content_type, _ASK.encode()).problem(415)


def test_a_body_of_no_stated_type_is_unsupported(server: Server) -> None:
    parts = urlsplit(server.url)
    connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=30)
    try:
        connection.request("POST", "/sparql", body=_ASK.encode())
        response = connection.getresponse()
        headers = {name.lower(): value for name, value in response.getheaders()}
        Answer(response.status, headers, response.read()).problem(415)
    finally:
        connection.close()


def test_a_query_that_is_not_utf8_is_a_bad_request(server: Server) -> None:
    latin = "ASK { FILTER('é' = 'é') }".encode("latin-1")
    _post(server, "application/sparql-query", latin).problem(400)
    _post(server, "application/sparql-query; charset=latin-1", latin).problem(415)
    _post(server, _FORM, b"query=" + latin).problem(400)
    server.fetch(f"/sparql?query={quote(latin)}").problem(400)


def test_a_query_that_is_too_long_is_refused(server: Server) -> None:
    long = f"ASK {{}} # {'x' * 100_000}"
    _post(server, "application/sparql-query", long.encode()).problem(413)
    _post(server, _FORM, urlencode({"query": long}).encode()).problem(413)
    nearly = f"ASK {{}} # {'x' * 99_000}"
    assert _post(server, "application/sparql-query", nearly.encode()).status == 200


def test_an_address_that_is_too_long_is_refused(server: Server) -> None:
    document = _get(server, ("query", f"ASK {{}} # {'x' * 100_000}")).problem(414)
    assert "POST" in str(document["detail"])
    assert _get(server, ("query", f"ASK {{}} # {'x' * 7_000}")).status == 200


@pytest.mark.parametrize(
    "query",
    [
        "",
        "{",
        "}" * 50,
        "(" * 5_000,
        "SELECT * " + "{" * 5_000,
        "ASK { FILTER(" + "!" * 5_000 + "true) }",
        "\x00",
        "SELECT * { ?s ?p '\x00' }",
        "SELECT (1/0 AS ?x) (REGEX('a', '(') AS ?y) {}",
        "SELECT * { FILTER(REGEX('a', '" + "(a*)" * 1_000 + "')) }",
        "SELECT (STRDT('x', <urn:t>) AS ?x) (IRI('no iri') AS ?y) (9e999 AS ?z) {}",
        "SELECT * { ?s ?p 'ud800' } LIMIT 99999999999999999999999",
        "BASE <nothing> ASK {}",
        "PREFIX a: <urn:a> PREFIX a: <urn:b> ASK { a:x a:y a:z }",
        "DESCRIBE <urn:nothing>",
        "CONSTRUCT { ?s ?p ?o } { VALUES (?s ?p ?o) { (1 1 1) } }",
    ],
)
def test_no_query_makes_the_service_fail(server: Server, query: str) -> None:
    answer = _post(server, "application/sparql-query", query.encode())
    if answer.status != 200:
        assert answer.status < 500, answer.text
        answer.problem(answer.status)
