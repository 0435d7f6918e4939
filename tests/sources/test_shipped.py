"""The shipped graphs are what the importers make of the published files."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from alliance_graph.dataset.project import Project
from alliance_graph.sources import geo_pko
from alliance_graph.sources.importing import IMPORTERS, import_dataset
from alliance_graph.validation.session import Session
from conftest import REPOSITORY, SHARED
from sources.files import Graph

PUBLISHED = {
    "atop": ("atop51/atop5_1a.csv", "atop51/atop5_1m.csv"),
    "dcad": ("dcad/DCAD-v1.0-main.csv",),
    "geo-pko": ("geopko/TCCMap_v.2.3.csv",),
}


def published(name: str) -> list[Path]:
    folder = SHARED / "facts" / "datasets"
    paths = [folder / path for path in PUBLISHED[name]]
    if not all(path.exists() for path in paths):
        pytest.skip(f"the files of {name} are not beside the project (they are no part of it)")
    return paths


@pytest.mark.parametrize("name", IMPORTERS)
def test_the_shipped_graph_is_what_the_importer_gives_for_morocco(project: Project, name: str) -> None:
    text, _ = import_dataset(name, published(name), "MAR", project)
    shipped = (REPOSITORY / "data" / "facts" / f"{name}.ttl").read_text(encoding="utf-8")
    assert text == shipped, f"alliance-graph import {name} … --country MAR --output data/facts/{name}.ttl"


@pytest.mark.parametrize("name", IMPORTERS)
def test_the_shipped_graph_has_no_violation(project: Project, name: str) -> None:
    report = Session(project).run([f"data/facts/{name}.ttl"])
    assert [f"{finding.place} {finding.rule}" for finding in report.findings if finding.severity == "violation"] == []


def test_every_contributor_of_geo_pko_is_read() -> None:
    with published("geo-pko")[0].open(encoding="utf-8", newline="") as lines:
        cells = [row["year.overview"] for row in csv.DictReader(lines)]
    named = {part.rpartition(" (")[0] for cell in cells for part in cell.split("), ")}
    assert named == geo_pko.CONTRIBUTORS.keys() | geo_pko.NO_STATES


@pytest.mark.parametrize(("name", "kind"), [("dcad", "DefenseCooperationAgreement"), ("geo-pko", "DeploymentSite")])
def test_another_country_of_the_published_files_is_imported(project: Project, name: str, kind: str) -> None:
    text, left_out = import_dataset(name, published(name), "MRT", project)
    assert Graph(text, left_out).of_kind(kind)
    assert "id:mauritania" in text
