"""Answers about days and standing: in force, ended, open, of unknown end; one row for what several records tell."""

from __future__ import annotations

from collections.abc import Callable

import pyoxigraph as ox
import pytest

from alliance_graph.dataset.project import Project
from alliance_graph.engine.evaluation import evaluate
from alliance_graph.engine.library import read_library
from alliance_graph.vocabulary import compact, expand

Row = dict[str, str]
Ask = Callable[..., list[Row]]


@pytest.fixture
def ask(store: ox.Store, project: Project) -> Ask:
    """Answer a ready query; a row has IRIs with prefix and leaves out what is empty."""
    library = read_library(project.queries)

    def call(name: str, **values: str) -> list[Row]:
        ready = library[name]
        results = evaluate(store, ready.text, bindings=ready.bind(values), place=ready.place)
        assert isinstance(results, ox.QuerySolutions)
        names = [variable.value for variable in results.variables]
        return [
            {
                name: compact(value.value) if isinstance(value, ox.NamedNode) else str(getattr(value, "value", ""))
                for name, value in zip(names, solution, strict=True)
                if value is not None
            }
            for solution in results
        ]

    return call


def in_force(ask: Ask, date: str) -> dict[str, Row]:
    rows = ask("in-force-on", date=date)
    found = {row["arrangement"]: row for row in rows}
    assert len(found) == len(rows), "an arrangement has one row"
    return found


def test_what_bound_morocco_in_june_1975(ask: Ask) -> None:
    assert set(in_force(ask, "1975-06-01")) == {
        "id:atop-3015",
        "id:atop-3205",
        "id:atop-3615",
        "id:atop-3628",
        "id:utah-spp-treaty-1786",
    }


def test_a_treaty_in_effect_where_the_data_stop_is_in_force_and_says_until_when_it_was_seen(ask: Ask) -> None:
    today = in_force(ask, "2026-11-22")
    for treaty in ("id:atop-3015", "id:atop-3205", "id:atop-3995", "id:atop-4040", "id:atop-3755"):
        assert (today[treaty]["lastRecorded"], today[treaty]["lastRecordedPrecisionLabel"]) == ("2018-12-31", "day")
    mission = today["id:geo-pko-morocco-minusca"]
    assert (mission["lastRecorded"], mission["lastRecordedPrecisionLabel"]) == ("2024-01-01", "year")
    assert "id:atop-3315" not in today, "ended in 1966"


@pytest.mark.parametrize(
    ("name", "within", "after"),
    [
        ("id:wikipedia-royal-moroccan-armed-forces-onuc", "1960-07-31", "1960-08-01"),
        ("id:yabiladi-183323-chebec-2025", "2025-11-30", "2025-12-01"),
        ("id:morocco-world-news-336540-lightning-handshake", "2021-03-03", "2021-03-04"),
        ("id:dcad-0101", "1982-12-31", "1983-01-01"),
    ],
)
def test_what_has_an_unknown_end_is_in_force_only_when_it_began(ask: Ask, name: str, within: str, after: str) -> None:
    assert name in in_force(ask, within)
    assert name not in in_force(ask, after)


def test_an_end_known_by_its_year_lasts_through_the_year(ask: Ask) -> None:
    assert "id:marsou-angles-ifor" not in in_force(ask, "1996-02-29")
    assert "id:marsou-angles-ifor" in in_force(ask, "1996-12-31")
    assert "id:marsou-angles-ifor" not in in_force(ask, "1997-01-01")


def test_records_of_one_thing_have_one_row_that_names_the_others(ask: Ask) -> None:
    series = in_force(ask, "2020-06-01")["id:fvbb-231946-african-lion"]
    assert series["start"] == "2004-01-01"
    assert "2008" in series["otherRecords"]
    convention = in_force(ask, "2020-06-01")["id:dcad-0638"]
    assert "convention of 1989" in convention["otherRecords"]
    # Before the first record begins, the other one is silent, too.
    assert "id:washington-institute-excerpt-african-lion" not in in_force(ask, "2006-01-01")


def test_records_of_one_thing_stand_side_by_side(ask: Ask) -> None:
    records: dict[str, set[str]] = {}
    for row in ask("conflicting-records"):
        records.setdefault(row["thing"], set()).add(row["record"])
    assert records["id:cow-igo-3760-600"] == {"id:cow-igo-3760-600", "id:talk-africa-oau-founder"}
    assert records["id:geo-pko-morocco-monuc"] == {"id:geo-pko-morocco-monuc", "id:un-news-9792-monuc"}


def test_nato_morocco_is_a_partner_since_1995_and_no_member(ask: Ask) -> None:
    rows = ask("organization-standing", organization="id:nato")
    assert {(row["role"], row["since"], row["sincePrecisionLabel"], row["untilStatusLabel"]) for row in rows} == {
        ("role:partner-country", "1995-02-01", "month", "open")
    }


def test_a_membership_whose_end_is_unknown_makes_no_member(project: Project) -> None:
    ready = read_library(project.queries)["is-member"]
    country, organization = ready.bind({})["country"], ready.bind({})["organization"]
    for status, expected in (("open", True), ("unknown", False)):
        store, it = ox.Store(), ox.NamedNode("urn:membership")
        for name, value in (
            ("rdf:type", ox.NamedNode(expand("org:Membership") or "")),
            ("org:member", country),
            ("org:organization", organization),
            ("org:role", ox.NamedNode(expand("role:member-state") or "")),
            ("ally:hasEndStatus", ox.NamedNode(expand(f"end-status:{status}") or "")),
        ):
            store.add(ox.Quad(it, ox.NamedNode(expand(name) or ""), value, ox.DefaultGraph()))
        answer = evaluate(store, ready.text, bindings=ready.bind({}), place=ready.place)
        assert isinstance(answer, ox.QueryBoolean)
        assert bool(answer) is expected


def test_missions_are_missions_and_totals_are_not(ask: Ask) -> None:
    rows = ask("missions")
    assert all("operation" in row for row in rows)
    monusco = next(row for row in rows if row["operation"] == "id:monusco")
    assert monusco["operationCountry"] == "id:democratic-republic-of-the-congo"
    assert (monusco["endStatusLabel"], monusco["lastRecordedYear"]) == ("open", "2024")


def test_events_have_their_actors_and_place(ask: Ask) -> None:
    signing = next(row for row in ask("events") if row["event"] == "id:un-press-skhirat-signing")
    assert signing["others"] == "Libya · United Nations"
    assert (signing["start"], signing["place"]) == ("2015-12-17", "id:morocco")
    assert {row["actor"] for row in ask("events", actor="id:nato")} == {"id:nato"}
