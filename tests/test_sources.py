"""Importers: what the files say and nothing else; what their codebooks do not explain is refused, with its line."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

import pyoxigraph as ox
import pytest

from alliance_graph.dataset.project import Project
from alliance_graph.errors import AllianceGraphError
from alliance_graph.sources import atop, dcad, geo_pko
from alliance_graph.sources.importing import IMPORTERS, import_dataset
from alliance_graph.sources.known import read_known
from alliance_graph.sources.statements import turtle
from alliance_graph.sources.table import Form
from alliance_graph.validation.session import Session
from alliance_graph.vocabulary import compact
from conftest import REPOSITORY, SHARED, Run

Cells = Mapping[str, str]

PUBLISHED = {
    "atop": ("atop51/atop5_1a.csv", "atop51/atop5_1m.csv"),
    "dcad": ("dcad/DCAD-v1.0-main.csv",),
    "geo-pko": ("geopko/TCCMap_v.2.3.csv",),
}


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


@pytest.fixture
def files(tmp_path: Path, project: Project) -> Files:
    return Files(tmp_path, project)


# --- what the files say -------------------------------------------------------------------------


def test_a_treaty_is_an_alliance_with_instrument_obligations_and_adherences(files: Files) -> None:
    graph = files.graph("atop", files.atop([treaty()], [member(220), member(600)]))
    assert graph.of_kind("Alliance") == {"id:atop-3315"}
    assert graph.all("id:atop-3315", "ally:hasParty") == {"id:france", "id:morocco"}
    assert graph.all("id:atop-3315", "ally:createsObligation") == {"obligation:consultation"}
    assert graph.dated("id:atop-3315", "start") == ("1956-05-28", "day")
    assert graph.dated("id:atop-3315", "end") == ("1966-01-23", "day")
    assert graph.one("id:atop-3315", "ally:isBasedOn") == "id:instrument-atop-3315"
    assert graph.dated("id:instrument-atop-3315", "signature") == ("1956-05-28", "day")
    assert graph.of_kind("Adherence") == {"id:atop-3315-220", "id:atop-3315-600"}
    assert graph.one("id:atop-3315-600", "ally:hasAdherent") == "id:morocco"
    assert graph.one("id:atop-3315-600", "ally:isAdherenceTo") == "id:atop-3315"
    assert graph.labels("id:atop-3315") == {
        "en": "ATOP treaty 3315 (1956), France–Morocco",
        "fr": "traité ATOP 3315 (1956), France–Maroc",
        "ar": "معاهدة ATOP رقم 3315 (1956)، فرنسا–المغرب",
        "es": "tratado ATOP 3315 (1956), Francia–Marruecos",
    }


def test_every_obligation_of_the_codebook_has_its_concept(files: Files) -> None:
    every = treaty(**dict.fromkeys(atop.OBLIGATIONS, "1"))
    graph = files.graph("atop", files.atop([every], [member(220), member(600)]))
    kinds = ("defence", "offence", "neutrality", "non-aggression", "consultation")
    assert graph.all("id:atop-3315", "ally:createsObligation") == {f"obligation:{kind}" for kind in kinds}
    assert graph.all("id:atop-3315", "ally:hasCooperationType") == {"coop:mutual-defence"}


def test_a_treaty_in_effect_is_open_where_the_data_stop(files: Files) -> None:
    in_effect = treaty(endyr="0", endmo="0", endday="0.0", ineffect="1")
    graph = files.graph("atop", files.atop([in_effect], [member(220, **IN_EFFECT), member(600, **IN_EFFECT)]))
    for name in ("id:atop-3315", "id:atop-3315-600"):
        assert graph.dated(name, "end") is None
        assert graph.one(name, "ally:hasEndStatus") == "end-status:open"
        assert graph.dated(name, "lastRecorded") == ("2018-12-31", "day")
    assert graph.labels("id:atop-3315-600")["en"] == "Morocco in ATOP treaty 3315, since 1956"


def test_a_day_that_is_missing_leaves_a_month(files: Files) -> None:
    unclear = treaty(begday="", endday="")
    graph = files.graph("atop", files.atop([unclear], [member(220), member(600, dayent="", dayexit="")]))
    assert graph.dated("id:atop-3315", "start") == ("1956-05-01", "month")
    assert graph.dated("id:atop-3315-600", "end") == ("1966-01-01", "month")


def test_phases_of_a_treaty_are_one_adherence_and_a_return_is_another(files: Files) -> None:
    first = member(600, phase="1", yrexit="1958", moexit="2", dayexit="3")
    second = member(600, phase="2", yrent="1958", moent="2", dayent="3", yrexit="1960", moexit="1", dayexit="1")
    third = member(600, phase="3", yrent="1962", moent="1", dayent="1")
    graph = files.graph("atop", files.atop([treaty()], [member(220), third, second, first]))
    assert graph.of_kind("Adherence") == {"id:atop-3315-220", "id:atop-3315-600", "id:atop-3315-600-2"}
    assert graph.dated("id:atop-3315-600", "start") == ("1956-05-28", "day")
    assert graph.dated("id:atop-3315-600", "end") == ("1960-01-01", "day")
    assert graph.all("id:atop-3315-600", "ally:recordIdentifier") == {"3315/600/1", "3315/600/2"}
    assert graph.dated("id:atop-3315-600-2", "start") == ("1962-01-01", "day")


def test_a_treaty_coded_without_its_text_is_trusted_less(files: Files) -> None:
    known = files.graph("atop", files.atop([treaty()], [member(220), member(600)]))
    unread = files.graph("atop", files.atop([treaty(source="2")], [member(220), member(600, source="2")]))
    assert known.one("id:atop-3315", "ally:hasConfidence") == "confidence:high"
    assert unread.one("id:atop-3315", "ally:hasConfidence") == "confidence:medium"
    assert unread.one("id:atop-3315-600", "ally:hasConfidence") == "confidence:medium"


def test_treaties_of_others_are_left_aside(files: Files) -> None:
    other = treaty(atopid="9000", mem1="230", mem2="235")
    rows = [member(220), member(600), member(230, atopid="9000"), member(235, atopid="9000")]
    assert files.graph("atop", files.atop([other, treaty()], rows)).of_kind("Alliance") == {"id:atop-3315"}


def test_the_order_of_the_two_files_does_not_matter(files: Files) -> None:
    paths = files.atop([treaty()], [member(220), member(600)])
    assert files.graph("atop", paths).text == files.graph("atop", paths[::-1]).text


def test_an_agreement_has_parties_dates_types_and_an_instrument(files: Files) -> None:
    graph = files.graph("dcad", files.dcad(agreement(UNTS="127953")))
    assert graph.of_kind("DefenseCooperationAgreement") == {"id:dcad-9001"}
    assert graph.all("id:dcad-9001", "ally:hasParty") == {"id:spain", "id:morocco"}
    assert graph.one("id:dcad-9001", "ally:recordIdentifier") == "DCADv1.0-9001"
    assert graph.dated("id:dcad-9001", "start") == ("1989-09-27", "day")
    assert graph.dated("id:dcad-9001", "end") is None
    assert graph.dated("id:instrument-dcad-9001", "signature") == ("1989-09-27", "day")
    assert graph.dated("id:instrument-dcad-9001", "entryIntoForce") == ("1990-12-20", "day")
    assert graph.one("id:instrument-dcad-9001", "ally:depositaryReference") == "UNTS 127953 (DCAD)"
    assert graph.left_out == []


def test_no_text_of_dcad_is_copied(files: Files) -> None:
    assert "Boletín" not in files.graph("dcad", files.dcad(agreement())).text


@pytest.mark.parametrize(
    ("empty", "expected"),
    [(("signDay",), ("1989-09-01", "month")), (("signDay", "signMonth"), ("1989-01-01", "year"))],
)
def test_what_a_date_lacks_is_in_its_precision(files: Files, empty: tuple[str, ...], expected: tuple[str, str]) -> None:
    graph = files.graph("dcad", files.dcad(agreement(**dict.fromkeys(empty, ""))))
    assert graph.dated("id:dcad-9001", "start") == expected
    assert graph.dated("id:instrument-dcad-9001", "signature") == expected


def test_an_agreement_not_known_to_be_in_force_has_no_such_date(files: Files) -> None:
    graph = files.graph("dcad", files.dcad(agreement(EIFDay="", EIFMonth="", EIFYear="")))
    assert graph.dated("id:instrument-dcad-9001", "entryIntoForce") is None


def test_only_an_agreement_known_to_have_ended_has_an_end(files: Files) -> None:
    ended = files.graph("dcad", files.dcad(agreement(terminated="1", endYearEstimate="1999")))
    assert ended.dated("id:dcad-9001", "end") == ("1999-01-01", "year")
    assert not ended.all("id:dcad-9001", "ally:hasEndStatus")
    in_force = files.graph("dcad", files.dcad(agreement(terminated="0")))
    assert in_force.one("id:dcad-9001", "ally:hasEndStatus") == "end-status:open"
    assert in_force.dated("id:dcad-9001", "lastRecorded") == ("2010-12-31", "day")
    for code in ("-88", "-99"):
        estimate = files.graph("dcad", files.dcad(agreement(terminated=code, endYearEstimate="1999")))
        assert estimate.dated("id:dcad-9001", "end") is None
        assert estimate.one("id:dcad-9001", "ally:hasEndStatus") == "end-status:unknown"
        assert estimate.dated("id:dcad-9001", "lastRecorded") is None


def test_another_reading_of_the_category_counts_only_beside_a_full_agreement(files: Files) -> None:
    full = files.graph("dcad", files.dcad(agreement(category1="DCA", category2="DIC")))
    assert "coop:defence-industry" in full.all("id:dcad-9001", "ally:hasCooperationType")
    sector = files.graph("dcad", files.dcad(agreement(category1="TREX", category2="PROCUREMENT")))
    assert sector.all("id:dcad-9001", "ally:hasCooperationType") == {"coop:training-and-education"}


def test_every_category_has_a_type_of_cooperation(project: Project) -> None:
    known = read_known(project)
    for category in dcad.CATEGORIES:
        assert known.concepts(f"category1={category}", "DcadVariable", "coop"), category


@pytest.mark.parametrize(
    ("cells", "expected"),
    [
        ({"sourceType": "treaty", "categoryConf": "high"}, "high"),
        ({"sourceType": "treaty", "categoryConf": "atypical"}, "high"),
        ({"sourceType": "treaty", "categoryConf": "low"}, "medium"),
        ({"sourceType": "factiva", "categoryConf": "high", "factivaConf": "5", "factivaSign": "1"}, "medium"),
        ({"sourceType": "factiva", "categoryConf": "med", "factivaConf": "2", "factivaSign": "1"}, "low"),
        ({"sourceType": "factiva", "categoryConf": "low", "factivaConf": "3", "factivaSign": "-99"}, "low"),
    ],
)
def test_what_was_read_in_the_news_is_trusted_less(files: Files, cells: Cells, expected: str) -> None:
    graph = files.graph("dcad", files.dcad(agreement(**cells)))
    assert graph.one("id:dcad-9001", "ally:hasConfidence") == f"confidence:{expected}"


def test_rows_that_are_no_agreement_are_left_out_and_named(files: Files) -> None:
    alone = agreement(ccode1="600", DCAid="DCADv1.0-9002")
    unsigned = agreement(factivaSign="0", sourceType="factiva", factivaConf="3", DCAid="DCADv1.0-9003")
    graph = files.graph("dcad", files.dcad(agreement(), alone, unsigned))
    assert graph.of_kind("DefenseCooperationAgreement") == {"id:dcad-9001"}
    assert [line.replace(f"{files.folder}/", "") for line in graph.left_out] == [
        "DCAD-v1.0-main.csv:3: left out: DCADv1.0-9002 names state 600 as both signatories",
        "DCAD-v1.0-main.csv:4: left out: DCADv1.0-9003 was not signed (factivaSign 0)",
    ]


def test_a_contingent_has_its_mission_sites_and_estimates(files: Files) -> None:
    rows = [
        deployment("2014", "Cambodia (150), Morocco (650)"),
        deployment("2015", "Korea (ROK) (10), Morocco (650), TCC name unknown (35)"),
        deployment("2017", "Morocco (size unknown)"),
        deployment("2018", "Morocco (300)", location="Bangassou", latitude="4.737921", longitude="22.816399"),
        deployment("2019", "Cambodia (150)"),
    ]
    graph = files.graph("geo-pko", files.geo_pko(*rows))
    mission, bria = "id:geo-pko-morocco-minusca", "id:geo-pko-morocco-minusca-bria"
    assert graph.of_kind("PeaceOperationParticipation") == {mission}
    assert graph.one(mission, "ally:isParticipationIn") == "id:minusca"
    assert graph.all(mission, "ally:hasParty") == {"id:morocco", "id:united-nations"}
    assert graph.one(mission, "ally:hasCooperationType") == "coop:peacekeeping"
    assert graph.dated(mission, "start") == ("2014-01-01", "year")
    assert graph.dated(mission, "end") == ("2018-01-01", "year")
    assert graph.all(mission, "ally:hasDeploymentSite") == {bria, f"{mission}-bangassou"}
    assert graph.dated(bria, "end") == ("2017-01-01", "year")
    assert (graph.one(bria, "geo:lat"), graph.one(bria, "geo:long")) == ("6.539023", "21.99111")
    assert graph.one(bria, "ally:personnelEstimate") == "650 (2014–2015), size unknown (2017)"


def test_a_contingent_of_the_last_year_of_the_data_is_open(files: Files) -> None:
    graph = files.graph(
        "geo-pko", files.geo_pko(deployment("2023", "Morocco (650)"), deployment("2024", "Morocco (650)"))
    )
    for name in ("id:geo-pko-morocco-minusca", "id:geo-pko-morocco-minusca-bria"):
        assert graph.dated(name, "end") is None
        assert graph.one(name, "ally:hasEndStatus") == "end-status:open"
        assert graph.dated(name, "lastRecorded") == ("2024-01-01", "year")


@pytest.mark.parametrize(
    ("written", "kept"),
    [("29.364038999999998", "29.364039"), ("27.4723982", "27.4723982"), ("21", "21.0"), ("20.50", "20.5")],
)
def test_degrees_are_kept_without_the_noise_of_binary_fractions(files: Files, written: str, kept: str) -> None:
    graph = files.graph("geo-pko", files.geo_pko(deployment("2014", "Morocco (35)", longitude=written)))
    assert graph.one("id:geo-pko-morocco-minusca-bria", "geo:long") == kept


def test_one_name_with_two_positions_is_two_sites(files: Files) -> None:
    elsewhere = deployment("2014", "Morocco (35)", latitude="7.5", longitude="21")
    graph = files.graph("geo-pko", files.geo_pko(elsewhere, deployment("2014", "Morocco (650)")))
    assert len(graph.of_kind("DeploymentSite")) == 2
    assert graph.one("id:geo-pko-morocco-minusca-bria", "ally:personnelEstimate") == "650 (2014)"
    assert graph.one("id:geo-pko-morocco-minusca-bria-2", "geo:long") == "21.0"


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


# --- other countries ----------------------------------------------------------------------------


@pytest.mark.parametrize("code", ["FRA", "fra"])
def test_another_country_is_imported_alike(files: Files, code: str) -> None:
    alliances = files.graph("atop", files.atop([treaty()], [member(220), member(600)]), code)
    assert alliances.of_kind("Alliance") == {"id:atop-3315"}
    agreements = files.graph("dcad", files.dcad(agreement(), agreement(ccode1="220", DCAid="DCADv1.0-9002")), code)
    assert agreements.of_kind("DefenseCooperationAgreement") == {"id:dcad-9002"}
    deployed = files.graph("geo-pko", files.geo_pko(deployment("2014", "France (150), Morocco (650)")), code)
    assert deployed.of_kind("PeaceOperationParticipation") == {"id:geo-pko-france-minusca"}
    assert deployed.one("id:geo-pko-france-minusca-bria", "ally:personnelEstimate") == "150 (2014)"


# --- what is refused ----------------------------------------------------------------------------

ATOP_ERRORS = {
    "a year as a code": (treaty(begyr="-66"), {}, "atop5_1a.csv:2: begyr is -66, not a year"),
    "no year": (treaty(begyr="", begmo="", begday=""), {}, "atop5_1a.csv:2: begyr or begmo is empty"),
    "no month": (treaty(begmo="", begday=""), {}, "atop5_1a.csv:2: begyr or begmo is empty"),
    "a day without month": (treaty(begmo=""), {}, "atop5_1a.csv:2: begday is given without begmo"),
    "no such day": (treaty(begmo="2", begday="30"), {}, "atop5_1a.csv:2: begyr, begmo, begday are 1956, 2, 30"),
    "no number": (treaty(begday="x"), {}, "atop5_1a.csv:2: begday is 'x', not a whole number"),
    "a flag as a code": (treaty(defense="-88"), {}, "atop5_1a.csv:2: defense is '-88', a code"),
    "a flag left empty": (treaty(ineffect=""), {}, "atop5_1a.csv:2: ineffect is '', a code"),
    "in effect with an end": (treaty(ineffect="1"), {}, "atop5_1a.csv:2: ineffect is '1', but endyr is '1966'"),
    "no obligation": (treaty(consul="0"), {}, "atop5_1a.csv:2: no obligation is coded 1"),
    "another version": (treaty(version="4.1"), {}, "atop5_1a.csv:2: version is '4.1'; this importer reads ATOP 5.1"),
    "other members": (treaty(mem1="230"), {}, "atop5_1a.csv:2: treaty 3315 has other members"),
    "no such treaty": (treaty(atopid="3316"), {}, "atop5_1m.csv:2: treaty 3315 is missing from the alliance level"),
    "entry unknown": (treaty(), {"yrent": ""}, "atop5_1m.csv:3: moent or dayent is given without yrent"),
    "exit and in effect": (treaty(), {"ineffect": "1"}, "atop5_1m.csv:3: ineffect is '1', but yrexit is '1966'"),
    "an unknown source": (treaty(source="3"), {}, "atop5_1a.csv:2: source is '3', a code"),
}


@pytest.mark.parametrize("case", ATOP_ERRORS)
def test_what_the_atop_codebook_does_not_explain_is_refused(files: Files, case: str) -> None:
    alliance, morocco, told = ATOP_ERRORS[case]
    assert told in files.error("atop", files.atop([alliance], [member(220), member(600, **morocco)]))


def test_a_treaty_that_stands_twice_is_refused(files: Files) -> None:
    told = files.error("atop", files.atop([treaty(), treaty()], [member(220), member(600)]))
    assert "atop5_1a.csv:3: treaty 3315 has a row already" in told


DCAD_ERRORS = {
    "a year as a code": ({"signYear": "-88"}, "signYear is -88, not a year"),
    "no year": ({"signYear": "", "signMonth": "", "signDay": ""}, "signYear is empty"),
    "a month without year": ({"EIFYear": ""}, "EIFMonth or EIFDay is given without EIFYear"),
    "no such month": ({"signMonth": "13"}, "signYear, signMonth, signDay are 1989, 13, 27, not a date"),
    "a category": ({"category1": "BASES"}, "category1 is 'BASES', a code that the codebook does not explain"),
    "another category": ({"category3": "-66"}, "category3 is '-66', a code"),
    "no category": ({"category1": ""}, "category1 is '', a code"),
    "a confidence": ({"categoryConf": "-66"}, "categoryConf is '-66', a code"),
    "a source type": ({"sourceType": "rumour"}, "sourceType is 'rumour', a code"),
    "a signature": ({"factivaSign": "2"}, "factivaSign is '2', a code"),
    "a termination": ({"terminated": ""}, "terminated is '', a code"),
    "an end without year": ({"terminated": "1"}, "terminated is 1, but endYearEstimate is ''"),
    "no identifier": ({"DCAid": "9001"}, "DCAid is '9001', not of the form DCADv1.0-0001"),
    "no signatory": ({"ccode1": ""}, "ccode1 or ccode2 is empty"),
    "a country": ({"ccode1": "999"}, "no state has the Correlates of War number 999; describe the state in data"),
}


@pytest.mark.parametrize("case", DCAD_ERRORS)
def test_what_the_dcad_codebook_does_not_explain_is_refused(files: Files, case: str) -> None:
    cells, told = DCAD_ERRORS[case]
    assert f"DCAD-v1.0-main.csv:2: {told}" in files.error("dcad", files.dcad(agreement(**cells)))


def test_an_agreement_that_stands_twice_is_refused(files: Files) -> None:
    assert "DCAD-v1.0-main.csv:3: DCADv1.0-9001 has a row already" in files.error(
        "dcad", files.dcad(agreement(), agreement())
    )


GEO_PKO_ERRORS = {
    "a name": (deployment("2014", "Marocco (650)"), "'Marocco' is no contributor known from Geo-PKO 2.3"),
    "a size": (deployment("2014", "Morocco (many)"), "year.overview is not a list of names and sizes"),
    "a count": (deployment("2014", "Morocco (650)", **{"No.TCC": "2"}), "No.TCC is '2', but year.overview lists 1"),
    "a year": (deployment("20014", "Morocco (650)"), "year is '20014', not a year of UN peacekeeping"),
    "no year": (deployment("", "Morocco (650)"), "year is '', not a year of UN peacekeeping"),
    "a latitude": (deployment("2014", "Morocco (650)", latitude="96.5"), "96.5, 21.99111 is no place on Earth"),
    "a longitude": (deployment("2014", "Morocco (650)", longitude="E21"), "longitude is 'E21', not a number"),
    "a mission": (deployment("2014", "Morocco (650)", mission="UNOWN"), "no peace operation id:unown; describe it in"),
}


@pytest.mark.parametrize("case", GEO_PKO_ERRORS)
def test_what_geo_pko_does_not_have_is_refused(files: Files, case: str) -> None:
    row, told = GEO_PKO_ERRORS[case]
    assert f"TCCMap_v.2.3.csv:2: {told}" in files.error("geo-pko", files.geo_pko(row))


def test_all_unknown_parties_are_named_at_once(files: Files) -> None:
    row = treaty(mem1="997", mem2="998", mem3="600")
    told = files.error("atop", files.atop([row], [member(998), member(997), member(600)]))
    assert "atop5_1m.csv:3: no state has the Correlates of War number 997, 998" in told


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


# --- the command --------------------------------------------------------------------------------


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


# --- the shipped graphs -------------------------------------------------------------------------


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


def test_the_form_of_the_output_does_not_depend_on_the_order_of_statements() -> None:
    triple = ox.Triple(ox.NamedNode("urn:a"), ox.NamedNode("urn:b"), ox.Literal("c"))
    other = ox.Triple(ox.NamedNode("urn:b"), ox.NamedNode("urn:b"), ox.Literal("c"))
    assert turtle([triple, other, triple]) == turtle([other, triple])
