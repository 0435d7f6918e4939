"""On which line of a Turtle file each triple stands.

No Turtle parser for Python reports this. A small tokenizer walks the text by the grammar of
Turtle 1.1 (W3C Recommendation, section 6.5) and counts lines; it emits one entry for each triple
in the order in which the Oxigraph parser emits the triple itself, so the two lists pair up. It
trusts the parser for everything else: it is only given text that has already been parsed.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

_TOKEN = re.compile(
    r"""
    (?P<space>[ \t\r\n]+|\#[^\r\n]*)
  | (?P<string>\"\"\"(?:[^"\\]|\\.|"(?!""))*\"\"\"|'''(?:[^'\\]|\\.|'(?!''))*'''
        |"(?:[^"\\\r\n]|\\.)*"|'(?:[^'\\\r\n]|\\.)*')
  | (?P<iri><[^<>"{}|^`\x00-\x20]*>)
  | (?P<directive>@(?:prefix|base)\b)
  | (?P<lang>@[A-Za-z]+(?:-[A-Za-z0-9]+)*(?:--[a-z]+)?)
  | (?P<datatype>\^\^)
  | (?P<number>[+-]?(?:\d+\.\d*(?:[eE][+-]?\d+)|\.?\d+[eE][+-]?\d+|\d*\.\d+|\d+))
  | (?P<name>(?:[^\s"'<>()\[\]{},;.\#\\@^]|\\.|\.+(?=[^\s"'<>()\[\]{},;.\#@^]))+)
  | (?P<mark>[\[\](),;.])
    """,
    re.VERBOSE | re.DOTALL,
)


@dataclass(frozen=True)
class _Token:
    kind: str
    text: str
    line: int


def triple_lines(text: str) -> list[tuple[int, int]]:
    """Return (line of the subject, line of the object) for each triple of a valid Turtle text.

    Lines are counted from 1. The text must be valid Turtle; quoted triples are not supported and
    end the list early.
    """
    return _Walker(_tokens(text)).walk()


def _tokens(text: str) -> list[_Token]:
    tokens: list[_Token] = []
    position, line = 0, 1
    while position < len(text):
        match = _TOKEN.match(text, position)
        if match is None:
            break
        kind = match.lastgroup or ""
        if kind != "space":
            tokens.append(_Token(kind, match[0], line))
        line += match[0].count("\n")
        position = match.end()
    return tokens


class _Walker:
    """A recursive walk over the tokens of one document."""

    def __init__(self, tokens: list[_Token]) -> None:
        self.tokens = tokens
        self.at = 0
        self.found: list[tuple[int, int]] = []

    def walk(self) -> list[tuple[int, int]]:
        try:
            while self.at < len(self.tokens):
                self._statement()
        except IndexError:
            pass
        return self.found

    def _next(self) -> _Token:
        token = self.tokens[self.at]
        self.at += 1
        return token

    def _sees(self, *marks: str) -> bool:
        return self.at < len(self.tokens) and self.tokens[self.at].text in marks

    def _statement(self) -> None:
        token = self.tokens[self.at]
        if token.kind == "directive" or (token.kind == "name" and token.text.lower() in ("prefix", "base")):
            self._directive(token)
            return
        line = token.line
        bare = self._term(line)
        if not (bare and self._sees(".")):
            self._predicates(line)
        self._next()

    def _directive(self, token: _Token) -> None:
        self.at += 1
        while self._next().kind != "iri":
            pass
        if token.kind == "directive":
            self._next()

    def _predicates(self, subject_line: int) -> None:
        while not self._sees(".", "]"):
            self._next()  # the predicate
            self._object(subject_line)
            while self._sees(","):
                self._next()
                self._object(subject_line)
            while self._sees(";"):
                self._next()

    def _object(self, subject_line: int) -> None:
        line = self.tokens[self.at].line
        if self._sees("("):
            self._collection(subject_line)
            return
        self._term(line)
        self.found.append((subject_line, line))

    def _term(self, line: int) -> bool:
        """Pass over a term; return whether it was a blank node with properties."""
        token = self._next()
        if token.text == "[":
            bare = not self._sees("]")
            self._predicates(line)
            self._next()
            return bare
        if token.text == "(":
            self.at -= 1
            self._collection(None)
        elif token.kind == "string" and self.at < len(self.tokens):
            if self.tokens[self.at].kind == "lang":
                self._next()
            elif self.tokens[self.at].kind == "datatype":
                self._next()
                self._next()
        return False

    def _collection(self, subject_line: int | None) -> None:
        """Pass over a list: the parser emits its first item, the triple that holds it, then the rest."""
        start = self._next().line
        if self._sees(")"):
            self._next()
            if subject_line is not None:
                self.found.append((subject_line, start))
            return
        first = True
        while not self._sees(")"):
            line = self.tokens[self.at].line
            if self._sees("("):
                self._collection(line)
            else:
                self._term(line)
                self.found.append((line, line))
            if first:
                if subject_line is not None:
                    self.found.append((subject_line, start))
                first = False
            else:
                self.found.append((line, line))
        end = self._next().line
        self.found.append((end, end))
