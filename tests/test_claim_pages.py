"""The pages of claims and of what they rest on: every word can be followed to its place and its record."""

from __future__ import annotations

import re
from collections.abc import Iterable

import pyoxigraph as ox
import pytest

from conftest import BROWSER, Server


def _iris(store: ox.Store, kind: str) -> Iterable[str]:
    rows = store.query(f"SELECT ?x {{ ?x a {kind} }} ORDER BY ?x", prefixes=_PREFIXES, use_default_graph_as_union=True)
    assert isinstance(rows, ox.QuerySolutions)
    return [row["x"].value for row in rows]


_PREFIXES = {"ally": "https://w3id.org/alliance-graph/ontology#", "dcat": "http://www.w3.org/ns/dcat#"}
_BASE = "https://w3id.org/alliance-graph"


def test_the_list_has_every_claim_and_can_be_narrowed(server: Server, store: ox.Store) -> None:
    text = server.page("/claims")
    assert {iri.removeprefix(_BASE) for iri in _iris(store, "ally:Claim")} <= set(re.findall(r'href="([^"]+)"', text))
    disputed = server.page("/claims?verdict=disputed")
    number = int(re.search(r"Claims shown: (\d+) of", disputed)[1])  # type: ignore[index]
    rows = server.fetch("/query/disputed-claims.json").json()["results"]["bindings"]  # type: ignore[index]
    assert number == len({row["claim"]["value"] for row in rows})
    assert "No claim fits all of these" in server.page("/claims?verdict=corroborated&modality=prediction&section=s99")


def test_a_claim_shows_what_it_says_how_it_stands_and_where_it_is(server: Server) -> None:
    text = server.page("/claim/s02-p2-1")
    assert "<h1>Morocco has military ties with the United States.</h1>" in text
    for expected in (
        "asserted fact",
        "corroborated",
        'data-start="2643" data-end="2725"',
        "/source/article/passage/s02-p2",
    ):
        assert expected in text
    assert ">2004<" in text  # a year is shown as a year
    assert "2004-01-01" not in text


@pytest.mark.parametrize("language", ["fr", "ar", "es"])
def test_a_claim_is_told_in_each_language(server: Server, store: ox.Store, language: str) -> None:
    claim = ox.NamedNode(f"{_BASE}/claim/s02-p2-1")
    said = ox.NamedNode(f"{_PREFIXES['ally']}claimStatement")
    statements = [quad.object for quad in store.quads_for_pattern(claim, said, None)]
    (own,) = {s.value for s in statements if isinstance(s, ox.Literal) and s.language == language}
    assert f"<h1>{own}</h1>" in server.page(f"/claim/s02-p2-1?lang={language}")


@pytest.mark.parametrize("kind", ["ally:Claim", "ally:Passage", "ally:Section", "ally:Source", "dcat:Dataset"])
def test_each_of_its_kind_has_a_page(server: Server, store: ox.Store, kind: str) -> None:
    paths = [iri.removeprefix(_BASE) for iri in _iris(store, kind) if iri.startswith(_BASE)]
    assert paths
    for path in paths:
        assert "<h1>" in server.page(path)


@pytest.mark.parametrize(
    "path", ["/claims", "/claim/s02-p2-1", "/sources", "/source/article", "/source/atop-5-1", "/graph/facts/atop"]
)
def test_no_link_is_dead(server: Server, path: str) -> None:
    links = {link.partition("#")[0] for link in re.findall(r'href="(/[^"]*)"', server.page(path))}
    for link in sorted(links)[:150]:
        assert server.fetch(link.replace("&amp;", "&"), headers=BROWSER).status == 200, link
