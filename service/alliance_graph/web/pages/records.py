"""The page of a record: an arrangement, a membership, an event, or a part of one, as one source tells of it."""

from __future__ import annotations

from collections.abc import Iterable

from flask import Response

from alliance_graph.vocabulary import PREFIXES
from alliance_graph.web.naming import by_name, name_of
from alliance_graph.web.pages.addresses import alternates, shows
from alliance_graph.web.pages.asking import rows_of
from alliance_graph.web.pages.frame import page
from alliance_graph.web.pages.periods import period_of
from alliance_graph.web.pages.stated import by_verdict
from alliance_graph.web.pages.statements import Other, Statements, others, said
from alliance_graph.web.pages.things import by_property

_ALLY, _PROV = PREFIXES["ally"], PREFIXES["prov"]
_FACTS = (
    "dcterms:title",
    "org:member",
    "org:organization",
    "org:role",
    "ally:hasParty",
    "ally:hasAdherent",
    "ally:isAdherenceTo",
    "ally:involvesActor",
    "ally:isConductedUnder",
    "ally:isParticipationIn",
    "ally:isEditionOf",
    "ally:startDate",
    "ally:endDate",
    "ally:hasEndStatus",
    "ally:lastRecordedDate",
    "ally:signatureDate",
    "ally:entryIntoForceDate",
    "ally:depositaryReference",
    "ally:createsObligation",
    "ally:hasCooperationType",
    "ally:personnelEstimate",
    "ally:reportedValue",
    "ally:isInCountry",
    "ally:isLocatedIn",
    "geo:lat",
    "geo:long",
    "ally:hasConfidence",
)
"""What the head of the page shows, in its order."""
_ELSEWHERE = (
    "rdf:type",
    "rdfs:label",
    "skos:definition",
    "skos:scopeNote",
    "prov:wasDerivedFrom",
    "ally:recordIdentifier",
    "ally:hasDeploymentSite",
)
_BESIDE = {
    "sources": f"{_PROV}wasDerivedFrom",
    "instruments": f"{_ALLY}isBasedOn",
    "adherences": f"{_ALLY}isAdherenceTo",
    "sites": f"{_ALLY}hasDeploymentSite",
    "editions": f"{_ALLY}isEditionOf",
    "records": f"{_ALLY}isRecordOf",
}
"""The things beside a record that its page shows with more than their name, with the relation to them."""
_SHOWN_ELSEWHERE = frozenset((*_BESIDE.values(), f"{_ALLY}describes", f"{_ALLY}usesFact"))


@shows(
    "ally:Arrangement",
    "ally:JointExerciseSeries",
    "org:Membership",
    "ally:Event",
    "ally:Adherence",
    "ally:Instrument",
    "ally:DeploymentSite",
)
def record(iri: str) -> Response:
    """Show what a source records, where it does so, what else is recorded of the same, and the claims it bears on."""
    rows, behind_said = rows_of("said", thing=iri)
    beside, behind_around = rows_of("around", thing=iri)
    claims, behind_claims = rows_of("claims", thing=iri)
    referring, behind_referring = rows_of("referring", thing=iri)
    statements = said(rows)
    facts = statements.properties(only=_FACTS)
    return page(
        "record.html",
        title=name_of(iri).text,
        alternates=alternates(iri),
        behind=[behind_said, behind_around, behind_claims, behind_referring],
        iri=iri,
        statements=statements,
        facts=facts + statements.properties(without=(*_FACTS, *_ELSEWHERE)),
        beside=_beside(iri, statements, others(beside)),
        period_of=period_of,
        claims=by_verdict(claims),
        referring=by_property([row for row in referring if row.text("property") not in _SHOWN_ELSEWHERE]),
    )


def _beside(iri: str, statements: Statements, found: Iterable[Other]) -> dict[str, list[Other]]:
    """Return the things beside a record by the part of the page that shows them.

    What is based on this instrument, or has this site, comes under `users`.
    """
    beside: dict[str, list[Other]] = {name: [] for name in (*_BESIDE, "users")}
    named = set(statements.iris("ally:isBasedOn") + statements.iris("ally:hasDeploymentSite"))
    for other in found:
        for name, relation in _BESIDE.items():
            if relation in other.relations:
                uses = name in ("instruments", "sites") and other.iri not in named
                beside["users" if uses else name].append(other)
    for others_of_kind in beside.values():
        others_of_kind.sort(key=lambda other: (period_of(other.says).sorts, by_name(other.iri)))
    return beside
