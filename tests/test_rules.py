"""Every rule, shape or check, finds what it is for at the right line, and nothing in what is right."""

from __future__ import annotations

import shutil
import tomllib
from pathlib import Path
from typing import Any

import pyoxigraph as ox
import pytest

from alliance_graph.dataset.documents import read_all
from alliance_graph.dataset.project import Project
from alliance_graph.validation.checks import read_checks
from alliance_graph.validation.findings import Finding, Severity
from alliance_graph.validation.session import SHAPES_FOLDER, Session
from alliance_graph.vocabulary import LANGUAGES, PREFIXES, SHAPES
from conftest import copy_of

FIXTURES = Path(__file__).parent / "fixtures" / "rules"
EXPECTED: dict[str, dict[str, Any]] = {
    rule: entry
    for path in sorted(FIXTURES.glob("expected-*.toml"))
    for rule, entry in tomllib.loads(path.read_text(encoding="utf-8")).items()
}
"""Rule → `line` of the finding in its invalid.ttl; `place` in the project, for a fixture that belongs into it."""


@pytest.fixture(scope="module")
def session(project: Project, tmp_path_factory: pytest.TempPathFactory) -> Session:
    """A copy of the project under validation, so that fixtures can be put into it."""
    return Session(copy_of(project, tmp_path_factory.mktemp("rules") / "project"))


def findings(session: Session, rule: str, kind: str) -> tuple[Finding, ...]:
    """Return what the session finds in a fixture that is laid beside, or put into, the project."""
    place = EXPECTED[rule].get("place", f"../{rule}-{kind}.ttl")
    path = session.project.root / place
    shutil.copy(FIXTURES / rule / f"{kind}.ttl", path)
    session.update(path)
    try:
        return session.run([session.project.relative(path)]).findings
    finally:
        path.unlink()
        session.update(path)


def shape_messages(project: Project) -> dict[str, list[str]]:
    """Return the languages of the messages of each rule that is a shape."""
    triples = [t for d in read_all(project) if d.name.startswith(SHAPES_FOLDER) for t in d.triples]
    severity, message = f"{PREFIXES['sh']}severity", f"{PREFIXES['sh']}message"
    rules: dict[str, list[str]] = {
        str(t.subject)[1:-1].removeprefix(SHAPES): [] for t in triples if t.predicate.value == severity
    }
    for triple in triples:
        if triple.predicate.value == message and isinstance(triple.object, ox.Literal):
            rules[str(triple.subject)[1:-1].removeprefix(SHAPES)].append(triple.object.language or "")
    return rules


def test_every_rule_has_its_fixtures(project: Project) -> None:
    rules = [*shape_messages(project), *(check.rule for check in read_checks(project))]
    assert len(rules) == len(set(rules))
    assert set(rules) == set(EXPECTED) == {path.name for path in FIXTURES.iterdir() if path.is_dir()}


def test_every_shape_speaks_the_four_languages(project: Project) -> None:
    for rule, languages in shape_messages(project).items():
        assert sorted(languages) == sorted(LANGUAGES), rule


def test_the_project_itself_is_clean(session: Session) -> None:
    grave = [f for f in session.run().findings if f.severity is not Severity.INFO]
    assert [(f.place, f.rule, f.subject_matter) for f in grave] == []


@pytest.mark.parametrize("rule", EXPECTED)
def test_valid_fixture_is_clean(session: Session, rule: str) -> None:
    found = findings(session, rule, "valid")
    amiss = [f for f in found if f.severity is not Severity.INFO or f.rule == rule]
    assert [(f.line, f.rule, f.subject_matter) for f in amiss] == []


@pytest.mark.parametrize("rule", EXPECTED)
def test_invalid_fixture_is_found_at_its_line(session: Session, rule: str) -> None:
    found = findings(session, rule, "invalid")
    assert EXPECTED[rule]["line"] in {f.line for f in found if f.rule == rule}, [(f.line, f.rule) for f in found]
