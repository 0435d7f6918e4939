"""DCAD: what its file says and nothing else; what its codebook does not explain is refused, with its line."""

from __future__ import annotations

import pytest

from alliance_graph.dataset.project import Project
from alliance_graph.sources import dcad
from alliance_graph.sources.known import read_known
from sources.files import Cells, Files, agreement


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
