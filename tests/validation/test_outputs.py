"""A report says the same in every format."""

from __future__ import annotations

import json
import re
from pathlib import Path
from xml.etree import ElementTree as ET

import pyoxigraph as ox
import pytest

from alliance_graph.dataset.project import Project
from alliance_graph.validation.session import Session
from alliance_graph.vocabulary import PREFIXES, SHAPES
from conftest import Run
from validation.planting import STATES

_FORMATTED = ("github", "sarif", "junit", "json", "turtle")


@pytest.fixture(scope="module")
def reports(planted: tuple[Project, dict[str, str]]) -> dict[str, str]:
    """The report on a file with defects in every format."""
    from alliance_graph.validation.outputs import OUTPUTS

    report = Session(planted[0]).run(["data/entities/groups.ttl", "data/article/claims/s19.ttl", STATES])
    return {name: OUTPUTS[name](report, "en") for name in _FORMATTED}


def test_json_has_every_finding_with_its_messages(reports: dict[str, str]) -> None:
    document = json.loads(reports["json"])
    assert document["conforms"] is False
    assert sum(document["counts"].values()) == len(document["findings"]) > 0
    for finding in document["findings"]:
        assert isinstance(finding["line"], int)
        assert set(finding["messages"]) >= {"en"}
    assert [step["detail"] for step in document["steps"] if not step["ran"]]


def test_sarif_names_rules_and_lines(reports: dict[str, str], planted: tuple[Project, dict[str, str]]) -> None:
    document = json.loads(reports["sarif"])
    assert document["version"] == "2.1.0"
    assert document["$schema"].endswith("sarif-2.1.0.json")
    (one,) = document["runs"]
    rules = [rule["id"] for rule in one["tool"]["driver"]["rules"]]
    places = set()
    for result in one["results"]:
        assert rules[result["ruleIndex"]] == result["ruleId"]
        assert result["level"] in ("error", "warning", "note")
        assert result["message"]["text"]
        location = result["locations"][0]["physicalLocation"]
        assert location["region"]["startLine"] >= 1
        assert location["region"]["startColumn"] >= 1
        places.add(f"{location['artifactLocation']['uri']}:{location['region']['startLine']}")
    assert planted[1]["prefix-namespace"] in places


def test_junit_counts_its_failures(reports: dict[str, str]) -> None:
    suite = ET.fromstring(reports["junit"]).find("testsuite")  # noqa: S314
    assert suite is not None
    assert len(suite.findall("testcase")) == int(suite.get("tests", "0"))
    assert len(suite.findall("testcase/failure")) == int(suite.get("failures", "0")) > 0
    assert len(suite.findall("testcase/skipped")) == int(suite.get("skipped", "0")) > 0


def test_github_commands_name_file_and_line(reports: dict[str, str], planted: tuple[Project, dict[str, str]]) -> None:
    file, _, line = planted[1]["prefix-namespace"].partition(":")
    *commands, _ = reports["github"].splitlines()
    assert any(command.startswith(f"::error file={file},line={line},") for command in commands)
    for command in commands:
        assert re.match(r"::(error|warning|notice) file=[^,:]+,line=\d+,col=\d+,title=[a-z0-9-]+::.+", command)


def test_turtle_is_a_shacl_report_with_lines(reports: dict[str, str]) -> None:
    store = ox.Store()
    store.load(reports["turtle"].encode(), format=ox.RdfFormat.TURTLE)
    query = """SELECT ?shape ?line {
        ?report a sh:ValidationReport ; sh:conforms false ; sh:result ?result .
        ?result a sh:ValidationResult ; sh:sourceShape ?shape ; sh:resultSeverity sh:Violation ;
                sh:resultMessage ?message ; ally:sourceFile ?file ; ally:sourceLine ?line
        FILTER(LANG(?message) = 'en') }"""
    results = store.query(query, prefixes=PREFIXES)
    assert isinstance(results, ox.QuerySolutions)
    rows = {(solution["shape"].value, int(solution["line"].value)) for solution in results}
    assert {shape for shape, _ in rows} >= {f"{SHAPES}prefix-namespace", f"{SHAPES}turtle-syntax"}


@pytest.mark.parametrize("name", _FORMATTED)
def test_output_writes_the_report_to_a_file(tmp_path: Path, run: Run, name: str) -> None:
    target = tmp_path / "report"
    outcome = run("validate", STATES, "--format", name, "--output", target)
    assert (outcome.code, outcome.out, outcome.err) == (0, "", "")
    assert target.read_text(encoding="utf-8")
    assert [path.name for path in tmp_path.iterdir()] == ["report"]


def test_a_report_that_cannot_be_written_is_one_line(tmp_path: Path, run: Run) -> None:
    assert "cannot be written" in run("validate", STATES, "--output", tmp_path / "no" / "report").failure()
