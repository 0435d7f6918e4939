"""Orders that the engine can sort by.

The engine compares two literals by value where it can and by their text where it cannot, which is no
total order over mixed data: 9 < 10, 10 < "95" and "95" < 9. Its sort notices and ends the process.
SPARQL leaves the order of such literals open (SPARQL 1.1 Query, section 15.1), so a query can be
given one that is total: what is compared by value is kept apart, kind by kind.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from alliance_graph.engine.tokens import TOKEN

_ENDS = frozenset(("LIMIT", "OFFSET", "VALUES"))
_DIRECTIONS = frozenset(("ASC", "DESC"))
_OPEN, _CLOSE = frozenset("([{"), frozenset(")]}")
_STRING = "<http://www.w3.org/2001/XMLSchema#string>"
_KEYS = (
    "(isNumeric({e}) && {e} = {e})",  # a NaN is not compared by value
    f'(IF(isLiteral({{e}}) && LANG({{e}}) = "" && DATATYPE({{e}}) != {_STRING} && !(isNumeric({{e}}) && {{e}} = {{e}}),'
    ' STR(DATATYPE({e})), ""))',
    '(COALESCE(TZ({e}) = "", false))',  # with and without a time zone two times may not be comparable
    "({e})",
)
"""What to sort by instead of an expression: numbers come last, other values kind by kind before them."""


def total_order(query: str) -> str | None:
    """Return a query that means the same and orders its solutions by a total order; None if it orders none.

    Args:
        query: the text of a valid query.
    """
    tokens = [token for token in TOKEN.finditer(query) if token.lastgroup not in ("space", "comment")]
    if any(token.lastgroup == "unclear" for token in tokens):
        return None
    out, done = [], 0
    for first, last, direction in _conditions(tokens):
        out.append(query[done : first.start()])
        expression = query[last[0].start() : last[1].end()]
        out.append(" ".join(direction + key.replace("{e}", expression) for key in _KEYS))
        done = last[1].end()
    return "".join([*out, query[done:]]) if out else None


def _conditions(
    tokens: list[re.Match[str]],
) -> Iterator[tuple[re.Match[str], tuple[re.Match[str], re.Match[str]], str]]:
    """Yield each condition of an ORDER BY: where it begins, its expression's ends, and its direction."""
    at = 0
    while at + 1 < len(tokens):
        if not (_is(tokens[at], "ORDER") and _is(tokens[at + 1], "BY")):
            at += 1
            continue
        at += 2
        while at < len(tokens) and tokens[at].group() != "}" and tokens[at].group().upper() not in _ENDS:
            first, direction = tokens[at], "ASC"
            if first.lastgroup == "word" and first.group().upper() in _DIRECTIONS:
                direction, at = first.group().upper(), at + 1
            end = _end(tokens, at)
            yield first, (tokens[at], tokens[end]), direction
            at = end + 1


def _is(token: re.Match[str], word: str) -> bool:
    return token.lastgroup == "word" and token.group().upper() == word


def _end(tokens: list[re.Match[str]], at: int) -> int:
    """Return the place of the last token of the expression that begins at a place: a variable, or up to its bracket."""
    if tokens[at].lastgroup == "variable":
        return at
    while tokens[at].group() not in _OPEN:  # a function's name, or EXISTS
        at += 1
    depth = 0
    while True:
        depth += (tokens[at].group() in _OPEN) - (tokens[at].group() in _CLOSE)
        if not depth:
            return at
        at += 1
