"""A query with the values of its parameters written into it, so that it can be read, changed and sent anywhere.

The service itself binds parameters and has no use for this text: it is for people.
"""

from __future__ import annotations

from collections.abc import Mapping

import pyoxigraph as ox

from alliance_graph.engine.library import ReadyQuery
from alliance_graph.engine.tokens import TOKEN
from alliance_graph.headers import without_header
from alliance_graph.vocabulary import PREFIXES, compact

_LISTS = {"SELECT": "select", "GROUP": "by", "ORDER": "by"}
"""The words that begin a list of variables, where a term cannot simply stand."""
_ENDS = frozenset(("WHERE", "FROM", "HAVING", "LIMIT", "OFFSET", "VALUES", "ORDER", "GROUP"))
_PART_OF_LIST = frozenset(("BY", "DISTINCT", "REDUCED", "ASC", "DESC"))
_BRACKETS = {"(": 1, ")": -1}


def written(ready: ReadyQuery, values: Mapping[str, str], language: str) -> str:
    """Return a ready query with its title, its view and the values of its parameters in the text.

    Args:
        ready: the query.
        values: values of parameters as a user writes them; the others have their defaults.
        language: the language of the title.

    Raises:
        AllianceGraphError: a value is of the wrong type, belongs to no parameter, or is missing.
    """
    text = fill(without_header(ready.text), ready.bind(values))
    view = f'#+ view = "{ready.view}"\n' if ready.view != "table" else ""
    return f"# {ready.title[language]}\n{view}{text}"


def fill(query: str, terms: Mapping[str, ox.NamedNode | ox.Literal]) -> str:
    """Return a query in which terms stand in the place of variables.

    The answer is that of the query with the terms bound to the variables, without their columns.

    Args:
        query: the text of a valid query.
        terms: the terms, by the names of the variables.
    """
    return _Filling(terms).fill(query)


def spell(term: ox.NamedNode | ox.Literal) -> str:
    """Return a term as SPARQL has it, with our prefixes."""
    if isinstance(term, ox.NamedNode):
        name = compact(term.value)
        return name if name.startswith("<") else name.replace("/", "\\/")
    if term.datatype.value == f"{PREFIXES['xsd']}integer":
        return term.value
    if term.language is None and term.datatype.value.startswith(PREFIXES["xsd"]):
        text, _, _ = str(term).rpartition("^^")
        return f"{text}^^{compact(term.datatype.value)}" if text else str(term)
    return str(term)


class _Filling:
    """The state of reading a query from its start to its end."""

    def __init__(self, terms: Mapping[str, ox.NamedNode | ox.Literal]) -> None:
        self._terms = {name: spell(term) for name, term in terms.items()}
        self._out: list[str] = []
        self._list = ""
        """The kind of list the text is in: `select`, `by`, or none."""
        self._depth = 0
        self._kept = 0
        self._left_out: str | None = None

    def fill(self, query: str) -> str:
        """Return the query with the terms in it."""
        for token in TOKEN.finditer(query):
            kind, text = token.lastgroup, token.group()
            if kind == "word" and not self._depth:
                self._word(text.upper())
            elif text in "{}":
                self._end_list()
            elif self._list and text in _BRACKETS:
                self._kept += not self._depth
                self._depth += _BRACKETS[text]
            if kind == "variable":
                self._variable(text)
            else:
                self._out.append(text)
        self._end_list()
        return "".join(self._out)

    def _word(self, word: str) -> None:
        if word in _LISTS or word in _ENDS:
            self._end_list()
            self._list = _LISTS.get(word, "")
        elif self._list and word not in _PART_OF_LIST:
            self._kept += 1

    def _variable(self, text: str) -> None:
        name = text[1:]
        if name not in self._terms:
            self._kept += not self._depth
            self._out.append(text)
        elif not self._list or self._depth:
            self._out.append(self._terms[name])
        else:
            term = self._terms[name]
            self._left_out = f" ({term} AS ?{name})" if self._list == "select" else f" ({term})"
            if self._out[-1].isspace():
                self._out.pop()

    def _end_list(self) -> None:
        """Leave a list; one that would have nothing in it keeps a variable that it could do without."""
        if self._list and self._left_out and not self._kept:
            space = self._out.pop() if self._out[-1].isspace() else ""
            self._out += [self._left_out, space]
        self._list, self._kept, self._depth, self._left_out = "", 0, 0, None
