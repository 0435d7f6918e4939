"""Which queries are admitted: those that only read this dataset.

The engine would follow `SERVICE` wherever it stands and has no switch against it, so a query is
looked at before the engine sees it. The text is split into the tokens of the SPARQL 1.1 grammar
(section 19.8), so that the word in an IRI, a string, a variable or a comment refuses nothing.

The engine's parser knows no word boundaries: it reads `trueSERVICE<…>` and `SERVICESILENT<…>` as
the clause, and `SERVICE:x` as the clause with the IRI `:x`. Hence any bare word or namespace
prefix that contains the keyword is refused. It also has no tokens: where that lets it go on, it
reads `?a<?b)SERVICE#>` as a comparison with a comment after it, and three quotes as an empty string
and the beginning of another. So a string has only the escapes the engine knows, a name ends at its
first dot, and what could be an IRI or a comparison, with a string or comment in it, is refused if
the text has the keyword at all. Comments are blanked out, so that nothing can hide in what this
module takes for a comment and the engine does not.
"""

from __future__ import annotations

import re
from functools import lru_cache

from alliance_graph.engine.tokens import TOKEN, end_of_declarations, line_and_column, where
from alliance_graph.errors import AllianceGraphError

SERVICE = "SERVICE"
"""The keyword of the clause that is refused."""
_PROLOGUE = frozenset(("PREFIX", "BASE", "VERSION"))
_UPDATES = ("INSERT", "DELETE", "LOAD", "CLEAR", "CREATE", "DROP", "COPY", "MOVE", "ADD")
_SUSPECT = (SERVICE, *_UPDATES)


class QueryRefusedError(AllianceGraphError):
    """A query that this service does not answer, with the place of the clause that is the reason."""

    def __init__(self, cause: str, mend: str, *, clause: str, position: tuple[int, int], place: str) -> None:
        self.clause = clause
        self.line, self.column = position
        super().__init__(cause, mend, place=where(self.line, self.column, place))


def admit(query: str, *, place: str = "") -> str:
    """Return the query as the engine may have it: as it is, comments blanked out if it has the keyword.

    Raises:
        QueryRefusedError: the text has a SERVICE clause, or is an update.
    """
    end = end_of_declarations(query)  # no word begins before it and ends after it
    if not _is_suspect(query[end:]) and not _are_suspect(query[:end]):
        return query
    tokens = list(TOKEN.finditer(query))
    _refuse_updates(query, tokens, place)
    if SERVICE in query.upper():
        _refuse_service(query, tokens, place)
        return "".join(" " * len(t[0]) if t.lastgroup == "comment" else t[0] for t in tokens)
    return query


def _is_suspect(text: str) -> bool:
    """Return whether a text has the keyword or the name of an update operation in it, wherever."""
    capitals = text.upper()
    for word in _SUSPECT:  # noqa: SIM110 - any() takes half as long again
        if word in capitals:
            return True
    return False


_are_suspect = lru_cache(maxsize=64)(_is_suspect)
"""The same for the declarations of prefixes that a query begins with, as many others do."""


def _refuse_service(query: str, tokens: list[re.Match[str]], place: str) -> None:
    for token in tokens:
        if SERVICE in _bare(token):
            prefix = token.lastgroup == "name"
            raise QueryRefusedError(
                "SERVICE is not allowed: this service answers from its own data and makes no outbound request",
                "leave the clause out, or give the prefix another name" if prefix else "leave the clause out",
                clause=SERVICE,
                position=line_and_column(query, token.start()),
                place=place,
            )
        if token.lastgroup == "unclear":
            raise QueryRefusedError(
                f"this can be read as an IRI or as a comparison, and the query has the word {SERVICE} in it",
                "put a blank after <, or write the IRI with a prefix",
                clause=SERVICE,
                position=line_and_column(query, token.start()),
                place=place,
            )


def _refuse_updates(query: str, tokens: list[re.Match[str]], place: str) -> None:
    words = (token for token in tokens if token.lastgroup == "word" and _bare(token) not in _PROLOGUE)
    first = next(words, None)
    if first is not None and _bare(first) in _UPDATES:
        raise QueryRefusedError(
            f"{_bare(first)} is an update: this service only reads",
            "send a SELECT, ASK, CONSTRUCT or DESCRIBE query",
            clause=_bare(first),
            position=line_and_column(query, first.start()),
            place=place,
        )


def _bare(token: re.Match[str]) -> str:
    """Return what of a token the engine could take for a keyword, in capitals: a word, or a prefix."""
    return (token[0] if token.lastgroup == "word" else token["prefix"] or "").upper()
