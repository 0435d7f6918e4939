"""When something held, as a person reads it: an end that no source gives is told, and not left to be guessed.

The rule is that of docs/decisions/ends.md: what has no end date is open or of unknown end.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from alliance_graph.web.dates import date_text
from alliance_graph.web.i18n import language, t
from alliance_graph.web.naming import name_of
from alliance_graph.web.pages.asking import Row
from alliance_graph.web.pages.statements import Statements

_NEVER = "9999"


@dataclass(frozen=True)
class Period:
    """From when until when something held."""

    start: str
    end: str
    """The day, month or year; else `open`, with when that was last recorded, or `unknown`; empty if nothing is said."""
    sorts: str = field(repr=False)
    """The first day as it is stored, after all others where there is none."""


def period_of(says: Statements) -> Period:
    """Return the time of an arrangement, a membership or an event."""
    end = says.day("ally:endDate") or _without_end(says.one("ally:hasEndStatus"), says.day("ally:lastRecordedDate"))
    return Period(says.day("ally:startDate"), end, says.one("ally:startDate") or _NEVER)


def period_in(row: Row) -> Period:
    """Return the time in a row with the variables `start`, `end`, `endStatus` and `lastRecorded`.

    How exactly a date is known is in the variable of its name with `Precision` behind it.
    """
    start, end, last = (
        date_text(row.text(name), row.text(f"{name}Precision") or None, language()) if name in row else ""
        for name in ("start", "end", "lastRecorded")
    )
    return Period(start, end or _without_end(row.text("endStatus"), last), row.text("start") or _NEVER)


def _without_end(status: str, last: str) -> str:
    if not status:
        return ""
    said = name_of(status).text
    return t("things.last_recorded", status=said, date=last) if last else said
