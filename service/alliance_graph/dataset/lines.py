"""On which line of a Turtle file each triple stands.

No Turtle parser for Python reports this. A small tokenizer walks the text by the grammar of
Turtle 1.1 (W3C Recommendation, section 6.5) and counts lines; it emits one entry for each triple
in the order in which the Oxigraph parser emits the triple itself, so the two lists pair up. It
trusts the parser for everything else: it is only given text that has already been parsed.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import groupby
from operator import itemgetter

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


def too_deep(text: str, levels: int) -> int | None:
    """Return the line at which brackets first stand more than so many levels inside one another; None if nowhere.

    The text need not be valid Turtle; what follows its first error is not looked at.
    """
    if min(text.count("[") + text.count("("), text.count("]") + text.count(")")) <= levels:
        return None
    depth = 0
    for token in _tokens(text):
        if token.text in ("[", "("):
            depth += 1
            if depth > levels:
                return token.line
        elif token.text in ("]", ")"):
            depth -= 1
    return None


def first_comment(text: str) -> int | None:
    """Return the line of the first comment of a valid Turtle text; None if there is none."""
    position = 0
    while match := _TOKEN.match(text, position):
        if match.lastgroup == "space" and match[0].startswith("#"):
            return text.count("\n", 0, position) + 1
        position = match.end()
    return None


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
        self.found: list[tuple[int, tuple[int, int]]] = []
        """For each triple the token at which the parser is sure of it, and its lines."""

    def walk(self) -> list[tuple[int, int]]:
        try:
            while self.at < len(self.tokens):
                self._statement()
        except IndexError:
            pass
        # The parser hands out what it learns from one token last come first.
        groups = groupby(self.found, key=itemgetter(0))
        return [lines for _, group in groups for _, lines in reversed(list(group))]

    def _next(self) -> _Token:
        token = self.tokens[self.at]
        self.at += 1
        return token

    def _sees(self, *marks: str) -> bool:
        return self.at < len(self.tokens) and self.tokens[self.at].text in marks

    def _sees_kind(self, kind: str) -> bool:
        return self.at < len(self.tokens) and self.tokens[self.at].kind == kind

    def _statement(self) -> None:
        token = self.tokens[self.at]
        if token.kind == "directive" or (token.kind == "name" and token.text.lower() in ("prefix", "base")):
            self._directive(token)
            return
        bare = False
        if self._sees("("):
            self._collection(None)
        else:
            bare = self._term()
        if not (bare and self._sees(".")):
            self._predicates(token.line)
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
            self._collection((subject_line, line))
            return
        self._term()
        last = self.tokens[self.at - 1]
        # After a string a language or datatype may come: only the next token tells that it does not.
        sure = self.at if last.kind == "string" else self.at - 1
        self.found.append((sure, (subject_line, line)))

    def _term(self) -> bool:
        """Pass over a term that is no list; return whether it was a blank node with properties."""
        token = self._next()
        if token.text == "[":
            bare = not self._sees("]")
            self._predicates(token.line)
            self._next()
            return bare
        if token.kind == "string":
            if self._sees_kind("lang"):
                self._next()
            elif self._sees_kind("datatype"):
                self._next()
                self._next()
        return False

    def _collection(self, link: tuple[int, int] | None) -> None:
        """Pass over a list.

        Args:
            link: the lines of the triple whose object the list is; None if it is a subject.
        """
        self._next()
        empty = self._sees(")")
        while not self._sees(")"):
            line = self.tokens[self.at].line
            if link:
                self.found.append((self.at, link))
            self._object(line)
            link = (line, line)
        end = self.tokens[self.at].line
        if link:
            self.found.append((self.at, link if empty else (end, end)))
        self._next()
