"""What changed between two releases: the statements that one has and the other has not.

Both are canonical N-Quads, sorted, so their lines can be compared. Blank nodes are the exception:
their labels depend on the whole dataset, so statements with blank nodes are told by number only.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import pyoxigraph as ox

from alliance_graph.dataset.release import DATASET_FILE, Release
from alliance_graph.vocabulary import INFERRED_GRAPH, METADATA_GRAPH, compact

DERIVED = (INFERRED_GRAPH, METADATA_GRAPH)
"""Graphs that follow from the others; they are left out."""


@dataclass(frozen=True)
class Change:
    """One statement that came or went."""

    sign: str
    """`+` or `-`."""
    graph: str
    subject: str
    predicate: str
    value: str

    @property
    def line(self) -> str:
        return f"{self.sign} {self.graph}  {self.subject} {self.predicate} {self.value}"


def changes(old: Release, new: Release) -> tuple[list[Change], Counter[str]]:
    """Return what changed, by graph and subject, and the number of changed statements with blank nodes by graph."""
    before, after = _lines(old.folder), _lines(new.folder)
    found: list[Change] = []
    anonymous: Counter[str] = Counter()
    for sign, lines in (("-", before - after), ("+", after - before)):
        for quad in _quads(lines):
            graph = _shown(quad.graph_name)
            if any(isinstance(term, ox.BlankNode) for term in (quad.subject, quad.object)):
                anonymous[graph] += 1
            else:
                parts = (_shown(term) for term in (quad.subject, quad.predicate, quad.object))
                found.append(Change(sign, graph, *parts))
    found.sort(key=lambda c: (c.graph, c.subject, c.predicate, c.sign, c.value))
    return found, anonymous


def _lines(folder: Path) -> set[str]:
    text = (folder / DATASET_FILE).read_text(encoding="utf-8")
    endings = tuple(f" <{graph}> ." for graph in DERIVED)
    return {line for line in text.splitlines() if not line.endswith(endings)}


def _quads(lines: Iterable[str]) -> Iterable[ox.Quad]:
    text = "\n".join(lines)
    return ox.parse(text, format=ox.RdfFormat.N_QUADS, rename_blank_nodes=False)


def _shown(term: object) -> str:
    return compact(term.value) if isinstance(term, ox.NamedNode) else str(term)
