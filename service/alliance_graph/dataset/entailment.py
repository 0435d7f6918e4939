"""Materialising what the data imply.

The rules are the CONSTRUCT queries of `ontology/rules/`: the few of RDFS and SKOS that the data
need. They run over the union of the graphs until nothing new follows; what follows goes to the
graph `…/graph/inferred` and nowhere else.
"""

from __future__ import annotations

import pyoxigraph as ox

from alliance_graph.dataset.project import Project
from alliance_graph.vocabulary import INFERRED_GRAPH


def read_rules(project: Project) -> list[str]:
    """Return the text of each entailment rule, in the order of the file names."""
    return [path.read_text(encoding="utf-8") for path in project.files("ontology/rules", "*.rq")]


def materialise(store: ox.Store, rules: list[str]) -> int:
    """Add what the rules entail to the graph of inferred statements; return how many triples that is."""
    inferred = ox.NamedNode(INFERRED_GRAPH)
    total = 0
    while True:
        known = {ox.Triple(q.subject, q.predicate, q.object) for q in store}
        new = {triple for rule in rules for triple in _construct(store, rule) if triple not in known}
        if not new:
            return total
        total += len(new)
        store.extend(ox.Quad(t.subject, t.predicate, t.object, inferred) for t in new)


def _construct(store: ox.Store, rule: str) -> ox.QueryTriples:
    triples = store.query(rule, use_default_graph_as_union=True)
    assert isinstance(triples, ox.QueryTriples), "an entailment rule is a CONSTRUCT query"
    return triples
