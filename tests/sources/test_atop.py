"""ATOP: what its files say and nothing else; what its codebook does not explain is refused, with its line."""

from __future__ import annotations

import pytest

from alliance_graph.sources import atop
from sources.files import IN_EFFECT, Files, member, treaty


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


def test_all_unknown_parties_are_named_at_once(files: Files) -> None:
    row = treaty(mem1="997", mem2="998", mem3="600")
    told = files.error("atop", files.atop([row], [member(998), member(997), member(600)]))
    assert "atop5_1m.csv:3: no state has the Correlates of War number 997, 998" in told
