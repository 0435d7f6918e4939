"""RDF terms as JSON, for the way between the processes of the engine."""

from __future__ import annotations

import pyoxigraph as ox


def term_to_json(term: ox.NamedNode | ox.Literal) -> dict[str, str]:
    """Return a term as an object of strings, as in SPARQL 1.1 Query Results JSON."""
    if isinstance(term, ox.NamedNode):
        return {"type": "uri", "value": term.value}
    if term.language:
        return {"type": "literal", "value": term.value, "xml:lang": term.language}
    return {"type": "literal", "value": term.value, "datatype": term.datatype.value}


def term_from_json(term: dict[str, str]) -> ox.NamedNode | ox.Literal:
    """Return the term that `term_to_json` wrote."""
    if term["type"] == "uri":
        return ox.NamedNode(term["value"])
    if "xml:lang" in term:
        return ox.Literal(term["value"], language=term["xml:lang"])
    return ox.Literal(term["value"], datatype=ox.NamedNode(term["datatype"]))
