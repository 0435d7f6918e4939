"""Claims: all of them, and each with its place in the text, what it names, and how it stands against the record."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from itertools import groupby

from flask import Response, request

from alliance_graph.vocabulary import PREFIXES, compact
from alliance_graph.web.dates import date_text
from alliance_graph.web.i18n import language, t
from alliance_graph.web.naming import slug
from alliance_graph.web.pages.addresses import alternates, shows
from alliance_graph.web.pages.asking import Row, rows_of
from alliance_graph.web.pages.frame import blueprint, page
from alliance_graph.web.pages.periods import Period, period_in

_NAMED = (
    "claimSubject",
    "claimRelation",
    "claimObject",
    "hasCooperationType",
    "claimFrame",
    "claimRegion",
    "isAddressedTo",
    "describes",
)
"""What a claim names, in the order in which it is shown."""
_FACETS = ("verdict", "modality", "section")


@dataclass(frozen=True)
class Facet:
    """One value by which the claims can be narrowed."""

    slug: str
    iri: str
    count: int
    chosen: bool


@dataclass(frozen=True)
class Fact:
    """A fact that an assessment uses."""

    iri: str
    period: Period
    sources: list[str]


@dataclass(frozen=True)
class Assessment:
    """A verdict on a claim and its grounds."""

    iri: str
    verdict: str
    date: str
    reasoning: str
    method: str
    facts: list[Fact]


@blueprint.get("/claims")
def claims() -> Response:
    """List the claims by section, narrowed to a verdict, a modality or a section where the address says so."""
    rows, behind = rows_of("all-claims")
    chosen = {facet: request.args.get(facet, "") for facet in _FACETS}

    def fits(row: Row, but: str = "") -> bool:
        return all(not value or facet == but or slug(row.text(facet)) == value for facet, value in chosen.items())

    shown = [row for row in rows if fits(row)]
    return page(
        "claims.html",
        title=t("claims.title"),
        behind=[behind],
        facets={facet: _facets(facet, [row for row in rows if fits(row, facet)], chosen[facet]) for facet in _FACETS},
        shown=len({row.text("claim") for row in shown}),
        total=len({row.text("claim") for row in rows}),
        sections=[(iri, list(own)) for iri, own in groupby(shown, key=lambda row: row.text("section"))],
    )


def _facets(facet: str, rows: list[Row], chosen: str) -> list[Facet]:
    """Return the values of a facet that still have claims, each with their number."""
    counts = Counter(iri for iri, _ in {(row.text(facet), row.text("claim")) for row in rows} if iri)
    ordered = sorted(counts, key=slug) if facet == "section" else sorted(counts, key=lambda iri: -counts[iri])
    return [Facet(slug(iri), iri, counts[iri], slug(iri) == chosen) for iri in ordered]


@shows("ally:Claim")
def claim(iri: str) -> Response:
    """Show a claim: statement, modality, verdicts with their grounds, places in the text, and what it names."""
    said, about = rows_of("claim", claim=iri)
    mentions, where = rows_of("claim-mentions", claim=iri)
    verdicts, against = rows_of("claim-verdicts", claim=iri)
    others, beside = rows_of("claim-neighbours", claim=iri)
    named: dict[str, list[str]] = {}
    for row in said:
        named.setdefault(row.text("property").removeprefix(PREFIXES["ally"]), []).append(row.text("value"))
    return page(
        "claim.html",
        title=said[0].text("statement"),
        alternates=alternates(iri),
        behind=[about, where, against, beside],
        short=compact(iri),
        modality=said[0].text("modality"),
        named=[(PREFIXES["ally"] + name, named[name]) for name in _NAMED if name in named],
        author=named.get(PREFIXES["prov"] + "wasAttributedTo", []),
        mentions=mentions,
        assessments=_assessments(verdicts),
        others=others,
    )


def _assessments(rows: list[Row]) -> list[Assessment]:
    found = []
    for iri, group in groupby(rows, key=lambda row: row.text("assessment")):
        own = list(group)
        facts = [
            Fact(
                fact, period_in(records[0]), sorted({record.text("source") for record in records if "source" in record})
            )
            for fact, records in _by_fact(own).items()
        ]
        first = own[0]
        date = date_text(first.text("date"), "day", language())
        found.append(Assessment(iri, first.text("verdict"), date, first.text("reasoning"), first.text("method"), facts))
    return found


def _by_fact(rows: list[Row]) -> dict[str, list[Row]]:
    found: dict[str, list[Row]] = {}
    for row in rows:
        if "fact" in row:
            found.setdefault(row.text("fact"), []).append(row)
    return found
