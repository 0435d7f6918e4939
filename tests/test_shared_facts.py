"""The graphs say what the project's notes of facts say: no more of what is unsure, no less of what is sure.

The notes (`facts/` in the folder of reading matter beside the project) are no part of it.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator, Mapping
from pathlib import Path

import pyoxigraph as ox
import pytest

from alliance_graph.dataset.documents import read_all
from alliance_graph.dataset.project import Project
from alliance_graph.sources.wikidata.records import LinkRecord, read_records
from alliance_graph.vocabulary import expand
from conftest import SHARED

Notes = list[Mapping[str, str]]

RECORDS = Path(__file__).parent / "fixtures" / "noted-facts.csv"
"""Which records of ours a noted fact stands in, by what it says."""

GRADED_OTHERWISE = {"id:atop-3755-600": "high", "id:atop-3628-600": "medium"}
"""Record → its confidence where that is not the notes': by what ATOP says it coded from (docs/sources.md)."""

STORED = {
    "ATOP 5.1": "source:atop-5-1",
    "DCAD v1.0": "source:dcad-1-0",
    "COW IGO v3": "source:cow-igo-3",
    "Geo-PKO v2.3": "source:geo-pko-2-3",
}

ABOUT = "hasParty hasAdherent isAdherenceTo involvesActor isConductedUnder isParticipationIn isEditionOf isBasedOn isInCountry"
LINKS = [
    *(f"ally:{name}" for name in ABOUT.split()),
    "org:member",
    "org:organization",
    "ally:isRecordOf",
    "dcterms:isPartOf",
]

OUTSIDE_PARENTHESES = re.compile(r"; (?![^()]*\))")


def notes(name: str) -> Notes:
    path = SHARED / "facts" / name
    if not path.exists():
        pytest.skip(f"{name} is not beside the project (it is no part of it)")
    return _rows(path)


def _rows(path: Path) -> Notes:
    with path.open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))


@pytest.fixture(scope="module")
def records(project: Project) -> list[LinkRecord]:
    return read_records(read_all(project))


def test_what_the_notes_are_sure_of_is_linked_with_their_evidence(records: list[LinkRecord], store: ox.Store) -> None:
    asserted = {record.item: record for record in records if record.asserted and record.exact}
    for row in notes("wikidata_links.csv"):
        if row["confidence"] == "high" and row["group"].partition(":")[0] in ("country", "organisation"):
            record = asserted.get(row["qid"])
            assert record, f"{row['entity']} has no asserted link to {row['qid']}"
            assert record.label == row["label_seen"]
            assert set(_values(store, record.iri, "sssom:mapping_source")) == set(
                OUTSIDE_PARENTHESES.split(row["source"])
            )


def test_nothing_that_the_notes_doubt_is_asserted(records: list[LinkRecord], store: ox.Store) -> None:
    asserted = {record.item for record in records if record.asserted}
    linked = {name for record in records if record.asserted for name in _values(store, record.subject, "rdfs:label")}
    doubted = [row for row in notes("wikidata_links.csv") if row["confidence"] in ("low", "unverified")]
    assert [row for row in doubted if row["qid"] in asserted] == []
    assert [row for row in doubted if not row["qid"] and row["entity"] in linked] == []


def test_states_have_the_codes_and_the_place_of_the_notes(store: ox.Store) -> None:
    states = {code: state for state in _of_kind(store, "State") for code in _values(store, state, "ally:isoAlpha3Code")}
    compared = 0
    for row in notes("countries.csv"):
        if row["iso3"] not in states:
            continue  # noted without two sources that agree on its item
        state = states[row["iso3"]]
        assert _values(store, state, "ally:isoAlpha2Code") == [row["iso2"]]
        assert _values(store, state, "ally:isoNumericCode") == [row["iso_num"]]
        assert not row["cow_code"] or row["cow_code"] in _values(store, state, "ally:cowStateNumber")
        place = [float(value) for name in ("geo:lat", "geo:long") for value in _values(store, state, name)]
        assert place == [float(row["lat"]), float(row["lon"])], row["name_en"]
        names = _values(store, state, "rdfs:label") + _values(store, state, "skos:altLabel")
        assert row["name_en"] in names
        compared += 1
    assert compared > 100


def _of_kind(store: ox.Store, kind: str) -> Iterator[str]:
    for quad in store.quads_for_pattern(None, _node("rdf:type"), _node(f"ally:{kind}"), ox.DefaultGraph()):
        assert isinstance(quad.subject, ox.NamedNode)
        yield quad.subject.value


def _values(store: ox.Store, subject: str, name: str) -> list[str]:
    found = store.quads_for_pattern(_node(subject), _node(name), None, ox.DefaultGraph())
    return [quad.object.value for quad in found if isinstance(quad.object, ox.Literal)]


# Facts: dates, parties, sources and confidence of every noted one.


def noted_facts() -> list[tuple[Mapping[str, str], list[str]]]:
    """Return each noted fact with its records."""
    key = ("subject", "relation", "object", "start")
    records = {tuple(row[name] for name in key): row["records"].split() for row in _rows(RECORDS)}
    rows = notes("facts.csv")
    assert {tuple(row[name] for name in key) for row in rows} == records.keys(), "the notes have changed"
    return [(row, [f"id:{name}" for name in records[tuple(row[name] for name in key)]]) for row in rows]


def test_every_noted_fact_has_its_dates(store: ox.Store) -> None:
    for row, records in noted_facts():
        for record, start in zip(records, row["start"].split(";") * len(records), strict=False):
            signed = [_date(store, one, "signature") for one in _linked(store, record, "ally:isBasedOn")]
            assert _noted(start) in [_date(store, record, "start"), *signed], (record, row)
            end, last = _date(store, record, "end"), _date(store, record, "lastRecorded")
            if row["end"]:
                # Where the notes give the end of a dataset as the end, it is no end: the record is open until then.
                assert row["end"] in (end, last or "", (last or "")[:4]), (record, row)
            else:
                # An event or an exercise ends in the time it began in, which the notes leave unsaid.
                assert end is None or end == _noted(start), (record, row)


def test_every_noted_fact_has_its_source_and_confidence(store: ox.Store) -> None:
    for row, records in noted_facts():
        grades = {GRADED_OTHERWISE.get(record, row["confidence"]) for record in records}
        found = {name for record in records for name in _linked(store, record, "ally:hasConfidence")}
        assert found <= {expand(f"confidence:{grade}") for grade in grades}, (records, row)
        for record in records:
            sources = _linked(store, record, "prov:wasDerivedFrom")
            addresses = {address for source in sources for address in _linked(store, source, "rdfs:seeAlso")}
            if row["source_status"] == "stored file":
                (dataset,) = [name for title, name in STORED.items() if row["source_title"].startswith(title)]
                assert sources == [expand(dataset)], (record, row)
            elif row["source_status"] == "as seen":
                assert row["source"] in addresses, (record, row)
            else:
                assert row["source"] not in addresses, "an address that was not seen whole is no link"


def test_every_noted_fact_has_its_parties(store: ox.Store) -> None:
    names = {
        name: actor
        for kind in ("State", "IntergovernmentalOrganization", "InformalOrganization", "PeaceOperation")
        for actor in _of_kind(store, kind)
        for name in _english(store, actor)
        if len(name) > 3
    }
    for row, records in noted_facts():
        if row["source_title"].startswith("ATOP") and row["relation"] in ("memberOf", "partyTo"):
            continue  # the data name no treaty and no organization, only states
        for record in records:
            near = set(_near(store, record))
            for cell in (row["subject"], row["object"]):
                named = [name for name in names if re.search(rf"\b(?<!non-){re.escape(name)}\b", cell)]
                whole = [name for name in named if not any(name != other and name in other for other in named)]
                actors = {names[name] for name in whole}
                assert actors <= near, (record, cell, actors - near)


def test_what_the_notes_deny_is_not_recorded(store: ox.Store) -> None:
    denied = [row for row, records in noted_facts() if not records]
    assert [(row["relation"], row["object"]) for row in denied] == [("notMemberOf", "Istanbul Cooperation Initiative")]
    members = store.quads_for_pattern(
        None, _node("org:organization"), _node("id:istanbul-cooperation-initiative"), ox.DefaultGraph()
    )
    assert not [quad for quad in members if _node("id:morocco").value in _near(store, str(quad.subject)[1:-1])]


def _noted(date: str) -> str | None:
    return date or None


def _date(store: ox.Store, record: str, event: str) -> str | None:
    """Return a date as precisely as it is known: 1956-05-28, 1996-03, 2004."""
    found = _values(store, record, f"ally:{event}Date")
    if not found:
        return None
    precision = f"ally:has{event[0].upper()}{event[1:]}DatePrecision"
    (known,) = _linked(store, record, precision)
    return found[0][: {"day": 10, "month": 7, "year": 4}[known.rpartition("/")[2]]]


def _near(store: ox.Store, record: str) -> Iterator[str]:
    """Yield what a record is about, up to two steps away."""
    for name in LINKS:
        for one in _linked(store, record, name):
            yield one
            for further in LINKS:
                yield from _linked(store, one, further)


def _english(store: ox.Store, subject: str) -> list[str]:
    found = [
        quad.object
        for name in ("rdfs:label", "skos:altLabel")
        for quad in store.quads_for_pattern(_node(subject), _node(name), None, ox.DefaultGraph())
    ]
    return [name.value for name in found if isinstance(name, ox.Literal) and name.language == "en"]


def _linked(store: ox.Store, subject: str, name: str) -> list[str]:
    found = store.quads_for_pattern(_node(subject), _node(name), None, ox.DefaultGraph())
    return [quad.object.value for quad in found if isinstance(quad.object, ox.NamedNode)]


def _node(name: str) -> ox.NamedNode:
    iri = expand(name) or name
    return ox.NamedNode(iri)
