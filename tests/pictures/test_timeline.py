"""Timelines show no date more exactly than it is known."""

from __future__ import annotations

import datetime

import pyoxigraph as ox
import pytest

from alliance_graph.pictures import draw, read, timeline
from alliance_graph.pictures.dates import Moment, Span, moment, span
from alliance_graph.vocabulary import PREFIXES
from pictures.drawing import LIBRARY, Rows, address, answer_of, parse, texts


def test_a_date_is_shown_no_more_exactly_than_it_is_known() -> None:
    columns = ("thing", "start", "startPrecision", "end", "endPrecision")
    day = ox.NamedNode(f"{PREFIXES['xsd']}date")
    precision = PREFIXES["precision"]
    rows: Rows = [
        [
            ox.Literal("treaty"),
            ox.Literal("1982-01-01", datatype=day),
            ox.NamedNode(f"{precision}year"),
            ox.Literal("1984-03-01", datatype=day),
            ox.NamedNode(f"{precision}month"),
        ]
    ]
    markup = draw("timeline", columns, rows, "en", address).__html__()
    assert "treaty: 1982 – 1984-03<" in markup
    assert "1982-01-01<" not in markup


@pytest.mark.parametrize(
    ("precision", "last"), [("day", "1984-02-01"), ("month", "1984-02-29"), ("year", "1984-12-31")]
)
def test_a_date_lasts_as_long_as_its_precision(precision: str, last: str) -> None:
    known = Moment(datetime.date(1984, 2, 1), precision)
    assert known.last.isoformat() == last
    assert Span(Moment(datetime.date(1980, 1, 1)), known).covers(datetime.date.fromisoformat(last))
    assert not Span(Moment(datetime.date(1980, 1, 1)), known).covers(known.last + datetime.timedelta(1))


@pytest.mark.parametrize("value", ["", "soon", "1984-13-01", "1984-02-30", "9999-01-01", "-0044-03-15", "84"])
def test_what_is_no_date_is_not_drawn_as_one(value: str) -> None:
    assert moment({"start": ox.Literal(value)}, "start") is None


def test_rows_without_a_start_are_counted_in_a_note() -> None:
    rows: Rows = [[ox.Literal("a"), ox.Literal(1990)], [ox.Literal("b"), None], [ox.Literal("c"), ox.Literal("?")]]
    assert "in the table only: 2." in draw("timeline", ("thing", "startYear"), rows, "en", address).__html__()


def test_one_early_start_does_not_press_the_rest_together() -> None:
    rows: Rows = [[ox.Literal(str(year)), ox.Literal(year)] for year in (1786, 1956, 1970, 2004, 2020)]
    drawing = parse(draw("timeline", ("thing", "startYear"), rows, "en", address)).find("svg")
    assert drawing is not None
    assert drawing.get("data-first") == "1950"
    assert "1786 –" in [text for _, text in texts(drawing)]


def test_what_says_nothing_of_an_end_counts_only_when_it_began() -> None:
    unknown = Span(Moment(datetime.date(1960, 7, 1), "month"), None, is_unknown=True)
    assert unknown.covers(datetime.date(1960, 7, 31))
    assert not unknown.covers(datetime.date(1960, 8, 1))
    assert Span(Moment(datetime.date(1960, 7, 1)), None).covers(datetime.date(2020, 1, 1))


@pytest.mark.parametrize("day", ["1955-01-01", "1975-06-01", "1986-08-29", "2004-01-01", "2020-12-31"])
def test_the_timeline_and_the_ready_query_agree_on_what_was_in_force(day: str, store: ox.Store) -> None:
    on = datetime.date.fromisoformat(day)
    columns, rows = answer_of(store, LIBRARY["dated-record"])
    named = [{c: term for c, term in zip(columns, row, strict=True) if term is not None} for row in rows]
    covered = [row for row in named if (time := span(row)) is not None and time.covers(on)]

    drawing = parse(timeline.draw(read(columns, rows, "en", address), on=on)).find("svg")
    assert drawing is not None
    bars = {(row["thing"], row["kind"], span(row)) for row in covered}
    assert [g.get("class") for g in drawing.iter("g")].count("span") == len(bars)

    # What several records tell has one row in the ready query, with the names of the others.
    names, expected = answer_of(store, LIBRARY["in-force-on"], date=day)
    asked = {row[names.index("record")] for row in expected}
    others = {
        name for row in expected for name in str(getattr(row[names.index("otherRecords")], "value", "")).split(" · ")
    }
    arrangements = {row["record"]: row for row in covered if "/membership-role/" not in str(row["kind"])}
    assert asked <= set(arrangements)
    for record in set(arrangements) - asked:
        told = {name for term in (record, arrangements[record]["thing"]) for name in labels(store, term)}
        assert told & others, record


def labels(store: ox.Store, term: ox.NamedNode | ox.BlankNode | ox.Literal | ox.Triple) -> set[str]:
    assert isinstance(term, ox.NamedNode)
    label = ox.NamedNode(f"{PREFIXES['rdfs']}label")
    return {
        str(quad.object.value)
        for quad in store.quads_for_pattern(term, label, None)
        if isinstance(quad.object, ox.Literal)
    }
