"""Actors and places: all of them, and the page of each with what it takes part in and what is claimed of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from flask import Response, request

from alliance_graph.vocabulary import LANGUAGES, PREFIXES
from alliance_graph.web.i18n import t
from alliance_graph.web.naming import by_name, name_of
from alliance_graph.web.pages.addresses import alternates, shows
from alliance_graph.web.pages.asking import Row, rows_of
from alliance_graph.web.pages.dealings import dealings
from alliance_graph.web.pages.frame import blueprint, page
from alliance_graph.web.pages.stated import by_verdict
from alliance_graph.web.pages.statements import Statements, said
from alliance_graph.web.pages.things import by_property, links
from alliance_graph.web.problems import problem

_ALLY, _ORG = PREFIXES["ally"], PREFIXES["org"]
_COUNTRY = f"{PREFIXES['id']}morocco"
_GROUPS = {
    "State": f"{_ALLY}State",
    "Organization": f"{_ORG}Organization",
    "PeaceOperation": f"{_ALLY}PeaceOperation",
    "ActorGroup": f"{_ALLY}ActorGroup",
    "Region": f"{_ALLY}Region",
    "Actor": f"{_ALLY}Actor",
}
"""The groups of the index, as its address names them, with their classes; a thing is in the first that it fits."""
_FINER = tuple(f"{_ALLY}{name}" for name in ("ArmedForces", "InformalOrganization"))
"""Classes that tell some of a group from the rest."""
_FACTS = (
    "ally:isArmedForcesOf",
    "dcterms:isPartOf",
    "ally:isConductedUnder",
    "ally:startDate",
    "ally:endDate",
    "ally:isoAlpha2Code",
    "ally:isoAlpha3Code",
    "ally:isoNumericCode",
    "ally:cowStateNumber",
    "geo:lat",
    "geo:long",
)
_SHOWN_ELSEWHERE = frozenset(
    [f"{_ALLY}{name}" for name in ("hasParty", "hasAdherent", "involvesActor", "isConductedUnder", "isParticipationIn")]
    + [f"{_ALLY}{name}" for name in ("isArmedForcesOf", "claimSubject", "claimObject", "claimFrame", "claimRegion")]
    + [f"{_ALLY}isAddressedTo", f"{_ORG}member", f"{_ORG}organization", f"{PREFIXES['sssom']}subject_id"]
    + [f"{PREFIXES['dcterms']}isPartOf", f"{PREFIXES['void']}exampleResource"]
)
"""How others name an actor that its page shows with more than their name."""


@dataclass(frozen=True)
class Listed:
    """An actor in the index."""

    iri: str
    group: str
    kind: str
    """A class that tells it from the rest of its group; empty if none does."""
    claims: int
    arrangements: int


@blueprint.get("/actors")
def actors() -> Response:
    """List all actors and places by kind."""
    kind = request.args.get("kind", "")
    if kind and kind not in _GROUPS:
        return problem("bad-request", 400, f"there is no kind {kind!r} of actors; the kinds are {', '.join(_GROUPS)}")
    rows, behind = rows_of("actors")
    groups: dict[str, list[Listed]] = {name: [] for name in _GROUPS}
    for found in _listed(rows):
        groups[found.group].append(found)
    return page(
        "actors.html",
        title=t("actors.title"),
        behind=[behind],
        kind=kind,
        groups=groups,
        shown=[kind] if kind else [name for name, found in groups.items() if found],
    )


def _listed(rows: Sequence[Row]) -> list[Listed]:
    """Return the actors in the answer of the query `actors`: the country first, the others by name."""
    classes: dict[str, set[str]] = {}
    for row in rows:
        classes.setdefault(row.text("actor"), set()).add(row.text("class"))
    numbers = {row.text("actor"): row for row in rows}
    found = [
        Listed(
            iri=iri,
            group=next(name for name, wanted in _GROUPS.items() if wanted in kinds),
            kind=next((finer for finer in _FINER if finer in kinds), ""),
            claims=int(numbers[iri].text("claims") or 0),
            arrangements=int(numbers[iri].text("arrangements") or 0),
        )
        for iri, kinds in classes.items()
    ]
    return sorted(found, key=lambda actor: (actor.iri != _COUNTRY, by_name(actor.iri)))


@shows("ally:Actor", "ally:Region", "ally:PeaceOperation")
def actor(iri: str) -> Response:
    """Show an actor or a place: what it is, what it takes part in, what is claimed of it, what it is linked to."""
    rows, behind_said = rows_of("said", thing=iri)
    dealing_rows, behind_dealings = rows_of("dealings", thing=iri)
    claim_rows, behind_claims = rows_of("claims", thing=iri)
    items, behind_items = rows_of("items", thing=iri)
    referring, behind_referring = rows_of("referring", thing=iri)
    statements = said(rows)
    claims = by_verdict(claim_rows)
    return page(
        "actor.html",
        title=name_of(iri).text,
        alternates=alternates(iri),
        behind=[behind_said, behind_dealings, behind_claims, behind_items, behind_referring],
        iri=iri,
        statements=statements,
        kinds=statements.iris("rdf:type"),
        names=_names(statements),
        facts=statements.properties(only=_FACTS),
        dealings=dealings(dealing_rows),
        claims=claims,
        claim_count=len({claim.iri for _, found in claims for claim in found}),
        links=links(items),
        shown=statements.properties(without=("rdf:type",)),
        referring=by_property([row for row in referring if row.text("property") not in _SHOWN_ELSEWHERE]),
    )


def _names(statements: Statements) -> list[tuple[str, list[str]]]:
    """Return the names in each language, the label first."""
    found: dict[str, list[str]] = {tag: [] for tag in LANGUAGES}
    for name in ("rdfs:label", "skos:altLabel"):
        for value in statements.every(name):
            found.setdefault(value.language, []).append(value.text)
    return [(tag, names) for tag, names in found.items() if names]
