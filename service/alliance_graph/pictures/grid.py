"""Rows by columns: what a matrix and a chart read from an answer."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from alliance_graph.pictures.answer import Answer, CannotDrawError, Row, Thing, amount
from alliance_graph.pictures.words import word


@dataclass(frozen=True)
class Grid:
    """Amounts by two things each."""

    rows: dict[str, Thing]
    columns: dict[str, Thing]
    cells: Mapping[tuple[str, str], float]
    texts: Mapping[tuple[str, str], str]
    """What stands in the cells where the answer gives a text and no amount."""
    measure: str
    """The name of the column with the amounts; empty if rows of the answer are counted."""

    @cached_property
    def row_totals(self) -> Mapping[str, float]:
        """The sum of each row."""
        return self._totals(0)

    @cached_property
    def column_totals(self) -> Mapping[str, float]:
        """The sum of each column."""
        return self._totals(1)

    def _totals(self, side: int) -> Mapping[str, float]:
        totals: dict[str, float] = defaultdict(float)
        for place, value in self.cells.items():
            totals[place[side]] += value
        return totals


def read_grid(answer: Answer, wanted: str, *, two: bool) -> Grid:
    """Return the grid of an answer.

    Rows are the first column that names things, columns the second, the amount the first column of
    numbers; the columns of a network (`target`, `kind`, `weight`) are read as such. Without numbers
    a cell holds the third thing's label, or counts rows.

    Args:
        answer: the answer.
        wanted: the columns that the view needs, for the message if they are not there.
        two: whether there have to be two columns that name things.

    Raises:
        CannotDrawError: the columns do not fit, or there are no rows.
    """
    if not answer.rows:
        raise CannotDrawError("no_rows", answer.language)
    names = ("target", "kind") if answer.has("target", "kind") else answer.things
    if len(names) < 1 + two:
        raise CannotDrawError("unfit", answer.language, columns=wanted)
    down = names[0]
    # A column of which all rows say the same, such as the language asked for, divides nothing.
    across = next((name for name in names[1:] if two or _varies(answer, name)), None)
    if across is None and two:
        raise CannotDrawError("unfit", answer.language, columns=wanted)
    measure = answer.numbers[0] if answer.numbers else ""
    content = next((name for name in names[2:] if not measure), None) if across else None
    rows: dict[str, Thing] = {}
    columns: dict[str, Thing] = {}
    cells: dict[tuple[str, str], float] = {}
    texts: dict[tuple[str, str], str] = {}
    for row in answer.rows:
        one = answer.thing(row, down) or _nothing(answer)
        other = (answer.thing(row, across) if across else Thing("", measure)) or _nothing(answer)
        rows.setdefault(one.key, one)
        columns.setdefault(other.key, other)
        place = one.key, other.key
        cells[place] = cells.get(place, 0) + _amount(row, measure)
        if content is not None and (told := answer.thing(row, content)) is not None:
            texts[place] = told.label
    return Grid(rows, columns, cells, texts, measure)


def _amount(row: Row, measure: str) -> float:
    if not measure:
        return 1
    value = amount(row.get(measure))
    return value if value is not None else 0


def _varies(answer: Answer, column: str) -> bool:
    return len({answer.thing(row, column) for row in answer.rows}) > 1


def _nothing(answer: Answer) -> Thing:
    return Thing("", word("no_kind", answer.language))
