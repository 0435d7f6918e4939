"""A ready query with its values written into it asks the same as with its values bound."""

from __future__ import annotations

import pyoxigraph as ox
import pytest

from alliance_graph.engine.evaluation import evaluate
from alliance_graph.engine.library import ReadyQuery, read_library
from alliance_graph.engine.written import fill, spell, written
from alliance_graph.vocabulary import PREFIXES
from conftest import REPOSITORY

FOLDER = REPOSITORY / "queries"
LANGUAGE = "fr"


@pytest.fixture(scope="module")
def library() -> dict[str, ReadyQuery]:
    return read_library(FOLDER)


def rows(results: object, without: set[str]) -> list[str]:
    if isinstance(results, ox.QuerySolutions):
        names = [v.value for v in results.variables if v.value not in without]
        return sorted(str([(name, str(solution[name])) for name in names]) for solution in results)
    return sorted(map(str, results)) if isinstance(results, ox.QueryTriples) else [str(results)]


@pytest.mark.parametrize("name", sorted(path.stem for path in FOLDER.glob("*.rq")))
def test_the_text_asks_what_the_values_asked(name: str, store: ox.Store, library: dict[str, ReadyQuery]) -> None:
    ready = library[name]
    names = {parameter.name for parameter in ready.parameters}
    values = {"lang": LANGUAGE} if "lang" in names else {}
    text = written(ready, values, LANGUAGE)
    assert text.startswith(f"# {ready.title[LANGUAGE]}\n")
    assert "#+ description" not in text
    bound = evaluate(store, ready.text, bindings=ready.bind(values))
    assert rows(evaluate(store, text), names) == rows(bound, names)


@pytest.mark.parametrize(
    ("query", "filled"),
    [
        ("SELECT ?a ?x { ?a ?x ?b }", "SELECT ?a { ?a id:it ?b }"),
        ("SELECT ?x { ?x ?x $x }", "SELECT (id:it AS ?x) { id:it id:it id:it }"),
        ("SELECT ?a ?x { ?a ?p ?x } GROUP BY ?x ?a", "SELECT ?a { ?a ?p id:it } GROUP BY ?a"),
        ("SELECT ?x (COUNT(?x) AS ?n) { } GROUP BY ?x", "SELECT (COUNT(id:it) AS ?n) { } GROUP BY (id:it)"),
        ("SELECT ?a ?x { ?a ?p ?x } ORDER BY DESC(?x) ?x ?a", "SELECT ?a { ?a ?p id:it } ORDER BY DESC(id:it) ?a"),
        ("SELECT ?a { ?a ?p '?x' } # ?x", "SELECT ?a { ?a ?p '?x' } # ?x"),
        ("SELECT ?xy { ?xy ?p <?x> }", "SELECT ?xy { ?xy ?p <?x> }"),
        ("CONSTRUCT { ?x ?p ?o } { ?x ?p ?o }", "CONSTRUCT { id:it ?p ?o } { id:it ?p ?o }"),
        ("DESCRIBE ?x", "DESCRIBE id:it"),
        (
            "ASK { FILTER(?x IN (?x)) { SELECT ?x ?a { ?a a ?x } } }",
            "ASK { FILTER(id:it IN (id:it)) { SELECT ?a { ?a a id:it } } }",
        ),
    ],
)
def test_a_term_stands_where_a_variable_stood(query: str, filled: str) -> None:
    assert fill(query, {"x": ox.NamedNode(f"{PREFIXES['id']}it")}) == filled
    evaluate(ox.Store(), filled)


@pytest.mark.parametrize(
    "term",
    [
        ox.NamedNode(f"{PREFIXES['graph']}data/facts/atop"),
        ox.NamedNode("urn:x:y"),
        ox.NamedNode(f"{PREFIXES['id']}a%20b"),
        ox.Literal('say "?x"\n\\'),
        ox.Literal("نص", language="ar"),
        ox.Literal(-7),
        ox.Literal("1991-07-04", datatype=ox.NamedNode(f"{PREFIXES['xsd']}date")),
    ],
)
def test_a_term_is_read_as_it_was(term: ox.NamedNode | ox.Literal) -> None:
    (solution,) = evaluate(ox.Store(), f"SELECT ?t {{ BIND({spell(term)} AS ?t) }}")  # type: ignore[misc]
    assert solution["t"] == term
