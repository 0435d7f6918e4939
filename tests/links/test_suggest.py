"""Suggestions for things without a link are shown and never written."""

from __future__ import annotations

import json

import pytest

from alliance_graph.dataset.project import Project
from alliance_graph.errors import AllianceGraphError
from alliance_graph.sources.wikidata import suggest
from alliance_graph.sources.wikidata.http import Http
from alliance_graph.sources.wikidata.records import LinkRecord, Thing
from alliance_graph.vocabulary import expand
from conftest import Run
from links.wikidata_service import Wikidata


def test_suggestions_are_shown_and_never_written(
    run: Run, service: Wikidata, project_copy: Project, things: dict[str, Thing]
) -> None:
    kfor = expand("id:kfor") or ""
    service.candidates[things[kfor].names["en"][0]] = [
        {"id": "Q900001", "name": "Kosovo Force", "score": 97.5, "match": True, "description": "a force"},
        {"id": "Q900002", "name": "KFOR", "score": 40},
    ]
    before = {p: p.read_bytes() for p in project_copy.root.rglob("*") if p.is_file()}
    options = ("--project", project_copy.root, "--online", "--service", service.reconciliation)
    outcome = run("links", "suggest", *options, "--format", "json")
    assert outcome.code == 0, outcome.err
    by_thing = {thing["thing"]: thing["candidates"] for thing in json.loads(outcome.out)["things"]}
    assert [(c["item"], c["score"], c["match"]) for c in by_thing[kfor]] == [
        ("http://www.wikidata.org/entity/Q900001", 97.5, True),
        ("http://www.wikidata.org/entity/Q900002", 40, False),
    ]
    told = run("links", "suggest", *options, "id:kfor").out
    assert "Q900001 97.5 match Kosovo Force – a force" in told
    assert "nothing was written" in told
    assert {p: p.read_bytes() for p in project_copy.root.rglob("*") if p.is_file()} == before


def test_questions_name_class_and_codes(records: list[LinkRecord], things: dict[str, Thing], service: Wikidata) -> None:
    spain = things[expand("id:spain") or ""]
    service.candidates["Spain"] = [{"id": "Q29", "name": "Spain", "score": 100, "match": True}]
    (found,) = suggest.suggest([spain], records, service.reconciliation, Http("tests"))
    assert [c.item for c in found.candidates] == ["Q29"]
    question = json.loads(service.asked[-1]["queries"])["q0"]
    assert question["query"] == "Spain"
    assert "Q3624078" in question["type"]
    assert {"pid": "P298", "v": "ESP"} in question["properties"]


def test_things_with_a_record_are_not_asked_for(records: list[LinkRecord], things: dict[str, Thing]) -> None:
    left = {thing.iri for thing in suggest.unlinked(records, things)}
    assert expand("id:kfor") in left
    assert left.isdisjoint({r.subject for r in records})
    with pytest.raises(AllianceGraphError, match="nothing in the project"):
        suggest.unlinked(records, things, ["https://example.org/nothing"])


@pytest.mark.parametrize(
    ("manifest", "told"),
    [
        ({"versions": ["0.1"], "identifierSpace": "http://www.wikidata.org/entity/"}, "version 0.2"),
        ({"versions": ["0.2"], "identifierSpace": "http://example.org/"}, "not about Wikidata"),
    ],
)
def test_another_kind_of_service_is_refused(
    run: Run, service: Wikidata, manifest: dict[str, object], told: str
) -> None:
    service.manifest = manifest
    outcome = run("links", "suggest", "--online", "--service", service.reconciliation, "id:kfor")
    assert (outcome.code, outcome.err.count("\n")) == (2, 1)
    assert told in outcome.err
