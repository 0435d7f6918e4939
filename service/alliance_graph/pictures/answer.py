"""The answer to a query, as pictures read it.

A column `partnerLabel` is the label of the column `partner`, and `sectionNumber` its number: the two
say of what `partner` names how to write it and where to sort it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property

import pyoxigraph as ox

from alliance_graph.errors import AllianceGraphError
from alliance_graph.pictures.words import word
from alliance_graph.vocabulary import PREFIXES, compact

Term = ox.NamedNode | ox.BlankNode | ox.Literal | ox.Triple
Row = dict[str, Term]
Link = Callable[[str], str | None]
"""Gives the address of the page of an IRI, or None if it has none."""

_XSD = PREFIXES["xsd"]
_LARGEST = 1e15
"""A larger number counts as none: it could not be drawn to scale with others."""
_NUMBERS = frozenset(f"{_XSD}{name}" for name in ("integer", "decimal", "double", "float", "int", "long", "short"))


class CannotDrawError(AllianceGraphError):
    """An answer does not fit a view, or there is nothing or too much to draw; said in the reader's language."""

    def __init__(self, key: str, language: str, /, **values: object) -> None:
        super().__init__(word(key, language, **values))


@dataclass(frozen=True)
class Thing:
    """What a cell names: the key tells two things apart, the label is read, the link is followed."""

    key: str
    label: str
    address: str | None = None
    tag: str = ""
    """The language of the label, if it has one."""

    @property
    def slug(self) -> str:
        """The last part of the IRI."""
        return self.key.rstrip("/").rpartition("/")[2]


@dataclass(frozen=True)
class Answer:
    """The solutions of a SELECT."""

    columns: tuple[str, ...]
    rows: tuple[Row, ...]
    """One dictionary a solution, without the variables that it does not bind."""
    language: str
    """The language in which pictures of it speak."""
    link: Link
    heading: Callable[[str], str] = str
    """Gives what a column is called."""

    def has(self, *columns: str) -> bool:
        """Tell whether all these columns are there."""
        return set(columns) <= set(self.columns)

    def thing(self, row: Row, column: str) -> Thing | None:
        """Return what a row names in a column; None if it is unbound."""
        term = row.get(column)
        if term is None:
            return None
        label = next((row[name] for name in _labels(column, self.columns) if name in row), None)
        shown = label if isinstance(label, ox.Literal) else term
        tag = (shown.language or "") if isinstance(shown, ox.Literal) else ""
        text = shown.value if isinstance(shown, ox.Literal) else _name(term)
        return Thing(_key(term), text, self.link(term.value) if isinstance(term, ox.NamedNode) else None, tag)

    @cached_property
    def labels(self) -> frozenset[str]:
        """The columns that hold labels of other columns."""
        return frozenset(label for column in self.columns for label in _labels(column, self.columns)) & {*self.columns}

    @cached_property
    def things(self) -> tuple[str, ...]:
        """The columns that name things: neither numbers nor what other columns say of a thing."""
        return tuple(c for c in self.columns if not self._is_about(c) and c not in self.numbers)

    @cached_property
    def numbers(self) -> tuple[str, ...]:
        """The columns in which every value is a number."""
        return tuple(c for c in self.columns if not self._is_about(c) and self._counts(c))

    def subject(self, *but: str) -> str | None:
        """Return the first column that names things and is none of these; None if there is no such column."""
        return next((column for column in self.things if column not in but), None)

    def _is_about(self, column: str) -> bool:
        return column in self.labels or (column.endswith("Number") and column.removesuffix("Number") in self.columns)

    def _counts(self, column: str) -> bool:
        values = [row[column] for row in self.rows if column in row]
        return bool(values) and all(amount(value) is not None for value in values)


def read(
    columns: Sequence[str],
    rows: Sequence[Sequence[Term | None]],
    language: str,
    link: Link,
    heading: Callable[[str], str] = str,
) -> Answer:
    """Return an answer from its columns and the terms of its rows in the same order."""
    named = (zip(columns, row, strict=True) for row in rows)
    bound = tuple({column: term for column, term in row if term is not None} for row in named)
    return Answer(tuple(columns), bound, language, link, heading)


def amount(term: Term | None) -> float | None:
    """Return the number that a term is; None if it is no number."""
    if isinstance(term, ox.Literal) and term.datatype.value in _NUMBERS:
        try:
            number = float(term.value)
        except ValueError:
            return None
        return number if abs(number) <= _LARGEST else None
    return None


def _labels(column: str, columns: tuple[str, ...]) -> tuple[str, ...]:
    """Return the columns that may hold the label of a column; a plain `label` or `title` is that of the first one."""
    own = (f"{column}Label", f"{column}Title")
    return (*own, "label", "title") if column == columns[0] else own


def _key(term: Term) -> str:
    return term.value if isinstance(term, ox.NamedNode | ox.Literal) else str(term)


def _name(term: Term) -> str:
    return compact(term.value) if isinstance(term, ox.NamedNode) else _key(term)
