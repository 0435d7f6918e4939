"""Watching: a change is noticed, and what is found is what a whole run finds."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from alliance_graph.dataset.project import Project
from alliance_graph.validation.findings import Finding, Report
from alliance_graph.validation.session import Session
from alliance_graph.validation.watch import changes, revalidate
from conftest import copy_of
from validation.planting import STATES, append, place_of, replace


def _places(report: Report) -> set[tuple[str, str, str]]:
    def key(finding: Finding) -> tuple[str, str, str]:
        return finding.place, finding.rule, finding.subject_matter

    return {key(finding) for finding in report.findings}


@pytest.fixture(scope="module")
def watched(project: Project, tmp_path_factory: pytest.TempPathFactory) -> tuple[Session, Report]:
    """A session over a copy of the project, and its report while nothing is wrong; tests undo what they change."""
    session = Session(copy_of(project, tmp_path_factory.mktemp("watched") / "project"))
    return session, session.run()


@contextmanager
def _kept(session: Session, file: str) -> Iterator[tuple[Path, str]]:
    """Give a file of a watched project and its text, and put both back whatever happens."""
    path = session.project.root / file
    text = path.read_text(encoding="utf-8")
    try:
        yield path, text
    finally:
        path.write_text(text, encoding="utf-8")
        session.update(path)


def test_watch_finds_a_defect_and_a_mend_clears_it(watched: tuple[Session, Report]) -> None:
    session, clean = watched
    assert clean.clean
    with _kept(session, "data/article/claims/s01.ttl") as (path, text):
        replace(path, "    ally:claimSubject", "    ally:noSuchProperty id:morocco ;\n    ally:claimSubject")
        line = place_of(path, "ally:noSuchProperty")
        wrong = revalidate(session, clean, {path})
        assert f"data/article/claims/s01.ttl:{line}" in {finding.place for finding in wrong.findings}
        assert not wrong.clean

        path.write_text(text, encoding="utf-8")
        assert _places(revalidate(session, wrong, {path})) == _places(clean)


def test_watch_finds_what_a_full_run_finds_in_files_that_refer_to_a_removed_node(
    watched: tuple[Session, Report],
) -> None:
    session, clean = watched
    with _kept(session, STATES) as (path, text):
        path.write_text(text.replace("id:france\n    a ally:State", "id:francia\n    a ally:State"), encoding="utf-8")
        wrong = revalidate(session, clean, {path})
        assert _places(wrong) == _places(Session(session.project).run())
        assert any(f.file.startswith("data/article/claims/") and "id:france" in f.value for f in wrong.findings)

        path.write_text(text, encoding="utf-8")
        assert _places(revalidate(session, wrong, {path})) == _places(clean)


def test_watch_survives_a_syntax_error_and_a_removed_file(watched: tuple[Session, Report]) -> None:
    session, clean = watched
    file = "data/article/claims/s18.ttl"
    with _kept(session, file) as (path, text):
        line = append(path, "not Turtle")
        broken = revalidate(session, clean, {path})
        assert (f"{file}:{line}", "turtle-syntax", "") in _places(broken)

        path.unlink()
        gone = revalidate(session, broken, {path})
        assert file not in {finding.file for finding in gone.findings}

        path.write_text(text, encoding="utf-8")
        assert _places(revalidate(session, gone, {path})) == _places(clean)


def test_watch_notices_files_that_are_written_made_and_removed(project_copy: Project) -> None:
    looks = iter([True, True, True, True, False])
    path = project_copy.root / STATES
    new = project_copy.root / "data" / "new.ttl"
    acts: list[Callable[[], object]] = [lambda: append(path, ""), lambda: new.write_text(""), new.unlink]

    def keep_on() -> bool:
        if acts:
            acts.pop(0)()
        return next(looks)

    assert list(changes(Session(project_copy), interval=0.01, keep_on=keep_on)) == [{path}, {new}, {new}]
