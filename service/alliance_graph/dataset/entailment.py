"""Materialising what the data imply.

The rules are the CONSTRUCT queries of `ontology/rules/`: the few of RDFS and SKOS that the data
need. They run over the union of the graphs until nothing new follows; what follows goes to the
graph `…/graph/inferred` and nowhere else.
"""

from __future__ import annotations

import pyoxigraph as ox

from alliance_graph.dataset.documents import read_text
from alliance_graph.dataset.project import Project
from alliance_graph.errors import AllianceGraphError
from alliance_graph.vocabulary import INFERRED_GRAPH


def read_rules(project: Project) -> list[str]:
    """Return the text of each entailment rule, in the order of the file names.

    Raises:
        AllianceGraphError: a file cannot be read, or is no CONSTRUCT query.
    """
    rules = []
    for path in project.files("ontology/rules", "*.rq"):
        name = project.relative(path)
        text = read_text(path, name)
        try:
            construct = isinstance(ox.Store().query(text), ox.QueryTriples)
        except SyntaxError as error:
            raise AllianceGraphError(f"not valid SPARQL: {error}", "mend the rule there", place=name) from None
        if not construct:
            raise AllianceGraphError("not a CONSTRUCT query", "construct what follows", place=name)
        rules.append(text)
    return rules


def materialise(store: ox.Store, rules: list[str]) -> None:
    """Add what the rules entail to the graph of inferred statements."""
    inferred = ox.NamedNode(INFERRED_GRAPH)
    while True:
        known = {quad.triple for quad in store}
        new = {triple for rule in rules for triple in _construct(store, rule) if triple not in known}
        if not new:
            return
        store.extend(ox.Quad(t.subject, t.predicate, t.object, inferred) for t in new)


def _construct(store: ox.Store, rule: str) -> ox.QueryTriples:
    triples = store.query(rule, use_default_graph_as_union=True)
    assert isinstance(triples, ox.QueryTriples), "read_rules has made sure of it"
    return triples
