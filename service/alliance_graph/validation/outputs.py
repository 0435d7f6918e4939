"""A report in the forms people and programs read it in."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any
from xml.etree import ElementTree as ET

import pyoxigraph as ox

from alliance_graph import __version__
from alliance_graph.dataset.rdf import serialise
from alliance_graph.validation.findings import Finding, Report, Severity
from alliance_graph.vocabulary import BASE, PREFIXES, SHAPES, expand

_GITHUB_LEVELS = {Severity.VIOLATION: "error", Severity.WARNING: "warning", Severity.INFO: "notice"}
_SARIF_LEVELS = {Severity.VIOLATION: "error", Severity.WARNING: "warning", Severity.INFO: "note"}


def _message(finding: Finding, language: str) -> str:
    return finding.messages.get(language) or finding.messages["en"]


def summary(report: Report) -> str:
    """Return the counts in one line."""
    counts = ", ".join(_number(n, name) for name, n in report.counts.items())
    return f"{_number(report.files, 'file')}: {counts}"


def _number(n: int, noun: str) -> str:
    return f"{n} {noun}" if n == 1 else f"{n} {noun}s"


def terminal(report: Report, language: str = "en") -> str:
    """Return the findings one a line, `file:line: severity: message [rule] (what about)`, and a summary."""
    lines = []
    for finding in report.findings:
        about = f" ({finding.subject_matter})" if finding.subject_matter else ""
        lines.append(f"{finding.place}: {finding.severity}: {_message(finding, language)} [{finding.rule}]{about}")
    lines += [f"not checked: {step.name}: {step.skipped}" for step in report.steps if step.skipped]
    lines.append(summary(report))
    return "\n".join(lines) + "\n"


def github(report: Report, language: str = "en") -> str:
    """Return the findings as workflow commands, which GitHub shows as annotations on the lines."""
    lines = []
    for finding in report.findings:
        place = f"file={_property(finding.file)},line={finding.line},col={finding.column}"
        text = f"{_message(finding, language)} [{finding.rule}] {finding.subject_matter}".strip()
        lines.append(f"::{_GITHUB_LEVELS[finding.severity]} {place},title={_property(finding.rule)}::{_data(text)}")
    lines.append(summary(report))
    return "\n".join(lines) + "\n"


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")


def as_json(report: Report, language: str = "en") -> str:
    """Return the whole report as JSON: steps, counts and findings with their messages in all languages."""
    return json.dumps(as_document(report, language), ensure_ascii=False, indent=2) + "\n"


def as_document(report: Report, language: str = "en") -> dict[str, Any]:
    """Return the whole report in JSON's types, as `as_json` writes it."""
    return {
        "conforms": report.clean,
        "version": __version__,
        "files": report.files,
        "counts": report.counts,
        "steps": [{"name": s.name, "ran": not s.skipped, "detail": s.skipped or s.detail} for s in report.steps],
        "findings": [
            {
                "rule": f.rule,
                "severity": f.severity,
                "file": f.file,
                "line": f.line,
                "column": f.column,
                "message": _message(f, language),
                "messages": dict(f.messages),
                "focus": f.focus,
                "path": f.path,
                "value": f.value,
            }
            for f in report.findings
        ],
    }


def sarif(report: Report, language: str = "en") -> str:
    """Return the report in SARIF 2.1.0 (OASIS), which code hosts and editors import."""
    rules = sorted({f.rule for f in report.findings})
    document = {
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [
            {
                "tool": {
                    "driver": {
                        "name": "alliance-graph",
                        "version": __version__,
                        "rules": [{"id": rule, "helpUri": f"{SHAPES}{rule}"} for rule in rules],
                    }
                },
                "results": [
                    {
                        "ruleId": f.rule,
                        "ruleIndex": rules.index(f.rule),
                        "level": _SARIF_LEVELS[f.severity],
                        "message": {"text": f"{_message(f, language)} {f.subject_matter}".strip()},
                        "locations": [
                            {
                                "physicalLocation": {
                                    "artifactLocation": {"uri": f.file},
                                    "region": {"startLine": f.line, "startColumn": f.column},
                                }
                            }
                        ],
                    }
                    for f in report.findings
                ],
                "invocations": [
                    {
                        "executionSuccessful": True,
                        "toolExecutionNotifications": [
                            {"level": "note", "message": {"text": f"not checked: {s.name}: {s.skipped}"}}
                            for s in report.steps
                            if s.skipped
                        ],
                    }
                ],
            }
        ],
    }
    return json.dumps(document, ensure_ascii=False, indent=2) + "\n"


def junit(report: Report, language: str = "en") -> str:
    """Return the report as JUnit XML: a test case a step, and one failure for each violation."""
    suite = ET.Element("testsuite", name="alliance-graph validate")
    for step in report.steps:
        case = ET.SubElement(suite, "testcase", classname="step", name=step.name)
        if step.skipped:
            ET.SubElement(case, "skipped", message=step.skipped)
    for finding in report.findings:
        case = ET.SubElement(suite, "testcase", classname=finding.rule, name=finding.place, file=finding.file)
        text = f"{_message(finding, language)} {finding.subject_matter}".strip()
        if finding.severity is Severity.VIOLATION:
            ET.SubElement(case, "failure", type=finding.rule, message=_xml_safe(text))
        else:
            ET.SubElement(case, "system-out").text = _xml_safe(f"{finding.severity}: {text}")
    suite.set("tests", str(len(report.steps) + len(report.findings)))
    suite.set("failures", str(report.counts[Severity.VIOLATION.value]))
    suite.set("skipped", str(sum(1 for step in report.steps if step.skipped)))
    root = ET.Element("testsuites")
    root.append(suite)
    ET.indent(root)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + ET.tostring(root, encoding="unicode") + "\n"


def _xml_safe(text: str) -> str:
    """Return a text without the characters that XML 1.0 cannot hold."""
    return "".join(c if c in "\t\n\r" or " " <= c <= "\ud7ff" or c >= "\ue000" else "\ufffd" for c in text)


def turtle(report: Report, language: str = "en") -> str:
    """Return the report as a SHACL validation report, with file and line of each result.

    The messages are given in all languages, so `language` is of no effect.
    """
    sh, rdf = PREFIXES["sh"], PREFIXES["rdf"]
    triples: list[ox.Triple] = []

    def say(
        subject: ox.NamedNode | ox.BlankNode, predicate: str, value: ox.Literal | ox.NamedNode | ox.BlankNode
    ) -> None:
        triples.append(ox.Triple(subject, ox.NamedNode(predicate), value))

    whole = ox.BlankNode("report")
    say(whole, f"{rdf}type", ox.NamedNode(f"{sh}ValidationReport"))
    say(whole, f"{sh}conforms", ox.Literal(not report.findings))
    for number, finding in enumerate(report.findings, 1):
        result = ox.BlankNode(f"result{number}")
        say(whole, f"{sh}result", result)
        say(result, f"{rdf}type", ox.NamedNode(f"{sh}ValidationResult"))
        say(result, f"{sh}resultSeverity", ox.NamedNode(f"{sh}{finding.severity.value.capitalize()}"))
        say(result, f"{sh}sourceShape", ox.NamedNode(f"{SHAPES}{finding.rule}"))
        for code, text in finding.messages.items():
            say(result, f"{sh}resultMessage", ox.Literal(text, language=code))
        for predicate, name in (("focusNode", finding.focus), ("resultPath", finding.path), ("value", finding.value)):
            iri = expand(name)
            if iri:
                say(result, f"{sh}{predicate}", ox.NamedNode(iri))
            elif name and predicate == "value":
                say(result, f"{sh}value", ox.Literal(name))
        say(result, f"{BASE}ontology#sourceFile", ox.Literal(finding.file))
        say(result, f"{BASE}ontology#sourceLine", ox.Literal(finding.line))
    return serialise(triples, ox.RdfFormat.TURTLE).decode()


OUTPUTS: dict[str, Callable[[Report, str], str]] = {
    "terminal": terminal,
    "github": github,
    "sarif": sarif,
    "junit": junit,
    "json": as_json,
    "turtle": turtle,
}
