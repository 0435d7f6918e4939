"""The search index of a release: what each thing is called and said to be, by language (SQLite FTS5).

What is compared are folded words (`alliance_graph.dataset.words`), so the index holds those and
SQLite folds nothing.
"""

from __future__ import annotations

import sqlite3
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pyoxigraph as ox

from alliance_graph.dataset.rdf import node
from alliance_graph.dataset.words import fold
from alliance_graph.headers import parse_header, require_languages
from alliance_graph.vocabulary import BASE, GRAPH, LANGUAGES, ONTOLOGY, PREFIXES

INDEX_FILE = "search.sqlite"
READY_QUERIES = f"{BASE}query/"
"""What the IRIs begin with that ready queries have in the index."""

_CLASSES = {
    "state": ("ally:State",),
    "organization": ("org:Organization",),
    "actor": ("ally:Actor", "ally:Region"),
    "concept": ("skos:Concept", "skos:ConceptScheme"),
    "arrangement": (
        "ally:Arrangement",
        "ally:Instrument",
        "ally:PeaceOperation",
        "ally:Event",
    ),
    "query": (),
    "source": ("ally:Source",),
    "term": ("owl:Class", "owl:ObjectProperty", "owl:DatatypeProperty", "owl:AnnotationProperty", "rdfs:Datatype"),
    "claim": ("ally:Claim",),
    "participation": ("org:Membership", "ally:Adherence", "ally:DeploymentSite"),
    "graph": ("dcat:Dataset",),
}
KINDS = tuple(_CLASSES)
"""The kinds of things that are indexed; of two that fit equally well, the earlier comes first."""

# Terms and graphs of others have no page here.
_NAMESPACES = {"term": f"{ONTOLOGY}#", "graph": GRAPH}
# Whoever writes queries or cites a claim knows these by the ends of their IRIs.
_CALLED_BY_IRI = {"term": f"{ONTOLOGY}#", "claim": PREFIXES["claim"]}
_LABELS = ("skos:prefLabel", "rdfs:label", "dcterms:title")
_ALTERNATIVES = ("skos:altLabel", "dcterms:title", "ally:isoAlpha2Code", "ally:isoAlpha3Code")
_TEXTS = (
    "ally:claimStatement",
    "skos:definition",
    "dcterms:description",
    "skos:scopeNote",
    "dcterms:bibliographicCitation",
)
_SCHEMA = """
PRAGMA journal_mode = OFF;
PRAGMA page_size = 4096;
CREATE TABLE entry (
    id INTEGER PRIMARY KEY,
    iri TEXT NOT NULL,
    kind TEXT NOT NULL,
    language TEXT NOT NULL,
    label TEXT NOT NULL,
    alternatives TEXT NOT NULL, -- one a line
    text TEXT NOT NULL,
    uses INTEGER NOT NULL, -- how many statements name the thing
    name TEXT NOT NULL, -- the label, folded
    names TEXT NOT NULL, -- the alternatives, folded, each with a line end before and after it
    UNIQUE (iri, language)
);
CREATE VIRTUAL TABLE words USING fts5(names, text, content='', tokenize='ascii');
"""
# One segment and no free pages: the bytes depend on what is indexed, not on how it went.
_FINISH = ("INSERT INTO words (words) VALUES ('optimize')", "COMMIT", "VACUUM")

_Texts = dict[tuple[str, str], list[str]]
"""The texts of each thing in each language."""


@dataclass(frozen=True)
class _Entry:
    iri: str
    kind: str
    language: str
    label: str
    alternatives: tuple[str, ...]
    text: str


def write(store: ox.Store, queries: Path, path: Path) -> None:
    """Write the index of a dataset and its ready queries.

    The same input gives the same bytes with the same version of SQLite, which writes its number into the file.

    Args:
        store: the whole dataset.
        queries: the folder of the ready queries.
        path: the file to make; it is not there yet.

    Raises:
        AllianceGraphError: a ready query has no proper header.
    """
    uses = Counter(quad.object.value for quad in store if isinstance(quad.object, ox.NamedNode))
    entries = sorted((*_things(store), *_ready_queries(queries)), key=lambda entry: (entry.iri, entry.language))
    connection = sqlite3.connect(path, isolation_level=None)
    try:
        connection.executescript(_SCHEMA)
        connection.execute("BEGIN")
        for number, entry in enumerate(entries, 1):
            name = fold(entry.label)
            names = [fold(alternative) for alternative in entry.alternatives]
            shown = (entry.iri, entry.kind, entry.language, entry.label, "\n".join(entry.alternatives), entry.text)
            compared = (uses[entry.iri], name, "".join(f"\n{line}" for line in names) + "\n")
            connection.execute("INSERT INTO entry VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", (number, *shown, *compared))
            folded = (number, " ".join((name, *names)), fold(entry.text))
            connection.execute("INSERT INTO words (rowid, names, text) VALUES (?, ?, ?)", folded)
        for statement in _FINISH:
            connection.execute(statement)
    finally:
        connection.close()


def _things(store: ox.Store) -> Iterator[_Entry]:
    labels = [_texts(store, name) for name in _LABELS]
    alternatives = [_texts(store, name) for name in _ALTERNATIVES]
    texts = [_texts(store, name) for name in _TEXTS]
    for iri, kind in _kinds(store).items():
        for language in LANGUAGES:
            called = _said(labels, iri, language)
            others = dict.fromkeys(_said(alternatives, iri, language))
            if kind in _CALLED_BY_IRI:
                others[iri.removeprefix(_CALLED_BY_IRI[kind])] = None
            said = _said(texts, iri, language)
            label = called[0] if called else ""
            others.pop(label, None)
            if label or said:
                yield _Entry(iri, kind, language, label, tuple(others), " · ".join(said))


def _said(texts: Iterable[_Texts], iri: str, language: str) -> list[str]:
    """Return what is said of a thing in a language; what has no language is said in each."""
    return [text for part in texts for tag in (language, "") for text in part.get((iri, tag), ())]


def _kinds(store: ox.Store) -> dict[str, str]:
    found: dict[str, str] = {}
    for kind, classes in _CLASSES.items():
        for name in classes:
            for quad in store.quads_for_pattern(None, node("rdf:type"), node(name)):
                if isinstance(quad.subject, ox.NamedNode) and quad.subject.value.startswith(
                    _NAMESPACES.get(kind, BASE)
                ):
                    found.setdefault(quad.subject.value, kind)
    return found


def _texts(store: ox.Store, name: str) -> _Texts:
    found: defaultdict[tuple[str, str], set[str]] = defaultdict(set)
    for quad in store.quads_for_pattern(None, node(name), None):
        if isinstance(quad.subject, ox.NamedNode) and isinstance(quad.object, ox.Literal):
            found[quad.subject.value, quad.object.language or ""].add(quad.object.value)
    return {key: sorted(texts) for key, texts in found.items()}


def _ready_queries(folder: Path) -> Iterator[_Entry]:
    for path in sorted(folder.glob("*.rq")):
        place = f"queries/{path.name}"
        header = parse_header(path.read_text(encoding="utf-8"), place)
        titles = require_languages(header, "title", place=place)
        descriptions = require_languages(header, "description", place=place)
        for language, title in titles.items():
            yield _Entry(READY_QUERIES + path.stem, "query", language, title, (), descriptions[language])
