"""Dates as sources give them: a day, a month or a year.

A year is stored as its first day with the precision year (the model of Wikidata). Shown, it is the
year and nothing more; compared, it lasts to its last day.
"""

from __future__ import annotations

import calendar
import datetime
import re
from dataclasses import dataclass

import pyoxigraph as ox

from alliance_graph.pictures.answer import Row, Term
from alliance_graph.vocabulary import PREFIXES

_PRECISION = PREFIXES["precision"]
_UNKNOWN = ox.NamedNode(f"{PREFIXES['scheme']}end-status/unknown")
_LENGTH = {"year": 4, "month": 7, "day": 10}
_WRITTEN = re.compile(r"(\d{4})(?:-(\d\d)(?:-(\d\d))?)?(?:T.*)?")


@dataclass(frozen=True)
class Moment:
    """A date with the precision to which it is known."""

    first: datetime.date
    """The first day that it may be."""
    precision: str = "day"
    """`day`, `month` or `year`."""

    @property
    def last(self) -> datetime.date:
        """The last day that it may be."""
        if self.precision == "year":
            return self.first.replace(month=12, day=31)
        if self.precision == "month":
            return self.first.replace(day=calendar.monthrange(self.first.year, self.first.month)[1])
        return self.first

    def __str__(self) -> str:
        return self.first.isoformat()[: _LENGTH[self.precision]]


@dataclass(frozen=True)
class Span:
    """From when to when something lasted."""

    start: Moment
    end: Moment | None
    """None if the source leaves it open, or says nothing of an end."""
    is_unknown: bool = False
    """Whether nothing is said of an end: it is known to have been there only when it began."""
    seen: Moment | None = None
    """Until when the source saw what it leaves open."""

    @property
    def until(self) -> datetime.date | None:
        """The last day on which it counts; None if it is open."""
        if self.end is not None:
            return self.end.last
        return self.start.last if self.is_unknown else None

    def covers(self, day: datetime.date) -> bool:
        """Tell whether it was in force on a day, as the ready query in-force-on counts it."""
        return self.start.first <= day and (self.until is None or self.until >= day)


def moment(row: Row, column: str) -> Moment | None:
    """Return the date in a column, with the precision that `<column>Precision` names.

    The column may hold a date, a year and month, or a year; anything else is no date.
    """
    term = row.get(column)
    written = _WRITTEN.fullmatch(term.value) if isinstance(term, ox.Literal) else None
    if written is None:
        return None
    year, month, day = written.groups()
    known = "day" if day else "month" if month else "year"
    try:
        first = datetime.date(int(year), int(month or 1), int(day or 1))
    except ValueError:
        return None
    if first.year == datetime.MAXYEAR:  # "never"; the day after it cannot be reckoned with
        return None
    named = _precision(row.get(f"{column}Precision"))
    return Moment(first, named if named is not None and _LENGTH[named] <= _LENGTH[known] else known)


def span(row: Row) -> Span | None:
    """Return the time that `start` and `end`, or `startYear` and `endYear`, give; None without a start."""
    for start, end in (("start", "end"), ("startYear", "endYear")):
        if (began := moment(row, start)) is not None:
            unknown = row.get("endStatus") == _UNKNOWN
            return Span(began, moment(row, end), unknown, moment(row, "lastRecorded"))
    return None


def _precision(term: Term | None) -> str | None:
    if isinstance(term, ox.NamedNode) and term.value.startswith(_PRECISION):
        name = term.value.removeprefix(_PRECISION)
        return name if name in _LENGTH else None
    return None
