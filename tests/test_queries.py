"""The library of ready queries: each answers as expected, and its header means what it says.

Beside each query lies its expected answer with the default parameters: `.tsv` for a table, `.nt`
(sorted lines) for a graph, `.srj` for yes or no. When the data change, look at the difference and
rewrite the file with the command that the failure names.
"""

from __future__ import annotations

import dataclasses
import difflib
import re
import tomllib
from collections.abc import Callable, Iterator
from pathlib import Path

import pyoxigraph as ox
import pytest

from alliance_graph.dataset.documents import read_all
from alliance_graph.dataset.memory import add_union
from alliance_graph.dataset.project import Project, find_project
from alliance_graph.dataset.release import assemble
from alliance_graph.engine.evaluation import Results, evaluate, serialise
from alliance_graph.engine.formats import FORMATS
from alliance_graph.engine.library import ReadyQuery, library_problems, read_library, read_query
from alliance_graph.errors import AllianceGraphError
from alliance_graph.vocabulary import BASE, PREFIXES, expand

FOLDER = find_project(Path(__file__).parents[1]).queries
NAMES = [path.stem for path in sorted(FOLDER.glob("*.rq"))]
COVERAGE = FOLDER / "coverage.toml"

FORMAT_OF = {ox.QuerySolutions: "tsv", ox.QueryTriples: "ntriples", ox.QueryBoolean: "json"}
SUFFIX_OF = {"tsv": ".tsv", "ntriples": ".nt", "json": ".srj"}
REWRITE = {
    "tsv": "alliance-graph query {name} --format tsv > queries/{name}.tsv",
    "ntriples": "alliance-graph query {name} --format ntriples | LC_ALL=C sort > queries/{name}.nt",
    "json": "alliance-graph query {name} --format json > queries/{name}.srj",
}

ATTACKS = (
    "x> } DELETE WHERE { ?s ?p ?o }",
    "id:morocco> } ; DELETE WHERE { ?s ?p ?o } #",
    '") } UNION { ?s ?p ?o } #',
    "en } INSERT DATA { <x:a> <x:b> <x:c> } #",
)


@pytest.fixture(scope="session")
def library() -> dict[str, ReadyQuery]:
    return read_library(FOLDER)


@pytest.fixture(scope="session")
def store_read_backwards(project: Project) -> ox.Store:
    """The whole dataset, read in the opposite order."""
    documents = [dataclasses.replace(document, triples=document.triples[::-1]) for document in read_all(project)]
    whole = assemble(project, documents[::-1], {})
    add_union(whole)
    return whole


def ask(store: ox.Store, ready: ReadyQuery, **values: str) -> Results:
    return evaluate(store, ready.text, bindings=ready.bind(values), place=ready.place)


def answer(store: ox.Store, ready: ReadyQuery, **values: str) -> tuple[str, str]:
    """Return the format and the text of a query's answer, as the command line writes it."""
    results = ask(store, ready, **values)
    fmt = FORMAT_OF[type(results)]
    text = serialise(results, FORMATS[fmt], ready.place).decode()
    if fmt == "ntriples":
        return fmt, canonical(text)
    return fmt, text if text.endswith("\n") or not text else f"{text}\n"


def canonical(ntriples: str) -> str:
    """Return N-Triples with sorted lines and canonical blank nodes, whose labels no dataset keeps."""
    dataset = ox.Dataset(ox.parse(ntriples, format=ox.RdfFormat.N_TRIPLES))
    dataset.canonicalize(ox.CanonicalizationAlgorithm.RDFC_1_0)
    return "".join(f"{line}\n" for line in sorted(f"{quad.triple} ." for quad in dataset))


def difference(expected: str, got: str) -> str:
    """Return the first changed lines (pytest's own comparison of long texts takes minutes)."""
    if got == expected:
        return ""
    changes = difflib.unified_diff(expected.splitlines(), got.splitlines(), "expected", "now", lineterm="", n=0)
    return "\n".join([*changes][:20]) or "the ends of the lines differ"


def code_of(ready: ReadyQuery) -> str:
    """Return a query without its header and comments."""
    return "\n".join(line for line in ready.text.splitlines() if not line.lstrip().startswith("#"))


@pytest.mark.parametrize("name", NAMES)
def test_gives_its_expected_answer(name: str, store: ox.Store, library: dict[str, ReadyQuery]) -> None:
    fmt, got = answer(store, library[name])
    path = FOLDER / f"{name}{SUFFIX_OF[fmt]}"
    rewrite = REWRITE[fmt].format(name=name)
    assert path.exists(), f"no expected answer; write it with: {rewrite}"
    expected = path.read_bytes().decode()
    if fmt == "ntriples":
        lines = expected.splitlines()
        assert lines == sorted(lines), f"the lines are not sorted; rewrite with: {rewrite}"
        expected = canonical(expected)
    changed = difference(expected, got)
    assert not changed, f"another answer than expected; if the new one is right, rewrite it with: {rewrite}\n{changed}"


@pytest.mark.parametrize("name", NAMES)
def test_answer_does_not_depend_on_the_order_of_the_data(
    name: str, store: ox.Store, store_read_backwards: ox.Store, library: dict[str, ReadyQuery]
) -> None:
    changed = difference(answer(store, library[name])[1], answer(store_read_backwards, library[name])[1])
    assert not changed, f"make the ORDER BY total\n{changed}"


@pytest.mark.parametrize("name", NAMES)
def test_shows_no_row_twice(name: str, store: ox.Store, library: dict[str, ReadyQuery]) -> None:
    fmt, text = answer(store, library[name])
    lines = text.splitlines()
    if fmt == "tsv":
        assert len(lines) == len(set(lines)), "say SELECT DISTINCT"


@pytest.mark.parametrize("name", NAMES)
def test_speaks_the_languages_it_names(name: str, store: ox.Store, library: dict[str, ReadyQuery]) -> None:
    ready = library[name]
    if "lang" not in {parameter.name for parameter in ready.parameters}:
        return
    # A text that is looked for stands in one language only; the empty one stands in all.
    anything = {parameter.name: "" for parameter in ready.parameters if parameter.type == "string"}
    in_english = words(ask(store, ready, lang="en", **anything), "en")
    for language in ready.languages:
        in_language = words(ask(store, ready, lang=language, **anything), language)
        assert bool(in_language) == bool(in_english), f"no label in {language}"


def words(results: Results, language: str) -> list[str]:
    assert isinstance(results, ox.QuerySolutions)
    cells = (cell for solution in results for cell in solution)
    return [cell.value for cell in cells if isinstance(cell, ox.Literal) and cell.language == language]


def test_every_query_is_listed_under_a_topic(library: dict[str, ReadyQuery]) -> None:
    assert [name for name, ready in library.items() if ready.topic is None] == []


def test_every_file_belongs_to_a_query(store: ox.Store, library: dict[str, ReadyQuery]) -> None:
    expected = {COVERAGE.name}
    for name, ready in library.items():
        expected |= {f"{name}.rq", f"{name}{SUFFIX_OF[FORMAT_OF[type(ask(store, ready))]]}"}
    assert {path.name for path in FOLDER.iterdir()} == expected


@pytest.mark.parametrize("name", NAMES)
def test_names_only_what_the_dataset_knows(name: str, store: ox.Store, library: dict[str, ReadyQuery]) -> None:
    """A misspelt IRI is valid SPARQL and finds nothing, so nothing else would tell."""
    ready = library[name]
    used = set(re.findall(r"(?<![\w?-])([a-z][a-z-]*:[A-Za-z][\w-]*)", code_of(ready)))
    used |= {p.default for p in ready.parameters if p.type == "iri" and p.default is not None}
    for term in sorted(used):
        iri = expand(term)
        assert iri is not None, f"{term} has no known prefix"
        known = any(store.quads_for_pattern(ox.NamedNode(iri), None, None, None))
        assert known or not iri.startswith(BASE), f"nothing is said of {term}"


def test_every_term_of_the_ontology_is_used_or_excused(project: Project, library: dict[str, ReadyQuery]) -> None:
    terms = set(ontology_terms(project))
    used = {term for ready in library.values() for term in re.findall(r"\bally:(\w+)", code_of(ready))}
    excused = tomllib.loads(COVERAGE.read_text(encoding="utf-8"))["unused"]
    assert not sorted(used & set(excused)), "a query uses them: take them out of queries/coverage.toml"
    assert not sorted(set(excused) - terms), "not in the ontology: take them out of queries/coverage.toml"
    assert not sorted(terms - used - set(excused)), "use them in a query, or say why not in queries/coverage.toml"
    assert all(isinstance(reason, str) and reason.strip() for reason in excused.values()), "each needs a reason"


def ontology_terms(project: Project) -> Iterator[str]:
    """Yield the local names of the ontology's classes and properties."""
    kinds = {
        f"{PREFIXES['owl']}{kind}" for kind in ("Class", "ObjectProperty", "DatatypeProperty", "AnnotationProperty")
    }
    for document in read_all(project):
        for triple in document.triples:
            if isinstance(triple.subject, ox.NamedNode) and isinstance(triple.object, ox.NamedNode):
                namespace, local = PREFIXES["ally"], triple.subject.value.removeprefix(PREFIXES["ally"])
                if triple.object.value in kinds and triple.subject.value == namespace + local:
                    yield local


# What is wrong with a header or a value is said clearly.

TEXTS = '{ en = "x", fr = "x", ar = "x", es = "x" }'
HEADER = {
    "title": TEXTS,
    "description": TEXTS,
    "view": '"table"',
    "languages": '["en"]',
}
PARAMETER = {"type": '"iri"', "default": '"id:morocco"', "description": TEXTS}
BODY = "SELECT ?label ?thing WHERE { ?thing rdfs:label ?label } ORDER BY ?label"

Write = Callable[..., Path]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Write a query file; a key given as None is left out."""

    def call(
        header: dict[str, str | None] | None = None,
        parameter: dict[str, str | None] | None = None,
        body: str = BODY,
        name: str = "broken.rq",
    ) -> Path:
        lines = toml({**HEADER, **(header or {})})
        if header is None or "parameters" not in header:
            lines += ["[parameters.thing]", *toml({**PARAMETER, **(parameter or {})})]
        path = tmp_path / name
        path.write_text("".join(f"#+ {line}\n" for line in lines) + body, encoding="utf-8")
        return path

    return call


def toml(table: dict[str, str | None]) -> list[str]:
    return [f"{key} = {value}" for key, value in table.items() if value is not None]


def read_broken(path: Path) -> AllianceGraphError:
    with pytest.raises(AllianceGraphError) as caught:
        read_query(path, f"queries/{path.name}")
    assert caught.value.place.split(":")[0] == f"queries/{path.name}", "the error names the file"
    assert caught.value.mend, "the error says how to mend it"
    return caught.value


def test_a_right_header_is_read(write: Write) -> None:
    ready = read_query(write(), "queries/broken.rq")
    assert ready.bind({}) == {"thing": ox.NamedNode(f"{BASE}id/morocco")}


@pytest.mark.parametrize(
    ("header", "cause"),
    [
        ({"titel": TEXTS}, "unknown key 'titel'"),
        ({"title": None}, "lacks 'title'"),
        ({"description": None}, "lacks 'description'"),
        ({"view": None}, "lacks 'view'"),
        ({"languages": None}, "lacks 'languages'"),
        ({"title": '{ en = "x", fr = "x", ar = "x" }'}, "title lacks 'es'"),
        ({"title": TEXTS.replace("es", "de")}, "title lacks 'es'"),
        ({"title": TEXTS.replace("}", ', de = "x" }')}, "title has an unknown key 'de'"),
        ({"title": TEXTS.replace('ar = "x"', 'ar = " "')}, "title.ar is empty"),
        ({"title": '"only one"'}, "title is not a table of languages"),
        ({"view": '"pie"'}, "unknown view 'pie'"),
        ({"topic": '"war"'}, "unknown topic 'war'"),
        ({"languages": '["en", "de"]'}, "languages is not a list of known ones"),
        ({"languages": '"en"'}, "languages is not a list of known ones"),
        ({"parameters": '["thing"]'}, "parameters is not a table"),
        ({"parameters": '{ thing = "iri" }'}, "parameter thing is not a table"),
        ({"view": "table"}, "header is not TOML"),
    ],
)
def test_a_wrong_header_is_an_error(header: dict[str, str | None], cause: str, write: Write) -> None:
    assert cause in str(read_broken(write(header)))


@pytest.mark.parametrize(
    ("parameter", "cause"),
    [
        ({"kind": '"iri"'}, "parameter thing has an unknown key 'kind'"),
        ({"type": None}, "parameter thing lacks 'type'"),
        ({"description": None}, "parameter thing lacks 'description'"),
        ({"type": '"number"'}, "parameter thing has an unknown type"),
        ({"default": "7"}, "default of parameter thing is not a string"),
        ({"default": '"no iri"'}, "parameter thing: 'no iri' is not of type iri"),
        ({"type": '"language"', "default": '"e n"'}, "parameter thing: 'e n' is not of type language"),
        ({"type": '"integer"', "default": '"1.5"'}, "parameter thing: '1.5' is not of type integer"),
        ({"type": '"date"', "default": '"1991"'}, "parameter thing: '1991' is not of type date"),
    ],
)
def test_a_wrong_parameter_is_an_error(parameter: dict[str, str | None], cause: str, write: Write) -> None:
    assert cause in str(read_broken(write(parameter=parameter)))


@pytest.mark.parametrize(
    ("body", "cause"),
    [
        (BODY.replace("?label ?thing WHERE", "?label WHERE"), "name each parameter in the SELECT"),
        ("ASK { ?other rdfs:label ?label }", "name each parameter in the SELECT"),
        (BODY.replace("SELECT", "SELCT"), "not a valid SPARQL query"),
        (BODY.replace("{ ?thing", "{ SERVICE <http://example.org/> { } ?thing"), "SERVICE is not allowed"),
        ("DELETE WHERE { ?thing rdfs:label ?label }", "DELETE is an update"),
    ],
)
def test_a_wrong_query_is_an_error(body: str, cause: str, write: Write) -> None:
    assert cause in str(read_broken(write(body=body)))


def test_a_wrong_name_is_an_error(write: Write) -> None:
    assert "not kebab-case" in str(read_broken(write(name="Broken_Query.rq")))


def test_a_file_without_header_is_an_error(tmp_path: Path) -> None:
    path = tmp_path / "broken.rq"
    path.write_text(BODY, encoding="utf-8")
    assert "has no header" in str(read_broken(path))


def test_validation_reports_each_broken_query_once(write: Write, tmp_path: Path) -> None:
    for folder in ("ontology", "data", "queries"):
        (tmp_path / folder).mkdir()
    write().rename(tmp_path / "queries" / "right.rq")
    write({"view": "table"}, name="wrong.rq").rename(tmp_path / "queries" / "wrong.rq")
    ((name, line, _, cause),) = library_problems(Project(tmp_path))
    assert (name, line) == ("queries/wrong.rq", 3)
    assert "not TOML" in cause


def test_validation_names_line_and_column_of_a_mistake_in_a_query(write: Write, tmp_path: Path) -> None:
    for folder in ("ontology", "data", "queries"):
        (tmp_path / folder).mkdir()
    text = BODY.replace("{ ?thing", "{\n  ?thing ?p }\n { ?thing")
    path = write(body=text)
    before = path.read_text(encoding="utf-8").partition("?p }")[0]
    path.rename(tmp_path / "queries" / "wrong.rq")
    ((name, line, column, cause),) = library_problems(Project(tmp_path))
    assert (name, line, column) == ("queries/wrong.rq", before.count("\n") + 1, len("  ?thing ?p ") + 1)
    assert "`}` cannot stand here" in cause


def test_a_missing_parameter_is_an_error(write: Write) -> None:
    ready = read_query(write(parameter={"default": None}), "queries/broken.rq")
    with pytest.raises(AllianceGraphError, match=r"broken: parameter thing is missing; give thing="):
        ready.bind({})


def test_an_unknown_parameter_is_an_error(write: Write) -> None:
    ready = read_query(write(), "queries/broken.rq")
    with pytest.raises(AllianceGraphError, match=r"broken: no parameter 'think'; the parameters .* are: thing"):
        ready.bind({"think": "id:morocco"})


@pytest.mark.parametrize(
    ("kind", "right", "wrong"),
    [
        ("iri", "http://example.org/a", "a"),
        ("iri", "<http://example.org/a>", ""),
        ("iri", "id:morocco", "nosuch:prefix"),
        ("language", "zh-Hant", "english language"),
        ("integer", "-12", "twelve"),
        ("date", "1991-07-04", "4 July 1991"),
        ("date", "2024-02-29", "2023-02-29"),
    ],
)
def test_a_value_is_of_its_type(kind: str, right: str, wrong: str, write: Write) -> None:
    ready = read_query(write(parameter={"type": f'"{kind}"', "default": None}), "queries/broken.rq")
    assert ready.bind({"thing": right}).keys() == {"thing"}
    with pytest.raises(AllianceGraphError, match=rf"broken: parameter thing: .* is not of type {kind}; write "):
        ready.bind({"thing": wrong})


@pytest.mark.parametrize("attack", ATTACKS)
def test_sparql_in_a_text_stays_a_text(attack: str, write: Write) -> None:
    body = "SELECT ?length ?thing WHERE { BIND(STRLEN(?thing) AS ?length) }"
    ready = read_query(write(parameter={"type": '"string"', "default": '""'}, body=body), "queries/broken.rq")
    results = ask(ox.Store(), ready, thing=attack)
    assert isinstance(results, ox.QuerySolutions)
    (solution,) = results
    assert solution["thing"] == ox.Literal(attack)
    assert solution["length"] == ox.Literal(len(attack))


@pytest.mark.parametrize("attack", ATTACKS)
@pytest.mark.parametrize("name", NAMES)
def test_sparql_in_a_value_stays_a_value(
    name: str, attack: str, store: ox.Store, library: dict[str, ReadyQuery]
) -> None:
    ready, before = library[name], len(store)
    for parameter in ready.parameters:
        if parameter.type == "string":
            _, text = answer(store, ready, **{parameter.name: attack})
            assert len(text.splitlines()) == 1, "only the names of the columns: the text is found nowhere"
        else:
            with pytest.raises(AllianceGraphError, match=rf"{name}: parameter {parameter.name}: "):
                ask(store, ready, **{parameter.name: attack})
    assert len(store) == before
