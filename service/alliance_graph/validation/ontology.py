"""Whether the ontology is in OWL 2 DL, and it and the data are free of contradiction.

The work is done by the reasoners of `reasoner.py`; this module turns what they say into findings.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from alliance_graph.dataset.documents import Document
from alliance_graph.validation import reasoner, rules
from alliance_graph.validation.findings import Finding
from alliance_graph.vocabulary import PREFIXES, expand

_NAME = re.compile(r"\b([a-z]+:[\w-]+)|\b([A-Za-z][\w-]{2,})\b")
_HEADER = "ontology/core.ttl"


def ontology_graph(documents: Iterable[Document]) -> bytes:
    """Return the ontology, its schemes and alignments as N-Triples; shapes are no part of it."""
    return reasoner.merge(d.triples for d in _in_order(documents) if d.name.startswith("ontology/"))


def whole_graph(documents: Iterable[Document]) -> bytes:
    """Return the ontology together with the data as N-Triples."""
    return reasoner.merge(d.triples for d in _in_order(documents))


def _in_order(documents: Iterable[Document]) -> list[Document]:
    """Return what has a meaning in OWL, the file first whose header stands for the union."""
    meant = [d for d in documents if not d.name.startswith("ontology/shapes/")]
    return sorted(meant, key=lambda d: (d.name != _HEADER, d.name))


def check_ontology(documents: Sequence[Document]) -> Iterator[Finding]:
    """Find what breaks the profile, contradictions with their justification, and empty classes.

    Raises:
        ReasonerError: a reasoner could not be run.
    """
    for violation in reasoner.check_profile(ontology_graph(documents), "DL"):
        name, line = _place(violation, documents)
        yield rules.finding("owl-profile", name, line, cause=violation)
    found = reasoner.check_consistency(whole_graph(documents))
    if not found.consistent:
        name, line = _place(" ".join(reversed(found.justification)), documents)
        yield rules.finding("owl-consistency", name, line, cause="; ".join(found.justification))
    for name_of_class in found.unsatisfiable:
        axioms = next((a for e, a in found.justifications.items() if name_of_class.split(":")[-1] in e), ())
        name, line = _place(name_of_class, documents)
        yield rules.finding("owl-unsatisfiable", name, line, focus=name_of_class, cause="; ".join(axioms))


def _place(text: str, documents: Sequence[Document]) -> tuple[str, int]:
    """Return file and line of the first thing in a reasoner's words that a file speaks of: data, else ontology."""
    data = [d for d in sorted(documents, key=lambda d: d.name) if not d.name.startswith("ontology/")]
    ontology = [d for d in sorted(documents, key=lambda d: d.name) if d.name.startswith("ontology/")]
    for prefix, files in (("id", data), ("ally", ontology)):
        for match in _NAME.finditer(text):
            iri = expand(match[1]) if match[1] else PREFIXES[prefix] + match[2]
            for document in files:
                line = document.line_of(f"<{iri}>")
                if line is not None:
                    return document.name, line
    return _HEADER, 1
