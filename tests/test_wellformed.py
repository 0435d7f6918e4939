"""Every answer can be read by any reader of its format and says what it should, or it is refused."""

from __future__ import annotations

import io
import itertools
import re
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from urllib.parse import quote

import pyoxigraph as ox
import pytest
from hypothesis import given
from hypothesis import strategies as st
from werkzeug.test import Client

from alliance_graph.config import Config
from alliance_graph.dataset.memory import Source, open_source
from alliance_graph.engine.evaluation import evaluate, serialise
from alliance_graph.engine.formats import FORMATS, GRAPH_FORMATS, RESULT_FORMATS, Format
from alliance_graph.engine.wellformed import write_graph
from alliance_graph.errors import AllianceGraphError
from alliance_graph.vocabulary import BASE
from alliance_graph.web.app import create_app
from alliance_graph.web.service import service_of
from conformance.comparison import same_graphs, same_tables
from conformance.graphs import read_graph
from conformance.results import Table, Term, lossy, read_csv, read_json, read_tsv, read_xml

_READERS = {"json": read_json, "xml": read_xml, "csv": read_csv, "tsv": read_tsv}
_RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
_TYPE = ox.NamedNode(f"{_RDF}type")
_NOT_XML = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")

Row = tuple[Term, Term | None]

_letters = st.sampled_from(
    [*"aé٣1_-.~%:,;()'/ \"\\<>&\t\n\r]", "\x00", "\x0b", "\x85", "\u2028", "\ufeff", "\uffff", "𐀀"]
)
_texts = st.text(_letters, max_size=6)
_literals = st.builds(ox.Literal, _texts) | st.builds(ox.Literal, _texts, language=st.sampled_from(["ar", "en-GB"]))
# Without ; and the like at the end, which rdflib loses when it reads RDF/XML.
_endings = st.text(st.sampled_from("aé٣1_-.~:,()'/𐀀·"), max_size=4)
_iris = st.builds(ox.NamedNode, st.builds("http://e/{}".format, _endings) | st.builds("urn:x:{}".format, _endings)) | (
    st.builds(
        ox.NamedNode, st.sampled_from([f"{_RDF}{name}" for name in ("type", "li", "_1", "about", "bagID", "nil")])
    )
)
_blanks = st.builds(ox.BlankNode, st.sampled_from(["a", "1", "1-a", "b0", "b1", "x.y"]))
_triples = st.builds(ox.Triple, _iris | _blanks, _iris | st.just(_TYPE), _iris | _blanks | _literals)


@given(st.lists(st.tuples(_literals | _iris | _blanks, st.none() | _literals | _iris), max_size=3))
def test_a_table_reads_as_it_is_in_every_format(rows: list[Row]) -> None:
    store = ox.Store()
    for number, row in enumerate(rows):
        for place, term in zip("xy", row, strict=True):
            if term is not None:
                store.add(ox.Quad(ox.NamedNode(f"urn:row:{number}"), ox.NamedNode(f"urn:{place}"), term))
    query = "SELECT ?x ?y { ?row <urn:x> ?x OPTIONAL { ?row <urn:y> ?y } }"
    expected = Table(
        ("x", "y"),
        tuple({name: term for name, term in zip("xy", row, strict=True) if term is not None} for row in rows),
    )
    for fmt in RESULT_FORMATS:
        body, mend = _attempt(partial(serialise, evaluate(store, query), fmt))
        if mend:
            assert (fmt.name, mend) == ("xml", "ask for application/sparql-results+json")
            assert any(_NOT_XML.search(text) for text in _texts_of(rows))
            continue
        if fmt.name == "csv" and any(text.startswith("_:") for text in _texts_of(rows)):
            continue  # it looks like a blank node there
        found = _READERS[fmt.name](body)
        assert isinstance(found, Table)
        assert same_tables(lossy(expected) if fmt.name == "csv" else expected, found)


def _attempt(write: Callable[[], bytes]) -> tuple[bytes, str]:
    """Return what was written, or how the refusal says to get the answer."""
    try:
        return write(), ""
    except AllianceGraphError as error:
        return b"", error.mend


def _texts_of(rows: list[Row]) -> list[str]:
    return [term.value for row in rows for term in row if isinstance(term, ox.Literal)]


@given(st.sets(_triples, max_size=4))
def test_a_graph_reads_as_it_is_in_every_format(triples: set[ox.Triple]) -> None:
    quads = [ox.Quad(*triple) for triple in triples]
    for fmt in GRAPH_FORMATS:
        body, mend = _attempt(partial(_graph_document, triples, fmt))
        if mend:
            assert (fmt.name, mend) == ("rdfxml", "ask for text/turtle")
        else:
            assert same_graphs(quads, read_graph(body, fmt, "http://e/document"))


def _graph_document(triples: set[ox.Triple], fmt: Format) -> bytes:
    output = io.BytesIO()
    write_graph(triples, fmt, output)
    return output.getvalue()


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    """The service over two files with one triple each, about a blank node with the same label."""
    folder = tmp_path_factory.mktemp("data")
    files = [folder / "one.ttl", folder / "two.ttl"]
    for file in files:
        file.write_text(f"_:same <urn:from> '{file.stem}' .")
    app = create_app(Config(source=Source(tuple((str(file), "") for file in files), union=False)))
    try:
        yield app.test_client()
    finally:
        service_of(app).engine.close()


def _get(client: Client, query: str, fmt: Format) -> tuple[int, str]:
    response = client.get(f"/sparql?query={quote(query)}", headers={"Accept": fmt.media_type})
    if response.status_code != 200:
        assert response.content_type == "application/problem+json"
        document = response.get_json()
        assert document["type"].endswith("/problem/query-failed")
        return response.status_code, document["detail"]
    assert response.content_type == fmt.content_type
    return 200, response.get_data().decode()


@pytest.mark.parametrize("name", ["xml", "rdfxml"])
def test_a_carriage_return_survives_in_xml(client: Client, name: str) -> None:
    query = "SELECT ('a\\r\\nb' AS ?x) {}" if name == "xml" else "CONSTRUCT { <urn:s> <urn:p> 'a\\r\\nb' } {}"
    status, text = _get(client, query, FORMATS[name])
    assert status == 200
    assert "a&#xD;\nb" in text


@pytest.mark.parametrize(("name", "better"), [("xml", "application/sparql-results+json"), ("rdfxml", "text/turtle")])
@pytest.mark.parametrize("code", ["0000", "0001", "001F", "FFFE", "FFFF"])
def test_a_character_that_xml_has_not_is_refused_by_name(client: Client, name: str, better: str, code: str) -> None:
    query = f"SELECT ('\\u{code}' AS ?x) {{}}" if name == "xml" else f"CONSTRUCT {{ <urn:s> <urn:p> '\\u{code}' }} {{}}"
    status, detail = _get(client, query, FORMATS[name])
    assert status == 400
    for part in (f"U+{code}", FORMATS[name].media_type, f"ask for {better}"):
        assert part in detail
    (other,) = (fmt for fmt in FORMATS.values() if fmt.media_type == better)
    assert _get(client, query, other)[0] == 200


@pytest.mark.parametrize(
    "predicate", ["http://e/1", "http://e/", "urn:x:%41", "http://e/٣", f"{_RDF}li", f"{_RDF}bagID"]
)
def test_a_predicate_that_is_no_name_is_refused_in_rdf_xml(client: Client, predicate: str) -> None:
    query = f"CONSTRUCT {{ <urn:s> <urn:ok> 1 ; <{predicate}> 2 }} {{}}"
    status, detail = _get(client, query, FORMATS["rdfxml"])
    assert status == 400
    assert f"<{predicate}>" in detail
    assert "ask for text/turtle" in detail
    assert _get(client, query, FORMATS["turtle"])[0] == 200


@pytest.mark.parametrize("iri", ["http://e/1", f"{_RDF}Description", f"{_RDF}bagID"])
def test_a_class_that_is_no_name_is_written_in_rdf_xml(client: Client, iri: str) -> None:
    status, text = _get(client, f"CONSTRUCT {{ <urn:s> a <{iri}> }} {{}}", FORMATS["rdfxml"])
    assert status == 200
    wanted = [ox.Quad(ox.NamedNode("urn:s"), _TYPE, ox.NamedNode(iri))]
    assert same_graphs(wanted, read_graph(text.encode(), FORMATS["rdfxml"], "urn:document"))


def test_rdf_xml_is_the_same_each_time(client: Client) -> None:
    query = "CONSTRUCT { <urn:s> a <http://e/1> ; <urn:p> _:x } {}"
    texts = [_get(client, f"{query} # {number}", FORMATS["rdfxml"])[1] for number in range(2)]
    without_labels = {re.sub(r'nodeID="[^"]*"', "", text) for text in texts}
    assert len(without_labels) == 1


def test_csv_quotes_what_has_to_be_quoted(client: Client) -> None:
    query = (
        "SELECT * { VALUES (?a ?b) { (<http://e/a,b> 'say \"x\"') (UNDEF 'l1\\r\\nl2') "
        '(<<( <urn:s> <urn:p> "x, \\"y\\"" )>> <<( <urn:s> <urn:p> <<( <urn:s> <urn:p> <urn:o> )>> )>>) } }'
    )
    status, text = _get(client, query, FORMATS["csv"])
    assert status == 200
    assert text.split("\r\n", 2)[:2] == ["a,b", '"http://e/a,b","say ""x"""']
    assert ',"l1\r\nl2"\r\n' in text
    assert text.endswith('"<<( urn:s urn:p ""x, """"y"""""" )>>",<<( urn:s urn:p <<( urn:s urn:p urn:o )>> )>>\r\n')


def test_a_csv_row_is_never_an_empty_line(client: Client) -> None:
    assert _get(client, "SELECT ?x { VALUES ?x { UNDEF 1 '' } }", FORMATS["csv"]) == (200, 'x\r\n""\r\n1\r\n""\r\n')


def test_a_long_csv_answer_is_whole(client: Client) -> None:
    digits = " ".join(map(str, range(10)))
    values = " ".join(f"VALUES ?{name} {{ {digits} }}" for name in "abcd")
    status, text = _get(client, f"SELECT * {{ {values} }}", FORMATS["csv"])
    assert status == 200
    rows = text.split("\r\n")
    assert len(rows) == 10_002
    assert {tuple(row.split(",")) for row in rows[1:-1]} == set(itertools.product("0123456789", repeat=4))


def test_json_ld_says_that_it_has_no_triple_terms(client: Client) -> None:
    query = "CONSTRUCT { <urn:s> <urn:p> <<( <urn:s> <urn:p> 1 )>> } {}"
    status, detail = _get(client, query, FORMATS["jsonld"])
    assert status == 400
    assert "application/ld+json" in detail
    assert "ask for text/turtle" in detail


def test_a_relative_iri_is_relative_to_the_project_whatever_the_service_is_called(client: Client) -> None:
    query = quote("SELECT (STR(<id/morocco>) AS ?iri) {}")
    for host in ("localhost", "sparql.example.org:8080"):
        answer = client.get(f"/sparql?query={query}", headers={"Accept": "text/csv", "Host": host})
        assert answer.get_data(as_text=True) == f"iri\r\n{BASE}id/morocco\r\n"


def test_one_label_in_two_files_is_two_blank_nodes(client: Client) -> None:
    status, text = _get(client, "SELECT ?x (COUNT(*) AS ?n) { ?x <urn:from> ?file } GROUP BY ?x", FORMATS["csv"])
    assert status == 200
    labels = [line.split(",") for line in text.split("\r\n")[1:-1]]
    assert [n for _, n in labels] == ["1", "1"]
    assert len({label for label, _ in labels}) == 2


def test_a_blank_node_has_the_same_label_after_every_start(tmp_path: Path) -> None:
    for number in range(2):
        (tmp_path / f"{number}.nq").write_text("_:a <urn:p> <<( _:b <urn:p> _:c )>> _:g .\n")
    source = Source(tuple((str(tmp_path / f"{number}.nq"), "") for number in range(2)), union=False)
    stores = [set(open_source(source)) for _ in range(2)]
    assert stores[0] == stores[1]
    assert len(stores[0]) == 2
