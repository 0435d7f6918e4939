"""The home page tells in four languages what can be checked here, and its numbers are those of the pages they lead to."""

from __future__ import annotations

import re

import pytest

from alliance_graph.vocabulary import LANGUAGES
from alliance_graph.web.i18n import messages
from conftest import BROWSER, Server


def _ask(server: Server, query: str) -> list[list[str]]:
    answer = server.fetch("/sparql", method="POST", data=query.encode(), headers=_QUERY)
    return [line.split(",") for line in answer.text.split("\r\n")[1:-1]]


_QUERY = {"Content-Type": "application/sparql-query", "Accept": "text/csv"}


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_part_is_there_in_every_language(server: Server, language: str) -> None:
    text = server.fetch(f"/?lang={language}").text
    for key in ("heading", "verdicts_lead", "verdict_disputed", "example", "network", "ways", "contents"):
        assert messages()[f"home.{key}"][language] in text
    for heading in ("verdicts", "example", "network", "ways", "contents"):
        assert f'<h2 id="{heading}">' in text
    assert '<figure class="picture' in text


def test_the_verdicts_are_counted_as_the_data_have_them(server: Server) -> None:
    text = server.fetch("/").text
    shown = dict(re.findall(r'/claims\?verdict=([\w-]+)">[^<]+</a> <strong>(\d+)</strong>', text))
    rows = _ask(
        server,
        "SELECT ?verdict (COUNT(DISTINCT ?claim) AS ?n) { ?a ally:assesses ?claim ; ally:hasVerdict ?verdict } "
        "GROUP BY ?verdict",
    )
    assert shown == {iri.rpartition("/")[2]: n for iri, n in rows}
    for slug, n in shown.items():
        assert re.search(rf'role="status">[^<]*\b{n}\b', server.fetch(f"/claims?verdict={slug}").text)


def test_the_bar_is_as_long_as_the_whole(server: Server) -> None:
    for language in ("en", "ar"):
        text = server.fetch(f"/?lang={language}").text
        bars = re.findall(r'<rect class="part-[\w-]+" x="([\d.-]+)" y="0" width="([\d.]+)"', text)
        assert sum(float(width) for _, width in bars) == pytest.approx(100, abs=0.01)
        assert all(-0.01 <= float(x) <= 100 for x, _ in bars)


def test_the_example_is_a_disputed_claim_with_its_reasons(server: Server) -> None:
    text = server.fetch("/?lang=fr").text
    match = re.search(r'<dd><a href="/claim/([\w-]+)\?lang=fr">([^<]+)</a>', text)
    assert match
    rows = _ask(
        server,
        f"SELECT ?slug {{ ?a ally:assesses claim:{match[1]} ; ally:hasVerdict ?v BIND(STR(?v) AS ?slug) }}",
    )
    assert {row[0].rpartition("/")[2] for row in rows} & {"disputed", "contradicted"}
    assert "badge-disputed" in text or "badge-contradicted" in text


def test_every_way_in_leads_somewhere(server: Server) -> None:
    text = server.fetch("/?lang=es").text
    main = text.partition("<main")[2].partition("</main>")[0]
    links = {url.partition("#")[0] for url in re.findall(r'href="(/[^"]*)"', main)}
    assert len(links) > 30
    for url in sorted(links):
        answer = server.fetch(url.replace("&amp;", "&"), headers=BROWSER)
        assert answer.status == 200, url
        assert "lang=es" in url or url.startswith("/dump/"), url
