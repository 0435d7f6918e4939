"""Holding the link records against the project's own rules; nothing is asked of anybody.

The rules are checks like all others (`ontology/checks/`), so `validate` and each build apply them
too; here only they are run, which takes a moment, and the records are counted.
"""

from __future__ import annotations

from collections.abc import Iterable

from alliance_graph.dataset.documents import Document, store_of
from alliance_graph.dataset.project import Project
from alliance_graph.errors import AllianceGraphError
from alliance_graph.sources.wikidata.records import read_records
from alliance_graph.validation import checks
from alliance_graph.validation.findings import Finding, Report, Step, in_order

RULES = (
    "link-is-complete",
    "link-names-an-item",
    "link-and-triple-agree",
    "link-has-two-sources",
    "link-code-agrees",
    "one-item-one-thing",
    "one-record-one-link",
)


def check(project: Project, documents: Iterable[Document]) -> Report:
    """Check the link records of a project.

    Raises:
        AllianceGraphError: the project lacks one of the rules.
    """
    read = list(documents)
    records = read_records(read)
    store, by_graph = store_of(read), {d.graph: d for d in read}
    known = {found.rule: found for found in checks.read_checks(project)}
    findings: list[Finding] = []
    for rule in RULES:
        if rule not in known:
            raise AllianceGraphError(f"the project has no check {rule}", "restore its file", place="ontology/checks")
        findings += checks.run(known[rule], store, by_graph)
    asserted = sum(1 for record in records if record.asserted)
    detail = f"{len(records)} records, {asserted} asserted"
    return Report((Step("links", detail=detail),), in_order(findings), len({r.file for r in records}))
