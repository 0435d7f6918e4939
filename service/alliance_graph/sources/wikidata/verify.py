"""Holding links against what Wikidata says of their items."""

from __future__ import annotations

import enum
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

from alliance_graph.sources.wikidata.client import Client, Item
from alliance_graph.sources.wikidata.names import best_match
from alliance_graph.sources.wikidata.records import LinkRecord, Thing, expected_classes
from alliance_graph.vocabulary import LANGUAGES, compact

_NOT_THINGS = {
    "Q4167410": "disambiguation page",
    "Q22808320": "human name disambiguation page",
    "Q4167836": "category",
    "Q11266439": "template",
    "Q13406463": "list article",
    "Q17362920": "duplicated page",
}
"""Classes of pages of the wikis, which tools that read Wikidata leave out (six public ones name these)."""

LEVELS, CLASSES = 6, 400
"""How far up, and how many classes at the most, are read to find out what an item is."""

_UNLIKE = 0.6
"""Below this likeness two names have so little in common that the item is taken to be another thing."""


class Gravity(enum.StrEnum):
    """How grave an observation is."""

    PROBLEM = "problem"
    DOUBT = "doubt"
    NOTE = "note"


class Verdict(enum.StrEnum):
    """What a comparison comes to."""

    CONFIRMED = "confirmed"
    DOUBTFUL = "doubtful"
    CONTRADICTED = "contradicted"
    NOT_ASKED = "not-asked"


@dataclass(frozen=True)
class Observation:
    """One thing that was seen; `key` names its message, `values` what is put into it."""

    key: str
    gravity: Gravity
    values: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Verification:
    """A link and what Wikidata says of its item."""

    record: LinkRecord
    item: Item | None
    scores: Mapping[str, float]
    """Language → how alike the most alike names are."""
    observations: tuple[Observation, ...]

    @property
    def verdict(self) -> Verdict:
        if any(o.gravity is Gravity.PROBLEM for o in self.observations):
            return Verdict.CONTRADICTED
        if self.item is None:
            return Verdict.NOT_ASKED
        if any(o.gravity is Gravity.DOUBT for o in self.observations):
            return Verdict.DOUBTFUL
        return Verdict.CONFIRMED


def verify(
    records: Iterable[LinkRecord],
    things: Mapping[str, Thing],
    client: Client,
    progress: Callable[[str], None] = lambda text: None,
) -> list[Verification]:
    """Compare links with Wikidata, or with what is kept of it when the client has no network."""
    every = list(records)
    items = client.items([r.item for r in every if r.item], progress)
    expected = {r.iri: expected_classes(things[r.subject], every) for r in every if r.subject in things}
    wanted = [(items[r.item], expected[r.iri]) for r in every if r.item in items and expected.get(r.iri)]
    classes = _classes_above(wanted, client, progress)
    holders = {r.item: r.subject for r in every if r.item and r.exact and r.asserted}
    found = []
    for record in every:
        item = items.get(record.item or "")
        thing = things.get(record.subject, Thing(record.subject))
        observations, scores = list(_existence(record, item, holders)), dict[str, float]()
        if item and not item.missing:
            scores, about_names = _names(record, thing, item)
            observations += about_names
            observations += _type(item, expected.get(record.iri, set()), classes)
            observations += _codes(record, thing, item)
        found.append(Verification(record, item, scores, tuple(observations)))
    return found


def _existence(record: LinkRecord, item: Item | None, holders: Mapping[str, str]) -> Iterable[Observation]:
    if record.item is None:
        yield Observation("malformed", Gravity.PROBLEM, {"target": record.target or "–"})
    elif item is None:
        yield Observation("not-asked", Gravity.NOTE, {"item": record.item})
    elif item.missing:
        yield Observation("missing", Gravity.PROBLEM, {"item": record.item})
    elif item.redirected:
        yield Observation("redirected", Gravity.DOUBT, {"item": record.item, "target": item.id})
        if record.exact and item.id in holders:
            other = compact(holders[item.id])
            yield Observation("taken", Gravity.PROBLEM, {"item": item.id, "other": other})


def _names(record: LinkRecord, thing: Thing, item: Item) -> tuple[dict[str, float], list[Observation]]:
    scores: dict[str, float] = {}
    nearest = (0.0, "", "")
    for language in LANGUAGES:
        ours = thing.names.get(language, [])
        if ours:
            score, name = best_match(ours, item.names_in(language), language)
            scores[language] = score
            nearest = max(nearest, (score, name, language))
    seen: list[Observation] = []
    if record.exact and scores:
        score, name, language = nearest
        if score < 1:
            grave = Gravity.DOUBT if score >= _UNLIKE else Gravity.PROBLEM
            values = {"name": name or "–", "language": language or "–", "score": f"{score:.2f}"}
            seen.append(Observation("label-differs", grave, values))
        else:
            lacking = [language for language, score in scores.items() if score < 1]
            seen += [Observation("label-missing", Gravity.NOTE, {"language": language}) for language in lacking]
    if record.label and best_match([record.label], item.names_in("en"), "en")[0] < 1:
        values = {"label": record.label, "now": item.label() or "–"}
        seen.append(Observation("label-changed", Gravity.DOUBT, values))
    return scores, seen


def _type(item: Item, expected: set[str], above: Mapping[str, tuple[str, ...] | None]) -> Iterable[Observation]:
    kinds = item.claims.get("P31", ())
    for kind in kinds:
        if kind in _NOT_THINGS:
            yield Observation("not-a-thing", Gravity.PROBLEM, {"item": kind})
            return
    if not expected:
        return
    reached, whole = _climb(kinds, above)
    if reached & expected:
        return
    values = {"found": ", ".join(kinds) or "–", "expected": ", ".join(sorted(expected))}
    # Classes of Wikidata change often, so a type alone contradicts nothing.
    yield Observation("type-differs" if whole else "type-unknown", Gravity.DOUBT if whole else Gravity.NOTE, values)


def _climb(kinds: Iterable[str], above: Mapping[str, tuple[str, ...] | None]) -> tuple[set[str], bool]:
    """Return all classes above some, themselves included, and whether that is all of them."""
    reached, left, whole = set[str](), list(kinds), True
    while left:
        kind = left.pop()
        if kind in reached:
            continue
        reached.add(kind)
        higher = above.get(kind)
        whole = whole and higher is not None
        left += higher or ()
    return reached, whole


def _classes_above(
    wanted: Iterable[tuple[Item, set[str]]], client: Client, progress: Callable[[str], None]
) -> dict[str, tuple[str, ...] | None]:
    """Read upward from the classes of items, only as long as one is not known to be what is expected."""
    above: dict[str, tuple[str, ...] | None] = {}
    pairs = list(wanted)
    for _ in range(LEVELS):
        missing: set[str] = set()
        for item, expected in pairs:
            reached, _ = _climb(item.claims.get("P31", ()), above)
            if not reached & expected:
                missing |= {kind for kind in reached if kind not in above}
        room = CLASSES - len(above)
        if not missing or room <= 0:
            break
        chosen = sorted(missing)[:room]
        read = client.items(chosen, progress)
        above |= {kind: read[kind].claims.get("P279", ()) if kind in read else None for kind in chosen}
    return above


def _codes(record: LinkRecord, thing: Thing, item: Item) -> Iterable[Observation]:
    if not record.exact:
        return
    for name, ours in thing.codes.items():
        theirs = item.claims.get(name, ())
        if not theirs:
            yield Observation("code-missing", Gravity.NOTE, {"property": name, "ours": ours})
        elif ours not in theirs:
            yield Observation(
                "code-differs", Gravity.PROBLEM, {"property": name, "ours": ours, "found": ", ".join(theirs)}
            )
