"""What a verification proposes to change in the records, as a unified diff that a person applies.

A confirmed link gets the revision it was held against. One that Wikidata contradicts becomes a
candidate again, without its direct triple. An item that was merged is replaced by the one it went
into. A candidate is asserted only when that is asked for.
"""

from __future__ import annotations

import difflib
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import replace

import pyoxigraph as ox

from alliance_graph.dataset.documents import Document
from alliance_graph.sources.wikidata import records as r
from alliance_graph.sources.wikidata.client import Item
from alliance_graph.sources.wikidata.verify import Verdict, Verification
from alliance_graph.validation.canonical import canonical_text
from alliance_graph.vocabulary import PREFIXES

_MODIFIED = f"{PREFIXES['dcterms']}modified"
_DATE = ox.NamedNode(f"{PREFIXES['xsd']}date")
_REVISIONS = "https://www.wikidata.org/wiki/Special:EntityData/"


def patch(verifications: Iterable[Verification], documents: Iterable[Document], *, promote: bool = False) -> str:
    """Return the diff; empty if nothing is to be changed.

    Args:
        verifications: what was found.
        documents: the documents of the project.
        promote: assert the candidates that are confirmed.
    """
    by_file: dict[str, list[Verification]] = defaultdict(list)
    every = list(verifications)
    # An item that a merge gives to two things at once is given to neither.
    held = [v.item.id for v in every if v.item and v.record.exact and v.record.asserted and not v.item.missing]
    for found in every:
        by_file[found.record.file].append(found)
    parts = []
    for document in documents:
        if document.name in by_file:
            changed = set(document.triples)
            for found in by_file[document.name]:
                _change(changed, found, promote=promote, held=held)
            parts.append(_diff(document, changed))
    return "".join(parts)


def _diff(document: Document, triples: set[ox.Triple]) -> str:
    before = canonical_text(document).splitlines(keepends=True)
    after = canonical_text(replace(document, triples=tuple(triples))).splitlines(keepends=True)
    return "".join(difflib.unified_diff(before, after, f"a/{document.name}", f"b/{document.name}"))


def _change(triples: set[ox.Triple], found: Verification, *, promote: bool, held: list[str]) -> None:
    record, item = found.record, found.item
    if item is None:
        return
    asserted = record.asserted
    if found.verdict is Verdict.CONTRADICTED or (record.exact and held.count(item.id) > 1):
        asserted = False
    elif promote and found.verdict is Verdict.CONFIRMED and not (record.exact and item.id in held):
        asserted = True
    target = PREFIXES["wd"] + (item.id or item.asked)
    _direct(triples, record, target if asserted else None)
    _set(triples, record.iri, r.STATUS, [ox.NamedNode(r.ASSERTED if asserted else r.CANDIDATE)])
    if item.missing:
        return
    _set(triples, record.iri, r.OBJECT, [ox.NamedNode(target)])
    if item.redirected:
        _set(triples, record.iri, r.RETRIEVED_LABEL, [ox.Literal(item.label())])
    if found.verdict is Verdict.CONFIRMED or item.redirected:
        _record_revision(triples, record.iri, item)


def _direct(triples: set[ox.Triple], record: r.LinkRecord, target: str | None) -> None:
    """Let the direct triple of a record be the one to `target`, or none."""
    subject, predicate = ox.NamedNode(record.subject), ox.NamedNode(record.predicate)
    triples.discard(ox.Triple(subject, predicate, ox.NamedNode(record.target)))
    if target:
        triples.add(ox.Triple(subject, predicate, ox.NamedNode(target)))


def _record_revision(triples: set[ox.Triple], iri: str, item: Item) -> None:
    others = [
        t.object
        for t in triples
        if t.subject == ox.NamedNode(iri)
        and t.predicate.value == r.SEE_ALSO
        and isinstance(t.object, ox.NamedNode)
        and not t.object.value.startswith(_REVISIONS)
    ]
    _set(triples, iri, r.SEE_ALSO, [*others, ox.NamedNode(f"{_REVISIONS}{item.id}?revision={item.revision}")])
    _set(triples, iri, _MODIFIED, [ox.Literal(item.retrieved[:10], datatype=_DATE)])


def _set(triples: set[ox.Triple], iri: str, predicate: str, values: list[ox.NamedNode | ox.Literal]) -> None:
    """Let a node have exactly these values of a property."""
    subject, name = ox.NamedNode(iri), ox.NamedNode(predicate)
    for triple in [t for t in triples if t.subject == subject and t.predicate == name]:
        triples.discard(triple)
    triples.update(ox.Triple(subject, name, value) for value in values)
