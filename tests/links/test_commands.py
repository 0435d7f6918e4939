"""The commands ask nothing unasked, and write only what is named."""

from __future__ import annotations

import json
from pathlib import Path

from alliance_graph.dataset.project import Project
from alliance_graph.vocabulary import LANGUAGES
from conftest import Run
from links.asking import FILE
from links.wikidata_service import Wikidata, claim


def test_without_online_nothing_is_asked(run: Run, service: Wikidata, tmp_path: Path) -> None:
    for command in (
        ["verify", "--api", service.api, "--cache", tmp_path],
        ["suggest", "--service", service.reconciliation],
    ):
        outcome = run("links", *command)
        assert outcome.code == 0
    assert run("links", "check").code == 0
    assert service.asked == []
    assert not list(tmp_path.rglob("*.json"))


def test_only_an_http_address_is_asked(run: Run, tmp_path: Path) -> None:
    outcome = run("links", "verify", "--online", "--api", "file:///etc/passwd", "--cache", tmp_path)
    assert (outcome.code, outcome.err.count("\n")) == (2, 1)
    assert "not the address of a service" in outcome.err


def test_verify_reports_and_writes_only_what_is_named(
    run: Run, service: Wikidata, project_copy: Project, tmp_path: Path
) -> None:
    service.entities["Q29"]["claims"]["P298"] = [claim("FRA")]
    service.faults = ["status:429,1"]
    before = {p: p.read_bytes() for p in project_copy.root.rglob("*") if p.is_file()}
    common = ("--project", project_copy.root, "--online", "--api", service.api, "--contact", "https://example.org/us")
    diff, report = tmp_path / "links.diff", tmp_path / "links.json"
    outcome = run("links", "verify", *common, "--patch", diff, "--lang", "fr")
    assert outcome.code == 1
    assert f"{FILE}:" in outcome.out
    assert "problem: son P298 est FRA, le nôtre ESP" in outcome.out
    assert "1 contradicted" in outcome.out.splitlines()[-1]
    assert "trying again in 1 s" in outcome.err
    assert any("https://example.org/us" in agent for agent in service.agents)
    written = {p for p in project_copy.root.rglob("*") if p.is_file() and ".cache" not in p.parts}
    assert {p: p.read_bytes() for p in written} == before
    asked = len(service.asked)
    assert run("links", "verify", *common, "--format", "json", "--output", report).code == 1
    assert len(service.asked) == asked, "the second run reads what the first one kept"
    document = json.loads(report.read_text(encoding="utf-8"))
    (bad,) = [entry for entry in document["links"] if entry["verdict"] == "contradicted"]
    assert (bad["item"], bad["observations"][0]["kind"]) == ("Q29", "code-differs")
    assert set(bad["observations"][0]["messages"]) == set(LANGUAGES)
    assert all(entry["revision"] for entry in document["links"])
    assert "link-status:candidate" in diff.read_text(encoding="utf-8")


def test_a_service_out_of_reach_is_one_line(run: Run, service: Wikidata, tmp_path: Path) -> None:
    service.faults = ["status:404"]
    outcome = run("links", "verify", "--online", "--api", service.api, "--cache", tmp_path)
    assert (outcome.code, outcome.out, outcome.err.count("\n")) == (2, "", 1)
