"""Rules of queries that no grammar has, and that can be looked up in the tokens of one."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from difflib import get_close_matches

from alliance_graph.engine.diagnosis.grammar import grammar
from alliance_graph.engine.diagnosis.mistake import Mistake, shown
from alliance_graph.engine.diagnosis.reading import CLOSED_BY, OPENED_BY, Token, with_previous

_SENTENCES = {
    "Unexpected aggregate": (
        "an aggregate stands where there can be none",
        "put it into SELECT, HAVING or ORDER BY",
    ),
    "Reifiers are not allowed on property paths": (
        "an annotation stands behind a property path",
        "write a single predicate",
    ),
}
"""Other rules, by what the engine says of them: cause and mend."""
_ESCAPE = re.compile(r"\\(?:(u|U0000)[dD][89a-fA-F][0-9a-fA-F]{2}|.)", re.DOTALL)
_SCHEMES = ("http", "https", "urn", "mailto")
_LONGEST_PREFIX = 40


def broken_rule(tokens: Sequence[Token]) -> Mistake | None:
    """Return the first of the rules that a query breaks."""
    return _misplaced_aggregate(tokens) or _uneven_row(tokens) or _named_twice(tokens) or _half_character(tokens)


def undeclared_prefix(tokens: Sequence[Token], prefixes: Collection[str]) -> Mistake | None:
    """Return the first name whose prefix is not declared.

    Args:
        tokens: the tokens of a query.
        prefixes: those that need no declaration.
    """
    known = set(prefixes)
    for before, token in with_previous(tokens):
        prefix = token.text.partition(":")[0]
        if token.kind == "namespace" and before.kind == "PREFIX":
            known.add(prefix)
        elif token.kind in ("name", "namespace") and prefix not in known:
            if prefix in _SCHEMES:
                return Mistake(token.offset, f"`{shown(token.text)}` is an IRI by itself", "put it into < and >")
            near = get_close_matches(prefix, known, n=1) if len(prefix) <= _LONGEST_PREFIX else []
            also = f", or perhaps you mean {near[0]}:" if near else ""
            cause = f"the prefix `{shown(prefix)}:` is not declared"
            return Mistake(token.offset, cause, f"write PREFIX {shown(prefix)}: <…> at the beginning{also}")
    return None


def said_by_engine(said: str, offset: int) -> Mistake | None:
    """Return which rule the engine says to be broken, if it says so.

    Args:
        said: what it says.
        offset: where it says so, in characters from the start.
    """
    return next((Mistake(offset, *told) for sentence, told in _SENTENCES.items() if sentence in said), None)


def grouped_without_select(tokens: Sequence[Token]) -> Mistake | None:
    """Return where a query that is no SELECT is grouped: the engine takes it for one of all variables."""
    form = next((token.kind for token in tokens if token.kind in ("SELECT", "ASK", "CONSTRUCT", "DESCRIBE")), "SELECT")
    last = next((token for token in reversed(tokens) if token.kind in ("}", "GROUP")), None)
    if form == "SELECT" or last is None or last.kind != "GROUP":
        return None
    mend = "leave it out, or put a SELECT that has it into the braces"
    return Mistake(last.offset, f"GROUP BY stands in {form}", mend)


def _misplaced_aggregate(tokens: Sequence[Token]) -> Mistake | None:
    """Return the first aggregate in a FILTER or BIND."""
    aggregates = grammar().first["Aggregate"]
    clauses = [""]
    """The clause that each open bracket is in."""
    for before, token in with_previous(tokens):
        here = before.kind if before.kind in ("FILTER", "BIND") else clauses[-1]
        if token.kind in CLOSED_BY:
            clauses.append("" if token.kind == "{" else here)
        elif token.kind in OPENED_BY:
            clauses.pop()
        elif token.kind in aggregates and here:
            cause = f"the aggregate {token.kind} stands in {here}"
            return Mistake(token.offset, cause, "put it into SELECT or HAVING, or into a SELECT in its own { }")
    return None


def _uneven_row(tokens: Sequence[Token]) -> Mistake | None:
    """Return the first row of VALUES that has another number of values than there are variables."""
    columns = -1
    """How many variables VALUES has; below 0 where none is being read."""
    row: tuple[Token, int] | None = None
    """The beginning of the row that is being read, and how many values it has so far."""
    inner = 0
    in_rows = False
    for before, token in with_previous(tokens):
        if token.kind == "VALUES":
            columns, in_rows = 0, False
        elif columns < 0:
            continue
        elif token.kind in ("{", "}"):
            in_rows = token.kind == "{"
            columns = columns if in_rows else -1
        elif not in_rows:
            columns += token.kind == "variable"
        elif token.kind == "(":
            row = token, 0
        elif token.kind in (")", "nil"):
            start, values = (token, 0) if token.kind == "nil" or row is None else row
            if values != columns:
                cause = f"a row of VALUES has another number of values ({values}) than there are variables ({columns})"
                return Mistake(start.offset, cause, "write UNDEF for a value that there is not")
        elif row is not None:
            is_value = inner == 0 and token.kind not in ("tag", "^^") and before.kind != "^^"
            inner += (token.kind == "<<(") - (token.kind == ")>>")
            row = row[0], row[1] + (is_value and token.kind != ")>>")
    return None


def _named_twice(tokens: Sequence[Token]) -> Mistake | None:
    """Return the first variable that SELECT or VALUES names twice."""
    clause, depth = "", 0
    named: set[str] = set()
    for before, token in with_previous(tokens):
        if token.kind in ("SELECT", "VALUES"):
            clause, depth, named = token.kind, 0, set()
        elif token.kind in ("{", "WHERE", "FROM"):
            clause = ""
        elif clause and token.kind in ("(", ")"):
            depth += 1 if token.kind == "(" else -1
        elif clause and token.kind == "variable" and (clause == "VALUES" or depth == 0 or before.kind == "AS"):
            if token.text[1:] in named:
                mend = "give the new one another name" if before.kind == "AS" else "leave one out"
                return Mistake(token.offset, f"{clause} names {shown(token.text)} twice", mend)
            named.add(token.text[1:])
    return None


def _half_character(tokens: Sequence[Token]) -> Mistake | None:
    """Return the first escape of a surrogate, which is no character by itself (SPARQL 1.2, section 19.2)."""
    for token in tokens:
        escapes = _ESCAPE.finditer(token.text) if token.kind in ("string", "iri") else ()
        match = next((escape for escape in escapes if escape[1]), None)
        if match is not None:
            cause = f"`{match[0]}` names half a character"
            return Mistake(
                token.offset + match.start(), cause, "write the character itself, or its whole number with \\U"
            )
    return None
