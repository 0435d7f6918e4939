"""Asking a reconciliation service (Reconciliation Service API 0.2) for items of things without a link.

What it proposes is shown to a person and never written.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from alliance_graph.errors import AllianceGraphError
from alliance_graph.sources.wikidata.http import Http, RemoteError
from alliance_graph.sources.wikidata.records import LinkRecord, Thing, expected_classes
from alliance_graph.vocabulary import PREFIXES

SERVICE = "https://wikidata.reconci.link/{lang}/api"
VERSION = "0.2"
BATCH = 10
"""How many questions are sent at once: the service for Wikidata is slow with more."""

LINKED_CLASSES = tuple(
    f"{PREFIXES['ally']}{name}"
    for name in (
        "State",
        "IntergovernmentalOrganization",
        "InformalOrganization",
        "ArmedForces",
        "Region",
        "PeaceOperation",
        "JointExerciseSeries",
        "Instrument",
    )
)
LINKED_SCHEMES = (PREFIXES["coop"], PREFIXES["threat"])
"""What is worth a link: see also queries/entities-without-link.rq."""

_CONCEPT = f"{PREFIXES['skos']}Concept"


@dataclass(frozen=True)
class Candidate:
    """An item that a service proposes."""

    item: str
    iri: str
    name: str
    description: str
    score: float
    match: bool
    """The service is sure."""


@dataclass(frozen=True)
class Suggestions:
    """What a service proposes for a thing, best first."""

    thing: str
    name: str
    candidates: tuple[Candidate, ...]


def unlinked(records: Iterable[LinkRecord], things: Mapping[str, Thing], chosen: Iterable[str] = ()) -> list[Thing]:
    """Return the things that should have a link and have no record, or of these the chosen ones.

    Raises:
        AllianceGraphError: a chosen thing is not in the project.
    """
    linked = {r.subject for r in records}
    for iri in (wanted := list(chosen)):
        if iri not in things:
            raise AllianceGraphError(f"nothing in the project has the IRI {iri}", "name it as prefix:name or in full")
    if wanted:
        return [things[iri] for iri in wanted]
    return [things[iri] for iri in sorted(things) if iri not in linked and _worth_a_link(things[iri])]


def _worth_a_link(thing: Thing) -> bool:
    if not thing.classes.isdisjoint(LINKED_CLASSES):
        return True
    return _CONCEPT in thing.classes and thing.iri.startswith(LINKED_SCHEMES)


def suggest(
    things: Iterable[Thing],
    records: Iterable[LinkRecord],
    service: str,
    http: Http,
    *,
    language: str = "en",
    limit: int = 5,
    progress: Callable[[str], None] = lambda text: None,
) -> list[Suggestions]:
    """Ask a service for items.

    Raises:
        RemoteError: the service gave no usable answer, or is not one for Wikidata.
    """
    known, asked = list(records), list(things)
    space = _space(http, service)
    found: list[Suggestions] = []
    for start in range(0, len(asked), BATCH):
        progress(f"asked for {start} of {len(asked)} things")
        batch = asked[start : start + BATCH]
        questions = {
            f"q{n}": _question(thing, expected_classes(thing, known), language, limit) for n, thing in enumerate(batch)
        }
        answer = http.ask(service, {"queries": json.dumps(questions, ensure_ascii=False)}, post=True).json
        for n, thing in enumerate(batch):
            found.append(Suggestions(thing.iri, _name(thing, language), tuple(_candidates(answer.get(f"q{n}"), space))))
    return found


def _space(http: Http, service: str) -> str:
    """Return the namespace of the identifiers a service gives, after making sure that it is Wikidata's."""
    manifest = http.ask(service).json
    space = manifest.get("identifierSpace")
    if VERSION not in (manifest.get("versions") or ()):
        raise RemoteError(f"does not speak version {VERSION} of the reconciliation API", "name another", place=service)
    if space != PREFIXES["wd"]:
        raise RemoteError(f"is about {space}, not about Wikidata", "name another with --service", place=service)
    return str(space)


def _name(thing: Thing, language: str) -> str:
    names = thing.names.get(language) or thing.names.get("en") or [thing.iri.rpartition("/")[2]]
    return names[0]


def _question(thing: Thing, classes: set[str], language: str, limit: int) -> dict[str, Any]:
    question: dict[str, Any] = {"query": _name(thing, language), "limit": limit}
    if classes:
        kinds = sorted(classes)
        question |= {"type": kinds[0] if len(kinds) == 1 else kinds, "type_strict": "any"}
    if thing.codes:
        question["properties"] = [{"pid": name, "v": value} for name, value in sorted(thing.codes.items())]
    return question


def _candidates(answer: object, space: str) -> Iterable[Candidate]:
    results = answer.get("result") if isinstance(answer, dict) else None
    if not isinstance(results, list):
        raise RemoteError("left a question without an answer", "try again later")
    for result in results:
        try:
            item = str(result["id"])
            yield Candidate(
                item,
                f"{space}{item}",
                str(result["name"]),
                str(result.get("description") or ""),
                float(result["score"]),
                bool(result.get("match", False)),
            )
        except (KeyError, TypeError, ValueError):
            raise RemoteError("gave a candidate without id, name or score", "try again later") from None
