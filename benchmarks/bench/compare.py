"""Whether two systems gave the same answer: a speed counts for nothing if the answer is wrong."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Hashable
from typing import Any

import pyoxigraph as ox

from bench.queries import GRAPH_TYPE, Kind

_STRING = "http://www.w3.org/2001/XMLSchema#string"


class BrokenAnswerError(Exception):
    """An answer that is not in the format it claims, with the reason."""


def essence(kind: Kind, body: bytes) -> Hashable:
    """Return what every right answer to a query of a kind has in common.

    Raises:
        BrokenAnswerError: the body is not whole, or not in the format asked for.
    """
    try:
        if kind.media_type == GRAPH_TYPE:
            return frozenset(str(quad.triple) for quad in ox.parse(body, format=ox.RdfFormat.N_TRIPLES))
        answer = json.loads(body)
        if "boolean" in answer:
            return bool(answer["boolean"])
        names = answer["head"]["vars"]
        rows = [tuple(_term(row.get(name)) for name in names) for row in answer["results"]["bindings"]]
    except (ValueError, KeyError, TypeError, SyntaxError) as error:
        raise BrokenAnswerError(f"{type(error).__name__}: {error}") from None
    return frozenset(Counter(rows).items()) if kind.rows_matter else len(rows)


def _term(term: dict[str, Any] | None) -> Hashable:
    if term is None:
        return None
    datatype = term.get("datatype")
    kind = "literal" if term["type"] == "typed-literal" else term["type"]
    return kind, term["value"], term.get("xml:lang", "").lower(), None if datatype == _STRING else datatype
