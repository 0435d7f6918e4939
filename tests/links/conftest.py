"""What the tests of links share: the records, and a Wikidata to hold them against.

The Wikidata is a real server on loopback (wikidata_service.py) that has an entity for each record.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from alliance_graph.dataset.documents import read_all
from alliance_graph.dataset.project import Project
from alliance_graph.sources.wikidata.client import Client
from alliance_graph.sources.wikidata.records import LinkRecord, Thing, expected_classes, read_records, read_things
from alliance_graph.sources.wikidata.verify import Verification, verify
from links.asking import Ask, client_of, short
from links.wikidata_service import Wikidata, entity, wikidata


@pytest.fixture(scope="package")
def records(project: Project) -> list[LinkRecord]:
    return read_records(read_all(project))


@pytest.fixture(scope="package")
def things(project: Project) -> dict[str, Thing]:
    return read_things(read_all(project))


@pytest.fixture
def service(records: list[LinkRecord], things: dict[str, Thing]) -> Iterator[Wikidata]:
    """A Wikidata that agrees with every record."""
    with wikidata() as running:
        for record in records:
            assert record.item
            thing = things[record.subject]
            names = {language: [*found] for language, found in thing.names.items()}
            names.setdefault("en", []).append(record.label)
            kinds = tuple(sorted(expected_classes(thing, records)))
            running.entities[record.item] = entity(record.item, names, kinds=kinds, codes=thing.codes)
        yield running


@pytest.fixture
def pauses() -> list[float]:
    return []


@pytest.fixture
def client(service: Wikidata, tmp_path: Path, pauses: list[float]) -> Client:
    return client_of(service, tmp_path, pauses)


@pytest.fixture
def ask(records: list[LinkRecord], things: dict[str, Thing], client: Client) -> Ask:
    """Verify every record; return what was found by the short name of the record."""

    def call(asked: Client = client) -> dict[str, Verification]:
        return {short(v.record): v for v in verify(records, things, asked)}

    return call
