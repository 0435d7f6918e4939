"""Running an importer: files of a dataset and a country in, the graph of facts in canonical Turtle out."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import pyoxigraph as ox

from alliance_graph.dataset.project import Project
from alliance_graph.errors import AllianceGraphError
from alliance_graph.sources import atop, dcad, geo_pko
from alliance_graph.sources.known import Known, State, read_known
from alliance_graph.sources.statements import turtle
from alliance_graph.sources.table import Form, Row, columns_of, read_rows

Facts = Callable[[Sequence[Sequence[Row]], State, Known], tuple[list[ox.Triple], list[str]]]
"""Rows of each file, country, what is known → what the rows say of the country, and which rows are left out."""


@dataclass(frozen=True)
class Importer:
    """A dataset that can be imported; data/catalog.ttl describes it as a source."""

    name: str
    forms: tuple[Form, ...]
    facts: Facts


IMPORTERS = {
    importer.name: importer
    for importer in (
        Importer("atop", atop.FORMS, atop.facts),
        Importer("dcad", dcad.FORMS, dcad.facts),
        Importer("geo-pko", geo_pko.FORMS, geo_pko.facts),
    )
}


def import_dataset(name: str, paths: Sequence[Path], iso3: str, project: Project) -> tuple[str, list[str]]:
    """Return the graph of what a dataset records of a country, and a line for each row left out.

    Raises:
        AllianceGraphError: a file is not as published, the country or a party is not known to the
            project, or nothing is recorded of the country.
    """
    importer = IMPORTERS[name]
    known = read_known(project)
    country = known.country(iso3)
    tables = [read_rows(path, form) for path, form in _matched(paths, importer)]
    facts, left_out = importer.facts(tables, country, known)
    if not facts:
        files = ", ".join(map(str, paths))
        raise AllianceGraphError(
            f"nothing is recorded of {country.labels['en']} ({country.iso3})", "check --country", place=files
        )
    return turtle(facts), left_out


def _matched(paths: Sequence[Path], importer: Importer) -> list[tuple[Path, Form]]:
    """Return the files in the order of the dataset's forms, recognised by their first columns."""
    names = " and ".join(form.name for form in importer.forms)
    if len(paths) != len(importer.forms):
        raise AllianceGraphError(f"{importer.name} is read from {len(importer.forms)} file(s)", f"name {names}")
    if len(paths) == 1:
        return [(paths[0], importer.forms[0])]
    left = list(paths)
    found = []
    for form in importer.forms:
        best = max(left, key=lambda path: len(set(columns_of(path)) & set(form.columns)))
        left.remove(best)
        found.append((best, form))
    return found
