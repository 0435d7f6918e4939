"""Reading a text by the grammar of queries, up to where it cannot go on."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from alliance_graph.engine.diagnosis.grammar import START, grammar

_LETTER = r"A-Za-z\u00C0-\u00D6\u00D8-\u00F6\u00F8-\u02FF\u0370-\u037D\u037F-\u1FFF\u200C-\u200D\u2070-\u218F\u2C00-\u2FEF\u3001-\uD7FF\uF900-\uFDCF\uFDF0-\uFFFD"
_MORE = r"0-9\u00B7\u0300-\u036F\u203F-\u2040"
_PREFIX = rf"(?:[{_LETTER}](?:[{_LETTER}{_MORE}_.\-]*[{_LETTER}{_MORE}_\-])?)?"
_ESCAPED = r"%[0-9A-Fa-f]{2}|\\[_~.\-!$&'()*+,;=/?#@%]"
_LOCAL = (
    rf"(?:[{_LETTER}0-9_:]|{_ESCAPED})(?:(?:[{_LETTER}{_MORE}_:.\-]|{_ESCAPED})*(?:[{_LETTER}{_MORE}_:\-]|{_ESCAPED}))?"
)
_CHARACTER = r"\\[tbnrf\"'\\]|\\u[0-9A-Fa-f]{4}|\\U[0-9A-Fa-f]{8}"

_IRI = r'<(?:[^<>"{}|^`\\\x00-\x20]|\\u[0-9A-Fa-f]{4}|\\U[0-9A-Fa-f]{8})*'
IRI_BEGUN = re.compile(_IRI)
"""An IRI up to what ends it, or cannot stand in it."""
_STRINGS = {
    "'''": rf"'''(?:'{{0,2}}(?:[^'\\]|{_CHARACTER}))*",
    '"""': rf'"""(?:"{{0,2}}(?:[^"\\]|{_CHARACTER}))*',
    "'": rf"'(?!'')(?:[^'\\\r\n]|{_CHARACTER})*",
    '"': rf'"(?!"")(?:[^"\\\r\n]|{_CHARACTER})*',
}
"""Strings without their ends, by their quotation marks; the longer ones first."""
STRINGS_BEGUN = {quotes: re.compile(pattern) for quotes, pattern in _STRINGS.items()}
_NAMES = ("name", "namespace")
_PREFIX_RUN = re.compile(rf"[{_LETTER}{_MORE}_.\-]*")
_BLANK = re.compile(r"(?:[ \t\r\n]+|#[^\r\n]*)*")
_CLASSES = {
    name: re.compile(pattern)
    for name, pattern in {
        "iri": f"{_IRI}>",
        "variable": rf"[?$][{_LETTER}0-9_][{_LETTER}{_MORE}_]*",
        "label": rf"_:[{_LETTER}0-9_](?:[{_LETTER}{_MORE}_.\-]*[{_LETTER}{_MORE}_\-])?",
        "name": rf"{_PREFIX}:{_LOCAL}",
        "namespace": rf"{_PREFIX}:",
        "tag": r"@[A-Za-z]+(?:-[A-Za-z0-9]+)*(?:--[A-Za-z]+)?",
        "signed": r"[+-](?:[0-9]+(?:\.[0-9]*)?[eE][+-]?[0-9]+|\.[0-9]+(?:[eE][+-]?[0-9]+)?|[0-9]+\.[0-9]+|[0-9]+)",
        "number": r"[0-9]+(?:\.[0-9]*)?[eE][+-]?[0-9]+|\.[0-9]+(?:[eE][+-]?[0-9]+)?|[0-9]+\.[0-9]+",
        "integer": r"[0-9]+",
        "string": "|".join(pattern + quotes for quotes, pattern in _STRINGS.items()),
        "nil": r"\([ \t\r\n]*\)",
        "anon": r"\[[ \t\r\n]*\]",
        "word": rf"[{_LETTER}_][{_LETTER}{_MORE}_]*",
        "sign": r"<<\(|\)>>|<<|>>|\{\||\|\}|\^\^|\|\||&&|!=|<=|>=|.",
    }.items()
}
"""The classes of tokens (SPARQL 1.2 Query Language, section 19.8), those that take more of a text before others."""
OPENED_BY = {"}": "{", ")": "(", "]": "[", "|}": "{|", ">>": "<<", ")>>": "<<("}
"""Which bracket one closes."""
CLOSED_BY = {opening: closing for closing, opening in OPENED_BY.items()}


class Token(NamedTuple):
    """A token of a query."""

    kind: str
    """The terminal of the grammar that it is; `word` if it is none."""
    text: str
    offset: int
    """Where it begins, in characters from the start."""


def with_previous(tokens: Sequence[Token]) -> Iterator[tuple[Token, Token]]:
    """Yield each token after the one before it; before the first there is one of no kind."""
    return itertools.pairwise((Token("", "", 0), *tokens))


class Reading:
    """A text read as far as it is a query."""

    def __init__(self, query: str) -> None:
        """Read a text.

        Args:
            query: the text.
        """
        self.query = query
        self.tokens: list[Token] = []
        """The tokens up to where it ended."""
        self.open: list[Token] = []
        """The brackets that are open there."""
        self.stopped_by: Token | None = None
        """What stands there, as it is most likely meant; None if it is the end of the text."""
        self._grammar = grammar()
        self._looked_through = 0
        """Where the word ends that has been looked through for a colon."""
        self._to_come = [START]
        """The symbols that are still to come, the next one last."""
        offset = self.after_blank(0)
        while offset < len(query) and self.stopped_by is None:
            candidates = list(self._candidates(offset))
            token = next((one for one in candidates if self._grammar.accepts(self._to_come, one.kind)), None)
            if token is None:
                self.stopped_by = candidates[0]
            else:
                self._take(token)
                offset = self.after_blank(offset + len(token.text))

    @property
    def is_whole(self) -> bool:
        """Whether it is a query, as far as the grammar goes."""
        return self.stopped_by is None and self.can_end

    @property
    def can_end(self) -> bool:
        """Whether it is a query up to where it ended."""
        return all(symbol in self._grammar.empty for symbol in self._to_come)

    @property
    def expected(self) -> set[str]:
        """The terminals that can stand where it ended."""
        return self._grammar.expected(self._to_come)

    def is_inside(self, bracket: str) -> bool:
        """Return whether the last bracket that is open is one of these."""
        return bool(self.open) and self.open[-1].kind == bracket

    def after_blank(self, offset: int) -> int:
        """Return where the blanks and comments at an offset end."""
        match = _BLANK.match(self.query, offset)
        assert match is not None
        return match.end()

    def _candidates(self, offset: int) -> Iterator[Token]:
        """Yield what the text at an offset can be taken for, the likeliest first."""
        is_variable = False
        for kind, pattern in _CLASSES.items():
            if kind in _NAMES and not self._has_colon(offset):
                continue
            match = pattern.match(self.query, offset)
            if match is None:
                continue
            text = match[0]
            is_variable |= kind == "variable"
            if kind == "sign":
                if not is_variable:  # of a path, with a word behind it
                    yield Token(text, text, offset)
            elif kind == "word":
                word = "a" if text == "a" else text.upper()
                yield Token(word if word == "a" or word in self._grammar.keywords else "word", text, offset)
            else:
                yield Token(kind, text, offset)

    def _has_colon(self, offset: int) -> bool:
        """Return whether a prefix at an offset ends with a colon, if there is one; a long word is looked through once."""
        if offset >= self._looked_through:
            match = _PREFIX_RUN.match(self.query, offset)
            assert match is not None
            self._looked_through = match.end()
        return self.query.startswith(":", self._looked_through)

    def _take(self, token: Token) -> None:
        self._grammar.take(self._to_come, token.kind)
        self.tokens.append(token)
        if token.kind in CLOSED_BY:
            self.open.append(token)
        elif token.kind in OPENED_BY:
            self.open.pop()
