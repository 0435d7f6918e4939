"""What is said of a thing, as its page shows it: by property, in one language, each value with the graphs it is in."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cache

import pyoxigraph as ox

from alliance_graph.vocabulary import LANGUAGES, PREFIXES, expand
from alliance_graph.web.dates import date_text
from alliance_graph.web.i18n import language
from alliance_graph.web.pages.asking import Row, Term
from alliance_graph.web.results import NUMERIC

_DATES = frozenset(f"{PREFIXES['xsd']}{name}" for name in ("date", "gYear", "gYearMonth"))


@dataclass
class Value:
    """One value of a property."""

    term: Term
    graphs: list[str] = field(default_factory=list)
    inner: Statements | None = None
    """What a node without a page of its own says."""

    @property
    def text(self) -> str:
        return self.term.value

    @property
    def language(self) -> str:
        """The language of a text; empty for all else."""
        return (self.term.language or "") if isinstance(self.term, ox.Literal) else ""

    @property
    def iri(self) -> str:
        """The IRI; empty for a literal or a node without one."""
        return self.term.value if isinstance(self.term, ox.NamedNode) else ""

    @property
    def is_address(self) -> bool:
        """Whether a text is the address of a page."""
        return isinstance(self.term, ox.Literal) and self.text.startswith(("https://", "http://"))

    @property
    def is_number(self) -> bool:
        return isinstance(self.term, ox.Literal) and self.term.datatype.value in NUMERIC

    @property
    def is_date(self) -> bool:
        return isinstance(self.term, ox.Literal) and self.term.datatype.value in _DATES


class Statements:
    """What is said of one thing: values by property."""

    def __init__(self) -> None:
        self._values: dict[str, dict[Term, Value]] = {}

    def add(self, name: str, term: Term, graph: str = "") -> Value:
        """Note a statement; the same in another graph adds the graph."""
        value = self._values.setdefault(name, {}).setdefault(term, Value(term))
        if graph and graph not in value.graphs:
            value.graphs.append(graph)
        return value

    def all(self, name: str) -> list[Value]:
        """Return the values of a property (`ally:hasParty`); of texts those in the language of the request.

        Where there is no text in it, those in English, else all of them.
        """
        values = [*self._values.get(_full(name), {}).values()]
        if any(value.language for value in values):
            for tag in (language(), LANGUAGES[0]):
                fitting = [value for value in values if value.language in ("", tag)]
                if fitting:
                    return fitting
        return values

    def every(self, name: str) -> list[Value]:
        """Return the values of a property in all languages."""
        return [*self._values.get(_full(name), {}).values()]

    def one(self, name: str) -> str:
        """Return the first value of a property as a string; empty if it has none."""
        return next((value.text for value in self.all(name)), "")

    def iris(self, name: str) -> list[str]:
        """Return the values of a property that are IRIs."""
        return [value.iri for value in self.all(name) if value.iri]

    def day(self, name: str) -> str:
        """Return a date as a person reads it, no more exactly than it is known; empty if there is none."""
        value = self.one(name)
        return date_text(value, self.precision(name), language()) if value else ""

    def precision(self, name: str) -> str:
        """Return how exactly a date is known: `ally:startDate` has its precision in `ally:hasStartDatePrecision`.

        A date beside which the data have no precision is a day.
        """
        return self.one(_precision_of(_full(name))) or "day"

    def properties(self, without: Iterable[str] = (), only: Iterable[str] = ()) -> list[tuple[str, list[Value]]]:
        """Return properties and their values.

        Args:
            without: properties to leave out, besides the precisions, which dates show.
            only: the properties to return, in their order; all in the order they came in if empty.
        """
        hidden = {_full(name) for name in without} | {_precision_of(name) for name in self._values}
        names = [_full(name) for name in only] or list(self._values)
        return [(name, self.all(name)) for name in names if name in self._values and name not in hidden]

    def graphs(self) -> list[str]:
        """Return the graphs in which anything is said, in their order."""
        return sorted(
            {graph for values in self._values.values() for value in values.values() for graph in value.graphs}
        )

    def __bool__(self) -> bool:
        return bool(self._values)


@cache
def _full(name: str) -> str:
    """Return the IRI of a property that is written short or in full."""
    return expand(name) or name


@cache
def _precision_of(name: str) -> str:
    start = max(name.rfind("#"), name.rfind("/")) + 1
    return f"{name[:start]}has{name[start : start + 1].upper()}{name[start + 1 :]}Precision"


def said(rows: Iterable[Row]) -> Statements:
    """Return the statements in the answer of the query `said`."""
    found = Statements()
    for row in rows:
        value = found.add(row.text("property"), row["value"], row.text("graph"))
        if "innerProperty" in row:
            value.inner = value.inner or Statements()
            value.inner.add(row.text("innerProperty"), row["innerValue"])
    return found


def said_by_thing(rows: Iterable[Row], thing: str) -> dict[str, Statements]:
    """Return what is said of each thing, by its IRI, in the answer of a query with `?property ?value ?graph`.

    Args:
        rows: the answer.
        thing: the variable that names the things.
    """
    found: dict[str, Statements] = {}
    for row in rows:
        found.setdefault(row.text(thing), Statements()).add(row.text("property"), row["value"], row.text("graph"))
    return found


@dataclass(frozen=True)
class Other:
    """A thing beside the one a page is about."""

    iri: str
    relations: set[str]
    """How the two are related: the properties, in whichever direction."""
    says: Statements


def others(rows: Iterable[Row]) -> list[Other]:
    """Return the things in the answer of a query with `?relation ?other ?property ?value`, in their order."""
    found: dict[str, Other] = {}
    for row in rows:
        other = found.setdefault(row.text("other"), Other(row.text("other"), set(), Statements()))
        other.relations.add(row.text("relation"))
        other.says.add(row.text("property"), row["value"])
    return [*found.values()]
