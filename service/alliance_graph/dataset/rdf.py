"""RDF in short: names with prefixes read, and statements written with the prefixes in use, always in the same order."""

from __future__ import annotations

import re
from collections.abc import Iterable

import pyoxigraph as ox

from alliance_graph.vocabulary import PREFIXES, expand

_PREFIX = re.compile(rb"(?<![\w-])[a-z]+(?:-[a-z]+)*:")
_PREFIXED = (ox.RdfFormat.TURTLE, ox.RdfFormat.TRIG)


def node(name: str) -> ox.NamedNode:
    """Return the IRI that a prefixed name stands for."""
    iri = expand(name)
    assert iri is not None, name
    return ox.NamedNode(iri)


def serialise(statements: Iterable[ox.Triple] | Iterable[ox.Quad], form: ox.RdfFormat) -> bytes:
    """Return statements in an RDF format.

    The serialiser declares every prefix it is given, in an order that differs from process to
    process; here those that occur are declared, in alphabetical order.

    Raises:
        ValueError: the format cannot hold the statements.
    """
    if form not in _PREFIXED:
        return ox.serialize(statements, format=form) or b""
    text = ox.serialize(statements, format=form, prefixes=PREFIXES) or b""
    lines = text.split(b"\n", len(PREFIXES))
    body = lines.pop()
    occurring = set(_PREFIX.findall(body))
    used = sorted(line for line in lines if line.split(b" ", 2)[1] in occurring)
    return b"".join(line + b"\n" for line in used) + body
