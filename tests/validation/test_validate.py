"""`alliance-graph validate` finds what is wrong, at its file and line, and says what it did not look at."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest

from alliance_graph.dataset.project import Project
from alliance_graph.vocabulary import LANGUAGES
from conftest import Outcome, Run
from validation.planting import DEFECTS, LINE, STATES, append, lines, replace


def test_the_shipped_project_is_clean_and_says_what_was_not_checked(run: Run) -> None:
    outcome = run("validate")
    assert outcome.code == 0, outcome.out
    assert "not checked: evidence: no article given" in outcome.out
    assert re.search(r"^\d+ files: 0 violations, \d+ warnings?, \d+ infos?$", outcome.out, re.MULTILINE)
    assert outcome.err == ""


@pytest.fixture(scope="module")
def found(planted: tuple[Project, dict[str, str]], run_once: Run) -> Outcome:
    return run_once("validate", "--project", planted[0].root, cwd=planted[0].root.parent)


@pytest.mark.parametrize("rule", DEFECTS)
def test_a_planted_defect_is_found_at_its_line(
    planted: tuple[Project, dict[str, str]], found: Outcome, rule: str
) -> None:
    assert found.code == 1
    assert planted[1][rule] in lines(found, rule), found.out


def test_copied_text_is_found_at_its_line(project_copy: Project, article: Path, run: Run) -> None:
    words = re.findall(r"\S+", article.read_text(encoding="utf-8"))
    copied = " ".join(words[1000:1020]).replace('"', "").replace("\\", "")
    path = project_copy.root / STATES
    line = append(path, f'id:morocco skos:editorialNote "{copied}"@en .')
    outcome = run("validate", path, cwd=project_copy.root)
    assert outcome.code == 1
    assert lines(outcome, "copied-text") == [f"{STATES}:{line}"]


def test_only_the_file_asked_for_is_reported_on(planted: tuple[Project, dict[str, str]], run: Run) -> None:
    root = planted[0].root
    outcome = run("validate", "data/entities/groups.ttl", cwd=root)
    assert outcome.code == 1
    assert {m["file"] for line in outcome.out.splitlines() if (m := LINE.match(line))} == {"data/entities/groups.ttl"}
    assert "1 file: " in outcome.out or "1 files: " in outcome.out


def test_a_foreign_file_is_validated_in_the_context_of_the_project(project: Project, tmp_path: Path, run: Run) -> None:
    foreign = tmp_path / "foreign.ttl"
    shutil.copy(project.root / STATES, foreign)
    assert run("validate", foreign).code == 0
    line = replace(foreign, "a ally:State", "a ally:NoSuchClass")
    outcome = run("validate", foreign)
    assert outcome.code == 1
    assert f"{foreign}:{line}" in lines(outcome)
    assert STATES not in outcome.out


def test_a_folder_stands_for_its_turtle_files(planted: tuple[Project, dict[str, str]], run: Run) -> None:
    outcome = run("validate", "data/entities", cwd=planted[0].root)
    assert outcome.code == 1
    assert planted[1]["canonical-form"] in lines(outcome, "canonical-form")
    assert "data/article" not in outcome.out


def test_a_missing_path_is_one_line(tmp_path: Path, run: Run) -> None:
    assert "nowhere.ttl: cannot be read: No such file" in run("validate", tmp_path / "nowhere.ttl").failure()


def test_an_empty_folder_is_one_line(tmp_path: Path, run: Run) -> None:
    assert "no Turtle file in this folder" in run("validate", tmp_path).failure()


def test_a_folder_that_is_no_project_is_one_line(tmp_path: Path, run: Run) -> None:
    assert "not a project" in run("validate", "--project", tmp_path).failure()
    assert "not a project" in run("validate", "--project", tmp_path / "nowhere").failure()


@pytest.mark.parametrize("pattern", [STATES, "ontology/checks/*.rq", "data/article/shingles.txt"])
def test_a_file_that_is_not_utf8_is_one_line(project_copy: Project, run: Run, pattern: str) -> None:
    path = next(project_copy.root.glob(pattern))
    path.write_bytes("é".encode("latin-1"))
    assert (
        f"{project_copy.relative(path)}: not UTF-8 at byte 0"
        in run("validate", "data/entities", cwd=project_copy.root).failure()
    )


@pytest.mark.parametrize("kind", ["folder", "dangling link"])
def test_a_file_that_cannot_be_read_is_one_line(project_copy: Project, run: Run, kind: str) -> None:
    path = project_copy.root / "data" / "unreadable.ttl"
    if kind == "folder":
        path.mkdir()
    else:
        path.symlink_to("nowhere")
    assert "unreadable.ttl: cannot be read" in run("validate", cwd=project_copy.root).failure()


def test_a_check_that_is_no_sparql_is_one_line_with_its_place(project_copy: Project, run: Run) -> None:
    path = next((project_copy.root / "ontology/checks").glob("*.rq"))
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace("SELECT", "SELECTION", 1), encoding="utf-8")
    error = run("validate", STATES, cwd=project_copy.root).failure()
    line = text.partition("SELECT")[0].count("\n") + 1
    assert error.startswith(
        f"alliance-graph: {project_copy.relative(path)}:{line}:1: not a valid SPARQL query: `SELECT"
    )
    assert error.endswith("perhaps you mean SELECT\n")


def test_what_turtle_of_rdf_1_2_says_more_is_refused_not_lost(tmp_path: Path, run: Run) -> None:
    for text in ("<urn:a> <urn:b> <<( <urn:a> <urn:b> 1 )>> .", '<urn:a> <urn:b> "a"@en--ltr .'):
        path = tmp_path / "new.ttl"
        path.write_text(f"\n{text}\n", encoding="utf-8")
        outcome = run("validate", path)
        assert outcome.code == 1
        assert lines(outcome, "turtle-syntax") == [f"{path}:2"]


def test_a_file_that_cannot_be_read_is_named_as_what_to_mend_first(project_copy: Project, run: Run) -> None:
    states = project_copy.root / STATES
    states.write_text(states.read_text(encoding="utf-8") + "\nthis is not Turtle\n", encoding="utf-8")
    outcome = run("validate", cwd=project_copy.root)
    assert outcome.code == 1
    assert outcome.out.startswith(f"{STATES}:"), "the cause is before what may come of it"
    assert f"not checked: what {STATES} says: it cannot be read; mend it first" in outcome.out
    assert "mend it first" not in run("validate", "data/entities/organizations.ttl", cwd=project_copy.root).out


def test_brackets_too_deep_inside_one_another_are_told_at_their_line(tmp_path: Path, run: Run) -> None:
    path = tmp_path / "deep.ttl"
    for levels, times in ((100, 0), (101, 1)):
        text = f"<urn:a> <urn:b>\n{'[ <urn:b> ' * levels}1{' ]' * levels} .\n"
        path.write_text(text, encoding="utf-8")
        found = lines(run("validate", path), "turtle-syntax")
        assert found == [f"{path}:2"] * times


@pytest.mark.parametrize("language", LANGUAGES)
def test_messages_come_in_the_language_asked_for(
    planted: tuple[Project, dict[str, str]], run: Run, language: str
) -> None:
    outcome = run("validate", "data/entities/groups.ttl", "--lang", language, cwd=planted[0].root)
    expected = {"en": "stands for", "fr": "désigne", "ar": "البادئة", "es": "designa"}
    assert expected[language] in outcome.out


def test_the_article_bears_out_every_digest(article: Path, run: Run) -> None:
    outcome = run("validate", "--evidence", article)
    assert outcome.code == 0, outcome.out
    assert "not checked: evidence" not in outcome.out


def test_a_changed_article_is_noticed_by_mention_and_line(article: Path, tmp_path: Path, run: Run) -> None:
    changed = tmp_path / "article.txt"
    text = article.read_text(encoding="utf-8")
    changed.write_text(f"x{text}", encoding="utf-8")
    outcome = run("validate", "data/article", "--evidence", changed)
    assert outcome.code == 1
    assert len(lines(outcome, "evidence-digest")) > 50
    assert lines(outcome, "evidence-document")
    assert re.search(r"^data/article/claims/s01\.ttl:\d+: .*\[evidence-digest\] \(mention:s01-", outcome.out, re.M)


def test_an_article_that_is_not_there_is_one_line(tmp_path: Path, run: Run) -> None:
    assert "cannot be read" in run("validate", "--evidence", tmp_path / "nowhere.txt").failure()
