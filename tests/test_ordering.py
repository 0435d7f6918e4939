"""Orders that the engine can sort by: any data, the same solutions, and the order that SPARQL asks for."""

from __future__ import annotations

import random
import subprocess
import sys
from collections import Counter
from pathlib import Path
from urllib.parse import urlencode

import pyoxigraph as ox
import pytest
from hypothesis import given
from hypothesis import strategies as st

from alliance_graph.engine.ordering import total_order
from conftest import serving

_XSD = "http://www.w3.org/2001/XMLSchema#"
_SELECT = "SELECT * { ?s ?p ?o } ORDER BY "


def _typed(value: str, kind: str) -> ox.Literal:
    return ox.Literal(value, datatype=ox.NamedNode(_XSD + kind))


_TERMS = st.one_of(
    st.integers(-50, 200).map(ox.Literal),
    st.integers(-50, 200).map(str).map(ox.Literal),
    st.sampled_from(["1.5", "-3", "NaN", "INF"]).map(lambda v: _typed(v, "double")),
    st.sampled_from(["a", "b", "10"]).map(lambda v: ox.Literal(v, language="en")),
    st.sampled_from(["2020-01-01", "1991-07-04", "2020-01-01Z"]).map(lambda v: _typed(v, "date")),
    st.sampled_from(["2020-01-01T00:00:00", "2020-01-01T01:00:00+02:00"]).map(lambda v: _typed(v, "dateTime")),
    st.sampled_from(["P1M", "P30D"]).map(lambda v: _typed(v, "duration")),
    st.sampled_from(["urn:a", "urn:b"]).map(ox.NamedNode),
    st.sampled_from(["x", "y"]).map(ox.BlankNode),
)


def _store(terms: list[ox.NamedNode | ox.BlankNode | ox.Literal]) -> ox.Store:
    store = ox.Store()
    store.extend(ox.Quad(ox.NamedNode(f"urn:s{n}"), ox.NamedNode("urn:p"), term) for n, term in enumerate(terms))
    return store


def _rank(term: object) -> int:
    """Return the rank that section 15.1 gives to a kind of term."""
    return 0 if isinstance(term, ox.BlankNode) else 1 if isinstance(term, ox.NamedNode) else 2


@given(
    st.lists(_TERMS, max_size=15), st.sampled_from(["?o", "DESC(?o)", "ASC (?o) ?s", "STR(?o) DESC(STRLEN(STR(?o)))"])
)
def test_it_means_the_same(terms: list[ox.NamedNode | ox.BlankNode | ox.Literal], order: str) -> None:
    store = _store(terms)
    query = total_order(_SELECT + order)
    assert query is not None
    plain, total = (list(store.query(text)) for text in ("SELECT * { ?s ?p ?o }", query))  # type: ignore[arg-type]
    assert Counter(map(str, plain)) == Counter(map(str, total))
    found = [solution["o"] for solution in total]
    if order.startswith("?"):
        assert [_rank(term) for term in found] == sorted(map(_rank, found))
        numbers = [
            float(term.value)
            for term in found
            if isinstance(term, ox.Literal) and term.datatype.value == f"{_XSD}integer"
        ]
        assert numbers == sorted(numbers)


_MIXED = """
import random, sys, pyoxigraph as ox
store = ox.Store()
random.seed(7)
for n in range(5000):
    value = random.randint(0, 99999)
    term = random.choice([ox.Literal(value), ox.Literal(str(value))])
    store.add(ox.Quad(ox.NamedNode(f"urn:{n}"), ox.NamedNode("urn:p"), term))
print(len(list(store.query(sys.argv[1]))))
"""


def test_the_engine_sorts_mixed_data_by_it_which_it_cannot_by_the_query_itself() -> None:
    query = f"{_SELECT}?o"
    codes = [
        subprocess.run([sys.executable, "-c", _MIXED, text], capture_output=True, check=False).returncode
        for text in (query, total_order(query) or "")
    ]
    assert codes[1] == 0
    assert codes[0] != 0, "the engine sorts such data now: this module can go"


@pytest.mark.parametrize(
    "query",
    [
        "SELECT ?o (COUNT(*) AS ?n) { ?s ?p ?o } GROUP BY ?o ORDER BY DESC(COUNT(*)) ?o LIMIT 3",
        "SELECT * { { SELECT ?s { ?s ?p ?o } ORDER BY ?o LIMIT 2 } ?s ?q ?x } ORDER BY ?s",
        "SELECT * { ?s ?p ?o } ORDER BY EXISTS { ?o ?q ?r } (?o = ?s) <http://www.w3.org/2001/XMLSchema#string>(?o) # ORDER BY",
        "DESCRIBE ?s { ?s ?p ?o } ORDER BY ?s",
        'SELECT ("ORDER BY ?x" AS ?text) { ?s ?p ?o } ORDER BY strlen(str(?o)) VALUES ?o { 1 }',
    ],
)
def test_wherever_an_order_stands(query: str) -> None:
    changed = total_order(query)
    assert changed is not None
    store = _store([ox.Literal(1), ox.NamedNode("urn:s0")])
    store.query(query)
    store.query(changed)


def test_a_query_without_an_order_has_none() -> None:
    assert total_order("SELECT * { ?s ?p 'ORDER BY ?o' } # ORDER BY ?o") is None
    assert total_order("ASK {}") is None


def test_the_service_answers_what_the_engine_cannot_sort(tmp_path: Path) -> None:
    random.seed(7)
    lines = []
    for n in range(5000):
        value = random.randint(0, 99999)  # noqa: S311 - test data
        term = random.choice([f'"{value}"', f'"{value}"^^<{_XSD}integer>'])  # noqa: S311
        lines.append(f"<urn:{n}> <urn:p> {term} .\n")
    data = tmp_path / "mixed.nt"
    data.write_text("".join(lines), encoding="utf-8")
    with serving("--dataset", data) as server:
        for query in (f"{_SELECT}?o", f"{_SELECT}DESC(?o) LIMIT 10"):
            answer = server.fetch(f"/sparql?{urlencode({'query': query})}", headers={"Accept": "text/csv"})
            assert answer.status == 200, answer.text
            assert answer.text.count("\n") == (11 if "LIMIT" in query else 5001)
