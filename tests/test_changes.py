"""`alliance-graph changes` names every statement that came or went between two releases, and no other."""

from __future__ import annotations

from pathlib import Path

from alliance_graph.building import build
from alliance_graph.dataset.project import Project
from alliance_graph.dataset.release import Release
from conftest import Run


def test_a_release_has_not_changed_against_itself(run: Run, release: Release) -> None:
    outcome = run("changes", release.folder, release.folder)
    assert (outcome.code, outcome.out) == (0, "")


def test_a_changed_label_is_one_statement_less_and_one_more(
    run: Run, release: Release, project_copy: Project, tmp_path: Path
) -> None:
    groups = project_copy.root / "data/entities/groups.ttl"
    text = groups.read_text(encoding="utf-8")
    groups.write_text(text.replace('"partner nations"@en', '"befriended nations"@en'), encoding="utf-8")
    newer, report = build(project_copy, tmp_path / "build")
    assert newer is not None, report.findings
    outcome = run("changes", release.folder, newer.folder)
    assert outcome.code == 1
    assert outcome.out.splitlines() == [
        '+ graph:entities/groups  id:partner-nations rdfs:label "befriended nations"@en',
        '- graph:entities/groups  id:partner-nations rdfs:label "partner nations"@en',
    ]


def test_a_folder_without_a_release_is_one_line(run: Run, release: Release, tmp_path: Path) -> None:
    outcome = run("changes", release.folder, tmp_path)
    assert (outcome.code, outcome.err.count("\n")) == (2, 1)
    assert "no release here" in outcome.err
