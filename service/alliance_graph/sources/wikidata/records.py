"""The link records of a project, and what it says of the things they link."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field

import pyoxigraph as ox

from alliance_graph.dataset.documents import Document
from alliance_graph.vocabulary import PREFIXES

LINK = f"{PREFIXES['ally']}Link"
STATUS = f"{PREFIXES['bibo']}status"
ASSERTED = f"{PREFIXES['link-status']}asserted"
CANDIDATE = f"{PREFIXES['link-status']}candidate"
SUBJECT = f"{PREFIXES['sssom']}subject_id"
PREDICATE = f"{PREFIXES['sssom']}predicate_id"
OBJECT = f"{PREFIXES['sssom']}object_id"
SEE_ALSO = f"{PREFIXES['sssom']}see_also"
RETRIEVED_LABEL = f"{PREFIXES['ally']}retrievedLabel"
EXACT_MATCH = f"{PREFIXES['skos']}exactMatch"

ITEM_FORM = re.compile(r"http://www\.wikidata\.org/entity/(Q[1-9][0-9]*)")

CODES = {
    f"{PREFIXES['ally']}isoAlpha2Code": "P297",
    f"{PREFIXES['ally']}isoAlpha3Code": "P298",
    f"{PREFIXES['ally']}isoNumericCode": "P299",
}
"""Our property → Wikidata's, as in ontology/alignments/wikidata-properties.ttl."""

_NAMES = frozenset(
    f"{PREFIXES[prefix]}{name}"
    for prefix, name in (("rdfs", "label"), ("skos", "prefLabel"), ("skos", "altLabel"), ("dcterms", "title"))
)
_TYPE = f"{PREFIXES['rdf']}type"


@dataclass(frozen=True)
class LinkRecord:
    """One link record, as far as it is written."""

    iri: str
    file: str
    line: int
    subject: str
    predicate: str
    target: str
    """The IRI it links to, well-formed or not."""
    status: str
    label: str
    """The item's name when it was read."""

    @property
    def item(self) -> str | None:
        """The item's identifier (`Q…`); None if the target is no item."""
        found = ITEM_FORM.fullmatch(self.target)
        return found[1] if found else None

    @property
    def asserted(self) -> bool:
        return self.status == ASSERTED

    @property
    def exact(self) -> bool:
        return self.predicate == EXACT_MATCH


@dataclass
class Thing:
    """What the project says of a thing that a comparison can use."""

    iri: str
    classes: set[str] = field(default_factory=set)
    names: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    """Language → label and other names."""
    codes: dict[str, str] = field(default_factory=dict)
    """Wikidata's property → our value."""


def read_records(documents: Iterable[Document]) -> list[LinkRecord]:
    """Return the link records of a project, by file and IRI."""
    return sorted((record for document in documents for record in _records(document)), key=lambda r: (r.file, r.iri))


def _records(document: Document) -> Iterable[LinkRecord]:
    said: dict[str, dict[str, str]] = defaultdict(dict)
    for triple in document.triples:
        if isinstance(triple.subject, ox.NamedNode) and isinstance(triple.object, (ox.NamedNode, ox.Literal)):
            said[triple.subject.value].setdefault(triple.predicate.value, triple.object.value)
    links = {t.subject.value for t in document.triples if _is_link(t) and isinstance(t.subject, ox.NamedNode)}
    for iri in links:
        fields = said[iri]
        yield LinkRecord(
            iri,
            document.name,
            document.line_of(f"<{iri}>") or 1,
            *(fields.get(name, "") for name in (SUBJECT, PREDICATE, OBJECT, STATUS, RETRIEVED_LABEL)),
        )


def _is_link(triple: ox.Triple) -> bool:
    return triple.predicate.value == _TYPE and isinstance(triple.object, ox.NamedNode) and triple.object.value == LINK


def read_things(documents: Iterable[Document]) -> dict[str, Thing]:
    """Return everything with an IRI that the project gives a class, a name or a code."""
    things: dict[str, Thing] = {}
    for document in documents:
        for triple in document.triples:
            if isinstance(triple.subject, ox.NamedNode):
                thing = things.setdefault(triple.subject.value, Thing(triple.subject.value))
                _learn(thing, triple.predicate.value, triple.object)
    return things


def _learn(thing: Thing, predicate: str, value: object) -> None:
    if isinstance(value, ox.NamedNode) and predicate == _TYPE:
        thing.classes.add(value.value)
    elif isinstance(value, ox.Literal) and predicate in _NAMES and value.language:
        thing.names[value.language].append(value.value)
    elif isinstance(value, ox.Literal) and predicate in CODES:
        thing.codes[CODES[predicate]] = value.value


def expected_classes(thing: Thing, records: Iterable[LinkRecord]) -> set[str]:
    """Return the items of which the item of a thing should be an instance: those its classes are linked to."""
    return {r.item for r in records if r.item and r.asserted and r.subject in thing.classes}
