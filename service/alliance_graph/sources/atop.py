"""ATOP 5.1, alliance treaties 1815 to 2018 (Leeds, Ritter, Mitchell and Long 2002).

Read are the alliance level and the member level data (codebook 2.3 and 2.4): a treaty becomes an
alliance with its instrument and obligations, the rows of a member its adherence.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import pyoxigraph as ox

from alliance_graph.dataset.rdf import node
from alliance_graph.sources.known import Known, State, joined
from alliance_graph.sources.statements import (
    Moment,
    Values,
    dated,
    describe,
    ended,
    labels,
    moment,
    nodes,
    recorded,
    years,
)
from alliance_graph.sources.table import Form, Row

SOURCE = "source:atop-5-1"
VERSION = "5.1"
DATA_END = Moment(date(2018, 12, 31), "day")
"""What is still in effect then has no end (codebook 2.32, 2.42)."""

OBLIGATIONS = ("defense", "offense", "neutral", "nonagg", "consul")
"""DEFENSE, OFFENSE, NEUTRAL, NONAGG, CONSUL: 1 if any member promises it (codebook 2.43)."""

INSTRUMENTS = {"4040": "id:instrument-spain-morocco-1991"}
"""ATOPID → the instrument that other sources of the project record too and describe."""

_SHARED_END = """asymm notaiden dipaid terrres seppeace thirdcom noothall specthrt statthr1 statthr2 conwtin medarb
milcon milaid intcom subord organ1 orgpurp1 organ2 orgpurp2 base contrib armred acqterr divgains demwith reflnun
refothio natrefal compag nomicoop conres agprois conmen ecaid interv"""
_ALLIANCES = f"""atopid cowid cow4id begyr begmo begday endyr endmo endday ineffect bilat maxphase wartime estmode
pubsecr secrart proadd futmem speclgth length renounce proren renewlgt term defense offense neutral nonagg consul
active conditio defcon offcon neucon concon {_SHARED_END} {" ".join(f"mem{n}" for n in range(1, 60))}
source new5 rev5 version"""
_MEMBERS = f"""atopid cowid cow4id member cowsys yrent moent dayent yrexit moexit dayexit ineffect bilat phase
maxphase wartime cowwar estmode pubsecr secrart proadd futmem speclgth length renounce proren renewlgt term termmode
termcaus defense offense neutral nonagg consul active conditio defcon offcon neucon concon defcoadv defcoloc defcocon
defconum defcodem defconpr offcoadv offcoloc offcocon offconum offcodem neucoadv neucoloc neucocon neuconum neucodem
neuconpr neucoatt concoadv concoloc concocon concoreq olimob obvary {_SHARED_END} source new5 rev5 version"""

FORMS = (Form("atop5_1a.csv", tuple(_ALLIANCES.split())), Form("atop5_1m.csv", tuple(_MEMBERS.split())))


@dataclass(frozen=True)
class Spell:
    """An uninterrupted time for which a treaty binds a member; its rows are the phases of the treaty."""

    start: Moment
    end: Moment | None
    rows: tuple[Row, ...]


def facts(tables: Sequence[Sequence[Row]], country: State, known: Known) -> tuple[list[ox.Triple], list[str]]:
    """Return the treaties that a country was ever bound by, with the adherence of every member."""
    alliances, members = tables
    numbers = country.numbers()
    own = {row.text("atopid") for row in members if row.whole("member") in numbers}
    treaties = [row for row in alliances if row.text("atopid") in own]
    rows = [row for row in members if row.text("atopid") in own]
    _check_treaties(treaties, own, members)
    states = known.parties((_member(row), row) for row in rows)
    triples = []
    for treaty in treaties:
        bound = [row for row in rows if row.text("atopid") == treaty.text("atopid")]
        triples += alliance(treaty, [states[number] for number in _members(treaty, bound)], known)
        for number in _members(treaty, bound):
            spells = spells_of([row for row in bound if _member(row) == number])
            for n, spell in enumerate(spells, 1):
                triples += adherence(spell, states[number], n)
    return triples, []


def alliance(row: Row, parties: Sequence[State], known: Known) -> list[ox.Triple]:
    """Return what a row of the alliance level data says: the alliance and its instrument.

    BEGYR, BEGMO, BEGDAY are the date of signature by two members or more, ENDYR, ENDMO, ENDDAY the
    end, 0 while the treaty was in force on 31 December 2018 (codebook 2.42). The obligations are
    those of any member at any time (2.4).
    """
    atopid = row.text("atopid")
    start, end = _required(row, "begyr", "begmo", "begday"), _end(row, "endyr", "endmo", "endday")
    coded = [name for name in OBLIGATIONS if row.flag(name)]
    if not coded:
        raise row.error("no obligation is coded 1, which the codebook excludes")
    obligations = {c for name in coded for c in known.concepts(name, "AtopVariable", "obligation")}
    cooperation = {c for name in coded for c in known.concepts(name, "AtopVariable", "coop")}
    instrument = INSTRUMENTS.get(atopid, f"id:instrument-atop-{atopid}")
    relations: Values = {
        "ally:isBasedOn": [node(instrument)],
        "ally:hasParty": nodes(state.name for state in parties),
        "ally:createsObligation": nodes(obligations),
        "ally:hasCooperationType": nodes(cooperation),
    }
    return [
        *describe(
            f"id:atop-{atopid}",
            "ally:Alliance",
            _alliance_labels(atopid, start.day.year, parties),
            recorded(SOURCE, atopid, _confidence(row)),
            dated("start", start),
            ended(end, DATA_END),
            relations,
        ),
        *describe(
            instrument,
            "ally:Instrument",
            {} if atopid in INSTRUMENTS else _instrument_labels(atopid, start.day.year),
            dated("signature", start),
            {"prov:wasDerivedFrom": [node(SOURCE)]},
        ),
    ]


def adherence(spell: Spell, state: State, number: int) -> list[ox.Triple]:
    """Return for how long a treaty binds a member (YRENT to YREXIT; codebook 2.32).

    The entry is the signature; an exit of 0 means in effect on 31 December 2018.
    """
    row = spell.rows[0]
    atopid, member = row.text("atopid"), _member(row)
    name = f"id:atop-{atopid}-{member}" + (f"-{number}" if number > 1 else "")
    identifiers = [_identifier(one) for one in spell.rows]
    relations: Values = {
        "ally:isAdherenceTo": [node(f"id:atop-{atopid}")],
        "ally:hasAdherent": [node(state.name)],
        "ally:recordIdentifier": [ox.Literal(identifier) for identifier in identifiers],
    }
    first, last = spell.start.day.year, spell.end.day.year if spell.end else None
    return describe(
        name,
        "ally:Adherence",
        _adherence_labels(atopid, state, first, last),
        recorded(SOURCE, identifiers[0], _confidence(row)),
        dated("start", spell.start),
        ended(spell.end, DATA_END),
        relations,
    )


def spells_of(rows: Iterable[Row]) -> list[Spell]:
    """Return the uninterrupted times of one member in one treaty.

    A treaty that is renegotiated has a row a phase (PHASE; codebook 1.53), each ending the day on
    which the next begins, or the day before; some phases run side by side.
    """
    found: list[Spell] = []
    entered = sorted(((_required(row, "yrent", "moent", "dayent"), row) for row in rows), key=lambda pair: pair[0].day)
    for start, row in entered:
        end = _end(row, "yrexit", "moexit", "dayexit")
        before = found[-1] if found else None
        if before and (before.end is None or start.day <= before.end.day + timedelta(days=1)):
            found[-1] = Spell(before.start, _later(before.end, end), (*before.rows, row))
        else:
            found.append(Spell(start, end, (row,)))
    return found


def _check_treaties(treaties: Sequence[Row], wanted: set[str], members: Sequence[Row]) -> None:
    seen: set[str] = set()
    for row in treaties:
        if row.text("version") != VERSION:
            raise row.error(f"version is {row.text('version')!r}; this importer reads ATOP {VERSION}")
        if row.text("atopid") in seen:
            raise row.error(f"treaty {row.text('atopid')} has a row already")
        seen.add(row.text("atopid"))
    for row in members:
        if row.text("atopid") in wanted - seen:
            raise row.error(
                f"treaty {row.text('atopid')} is missing from the alliance level data", "give both files of one version"
            )


def _members(treaty: Row, rows: Sequence[Row]) -> list[int]:
    """Return the members of a treaty (MEM1 to MEM59; codebook 2.46), which both files must list alike."""
    listed = [number for n in range(1, 60) if (number := treaty.whole(f"mem{n}")) is not None]
    if set(listed) != {_member(row) for row in rows}:
        raise treaty.error(
            f"treaty {treaty.text('atopid')} has other members than in the member level data",
            "give both files of one version",
        )
    return sorted(set(listed))


def _member(row: Row) -> int:
    number = row.whole("member")
    if number is None:
        raise row.error("member is empty")
    return number


def _identifier(row: Row) -> str:
    phase = row.whole("phase")
    return f"{row.text('atopid')}/{_member(row)}" + (f"/{phase}" if phase else "")


def _confidence(row: Row) -> str:
    """Return how far a record is to be trusted: SOURCE 2 is a treaty coded without its text (codebook 2.47)."""
    return "high" if row.code("source", ("1", "2")) == "1" else "medium"


def _required(row: Row, year: str, month: str, day: str) -> Moment:
    found = moment(row, year, month, day)
    if found is None or found.precision == "year":
        raise row.error(f"{year} or {month} is empty, which the codebook excludes")
    return found


def _end(row: Row, year: str, month: str, day: str) -> Moment | None:
    """Return the end; None where INEFFECT is 1 and the date 0."""
    in_effect = row.flag("ineffect")
    zero = [row.whole(column) == 0 for column in (year, month, day)]
    if in_effect != all(zero):
        raise row.error(f"ineffect is {row.text('ineffect')!r}, but {year} is {row.text(year)!r}")
    return None if in_effect else _required(row, year, month, day)


def _later(one: Moment | None, other: Moment | None) -> Moment | None:
    return None if one is None or other is None else max(one, other, key=lambda moment: moment.day)


def _alliance_labels(atopid: str, year: int, parties: Sequence[State]) -> Values:
    if len(parties) == 2:
        en, fr, ar, es = joined(parties)
    else:
        count = len(parties)
        en, fr, ar, es = f"{count} parties", f"{count} parties", f"عدد الأطراف {count}", f"{count} partes"
    return labels(
        f"ATOP treaty {atopid} ({year}), {en}",
        f"traité ATOP {atopid} ({year}), {fr}",
        f"معاهدة ATOP رقم {atopid} ({year})، {ar}",
        f"tratado ATOP {atopid} ({year}), {es}",
    )


def _instrument_labels(atopid: str, year: int) -> Values:
    return labels(
        f"instrument of ATOP treaty {atopid} ({year})",
        f"instrument du traité ATOP {atopid} ({year})",
        f"صك معاهدة ATOP رقم {atopid} ({year})",
        f"instrumento del tratado ATOP {atopid} ({year})",
    )


def _adherence_labels(atopid: str, state: State, first: int, last: int | None) -> Values:
    span = years(first, last) if last else ""
    return labels(
        f"{state.labels['en']} in ATOP treaty {atopid}, {span or f'since {first}'}",
        f"{state.labels['fr']}, traité ATOP {atopid}, {span or f'depuis {first}'}",
        f"{state.labels['ar']} في معاهدة ATOP رقم {atopid}، {span or f'منذ {first}'}",
        f"{state.labels['es']}, tratado ATOP {atopid}, {span or f'desde {first}'}",
    )
