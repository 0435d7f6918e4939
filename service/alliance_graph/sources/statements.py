"""What importers write: RDF statements with labels in four languages, dates with precision, provenance."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

import pyoxigraph as ox

from alliance_graph.dataset.documents import Document
from alliance_graph.dataset.rdf import node
from alliance_graph.sources.table import Row
from alliance_graph.vocabulary import LANGUAGES

Term = ox.NamedNode | ox.Literal
Values = Mapping[str, Iterable[Term]]
"""Property (`ally:hasParty`) → values."""

_TYPE = node("rdf:type")
_DATE = node("xsd:date")
_DECIMAL = node("xsd:decimal")


@dataclass(frozen=True)
class Moment:
    """A date as precisely as it is recorded; a year is kept as its first day, a month too."""

    day: date
    precision: str
    """day, month or year"""


def nodes(names: Iterable[str]) -> list[ox.NamedNode]:
    return [node(name) for name in names]


def text(value: str) -> list[Term]:
    return [ox.Literal(value)]


def decimal(value: str) -> list[Term]:
    return [ox.Literal(value if "." in value else f"{value}.0", datatype=_DECIMAL)]


def labels(en: str, fr: str, ar: str, es: str) -> Values:
    """Return a name in each of the project's languages."""
    names = zip(LANGUAGES, (en, fr, ar, es), strict=True)
    return {"rdfs:label": [ox.Literal(name, language=language) for language, name in names]}


def dated(event: str, moment: Moment | None) -> Values:
    """Return a date (`start`, `signature`, `entryIntoForce` …) with its precision; nothing for None."""
    if moment is None:
        return {}
    precision = f"ally:has{event[0].upper()}{event[1:]}DatePrecision"
    return {
        f"ally:{event}Date": [ox.Literal(moment.day.isoformat(), datatype=_DATE)],
        precision: [node(f"precision:{moment.precision}")],
    }


def ended(end: Moment | None, last_recorded: Moment | None = None) -> Values:
    """Return when something ends, or what the source says in place of an end.

    Args:
        end: its end; None if none is recorded.
        last_recorded: the latest moment for which the source records that it goes on, where its data
            stop; None if the source does not say whether it goes on.
    """
    if end:
        return dated("end", end)
    status = node(f"end-status:{'open' if last_recorded else 'unknown'}")
    return {"ally:hasEndStatus": [status], **dated("lastRecorded", last_recorded)}


def recorded(source: str, identifier: str, confidence: str) -> Values:
    """Return where a fact stands: its source, its row there, and how far the record is to be trusted."""
    return {
        "prov:wasDerivedFrom": [node(source)],
        "ally:recordIdentifier": text(identifier),
        "ally:hasConfidence": [node(f"confidence:{confidence}")],
    }


def describe(subject: str, kind: str, *parts: Values) -> list[ox.Triple]:
    """Return the statements about one thing."""
    it = node(subject)
    triples = [ox.Triple(it, _TYPE, node(kind))]
    for part in parts:
        triples += [ox.Triple(it, node(name), value) for name, values in part.items() for value in values]
    return triples


def moment(row: Row, year: str, month: str, day: str) -> Moment | None:
    """Return the date in three columns, of which the finer ones may be empty; None if all are.

    Raises:
        AllianceGraphError: the columns hold no date of the calendar, or a day without its month.
    """
    y, m, d = row.whole(year), row.whole(month), row.whole(day)
    if y is None:
        if m is not None or d is not None:
            raise row.error(f"{month} or {day} is given without {year}")
        return None
    if not 1000 <= y <= 9999:
        raise row.error(f"{year} is {y}, not a year")
    if m is None and d is not None:
        raise row.error(f"{day} is given without {month}")
    try:
        return Moment(date(y, 1 if m is None else m, 1 if d is None else d), _precision(m, d))
    except ValueError:
        raise row.error(f"{year}, {month}, {day} are {y}, {m}, {d}, not a date of the calendar") from None


def in_year(year: int) -> Moment:
    return Moment(date(year, 1, 1), "year")


def years(first: int, last: int) -> str:
    """Return a span of years as labels give it: 1956–1966, 2004."""
    return str(first) if first == last else f"{first}–{last}"


def turtle(triples: Iterable[ox.Triple]) -> str:
    """Return statements in the form in which the project keeps Turtle."""
    from alliance_graph.validation.canonical import canonical_text

    return canonical_text(Document("-", "", "", tuple(dict.fromkeys(triples))))


def slug(name: str) -> str:
    """Return a name as IRIs of the project have it: small letters, digits and hyphens, without accents."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    return re.sub("[^a-z0-9]+", "-", plain).strip("-")


def _precision(month: int | None, day: int | None) -> str:
    return "year" if month is None else "month" if day is None else "day"
