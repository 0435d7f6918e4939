"""Every thing of the dataset has an address: a page people can read, and RDF."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import pyoxigraph as ox
import pytest

from alliance_graph.building import build
from alliance_graph.dataset.project import Project
from alliance_graph.vocabulary import BASE, INFERRED_GRAPH, LANGUAGES, PREFIXES
from alliance_graph.web.dates import date_text
from conftest import BROWSER, Run, Server, serving

_RDF = {
    ".ttl": ("text/turtle", ox.RdfFormat.TURTLE),
    ".jsonld": ("application/ld+json", ox.RdfFormat.JSON_LD),
    ".nt": ("application/n-triples", ox.RdfFormat.N_TRIPLES),
    ".rdf": ("application/rdf+xml", ox.RdfFormat.RDF_XML),
    ".nq": ("application/n-quads", ox.RdfFormat.N_QUADS),
    ".trig": ("application/trig", ox.RdfFormat.TRIG),
}
_TYPE = ox.NamedNode(f"{PREFIXES['rdf']}type")


def _main(text: str) -> str:
    """Return what a page says, without its frame."""
    found = re.search(r"<main.*?</main>", text, re.DOTALL)
    assert found is not None
    return found[0]


def _text(html: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", html))


def _own_subjects(store: ox.Store) -> Iterator[tuple[str, str]]:
    """Yield the IRIs of ours of which something is said, with a class of each."""
    for quad in store.quads_for_pattern(None, _TYPE, None, None):
        told = isinstance(quad.graph_name, ox.NamedNode) and quad.graph_name.value != INFERRED_GRAPH
        if told and isinstance(quad.subject, ox.NamedNode) and quad.subject.value.startswith(BASE):
            assert isinstance(quad.object, ox.NamedNode)
            yield quad.subject.value, quad.object.value


def _path(iri: str) -> str:
    return "/" + quote(iri.removeprefix(BASE).partition("#")[0])


def test_all_things_and_some_of_every_class_have_a_page_without_a_dead_link(server: Server, store: ox.Store) -> None:
    of_class: dict[str, list[str]] = defaultdict(list)
    paths = {}
    for iri, kind in sorted(_own_subjects(store)):
        of_class[kind].append(iri)
        if iri.startswith(PREFIXES["id"]):
            paths[_path(iri)] = iri
    assert len(paths) > 400
    for iris in of_class.values():
        paths |= {_path(iri): iri for iri in iris[:: max(1, len(iris) // 3)]}
    linked = set()
    for path in paths:
        answer = server.fetch(path, headers=BROWSER)
        assert answer.status == 200, path
        assert answer.headers["content-type"].startswith("text/html"), path
        linked |= set(re.findall(r'href="(/[^"#?]*)', _main(answer.text)))
    # Things of the same class have the same page; other addresses are all tried.
    things = sorted(linked & {_path(iri) for iri, _ in _own_subjects(store)} - set(paths))
    for path in (*sorted(linked - set(paths) - set(things)), *things[::20]):
        assert server.fetch(path, method="HEAD", headers=BROWSER).status == 200, path


@pytest.mark.parametrize(
    ("path", "said"),
    [
        ("/id/morocco", "Kingdom of Morocco"),
        ("/id/nato", "intergovernmental organization"),
        ("/id/moroccan-armed-forces", "Armed forces of Morocco"),
        ("/id/partner-nations", "never resolve it to supposed members"),
        ("/id/maghreb", "it is never a party to an arrangement"),
        ("/id/utah-national-guard", "Utah National Guard"),
        ("/id/unoci", "participation in UNOCI"),
        ("/id/atop-4040", "ATOP 5.1 data"),
        ("/id/atop-3205", "Egypt 17 June 1950 31 March 1979"),
        ("/id/geo-pko-morocco-unoci", "Where it was deployed"),
        ("/id/military-ties-morocco-united-states", "Morocco has military ties with the United States."),
        ("/id/african-lion", "Other records of the same"),
        ("/id/instrument-spain-morocco-1991", "What rests on it"),
        ("/assessment/s00-p1-1-1", "Facts used"),
        ("/mention/s02-p1-1-m1", "What the data say"),
        ("/link/algeria", "What the data say"),
    ],
)
def test_each_kind_of_page_says_what_one_comes_for(server: Server, path: str, said: str) -> None:
    assert said in _text(_main(server.page(path)))


def test_an_actor_shows_its_own_time_in_a_treaty_and_not_that_of_the_treaty(server: Server) -> None:
    rows = [_text(row) for row in re.findall(r"<tr.*?</tr>", server.page("/id/morocco"), re.DOTALL)]
    (arab_pact,) = [row for row in rows if "ATOP treaty 3205" in row]
    assert "13 June 1961" in arab_pact
    assert "17 June 1950" not in arab_pact


def test_a_treaty_that_a_party_left_and_came_back_to_has_both_times(server: Server) -> None:
    rows = [_text(row) for row in re.findall(r"<tr.*?</tr>", server.page("/id/egypt"), re.DOTALL)]
    (arab_pact,) = [row for row in rows if "ATOP treaty 3205" in row]
    assert "17 June 1950 22 May 1989" in arab_pact
    assert "31 March 1979" in arab_pact


def test_a_partner_of_an_organization_is_not_shown_as_its_member(server: Server) -> None:
    rows = [_text(row) for row in re.findall(r"<tr.*?</tr>", server.page("/id/morocco"), re.DOTALL)]
    assert any("Mediterranean Dialogue of NATO partner country February 1995" in row for row in rows)
    assert not any(row.strip().startswith("NATO member state") for row in rows)


def test_a_role_in_a_part_of_an_organization_is_shown_as_no_membership_of_it(server: Server) -> None:
    text = _text(_main(server.page("/id/nato")))
    assert "Morocco in its part Mediterranean Dialogue of NATO partner country February 1995 open" in text
    assert "makes nobody its member" in text


def test_an_end_that_no_source_gives_is_told_and_not_left_empty(server: Server) -> None:
    spain = _text(_main(server.page("/id/spain")))
    assert "4 July 1991 open; last recorded 31 December 2018 ATOP 5.1 data" in spain
    assert "2 June 2008 unknown" in _text(_main(server.page("/id/nato")))
    assert "2007 open fact sheet" in _text(_main(server.page("/claim/s02-p2-1")))
    assert "abierto; último registro: 31 de diciembre de 2018" in _text(_main(server.page("/id/spain?lang=es")))


def test_western_sahara_is_disputed_with_attribution_and_not_the_sahrawi_republic(server: Server) -> None:
    for language, disputed in (
        ("en", "Its status is disputed"),
        ("fr", "Son statut est contesté"),
        ("ar", "وضعه متنازع عليه"),
        ("es", "Su estatuto está en disputa"),
    ):
        text = _main(server.page(f"/id/western-sahara?lang={language}"))
        assert disputed in text
        assert f'href="/id/sahrawi-arab-democratic-republic?lang={language}"' in text
    english = _text(_main(server.page("/id/western-sahara")))
    assert "Morocco claims it as part of its national territory; the Polisario Front claims it" in english
    assert 'href="/id/western-sahara"' in server.page("/id/sahrawi-arab-democratic-republic")


def test_links_to_wikidata_tell_candidates_from_asserted_ones(server: Server) -> None:
    assert re.search(r"Q1028 .*asserted", _text(server.page("/id/morocco")))
    assert re.search(r"Q6250 .*candidate", _text(server.page("/id/western-sahara")))


def test_claims_carry_their_modality_and_verdict(server: Server) -> None:
    text = server.page("/id/united-states")
    assert "badge-asserted-fact" in text
    assert "badge-corroborated" in text


@pytest.mark.parametrize("suffix", _RDF)
def test_a_thing_comes_as_rdf_by_ending_and_by_accept(server: Server, suffix: str) -> None:
    media_type, form = _RDF[suffix]
    by_ending = server.fetch(f"/id/unoci{suffix}", headers=BROWSER)
    by_accept = server.fetch("/id/unoci", headers={"Accept": media_type})
    for answer in (by_ending, by_accept):
        assert answer.status == 200
        assert answer.headers["content-type"].startswith(media_type)
        assert answer.headers["access-control-allow-origin"] == "*"
        assert "Accept" in answer.headers["vary"]
    quads = {*ox.parse(by_ending.body, format=form)}
    triples = {quad.triple for quad in quads}
    unoci, label = ox.NamedNode(f"{BASE}id/unoci"), ox.NamedNode(f"{PREFIXES['rdfs']}label")
    assert any(t.subject == unoci and t.predicate == label for t in triples)
    assert any(t.object == unoci for t in triples), "what names it is part of its description"
    assert any(t.subject == ox.NamedNode(f"{BASE}id/united-nations") and t.predicate == label for t in triples)
    graphs = {quad.graph_name for quad in quads}
    if suffix in (".nq", ".trig"):
        assert ox.NamedNode(f"{BASE}graph/entities/peace-operations") in graphs
    else:
        assert graphs == {ox.DefaultGraph()}


def test_a_description_holds_what_nodes_without_a_name_say(server: Server) -> None:
    quads = [*ox.parse(server.fetch("/mention/s02-p1-1-m1.nt").body, format=ox.RdfFormat.N_TRIPLES)]
    start = ox.NamedNode(f"{PREFIXES['oa']}start")
    assert any(isinstance(quad.subject, ox.BlankNode) and quad.predicate == start for quad in quads)


def test_who_names_nothing_gets_data_and_a_browser_gets_a_page(server: Server) -> None:
    assert server.fetch("/id/morocco").headers["content-type"] == "text/turtle"
    assert server.fetch("/id/morocco", headers={"Accept": "*/*"}).headers["content-type"] == "text/turtle"
    assert server.fetch("/id/morocco", headers=BROWSER).headers["content-type"].startswith("text/html")
    assert server.fetch("/id/morocco.html").headers["content-type"].startswith("text/html")
    preferring = {"Accept": "text/html;q=0.5, application/n-triples"}
    assert server.fetch("/id/morocco", headers=preferring).headers["content-type"] == "application/n-triples"


def test_a_page_links_its_rdf(server: Server) -> None:
    answer = server.fetch("/id/nato?lang=fr", headers=BROWSER)
    links = re.findall(r'<([^>]+)>; rel="alternate"; type="([^"]+)"', answer.headers["link"])
    assert {media_type for _, media_type in links} == {media_type for media_type, _ in _RDF.values()}
    for url, media_type in links:
        assert f'<link rel="alternate" type="{media_type}" href="{url}">' in answer.text
        assert server.fetch(url.removeprefix(server.url)).headers["content-type"].startswith(media_type)


def test_what_the_dataset_does_not_know_or_nobody_can_give_is_a_problem(server: Server) -> None:
    for path in (
        "/id/atlantis",
        "/id/atlantis.ttl",
        "/claim/s99-p1-1",
        "/id/a%3Cb",
        "/id/a%20b",
        "/id/x.docx",
        "/id/%00",
    ):
        answer = server.fetch(path)
        assert (answer.status, answer.json()["type"]) == (404, f"{BASE}problem/not-found"), path
    refused = server.fetch("/id/morocco", headers={"Accept": "image/png"})
    assert (refused.status, refused.json()["type"]) == (406, f"{BASE}problem/not-acceptable")
    assert "text/html" in str(refused.json()["offered"])
    assert "<h1>404" in server.fetch("/id/atlantis", headers=BROWSER).text


@pytest.mark.parametrize(
    ("path", "term"),
    [
        ("/ontology.ttl", "ontology#Alliance"),
        ("/ontology/shapes.ttl", "ontology/shapes#"),
        ("/scheme/verdict.ttl", "scheme/verdict/disputed"),
        ("/graph/entities/regions.ttl", "id/western-sahara"),
    ],
)
def test_what_is_a_document_comes_whole(server: Server, path: str, term: str) -> None:
    found = {quad.subject.value for quad in ox.parse(server.fetch(path).body, format=ox.RdfFormat.TURTLE)}
    assert any(iri.startswith(BASE + term) for iri in found)


@pytest.mark.parametrize("language", LANGUAGES)
def test_pages_are_in_the_language_that_is_asked_for(server: Server, language: str) -> None:
    name = {"en": "Spain", "fr": "Espagne", "ar": "إسبانيا", "es": "España"}[language]
    date = {"en": "4 July 1991", "fr": "4 juillet 1991", "ar": "4 يوليو 1991", "es": "4 de julio de 1991"}[language]
    text = server.page(f"/id/atop-4040?lang={language}")
    assert f'<html lang="{language}"' in text
    assert name in text
    assert date in text
    own = [url for url in re.findall(r'<a href="(/[^"]*)"', _main(text)) if not url.startswith("/static")]
    assert all(f"lang={language}" in url for url in own), own


def test_a_date_is_told_no_more_exactly_than_it_is_known(server: Server) -> None:
    text = _text(_main(server.page("/id/morocco")))
    assert "March 1996" in text
    assert "1 March 1996" not in text
    assert "1996-03-01" not in text
    for value, precision, expected in (
        ("1991-07-04", "day", ("4 July 1991", "4 juillet 1991", "4 يوليو 1991", "4 de julio de 1991")),
        ("1991-07-01", "day", ("1 July 1991", "1er juillet 1991", "1 يوليو 1991", "1 de julio de 1991")),
        ("1996-03-01", f"{PREFIXES['precision']}month", ("March 1996", "mars 1996", "مارس 1996", "marzo de 1996")),
        ("1994-01-01", "precision:year", ("1994", "1994", "1994", "1994")),
        ("1994-01-01", None, ("1994-01-01",) * 4),
        ("-0044-03-15", "day", ("-0044-03-15",) * 4),
        ("1994-13-01", "month", ("1994-13-01",) * 4),
    ):
        assert tuple(date_text(value, precision, language) for language in LANGUAGES) == expected


def test_the_index_lists_every_actor_once_the_country_first(server: Server, store: ox.Store) -> None:
    text = _main(server.page("/actors"))
    listed = re.findall(r'<li><a href="/(id/[^"]+)">', text)
    state = f"{PREFIXES['ally']}State"
    states = {iri for iri, kind in _own_subjects(store) if kind == state}
    assert len(listed) == len(set(listed))
    assert states <= {BASE + path for path in listed}
    assert listed[0] == "id/morocco"
    only = re.findall(r'<li><a href="/(id/[^"]+)">', _main(server.page("/actors?kind=State")))
    assert {BASE + path for path in only} == states
    assert server.fetch("/actors?kind=Nonsense").status == 400


def test_the_index_is_sorted_in_the_language_of_the_page(server: Server) -> None:
    text = server.page("/actors?kind=State&lang=fr")
    names = re.findall(r'<li><a href="/id/[^"]+">([^<]+)</a>', _main(text))
    assert names.index("Algérie") < names.index("Égypte") < names.index("Espagne") < names.index("Yémen")


def test_the_address_of_a_thing_that_was_replaced_leads_to_the_new_one(
    project_copy: Project, tmp_path: Path, run: Run
) -> None:
    regions = project_copy.root / "data/entities/regions.ttl"
    added = "\nid:old-maghreb\n    <http://purl.org/dc/terms/isReplacedBy> id:maghreb\n.\n"
    regions.write_text(regions.read_text(encoding="utf-8") + added, encoding="utf-8")
    assert run("format", regions, cwd=project_copy.root).code == 0
    release, report = build(project_copy, tmp_path / "build")
    assert release is not None, [f"{f.place} {f.rule}" for f in report.findings]
    with serving("--release", release.folder) as server:
        text = server.page("/id/old-maghreb?lang=es")
        assert "Magreb" in text
        assert 'lang="es"' in text
        assert "id/maghreb" in server.fetch("/id/old-maghreb.nt").text
