"""The query page: a query of one's own, its answer in a view, its files and code, and what is wrong with it."""

from __future__ import annotations

import html
import json
import re
from pathlib import Path
from urllib.parse import parse_qs, quote, urlencode, urlsplit

import pytest

from alliance_graph.dataset.release import Release
from alliance_graph.engine.library import VIEWS
from alliance_graph.web.answers import stated_view
from conftest import BROWSER, Answer, Server, serving

FORM = {"Content-Type": "application/x-www-form-urlencoded"}
ALLIANCES = "SELECT ?alliance ?allianceLabel {\n  ?alliance a ally:Alliance ; rdfs:label ?allianceLabel FILTER(LANG(?allianceLabel) = 'fr')\n}"
BROKEN = "SELECT ?x {\n\t?é ?a ? }"


def ask(server: Server, query: str, **more: str) -> Answer:
    return server.fetch(f"/query?{urlencode({'query': query, **more})}", headers=BROWSER)


def piece(server: Server, query: str, **more: str) -> Answer:
    """Return the piece of the page that its script asks for."""
    return server.fetch("/query/result", method="POST", headers=FORM, data=urlencode({"query": query, **more}).encode())


def in_editor(answer: Answer) -> str:
    (text,) = re.findall(r"<textarea[^>]*>\n(.*?)</textarea>", answer.text, re.DOTALL)
    return html.unescape(text)


def test_the_page_begins_with_a_query_that_has_an_answer(server: Server) -> None:
    page = server.fetch("/query", headers=BROWSER)
    assert page.status == 200
    assert "data-state=" not in page.text
    assert 'data-state="answered"' in ask(server, in_editor(page)).text


def test_an_own_query_is_answered_in_the_page_and_stays_in_the_editor(server: Server) -> None:
    page = ask(server, ALLIANCES.replace("\n", "\r\n"))
    assert page.status == 200
    assert in_editor(page) == ALLIANCES
    assert '<a href="/id/atop-3205">' in page.text
    (table,) = re.findall(r"<tbody>.*?</tbody>", piece(server, ALLIANCES).text, re.DOTALL)
    assert table in page.text


def test_an_asked_language_stays(server: Server) -> None:
    page = ask(server, ALLIANCES, lang="ar")
    assert '<html lang="ar" dir="rtl">' in page.text
    assert '<input type="hidden" name="lang" value="ar">' in page.text
    assert "/query/result?lang=ar" in page.text
    assert "/query/names.json?lang=ar" in page.text


def test_an_error_is_shown_at_its_place_and_with_its_status(server: Server) -> None:
    page = ask(server, BROKEN)
    assert page.status == 400
    assert page.headers["cache-control"] == "no-store"
    assert 'data-line="2" data-column="8"' in page.text
    excerpt = html.unescape(re.findall(r"<pre[^>]*><code>(.*?)</code>", page.text, re.DOTALL)[0])
    line, mark = excerpt.splitlines()
    assert line == "2 │ \t?é ?a ? }"
    assert line[mark.index("▲") :] == "? }"
    assert in_editor(page) == BROKEN
    told = piece(server, BROKEN)
    assert told.status == 200, "the script asked what is wrong, and is told"
    assert 'data-state="failed" data-line="2"' in told.text


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ("SELECT * { SERVICE <http://127.0.0.1:9/> { ?s ?p ?o } }", 403),
        ("DELETE WHERE { ?s ?p ?o }", 400),
        ("SELECT * { ?s ?p ?o } # " + "x" * 100_000, 413),
        ("<script>alert(1)</script>", 400),
        ("\x00\ufffe", 400),
    ],
)
def test_what_is_refused_says_so(query: str, status: int, server: Server) -> None:
    answer = piece(server, query)
    assert 'data-state="failed"' in answer.text
    assert "<script" not in answer.text
    if len(query) < 10_000:
        page = ask(server, query)
        assert page.status == status
        assert "<script>alert" not in page.text


def test_a_query_that_takes_too_long_is_no_success_even_for_the_script(release: Release) -> None:
    slow = "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i }"
    with serving("--release", release.folder, environment={"ALLIANCE_GRAPH_SECONDS": "0.5"}) as server:
        assert ask(server, slow).status == 503
        answer = piece(server, slow)
    assert answer.status == 503
    assert 'data-state="failed"' in answer.text


def test_a_body_far_beyond_the_limit_is_not_read(server: Server) -> None:
    answer = piece(server, "x" * 500_000)
    assert answer.status == 413
    assert answer.json()["type"] == "https://w3id.org/alliance-graph/problem/too-large"


@pytest.mark.parametrize(
    ("query", "view"),
    [
        ('#+ view = "map"\nASK {}', "map"),
        ('# A title\n  #+view="Timeline"\nASK {}', "timeline"),
        ("# view = map\nASK {}", "table"),
        ('SELECT ("#+ view = \\"map\\"" AS ?x) {}', "table"),
    ],
)
def test_a_query_says_how_it_is_shown(query: str, view: str) -> None:
    assert stated_view(query) == view


def test_the_reader_chooses_the_view_and_gets_the_table_with_it(server: Server) -> None:
    text = in_editor(server.fetch("/query?ready=in-force-on", headers=BROWSER))
    assert text.startswith('# In force on a day\n#+ view = "timeline"\n')
    stated, table = ask(server, text), ask(server, text, view="table")
    assert "<svg" in piece(server, text).text
    assert "<figure" in stated.text
    assert "<figure" not in table.text
    assert table.text.count("<tr>") == stated.text.count("<tr>") > 3
    assert '<option value="table" selected>' in table.text


@pytest.mark.parametrize("view", ["graph", "matrix", "timeline", "map"])
def test_an_answer_that_does_not_fit_its_view_is_a_table_that_says_so(view: str, server: Server) -> None:
    answer = piece(server, f'#+ view = "{view}"\nSELECT ?x {{ VALUES ?x {{ "a" }} }}')
    assert "<figure" not in answer.text
    assert '<p class="notice">' in answer.text
    assert "<td" in answer.text


def test_an_unknown_view_is_named(server: Server) -> None:
    assert "“globe”" in piece(server, '#+ view = "globe"\nSELECT ?x { VALUES ?x { 1 } }').text


@pytest.mark.parametrize("view", VIEWS)
def test_what_others_put_into_an_answer_stays_text(view: str, server: Server) -> None:
    query = """SELECT ?source ?target ?weight { VALUES (?source ?target ?weight) {
      (<javascript:alert(1)> <data:text/html,x> 1e308) (<urn:a> "<script>alert(1)</script>" "INF"^^xsd:double)
      (<https://example.org/> <javascript:alert(2)> -1) } }"""
    answer = piece(server, query, view=view)
    assert answer.status == 200
    assert 'href="https://example.org/"' in answer.text
    assert not re.findall(r"<script|href=.(?:javascript|data|urn):", answer.text)


def test_a_long_answer_says_how_much_of_it_is_shown(server: Server) -> None:
    answer = piece(server, "SELECT * { ?s ?p ?o } LIMIT 1200")
    assert "1200" in answer.text
    assert "first 1000 of 1200 rows" in answer.text
    assert answer.text.count("<tr>") == 1001


def test_yes_or_no_and_graphs_are_answers_too(server: Server) -> None:
    assert ">yes<" in piece(server, "ASK { id:morocco a ally:State }").text
    graph = piece(server, "DESCRIBE id:morocco")
    assert "/query/result.ttl?" in graph.text
    assert "/query/result.csv" not in graph.text


def test_a_ready_query_opens_with_its_values_in_it(server: Server) -> None:
    page = server.fetch("/query?ready=in-force-on&date=1999-12-31&lang=es", headers=BROWSER)
    text = in_editor(page)
    assert '"1999-12-31"^^xsd:date' in text
    assert "?date" not in text
    assert 'LANG(?label) = "es"' in text
    assert 'data-state="answered"' in page.text
    assert 'value="in-force-on" selected' in page.text
    assert server.fetch("/query?ready=none", headers=BROWSER).status == 400
    assert server.fetch("/query?ready=in-force-on&date=soon", headers=BROWSER).status == 400


def test_the_address_to_share_leads_to_the_same_answer(server: Server) -> None:
    answer = piece(server, ALLIANCES, view="table")
    (address,) = re.findall(r'data-address="([^"]*)"', answer.text)
    parts = urlsplit(html.unescape(address))
    assert parse_qs(parts.query) == {"query": [ALLIANCES], "view": ["table"]}
    whole = server.fetch(f"{parts.path}?{parts.query}", headers=BROWSER).text
    assert re.findall(r"<tbody>.*?</tbody>", answer.text, re.DOTALL)[0] in whole


def test_a_query_too_long_for_an_address_is_answered_and_says_it_has_none(server: Server) -> None:
    answer = piece(server, f"{ALLIANCES} # {'x' * 20_000}")
    assert 'data-state="answered"' in answer.text
    assert "data-address" not in answer.text
    assert "too long for an address" in answer.text


@pytest.mark.parametrize(
    ("query", "kinds"),
    [
        (
            ALLIANCES,
            {"json": "sparql-results+json", "csv": "text/csv", "tsv": "tab-separated", "xml": "sparql-results+xml"},
        ),
        ("ASK {}", {"json": "sparql-results+json", "xml": "sparql-results+xml"}),
        ("DESCRIBE id:nato", {"ttl": "text/turtle", "jsonld": "ld+json", "nt": "n-triples", "rdf": "rdf+xml"}),
    ],
)
def test_every_offered_file_is_the_endpoints_answer(query: str, kinds: dict[str, str], server: Server) -> None:
    offered = [html.unescape(u) for u in re.findall(r'href="([^"]*)" download', piece(server, query).text)]
    assert set(kinds) <= {urlsplit(url).path.rpartition(".")[2] for url in offered}
    for url in offered:
        answer = server.fetch(url)
        assert answer.status == 200
        media_type = answer.headers["content-type"].split(";")[0]
        same = server.fetch(f"/sparql?query={quote(query)}", headers={"Accept": media_type})
        assert answer.body == same.body
        assert kinds.get(urlsplit(url).path.rpartition(".")[2], "") in media_type


@pytest.mark.parametrize(
    "address", ["/query/result.exe?query=ASK%7B%7D", "/query/result.csv", "/query/result.csv?query=x"]
)
def test_a_file_that_cannot_be_given_is_a_problem(address: str, server: Server) -> None:
    answer = server.fetch(address)
    assert answer.status in (400, 404)
    answer.problem(answer.status)


def test_the_samples_ask_this_service(server: Server) -> None:
    text = html.unescape(piece(server, ALLIANCES).text)
    for name in ("curl", "Python", "R", "JavaScript"):
        assert f"<summary>{name}</summary>" in text
    assert text.count(f"{server.url}/sparql") == 4


def test_the_names_offered_are_those_of_the_dataset_in_the_readers_language(server: Server) -> None:
    offered = json.loads(server.fetch("/query/names.json?lang=fr").body)
    names = {entry["name"]: entry for entry in offered}
    assert len(names) == len(offered)
    assert (names["ally:Alliance"]["kind"], names["ally:Alliance"]["label"]) == ("class", "alliance")
    assert names["ally:Alliance"]["definition"].startswith("arrangement fondé")
    assert names["ally:hasParty"]["kind"] == "property"
    assert names["id:morocco"] == {"name": "id:morocco", "kind": "thing", "label": "Maroc"}
    assert names["coop:intelligence-sharing"]["kind"] == "thing"
    assert names["graph:facts\\/atop"]["kind"] == "graph"
    every = " ".join(f"({name})" for name in names)
    known = server.fetch(
        "/sparql",
        method="POST",
        headers=FORM,
        data=urlencode({"query": f"ASK {{ VALUES (?x) {{ {every} }} }}"}).encode(),
    )
    assert known.status == 200, "each is written as SPARQL has it"


def test_any_dataset_has_a_query_page(tmp_path: Path) -> None:
    source = tmp_path / "own.ttl"
    source.write_text(
        "<https://example.org/a> a <https://example.org/Thing> ; <http://www.w3.org/2000/01/rdf-schema#label> 'A thing' .",
        encoding="utf-8",
    )
    with serving("--dataset", source) as server:
        page = server.fetch("/query", headers=BROWSER)
        assert 'id="ready"' not in page.text
        assert "https://example.org/Thing" in ask(server, in_editor(page)).text
        names = {entry["name"]: entry for entry in json.loads(server.fetch("/query/names.json").body)}
    assert names["<https://example.org/a>"]["label"] == "A thing"
    assert names["<https://example.org/Thing>"]["kind"] == "class"
