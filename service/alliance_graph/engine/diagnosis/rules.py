"""Rules of queries that no grammar has: what a name, a variable or an aggregate may be beside others."""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable, Collection, Iterator, Sequence
from difflib import get_close_matches
from typing import NamedTuple

from alliance_graph.engine.diagnosis.finding import Finding, shown
from alliance_graph.engine.diagnosis.grammar import grammar
from alliance_graph.engine.diagnosis.reading import CLOSED_BY, OPENED_BY, Token

_SENTENCES = {
    "SELECT * is not authorized with GROUP BY": (
        "SELECT * with GROUP BY",
        "name the variables that GROUP BY has, and aggregates",
    ),
    "The SELECT contains a variable that is unbound": (
        "SELECT has variables that are neither in GROUP BY nor in an aggregate",
        "add them to GROUP BY, or put them into SAMPLE(…), COUNT(…) or the like",
    ),
    "The SELECT contains an expression with a variable that is unbound": (
        "an expression of SELECT has a variable that is neither in GROUP BY nor in an aggregate",
        "add it to GROUP BY, or put it into SAMPLE(…), COUNT(…) or the like",
    ),
    "Unexpected aggregate": (
        "an aggregate stands where there can be none",
        "put it into SELECT, HAVING or ORDER BY",
    ),
    "IRI parsing failed": ("an IRI is not well-formed", "write it as RFC 3987 has it"),
    "language tag parsing failed": ("a language tag is not well-formed", "write it as BCP 47 has it, as in @en"),
    "the only base directions allowed": ("a base direction is neither --ltr nor --rtl", "write one of them"),
}
"""Rules beyond the grammar, by what the engine says of them: cause and mend."""
_NOT_GROUPED = (
    "SELECT has {}, which is neither in GROUP BY nor in an aggregate",
    "add it to GROUP BY, or put it into SAMPLE(…), COUNT(…) or the like",
)
_OTHER_NAME = "give the new one another name"
_VARIABLE = "use a variable, which may stand in both"
_UNDEF = "write UNDEF for a value that there is not"
_TWICE = ("SELECT names {} twice", "leave one out")
_BEFORE_SELECTED = frozenset(("SELECT", "DISTINCT", "REDUCED", "variable", ")"))
_FRESH = "a_name_that_nobody_uses"
_LONGEST_PREFIX = 40
_PROBE_SECONDS = 0.2
"""How long texts that are changed a little are tried."""


def undeclared_prefix(tokens: Sequence[Token], prefixes: Collection[str]) -> Finding | None:
    """Return the first name whose prefix is not declared.

    Args:
        tokens: the tokens of a query.
        prefixes: those that need no declaration.
    """
    known = set(prefixes)
    for before, token in _pairs(tokens):
        prefix = token.text.partition(":")[0]
        if token.kind == "namespace" and before.kind == "PREFIX":
            known.add(prefix)
        elif token.kind in ("name", "namespace") and prefix not in known:
            near = get_close_matches(prefix, known, n=1) if len(prefix) <= _LONGEST_PREFIX else []
            also = f", or did you mean {near[0]}:?" if near else ""
            cause = f"the prefix `{shown(prefix)}:` is not declared"
            return Finding(token.offset, cause, f"write PREFIX {shown(prefix)}: <…> at the beginning{also}")
    return None


def misplaced_aggregate(tokens: Sequence[Token]) -> Finding | None:
    """Return the first aggregate in a FILTER or BIND."""
    aggregates = grammar().first["Aggregate"]
    clauses = [""]
    """The clause that each open bracket is in."""
    for before, token in _pairs(tokens):
        if token.kind in CLOSED_BY:
            clause = "" if token.kind == "{" else clauses[-1]
            clauses.append(before.kind if before.kind in ("FILTER", "BIND") else clause)
        elif token.kind in OPENED_BY:
            clauses.pop()
        elif token.kind in aggregates and clauses[-1]:
            cause = f"the aggregate {token.kind} stands in {clauses[-1]}"
            return Finding(token.offset, cause, "put it into SELECT or HAVING, or into a SELECT in its own { }")
    return None


def said_by_engine(tokens: Sequence[Token], said: str, offset: int) -> Finding | None:
    """Return which rule the engine says to be broken, if it says so.

    Args:
        tokens: the tokens of the query.
        said: what it says.
        offset: where it says so, in characters from the start.
    """
    for sentence, (cause, mend) in _SENTENCES.items():
        if sentence in said:
            selects = [token.offset for token in tokens if token.kind == "SELECT" and token.offset < offset]
            return Finding(selects[-1] if "SELECT" in cause and selects else offset, cause, mend)
    return None


class _Suspect(NamedTuple):
    """A part of a query that may break a rule."""

    offset: int
    text: str
    instead: str
    """What would not break it."""
    cause: str
    mend: str


def broken_by(query: str, tokens: Sequence[Token], is_query: Callable[[str], bool]) -> Finding | None:
    """Return which part breaks a rule, if there is one without which the text is a query.

    Args:
        query: the text.
        tokens: its tokens.
        is_query: tells whether the engine can read a text as a query.
    """
    until = time.perf_counter() + _PROBE_SECONDS
    for part in reversed([*_suspects(query, tokens)]):
        if time.perf_counter() > until:
            break
        if is_query(query[: part.offset] + part.instead + query[part.offset + len(part.text) :]):
            return Finding(part.offset, part.cause.format(shown(part.text)), part.mend)
    return None


def _suspects(query: str, tokens: Sequence[Token]) -> Iterator[_Suspect]:
    """Yield the parts of a query that may break a rule."""
    selected: set[str] | None = None
    """The variables of the SELECT that is being read."""
    values = ""
    """What of VALUES is being read: its variables, or its rows."""
    row = 0
    for before, token in _pairs(tokens):
        kind, text, offset = token
        if kind == "SELECT":
            selected = set()
        elif kind in ("WHERE", "FROM"):
            selected = None
        elif kind == "VALUES":
            values = "variables"
        elif kind in ("{", "}"):
            selected = None
            values = "rows" if values and kind == "{" else ""
        elif kind == "(" and values == "rows":
            row = offset
        elif kind in (")", "nil") and values == "rows":
            start = row if kind == ")" else offset
            whole = query[start : offset + len(text)]
            yield _Suspect(
                start, whole, "", "the row {} of VALUES has more or fewer values than there are variables", _UNDEF
            )
        elif kind == "variable" and values == "variables":
            yield _Suspect(offset, text, f"?{_FRESH}", "VALUES names {} twice", "leave one out")
        elif kind == "variable" and before.kind == "AS":
            yield _Suspect(offset, text, f"?{_FRESH}", "AS sets {}, which has a value already", _OTHER_NAME)
        elif kind == "variable" and selected is not None and before.kind in _BEFORE_SELECTED:
            yield _Suspect(offset, text, f"(1 AS ?{_FRESH})", *(_TWICE if text[1:] in selected else _NOT_GROUPED))
            selected.add(text[1:])
        elif kind == "label":
            yield _Suspect(offset, text, f"_:{_FRESH}", "the blank node {} stands in two groups", _VARIABLE)
        elif kind in ("TRUE", "FALSE") and not text.islower():
            yield _Suspect(offset, text, text.lower(), "{} is written in capitals", "write it in small letters")


def _pairs(tokens: Sequence[Token]) -> Iterator[tuple[Token, Token]]:
    """Return each token with the one before it."""
    return itertools.pairwise((Token("", "", 0), *tokens))
