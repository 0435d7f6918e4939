"""The pages of the vocabulary: each term, rule and concept is described where its IRI leads."""

from __future__ import annotations

import re
from collections.abc import Iterable

import pyoxigraph as ox
import pytest

from alliance_graph.dataset.project import Project
from alliance_graph.pictures import tree
from alliance_graph.pictures.answer import Thing
from alliance_graph.validation.checks import read_checks
from alliance_graph.validation.rules import built_in_rules
from alliance_graph.vocabulary import BASE, LANGUAGES, ONTOLOGY, PREFIXES, SHAPES
from conftest import BROWSER, Server


def _anchors(text: str) -> list[str]:
    return re.findall(r'\sid="([^"]+)"', text)


def _entry(text: str, name: str) -> str:
    found = re.search(rf'<article [^>]*id="{name}".*?</article>', text, re.DOTALL)
    assert found, name
    return found[0]


def _iris(store: ox.Store, query: str) -> list[str]:
    rows = store.query(f"SELECT DISTINCT ?x {{ {query} }} ORDER BY ?x", prefixes=PREFIXES)
    assert isinstance(rows, ox.QuerySolutions)
    return [row["x"].value for row in rows if isinstance(row["x"], ox.NamedNode)]


def _dead(server: Server, links: Iterable[str]) -> list[str]:
    return [link for link in links if server.fetch(link.replace("&amp;", "&"), headers=BROWSER).status != 200]


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_term_has_its_entry_where_its_iri_leads(server: Server, store: ox.Store, language: str) -> None:
    text = server.page(f"/ontology?lang={language}")
    defined = _iris(store, f"?x rdfs:isDefinedBy <{ONTOLOGY}>")
    anchors = _anchors(text)
    assert len(anchors) == len(set(anchors))
    assert {iri.removeprefix(f"{ONTOLOGY}#") for iri in defined} <= set(anchors)
    for quad in store.quads_for_pattern(
        ox.NamedNode(f"{ONTOLOGY}#Alliance"), ox.NamedNode(f"{PREFIXES['skos']}definition"), None, ox.DefaultGraph()
    ):
        assert isinstance(quad.object, ox.Literal)
        assert (quad.object.value in text) == (quad.object.language == language)


def test_an_entry_tells_what_bears_on_the_term(server: Server) -> None:
    text = server.page("/ontology")
    alliance = _entry(text, "Alliance")
    for expected in (
        'class="counter"',
        'href="/ontology#Arrangement"',
        '<code dir="ltr">atopid</code>',
        'href="/ontology/shapes#alliance-has-obligation"',
        'href="/source/atop-codebook"',
        'href="/scheme/review-status/original"',
    ):
        assert expected in alliance, expected
    assert "things in the data: 369" in _entry(text, "Claim")
    assert "at most one value (functional)" in _entry(text, "hasModality")
    assert "https://schema.org/Claim" in _entry(text, "Claim")
    # What is a kind of it stands with the parent.
    assert 'href="/ontology#Alliance"' in _entry(text, "Arrangement")


def test_the_ontology_says_what_it_is_and_is_still_to_be_had_as_data(server: Server) -> None:
    text = server.page("/ontology")
    for expected in (f"{ONTOLOGY}/0.1.0", "creativecommons.org/licenses/by/4.0/", f"PREFIX ally: &lt;{ONTOLOGY}#&gt;"):
        assert expected in text
    assert "alliance-graph changes OLD NEW" in text
    turtle = server.fetch("/ontology", headers={"Accept": "text/turtle"})
    assert turtle.headers["content-type"].startswith("text/turtle")
    assert f"{ONTOLOGY}#Alliance" in {
        t.subject.value
        for t in ox.parse(turtle.body, format=ox.RdfFormat.TURTLE)
        if isinstance(t.subject, ox.NamedNode)
    }
    assert server.fetch("/ontology.nt").headers["content-type"].startswith("application/n-triples")


def test_the_iri_of_the_version_leads_to_it(server: Server) -> None:
    assert server.page("/ontology/0.1.0?lang=fr") == server.page("/ontology?lang=fr")
    assert server.fetch("/ontology/0.1.0.ttl").headers["content-type"].startswith("text/turtle")
    assert server.fetch("/ontology/0.0.9", headers=BROWSER).status == 404


def test_every_rule_that_a_finding_names_is_described(server: Server, store: ox.Store, project: Project) -> None:
    text = server.page("/ontology/shapes")
    anchors = _anchors(text)
    assert len(anchors) == len(set(anchors))
    named = {
        iri.removeprefix(SHAPES) for iri in _iris(store, "?x a ?kind VALUES ?kind { sh:NodeShape sh:PropertyShape }")
    }
    assert named | {check.rule for check in read_checks(project)} | set(built_in_rules()) <= set(anchors)
    assert "{" not in _entry(text, "turtle-syntax")


def test_a_rule_says_what_it_looks_at_what_it_wants_and_what_breaks_it(server: Server) -> None:
    text = server.page("/ontology/shapes")
    modality = _entry(text, "claim-has-modality")
    for expected in (
        "badge-violation",
        'href="/ontology#Claim"',
        'href="/ontology#hasModality"',
        "modality:recommendation",
        "<del>-     ally:hasModality verdict:unassessed ;</del>",
        "<ins>+     ally:hasModality modality:asserted-fact ;</ins>",
    ):
        assert expected in modality, expected
    # Paths and alternatives are written out.
    fact = _entry(text, "fact-has-record")
    assert "prov:wasDerivedFrom</code></a> / <a" in fact
    assert "at least one of these" in fact
    cycle = _entry(text, "concept-cycle")
    assert "FILTER EXISTS { ?value skos:broader* ?focus }" in cycle
    assert "/query?query=" in cycle
    assert "#+" not in cycle


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_rule_speaks_the_language_of_the_page(server: Server, project: Project, language: str) -> None:
    text = server.page(f"/ontology/shapes?lang={language}")
    for check in read_checks(project):
        assert check.messages[language] in text.replace("&#39;", "'").replace("&amp;", "&")


def test_every_scheme_and_concept_has_a_page(server: Server, store: ox.Store) -> None:
    overview = server.page("/ontology")
    for scheme in _iris(store, "?x a skos:ConceptScheme"):
        path = scheme.removeprefix(BASE.rstrip("/"))
        assert f'href="{path}"' in overview
        text = server.page(path)
        for concept in _iris(store, f"?x skos:inScheme <{scheme}>"):
            own = concept.removeprefix(BASE.rstrip("/"))
            assert f'href="{own}"' in text
            assert "<h1" in server.page(own)


def test_a_scheme_shows_what_stands_under_what_and_how_others_code_it(server: Server) -> None:
    relations = server.page("/scheme/relation-type")
    ties = relations.index('id="ties"')
    assert ties < relations.index('<ul class="concepts">', ties) < relations.index('id="has-military-ties-with"')
    assert 'class="picture tree"' in relations
    cooperation = server.page("/scheme/cooperation-type")
    assert '<code dir="ltr">064</code>' in _entry(cooperation, "intelligence-sharing")
    assert 'class="picture tree"' not in cooperation  # it has no groups


def test_a_concept_shows_the_claims_and_records_that_have_it(server: Server) -> None:
    peace = server.page("/scheme/cooperation-type/peacekeeping")
    assert re.search(r'<ul class="claims">\s*<li><a href="/claim/', peace)
    assert "badge-asserted-fact" in peace
    assert re.search(r'<h2 id="records">.*href="/id/', peace, re.DOTALL)
    prediction = server.page("/scheme/modality/prediction")
    assert 'href="/claims?modality=prediction"' in prediction
    disputed = server.page("/scheme/verdict/disputed")
    assert "badge-disputed" in disputed
    insurgency = server.page("/scheme/threat/insurgency")
    assert "http://www.wikidata.org/entity/Q80895" in insurgency


def test_an_alignment_lists_what_it_relates(server: Server) -> None:
    codebooks = server.page("/ontology/alignments/codebooks?lang=es")
    assert "atopid" in codebooks
    assert "https://schema.org/Claim" in server.page("/ontology/alignments/schema-org")


@pytest.mark.parametrize(
    "path",
    ["/ontology", "/ontology/shapes", "/scheme/relation-type", "/scheme/threat/insurgency", "/ontology/alignments/org"],
)
def test_no_link_is_dead(server: Server, path: str) -> None:
    text = server.page(path)
    inside = set(re.findall(r'href="#([^"]+)"', text))
    assert inside <= {*_anchors(text)}
    own = {link.partition("#")[2] for link in re.findall(rf'href="({path}#[^"]+)"', text)}
    assert own <= {*_anchors(text)}
    links = {link.partition("#")[0] for link in re.findall(r'href="(/[^"]*)"', text)}
    assert not _dead(server, sorted(link for link in links if not link.startswith("/static/"))[:120])


def test_trees_stand_in_columns_and_branches_below_their_stem() -> None:
    def leaf(name: str) -> tree.Branch:
        return tree.Branch(Thing(name, name, f"#{name}"))

    trees = [
        tree.Branch(Thing("a", "a"), "x & y", (leaf("a1"), tree.Branch(Thing("a2", "a2"), "", (leaf("a3"),)))),
        *(leaf(f"b{n}") for n in range(6)),
    ]
    wide, narrow = tree.draw(trees, "en", "Title", "Told").drawings
    assert wide.height < narrow.height
    assert wide.marks.count('class="name"') == narrow.marks.count('class="name"') == 10
    assert wide.marks.count('class="stem"') == 3
    assert "x &amp; y" in wide.marks
    mirrored = tree.draw(trees, "ar", "Title", "Told").drawings[0]
    assert 'x="1000"' in mirrored.marks
