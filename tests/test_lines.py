"""Each triple's line in a Turtle file is the line on which a person finds it."""

from __future__ import annotations

import itertools
import re
import string

import pyoxigraph as ox
import pytest
import rdflib
from hypothesis import given, settings
from hypothesis import strategies as st

from alliance_graph.dataset.documents import parse, read, read_all
from alliance_graph.dataset.lines import triple_lines
from alliance_graph.dataset.project import Project


def _triples(text: str) -> list[ox.Triple]:
    return [ox.Triple(q.subject, q.predicate, q.object) for q in ox.parse(text, format=ox.RdfFormat.TURTLE)]


def _recognisable(term: object) -> str:
    """Return what of an object stands in the file however the object is written; empty if nothing does."""
    if isinstance(term, ox.NamedNode):
        whole_namespace_or_list = term.value.endswith(("/", "#", "#nil"))
        return "" if whole_namespace_or_list else (re.findall(r"\w+", term.value) or [""])[-1]
    if isinstance(term, ox.Literal):
        return re.split(r'[\n"\\\t]', term.value)[0][:30]
    return ""


def _check(text: str) -> None:
    """Assert that as many lines as triples are found, and that each names its object."""
    triples, lines = _triples(text), triple_lines(text)
    assert len(lines) == len(triples)
    rows = text.split("\n")
    for triple, (subject_line, object_line) in zip(triples, lines, strict=True):
        assert _recognisable(triple.object) in rows[object_line - 1], triple
        assert 1 <= subject_line <= object_line
        if isinstance(triple.subject, ox.NamedNode):
            assert _recognisable(triple.subject) in rows[subject_line - 1], triple


def test_every_object_of_the_project_stands_on_the_line_given(project: Project) -> None:
    documents = read_all(project)
    assert len(documents) > 20
    for document in documents:
        _check(document.text)


def test_a_statement_is_found_by_subject_predicate_and_value(project: Project) -> None:
    document = read(project.root / "data/entities/states.ttl", project)
    for triple in document.triples:
        if isinstance(triple.subject, ox.BlankNode) or isinstance(triple.object, ox.BlankNode):
            continue
        line = document.line_of(str(triple.subject), str(triple.predicate), str(triple.object))
        assert line is not None
        assert _recognisable(triple.object) in document.text.split("\n")[line - 1]


_PREFIX = "@prefix : <urn:x:> .\n"

# Text → the line of each object by its recognisable part.
_CASES: dict[str, tuple[str, dict[str, int]]] = {
    "objects of one predicate": (":s :p :a ,\n  :b ,\n\n  :c .", {"a": 2, "b": 3, "c": 5}),
    "several predicates": (":s :p :a ;\n  :q :b ;\n ;; :r :c ;\n.", {"a": 2, "b": 3, "c": 4}),
    "a collection": (":s :p (\n  :a\n  :b\n) .", {"a": 3, "b": 4}),
    "a collection in a collection": (":s :p ( :a\n ( :b\n  :c )\n :d ) .", {"a": 2, "b": 3, "c": 4, "d": 5}),
    "a collection as subject": ("( :a\n :b ) :p :c .", {"a": 2, "b": 3, "c": 3}),
    "an empty collection": (":s :p () ;\n :q :a .", {"a": 3}),
    "blank nodes in blank nodes": (
        ":s :p [\n :q :a ;\n :r [\n  :t :b\n ] ,\n :c\n] ;\n :u :d .",
        {"a": 3, "b": 5, "c": 7, "d": 9},
    ),
    "a blank node alone": ("[ :p :a ;\n :q :b ] .\n:s :p :c .", {"a": 2, "b": 3, "c": 4}),
    "a blank node as subject": ("[ :p :a ]\n :q :b .", {"a": 2, "b": 3}),
    "an empty blank node": ("[] :p :a .\n[\n] :p :b .", {"a": 2, "b": 4}),
    "a collection of blank nodes": (":s :p ( [ :q :a ]\n [ :q :b ] ) .", {"a": 2, "b": 3}),
    "long strings": (
        ':s :p """one\ntwo # "no" \'comment\'\n\\""" . """ ;\n :q \'\'\'four\n""" \' .\n\'\'\' ;\n :r :a .',
        {"one": 2, "four": 5, "a": 8},
    ),
    "comments with quotes": (':s :p :a ; # it\'s "\n # """\n # <:b> .\n :q :c .', {"a": 2, "c": 5}),
    "a hash in an IRI and a string": (':s :p <urn:y#a> ,\n "#b" ,\n :c .', {"a": 2, "#b": 3, "c": 4}),
    "numbers before a dot": (":s :p 1.\n:s :p 2.5.\n:s :p .5 .\n:s :p 1e3.\n:s :p :a .", {"a": 6, "2.5": 3}),
    "signed numbers": (":s :p -1 ,\n +2.0 ,\n -1.5E-3 .\n:s :p :a.", {"a": 5, "-1": 2}),
    "booleans before a dot": (":s :p true.\n:s :p false , :a .", {"a": 3, "true": 2}),
    "names with dots": (":s.s :p :a.b.c.\n:s :p :d .", {"c": 2, "d": 3}),
    "names with escapes": (":s :p :a\\'b , :a\\#b ,\n :a\\.b , :a%20b ,\n :c .", {"c": 4}),
    "names with colons": (":s :p :a:b ,\n :c:d:\n . :s :p :e .", {"e": 4}),
    "blank node labels with dots": ("_:a.b :p _:c.\n_:c :p :d .", {"d": 3}),
    "language tags": (':s :p "a"@en ,\n "b"@en-GB ,\n "c"@ar.', {"a": 2, "b": 3, "c": 4}),
    "datatypes": (':s :p "a"^^:t ,\n "b"^^<urn:t> ,\n "c" ^^ :t .', {"a": 2, "b": 3, "c": 4}),
    "SPARQL directives": ("PREFIX y: <urn:y:>\nBASE <http://z/>\ny:s y:p y:a ,\n <b> .", {"a": 4, "b": 5}),
    "directives in small letters": ("prefix y: <urn:y:>\nbase <http://z/>\ny:s y:p y:a .", {"a": 4}),
    "directives amid statements": (":s :p :a .\n@prefix y: <urn:y:>\n .\n@base <http://z/> .\ny:s y:p <b> .", {"b": 6}),
    "a prefix named prefix": ("@prefix prefix: <urn:y:> .\nprefix:s prefix:p\n prefix:a .", {"a": 4}),
    "the keyword a": (":s a :C ;\n a :D .", {"C": 2, "D": 3}),
    "quotes in strings": (':s :p "it\'s" ,\n \'say "x"\' ,\n "\\"b" ,\n :c .', {"it's": 2, "c": 5}),
    "empty strings": (':s :p "" ,\n \'\' ,\n """""" ,\n :a .', {"a": 5}),
    "no blanks at all": (':s<urn:p>"x"@en,:a;:q[:r<urn:b>].', {"x": 2, "a": 2, "b": 2}),
    "line ends of Windows": (":s :p :a ,\r\n :b .\r\n:s :p :c .", {"a": 2, "b": 3, "c": 4}),
    "letters beyond ASCII": (':é :p :ü ,\n "العربية"@ar ,\n :a·b .', {"ü": 2, "العربية": 3, "b": 4}),
}


@pytest.mark.parametrize(("text", "expected"), _CASES.values(), ids=_CASES.keys())
def test_every_way_to_write_turtle_is_understood(text: str, expected: dict[str, int]) -> None:
    text = _PREFIX + text
    _check(text)
    objects = [_recognisable(t.object) for t in _triples(text)]
    found = {part: line for part, (_, line) in zip(objects, triple_lines(text), strict=True) if part in expected}
    assert found == expected


@pytest.mark.parametrize("text", ["", "\n", "# only a comment", _PREFIX, "@prefix : <urn:x:> . # end"])
def test_a_file_without_statements_has_no_lines(text: str) -> None:
    assert triple_lines(text) == []


def test_a_prefix_is_found_with_its_line() -> None:
    text = "# prefix no: <urn:no:>\n@prefix a: <urn:a:> .\n  PREFIX b-c: <urn:b:>\nprefix : <urn:c:>\n"
    document = parse(text, name="x.ttl", graph="urn:g")
    assert document.prefixes == {"a": ("urn:a:", 2), "b-c": ("urn:b:", 3), "": ("urn:c:", 4)}


_NAMES = st.text(string.ascii_letters + "0123456789_-.é", min_size=1, max_size=6).map(
    lambda name: "urn:x:n" + name.strip(".")
)
_PIECES = (*"ab \n\t#'\"\\.;,[](){}<>@^:é", '"""', "'''", "مغرب", "@en", "^^", ". ")
_TEXTS = st.lists(st.sampled_from(_PIECES), max_size=10).map("".join)
_LITERALS = st.one_of(
    _TEXTS.map(rdflib.Literal),
    _TEXTS.map(lambda text: rdflib.Literal(text, lang="en-GB")),
    _TEXTS.map(lambda text: rdflib.Literal(text, datatype=rdflib.URIRef("urn:x:type"))),
    st.integers().map(rdflib.Literal),
    st.booleans().map(rdflib.Literal),
    st.decimals(allow_nan=False, allow_infinity=False, places=2).map(rdflib.Literal),
)
_BLANKS = st.sampled_from([rdflib.BNode(f"b{i}") for i in range(4)])
_IRIS = _NAMES.map(rdflib.URIRef)


@st.composite
def _graphs(draw: st.DrawFn) -> rdflib.Graph:
    graph = rdflib.Graph(bind_namespaces="none")
    graph.bind("", rdflib.Namespace("urn:x:"))
    for _ in range(draw(st.integers(0, 8))):
        graph.add((draw(_IRIS | _BLANKS), draw(_IRIS), draw(_IRIS | _BLANKS | _LITERALS)))
    for _ in range(draw(st.integers(0, 2))):
        members = draw(st.lists(_IRIS | _LITERALS, max_size=4))
        head = rdflib.BNode()
        rdflib.collection.Collection(graph, head, members)
        graph.add((draw(_IRIS), draw(_IRIS), head if members else rdflib.RDF.nil))
    return graph


@st.composite
def _nested(draw: st.DrawFn) -> str:
    """Return Turtle with nested lists and blank nodes, each token on a line of its own and each name once."""
    numbers = itertools.count()

    def term(depth: int) -> list[str]:
        kind = draw(
            st.sampled_from(["name", "number", "boolean", "literal", "[]", "list", "node"] if depth else ["name"])
        )
        if kind == "list":
            return ["(", *(token for _ in range(draw(st.integers(0, 3))) for token in term(depth - 1)), ")"]
        if kind == "node":
            return ["[", *predicates(depth - 1), "]"]
        if kind == "literal":
            return [f'"n{next(numbers)}"', *draw(st.sampled_from([[], ["@en"], ["^^", ":t"]]))]
        if kind in ("number", "boolean"):
            return [str(1000 + next(numbers)) if kind == "number" else "true"]
        return [f":n{next(numbers)}" if kind == "name" else "[ ]"]

    def predicates(depth: int) -> list[str]:
        tokens = [f":p{next(numbers)}", *term(depth)]
        for separator in draw(st.lists(st.sampled_from([",", ";"]), max_size=2)):
            tokens += [separator, *([f":p{next(numbers)}"] if separator == ";" else []), *term(depth)]
        return tokens

    subjects = [[":s"], ["[ ]"], ["[", *predicates(2), "]"], ["(", *term(2), *term(2), ")"]]
    tokens = [*draw(st.sampled_from(subjects)), *predicates(3), "."]
    return "\n".join(["@prefix : <urn:x:> .", *tokens])


@settings(max_examples=150, deadline=None, database=None)
@given(text=_nested())
def test_nested_lists_and_blank_nodes_are_understood(text: str) -> None:
    _check(text)


def _written(graph: rdflib.Graph, writer: str) -> str:
    if writer == "oxigraph":
        triples = list(ox.parse(graph.serialize(format="nt"), format=ox.RdfFormat.N_TRIPLES))
        prefixes = {"": "urn:x:"}
        return (ox.serialize(triples, format=ox.RdfFormat.TURTLE, prefixes=prefixes) or b"").decode()
    return graph.serialize(format=writer)


@pytest.mark.parametrize("writer", ["turtle", "longturtle", "oxigraph"])
@settings(max_examples=60, deadline=None, database=None)
@given(graph=_graphs())
def test_whatever_a_serializer_writes_is_understood(writer: str, graph: rdflib.Graph) -> None:
    _check(_written(graph, writer))
