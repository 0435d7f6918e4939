"""What holds for every importer: the form of what it writes, and of what it refuses."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pyoxigraph as ox
import pytest

from alliance_graph.dataset.project import Project
from alliance_graph.sources import dcad, geo_pko
from alliance_graph.sources.importing import IMPORTERS
from alliance_graph.sources.statements import turtle
from alliance_graph.sources.table import Form
from alliance_graph.vocabulary import compact
from conftest import Run
from sources.files import Cells, Files, agreement, deployment, member, treaty, write


def test_every_fact_says_where_it_stands_in_four_languages(files: Files) -> None:
    graphs = [
        files.graph("atop", files.atop([treaty()], [member(220), member(600)])),
        files.graph("dcad", files.dcad(agreement())),
        files.graph("geo-pko", files.geo_pko(deployment("2014", "Morocco (650)"))),
    ]
    for graph in graphs:
        for subject in {compact(t.subject.value) for t in graph.triples if isinstance(t.subject, ox.NamedNode)}:
            assert set(graph.labels(subject)) == {"en", "fr", "ar", "es"}, subject
            assert graph.all(subject, "prov:wasDerivedFrom"), subject
            if "instrument" not in subject:
                assert graph.all(subject, "ally:recordIdentifier"), subject
                assert graph.all(subject, "ally:hasConfidence"), subject


@pytest.mark.parametrize("code", ["FRA", "fra"])
def test_another_country_is_imported_alike(files: Files, code: str) -> None:
    alliances = files.graph("atop", files.atop([treaty()], [member(220), member(600)]), code)
    assert alliances.of_kind("Alliance") == {"id:atop-3315"}
    agreements = files.graph("dcad", files.dcad(agreement(), agreement(ccode1="220", DCAid="DCADv1.0-9002")), code)
    assert agreements.of_kind("DefenseCooperationAgreement") == {"id:dcad-9002"}
    deployed = files.graph("geo-pko", files.geo_pko(deployment("2014", "France (150), Morocco (650)")), code)
    assert deployed.of_kind("PeaceOperationParticipation") == {"id:geo-pko-france-minusca"}
    assert deployed.one("id:geo-pko-france-minusca-bria", "ally:personnelEstimate") == "150 (2014)"


def test_the_form_of_the_output_does_not_depend_on_the_order_of_statements() -> None:
    triple = ox.Triple(ox.NamedNode("urn:a"), ox.NamedNode("urn:b"), ox.Literal("c"))
    other = ox.Triple(ox.NamedNode("urn:b"), ox.NamedNode("urn:b"), ox.Literal("c"))
    assert turtle([triple, other, triple]) == turtle([other, triple])


def test_a_column_that_is_missing_or_new_is_named(files: Files) -> None:
    (path,) = files.dcad(agreement())
    published = path.read_bytes()
    path.write_bytes(published.replace(b"signYear", b"year", 1))
    told = files.error("dcad", [path])
    assert told == (
        "DCAD-v1.0-main.csv:1: not the columns of DCAD-v1.0-main.csv: it lacks column 'signYear' and has column "
        "'year', which DCAD-v1.0-main.csv does not have; give the file as published"
    )
    path.write_bytes(published.replace(b"signYear", b"signDay", 1))
    assert "it lacks column 'signYear'" in files.error("dcad", [path])


def test_a_row_of_another_length_is_named(files: Files) -> None:
    (path,) = files.geo_pko(deployment("2014", "Morocco (650)"))
    path.write_text(path.read_text(encoding="utf-8") + "MINUSCA,2015\n", encoding="utf-8")
    assert "TCCMap_v.2.3.csv:3: 2 cells under 7 columns" in files.error("geo-pko", [path])


def test_broken_csv_is_named(files: Files) -> None:
    (path,) = files.geo_pko(deployment("2014", "Morocco (650)"))
    path.write_text(path.read_text(encoding="utf-8") + 'MINUSCA,2015,"Bria\n', encoding="utf-8")
    assert "not valid CSV" in files.error("geo-pko", [path])


def test_a_letter_that_other_programs_take_for_the_end_of_a_line_is_none(files: Files) -> None:
    graph = files.graph("dcad", files.dcad(agreement(source="Bolet\x85n"), agreement(DCAid="DCADv1.0-9002")))
    assert len(graph.of_kind("DefenseCooperationAgreement")) == 2


def test_blank_lines_and_marks_of_encoding_do_no_harm(files: Files) -> None:
    (path,) = files.geo_pko(deployment("2014", "Morocco (650)"))
    plain = files.graph("geo-pko", [path]).text
    path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes().replace(b"\n", b"\r\n") + b"\r\n")
    assert files.graph("geo-pko", [path]).text == plain


@pytest.mark.parametrize(
    ("name", "form", "row", "wrong", "told"),
    [
        ("dcad", dcad.FORMS[0], agreement(), "utf-8", "DCAD-v1.0-main.csv: is in UTF-8, where the published file"),
        (
            "geo-pko",
            geo_pko.FORMS[0],
            deployment("2014", "Morocco (650)", location="Fort-Liberté"),
            "latin-1",
            "TCCMap_v.2.3.csv:2: not UTF-8",
        ),
    ],
)
def test_another_encoding_is_refused(files: Files, name: str, form: Form, row: Cells, wrong: str, told: str) -> None:
    assert told in files.error(name, [write(files.folder / form.name, form, [row], wrong)])


def test_an_empty_file_and_one_without_rows_are_refused(files: Files) -> None:
    (path,) = files.dcad()
    assert "DCAD-v1.0-main.csv: no row below the header" in files.error("dcad", [path])
    path.write_bytes(b"")
    assert "DCAD-v1.0-main.csv:1: not the columns of" in files.error("dcad", [path])


@pytest.mark.parametrize("name", IMPORTERS)
def test_a_country_of_which_nothing_is_recorded_is_an_error(files: Files, name: str) -> None:
    write_files: dict[str, Callable[[], list[Path]]] = {
        "atop": lambda: files.atop([treaty()], [member(220), member(600)]),
        "dcad": lambda: files.dcad(agreement()),
        "geo-pko": lambda: files.geo_pko(deployment("2014", "Morocco (650)")),
    }
    told = files.error(name, write_files[name](), "PRT")
    assert "nothing is recorded of Portugal (PRT); check --country" in told


@pytest.mark.parametrize("code", ["XYZ", "MA", "Morocco", ""])
def test_an_unknown_country_is_an_error(files: Files, code: str) -> None:
    assert f"no state has the ISO 3166-1 alpha-3 code {code!r}" in files.error("dcad", files.dcad(agreement()), code)


def test_each_dataset_wants_its_files(files: Files) -> None:
    one, other = files.atop([treaty()], [member(220), member(600)])
    assert "atop is read from 2 file(s); name atop5_1a.csv and atop5_1m.csv" in files.error("atop", [one])
    assert "not the columns of atop5_1m.csv" in files.error("atop", [one, one])
    assert "not the columns of DCAD-v1.0-main.csv" in files.error("dcad", [other])
    (files.folder / "sheet.xlsx").write_bytes(b"PK\x03\x04\x00\x00" + b"x" * 200_000)
    assert "sheet.xlsx" in files.error("dcad", [files.folder / "sheet.xlsx"])
    assert "absent.csv: cannot be read" in files.error("dcad", [files.folder / "absent.csv"])


def test_two_states_with_one_number_are_an_error(project_copy: Project, tmp_path: Path) -> None:
    states = project_copy.root / "data" / "entities" / "states.ttl"
    text = states.read_text(encoding="utf-8")
    states.write_text(text.replace("ally:cowStateNumber 230", "ally:cowStateNumber 600"), encoding="utf-8")
    files = Files(tmp_path, project_copy)
    assert "the same Correlates of War number 600" in files.error("dcad", files.dcad(agreement()))


@pytest.mark.parametrize("dataset", ["atop", "dcad"])
def test_a_country_without_a_number_cannot_be_looked_up(project_copy: Project, tmp_path: Path, dataset: str) -> None:
    states = project_copy.root / "data" / "entities" / "states.ttl"
    text = states.read_text(encoding="utf-8")
    states.write_text(text.replace("    ally:cowStateNumber 600 ;\n", ""), encoding="utf-8")
    files = Files(tmp_path, project_copy)
    paths = files.dcad(agreement()) if dataset == "dcad" else files.atop([treaty()], [member(220), member(600)])
    told = files.error(dataset, paths)
    assert told == "id:morocco has no Correlates of War number; add ally:cowStateNumber in data/entities/states.ttl"


def test_the_command_writes_to_the_terminal_or_a_file(run: Run, files: Files) -> None:
    (path,) = files.dcad(agreement(), agreement(ccode1="600", DCAid="DCADv1.0-9002"))
    shown = run("import", "dcad", path, "--country", "MAR")
    assert shown.code == 0
    assert shown.err.endswith(":3: left out: DCADv1.0-9002 names state 600 as both signatories\n")
    target = files.folder / "facts.ttl"
    assert run("import", "dcad", path, "--country", "MAR", "--output", target).out == ""
    assert target.read_text(encoding="utf-8") == shown.out
    assert run("format", target).out == "", "the output is in canonical form"


def test_an_error_is_one_line_and_writes_nothing(run: Run, files: Files) -> None:
    (path,) = files.dcad(agreement(), agreement(signYear="-66", DCAid="DCADv1.0-9002"))
    target = files.folder / "facts.ttl"
    target.write_text("as before", encoding="utf-8")
    outcome = run("import", "dcad", path, "--country", "MAR", "--output", target)
    assert (outcome.code, outcome.out) == (2, "")
    assert outcome.err == (
        f"alliance-graph: {path}:3: signYear is -66, not a year; correct the cell, or give the file as published\n"
    )
    assert target.read_text(encoding="utf-8") == "as before"
    assert sorted(one.name for one in files.folder.iterdir()) == [path.name, target.name]


def test_the_command_names_every_dataset(run: Run) -> None:
    assert f"{{{'|'.join(sorted(IMPORTERS))}}}" in run("import", "--help").out.replace("[", "{").replace("]", "}")
