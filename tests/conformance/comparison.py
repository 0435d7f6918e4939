"""Whether two answers say the same, whatever they call their blank nodes and however they order their rows."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import replace
from decimal import Decimal, InvalidOperation

import pyoxigraph as ox

from conformance.results import Table, Term

_XSD = "http://www.w3.org/2001/XMLSchema#"
_INTEGERS = frozenset(
    f"{_XSD}{sign}{name}"
    for sign, names in (
        ("", ("integer", "long", "int", "short", "byte")),
        ("unsigned", ("Long", "Int", "Short", "Byte")),
        ("non", ("PositiveInteger", "NegativeInteger")),
        ("", ("positiveInteger", "negativeInteger")),
    )
    for name in names
)
_ZERO_OFFSET = re.compile(r"[+-]00:00$")
_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?")

Row = dict[str, Term]


def same_tables(expected: Table, actual: Table, *, lax: bool = False) -> bool:
    """Return whether two tables are equal: rows as often as they are there, blank nodes one to one.

    Args:
        expected: the table the suite has; it says whether order counts.
        actual: the table to judge.
        lax: whether rows that are there more than once may be there less often, as REDUCED allows.
    """
    if set(expected.variables) != set(actual.variables):
        return False
    if lax:
        most, found = Counter(map(_key, expected.rows)), Counter(map(_key, actual.rows))
        return most.keys() == found.keys() and found <= most
    if len(expected.rows) != len(actual.rows):
        return False
    if expected.ordered:
        mapping: dict[str, str] = {}
        return all(_match_row(a, b, mapping) for a, b in zip(expected.rows, actual.rows, strict=True))
    return _same_rows(expected.rows, actual.rows)


def _key(row: Row) -> tuple[tuple[str, str], ...]:
    """Return a row without the names of its blank nodes."""
    return tuple(sorted((name, _shape(term)) for name, term in row.items()))


def _shape(term: Term) -> str:
    if isinstance(term, ox.BlankNode):
        return "_:"
    if isinstance(term, ox.Triple):
        return f"<<{_shape(term.subject)} {term.predicate} {_shape(term.object)}>>"
    return str(term)


def _same_rows(expected: Iterable[Row], actual: Iterable[Row]) -> bool:
    left, right = list(expected), list(actual)
    if Counter(map(_key, left)) != Counter(map(_key, right)):
        return False
    blank = [row for row in left if "_:" in str(_key(row))]
    return _assign(blank, [row for row in right if "_:" in str(_key(row))], {})


def _assign(expected: list[Row], actual: list[Row], mapping: dict[str, str]) -> bool:
    """Return whether the rows can be paired so that blank nodes correspond one to one."""
    if not expected:
        return True
    first, *others = expected
    for index, candidate in enumerate(actual):
        tried = dict(mapping)
        if _match_row(first, candidate, tried) and _assign(others, actual[:index] + actual[index + 1 :], tried):
            return True
    return False


def _match_row(expected: Row, actual: Row, mapping: dict[str, str]) -> bool:
    return expected.keys() == actual.keys() and all(
        _match(term, actual[name], mapping) for name, term in expected.items()
    )


def _match(expected: Term, actual: Term, mapping: dict[str, str]) -> bool:
    """Return whether two terms correspond, and note which blank node stands for which."""
    if isinstance(expected, ox.BlankNode) and isinstance(actual, ox.BlankNode):
        if expected.value not in mapping and actual.value not in mapping.values():
            mapping[expected.value] = actual.value
        return mapping.get(expected.value) == actual.value
    if isinstance(expected, ox.Triple) and isinstance(actual, ox.Triple):
        return (
            _match(expected.subject, actual.subject, mapping)
            and expected.predicate == actual.predicate
            and _match(expected.object, actual.object, mapping)
        )
    return expected == actual


def same_graphs(expected: Iterable[ox.Quad], actual: Iterable[ox.Quad]) -> bool:
    """Return whether two datasets are isomorphic (by their canonical form, RDFC-1.0)."""
    left, right = ox.Dataset(expected), ox.Dataset(actual)
    for dataset in (left, right):
        dataset.canonicalize(ox.CanonicalizationAlgorithm.UNSTABLE)
    return left == right


def by_value(table: Table) -> Table:
    """Return a table with one form for all numbers that are the same, whatever their lexical form.

    Oxigraph keeps numbers by value: it gives back 1 for 01, and xsd:integer for xsd:negativeInteger.
    """
    rows = tuple({name: value_form(term) for name, term in row.items()} for row in table.rows)
    return replace(table, rows=rows)


def graph_by_value(quads: Iterable[ox.Quad]) -> list[ox.Quad]:
    """Return triples with one form for all numbers that are the same."""
    changed = []
    for quad in quads:
        value = value_form(quad.object)
        changed.append(ox.Quad(quad.subject, quad.predicate, value, quad.graph_name))
    return changed


def value_form(term: Term) -> Term:
    """Return the one form of a number, date or truth value; any other term as it is."""
    if isinstance(term, ox.Triple):
        return ox.Triple(term.subject, term.predicate, value_form(term.object))
    if not isinstance(term, ox.Literal) or term.language:
        return term
    datatype = f"{_XSD}integer" if term.datatype.value in _INTEGERS else term.datatype.value
    form = _FORMS.get(datatype)
    try:
        return ox.Literal(form(term.value), datatype=ox.NamedNode(datatype)) if form else term
    except (ValueError, InvalidOperation):
        return term  # ill-typed: the text is all it has


def _plain(number: Decimal) -> str:
    return f"{number.normalize():f}"


_FORMS: dict[str, Callable[[str], str]] = {
    f"{_XSD}integer": lambda text: str(int(text)),
    f"{_XSD}decimal": lambda text: _plain(Decimal(text)),
    f"{_XSD}float": lambda text: repr(float(text)),
    f"{_XSD}double": lambda text: repr(float(text)),
    f"{_XSD}boolean": lambda text: {"1": "true", "0": "false"}.get(text, text),
    f"{_XSD}date": lambda text: _ZERO_OFFSET.sub("Z", text),
    f"{_XSD}dateTime": lambda text: _ZERO_OFFSET.sub("Z", text),
}


def cells_by_value(table: Table) -> Table:
    """The same for a table from CSV, where a number is known by its looks only."""
    rows = tuple({name: _cell_form(term) for name, term in row.items()} for row in table.rows)
    return replace(table, rows=rows)


def _cell_form(term: Term) -> Term:
    if isinstance(term, ox.Triple):
        return ox.Triple(term.subject, term.predicate, _cell_form(term.object))
    if isinstance(term, ox.Literal) and _NUMBER.fullmatch(term.value):
        return ox.Literal(_plain(Decimal(term.value)))
    return term
