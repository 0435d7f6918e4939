"""A text that is no query is said to be wrong where it is wrong, in words that help to mend it."""

from __future__ import annotations

from pathlib import Path

import pyoxigraph as ox
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from alliance_graph.engine.diagnosis import diagnose
from alliance_graph.engine.diagnosis.faults import fault
from alliance_graph.engine.diagnosis.grammar import START, grammar
from alliance_graph.engine.diagnosis.reading import Reading
from alliance_graph.engine.evaluation import QuerySyntaxError, evaluate

_READY = sorted((Path(__file__).parents[1] / "queries").glob("*.rq"))


def _error(query: str) -> QuerySyntaxError:
    with pytest.raises(QuerySyntaxError) as caught:
        evaluate(ox.Store(), query)
    return caught.value


# Each text with a mark (¦) where it is wrong, a part of what is said about it, and a part of how to mend it.
_WRONG = (
    ("¦", "there is no query", "begins with SELECT"),
    ("¦SELEC * {}", "`SELEC` begins no query", "perhaps you mean SELECT"),
    ("¦{ ?s ?p ?o }", "expected", ""),
    ("SELECT * {\n  ?s ?p ¦}", "`}` cannot stand here: a variable, an IRI or a literal is expected", ""),
    ("SELECT * { ?s ?p ?o¦", "the `{` of line 1, column 10 is still open", "close it with `}`"),
    ("SELECT * { ?s ?p ?o ¦?x ?y ?z }", "`?x` cannot stand here: `,`, `.`, `;`, `}` or another pattern", "put a `.`"),
    ("SELECT ?a¦, ?b { ?a ?p ?b }", "`,` cannot stand here", "no commas"),
    ("SELECT * WHERE ¦?s ?p ?o", "`{` is expected", "write `{` before it"),
    ("SELECT * { { ?s ?p ?o ¦) }", "`)` stands where the `{` of line 1, column 12 is still open", "with `}` before"),
    ("SELECT * { ?s ?p ?o } ¦}", "`}` closes nothing", "leave it out"),
    ("SELECT * { ?s ?p ¦'abc }", "a string is not closed", "write `'` at its end"),
    ('SELECT * { ?s ?p "a¦\\d" }', "a backslash in a string begins no escape", "write two"),
    ("SELECT * { ?s ?p ¦“x” }", "`“` cannot stand here", "straight quotation marks"),
    ("SELECT * { ?s ?p ¦abc }", "`abc` cannot stand here", "a prefix with a colon"),
    ("SELECT * { ¦<http://exa\n}", "an IRI is not closed", "write `>` at its end"),
    ("SELECT * { <http://exa¦ mple> ?p ?o }", "an IRI has a blank in it", "or %20 for it"),
    ("SELECT * { ?s ¦foo:bar ?o }", "the prefix `foo:` is not declared", "write PREFIX foo: <…> at the beginning"),
    ("SELECT * { ?s ¦allly:bar ?o }", "the prefix `allly:` is not declared", "perhaps you mean ally:"),
    ("PREFIX ¦ex <http://x> ASK {}", "a prefix with its colon is expected", ""),
    ("PREFIX ex: ¦x SELECT * {}", "an IRI in < and > is expected", ""),
    ("SELECT * { FILTER(¦STRLENGTH(?x) > 2) }", "`STRLENGTH` is no function of SPARQL", "perhaps you mean STRLEN"),
    ("SELECT * { ?s ?p ?o FILTER ¦?o > 3 }", "`?o` cannot stand here", "round brackets"),
    ("SELECT * { ?s ?p ?o FILTER(?o = 'a' ¦AND ?s = ?p) }", "`)` or an operator is expected", "write &&"),
    ("SELECT * { ?s ?p ?o FILTER NOT ¦EXIST { ?s ?p 1 } }", "EXISTS is expected", "perhaps you mean EXISTS"),
    ("SELECT * { ?s ?p ?o FILTER regex(?o ¦'x') }", "`,` or an operator is expected", ""),
    ("SELECT * { ?s ?p ?o\n  FILTER (?o > 3 ¦}\n", "the `(` of line 2, column 10 is still open", "with `)` before"),
    ("SELECT * { ?s ?p ?o } LIMIT 10 ¦ORDER BY ?s", "`ORDER` cannot stand here", "the order is"),
    ("SELECT * { ?s ?p ?o } LIMIT ¦x", "a whole number is expected", ""),
    (
        "SELECT * { ?s ?p ?o } ¦ORDR BY ?s",
        "GROUP, HAVING, LIMIT, OFFSET or ORDER is expected",
        "perhaps you mean ORDER",
    ),
    ("SELECT (COUNT(?x) AS ¦n) { ?x ?p ?o }", "a variable is expected", "write ?n"),
    ("SELECT (COUNT(*) ¦?n) {}", "AS or an operator is expected", ""),
    ("SELECT * { FILTER(¦COUNT(?x) > 1) }", "the aggregate COUNT stands in FILTER", "HAVING"),
    ("SELECT ?s ¦?p { ?s ?p ?o } GROUP BY ?s", "SELECT has ?p, which is neither in GROUP BY", "SAMPLE"),
    ("SELECT ?s ¦?p ?o { ?s ?p ?o } GROUP BY ?s", "SELECT has ?p, which is neither in GROUP BY", "SAMPLE"),
    ("SELECT ¦?a ?b (COUNT(*) AS ?n) { ?a ?p ?b }", "SELECT has ?a, which is neither in GROUP BY", "SAMPLE"),
    ("SELECT ?a (¦?b + 1 AS ?c) { ?a ?p ?b } GROUP BY ?a", "an expression of SELECT has ?b", "SAMPLE"),
    ("SELECT ¦* { ?s ?p ?o } GROUP BY ?s", "SELECT * with GROUP BY", "name the variables"),
    ("SELECT * { { SELECT ¦* { ?s ?p ?o } GROUP BY ?s } }", "SELECT * with GROUP BY", "name the variables"),
    ("SELECT * { FILTER ¦COUNT(?x) }", "the aggregate COUNT stands in FILTER", "HAVING"),
    ("ASK { ?s ?p ?o } ¦GROUP BY ?s", "GROUP BY stands in ASK", "leave it out"),
    ("SELECT ?x ¦?x { ?x ?p ?o } GROUP BY ?x", "SELECT names ?x twice", "leave one out"),
    ("SELECT * { BIND(1 AS ?x) BIND(2 AS ¦?x) }", "AS sets ?x, which has a value already", "another name"),
    ("SELECT * { _:a ?p ?o OPTIONAL { ¦_:a ?q ?r } }", "the blank node _:a stands in two groups", "use a variable"),
    (
        "SELECT * { BIND(1 AS ?x) BIND(2 AS ¦?x) BIND(3 AS ?x) }",
        "AS sets ?x, which has a value already",
        "another name",
    ),
    ("SELECT * { { _:b ?p 1 } UNION { ¦_:b ?p 2 } UNION { _:b ?p 3 } }", "the blank node _:b stands in two groups", ""),
    (
        "SELECT * { VALUES (?a ?b) { (1 2) ¦(3) } }",
        "another number of values (1) than there are variables (2)",
        "UNDEF",
    ),
    ("SELECT * { VALUES (?a ?b) { ('x'@en 1) ¦('x'^^<urn:a> 2 3) (4) } }", "another number of values (3)", "UNDEF"),
    ("SELECT * { FILTER(?a = ¦TRUE || ?b = FALSE) }", "TRUE is written with capitals", "small letters"),
    ("SELECT * { VALUES (?a ¦?a) { (1 2) } }", "VALUES names ?a twice", "leave one out"),
    ("SELECT ¦name FROM people WHERE age > 3", "`name` cannot stand here", "write ?name"),
    ("SELECT ¦COUNT(?s) AS ?n { ?s ?p ?o }", "`COUNT` cannot stand here", "write (COUNT(…) AS ?name)"),
    ("SELECT (COUNT(?s)¦) { ?s ?p ?o }", "AS or an operator is expected", "write (… AS ?name)"),
    ("SELECT (COUNT(*) AS ?n ¦{ ?s ?p ?o }", "`)` is expected", "write `)` before it"),
    ("SELECT (GROUP_CONCAT(?x¦, ', ') AS ?y) { ?x ?p ?o }", "`,` cannot stand here", "write ; SEPARATOR"),
    ("SELECT * { ?s ?p ?o FILTER(?o =¦= 3) }", "`=` cannot stand here", "write one `=`"),
    ("SELECT * { ?s ?p ?o FILTER(?o <¦> 3) }", "`>` cannot stand here", "write !="),
    ("SELECT * { ?s ?p ?o FILTER(NOT ¦?o) }", "EXISTS is expected", "write ! for NOT"),
    ("SELECT * { ?s ?p ?o FILTER(?o ¦LIKE 'x%') }", "`LIKE` cannot stand here", "CONTAINS"),
    ("SELECT * { ?s ?p ?o FILTER(?o =¦< 5) }", "`<` cannot stand here", ""),
    ("SELECT * { ?s ally:age ¦< 3 }", "`<` cannot stand here", "compare in FILTER"),
    ("SELECT * { ?s ?p ¦http://example.org/x }", "is an IRI by itself", "into < and >"),
    ("SELECT * { ?s ?p ¦<http://[bad> }", "the IRI <http://[bad> is not well-formed", "RFC 3987"),
    ("SELECT * { ?s ?p 'x'¦@verylonglanguage }", "the language tag @verylonglanguage is not well-formed", "BCP 47"),
    ("SELECT * { ?s (ally:a ¦?o }", "`?o` cannot stand here: `)` is expected", ""),
    ("SELECT * { ?s¦😀 ?p ?o }", "`😀` cannot stand here", ""),
    ("SELECT * { ?s ?p 'it'¦s' }", "`s` cannot stand here", "a backslash before a quotation mark"),
    ("SELECT * { ?s ?p '\\\\uD83D' BIND(1 AS ¦?s) }", "AS sets ?s", "another name"),
    ("SELECT ?x (COUNT(?y) AS ¦?x) { ?x ?p ?y }", "SELECT names ?x twice", "another name"),
    ("SELECT * { ?s ?q ?r . ¦SELECT ?s { ?s ?p ?o } }", "`SELECT` cannot stand here", "braces of its own"),
    ("SELECT * { VALUES ?x { 1¦, 2 } }", "`,` cannot stand here", "no commas"),
    ("SELECT * { FILTER(NOW¦) }", "`()` is expected", ""),
    ("¦@prefix ex: <http://x/> . SELECT * { ?s ex:p ?o }", "`@prefix` cannot stand here", "write PREFIX"),
    ("PREFIX ex: <http://x/> ¦. SELECT * { ?s ex:p ?o }", "`.` cannot stand here", "nothing ends a declaration"),
    ("SELECT * { ?s ?p ?o } ¦OPTIONAL { ?s ?q ?r }", "`OPTIONAL` cannot stand here", "inside the braces"),
    ("SELECT ?s { ?s ?p ?o } HAVING COUNT(?s) ¦> 3", "`>` cannot stand here", "round brackets"),
    ("SELECT * { ?s ?p ?o } LIMIT 10¦, 20", "OFFSET is expected", "write OFFSET"),
    ("SELECT * { ?s ?p ?o } ORDER BY ?s DESC¦", "the query ends too early", "write DESC(?x)"),
    ("SELECT * { ?s ally:a#b ?o }¦", "what follows `#` is a comment", ""),
    ("SELECT * { ?s ?p ?o } LIMIT 10¦;", "`;` stands after the end of the query", "leave it out"),
    ("SELECT * { ?s ?p ?o } VALUES ?x { 1 } ¦LIMIT 5", "`LIMIT` stands after the end of the query", ""),
    ("¦\ufeffSELECT * { ?s ?p ?o }", "a byte order mark (U+FEFF)", "leave it out"),
    ("SELECT¦\u00a0* { ?s ?p ?o }", "`U+00A0` cannot stand here", ""),
    ("SELECT * { ?s ?p ¦'''a' }", "a string is not closed", "write `'''` at its end"),
    ('SELECT * { ?s ?p """a\nb"¦\\d""" }', "a backslash in a string begins no escape", "write two"),
    ("SELECT * { ?s ?p 'a¦\\u12' }", "a backslash in a string begins no escape", "write two"),
    ("SELECT * { ?s ?p 'a¦\\uD800' }", "`\\uD800` names half a character", "write the character itself"),
    ("SELECT * { ?s ?p <http://a\\u0041¦ b> }", "an IRI has a blank in it", ""),
)


@pytest.mark.parametrize(("marked", "cause", "mend"), _WRONG, ids=[marked for marked, _, _ in _WRONG])
def test_a_mistake_is_named_where_it_is(marked: str, cause: str, mend: str) -> None:
    error = _error(marked.replace("¦", ""))
    before = marked.partition("¦")[0]
    assert (error.line, error.column) == (before.count("\n") + 1, len(before.rpartition("\n")[2]) + 1), error
    assert cause in error.cause
    assert mend in error.mend


def test_blanked_comments_do_not_move_the_place() -> None:
    error = _error("# SERVICE\nSELECT * { # SERVICE\n ?s ?p }")
    assert (error.line, error.column) == (3, 8)


@pytest.mark.parametrize("path", _READY, ids=[path.stem for path in _READY])
def test_nothing_is_wrong_with_a_ready_query(path: Path) -> None:
    assert fault(Reading(path.read_text(encoding="utf-8"))) is None


_PARTS = (
    *(
        "SELECT",
        "*",
        "?x",
        "{",
        "}",
        "(",
        ")",
        "<urn:a>",
        "a:b",
        "'x'",
        '"',
        "1",
        "FILTER",
        "AS",
        "BIND",
        "VALUES",
        "é",
    ),
    *(
        "GROUP",
        "BY",
        "COUNT",
        ".",
        ";",
        ",",
        "<",
        "<<",
        "<<(",
        ")>>",
        "[",
        "_:a",
        "#",
        "\n",
        "\\",
        "||",
        "~",
        "{|",
        "@en",
    ),
)


@settings(max_examples=500, deadline=None, database=None)
@given(st.lists(st.one_of(st.sampled_from(_PARTS), st.text(max_size=3)), max_size=30))
def test_whatever_it_is_something_is_said_about_it(parts: list[str]) -> None:
    query = " ".join(parts)
    found = diagnose(query, ["ally"], "", 0, lambda _: False)
    assert 0 <= found.offset <= len(query)
    assert 0 < len(found.cause) < 300
    assert found.mend


def test_what_stands_next_always_tells_how_to_go_on() -> None:
    """The grammar is LL(1): otherwise it would find faults where there are none."""
    tables = grammar()
    follow: dict[str, set[str]] = {name: set() for name in tables.alternatives} | {START: {""}}
    for _ in tables.alternatives:  # each time what follows is known of one rule more, at least
        for name, alternatives in tables.alternatives.items():
            for alternative in alternatives:
                after = set(follow[name])
                for symbol in reversed(alternative):
                    if symbol in follow:
                        follow[symbol] |= after
                    after = set(tables.first[symbol]) | (after if symbol in tables.empty else set())
    for name, firsts in tables.firsts.items():
        beginnings = [first | (follow[name] if not first else set()) for first in firsts]
        assert len(set().union(*beginnings)) == sum(map(len, beginnings)), name


@pytest.mark.parametrize(
    "unit", ["1", "+1", "true-", "a-.", "'a", '"""', "(", "{ ", "?s ?p ?o . ", "<", "<a", "\\", "%", "#\n", "(1) "]
)
@pytest.mark.parametrize("begins", ["SELECT * { ?s ?p ", "SELECT * { FILTER(", "SELECT * { VALUES (?a) { "])
def test_a_long_hostile_text_is_read_in_no_time(begins: str, unit: str) -> None:
    """What is looked through more than once would take minutes here."""
    query = begins + unit * (100_000 // len(unit))
    assert diagnose(query, ["ally"], "", 0, lambda _: False).cause
