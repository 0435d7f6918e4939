"""A release is made from clean sources only, is the same wherever it is made, and says of itself what is true."""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import pyoxigraph as ox
import pytest

from alliance_graph.building import build, up_to_date_release
from alliance_graph.dataset.entailment import read_rules
from alliance_graph.dataset.project import SOURCE_FOLDERS, Project, find_project
from alliance_graph.dataset.release import Release, current, write
from alliance_graph.errors import AllianceGraphError
from alliance_graph.vocabulary import BASE, METADATA_GRAPH, PREFIXES
from conftest import Run

_STATES = "data/entities/states.ttl"


def _files(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def _sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def _copy(project: Project, root: Path) -> Project:
    for folder in SOURCE_FOLDERS:
        shutil.copytree(project.root / folder, root / folder)
    return find_project(root)


def _spoil(project: Project) -> str:
    """Put a violation into a project and return the text that was there."""
    path = project.root / _STATES
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace("a ally:State", "a ally:NoSuchClass", 1), encoding="utf-8")
    return text


@pytest.fixture(scope="module")
def working(project: Project, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Project]:
    """A copy of the project in another folder, with a release of its own; tests undo what they change."""
    copy = _copy(project, tmp_path_factory.mktemp("another folder") / "مشروع")
    made, _ = build(copy)
    assert made is not None
    before = _files(copy.root)
    yield copy
    assert _files(copy.root) == before


def test_the_same_sources_give_the_same_bytes(release: Release, working: Project) -> None:
    again = current(working.root / "build")
    assert again is not None
    assert again.folder != release.folder
    assert _files(again.folder) == _files(release.folder)


def test_every_digest_in_the_manifest_is_right(release: Release) -> None:
    files = _files(release.folder)
    manifest = json.loads(files.pop("manifest.json"))
    assert manifest["digest"] == _sha256(files["dataset.nq"])
    assert manifest["files"] == {name: _sha256(data) for name, data in files.items()}
    assert release.folder.name == manifest["digest"][:16]


@pytest.fixture(scope="module")
def quads(release: Release) -> set[ox.Quad]:
    return set(ox.parse(path=release.folder / "dataset.nq", format=ox.RdfFormat.N_QUADS))


def test_the_dataset_is_sorted_and_canonical(release: Release, quads: set[ox.Quad]) -> None:
    lines = (release.folder / "dataset.nq").read_text(encoding="utf-8").splitlines()
    assert lines == sorted(set(lines))
    dataset = ox.Dataset(quads)
    dataset.canonicalize(ox.CanonicalizationAlgorithm.RDFC_1_0)
    assert set(dataset) == quads


@pytest.mark.parametrize(
    ("name", "fmt"), [("dataset.trig", ox.RdfFormat.TRIG), ("dataset.jsonld", ox.RdfFormat.JSON_LD)]
)
def test_every_serialisation_says_the_same(release: Release, quads: set[ox.Quad], name: str, fmt: ox.RdfFormat) -> None:
    dataset = ox.Dataset(ox.parse(path=release.folder / name, format=fmt))
    dataset.canonicalize(ox.CanonicalizationAlgorithm.RDFC_1_0)
    assert set(dataset) == quads


def test_the_files_of_the_graphs_together_say_the_same(release: Release, quads: set[ox.Quad]) -> None:
    dataset = ox.Dataset()
    for path in (release.folder / "graphs").rglob("*.ttl"):
        graph = ox.NamedNode(f"{BASE}graph/{path.relative_to(release.folder / 'graphs').as_posix()[:-4]}")
        for quad in ox.parse(path=path, format=ox.RdfFormat.TURTLE):
            dataset.add(ox.Quad(quad.subject, quad.predicate, quad.object, graph))
    dataset.canonicalize(ox.CanonicalizationAlgorithm.RDFC_1_0)
    assert set(dataset) == quads


def test_every_source_file_is_a_graph_of_the_release(project: Project, release: Release) -> None:
    assert {project.graph_of(path) for path in project.turtle_files} <= set(release.manifest.graphs)


@pytest.fixture(scope="module")
def asked(release: Release) -> ox.Store:
    store = ox.Store()
    store.bulk_load(path=str(release.folder / "dataset.nq"), format=ox.RdfFormat.N_QUADS)
    return store


def _table(store: ox.Store, query: str) -> dict[str, int]:
    results = store.query(query, prefixes=PREFIXES, use_default_graph_as_union=True)
    assert isinstance(results, ox.QuerySolutions)
    return {solution[0].value: int(solution[1].value) for solution in results}


_NOT_SELF = f"FILTER(?g != <{METADATA_GRAPH}>)"


@pytest.mark.parametrize(
    ("described", "counted"),
    [
        (
            "SELECT ?g ?n { ?d a void:Dataset ; void:subset ?g . ?g void:triples ?n }",
            f"SELECT ?g (COUNT(*) AS ?n) {{ GRAPH ?g {{ ?s ?p ?o }} {_NOT_SELF} }} GROUP BY ?g",
        ),
        (
            "SELECT ?c ?n { ?d void:classPartition ?p . ?p void:class ?c ; void:entities ?n }",
            f"SELECT ?c (COUNT(DISTINCT ?s) AS ?n) {{ GRAPH ?g {{ ?s a ?c }} {_NOT_SELF} }} GROUP BY ?c",
        ),
        (
            "SELECT ?q ?n { ?d void:propertyPartition ?p . ?p void:property ?q ; void:triples ?n }",
            "SELECT ?p (COUNT(*) AS ?n) { SELECT DISTINCT ?s ?p ?o "
            f"{{ GRAPH ?g {{ ?s ?p ?o }} {_NOT_SELF} }} }} GROUP BY ?p",
        ),
        (
            "SELECT ?d ?n { ?d a void:Dataset ; void:triples ?n }",
            f"SELECT (<{BASE}dataset> AS ?d) (COUNT(*) AS ?n) {{ SELECT DISTINCT ?s ?p ?o "
            f"{{ GRAPH ?g {{ ?s ?p ?o }} {_NOT_SELF} }} }}",
        ),
        (
            "SELECT ?d ?n { ?d a void:Dataset ; void:distinctSubjects ?n }",
            f"SELECT (<{BASE}dataset> AS ?d) (COUNT(DISTINCT ?s) AS ?n) {{ GRAPH ?g {{ ?s ?p ?o }} {_NOT_SELF} }}",
        ),
    ],
    ids=["graphs", "classes", "properties", "triples", "subjects"],
)
def test_the_description_counts_what_is_there(asked: ox.Store, described: str, counted: str) -> None:
    found = _table(asked, described)
    assert found
    assert found == _table(asked, counted)


def test_the_manifest_counts_what_is_there(asked: ox.Store, release: Release) -> None:
    counts = _table(asked, "SELECT ?g (COUNT(*) AS ?n) { GRAPH ?g { ?s ?p ?o } } GROUP BY ?g")
    assert release.manifest.graphs == counts
    assert release.manifest.triples == sum(counts.values())
    assert release.manifest.findings["violation"] == 0


def test_a_violation_gives_no_release_and_leaves_the_current_one(working: Project, run: Run) -> None:
    before = current(working.root / "build")
    text = _spoil(working)
    try:
        outcome = run("build", cwd=working.root)
        assert outcome.code == 1
        assert outcome.out == ""
        assert f"{_STATES}:" in outcome.err
        assert "no release was made: mend the violations first" in outcome.err
    finally:
        (working.root / _STATES).write_text(text, encoding="utf-8")
    assert current(working.root / "build") == before
    assert [path.name for path in (working.root / "build/releases").iterdir()] == [before.folder.name if before else ""]


def test_unchanged_sources_are_not_built_again(working: Project) -> None:
    found, report = up_to_date_release(working)
    assert found == current(working.root / "build")
    assert report is None


def test_a_change_of_the_sources_is_asked_at_the_next_query(working: Project, tmp_path: Path, run: Run) -> None:
    path = working.root / _STATES
    text = path.read_text(encoding="utf-8")
    before = current(working.root / "build")
    ask = tmp_path / "ask.rq"
    ask.write_text('ASK { id:morocco rdfs:label "Marokko"@en }', encoding="utf-8")
    shutil.copytree(working.root / "build", tmp_path / "build", symlinks=True)
    options = ("--build-dir", tmp_path / "build")
    try:
        assert run("query", ask, *options, cwd=working.root).out == "no\n"
        path.write_text(text.replace('"Morocco"@en', '"Marokko"@en'), encoding="utf-8")
        assert run("query", ask, *options, cwd=working.root).out == "yes\n"
    finally:
        path.write_text(text, encoding="utf-8")
    after = current(tmp_path / "build")
    assert after is not None
    assert before is not None
    assert after.manifest.digest != before.manifest.digest


def test_a_build_folder_that_cannot_be_written_is_one_line(working: Project, tmp_path: Path, run: Run) -> None:
    blocked = tmp_path / "build"
    blocked.write_text("a file", encoding="utf-8")
    outcome = run("build", "--build-dir", blocked, cwd=working.root)
    assert outcome.code == 2
    assert outcome.out == ""
    assert outcome.err.count("\n") == 1
    assert f"{blocked}: cannot be written" in outcome.err
    assert _files(tmp_path) == {"build": b"a file"}


def test_a_failure_while_writing_leaves_no_draft_and_the_current_release(working: Project, tmp_path: Path) -> None:
    (tmp_path / "current").mkdir()  # a folder, not empty, where the link belongs cannot be replaced
    (tmp_path / "current" / "mine").write_text("mine", encoding="utf-8")
    with pytest.raises(AllianceGraphError, match="cannot be written"):
        write(working, ox.Store(), {}, tmp_path)
    assert [path for path in (tmp_path / "releases").iterdir() if path.name.startswith(".")] == []
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith(".")] == []
    assert (tmp_path / "current" / "mine").read_text(encoding="utf-8") == "mine"


@pytest.mark.parametrize(
    ("rule", "told"),
    [
        (b"CONSTRUCT { ?s ?p } WHERE {}", "not valid SPARQL"),
        (b"SELECT * { ?s ?p ?o }", "not a CONSTRUCT query"),
        (b"CONSTRUCT WHERE { ?s ?p '\xe9' }", "not UTF-8"),
    ],
)
def test_a_rule_that_cannot_be_used_is_named(project_copy: Project, rule: bytes, told: str) -> None:
    (project_copy.root / "ontology/rules/planted.rq").write_bytes(rule)
    with pytest.raises(AllianceGraphError, match=told) as caught:
        read_rules(project_copy)
    assert caught.value.place == "ontology/rules/planted.rq"


def test_a_release_that_is_not_there_or_broken_is_one_line(tmp_path: Path, run: Run) -> None:
    outcome = run("query", "partners", "--release", tmp_path)
    assert (outcome.code, outcome.err.count("\n")) == (2, 1)
    assert "no release here" in outcome.err
    (tmp_path / "manifest.json").write_text("{", encoding="utf-8")
    outcome = run("query", "partners", "--release", tmp_path)
    assert (outcome.code, outcome.err.count("\n")) == (2, 1)
    assert "manifest.json cannot be read" in outcome.err
