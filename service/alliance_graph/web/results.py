"""An answer as a table that people read: names instead of IRIs, linked, with headings in their language."""

from __future__ import annotations

import re
from collections.abc import Callable, Set
from dataclasses import dataclass

import pyoxigraph as ox

from alliance_graph.engine.evaluation import Term
from alliance_graph.engine.pool import Reply
from alliance_graph.engine.table import cell
from alliance_graph.vocabulary import PREFIXES
from alliance_graph.web.dates import date_text
from alliance_graph.web.i18n import language, messages, t
from alliance_graph.web.naming import name_of
from alliance_graph.web.service import current_service

NUMERIC = frozenset(f"{PREFIXES['xsd']}{name}" for name in ("integer", "decimal", "double", "float", "gYear"))
_TRIPLE = ("subject", "predicate", "object")
_WORD = re.compile(r"[A-Z]?[a-z0-9]+|[A-Z]+(?![a-z])")
_LABEL = "Label"
_TITLE = "Title"
_NAME = "label"


@dataclass(frozen=True)
class Cell:
    """What one cell of the table shows."""

    text: str
    href: str | None = None
    language: str | None = None


@dataclass(frozen=True)
class Column:
    """A column of the table."""

    name: str
    """The variable's name."""
    heading: str
    numeric: bool


@dataclass(frozen=True)
class Table:
    """An answer as people read it."""

    columns: tuple[Column, ...]
    rows: list[list[Cell]]


def read(reply: Reply) -> tuple[tuple[str, ...], list[tuple[Term | None, ...]]]:
    """Return the variables and the rows of an answer in JSON, or of a graph in N-Triples."""
    if reply.kind == "graph":
        quads = ox.parse(reply.body, format=ox.RdfFormat.N_TRIPLES)
        return _TRIPLE, [(quad.subject, quad.predicate, quad.object) for quad in quads]
    results = ox.parse_query_results(reply.body, format=ox.QueryResultsFormat.JSON)
    if isinstance(results, ox.QueryBoolean):
        return ("answer",), [(ox.Literal(bool(results)),)]
    names = tuple(variable.value for variable in results.variables)
    return names, [tuple(solution[name] for name in names) for solution in results]


def table(
    names: tuple[str, ...],
    rows: list[tuple[Term | None, ...]],
    link: Callable[[str], str | None],
    hide: Set[str] = frozenset(),
    *,
    by_name: bool = False,
) -> Table:
    """Return the table for an answer.

    A variable `?xLabel` (or `?xTitle`) beside `?x` names it, `?label` names the first variable, and
    `?xPrecision` or `?xPrecisionLabel` says how exactly the date `?x` is known: such a pair becomes one column.

    Args:
        names: the variables.
        rows: their values.
        link: gives the address that an IRI links to.
        hide: variables that only repeat what was asked.
        by_name: whether an IRI that the answer does not name is shown by its name in the dataset.
    """
    place = {name: at for at, name in enumerate(names)}
    naming = {name: place.get(_naming(name, names), -1) for name in names}
    precision = {name: place.get(f"{name}Precision", place.get(f"{name}PrecisionLabel", -1)) for name in names}
    merged = {*naming.values(), *precision.values()}
    shown = [name for name in names if name not in hide and place[name] not in merged]
    precisions = _precisions() if max(precision.values(), default=-1) >= 0 else {}

    def show(row: tuple[Term | None, ...], name: str) -> Cell:
        term = row[place[name]]
        if isinstance(term, ox.Literal) and precision[name] >= 0:
            exact = row[precision[name]]
            known = exact.value if isinstance(exact, ox.NamedNode | ox.Literal) else ""
            return Cell(date_text(term.value, precisions.get(known, known), language()))
        label = row[naming[name]] if naming[name] >= 0 else None
        if by_name and label is None and isinstance(term, ox.NamedNode):
            found = name_of(term.value)
            return Cell(found.text, link(term.value), found.language or None)
        return _cell(term, label, link)

    cells = [[show(row, name) for name in shown] for row in rows]
    places = range(len(shown))
    kept = [at for at in places if not (by_name and any(_repeats(cells, at, other) for other in places))]
    columns = tuple(Column(shown[at], heading(shown[at]), _is_numeric(place[shown[at]], rows)) for at in kept)
    return Table(columns, [[row[at] for at in kept] for row in cells])


def _repeats(cells: list[list[Cell]], at: int, other: int) -> bool:
    """Return whether a column says in every row what another says that is linked: a claim's name is its statement."""
    return bool(cells) and all(
        row[at].href is None and row[other].href is not None and row[at].text == row[other].text for row in cells
    )


def _precisions() -> dict[str, str]:
    """Return the concepts of precision by their names in every language."""
    scheme = PREFIXES["precision"]
    found = current_service().names.items()
    return {text: iri for iri, texts in found if iri.startswith(scheme) for text in texts.values()}


def heading(name: str) -> str:
    """Return the heading of a variable's column: its translation, or its name in words."""
    texts = messages().get(f"columns.{name}")
    if texts is not None:
        return texts[language()]
    words = " ".join(word if word.isupper() else word.lower() for word in _WORD.findall(name)) or name
    return words[0].upper() + words[1:]


def _naming(name: str, names: tuple[str, ...]) -> str:
    """Return the variable that names another one; empty if none does."""
    found = next((name + suffix for suffix in (_LABEL, _TITLE) if name + suffix in names), "")
    return _NAME if not found and name == names[0] != _NAME and _NAME in names else found


def _is_numeric(place: int, rows: list[tuple[Term | None, ...]]) -> bool:
    terms = [row[place] for row in rows if row[place] is not None]
    return bool(terms) and all(isinstance(term, ox.Literal) and term.datatype.value in NUMERIC for term in terms)


def _cell(term: Term | None, label: Term | None, link: Callable[[str], str | None]) -> Cell:
    if isinstance(term, ox.NamedNode):
        if isinstance(label, ox.Literal):
            return Cell(label.value, link(term.value), label.language)
        return Cell(cell(term, tagged=False), link(term.value))
    if isinstance(label, ox.Literal):
        return Cell(label.value, None, label.language)
    if isinstance(term, ox.Literal):
        if term.datatype.value == f"{PREFIXES['xsd']}boolean":
            return Cell(t("results.yes" if term.value in ("true", "1") else "results.no"))
        return Cell(term.value, None, term.language)
    return Cell(cell(term, tagged=False))
