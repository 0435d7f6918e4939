"""No query makes the service send a request anywhere, and none is refused for a word that is no clause."""

from __future__ import annotations

import itertools
import socket
import threading
from collections.abc import Iterator
from dataclasses import dataclass

import pyoxigraph as ox
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from alliance_graph.engine.admission import QueryRefusedError, admit
from alliance_graph.engine.evaluation import QuerySyntaxError, evaluate


@dataclass
class Canary:
    """A listener on loopback; whatever connects to it has left the service."""

    url: str
    connections: int = 0


@pytest.fixture(scope="module")
def canary() -> Iterator[Canary]:
    listener = socket.create_server(("127.0.0.1", 0))
    found = Canary(f"http://127.0.0.1:{listener.getsockname()[1]}/")

    def count() -> None:
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            found.connections += 1
            connection.close()

    thread = threading.Thread(target=count)
    thread.start()
    yield found
    listener.shutdown(socket.SHUT_RDWR)
    listener.close()
    thread.join()


@pytest.fixture(scope="module")
def small() -> ox.Store:
    """A store in which every pattern of these tests has an answer, so that no clause is left unevaluated."""
    store = ox.Store()
    store.load(
        """<urn:a> <urn:b> 1 , 2 , "x" , "a"@en , true , 1e5 ,
             <urn:x:a> , <urn:x:a.b> , <urn:x:a'> , <urn:x:é€'> , <urn:x:é€.b'> .
           <urn:g> { <urn:a> <urn:b> 1 }""".encode(),
        format=ox.RdfFormat.TRIG,
    )
    return store


_PREFIXES = {"": "urn:x:", "é": "urn:x:"}


def _ask(store: ox.Store, query: str) -> None:
    """Evaluate a query to its end, with and without a base for IRIs, whatever comes of it."""
    for base in (None, "http://127.0.0.1:9/"):
        try:
            results = store.query(query, base_iri=base, prefixes=_PREFIXES)
            if not isinstance(results, ox.QueryBoolean):
                list(results)
        except (SyntaxError, RuntimeError, OSError, ValueError):
            continue


def test_the_engine_by_itself_would_follow_the_clause(canary: Canary, small: ox.Store) -> None:
    before = canary.connections
    _ask(small, f"SELECT * {{ SERVICE <{canary.url}> {{ ?s ?p ?o }} }}")
    assert canary.connections > before


_CLAUSE = "SERVICE <http://127.0.0.1:9/> { ?x ?y ?z }"

_PLACES = {
    "alone": f"SELECT * {{ {_CLAUSE} }}",
    "after a triple": f"SELECT * {{ ?s ?p ?o . {_CLAUSE} }}",
    "optional": f"SELECT * {{ OPTIONAL {{ {_CLAUSE} }} }}",
    "union": f"SELECT * {{ {{ ?s ?p ?o }} UNION {{ {_CLAUSE} }} }}",
    "minus": f"SELECT * {{ ?s ?p ?o MINUS {{ {_CLAUSE} }} }}",
    "graph": f"SELECT * {{ GRAPH ?g {{ {_CLAUSE} }} }}",
    "subselect": f"SELECT * {{ {{ SELECT ?x {{ {_CLAUSE} }} }} }}",
    "exists": f"SELECT * {{ ?s ?p ?o FILTER EXISTS {{ {_CLAUSE} }} }}",
    "not exists": f"SELECT * {{ ?s ?p ?o FILTER(NOT EXISTS {{ {_CLAUSE} }} && true) }}",
    "exists in having": f"SELECT (COUNT(*) AS ?n) {{ ?s ?p ?o }} GROUP BY ?s HAVING (EXISTS {{ {_CLAUSE} }})",
    "exists in order": f"SELECT * {{ ?s ?p ?o }} ORDER BY (EXISTS {{ {_CLAUSE} }})",
    "exists in projection": f"SELECT ((EXISTS {{ {_CLAUSE} }}) AS ?e) {{ }}",
    "exists in bind": f"SELECT * {{ BIND(EXISTS {{ {_CLAUSE} }} AS ?e) }}",
    "construct": f"CONSTRUCT {{ ?x ?y ?z }} WHERE {{ {_CLAUSE} }}",
    "construct where": f"CONSTRUCT WHERE {{ {_CLAUSE} }}",
    "ask": f"ASK {{ {_CLAUSE} }}",
    "describe": f"DESCRIBE ?x {{ {_CLAUSE} }}",
    "in a clause": f"SELECT * {{ GRAPH ?g {{ OPTIONAL {{ {{ {_CLAUSE} }} }} }} }}",
    "after values": f"SELECT * {{ VALUES ?s {{ 1 }} {_CLAUSE} }}",
    "as a property function": "SELECT * { ?s SERVICE:call ( ?a ?b ) }",
    "as a function": "SELECT * { BIND(SERVICE:call(1) AS ?x) }",
}


@pytest.mark.parametrize("query", _PLACES.values(), ids=_PLACES.keys())
def test_the_clause_is_refused_wherever_it_stands(query: str) -> None:
    with pytest.raises(QueryRefusedError, match="SERVICE"):
        admit(query)


_SPELLINGS = (
    "SERVICE <u> {}",
    "service <u> {}",
    "SeRvIcE<u>{}",
    "SERVICE SILENT <u> {}",
    "SERVICESILENT<u>{}",
    "SERVICE ?where {}",
    "SERVICE?where{}",
    "SERVICE:x {}",
    "SERVICE # a comment\n <u> {}",
    "SERVICE#\n<u>{}",
    "#\rSERVICE <u> {}",
    "# a comment\nSERVICE <u> {}",
    "?s ?p trueSERVICE<u>{}",
    "?s ?p 1e5SERVICE<u>{}",
    "?s ?p 1.SERVICE<u>{}",
    "?s ?p .5SERVICE<u>{}",
    "?s ?p 'a'SERVICE<u>{}",
    "?s ?p 'a'@en.SERVICE<u>{}",
    "?s ?p ?o.SERVICE<u>{}",
    "?s ?p a:.SERVICE<u>{}",
    "?s ?p a:b.SERVICE<u>{}",
    "?s ?p a:b.c.SERVICE<u>{}",
    "?s ?p a:b.c€d:e.SERVICE<u>{}",
    "?s ?p _:b.SERVICE<u>{}",
    "?s ?p [].SERVICE<u>{}",
    "?s ?p ().SERVICE<u>{}",
    "?s ?p <urn:x>SERVICE<u>{}",
    "{}SERVICE<u>{}",
    "PREFIX_SERVICE:x {}",
    "my-service:x {}",
)


@pytest.mark.parametrize("clause", _SPELLINGS)
def test_the_clause_is_refused_however_it_is_spelled(clause: str) -> None:
    with pytest.raises(QueryRefusedError) as caught:
        admit(f"SELECT * {{ {clause} }}")
    assert caught.value.clause == "SERVICE"


# Each of these once hid the clause: what looks like one token can be read as several by the engine.
_HIDDEN = {
    "comparison, comment": "?s ?p ?a FILTER(?a<?b)SERVICE#>\n<URL>{?x ?y ?z}",
    "comparison, string": "?s ?p ?a FILTER(?a<STR('>'))SERVICE<URL>{?x ?y 'z'}",
    "at most, string": "?s ?p ?a FILTER(?a<=STR('>'))SERVICE<URL>{?x ?y 'z'}",
    "comparison, comment, string": '?s ?p ?a FILTER(?a<?b#>"""\n) SERVICE<URL>{?x ?y ?z}#"""\n',
    "variable endpoint": "?s ?p ?a FILTER(?a<?b)SERVICE?u#>\n{?x ?y ?z}",
    "unknown escape in a long string": 'VALUES ?x {"""a" } SERVICE<URL>{?x ?y ?z} #\\q"""\n',
    "surrogate in a long string": 'VALUES ?x {"""a" } SERVICE<URL>{?x ?y ?z} #\\uD800"""\n',
    "surrogate, eight digits": "VALUES ?x {'''a' } SERVICE<URL>{?x ?y ?z} #\\U0000DFFF'''\n",
    "no such code point": "VALUES ?x {'''a' } SERVICE<URL>{?x ?y ?z} #\\U00110000'''\n",
    "escaped quote after a letter outside \\w": "?s ?p ?o OPTIONAL {?s ?p :a€\\' } SERVICE<URL>{?x ?y ?z}#'\n",
    "escaped quote after an accent": "?s ?p ?o OPTIONAL {?s ?p :a\u0301\\' } SERVICE<URL>{?x ?y ?z}#'\n",
    "escaped hash": "?s ?p ?o OPTIONAL {?s ?p :a€\\# } SERVICE<URL>{?x ?y ?z}\n",
    "second dot of a name": "?s ?p ?o OPTIONAL {?s ?p :a.b.SERVICE<URL>{?x ?y ?z}}",
}


@pytest.mark.parametrize("pattern", _HIDDEN.values(), ids=_HIDDEN.keys())
def test_the_clause_cannot_hide_in_what_the_engine_reads_differently(pattern: str) -> None:
    with pytest.raises(QueryRefusedError):
        admit(f"SELECT * {{ {pattern.replace('URL', 'http://127.0.0.1:9/')} }}")


_INNOCENT = (
    'SELECT * { ?s ?p "SERVICE <u> {}" }',
    "SELECT * { ?s ?p 'SERVICE' }",
    'SELECT * { ?s ?p """a "SERVICE" \\u0041 \\n\nSERVICE""" }',
    "SELECT * { ?s ?p '''SERVICE''' }",
    "SELECT * { ?s ?p 'it\\'s SERVICE' }",
    "SELECT * { ?s <http://www.w3.org/ns/sparql-service-description#endpoint> ?o }",
    "SELECT * { ?s <http://example.org/service#it's> ?o }",
    "SELECT * { ?s <urn:service:x> ?o }",
    "SELECT ?service { ?service ?p $SERVICE }",
    "SELECT * { ?s ?p ?o # SERVICE <u> {}\n}",
    "SELECT * { ?s ?p ?o } # SERVICE",
    "PREFIX x: <http://x/> SELECT * { ?s x:service ?o }",
    "PREFIX x: <http://x/> SELECT * { ?s x:militaryService-of x:SERVICE\\.x }",
    "SELECT * { ?s ?p 'x'@service }",
    "SELECT * { ?s ?p ?o FILTER(?o < 2 && ?s > ?p) # no SERVICE\n}",
    "SELECT * { ?s ?p ?o FILTER(?o<2&&?o>1) # no SERVICE\n}",
    "SELECT * { VALUES (?a ?b) { (<http://x/#a> <http://x/service#b>) } }",
)


@pytest.mark.parametrize("query", _INNOCENT)
def test_the_word_is_allowed_where_it_is_no_clause(query: str) -> None:
    _ = ox.Store().query(admit(query))


@pytest.mark.parametrize(
    "query",
    [
        "SELECT * { ?s ?p ?o FILTER(?a<STR('>')&&?b='#x') }",
        "SELECT * { ?s <urn:a#b> ?o }",
        "BASE <http://x/> SELECT * { ?s <#b> ?o } # a comment",
    ],
)
def test_without_the_word_a_query_reaches_the_engine_unchanged(query: str) -> None:
    assert admit(query) == query


@pytest.mark.parametrize(
    "update",
    [
        "INSERT DATA { <urn:a> <urn:b> 1 }",
        "delete where { ?s ?p ?o }",
        "PREFIX a: <urn:a> INSERT { a:a a:b 1 } WHERE {}",
        "BASE <http://x/> # a comment\nCLEAR ALL",
        "LOAD <http://127.0.0.1:9/>",
        "DROP ALL",
        "CREATE GRAPH <urn:g>",
        "COPY <urn:a> TO <urn:b>",
        "MOVE <urn:a> TO <urn:b>",
        "ADD <urn:a> TO <urn:b>",
    ],
)
def test_an_update_is_refused_by_name(update: str) -> None:
    with pytest.raises(QueryRefusedError, match="is an update: this service only reads"):
        admit(update)


def test_a_refusal_names_the_place_of_the_clause() -> None:
    with pytest.raises(QueryRefusedError) as caught:
        admit("SELECT * {\n  ?s ?p ?o .\n  SERVICE <u> {}\n}", place="my.rq")
    assert (caught.value.line, caught.value.column) == (3, 3)
    assert str(caught.value).startswith("my.rq:3:3: SERVICE is not allowed")


@pytest.mark.parametrize("comment", ["# no SERVICE here", "# plain"])
def test_comments_do_not_move_the_place_of_a_syntax_error(comment: str) -> None:
    with pytest.raises(QuerySyntaxError) as caught:
        evaluate(ox.Store(), f"SELECT * {{ {comment}\n  ?s ?p 1 1 }}")
    assert caught.value.line == 2


def test_a_long_hostile_text_is_looked_at_in_no_time() -> None:
    for unit in ("a-", '"""\\q', "<a#", "'''\"\"\"", "a.b:", ":\\~", "?", "#\n"):
        text = "SELECT " + unit * (100_000 // len(unit)) + "'SERVICE'"
        try:
            admit(text)
        except QueryRefusedError:
            continue


# An opening that may swallow what follows, a clause, and an ending that may close what swallowed it.
_OPENINGS = (
    *("", "?s ?p ?o", "?s ?p ?o .", "?s ?p true", "?s ?p 1.", "?s ?p 'a'@en", "?s ?p 1e5 .", "?s ?p 'x'"),
    *("?s ?p ?o OPTIONAL{?s ?p :a.b", "?s ?p ?o OPTIONAL{?s ?p :a\\'.", "?s ?p ?o OPTIONAL{?s ?p :é€.b\\'."),
    *("?s ?p ?o OPTIONAL{?s ?p :é€\\' .", "?s ?p ?o OPTIONAL{?s ?p :a.b.", "?s ?p <urn:x:a>", '?s ?p """x"""'),
    *("?s ?p ?o FILTER(?o<?p)", "?s ?p ?o FILTER(?o<STR('>'))", "?s ?p ?o FILTER(?o<=STR('''>'''))"),
    *("?s ?p ?o FILTER(?o<:a)", "?s ?p ?o FILTER(?o<?p#>'\n)", '?s ?p ?o FILTER(?o<?p#>"""\n)'),
    *("VALUES ?v {'''' '}", 'VALUES ?v {"""a" }', "VALUES ?v {'''a' }", "VALUES ?v {'a'@en'b'}", "OPTIONAL {"),
    *("BIND('\\\\' AS ?v)", "FILTER('>'>'#')", "FILTER(1<2)FILTER(2>1)", "GRAPH ?g {", "{} UNION {", "{}"),
    *("FILTER EXISTS {", "?s (<urn:b>|!<urn:c>) ?o .", "?s <urn:b>? ?o .", "?s <urn:b>* ?o ."),
)
_WORDS = ("SERVICE", "service ", "SERVICESILENT", "SERVICE#>\n", "SERVICE#'\n", "#>\nSERVICE")
_WHERE = ("<URL>", "#>\n<URL>", "#'\n<URL>")
_BODIES = ("{?x ?y ?z}", "{?x ?y 'z'}", '{?x ?y "z"}')
_ENDINGS = ("", "#'\n", '#"""\n', "#'''\n", "#\\q'''\n", '#\\q"""\n', '#\\uD800"""\n', "#>\n")


def _close(text: str) -> str:
    """Return a text with the braces closed that its opening left open."""
    return text + "}" * (text.count("{") - text.count("}"))


@pytest.mark.parametrize("opening", _OPENINGS)
def test_no_opening_hides_the_clause_from_admission(canary: Canary, small: ox.Store, opening: str) -> None:
    before = canary.connections
    for parts in itertools.product(_WORDS, _WHERE, _BODIES, _ENDINGS):
        text = _close(f"SELECT * {{{opening}{''.join(parts)}").replace("URL", canary.url)
        try:
            admitted = admit(text)
        except QueryRefusedError:
            continue
        _ask(small, admitted)
        assert canary.connections == before, admitted


_GLUES = ("", "#>\n", "# '\n", "#\r", ".", " . ", "#<\n", "'", '"', ">", "\t", "é:a", "\\'", "1", "}", ")")


@st.composite
def _spliced(draw: st.DrawFn) -> str:
    """Return an innocent query into which a clause and other tokens are put at any token boundary."""
    tokens = draw(st.sampled_from(_INNOCENT)).split(" ")
    fragments = (
        *_GLUES,
        *_OPENINGS,
        *_ENDINGS,
        "SERVICE<URL>{?x ?y ?z}",
        "SERVICE:x{}",
        "SERVICE<URL>{?x ?y 'z'}",
        "<",
        "?o<",
    )
    for fragment in draw(st.lists(st.sampled_from(fragments), min_size=1, max_size=4)):
        tokens.insert(draw(st.integers(1, len(tokens))), fragment)
    return draw(st.sampled_from((" ", "\n"))).join(tokens)


@settings(max_examples=300, deadline=None, database=None)
@given(query=_spliced())
@example(query="SELECT * {?s ?p ?o FILTER(?o<STR('>'))SERVICE<URL>{?x ?y 'z'}}")
@example(query='SELECT * {VALUES ?x {"""a" } SERVICE<URL>{?x ?y ?z} #\\q"""\n}')
def test_nothing_that_is_admitted_connects_anywhere(canary: Canary, small: ox.Store, query: str) -> None:
    try:
        admitted = admit(query.replace("URL", canary.url))
    except QueryRefusedError:
        return
    before = canary.connections
    _ask(small, admitted)
    assert canary.connections == before, admitted
