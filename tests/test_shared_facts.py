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
from alliance_graph.vocabulary import PREFIXES
from conftest import SHARED

Notes = list[Mapping[str, str]]

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
    states = {code: state for state in _states(store) for code in _values(store, state, "ally:isoAlpha3Code")}
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


def _states(store: ox.Store) -> Iterator[str]:
    kind = ox.NamedNode(f"{PREFIXES['ally']}State")
    for quad in store.quads_for_pattern(None, ox.NamedNode(f"{PREFIXES['rdf']}type"), kind, ox.DefaultGraph()):
        assert isinstance(quad.subject, ox.NamedNode)
        yield quad.subject.value


def _values(store: ox.Store, subject: str, name: str) -> list[str]:
    prefix, _, local = name.partition(":")
    found = store.quads_for_pattern(
        ox.NamedNode(subject), ox.NamedNode(PREFIXES[prefix] + local), None, ox.DefaultGraph()
    )
    return [quad.object.value for quad in found if isinstance(quad.object, ox.Literal)]
