"""Small files of the published forms, and the graphs that are made of them."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping
from pathlib import Path

import pyoxigraph as ox
import pytest

from alliance_graph.dataset.project import Project
from alliance_graph.errors import AllianceGraphError
from alliance_graph.sources import atop, dcad, geo_pko
from alliance_graph.sources.importing import import_dataset
from alliance_graph.sources.table import Form
from alliance_graph.vocabulary import compact

Cells = Mapping[str, str]


def write(path: Path, form: Form, rows: Iterable[Cells], encoding: str | None = None) -> Path:
    """Write a file of the published form; cells that a row leaves out are empty."""
    text = io.StringIO()
    table = csv.DictWriter(text, form.columns, restval="", lineterminator="\n")
    table.writeheader()
    table.writerows(rows)
    path.write_bytes(text.getvalue().encode(encoding or form.encoding))
    return path


def treaty(**cells: str) -> Cells:
    """A treaty of Morocco and France, 1956 to 1966: consultation."""
    flags = dict.fromkeys(("ineffect", *atop.OBLIGATIONS), "0")
    begin = {"begyr": "1956", "begmo": "5", "begday": "28.0"}
    end = {"endyr": "1966", "endmo": "1", "endday": "23.0"}
    rest = {"consul": "1", "source": "1", "version": "5.1", "mem1": "220.0", "mem2": "600.0"}
    return {"atopid": "3315", **flags, **begin, **end, **rest, **cells}


def member(number: int, **cells: str) -> Cells:
    entry = {"yrent": "1956", "moent": "5", "dayent": "28.0"}
    leaving = {"yrexit": "1966", "moexit": "1", "dayexit": "23.0"}
    rest = {"phase": "0", "ineffect": "0", "source": "1", "version": "5.1"}
    return {"atopid": "3315", "member": str(number), **entry, **leaving, **rest, **cells}


IN_EFFECT = {"yrexit": "0", "moexit": "0", "dayexit": "0.0", "ineffect": "1"}


def agreement(**cells: str) -> Cells:
    """An agreement of Spain and Morocco, coded from the treaty."""
    signed = {"signDay": "27", "signMonth": "9", "signYear": "1989"}
    in_force = {"EIFDay": "20", "EIFMonth": "12", "EIFYear": "1990"}
    coded = {"category1": "DCA", "terminated": "0", "categoryConf": "high", "sourceType": "treaty"}
    who = {"ccode1": "230", "ccode2": "600", "DCAid": "DCADv1.0-9001", "source": "Boletín"}
    return {**who, **signed, **in_force, **coded, **cells}


def deployment(year: str, overview: str, **cells: str) -> Cells:
    count = str(overview.count("), ") + 1)
    where = {"mission": "MINUSCA", "location": "Bria", "latitude": "6.539023", "longitude": "21.99111"}
    return {**where, "year": year, "No.TCC": count, "year.overview": overview, **cells}


class Files:
    """Writes the small files of a test and imports them."""

    def __init__(self, folder: Path, project: Project) -> None:
        self.folder, self.project = folder, project

    def atop(self, treaties: Iterable[Cells], members: Iterable[Cells]) -> list[Path]:
        return [
            write(self.folder / form.name, form, rows)
            for form, rows in zip(atop.FORMS, (treaties, members), strict=True)
        ]

    def dcad(self, *rows: Cells) -> list[Path]:
        return [write(self.folder / "DCAD-v1.0-main.csv", dcad.FORMS[0], rows)]

    def geo_pko(self, *rows: Cells) -> list[Path]:
        return [write(self.folder / "TCCMap_v.2.3.csv", geo_pko.FORMS[0], rows)]

    def graph(self, name: str, paths: list[Path], country: str = "MAR") -> Graph:
        text, left_out = import_dataset(name, paths, country, self.project)
        return Graph(text, left_out)

    def error(self, name: str, paths: list[Path], country: str = "MAR") -> str:
        with pytest.raises(AllianceGraphError) as raised:
            import_dataset(name, paths, country, self.project)
        return str(raised.value).replace(f"{self.folder}/", "")


class Graph:
    """An importer's output, to be asked."""

    def __init__(self, text: str, left_out: list[str]) -> None:
        self.text, self.left_out = text, left_out
        self.triples = [quad.triple for quad in ox.parse(text, format=ox.RdfFormat.TURTLE)]

    def all(self, subject: str, predicate: str) -> set[str]:
        """Return the values of a property, IRIs with prefix."""
        return {
            compact(t.object.value) if isinstance(t.object, ox.NamedNode) else str(getattr(t.object, "value", ""))
            for t in self.triples
            if compact(str(getattr(t.subject, "value", ""))) == subject and compact(t.predicate.value) == predicate
        }

    def one(self, subject: str, predicate: str) -> str:
        (value,) = self.all(subject, predicate)
        return value

    def dated(self, subject: str, event: str) -> tuple[str, str] | None:
        """Return a date and its precision."""
        dates = self.all(subject, f"ally:{event}Date")
        precisions = self.all(subject, f"ally:has{event[0].upper()}{event[1:]}DatePrecision")
        return (dates.pop(), precisions.pop().removeprefix("precision:")) if dates or precisions else None

    def of_kind(self, kind: str) -> set[str]:
        return {
            compact(t.subject.value)
            for t in self.triples
            if isinstance(t.subject, ox.NamedNode)
            and compact(t.predicate.value) == "rdf:type"
            and t.object == ox.NamedNode(f"https://w3id.org/alliance-graph/ontology#{kind}")
        }

    def labels(self, subject: str) -> dict[str | None, str]:
        return {
            t.object.language: t.object.value
            for t in self.triples
            if isinstance(t.object, ox.Literal)
            and isinstance(t.subject, ox.NamedNode)
            and compact(t.subject.value) == subject
            and compact(t.predicate.value) == "rdfs:label"
        }
