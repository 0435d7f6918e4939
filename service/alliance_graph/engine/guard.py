"""Which queries are too complex: those that would keep the engine's parser and planner from ever answering.

The engine reads brackets by recursion and plans a join of n patterns in the fourth power of n, both
before it looks at any data. So the brackets, patterns and chains of a query are counted in one pass
over its tokens (`engine/limits.py` says how many are too many and why). It is no parser: where a
text is no SPARQL, the count does not matter, because the engine stops there. What may get through
by a trick meets the limits of the worker, which need no understanding of the query.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from alliance_graph.engine.limits import Limits
from alliance_graph.engine.tokens import TOKEN, end_of_declarations, line_and_column, where
from alliance_graph.errors import AllianceGraphError

_OPENING = {")": "(", "]": "[", "}": "{", ">>": "<<"}
_DOUBLE = frozenset(("||", "&&", "!=", "<<", ">>", "{|", "|}"))
_TERMS = frozenset(("iri", "unclear", "variable", "string", "number", "name"))
_TERM_WORDS = frozenset(("A", "TRUE", "FALSE"))
_TRIPLES = frozenset(("group", "template", "annotation", "square", "list"))
"""The brackets in which triples, or parts of one, stand."""
_AWAITING = ("FILTER", "BIND", "VALUES", "OPTIONAL", "MINUS", "UNION", "GRAPH", "EXISTS", "WHERE", "CONSTRUCT")
"""Keywords whose bracket comes next; to the engine, which knows no word boundaries, also as the end of a word."""
_COUNTED = frozenset(("FILTER", "BIND", "MINUS", "UNION"))
_OPERATORS = frozenset(("||", "&&", "!", "+", "-", "*", "/"))
_LARGEST_SHIFT = 40
_SHORT = 180
"""How many characters a query has at the most for its keywords not to be counted, which takes longer than the rest."""
_JOINED = "patterns joined in one group"
_ALL = "patterns and subselects in all, where each counts double for every subselect it is in"
_NAMES = {
    "items": "items in one list",
    "expressions": "expressions in one SELECT and its modifiers",
    "arithmetic operators": "arithmetic operators in one expression",
    **{keyword: f"{keyword} in one group" for keyword in _COUNTED},
    **{operator: f"{operator} in one expression" for operator in ("||", "&&", "!")},
}
_HINT = "ask for less in one query, or in several"


class QueryTooComplexError(AllianceGraphError):
    """A query that has too much of something, with the place where it became too much."""

    def __init__(self, what: str, number: int, limit: int, *, position: tuple[int, int], place: str) -> None:
        self.number = number
        self.limit = limit
        self.line, self.column = position
        super().__init__(
            f"the query has {number} {what}; at most {limit} are allowed",
            _HINT,
            place=where(self.line, self.column, place),
        )


def guard(query: str, limits: Limits, *, place: str = "") -> None:
    """Refuse a query that the engine could not read or plan.

    Args:
        query: the text as the engine will have it.
        limits: how much of everything a query may have.
        place: what to call the query in errors.

    Raises:
        QueryTooComplexError: there is too much of something.
    """
    offset = end_of_declarations(query)  # which take the engine no time to speak of
    if _is_small(query[offset:], limits):
        return
    scan = _Scan(limits)
    while offset < len(query):
        token = TOKEN.match(query, offset)
        assert token is not None
        offset += scan.read(token, query)
    if scan.excess:
        what, (number, limit, offset) = next(iter(scan.excess.items()))
        raise QueryTooComplexError(what, number, limit, position=line_and_column(query, offset), place=place)


def _is_small(query: str, limits: Limits) -> bool:
    """Return whether a query has too little of anything for the scan to find too much; that takes a tenth of the time.

    Without round brackets and triples in triples, a pattern begins in a new bracket, after a separator or
    after a keyword, and nothing else is counted more often than these come, but items: they are at most as
    many as characters. Each character and keyword counts wherever it stands, in an IRI too.
    """
    if "(" in query or "<<" in query or len(query) > limits.items:
        return False
    text = query.upper()
    count = text.count
    # A bracket may be a pattern, begin one, and be joined as one.
    number = 1 + 3 * (count("{") + count("[")) + count(".") + count(";") + count(",") + count("/") + count("|")
    # Two keywords have seven characters at least, if one ends with the letter that the other begins with.
    number += len(text) // 3 if len(text) < _SHORT else sum(map(count, _AWAITING))
    subselects = min(count("SELECT"), _LARGEST_SHIFT)
    return number <= min(limits.nesting, limits.patterns, limits.chain) and number << subselects <= limits.all_patterns


@dataclass(slots=True)
class _Bracket:
    """An open bracket, or the query as a whole."""

    opened_by: str
    kind: str
    """`root`, `subselect`, `group`, `template`, `annotation`, `square`, `list`, `triple`, `expression`, `data`, `row`."""
    home: _Bracket | None = None
    """The group or data block that counts what is found here; None for this one."""
    joined: bool = False
    """Whether the engine joins the patterns of this group with those around it."""
    subselects: int = 0
    awaiting: str = ""
    """The keyword whose own bracket has not come yet."""
    in_pattern: bool = False
    patterns: int = 0
    pending: int = 0
    """Patterns of the group that has just ended; they are joined here unless UNION follows."""
    counts: dict[str, int] = field(default_factory=dict)


class _Scan:
    """The state of one pass: which brackets are open, and what was too much."""

    def __init__(self, limits: Limits) -> None:
        self.excess: dict[str, tuple[int, int, int]] = {}
        """What is too much: how many there are, how many may be, and where it became too many."""
        self._limits = limits
        self._open = [_Bracket("", "root")]
        self._open_by = dict.fromkeys(_OPENING.values(), 0)
        self._total = 0
        self._after_term = False
        self._offset = 0

    def read(self, token: re.Match[str], query: str) -> int:
        """Take note of a token; return how many characters have been read."""
        kind, text = token.lastgroup or "", token[0]
        if kind in ("space", "comment"):
            return len(text)
        self._offset = token.start()
        bracket = self._open[-1]
        if text[0] == "<" and bracket.kind == "expression" and self._after_term:
            kind, text = "other", "<"  # a comparison; what comes after it is read anew
        elif kind == "other" and query[self._offset : self._offset + 2] in _DOUBLE:
            text = query[self._offset : self._offset + 2]
        if bracket.pending:
            self._join_pending(bracket, text)
        if kind in _TERMS:
            self._term(bracket)
            if kind == "number" and text.endswith("."):  # to the engine the dot is the end of the triple
                bracket.in_pattern = False
            self._after_term = True
        elif kind == "word":
            self._after_term = self._word(bracket, text.upper())
        elif kind == "other":
            self._after_term = self._punctuation(bracket, text)
        return len(text)

    def _term(self, bracket: _Bracket) -> None:
        if bracket.kind in ("data", "row", "root", "subselect"):
            self._count(bracket.home or bracket, "items")
        elif bracket.kind == "list":
            if self._after_term:  # an item; a step of a path comes after an operator
                self._add_patterns(bracket, 2)
        elif bracket.kind in _TRIPLES and not bracket.in_pattern and not bracket.awaiting:
            bracket.in_pattern = True
            self._add_patterns(bracket, 1)

    def _word(self, bracket: _Bracket, word: str) -> bool:
        """Take note of a word; return whether it is a term."""
        if word in _TERM_WORDS:
            self._term(bracket)
            return True
        if "SELECT" in word and bracket.kind == "group":
            bracket.kind = "subselect"
            return False
        keyword = next((k for k in _AWAITING if word.endswith(k)), "")
        if keyword:
            bracket.awaiting = keyword
            bracket.in_pattern = False
            if keyword in _COUNTED:
                self._count(bracket, keyword)
            elif keyword in ("OPTIONAL", "VALUES") and bracket.kind == "group":
                self._add_patterns(bracket, 1)
        return False

    def _punctuation(self, bracket: _Bracket, text: str) -> bool:
        """Take note of a bracket, a separator or an operator; return whether it ends a term."""
        if text in _OPENING.values() or text == "{|":
            self._open_bracket(bracket, text)
        elif text in _OPENING:
            self._close_bracket(_OPENING[text])
            return True
        elif text == "|}":
            self._close_bracket("{")
        elif text in (".", ";", ","):
            bracket.in_pattern = False
            if text == "," and bracket.kind == "expression":
                self._count(bracket, "items")
        elif bracket.kind == "expression":
            if text in _OPERATORS:
                self._count(bracket, text if text in ("||", "&&", "!") else "arithmetic operators")
        elif text == "/":
            self._add_patterns(bracket, 1)
        elif text == "|":
            self._count(bracket, "items")
        return False

    def _open_bracket(self, outer: _Bracket, text: str) -> None:
        kind, opened_by = _kind_of_bracket(outer, text), text[0] if text == "{|" else text
        if outer.kind in _TRIPLES and kind in _TRIPLES:
            if kind in ("square", "list"):
                self._term(outer)
            if kind in ("list", "annotation"):
                self._add_patterns(outer, 1)
        elif kind == "triple" and outer.kind in _TRIPLES:
            self._term(outer)
            self._add_patterns(outer, 1)
        elif kind == "expression" and outer.kind in ("root", "subselect"):
            self._count(outer, "expressions")
        inner = _Bracket(opened_by, kind, subselects=outer.subselects)
        if kind == "group":
            inner.joined = outer.kind == "group" and outer.awaiting in ("", "GRAPH")
            if outer.kind == "subselect":
                inner.subselects += 1
                self._add_to_total(inner, 1)
        elif kind not in ("template", "data", "expression"):
            inner.home = outer.home or outer
        if opened_by == "{" or outer.awaiting != "VALUES":
            outer.awaiting = ""
        if opened_by == "{" and kind != "annotation":
            outer.in_pattern = False
        self._open.append(inner)
        self._open_by[opened_by] += 1
        self._exceed("brackets inside one another", len(self._open) - 1, self._limits.nesting)

    def _close_bracket(self, opened_by: str) -> None:
        if not self._open_by[opened_by]:
            return
        while True:
            inner = self._open.pop()
            self._open_by[inner.opened_by] -= 1
            if inner.joined:
                self._open[-1].pending = max(1, inner.patterns + inner.pending)
            if inner.opened_by == opened_by:
                return

    def _join_pending(self, bracket: _Bracket, text: str) -> None:
        """Join the group that has just ended with those around it; the first branch of a union counts as one."""
        bracket.patterns += 1 if text.upper().endswith("UNION") else bracket.pending
        bracket.pending = 0
        self._exceed(_JOINED, bracket.patterns, self._limits.patterns)

    def _add_patterns(self, bracket: _Bracket, number: int) -> None:
        home = bracket.home or bracket
        if home.kind == "template":
            return  # a template is filled in, not planned
        home.patterns += number
        self._exceed(_JOINED, home.patterns, self._limits.patterns)
        self._add_to_total(home, number)

    def _add_to_total(self, home: _Bracket, number: int) -> None:
        self._total += number << min(home.subselects, _LARGEST_SHIFT)
        self._exceed(_ALL, self._total, self._limits.all_patterns)

    def _count(self, bracket: _Bracket, what: str) -> None:
        number = bracket.counts[what] = bracket.counts.get(what, 0) + 1
        self._exceed(_NAMES.get(what, what), number, self._limits.items if what == "items" else self._limits.chain)

    def _exceed(self, what: str, number: int, limit: int) -> None:
        if number > limit:
            seen = self.excess.get(what)
            if seen is None:
                self.excess[what] = (number, limit, self._offset)
            elif number > seen[0]:
                self.excess[what] = (number, *seen[1:])


def _kind_of_bracket(outer: _Bracket, text: str) -> str:
    """Return what a bracket is, from where it stands and the keyword before it."""
    if text == "{|":
        return "annotation"
    if text == "{":
        return {"VALUES": "data", "CONSTRUCT": "template"}.get(outer.awaiting, "group")
    if text == "[":
        return "square"
    if text == "<<" or outer.kind == "triple":
        return "triple"
    if outer.kind in ("data", "row"):
        return "row"
    return "list" if outer.kind in _TRIPLES and not outer.awaiting else "expression"
