"""Geo-PKO 2.3, UN peacekeeping deployments by place 1994 to 2024 (Cil, Fjelde, Hultman and Nilsson 2020).

Read is the table of troop contributors that the authors publish for their maps. No codebook covers
it; its columns mean what the script that makes it says (data_wrangling_v.2.3.R, "TCC dataframe", in
geopko/Geo-PKO-Shiny-Dashboard): a row for each mission, year and location with coordinates; No.TCC
counts the contributors; year.overview lists them with the largest number of troops that a deployment
map of the year shows. These numbers follow from the units on the map and standard unit sizes
(data.md there): they are no head counts.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import groupby

import pyoxigraph as ox

from alliance_graph.dataset.rdf import node
from alliance_graph.errors import AllianceGraphError
from alliance_graph.sources.known import OPERATIONS, Known, State
from alliance_graph.sources.statements import (
    Values,
    dated,
    decimal,
    describe,
    ended,
    in_year,
    labels,
    nodes,
    recorded,
    slug,
    text,
    years,
)
from alliance_graph.sources.table import Form, Row

SOURCE = "source:geo-pko-2-3"
FORMS = (Form("TCCMap_v.2.3.csv", ("mission", "year", "location", "latitude", "longitude", "No.TCC", "year.overview")),)

_NAMES = """Argentina ARG;Australia AUS;Austria AUT;Bangladesh BGD;Belgium BEL;Benin BEN;Bhutan BTN;Bolivia BOL;
Botswana BWA;Brazil BRA;Britain GBR;Burkina Faso BFA;Burundi BDI;Cambodia KHM;Cameroon CMR;Canada CAN;Chad TCD;
Chile CHL;China CHN;Congo COG;Cote d'Ivoire CIV;Croatia HRV;Czech Republic CZE;Denmark DNK;Djibouti DJI;Drc COD;
Ecuador ECU;Egypt EGY;El Salvador SLV;Estonia EST;Ethiopia ETH;Fiji FJI;Finland FIN;France FRA;Gabon GAB;Gambia GMB;
Germany DEU;Ghana GHA;Greece GRC;Guatemala GTM;Guinea GIN;Guinea-Bissau GNB;Honduras HND;Hungary HUN;India IND;
Indonesia IDN;Ireland IRL;Italy ITA;Japan JPN;Jordan JOR;Kazakhstan KAZ;Kenya KEN;Korea (ROK) KOR;Liberia LBR;
Lithuania LTU;Malawi MWI;Malaysia MYS;Mali MLI;Mauritania MRT;Mexico MEX;Mongolia MNG;Morocco MAR;Mozambique MOZ;
Namibia NAM;Nepal NPL;Netherlands NLD;New Zealand NZL;Niger NER;Nigeria NGA;Norway NOR;Pakistan PAK;Paraguay PRY;
Peru PER;Philippines PHL;Poland POL;Portugal PRT;Qatar QAT;Romania ROU;Russia RUS;Rwanda RWA;Senegal SEN;Serbia SRB;
Sierra Leone SLE;Singapore SGP;Slovakia SVK;Slovenia SVN;South Africa ZAF;South Korea KOR;Spain ESP;Sri Lanka LKA;
Suriname SUR;Sweden SWE;Tanzania TZA;Thailand THA;Togo TGO;Tunisia TUN;Turkey TUR;UK GBR;USA USA;Ukraine UKR;
United Kingdom GBR;Uruguay URY;Us USA;Vietnam VNM;Zambia ZMB;Zimbabwe ZWE"""
CONTRIBUTORS = {name.strip()[:-4]: name.strip()[-3:] for name in _NAMES.split(";")}
"""Every state that the table names → its ISO 3166-1 alpha-3 code."""
NO_STATES = frozenset({"CARICOM", "Multinational", "TCC name unknown", "Un"})
"""What the table names besides states."""

_CONTRIBUTOR = re.compile(r"(?P<name>.+?) \((?P<size>size unknown|[0-9]+(?:\.[0-9]+)?)\)(?:, |$)")


@dataclass(frozen=True)
class Presence:
    """A contributor at one place of a mission in one year."""

    mission: str
    location: str
    latitude: str
    longitude: str
    year: int
    size: str
    """As the table has it: a number, or `size unknown`."""
    row: Row

    @property
    def place(self) -> tuple[str, float, float]:
        return self.location, float(self.latitude), float(self.longitude)


def facts(tables: Sequence[Sequence[Row]], country: State, known: Known) -> tuple[list[ox.Triple], list[str]]:
    """Return a country's participation in each mission, with the sites of its contingent."""
    found = [one for row in tables[0] for one in presences(row, country.iso3)]
    data_end = max((row.whole("year") or 0 for row in tables[0]), default=0)
    missions: dict[str, list[Presence]] = defaultdict(list)
    for one in found:
        missions[one.mission].append(one)
    _check_operations(missions, known)
    triples = []
    for mission, there in sorted(missions.items()):
        sites = _sites(there, country)
        names = known.operations[operation(mission)]
        triples += participation(there, country, names, list(sites), data_end)
        for name, at in sites.items():
            triples += site(name, at, country, names, data_end)
    return triples, []


def presences(row: Row, iso3: str) -> Iterator[Presence]:
    """Return where and how strong a row shows a state's contingent: once, as a rule, or not at all."""
    contributors = list(_contributors(row))
    if row.whole("No.TCC") != len(contributors):
        raise row.error(f"No.TCC is {row.text('No.TCC')!r}, but year.overview lists {len(contributors)}")
    year = row.whole("year")
    if year is None or not 1948 <= year <= 2100:
        raise row.error(f"year is {row.text('year')!r}, not a year of UN peacekeeping")
    latitude, longitude = row.number("latitude"), row.number("longitude")
    if abs(float(latitude)) > 90 or abs(float(longitude)) > 180:
        raise row.error(f"{latitude}, {longitude} is no place on Earth")
    for name, size in contributors:
        if CONTRIBUTORS.get(name) == iso3:
            yield Presence(row.text("mission"), row.text("location"), latitude, longitude, year, size, row)


def participation(
    there: Sequence[Presence], country: State, names: Mapping[str, str], sites: Sequence[str], data_end: int
) -> list[ox.Triple]:
    """Return a state's part in a mission, from the first to the last year in which a map shows it."""
    mission = there[0].mission
    first, last = _span(there)
    span = years(first, last)
    relations: Values = {
        "ally:hasParty": nodes([country.name, "id:united-nations"]),
        "ally:isConductedUnder": [node("id:united-nations")],
        "ally:isParticipationIn": [node(operation(mission))],
        "ally:hasCooperationType": [node("coop:peacekeeping")],
        "ally:hasDeploymentSite": nodes(sites),
    }
    return describe(
        _participation(mission, country),
        "ally:PeaceOperationParticipation",
        labels(
            f"{country.labels['en']}: participation in {names['en']}, recorded {span}",
            f"{country.labels['fr']} : participation à {names['fr']}, relevée {span}",
            f"{country.labels['ar']}: المشاركة في {names['ar']}، مسجلة {span}",
            f"{country.labels['es']}: participación en {names['es']}, registrada {span}",
        ),
        recorded(SOURCE, f"{mission}/{span}/{country.iso3}", "high"),
        dated("start", in_year(first)),
        _ended(last, data_end),
        relations,
    )


def site(name: str, at: Sequence[Presence], country: State, names: Mapping[str, str], data_end: int) -> list[ox.Triple]:
    """Return a place where a state's contingent was, with the sizes that the table estimates."""
    mission, location = at[0].mission, at[0].location
    first, last = _span(at)
    return describe(
        name,
        "ally:DeploymentSite",
        labels(
            f"{location}: contingent ({country.labels['en']}, {names['en']})",
            f"{location} : contingent ({country.labels['fr']}, {names['fr']})",
            f"{location}: وحدة ({country.labels['ar']}، {names['ar']})",
            f"{location}: contingente ({country.labels['es']}, {names['es']})",
        ),
        recorded(SOURCE, f"{mission}/{years(first, last)}/{location}/{country.iso3}", "medium"),
        dated("start", in_year(first)),
        _ended(last, data_end),
        {
            "geo:lat": decimal(_degrees(at[0].latitude)),
            "geo:long": decimal(_degrees(at[0].longitude)),
            "ally:personnelEstimate": text(estimate(at)),
        },
    )


def _ended(last: int, data_end: int) -> Values:
    """Return the end of a presence: none in the last year of the data, for which it is recorded as going on."""
    return ended(in_year(last) if last < data_end else None, in_year(data_end))


def _degrees(written: str) -> str:
    """Return degrees without the noise of binary fractions: the table has `29.364038999999998` for 29.364039."""
    return f"{round(Decimal(written), 9).normalize():f}"


def estimate(at: Iterable[Presence]) -> str:
    """Return the sizes as reported, with their years: `800 (2004–2009), 150 (2010)`."""
    by_year: dict[int, list[str]] = defaultdict(list)
    for one in at:
        by_year[one.year].append(one.size)
    parts = []
    for _, run in groupby(enumerate(sorted(by_year)), key=lambda pair: (pair[1] - pair[0], by_year[pair[1]])):
        covered = [year for _, year in run]
        parts.append(f"{' / '.join(by_year[covered[0]])} ({years(covered[0], covered[-1])})")
    return ", ".join(parts)


def operation(mission: str) -> str:
    return f"id:{slug(mission)}"


def _contributors(row: Row) -> Iterator[tuple[str, str]]:
    overview, position = row.text("year.overview"), 0
    while position < len(overview):
        match = _CONTRIBUTOR.match(overview, position)
        if match is None:
            raise row.error(f"year.overview is not a list of names and sizes from {overview[position:][:40]!r} on")
        if match["name"] not in CONTRIBUTORS and match["name"] not in NO_STATES:
            raise row.error(
                f"{match['name']!r} is no contributor known from Geo-PKO 2.3",
                "correct the name, or add it to CONTRIBUTORS in sources/geo_pko.py",
            )
        yield match["name"], match["size"]
        position = match.end()


def _check_operations(missions: dict[str, list[Presence]], known: Known) -> None:
    unknown = sorted(mission for mission in missions if operation(mission) not in known.operations)
    if unknown:
        raise AllianceGraphError(
            f"no peace operation {', '.join(map(operation, unknown))}",
            f"describe it in {OPERATIONS}",
            place=missions[unknown[0]][0].row.place,
        )


def _sites(there: Iterable[Presence], country: State) -> dict[str, list[Presence]]:
    """Return the presences by site; a place with two pairs of coordinates is two sites."""
    places: dict[tuple[str, float, float], list[Presence]] = defaultdict(list)
    for one in there:
        places[one.place].append(one)
    found: dict[str, list[Presence]] = {}
    for place in sorted(places):
        base = f"{_participation(places[place][0].mission, country)}-{slug(place[0])}"
        name, n = base, 1
        while name in found:
            n += 1
            name = f"{base}-{n}"
        found[name] = sorted(places[place], key=lambda one: one.year)
    return found


def _participation(mission: str, country: State) -> str:
    return f"id:geo-pko-{country.slug}-{slug(mission)}"


def _span(at: Iterable[Presence]) -> tuple[int, int]:
    seen = [one.year for one in at]
    return min(seen), max(seen)
