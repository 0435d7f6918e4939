"""The terms of the ontology: what is said of each, where it stands among the others, and what uses and checks it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

import pyoxigraph as ox

from alliance_graph.pictures.answer import Thing
from alliance_graph.pictures.tree import Branch
from alliance_graph.vocabulary import GRAPH, PREFIXES, compact
from alliance_graph.web.i18n import messages
from alliance_graph.web.naming import address_of, by_name, name_of
from alliance_graph.web.pages.asking import Row
from alliance_graph.web.pages.rules import Rule, rules_about
from alliance_graph.web.pages.statements import Statements, Value, said_by_thing

KINDS = {
    "classes": "owl:Class",
    "relations": "owl:ObjectProperty",
    "attributes": "owl:DatatypeProperty",
    "annotations": "owl:AnnotationProperty",
    "datatypes": "rdfs:Datatype",
}
"""The kinds of terms, in the order in which they are shown, with the class that each is of."""

_ALLY = PREFIXES["ally"]
_ALIGNMENTS = f"{GRAPH}ontology/alignments/"
_PARENTS = ("rdfs:subClassOf", "rdfs:subPropertyOf")
_MATCHES = (
    "owl:equivalentClass",
    "owl:equivalentProperty",
    "skos:exactMatch",
    "skos:closeMatch",
    "skos:broadMatch",
    "skos:narrowMatch",
    "skos:relatedMatch",
)
_CHARACTERISTICS = (
    "owl:FunctionalProperty",
    "owl:InverseFunctionalProperty",
    "owl:TransitiveProperty",
    "owl:SymmetricProperty",
    "owl:AsymmetricProperty",
    "owl:ReflexiveProperty",
    "owl:IrreflexiveProperty",
)


@dataclass(frozen=True)
class Alignment:
    """How a term relates to one of another vocabulary, by an alignment."""

    relation: str
    other: str


@dataclass
class Term:
    """A class, a property or a datatype."""

    iri: str
    kind: str
    """One of `KINDS`."""
    says: Statements
    uses: int
    """How many things are of the class, or statements have the property or the datatype."""
    example: str
    """The IRI of a thing that has it; empty if there is none with an IRI."""
    parents: list[str]
    alignments: list[Alignment]
    rules: list[Rule]
    children: list[str] = field(default_factory=list)

    @property
    def local(self) -> str:
        """Its name within the ontology, which is its anchor on the page."""
        return self.iri.removeprefix(_ALLY)

    @property
    def label(self) -> str:
        return name_of(self.iri).text

    @property
    def graph(self) -> str:
        """The graph that defines it."""
        defined = self.says.every("skos:definition") or self.says.every("rdfs:isDefinedBy")
        return next((graph for value in defined for graph in value.graphs), "")

    @property
    def examples(self) -> list[tuple[Value, bool]]:
        """Its examples, each with whether it is one of what the term does not mean; these come last."""
        marks = tuple(messages()["ontology.counter_example"].values())
        found = [(value, value.text.startswith(marks)) for value in self.says.all("skos:example")]
        return sorted(found, key=lambda one: one[1])

    @property
    def codes(self) -> list[tuple[str, str]]:
        """What codebooks call it."""
        return codes(self.says)

    @property
    def characteristics(self) -> list[str]:
        """What kind of property it is, as IRIs."""
        kinds = self.says.iris("rdf:type")
        return [kind for kind in kinds if compact(kind) in _CHARACTERISTICS]

    def all(self, name: str) -> list[str]:
        """Return the IRIs that a property of the term has, by name."""
        return sorted(self.says.iris(name), key=by_name)


def codes(says: Statements) -> list[tuple[str, str]]:
    """Return the codes that stand for a thing in codebooks: the datatype, which names the codebook, and the code."""
    values = [value.term for value in says.all("ally:codebookCode")]
    found = [(value.datatype.value, value.value) for value in values if isinstance(value, ox.Literal)]
    return sorted(found, key=lambda code: (name_of(code[0]).text, code[1]))


def terms(rows: Iterable[Row], use: Iterable[Row], rules: list[Rule]) -> dict[str, Term]:
    """Return the terms by IRI, in the order of their names.

    Args:
        rows: the answer of the query `vocabulary`.
        use: the answer of the query `vocabulary-use`.
        rules: all rules.
    """
    used = {row.text("term"): (int(row.text("uses")), row.text("example").strip("~")) for row in use}
    said = said_by_thing(rows, "term")
    found = {}
    for iri in sorted(said, key=by_name):
        says = said[iri]
        kind = next((k for k, c in KINDS.items() if c in map(compact, says.iris("rdf:type"))), None)
        if kind is not None:
            parents, aligned = _parents(says)
            uses, example = used.get(iri, (0, ""))
            found[iri] = Term(iri, kind, says, uses, example, parents, aligned, rules_about(iri, rules))
    for term in found.values():
        for parent in term.parents:
            if parent in found:
                found[parent].children.append(term.iri)
    return found


def _parents(says: Statements) -> tuple[list[str], list[Alignment]]:
    """Return what a term is a kind of by the ontology itself, and what the alignments relate it to."""
    parents: list[str] = []
    aligned: list[Alignment] = []
    for name in (*_PARENTS, *_MATCHES):
        for value in says.all(name):
            own = any(not graph.startswith(_ALIGNMENTS) for graph in value.graphs)
            if name in _PARENTS and own:
                parents.append(value.iri)
            else:
                aligned.append(Alignment(name, value.iri))
    return parents, aligned


def trees(found: dict[str, Term]) -> list[Branch]:
    """Return the classes as trees: each under the first of its parents that the ontology defines."""
    classes = [term for term in found.values() if term.kind == "classes"]
    under: dict[str, list[Term]] = {}
    for term in classes:
        under.setdefault(next((p for p in term.parents if p in found), ""), []).append(term)

    def branch(term: Term) -> Branch:
        others = [compact(parent) for parent in term.parents if parent not in found]
        thing = Thing(term.iri, term.label, address_of(term.iri), name_of(term.iri).language)
        return Branch(thing, " ".join(others), tuple(map(branch, under.get(term.iri, ()))))

    # The great ones first; what stands alone fills the last column.
    return sorted(map(branch, under.get("", ())), key=lambda tree: -tree.size)
