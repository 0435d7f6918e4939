"""No sentence of the article stands in the repository, and one that were put there would be found."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

from alliance_graph.dataset.documents import parse
from alliance_graph.dataset.project import Project
from alliance_graph.errors import AllianceGraphError
from alliance_graph.validation import copyguard
from alliance_graph.validation.evidence import read_article
from conftest import REPOSITORY, Run


@pytest.fixture(scope="module")
def guarded(project: Project) -> frozenset[str]:
    return copyguard.read_guard(project)


def test_no_file_of_the_repository_shares_eight_words_with_the_article(guarded: frozenset[str]) -> None:
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=REPOSITORY, capture_output=True, check=False)
    if listed.returncode:
        pytest.skip("not a git checkout: which files are of the repository is not known")
    copied = {}
    for name in listed.stdout.decode().split("\0"):
        path = REPOSITORY / name
        if not name or name == copyguard.FILE or not path.is_file():
            continue
        data = path.read_bytes()
        if b"\0" in data:  # not a text
            continue
        run = copyguard.copied_run(data.decode("utf-8", errors="replace"), guarded)
        if run:
            copied[name] = run
    assert copied == {}


def test_the_guard_has_hashes_and_no_words(guarded: frozenset[str]) -> None:
    assert len(guarded) > 1000
    assert all(re.fullmatch("[0-9a-f]{16}", shingle) for shingle in guarded)


def test_the_guard_is_what_fingerprint_writes(article: Path, project_copy: Project, run: Run) -> None:
    path = project_copy.root / copyguard.FILE
    shipped = path.read_bytes()
    path.unlink()
    outcome = run("fingerprint", article, cwd=project_copy.root)
    assert (outcome.code, outcome.out, outcome.err) == (0, f"wrote {copyguard.FILE}\n", "")
    assert path.read_bytes() == shipped


@pytest.fixture(scope="module")
def sentence(article: Path) -> str:
    """Eight words of the article with other cases, blanks and punctuation than there."""
    return ",  ".join(word.upper() for word in copyguard.words(read_article(article))[500:508])


def test_a_copied_sentence_is_found_in_a_literal(guarded: frozenset[str], sentence: str) -> None:
    text = f'<urn:a> <urn:b> 1 ;\n  <urn:c> "Before. {sentence} after"@en ;\n  <urn:d> "nothing" .\n'
    document = parse(text, name="x.ttl", graph="urn:g")
    assert [finding.place for finding in copyguard.check_literals(document, guarded)] == ["x.ttl:2"]


@pytest.mark.parametrize("folder", ["queries", "ontology/checks"])
def test_a_copied_sentence_is_found_in_a_query(
    guarded: frozenset[str], sentence: str, tmp_path: Path, folder: str
) -> None:
    path = tmp_path / "copied.rq"
    path.write_text(f"# a\n# {sentence}\nSELECT * {{}}\n", encoding="utf-8")
    findings = list(copyguard.check_text(path, f"{folder}/copied.rq", guarded))
    assert [finding.place for finding in findings] == [f"{folder}/copied.rq:2"]


def test_a_copied_sentence_over_two_lines_is_found(guarded: frozenset[str], sentence: str, tmp_path: Path) -> None:
    path = tmp_path / "copied.rq"
    path.write_text(sentence.replace(",  ", "\n# "), encoding="utf-8")
    assert len(list(copyguard.check_text(path, "copied.rq", guarded))) == 1


def test_seven_words_are_not_a_copy(guarded: frozenset[str], sentence: str) -> None:
    assert copyguard.copied_run(sentence, guarded)
    assert copyguard.copied_run(sentence.rpartition(",  ")[0], guarded) is None


@pytest.mark.parametrize("content", ["0123456789abcdef\nno hash\n", "0123456789ABCDEF\n", "0123456789abcde\n"])
def test_a_line_that_is_no_hash_is_named(project_copy: Project, content: str) -> None:
    (project_copy.root / copyguard.FILE).write_text(content, encoding="utf-8")
    line = content.count("\n")
    with pytest.raises(AllianceGraphError, match=f"{copyguard.FILE}:{line}: not a hash"):
        copyguard.read_guard(project_copy)


def test_a_missing_guard_is_an_error_not_a_pass(project_copy: Project, run: Run) -> None:
    (project_copy.root / copyguard.FILE).unlink()
    outcome = run("validate", cwd=project_copy.root)
    assert (outcome.code, outcome.out, outcome.err.count("\n")) == (2, "", 1)
    assert copyguard.FILE in outcome.err
