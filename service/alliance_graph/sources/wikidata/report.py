"""What a verification, or a search for items, found: for a person and for a program."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable

from alliance_graph import __version__
from alliance_graph.sources.wikidata.messages import message
from alliance_graph.sources.wikidata.suggest import Suggestions
from alliance_graph.sources.wikidata.verify import Gravity, Observation, Verdict, Verification
from alliance_graph.vocabulary import LANGUAGES, compact


def counts(verifications: Iterable[Verification]) -> dict[str, int]:
    """Return how many links came to each verdict."""
    found = Counter(v.verdict for v in verifications)
    return {verdict.value: found[verdict] for verdict in Verdict}


def terminal(verifications: list[Verification], language: str) -> str:
    """Return a line for each link that is not simply confirmed or not asked for, what was seen, and the counts."""
    lines = []
    for found in verifications:
        told = [
            o for o in found.observations if o.gravity is not Gravity.NOTE or found.verdict is not Verdict.CONFIRMED
        ]
        if found.verdict is Verdict.NOT_ASKED or not told:
            continue
        record = found.record
        about = f"{compact(record.subject)} {compact(record.predicate)} {compact(record.target)}"
        lines.append(f"{record.file}:{record.line}: {found.verdict}: {about}")
        lines += [f"    {o.gravity}: {_text(o, language)}" for o in told]
    numbers = counts(verifications)
    lines.append(f"{len(verifications)} links: {', '.join(f'{n} {verdict}' for verdict, n in numbers.items())}")
    return "\n".join(lines) + "\n"


def as_json(verifications: list[Verification], api: str, language: str) -> str:
    """Return everything: revisions, dates, scores and observations with their messages in all languages."""
    document = {
        "api": api,
        "version": __version__,
        "counts": counts(verifications),
        "links": [_as_object(found, language) for found in verifications],
    }
    return json.dumps(document, ensure_ascii=False, indent=2) + "\n"


def _as_object(found: Verification, language: str) -> dict[str, object]:
    record, item = found.record, found.item
    return {
        "link": record.iri,
        "file": record.file,
        "line": record.line,
        "subject": record.subject,
        "predicate": record.predicate,
        "object": record.target,
        "status": "asserted" if record.asserted else "candidate",
        "verdict": found.verdict,
        "item": None if item is None or item.missing else item.id,
        "revision": item.revision if item and not item.missing else None,
        "modified": item.modified if item and not item.missing else None,
        "retrieved": item.retrieved if item else None,
        "scores": dict(found.scores),
        "observations": [
            {
                "kind": o.key,
                "gravity": o.gravity,
                **o.values,
                "message": _text(o, language),
                "messages": {code: _text(o, code) for code in LANGUAGES},
            }
            for o in found.observations
        ],
    }


def _text(observation: Observation, language: str) -> str:
    return message(observation.key, language, **observation.values)


def suggestions_terminal(found: list[Suggestions]) -> str:
    """Return a line for each thing and below it one for each item that was proposed."""
    lines = []
    for suggestions in found:
        lines.append(f"{compact(suggestions.thing)} ({suggestions.name})")
        for c in suggestions.candidates:
            sure = " match" if c.match else ""
            text = " – ".join(part for part in (c.name, c.description) if part)
            lines.append(f"    {c.item} {c.score:g}{sure} {text}")
        if not suggestions.candidates:
            lines.append("    –")
    proposed = sum(len(s.candidates) for s in found)
    lines.append(f"{len(found)} things without a link, {proposed} candidates; nothing was written")
    return "\n".join(lines) + "\n"


def suggestions_json(found: list[Suggestions], service: str) -> str:
    """Return what was proposed."""
    things = [
        {
            "thing": s.thing,
            "name": s.name,
            "candidates": [
                {"item": c.iri, "name": c.name, "description": c.description, "score": c.score, "match": c.match}
                for c in s.candidates
            ],
        }
        for s in found
    ]
    document = {"service": service, "version": __version__, "things": things}
    return json.dumps(document, ensure_ascii=False, indent=2) + "\n"
