"""DCAD 1.0, bilateral defence cooperation agreements 1980 to 2010 (Kinne 2020).

Read is the treaty-year file (codebook, pages 2 to 8). No licence of the data is known, so a row
is not copied: kept are parties, dates and our own types of cooperation, with the row's identifier.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date

import pyoxigraph as ox

from alliance_graph.dataset.rdf import node
from alliance_graph.sources.known import Known, State, joined
from alliance_graph.sources.statements import (
    Moment,
    Values,
    dated,
    describe,
    ended,
    in_year,
    labels,
    moment,
    nodes,
    recorded,
)
from alliance_graph.sources.table import Form, Row

SOURCE = "source:dcad-1-0"
DATA_END = Moment(date(2010, 12, 31), "day")
_COLUMNS = """ccode1 cowName1 ccode2 cowName2 signDay signMonth signYear EIFDay EIFMonth EIFYear type category1 category2
category3 span renewType renewYears terminated durationActual endYearEstimate asymmetry categoryConf UNTS fullText
sourceType source factivaConf factivaSign factivaEIF DCAid"""
FORMS = (Form("DCAD-v1.0-main.csv", tuple(_COLUMNS.split()), "latin-1"),)

CATEGORIES = ("DCA", "DIC", "PROCUREMENT", "TREX", "RESEARCH", "COMMISSION")
"""category1 to category3 (pages 2 and 3); DIC is what the codebook calls Industry."""

INSTRUMENTS = {"0638": "id:instrument-spain-morocco-1989"}
"""End of the DCAid → the instrument that other sources of the project record too and describe."""

_IDENTIFIER = re.compile(r"DCADv1\.0-([0-9]{4})")


def facts(tables: Sequence[Sequence[Row]], country: State, known: Known) -> tuple[list[ox.Triple], list[str]]:
    """Return the agreements that a country is recorded to have signed, and the rows that are none."""
    numbers = country.numbers()
    own = [row for row in tables[0] if numbers.intersection(_numbers(row))]
    left_out = {row.place: reason for row in own if (reason := why_no_agreement(row))}
    kept = [row for row in own if row.place not in left_out]
    states = known.parties((number, row) for row in kept for number in _numbers(row))
    seen: set[str] = set()
    triples = []
    for row in kept:
        if identifier(row) in seen:
            raise row.error(f"{row.text('DCAid')} has a row already")
        seen.add(identifier(row))
        triples += agreement(row, [states[number] for number in _numbers(row)], known)
    return triples, [f"{place}: left out: {reason}" for place, reason in left_out.items()]


def why_no_agreement(row: Row) -> str:
    """Return why a row is no agreement of two states; empty if it is one.

    The published file names one state twice in three rows; with factivaSign 0 the agreement was
    talked about but not signed (page 8).
    """
    first, second = _numbers(row)
    if first == second:
        return f"{row.text('DCAid')} names state {first} as both signatories"
    if row.code("factivaSign", ("", "0", "1", "-99")) == "0":
        return f"{row.text('DCAid')} was not signed (factivaSign 0)"
    return ""


def agreement(row: Row, parties: Sequence[State], known: Known) -> list[ox.Triple]:
    """Return what a row says: the agreement and its instrument.

    signDay to EIFYear are empty where unknown (page 2). The agreement begins with its signature, as
    in the author's dyad-year data (page 9); it has an end only where terminated is 1, and then
    endYearEstimate is its year (page 5). UNTS is its code in the Treaty Series (page 6).
    """
    number = identifier(row)
    signed = moment(row, "signYear", "signMonth", "signDay")
    if signed is None:
        raise row.error("signYear is empty")
    in_force = moment(row, "EIFYear", "EIFMonth", "EIFDay")
    instrument = INSTRUMENTS.get(number, f"id:instrument-dcad-{number}")
    relations: Values = {
        "ally:isBasedOn": [node(instrument)],
        "ally:hasParty": nodes(state.name for state in parties),
        "ally:hasCooperationType": nodes(cooperation_types(row, known)),
    }
    register = row.text("UNTS")
    reference: Values = {"ally:depositaryReference": [ox.Literal(f"UNTS {register} (DCAD)")]} if register else {}
    return [
        *describe(
            f"id:dcad-{number}",
            "ally:DefenseCooperationAgreement",
            _agreement_labels(number, signed.day.year, parties),
            recorded(SOURCE, row.text("DCAid"), confidence(row)),
            dated("start", signed),
            _ended(row),
            relations,
        ),
        *describe(
            instrument,
            "ally:Instrument",
            {} if number in INSTRUMENTS else _instrument_labels(number, signed.day.year),
            dated("signature", signed),
            dated("entryIntoForce", in_force),
            reference,
            {"prov:wasDerivedFrom": [node(SOURCE)]},
        ),
    ]


def cooperation_types(row: Row, known: Known) -> list[str]:
    """Return the types of cooperation, by the codes in the project's alignment with codebooks.

    category2 and category3 are other readings where category1 is in doubt (page 3), not further
    fields. They count only beside DCA: a full agreement covers every field (page 2), so the type
    holds in either reading.
    """
    first = row.code("category1", CATEGORIES)
    others = [row.code(column, ("", *CATEGORIES)) for column in ("category2", "category3")]
    counted = [first, *(category for category in others if category and first == "DCA")]
    return sorted({c for code in counted for c in known.concepts(f"category1={code}", "DcadVariable", "coop")})


def confidence(row: Row) -> str:
    """Return how far the record of an agreement is to be trusted.

    Coded from a treaty or register: high, unless the scope is vague (categoryConf low; page 6). Coded
    from news: medium at best; low where factivaConf is below 3, which the author advises against
    using (page 7), or where the scope is vague and reports leave open whether it was signed (page 8).
    """
    vague = row.code("categoryConf", ("high", "med", "medium", "low", "atypical")) == "low"
    if row.code("sourceType", ("treaty", "factiva")) == "treaty":
        return "medium" if vague else "high"
    doubtful = row.code("factivaConf", ("", "1", "2", "3", "4", "5")) in ("1", "2")
    unclear = row.code("factivaSign", ("", "0", "1", "-99")) != "1"
    return "low" if doubtful or (vague and unclear) else "medium"


def identifier(row: Row) -> str:
    """Return the end of the DCAid, `0638`."""
    match = _IDENTIFIER.fullmatch(row.text("DCAid"))
    if match is None:
        raise row.error(f"DCAid is {row.text('DCAid')!r}, not of the form DCADv1.0-0001")
    return match[1]


def _numbers(row: Row) -> tuple[int, int]:
    first, second = row.whole("ccode1"), row.whole("ccode2")
    if first is None or second is None:
        raise row.error("ccode1 or ccode2 is empty")
    return first, second


def _ended(row: Row) -> Values:
    """Return the end, or whether the agreement was in force on 31 December 2010 (terminated; pages 4 and 5)."""
    terminated = row.code("terminated", ("0", "1", "-88", "-99"))
    if terminated != "1":
        return ended(None, DATA_END if terminated == "0" else None)
    year = row.whole("endYearEstimate")
    if year is None or not 1980 <= year <= 2010:
        raise row.error(f"terminated is 1, but endYearEstimate is {row.text('endYearEstimate')!r}")
    return ended(in_year(year))


def _agreement_labels(number: str, year: int, parties: Sequence[State]) -> Values:
    en, fr, ar, es = joined(parties)
    return labels(
        f"defence cooperation agreement {en} ({year}), DCAD {number}",
        f"accord de coopération de défense {fr} ({year}), DCAD {number}",
        f"اتفاق التعاون الدفاعي {ar} ({year})، DCAD {number}",
        f"acuerdo de cooperación en defensa {es} ({year}), DCAD {number}",
    )


def _instrument_labels(number: str, year: int) -> Values:
    return labels(
        f"instrument of defence cooperation agreement DCAD {number} ({year})",
        f"instrument de l’accord de coopération de défense DCAD {number} ({year})",
        f"صك اتفاق التعاون الدفاعي DCAD {number} ({year})",
        f"instrumento del acuerdo de cooperación en defensa DCAD {number} ({year})",
    )
