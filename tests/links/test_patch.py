"""The patch puts the records right, and nothing else does."""

from __future__ import annotations

import subprocess

from alliance_graph.dataset.documents import read_all
from alliance_graph.dataset.project import Project, find_project
from alliance_graph.sources.wikidata.check import check
from alliance_graph.sources.wikidata.patch import patch
from alliance_graph.sources.wikidata.verify import Verdict
from links.asking import FILE, Ask, kinds
from links.wikidata_service import Wikidata


def _apply(project: Project, diff: str) -> str:
    """Apply a diff as a maintainer does; return the file's new text."""
    done = subprocess.run(
        ["git", "apply", "-"], cwd=project.root, input=diff.encode(), capture_output=True, check=False
    )
    assert done.returncode == 0, done.stderr.decode()
    return (project.root / FILE).read_text(encoding="utf-8")


def _rules(project: Project) -> list[str]:
    fresh = find_project(project.root)
    return [f"{f.rule} {f.subject_matter}" for f in check(fresh, read_all(fresh)).findings]


def test_the_patch_records_revisions_and_leaves_the_file_alone(ask: Ask, project_copy: Project) -> None:
    documents = read_all(project_copy)
    before = (project_copy.root / FILE).read_text(encoding="utf-8")
    diff = patch(ask().values(), documents)
    assert (project_copy.root / FILE).read_text(encoding="utf-8") == before
    removed = [line for line in diff.splitlines() if line.startswith("-") and not line.startswith("---")]
    assert [line for line in removed if "PREFIX" not in line] == []
    after = _apply(project_copy, diff)
    assert "sssom:see_also <https://www.wikidata.org/wiki/Special:EntityData/Q1028?revision=1001028> ;" in after
    assert _rules(project_copy) == []
    again = read_all(find_project(project_copy.root))
    assert patch(ask().values(), again) == ""


def test_a_merged_item_is_reported_and_the_patch_names_the_new_one(
    ask: Ask, service: Wikidata, project_copy: Project
) -> None:
    service.entities["Q990029"] = service.entities.pop("Q29") | {"id": "Q990029"}
    service.redirects["Q29"] = "Q990029"
    found = ask()
    assert (kinds(found["spain"]), found["spain"].verdict) == ({"redirected"}, Verdict.DOUBTFUL)
    after = _apply(project_copy, patch(found.values(), read_all(project_copy)))
    assert "id:spain\n    skos:exactMatch wd:Q990029 ;" in after
    assert "wd:Q29 " not in after
    assert _rules(project_copy) == []


def test_an_item_merged_into_that_of_another_thing_is_given_up(
    ask: Ask, service: Wikidata, project_copy: Project
) -> None:
    service.redirects["Q29"] = "Q1028"
    found = ask()["spain"]
    assert kinds(found) >= {"redirected", "taken", "code-differs"}
    after = _apply(project_copy, patch(ask().values(), read_all(project_copy)))
    assert "id:spain\n    skos" not in after
    assert "one-item-one-thing" not in " ".join(_rules(project_copy))


def test_a_contradicted_link_becomes_a_candidate(ask: Ask, service: Wikidata, project_copy: Project) -> None:
    del service.entities["Q29"]
    after = _apply(project_copy, patch(ask().values(), read_all(project_copy)))
    assert "id:spain\n    skos" not in after
    record = after.split("link:spain\n", 1)[1].split("\n.", 1)[0]
    assert "link-status:candidate" in record
    assert "wd:Q29 " in record
    assert _rules(project_copy) == []


def test_a_candidate_is_asserted_only_when_that_is_asked_for(ask: Ask, project_copy: Project) -> None:
    documents, found = read_all(project_copy), ask()
    assert "+id:western-sahara" not in patch(found.values(), documents)
    after = _apply(project_copy, patch(found.values(), documents, promote=True))
    assert "id:western-sahara\n    skos:exactMatch wd:Q6250 ;" in after
    assert _rules(project_copy) == []
