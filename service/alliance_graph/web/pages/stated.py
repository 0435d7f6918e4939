"""The claims of the article that name a thing, as the pages of things list them: by verdict."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from alliance_graph.vocabulary import PREFIXES, VERDICTS
from alliance_graph.web.pages.asking import Row

_UNASSESSED = f"{PREFIXES['verdict']}unassessed"


@dataclass
class Stated:
    """A claim that names a thing."""

    iri: str
    modality: str
    verdicts: set[str]
    places: set[str]
    """The properties in which the claim names the thing."""


def by_verdict(rows: Iterable[Row]) -> list[tuple[str, list[Stated]]]:
    """Return the claims in the answer of the query `claims`: each verdict with its claims.

    A claim that several assessments judge differently stands under each verdict.
    """
    claims: dict[str, Stated] = {}
    for row in rows:
        claim = claims.setdefault(row.text("claim"), Stated(row.text("claim"), row.text("modality"), set(), set()))
        claim.verdicts.add(row.text("verdict") or _UNASSESSED)
        claim.places.add(row.text("place"))
    found: dict[str, list[Stated]] = {}
    for claim in claims.values():
        for verdict in claim.verdicts:
            found.setdefault(verdict, []).append(claim)
    return [(verdict, found[verdict]) for verdict in sorted(found, key=_rank)]


def _rank(verdict: str) -> tuple[int, str]:
    return (VERDICTS.index(verdict) if verdict in VERDICTS else len(VERDICTS)), verdict
