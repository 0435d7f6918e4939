"""The records of links keep the rules of the project."""

from __future__ import annotations

import json

import pytest

from alliance_graph.dataset.documents import read_all
from alliance_graph.dataset.project import Project
from alliance_graph.sources.wikidata.check import RULES, check
from alliance_graph.sources.wikidata.records import LinkRecord
from alliance_graph.validation.checks import read_checks
from alliance_graph.vocabulary import expand
from conftest import Run
from links.asking import FILE

AGREE = "link-and-triple-agree"


def test_the_records_keep_the_rules(project: Project) -> None:
    report = check(project, read_all(project))
    assert report.findings == ()
    assert set(RULES) <= {found.rule for found in read_checks(project)}


def test_every_class_of_link_is_there(records: list[LinkRecord]) -> None:
    subjects = {r.subject for r in records if r.asserted}
    for name in ("id:morocco", "id:nato", "id:africa", "threat:terrorism", "ally:State"):
        assert expand(name) in subjects


def test_disputed_territory_and_state_are_two_candidates_with_an_item_each(records: list[LinkRecord]) -> None:
    found = {r.subject: (r.item, r.asserted) for r in records}
    assert found[expand("id:western-sahara") or ""] == ("Q6250", False)
    assert found[expand("id:sahrawi-arab-democratic-republic") or ""] == ("Q40362", False)


def _spoil(project: Project, old: str, new: str) -> list[str]:
    """Change the file of the links in one place and return the rules that are then broken."""
    path = project.root / FILE
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    return sorted({finding.rule for finding in check(project, read_all(project)).findings})


@pytest.mark.parametrize(
    ("old", "new", "rules"),
    [
        (
            "id:spain\n    skos:exactMatch wd:Q29 ",
            "id:spain\n    skos:exactMatch wd:Q38 ",
            {AGREE, "one-item-one-thing"},
        ),
        ("sssom:object_id wd:Q29 ", "sssom:object_id wd:Q38 ", {AGREE, "one-record-one-link"}),
        ("object_id wd:Q29 ", "object_id <https://www.wikidata.org/wiki/Q29> ", {AGREE, "link-names-an-item"}),
        ("link-status:asserted", "link-status:candidate", {AGREE}),
        ("ISO 3166-1 alpha-3 ESP", "ISO 3166-1 alpha-3 FRA", {"link-code-agrees"}),
        ("ally:hasConfidence confidence:high ;", "", {"link-is-complete"}),
        ('"tsafavi/codex@3132e426:data/triples (Morocco P30)"', '"SpocWiki/_Standards@1:x"', {"link-has-two-sources"}),
    ],
    ids=["triple", "item", "page", "status", "code", "confidence", "evidence"],
)
def test_a_spoilt_record_is_found(project_copy: Project, old: str, new: str, rules: set[str]) -> None:
    assert set(_spoil(project_copy, old, new)) == rules


def test_check_counts_the_records_and_fails_on_a_violation(
    run: Run, project_copy: Project, records: list[LinkRecord]
) -> None:
    outcome = run("links", "check")
    assert (outcome.code, outcome.err) == (0, "")
    asserted = sum(record.asserted for record in records)
    assert outcome.out.splitlines()[-1] == f"{len(records)} records, {asserted} asserted"
    _spoil(project_copy, "ISO 3166-1 alpha-3 ESP", "ISO 3166-1 alpha-3 FRA")
    outcome = run("links", "check", "--project", project_copy.root, "--format", "json", "--lang", "ar")
    assert outcome.code == 1
    assert [(f["rule"], f["file"]) for f in json.loads(outcome.out)["findings"]] == [("link-code-agrees", FILE)]
