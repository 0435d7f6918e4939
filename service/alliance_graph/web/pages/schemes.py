"""Concept schemes, each with its concepts, and each concept with what it means, corresponds to and is used for."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

from flask import Response

from alliance_graph.pictures import Picture, tree
from alliance_graph.pictures.answer import Thing
from alliance_graph.pictures.tree import Branch
from alliance_graph.vocabulary import PREFIXES
from alliance_graph.web.i18n import language, t
from alliance_graph.web.naming import by_name, name_of, slug
from alliance_graph.web.pages.addresses import alternates, shows
from alliance_graph.web.pages.asking import Row, rows_of
from alliance_graph.web.pages.frame import page
from alliance_graph.web.pages.statements import Statements, said
from alliance_graph.web.pages.terms import codes
from alliance_graph.web.pages.things import by_property
from alliance_graph.web.pages.things import links as links_of

_ALLY = PREFIXES["ally"]
_IN_CLAIMS = frozenset(f"{_ALLY}{name}" for name in ("claimRelation", "claimObject", "hasModality", "hasVerdict"))
"""The properties of claims and assessments; what they refer to is told by the list of claims."""
_SHOWN = ("skos:altLabel", "skos:broader", "skos:narrower", "skos:related", "skos:exactMatch", "skos:closeMatch")
_IN_HEAD = (
    "rdf:type",
    "rdfs:label",
    "skos:prefLabel",
    "skos:definition",
    "skos:scopeNote",
    "skos:example",
    "skos:inScheme",
    "skos:topConceptOf",
    "ally:codebookCode",
)
_FACETS = {"verdict", "modality"}
"""The schemes by which the list of claims can be narrowed."""


@dataclass
class Concept:
    """A concept as the page of its scheme shows it."""

    iri: str
    says: Statements = field(default_factory=Statements)
    narrower: list[Concept] = field(default_factory=list)
    links: list[Row] = field(default_factory=list)
    uses: int = 0
    """How many statements of the data have it as their object."""

    @property
    def slug(self) -> str:
        """The last part of its IRI, which is its anchor on the page of its scheme."""
        return slug(self.iri)

    @property
    def codes(self) -> list[tuple[str, str]]:
        """What codebooks call it."""
        return codes(self.says)


@shows("skos:ConceptScheme")
def scheme(iri: str) -> Response:
    """Show a scheme: what it classifies, and its concepts under what they belong to."""
    about, behind_said = rows_of("said", thing=iri)
    rows, behind = rows_of("scheme", scheme=iri)
    use, behind_use = rows_of("scheme-use", scheme=iri)
    links, behind_links = rows_of("scheme-links", scheme=iri)
    statements = said(about)
    concepts = _concepts(rows, use, links)
    below = {one.iri for concept in concepts.values() for one in concept.narrower}
    top = [concept for concept in concepts.values() if concept.iri not in below]
    title = statements.one("dcterms:title") or name_of(iri).text
    used: Counter[str] = Counter()
    for row in use:
        used[row.text("property")] += int(row.text("uses"))
    return page(
        "scheme.html",
        title=title,
        alternates=alternates(iri),
        behind=[behind_said, behind, behind_use, *([behind_links] if links else [])],
        iri=iri,
        statements=statements,
        top=top,
        total=len(concepts),
        used=used.most_common(),
        picture=_picture(top, title) if below else None,
    )


def _concepts(rows: list[Row], use: list[Row], links: list[Row]) -> Mapping[str, Concept]:
    """Return the concepts of a scheme in the order of their names."""
    found: dict[str, Concept] = {}
    for row in rows:
        concept = found.setdefault(row.text("concept"), Concept(row.text("concept")))
        concept.says.add(row.text("property"), row["value"], row.text("graph"))
    for row in use:
        found[row.text("concept")].uses += int(row.text("uses"))
    for row in links:
        found[row.text("concept")].links.append(row)
    ordered = sorted(found.values(), key=lambda concept: by_name(concept.iri))
    for concept in ordered:
        for broader in concept.says.iris("skos:broader"):
            if broader in found:
                found[broader].narrower.append(concept)
    return {concept.iri: concept for concept in ordered}


def _picture(top: list[Concept], title: str) -> Picture:
    def branch(concept: Concept) -> Branch:
        name = name_of(concept.iri)
        beside = str(concept.uses) if concept.uses else ""
        thing = Thing(concept.iri, name.text, f"#{concept.slug}", name.language)
        return Branch(thing, beside, tuple(map(branch, concept.narrower)))

    trees = sorted(map(branch, top), key=lambda one: -one.size)
    return tree.draw(trees, language(), title, t("schemes.tree_told", n=sum(one.size for one in trees)))


@shows("skos:Concept")
def concept(iri: str) -> Response:
    """Show a concept: what it means, what corresponds to it, and the claims and records that use it."""
    about, behind_said = rows_of("said", thing=iri)
    claims, behind_claims = rows_of("concept-claims", concept=iri)
    links, behind_links = rows_of("items", thing=iri)
    referring, behind_referring = rows_of("referring", thing=iri)
    statements = said(about)
    schemes = statements.iris("skos:inScheme")
    facet = slug(schemes[0]) if schemes and slug(schemes[0]) in _FACETS else ""
    naming = {row.text("claim") for row in claims}
    return page(
        "concept.html",
        title=name_of(iri).text,
        alternates=alternates(iri),
        behind=[behind_said, behind_claims, *([behind_links] if links else []), behind_referring],
        iri=iri,
        statements=statements,
        schemes=schemes,
        shown=statements.properties(only=_SHOWN),
        rest=statements.properties(without=(*_IN_HEAD, *_SHOWN)),
        codes=codes(statements),
        links=links_of(links),
        claims=claims,
        number=len(naming),
        facet=facet,
        records=by_property([row for row in referring if _is_record(row, naming)]),
    )


def _is_record(row: Row, claims: set[str]) -> bool:
    """Return whether something refers to a concept as a record of the data does: no part of the vocabulary, no claim."""
    vocabulary = row.text("graph").startswith(f"{PREFIXES['graph']}ontology/")
    told = row.text("property") in _IN_CLAIMS or row.text("property") == f"{PREFIXES['sssom']}subject_id"
    return not vocabulary and not told and row.text("subject") not in claims
