"""What an actor takes part in, in the order in which its page shows it: by kind, then in time."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from alliance_graph.vocabulary import PREFIXES
from alliance_graph.web.naming import by_name
from alliance_graph.web.pages.asking import Row
from alliance_graph.web.pages.periods import Period, period_of
from alliance_graph.web.pages.statements import Other, Statements, others

_ALLY, _ORG = PREFIXES["ally"], PREFIXES["org"]
_ADHERENCE = f"{_ALLY}Adherence"
_HAS_ADHERENT = f"{_ALLY}hasAdherent"
_MEMBERSHIP = f"{_ORG}Membership"
_MEMBER = f"{_ORG}member"
_KINDS = (
    "Alliance",
    "DefenseCooperationAgreement",
    "Partnership",
    "Status",
    "JointExerciseSeries",
    "JointExercise",
    "PeaceOperationParticipation",
    "ArmsTransfer",
    "TrainingProgram",
    "Mediation",
    "HumanitarianOperation",
    "PeaceOperation",
    "Event",
)
"""The kinds of arrangements and of what else there is, the weightier first; any other comes after them."""


@dataclass(frozen=True)
class Dealing:
    """One thing that an actor takes part in."""

    iri: str
    relations: tuple[str, ...]
    """How the actor stands in it: the properties that name the actor."""
    partners: tuple[str, ...]
    """The other parties."""
    periods: tuple[Period, ...]
    """The actor's own time in it where that is recorded, else its whole time."""
    says: Statements

    @property
    def cooperates(self) -> bool:
        """Whether a kind of cooperation or an obligation is told."""
        return bool(self.says.iris("ally:hasCooperationType") or self.says.iris("ally:createsObligation"))

    @property
    def organizations(self) -> list[str]:
        """The organizations that a membership is in, but for the one whose page it is on."""
        return self.says.iris("org:organization")

    @property
    def _place(self) -> tuple[str, tuple[str, str]]:
        return min(period.sorts for period in self.periods), by_name(self.iri)


@dataclass(frozen=True)
class Dealings:
    """All that an actor takes part in."""

    by_kind: list[tuple[str, list[Dealing]]]
    """Arrangements, operations and events: each class with what is of it."""
    memberships: list[Dealing]
    """In what the actor is a member, partner or observer."""
    members: list[Dealing]
    """Who is a member, partner or observer of the actor."""
    parts: list[str]
    """What is a part of the actor, such as its armed forces."""

    @property
    def count(self) -> int:
        return sum(len(found) for _, found in self.by_kind)


def dealings(rows: Iterable[Row]) -> Dealings:
    """Return what an actor takes part in, from the answer of the query `dealings`."""
    kinds: dict[str, list[Dealing]] = {}
    memberships: list[Dealing] = []
    members: list[Dealing] = []
    parts: list[str] = []
    found = others(rows)
    own = _own_periods(found)
    for other in found:
        classes = other.says.iris("rdf:type")
        dealing = _dealing(other, own)
        if _ADHERENCE in classes:
            continue
        if _MEMBERSHIP in classes:
            (memberships if _MEMBER in other.relations else members).append(dealing)
        elif classes and not any(relation.endswith(("isPartOf", "isArmedForcesOf")) for relation in other.relations):
            kinds.setdefault(min(classes, key=_rank), []).append(dealing)
        else:
            parts.append(other.iri)
    by_kind = [(kind, _in_time(kinds[kind])) for kind in sorted(kinds, key=lambda kind: (_rank(kind), kind))]
    return Dealings(by_kind, _in_time(memberships), _in_time(members), sorted(parts, key=by_name))


def _own_periods(found: Iterable[Other]) -> dict[str, list[Period]]:
    """Return when an actor was bound by each arrangement whose parties came and went."""
    periods: dict[str, list[Period]] = {}
    for other in found:
        if _HAS_ADHERENT in other.relations:
            periods.setdefault(other.says.one("ally:isAdherenceTo"), []).append(period_of(other.says))
    return periods


def _dealing(other: Other, own: dict[str, list[Period]]) -> Dealing:
    says = other.says
    named = (*says.iris("ally:hasParty"), *says.iris("ally:involvesActor"))
    periods = sorted(own.get(other.iri) or [period_of(says)], key=lambda period: period.sorts)
    return Dealing(
        iri=other.iri,
        relations=tuple(sorted(other.relations)),
        partners=tuple(sorted(set(named), key=by_name)),
        periods=tuple(periods),
        says=says,
    )


def _in_time(found: list[Dealing]) -> list[Dealing]:
    return sorted(found, key=lambda dealing: dealing._place)


def _rank(kind: str) -> int:
    name = kind.removeprefix(_ALLY)
    return _KINDS.index(name) if name in _KINDS else len(_KINDS)
