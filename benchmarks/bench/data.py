"""The data that every system is asked about: made up, but of the shape of the project's own.

States, organizations in a tree, arrangements between states, and claims about them, in the terms of
the project's ontology. The same size gives the same bytes on every machine.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

BASE = "https://w3id.org/alliance-graph/"
SEED = 20240611
STATES = 200
COOPERATION_TYPES = 22
RELATIONS = 30
MODALITIES = 5
BRANCHES = 4
"""How many organizations each organization has below it."""

_WORDS = (
    *("border", "patrol", "training", "exercise", "intelligence", "maritime", "air", "defence", "logistics", "medical"),
    *("observer", "mission", "doctrine", "signals", "engineering", "reserve", "command", "liaison", "school", "treaty"),
    *("support", "rescue", "mountain", "desert", "river", "harbour", "radar", "supply", "transport", "bridge"),
    *("convoy", "station", "survey", "archive", "council", "forum", "summit", "review"),
)
_RDF_TYPE = "<http://www.w3.org/1999/02/22-rdf-syntax-ns#type>"
_LABEL = "<http://www.w3.org/2000/01/rdf-schema#label>"
_DATE = "<http://www.w3.org/2001/XMLSchema#date>"


@dataclass(frozen=True)
class Shape:
    """How many things of each kind a dataset has."""

    triples: int
    """About how many triples were asked for."""
    organizations: int
    arrangements: int
    claims: int

    @classmethod
    def of(cls, triples: int) -> Shape:
        """Return the shape of a dataset of about so many triples."""
        parts = (triples - 4 * STATES) * 10 // 194
        return cls(triples, max(60, parts // 8), parts, round(parts * 1.6))


def state(number: int) -> str:
    """Return the IRI of a state."""
    return f"{BASE}id/state-{number}"


def organization(number: int) -> str:
    """Return the IRI of an organization."""
    return f"{BASE}id/organization-{number}"


def arrangement(number: int) -> str:
    """Return the IRI of an arrangement."""
    return f"{BASE}id/arrangement-{number}"


def claim(number: int) -> str:
    """Return the IRI of a claim."""
    return f"{BASE}claim/{number}"


def word(number: int) -> str:
    """Return one of the words that statements are made of."""
    return _WORDS[number % len(_WORDS)]


def write(shape: Shape, path: Path) -> int:
    """Write a dataset as N-Triples; return how many triples it has."""
    count = 0
    draft = path.with_suffix(".draft")
    with draft.open("w", encoding="utf-8", newline="\n") as file:
        for line in _lines(shape, random.Random(SEED)):  # noqa: S311 - made-up data, not a secret
            file.write(line)
            count += 1
    draft.replace(path)
    return count


def _term(name: str) -> str:
    return f"<{BASE}ontology#{name}>"


def _triple(subject: str, predicate: str, value: str) -> str:
    return f"<{subject}> {predicate} {value} .\n"


def _lines(shape: Shape, chance: random.Random) -> Iterator[str]:
    for number in range(STATES):
        yield from _described(state(number), "State", f"State {number}", f"État {number}")
        yield _triple(state(number), _term("isoCode"), f'"{number:03}"')
    for number in range(shape.organizations):
        iri = organization(number)
        yield from _described(iri, "Organization", f"Organization {number}", f"Organisation {number}")
        if number:
            parent = organization((number - 1) // BRANCHES)
            yield _triple(iri, "<http://www.w3.org/ns/org#subOrganizationOf>", f"<{parent}>")
    for number in range(shape.arrangements):
        yield from _arrangement(number, shape, chance)
    for number in range(shape.claims):
        yield from _claim(number, shape, chance)


def _described(iri: str, kind: str, english: str, french: str) -> Iterator[str]:
    yield _triple(iri, _RDF_TYPE, _term(kind))
    yield _triple(iri, _LABEL, f'"{english}"@en')
    yield _triple(iri, _LABEL, f'"{french}"@fr')


def _arrangement(number: int, shape: Shape, chance: random.Random) -> Iterator[str]:
    iri = arrangement(number)
    yield from _described(iri, "Partnership", f"Arrangement {number}", f"Arrangement n° {number}")
    for party in chance.sample(range(STATES), 2 + (number % 3 == 0)):
        yield _triple(iri, _term("hasParty"), f"<{state(party)}>")
    kind = chance.randrange(COOPERATION_TYPES)
    yield _triple(iri, _term("hasCooperationType"), f"<{BASE}scheme/cooperation-type/{kind}>")
    year = chance.randint(1950, 2024)
    yield _triple(iri, _term("startDate"), f'"{year}-{chance.randint(1, 12):02}-{chance.randint(1, 28):02}"^^{_DATE}')
    if number % 4 == 0:
        yield _triple(iri, _term("endDate"), f'"{year + chance.randint(1, 20)}-12-31"^^{_DATE}')
    if number % 3 == 0:
        frame = organization(chance.randrange(shape.organizations))
        yield _triple(iri, _term("isConductedUnder"), f"<{frame}>")


def _claim(number: int, shape: Shape, chance: random.Random) -> Iterator[str]:
    iri = claim(number)
    subject, thing = chance.sample(range(STATES), 2)
    words = " ".join(chance.choices(_WORDS, k=12))
    yield _triple(iri, _RDF_TYPE, _term("Claim"))
    yield _triple(iri, _term("claimSubject"), f"<{state(subject)}>")
    yield _triple(iri, _term("claimRelation"), f"<{BASE}scheme/relation-type/{chance.randrange(RELATIONS)}>")
    yield _triple(iri, _term("claimObject"), f"<{state(thing)}>")
    yield _triple(iri, _term("hasModality"), f"<{BASE}scheme/modality/{chance.randrange(MODALITIES)}>")
    yield _triple(iri, _term("claimStatement"), f'"Statement {number}: {words}"@en')
    if chance.random() < 0.9:
        described = arrangement(chance.randrange(shape.arrangements))
        yield _triple(iri, _term("describes"), f"<{described}>")
