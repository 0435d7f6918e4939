"""SHACL: the shapes of `ontology/shapes/`, run by pySHACL.

Every rule is a shape with an IRI of its own, `…/ontology/shapes#<rule>`, so a result names its
rule. Shapes use SHACL's core components only; what would need SPARQL is a check.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Set
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pyoxigraph as ox

from alliance_graph.validation.findings import Severity
from alliance_graph.validation.graphs import rdflib_graph
from alliance_graph.validation.parallel import both, can_fork
from alliance_graph.vocabulary import PREFIXES

if TYPE_CHECKING:
    from rdflib import Graph
    from rdflib.term import Node

_SH = PREFIXES["sh"]
_ENOUGH_FOR_TWO = 400
"""From so many nodes on, two processes are faster than one."""
_REPORTED_TOGETHER = 200
"""Results in one report of pySHACL's; it joins their texts in a time that grows with the square of their number."""
_SEVERITIES = {
    f"{_SH}Violation": Severity.VIOLATION,
    f"{_SH}Warning": Severity.WARNING,
    f"{_SH}Info": Severity.INFO,
}


@dataclass(frozen=True)
class Result:
    """One result of a SHACL validation; terms as in N-Triples, empty where there is none."""

    rule: str
    severity: Severity
    messages: dict[str, str]
    focus: str
    path: str
    value: str


class Shapes:
    """The shapes of a project, read once, to be run on many graphs."""

    def __init__(self, triples: Iterable[ox.Triple]) -> None:
        self.graph = rdflib_graph(triples)

    def validate(self, data: Graph, focus_nodes: Set[str] | None = None) -> Iterator[Result]:
        """Yield the results for a data graph.

        Args:
            data: the union of all graphs.
            focus_nodes: only nodes with these IRIs are looked at; None looks at all.
        """
        from pyshacl import Validator
        from pyshacl.graph_abstraction import DataGraph
        from rdflib import URIRef

        graph = DataGraph.from_rdflib_graph(data)
        validator = Validator(graph, shacl_graph=self.graph, options={"advanced": False, "inplace": True})
        executor = validator.make_executor()
        wanted = None if focus_nodes is None else {URIRef(iri) for iri in focus_nodes}
        tasks = []
        for shape in validator.shacl_graph.shapes:
            # pySHACL's own focus_nodes option filters nested shapes too and looks nodes up in a list.
            nodes = shape.focus_nodes(graph)
            tasks.append((shape, sorted(nodes if wanted is None else nodes & wanted)))

        def run(part: slice) -> list[Result]:
            results = []
            for shape, nodes in tasks:
                if nodes[part]:
                    results.extend(shape.validate(executor, graph, focus=nodes[part])[1])
            found: list[Result] = []
            for at in range(0, len(results), _REPORTED_TOGETHER):
                some = results[at : at + _REPORTED_TOGETHER]
                report, _ = validator.create_validation_report(validator.shacl_graph, False, some)
                found.extend(self._results(report))
            return found

        if sum(len(nodes) for _, nodes in tasks) > _ENOUGH_FOR_TWO and can_fork():
            for found in both(lambda: run(slice(0, None, 2)), lambda: run(slice(1, None, 2))):
                yield from found
        else:
            yield from run(slice(None))

    def _results(self, report: Graph) -> Iterator[Result]:
        from rdflib import RDF, SH, Literal

        for node in report.objects(None, SH.result):
            shape = report.value(node, SH.sourceShape)
            messages = {
                m.language or "en": str(m) for m in self.graph.objects(shape, SH.message) if isinstance(m, Literal)
            }
            path = report.value(node, SH.resultPath)
            first = report.value(path, RDF.first) or self.graph.value(path, RDF.first)
            yield Result(
                rule=str(shape).rpartition("#")[2],
                severity=_SEVERITIES[str(report.value(node, SH.resultSeverity))],
                messages=messages,
                focus=_text(report.value(node, SH.focusNode)),
                path=_text(first or path),
                value=_text(report.value(node, SH.value)),
            )


def _text(node: Node | None) -> str:
    return node.n3() if node is not None else ""
