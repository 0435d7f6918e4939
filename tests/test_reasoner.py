"""The OWL 2 checks: a clean ontology passes, and each broken fixture is found for the right reason."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pyoxigraph as ox
import pytest

from alliance_graph.dataset.documents import read_all
from alliance_graph.dataset.project import Project
from alliance_graph.validation import reasoner
from alliance_graph.validation.ontology import ontology_graph, whole_graph
from alliance_graph.validation.reasoner import (
    Consistency,
    ReasonerError,
    check_consistency,
    check_profile,
    java_available,
)
from conftest import Run

FIXTURES = Path(__file__).parent / "fixtures" / "reasoner"
NO_JAVA, NO_COMPILER = java_available(), java_available(compiler=True)
needs_java = pytest.mark.skipif(NO_JAVA is not None, reason=str(NO_JAVA))
needs_compiler = pytest.mark.skipif(NO_COMPILER is not None, reason=str(NO_COMPILER))

HEADER = """
@prefix ally: <https://w3id.org/alliance-graph/ontology#> .
@prefix id: <https://w3id.org/alliance-graph/id/> .
@prefix owl: <http://www.w3.org/2002/07/owl#> .
@prefix rdf: <http://www.w3.org/1999/02/22-rdf-syntax-ns#> .
@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
@prefix xsd: <http://www.w3.org/2001/XMLSchema#> .
<https://w3id.org/alliance-graph/ontology> a owl:Ontology .
"""
CONTRADICTION = [
    "IntergovernmentalOrganization disjointWith State",
    "nato type IntergovernmentalOrganization",
    "nato type State",
]


def merge(paths: list[Path]) -> bytes:
    return reasoner.merge(quads_of(path) for path in paths)


def quads_of(path: Path) -> list[ox.Triple]:
    return [quad.triple for quad in ox.parse(path=path, rename_blank_nodes=True)]


def fixture(name: str) -> bytes:
    return merge([FIXTURES / name])


@needs_compiler
def test_the_ontology_is_in_owl_2_dl(project: Project) -> None:
    assert check_profile(ontology_graph(read_all(project)), "DL") == []


@needs_compiler
def test_the_logical_axioms_are_in_owl_2_rl(project: Project) -> None:
    # RL allows fewer datatypes, which concerns dates and codes in annotations; they carry no logic.
    annotations = ("[AnnotationAssertion(", "[Declaration(Datatype(", "[null]")
    violations = check_profile(ontology_graph(read_all(project)), "RL")
    assert [v for v in violations if not any(mark in v for mark in annotations)] == []


@needs_java
def test_ontology_and_data_are_consistent_and_every_class_can_have_members(project: Project) -> None:
    found = check_consistency(whole_graph(read_all(project)))
    assert (found.consistent, found.unsatisfiable) == (True, ())


@needs_compiler
def test_a_contradiction_in_the_data_is_shown_with_its_justification(run: Run, project_copy: Project) -> None:
    path = project_copy.root / "data/entities/organizations.ttl"
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace("a ally:IntergovernmentalOrganization", "a ally:State", 1), encoding="utf-8")
    path.write_text(path.read_text(encoding="utf-8") + "id:arab-league a ally:Region .\n", encoding="utf-8")
    outcome = run("validate", "--reasoner", "--project", project_copy.root)
    assert outcome.code == 1
    (line,) = [line for line in outcome.out.splitlines() if "[owl-consistency]" in line]
    assert line.startswith("data/entities/organizations.ttl:")
    assert "arab-league type Region" in line


def ontology(folder: Path, turtle: str) -> bytes:
    path = folder / "ontology.ttl"
    path.write_text(HEADER + turtle, encoding="utf-8")
    return merge([path])


@needs_compiler
@pytest.mark.parametrize("profile", ["DL", "RL"])
def test_clean_ontology_is_in_the_profile(profile: reasoner.Profile) -> None:
    assert check_profile(fixture("clean.ttl"), profile) == []


@needs_java
def test_clean_ontology_is_consistent() -> None:
    assert check_consistency(fixture("clean.ttl")) == Consistency(consistent=True)


@needs_java
def test_contradiction_is_found_with_its_justification() -> None:
    found = check_consistency(fixture("broken.ttl"))
    assert not found.consistent
    assert found.justification == CONTRADICTION


@needs_java
@pytest.mark.parametrize(
    "without",
    [
        b"/id/nato> <http://www.w3.org/1999/02/22-rdf-syntax-ns#type> <https://w3id.org/alliance-graph/ontology#State>",
        b"/id/nato> <http://www.w3.org/1999/02/22-rdf-syntax-ns#type>"
        b" <https://w3id.org/alliance-graph/ontology#IntergovernmentalOrganization>",
        b"#disjointWith>",
    ],
)
def test_justification_is_minimal(without: bytes) -> None:
    lines = fixture("broken.ttl").splitlines(keepends=True)
    kept = [line for line in lines if without not in line]
    assert len(kept) == len(lines) - 1
    assert check_consistency(b"".join(kept)).consistent


@needs_java
def test_contradiction_across_files_is_found(tmp_path: Path) -> None:
    facts = tmp_path / "facts.ttl"
    facts.write_text(HEADER + "id:morocco a ally:IntergovernmentalOrganization .", encoding="utf-8")
    assert check_consistency(merge([FIXTURES / "clean.ttl", facts])).justification == [
        "IntergovernmentalOrganization disjointWith State",
        "morocco type IntergovernmentalOrganization",
        "morocco type State",
    ]


@needs_java
def test_class_without_possible_members_is_found(tmp_path: Path) -> None:
    turtle = """ally:A a owl:Class . ally:B a owl:Class . ally:C a owl:Class .
        [] a owl:AllDisjointClasses ; owl:members ( ally:A ally:B ally:C ) .
        ally:Empty a owl:Class ; rdfs:subClassOf ally:A , ally:B ."""
    found = check_consistency(ontology(tmp_path, turtle))
    assert found.consistent
    assert found.unsatisfiable == ("ally:Empty",)
    assert found.justification == ["DisjointClasses(A B C)", "Empty subClassOf A", "Empty subClassOf B"]


@needs_compiler
@pytest.mark.parametrize(
    "violation",
    [
        "Cannot pun between properties: ally:hasParty [Declaration(DataProperty(ally:hasParty))]",
        "Use of non-simple property in ObjectMaxCardinality restriction: ObjectMaxCardinality(1 ally:",
        "Use of undeclared class: ally:Undeclared [SubClassOf(ally:State ally:Undeclared)]",
        "Use of undeclared annotation property: ally:undeclaredProperty [AnnotationAssertion(",
        "Use of datatype outside the OWL 2 datatype map: xsd:date [DataPropertyRange(ally:startDate ",
    ],
)
def test_ontology_outside_the_profile_is_reported(violation: str) -> None:
    assert any(line.startswith(violation) for line in check_profile(fixture("not_dl.ttl")))


@needs_compiler
def test_dl_is_wider_than_rl(tmp_path: Path) -> None:
    turtle = """ally:A a owl:Class ; rdfs:subClassOf [ a owl:Class ; owl:unionOf ( ally:B ally:C ) ] .
        ally:B a owl:Class . ally:C a owl:Class ."""
    document = ontology(tmp_path, turtle)
    assert check_profile(document) == []
    assert check_profile(document, "RL") != []


@needs_java
def test_reasoners_refuse_what_is_not_dl(tmp_path: Path) -> None:
    turtle = """ally:p a owl:ObjectProperty , owl:TransitiveProperty . ally:A a owl:Class ;
        rdfs:subClassOf [ a owl:Restriction ; owl:onProperty ally:p ; owl:maxCardinality 1 ] ."""
    with pytest.raises(ReasonerError, match="Non-simple property"):
        check_consistency(ontology(tmp_path, turtle))


@needs_java
def test_dates_are_left_out_and_counted(tmp_path: Path) -> None:
    turtle = """ally:startDate a owl:DatatypeProperty . id:x a owl:NamedIndividual ;
        ally:startDate "2024-01-01"^^xsd:date ."""
    assert check_consistency(ontology(tmp_path, turtle)) == Consistency(consistent=True, left_out=1)


@needs_compiler
def test_language_tagged_text_is_in_the_profile_and_consistent(tmp_path: Path) -> None:
    # OWLAPI 3.4 and Pellet 2.3 know such text as rdf:PlainLiteral, not yet as rdf:langString.
    turtle = """ally:claimStatement a owl:DatatypeProperty ; rdfs:range rdf:PlainLiteral ;
            rdfs:label "claim statement"@en , "نص الادعاء"@ar .
        id:x a owl:NamedIndividual ; ally:claimStatement "a \\"claim\\"\\n"@en , "ادعاء"@ar ."""
    document = ontology(tmp_path, turtle)
    assert check_profile(document) == []
    assert check_consistency(document) == Consistency(consistent=True)


@needs_java
def test_reasoner_that_takes_too_long_is_stopped() -> None:
    with pytest.raises(ReasonerError, match=r"no answer within 0\.01 seconds"):
        check_consistency(fixture("clean.ttl"), timeout=0.01)


def test_missing_java_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reasoner, "_java_modules", frozenset)
    assert "install a JDK" in (java_available() or "")
    with pytest.raises(ReasonerError, match="no Java was found"):
        check_consistency(b"")


def test_runtime_without_compiler_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reasoner, "_java_modules", lambda: frozenset({"java.base"}))
    assert "not only a JRE" in (java_available(compiler=True) or "")


ROBOT = os.environ.get("ROBOT_CLASSPATH", "")


@needs_java
@pytest.mark.skipif(not ROBOT, reason="ROBOT_CLASSPATH names no jars")
def test_robot_agrees(tmp_path: Path) -> None:
    def robot(*arguments: str) -> subprocess.CompletedProcess[str]:
        java = shutil.which("java") or "java"
        command = [java, "-cp", ROBOT, "org.obolibrary.robot.CommandLineInterface", *arguments]
        return subprocess.run(command, capture_output=True, text=True, check=False)

    report = robot("validate-profile", "--profile", "DL", "--input", str(FIXTURES / "not_dl.ttl")).stdout
    # ROBOT words some violations differently: compare what is at fault.
    assert "NOT in profile" in report
    for fault in ("hasParty>", "hasPart>", "Undeclared>", "undeclaredProperty>", "xsd:date"):
        assert fault in report
    for name in ("clean.ttl", "broken.ttl"):
        done = robot("validate-profile", "--profile", "DL", "--input", str(FIXTURES / name))
        assert "[Ontology and imports closure in profile]" in done.stdout

    explained = tmp_path / "explained.md"
    options = ["--reasoner", "hermit", "--mode", "inconsistency", "--explanation", str(explained)]
    robot("explain", "--input", str(FIXTURES / "broken.ttl"), *options)
    text = explained.read_text(encoding="utf-8").partition("# Axiom Impact")[0]
    assert [text.count(word) for word in ("DisjointWith", " Type ")] == [1, 2]
