"""The axis of time: which years it covers, where its marks stand, where a day lies on it."""

from __future__ import annotations

import datetime
from collections.abc import Iterable
from dataclasses import dataclass
from math import floor

_STEPS = (1, 2, 5, 10, 20, 25, 50, 100, 200, 500, 1000)


@dataclass(frozen=True)
class Scale:
    """Years on a line."""

    first: int
    """The year at whose beginning it begins."""
    last: int
    """The year at whose end it ends."""
    begin: float
    room: float

    def at(self, day: datetime.date) -> float:
        """Return where a day begins, kept within the line."""
        part = (year_part(day) - self.first) / (self.last + 1 - self.first)
        return self.begin + self.room * min(max(part, 0.0), 1.0)

    def marks(self, apart: float) -> list[int]:
        """Return round years that stand at least this far from each other."""
        years = self.last + 1 - self.first
        step = next((s for s in _STEPS if s / years * self.room >= apart), _STEPS[-1])
        return [year for year in range(self.first, self.last + 2) if year % step == 0]


def year_part(day: datetime.date) -> float:
    """Return a day as years and a part of the year."""
    return day.year + (day.timetuple().tm_yday - 1) / 366


def cover(days: Iterable[datetime.date], begin: float, room: float) -> Scale:
    """Return a scale for these days.

    Early ones that would press the rest into less than two thirds of the line are left before its beginning.
    """
    years = sorted({day.year for day in days})
    while len(years) > 2 and years[1] - years[0] > (years[-1] - years[0]) / 3:
        del years[0]
    span = years[-1] - years[0]
    step = 10 if span > 30 else 5 if span > 10 else 1
    return Scale(floor(years[0] / step) * step, years[-1] + max(1, span // 20), begin, room)
