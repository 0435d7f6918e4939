"""Which queries are admitted: those that only read this dataset.

The engine would follow `SERVICE` wherever it stands and has no switch against it, so a query is
looked at before the engine sees it. The text is split into the tokens of the SPARQL 1.1 grammar
(section 19.8), so that the word in an IRI, a string, a variable or a comment refuses nothing.

The engine's parser knows no word boundaries: it reads `trueSERVICE<…>` and `SERVICESILENT<…>` as
the clause, and `SERVICE:x` as the clause with the IRI `:x`. Hence any bare word or namespace
prefix that contains the keyword is refused. Comments are blanked out, so that nothing can hide in
what this module takes for a comment and the engine does not.
"""

from __future__ import annotations

import re

from alliance_graph.errors import AllianceGraphError

_TOKEN = re.compile(
    r"""
    (?P<space>[ \t\r\n]+)
  | (?P<comment>\#[^\r\n]*)
  | (?P<string>\"\"\"(?:"{0,2}(?:[^"\\]|\\.))*\"\"\"|'''(?:'{0,2}(?:[^'\\]|\\.))*'''
        |"(?:[^"\\\r\n]|\\.)*"|'(?:[^'\\\r\n]|\\.)*')
  | (?P<iri><[^<>"{}|^`\x00-\x20]*>)
  | (?P<variable>[?$]\w+)
  | (?P<language>@[A-Za-z][A-Za-z0-9-]*)
  | (?P<number>(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)
  | (?P<name>_:\w(?:[\w.\-·‿⁀]*[\w\-·‿⁀])?
        |(?P<prefix>(?:[^\W\d_](?:[\w.\-·‿⁀]*[\w\-·‿⁀])?)?)
         :(?:(?:[\w:]|%[0-9A-Fa-f]{2}|\\.)(?:(?:[\w:.\-·‿⁀]|%[0-9A-Fa-f]{2}|\\.)*
            (?:[\w:\-·‿⁀]|%[0-9A-Fa-f]{2}|\\.))?)?)
  | (?P<word>[A-Za-z_][A-Za-z0-9_]*)
  | (?P<other>.)
    """,
    re.VERBOSE | re.DOTALL,
)

_KEYWORD = "SERVICE"
_PROLOGUE = frozenset(("PREFIX", "BASE", "VERSION"))
_UPDATES = frozenset(("INSERT", "DELETE", "LOAD", "CLEAR", "CREATE", "DROP", "COPY", "MOVE", "ADD"))


class QueryRefusedError(AllianceGraphError):
    """A query that this service does not answer, with the place of the clause that is the reason."""

    def __init__(self, cause: str, mend: str, *, clause: str, position: tuple[int, int], place: str) -> None:
        self.clause = clause
        self.line, self.column = position
        where = f"{place}:{self.line}:{self.column}" if place else f"line {self.line}, column {self.column}"
        super().__init__(cause, mend, place=where)


def admit(query: str, *, place: str = "") -> str:
    """Return the query as the engine may have it: as it is, comments blanked out.

    Raises:
        QueryRefusedError: the text has a SERVICE clause, or is an update.
    """
    admitted: list[str] = []
    prologue = True
    for match in _TOKEN.finditer(query):
        kind, text = match.lastgroup, match[0]
        admitted.append(" " * len(text) if kind == "comment" else text)
        bare = text if kind == "word" else (match["prefix"] or "")
        if _KEYWORD in bare.upper():
            raise QueryRefusedError(
                "SERVICE is not allowed: this service answers from its own data and makes no outbound request",
                "leave the clause out" if kind == "word" else "leave the clause out, or give the prefix another name",
                clause=_KEYWORD,
                position=_position(query, match.start()),
                place=place,
            )
        if kind == "word" and prologue and text.upper() not in _PROLOGUE:
            prologue = False
            if text.upper() in _UPDATES:
                raise QueryRefusedError(
                    f"{text.upper()} is an update: this service only reads",
                    "send a SELECT, ASK, CONSTRUCT or DESCRIBE query",
                    clause=text.upper(),
                    position=_position(query, match.start()),
                    place=place,
                )
    return "".join(admitted)


def _position(text: str, offset: int) -> tuple[int, int]:
    """Return line and column of an offset, counted from 1."""
    return text.count("\n", 0, offset) + 1, offset - (text.rfind("\n", 0, offset) + 1) + 1
