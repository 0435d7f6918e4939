"""What would keep the engine's parser and planner from answering is refused, and no query a person writes is."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pyoxigraph as ox
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from alliance_graph.engine.evaluation import evaluate
from alliance_graph.engine.guard import QueryTooComplexError, guard
from alliance_graph.engine.limits import Limits
from conftest import REPOSITORY, SHARED

_LIMITS = Limits()
_SUITES = SHARED / "conformance" / "rdf-tests" / "sparql"


def _w3c() -> Iterator[Path]:
    if not _SUITES.is_dir():
        pytest.skip("the W3C suites are no part of the project: put w3c/rdf-tests at ../shared/conformance/rdf-tests")
    yield from _SUITES.rglob("*.rq")


def test_every_query_of_the_w3c_suites_passes() -> None:
    files = [*_w3c()]
    assert len(files) > 900
    for file in files:
        guard(file.read_text(encoding="utf-8", errors="replace"), _LIMITS, place=file.name)


def test_every_query_of_the_project_passes_with_room_to_spare() -> None:
    half = Limits(nesting=64, patterns=40, all_patterns=250, chain=125, items=2500)
    files = [*REPOSITORY.glob("queries/*.rq"), *REPOSITORY.glob("ontology/**/*.rq")]
    assert len(files) > 30
    for file in files:
        guard(file.read_text(), half, place=file.name)


def test_declared_prefixes_count_for_nothing_and_what_comes_after_them_is_found_where_it_is() -> None:
    prologue = _each(200, "PREFIX p#: <https://example.org/a/b.c/#;,/>", "\n")
    patterns = _each(_LIMITS.patterns, "?s p#:p ?o#", " . ")
    guard(f"{prologue}\nSELECT * {{ {patterns} }}", _LIMITS)
    with pytest.raises(QueryTooComplexError) as refused:
        guard(f"{prologue}\nSELECT * {{ {patterns} .\n  ?s p1:p ?last }}", _LIMITS)
    assert (refused.value.line, refused.value.column) == (202, 3)


def _each(number: int, text: str, between: str = " ") -> str:
    return between.join(text.replace("#", str(i)) for i in range(number))


def _group(inside: str) -> str:
    return f"SELECT * {{ {inside} }}"


def _filter(expression: str) -> str:
    return _group(f"?s ?p ?o FILTER({expression})")


Bomb = Callable[[int], str]
"""A query of a size."""

# What the engine cannot take in numbers: the brackets it reads by recursion …
_NESTED: dict[str, Bomb] = {
    "groups": lambda n: _group("{" * n + "}" * n),
    "parentheses": lambda n: _filter("(" * n + "?o" + ")" * n),
    "functions": lambda n: _filter("STR(" * n + "?o" + ")" * n),
    "exists": lambda n: _group("?s ?p ?o " + "FILTER EXISTS { ?s ?p ?o " * n + "}" * n),
    "exists in expressions": lambda n: _filter("EXISTS { FILTER(" * n + "1" + ")}" * n),
    "optional": lambda n: _group("?s ?p ?o OPTIONAL {" * n + "}" * n),
    "minus": lambda n: _group("?s ?p ?o MINUS {" * n + "}" * n),
    "union": lambda n: _group("{} UNION {" * n + "}" * n),
    "union on the left": lambda n: _group("{" * n + "} UNION {}" * n),
    "graph": lambda n: _group("GRAPH ?g {" * n + "}" * n),
    "paths": lambda n: _group("?s " + "^(" * n + "<urn:p>" + ")" * n + " ?o"),
    "lists": lambda n: _group("?s ?p " + "(" * n + " 1 " + ")" * n),
    "blank nodes": lambda n: _group("?s ?p " + "[ <urn:p> " * n + "1" + "]" * n),
    "reified triples": lambda n: _group("?s ?p " + "<< ?s ?p " * n + "1" + " >>" * n),
    "triple terms": lambda n: _group("?s ?p " + "<<( ?s ?p " * n + "1" + " )>>" * n),
    "left open": lambda n: "ASK " + "{" * n,
    "hidden in what looks like an IRI": lambda n: _filter("(?o<((?o>" * n + "1" + ")))" * n),
    "hidden after comparisons": lambda n: _filter("?o<(" * n + "?o>1" + ")" * n),
}
# … the patterns it plans a join of …
_JOINED: dict[str, Bomb] = {
    "disjoint patterns": lambda n: _group(_each(n, "?s# ?p# ?o#", " . ")),
    "about one variable": lambda n: _group(_each(n, "?s <urn:p#> ?o#", ".")),
    "after numbers": lambda n: _group(_each(n, "?s <urn:p> 1.")),
    "with semicolons": lambda n: _group("?s " + _each(n, "<urn:p#> ?o#", ";")),
    "with commas": lambda n: _group("?s ?p " + _each(n, "?o#", ",")),
    "in groups": lambda n: _group(_each(n, "{ ?s <urn:p#> ?o# }")),
    "in groups in one another": lambda n: _group(_each(2, "{" + _each(n, "?s <urn:p#> ?o#", ".") + "}")),
    "in graphs": lambda n: _group(_each(n, "GRAPH ?g { ?s <urn:p#> ?o# }")),
    "optional": lambda n: _group("?s ?p ?o " + _each(n, "OPTIONAL { ?s <urn:p#> ?x# }")),
    "a list": lambda n: _group("?s ?p (" + "1 " * n + ")"),
    "blank nodes": lambda n: _group(_each(n, "[] ?p ?o", ".")),
    "a blank node": lambda n: _group("[" + _each(n, "<urn:p#> ?o#", ";") + "] ?p ?o"),
    "a path": lambda n: _group("?s " + _each(n, "<urn:p#>", "/") + " ?o"),
    "paths": lambda n: _group(_each(n, "?s <urn:p#>* ?o#", ".")),
    "values": lambda n: _group(_each(n, "VALUES ?x# { 1 2 }")),
    "subselects": lambda n: _group(_each(n, "{ SELECT ?s { ?s <urn:p#> ?o } }")),
    "annotations": lambda n: _group("?s ?p ?o " + _each(n, "{| <urn:p#> ?o# |}")),
    "in a condition": lambda n: _group("FILTER NOT EXISTS { " + _each(n, "?s <urn:p#> ?o#", ".") + "}"),
    "in a branch": lambda n: _group("{ ?s ?p ?o } UNION { " + _each(n, "?s <urn:p#> ?o#", ".") + "}"),
}
# … the chains it reads by recursion and plans in the square of their length.
_CHAINS: dict[str, Bomb] = {
    "||": lambda n: _filter("||".join(["?o"] * n)),
    "&&": lambda n: _filter(_each(n, "?o != #", " && ")),
    "+": lambda n: _filter("+".join(["?o"] * n)),
    "-": lambda n: _filter(" - ".join(["?o"] * n)),
    "*": lambda n: _filter("*".join(["?o"] * n)),
    "/": lambda n: _filter("/".join(["?o"] * n)),
    "!": lambda n: _filter("!" * n + "?o"),
    "UNION": lambda n: _group(_each(n, "{ ?s ?p ?o# }", " UNION ")),
    "UNION without blanks": lambda n: _group("UNION".join(["{}"] * n)),
    "FILTER": lambda n: _group("?s ?p ?o " + _each(n, "FILTER(?o != #)")),
    "BIND": lambda n: _group(_each(n, "BIND(1 AS ?x#)")),
    "MINUS": lambda n: _group("?s ?p ?o " + _each(n, "MINUS { ?s ?p # }")),
    "projection": lambda n: f"SELECT {_each(n, '(# AS ?x#)')} {{}}",
    "HAVING": lambda n: "SELECT ?s { ?s ?p ?o } GROUP BY ?s HAVING " + _each(n, "(COUNT(*) > #)"),
}
_LISTS: dict[str, Bomb] = {
    "VALUES": lambda n: _group("VALUES ?x { " + _each(n, "#") + " }"),
    "VALUES of several": lambda n: _group("VALUES (?x ?y) { " + _each(n, "(# UNDEF)") + " }"),
    "VALUES at the end": lambda n: "SELECT * {} VALUES ?x { " + _each(n, "#") + " }",
    "IN": lambda n: _filter("?o IN (" + _each(n, "#", ",") + ")"),
    "arguments": lambda n: _filter("COALESCE(" + _each(n, "#", ",") + ")"),
    "DESCRIBE": lambda n: "DESCRIBE " + _each(n, "<urn:#>"),
    "ORDER BY": lambda n: "SELECT * { ?s ?p ?o } ORDER BY " + _each(n, "?x#"),
    "GROUP BY": lambda n: "SELECT (1 AS ?n) { ?s ?p ?o } GROUP BY " + _each(n, "?x#"),
    "alternatives": lambda n: _group("?s " + _each(n, "<urn:#>", "|") + " ?o"),
    "negated properties": lambda n: _group("?s !(" + _each(n, "<urn:#>", "|") + ") ?o"),
}
_BOMBS = {
    **{f"nested {name}": (bomb, _LIMITS.nesting) for name, bomb in _NESTED.items()},
    **{f"joined {name}": (bomb, _LIMITS.patterns) for name, bomb in _JOINED.items()},
    **{f"chain of {name}": (bomb, _LIMITS.chain) for name, bomb in _CHAINS.items()},
    **{f"list of {name}": (bomb, _LIMITS.items) for name, bomb in _LISTS.items()},
}


@pytest.mark.parametrize(("bomb", "limit"), _BOMBS.values(), ids=_BOMBS.keys())
def test_what_stalls_the_engine_is_refused(bomb: Bomb, limit: int) -> None:
    with pytest.raises(QueryTooComplexError) as caught:
        guard(bomb(limit + 16), _LIMITS)
    assert caught.value.limit in (limit, _LIMITS.patterns)
    assert caught.value.number > caught.value.limit


@pytest.mark.parametrize(("bomb", "limit"), _BOMBS.values(), ids=_BOMBS.keys())
def test_a_quarter_of_it_passes(bomb: Bomb, limit: int) -> None:
    guard(bomb(limit // 4), _LIMITS)


@pytest.mark.parametrize(
    ("number", "query"),
    [
        (97, _JOINED["disjoint patterns"](97)),
        (200, _JOINED["about one variable"](200)),
        (200, _JOINED["a list"](200)),
        (300, _JOINED["optional"](300)),
        (25, _group(_each(25, "{ SELECT (COUNT(*) AS ?c#) {") + "}" * 50)),
    ],
    ids=["disjoint patterns", "one variable", "list items", "optional", "nested counts"],
)
def test_the_known_ways_to_stall_the_planner_are_refused(number: int, query: str) -> None:
    started = time.monotonic()
    with pytest.raises(QueryTooComplexError) as caught:
        evaluate(ox.Store(), query)
    assert time.monotonic() - started < 0.5
    assert caught.value.number >= number


def test_a_refusal_says_what_is_too_many_how_many_there_may_be_and_where() -> None:
    patterns = "\n".join(f"  ?s <urn:p{i}> ?o{i} ." for i in range(90))
    with pytest.raises(QueryTooComplexError) as caught:
        guard(f"SELECT * {{\n{patterns}\n}}", _LIMITS, place="query.rq")
    error = caught.value
    assert (error.number, error.limit, error.line, error.column) == (90, 80, 82, 3)
    assert str(error).startswith("query.rq:82:3: the query has 90 patterns joined in one group; at most 80")


def test_patterns_count_double_for_each_subselect_around_them() -> None:
    def nested(depth: int, patterns: int) -> str:
        inside = _each(patterns, "?s <urn:p#> ?o#", " . ")
        return _group("{ SELECT (COUNT(*) AS ?n) { " * depth + inside + "}}" * depth)

    guard(nested(3, 50), _LIMITS)
    for depth, patterns in ((4, 50), (9, 1)):
        with pytest.raises(QueryTooComplexError, match="counts double"):
            guard(nested(depth, patterns), _LIMITS)


@pytest.mark.parametrize(
    "query",
    [
        _group(_each(60, "{ ?s <urn:a#> ?o . ?o <urn:b#> ?x . ?x <urn:c#> ?y }", " UNION ")),
        _group("?s ?p ?o . " + _each(100, "FILTER NOT EXISTS { ?s <urn:p#> ?x . ?x <urn:q#> ?y }")),
        _group(
            "VALUES (?a ?b) { " + _each(2000, "(<http://example.org/#> 'a (text) [with] {brackets}')") + " } ?a ?p ?b"
        ),
        _group("?s ?p '" + "(" * 1000 + "' , <urn:" + "(" * 1000 + "> # " + "{" * 1000 + "\n"),
        _group("?s <http://en.wikipedia.org/wiki/A_(b> ?o . # a (comment ; with , punctuation /\n" * 70),
        f"CONSTRUCT {{ {_each(400, '?s <urn:p#> ?o', ' . ')} }} WHERE {{ ?s ?p ?o }}",
        _filter("?o<5&&?o>3||?o<=7&&?o>=6"),
        _group(_each(20, "?s a ?c# ; <urn:p#> ?o# , 'x' ; .")),
        "",
        "}" * 1000 + ")" * 1000,
    ],
    ids=lambda query: query[:40],
)
def test_what_only_looks_complex_passes(query: str) -> None:
    guard(query, _LIMITS)


_PIECES = (
    *(
        "SELECT",
        "ASK",
        "CONSTRUCT",
        "WHERE",
        "FILTER",
        "BIND",
        "MINUS",
        "UNION",
        "OPTIONAL",
        "VALUES",
        "GRAPH ?g",
        "EXISTS",
    ),
    *(
        "{",
        "{",
        "}",
        "}",
        "[",
        "]",
        "(",
        ")",
        "<<",
        "{|",
        "|}",
        ">>",
        ".",
        ".",
        ";",
        ",",
        "/",
        "|",
        "||",
        "!",
        "^",
        "*",
        "=",
        "<",
        ">",
    ),
    *(
        "?s",
        "?p",
        "a",
        "true",
        "x:y",
        "<urn:a>",
        "<a[b;c.d]>",
        "'a'",
        '"""',
        "'",
        "1",
        "2.",
        "@en",
        "_:b",
        "\\",
        "# a\n",
    ),
)


_UNITS = st.tuples(
    st.lists(st.sampled_from(_PIECES), min_size=1, max_size=5), st.sampled_from((" ", "")), st.integers(1, 15)
)


@settings(max_examples=1000, deadline=None, database=None)
@example([(["{ SELECT * {", "?s", "."], " ", 6)], Limits(all_patterns=60))
@example([(["VALUES ?s {"], "", 1), (["?s"], " ", 30)], Limits(items=20))
@example([(["?s", "/"], "", 15)], Limits(patterns=10))
@example([(["?s", ";"], "", 15)], Limits(patterns=10))
@example([(["?s", "["], "", 15)], Limits(patterns=10))
@given(
    units=st.lists(_UNITS, max_size=3),
    limits=st.builds(
        Limits,
        nesting=st.integers(1, 20),
        patterns=st.integers(1, 40),
        all_patterns=st.integers(1, 90),
        chain=st.integers(1, 20),
        items=st.integers(1, 400),
    ),
)
def test_a_small_query_is_not_looked_at_closely_only_where_that_would_find_nothing(
    units: list[tuple[list[str], str, int]], limits: Limits
) -> None:
    query = "SELECT * { " + " ".join(f"{between.join(pieces)} " * times for pieces, between, times in units)
    assert _refusal(query, limits) == _refusal(f"{query}\n# (looked at closely)", limits)


def _refusal(query: str, limits: Limits) -> str | None:
    try:
        guard(query, limits)
    except QueryTooComplexError as error:
        return str(error)
    return None


@pytest.mark.parametrize(
    "unit",
    [
        "{",
        "(",
        "[",
        "<<",
        "}",
        ")",
        "(}",
        "{)",
        "{SELECT*",
        "?a<b ",
        "<",
        '"',
        "'''\\",
        "1.",
        "a:",
        "!",
        "{|",
        "VALUES(",
        "\\",
    ],
)
def test_the_guard_itself_takes_no_time(unit: str) -> None:
    text = (unit * 100_000)[:100_000]
    started = time.process_time()
    with suppress(QueryTooComplexError):
        guard(text, _LIMITS)
    assert time.process_time() - started < 2


def test_what_passes_is_planned_in_seconds() -> None:
    """The costliest forms found, at the limits."""
    star = _each(70, "?s <urn:p#> ?o#", " . ")
    for query in (
        _group(_each(_LIMITS.patterns, "?s <urn:p#>* ?o#", " . ")),
        _group(_each(6, f"{{ {star} }}", " UNION ")),
        _group(f"{star} {{ SELECT ?s (COUNT(*) AS ?n) {{ {star} }} GROUP BY ?s }}"),
        _group("?s ?p ?o " + _each(_LIMITS.chain, "FILTER(?o != #)")),
    ):
        started = time.process_time()
        _ = evaluate(ox.Store(), query)
        assert time.process_time() - started < 10
