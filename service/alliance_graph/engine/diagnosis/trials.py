"""Rules about variables and labels that are found to be broken by trying: without the part that does so, the text is a query."""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

from alliance_graph.engine.diagnosis.mistake import Mistake, shown
from alliance_graph.engine.diagnosis.reading import Token, with_previous

_SET_TWICE = ("AS sets {}, which has a value already", "give the new one another name")
_IN_AGGREGATE = "add it to GROUP BY, or put it into SAMPLE(…), COUNT(…) or the like"
_NOT_GROUPED = ("SELECT has {}, which is neither in GROUP BY nor in an aggregate", _IN_AGGREGATE)
_NOT_GROUPED_INSIDE = (
    "an expression of SELECT has {}, which is neither in GROUP BY nor in an aggregate",
    _IN_AGGREGATE,
)
_ALL_GROUPED = ("SELECT * with GROUP BY", "name the variables that GROUP BY has, and aggregates")
_TWO_GROUPS = ("the blank node {} stands in two groups", "use a variable, which may stand in both")
_CAPITALS = ("{} is written with capitals", "write it in small letters")
_SECONDS = 0.2
"""How long it is tried."""


class _Part(NamedTuple):
    """A part of a query that may break a rule."""

    token: Token
    instead: str
    """What would not break it."""
    rule: tuple[str, str]
    """What is wrong with it if it does, and how to mend it."""


def culprit(query: str, tokens: Sequence[Token], is_query: Callable[[str], bool]) -> Mistake | None:
    """Return which part breaks a rule, if there is one without which the text is a query.

    Args:
        query: the text.
        tokens: its tokens.
        is_query: tells whether the engine can read a text as a query.
    """
    if is_query(query):  # here, but not where it was asked
        return None
    until = time.perf_counter() + _SECONDS
    parts = [*_parts(tokens)]
    parts.reverse()  # of two that set the same variable, the second is to blame
    for changed in itertools.chain(([part] for part in parts), _together(parts)):
        if time.perf_counter() > until:
            break
        if is_query(_without(query, changed)):
            token, _, (cause, mend) = changed[-1]
            return Mistake(token.offset, cause.format(shown(token.text)), mend)
    return None


def malformed(tokens: Sequence[Token], is_query: Callable[[str], bool]) -> Mistake | None:
    """Return the first IRI or language tag that the engine does not take."""
    tried: set[str] = set()
    until = time.perf_counter() + _SECONDS
    for token in tokens:
        if time.perf_counter() > until:
            break
        if token.kind not in ("iri", "tag") or token.text in tried:
            continue
        tried.add(token.text)
        if token.kind == "iri" and not is_query(f"ASK {{ ?s ?p {token.text} }}"):
            return Mistake(
                token.offset, f"the IRI {shown(token.text)} is not well-formed", "write it as RFC 3987 has it"
            )
        if token.kind == "tag" and not is_query(f'ASK {{ ?s ?p ""{token.text} }}'):
            cause = f"the language tag {shown(token.text)} is not well-formed"
            return Mistake(token.offset, cause, "write it as BCP 47 has it, as in @en; a direction is --ltr or --rtl")
    return None


def _together(parts: Sequence[_Part]) -> Iterator[Sequence[_Part]]:
    """Yield the parts that may break the same rule, from the end on one more each time: the last one is to blame, too."""
    for rule in dict.fromkeys(part.rule for part in parts):
        same = [part for part in parts if part.rule == rule]
        for number in range(2, len(same) + 1):
            yield same[:number]


def _without(query: str, parts: Sequence[_Part]) -> str:
    """Return a text in which parts are replaced, given from its end on."""
    for token, instead, _ in parts:
        query = query[: token.offset] + instead + query[token.offset + len(token.text) :]
    return query


def _parts(tokens: Sequence[Token]) -> Iterator[_Part]:
    """Yield the parts of a query that may break a rule."""
    depth = -1
    """How many brackets are open in the SELECT that is being read; below 0 where none is."""
    for number, (before, token) in enumerate(with_previous(tokens)):
        fresh = f"name_{number}_that_nobody_uses"
        if token.kind == "SELECT":
            depth = 0
        elif token.kind in ("{", "WHERE", "FROM"):
            depth = -1
        elif depth >= 0 and token.kind in ("(", ")"):
            depth += 1 if token.kind == "(" else -1
        elif token.kind == "variable" and before.kind == "AS":
            yield _Part(token, f"?{fresh}", _SET_TWICE)
        elif token.kind == "variable" and depth == 0:
            yield _Part(token, f"(1 AS ?{fresh})", _NOT_GROUPED)
        elif token.kind == "variable" and depth > 0:
            yield _Part(token, "1", _NOT_GROUPED_INSIDE)
        elif token.kind == "*" and depth == 0:
            yield _Part(token, f"(1 AS ?{fresh})", _ALL_GROUPED)
        elif token.kind == "label":
            yield _Part(token, f"_:{fresh}", _TWO_GROUPS)
        elif token.kind in ("TRUE", "FALSE") and not token.text.islower():
            yield _Part(token, token.text.lower(), _CAPITALS)
