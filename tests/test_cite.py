"""Every page and every answer says how it is cited, so that a reader can check what was read."""

from __future__ import annotations

import html
import re
from pathlib import Path

import pytest

from alliance_graph.dataset.release import Release
from alliance_graph.vocabulary import PREFIXES
from conftest import BROWSER, Run, Server, serving

_LINK = '</cite>; rel="cite-as"'


@pytest.mark.parametrize(
    "path",
    [
        "/sparql?query=ASK%20%7B%7D",
        "/query/states.csv",
        "/query/result.json?query=ASK%20%7B%7D",
        "/graph-store?default",
        "/graph/facts/atop.nt",
        "/id/morocco.ttl",
        "/search.json?q=nato",
    ],
)
def test_an_answer_names_the_page_that_says_how_it_is_cited(server: Server, path: str) -> None:
    for _ in range(2):  # new, and kept
        answer = server.fetch(path)
        assert answer.status == 200
        assert _LINK in answer.headers["link"]


def test_the_release_is_cited_by_its_digest_on_the_page_and_in_bibtex(server: Server, release: Release) -> None:
    for language, title in (
        ("en", "How to cite"),
        ("fr", "Comment citer"),
        ("ar", "كيفية الاقتباس"),
        ("es", "Cómo citar"),
    ):
        text = server.fetch(f"/cite?lang={language}", headers=BROWSER).text
        assert f"<h1>{title}</h1>" in text
        assert release.manifest.digest in text
    file = server.fetch("/cite.bib")
    assert file.headers["content-type"].startswith("application/x-bibtex")
    assert re.match(r"@misc\{alliancegraph-[0-9a-f]{8},\n  title   = \{", file.text)
    assert release.manifest.digest in file.text
    assert file.text.strip() in html.unescape(server.fetch("/cite", headers=BROWSER).text)


def test_the_address_has_the_prefix_that_a_proxy_maps(release: Release) -> None:
    with serving("--release", release.folder, "--root-path", "/graph") as server:
        assert '</graph/cite>; rel="cite-as"' in server.fetch("/graph/sparql?query=ASK%20%7B%7D").headers["link"]


def test_whole_addresses_are_those_that_a_proxy_shows(release: Release) -> None:
    root = "https://example.org/graph"
    with serving("--release", release.folder, "--root-path", root) as server:
        for path in ("/graph/cite.bib", "/cite.bib"):
            assert f"{{{root}/" in server.fetch(path).text
        assert server.fetch("/graph/openapi.json").json()["servers"] == [{"url": f"{root}/"}]


@pytest.mark.parametrize("root", ["graph", "ftp://example.org/", "https:///graph", "//example.org/graph", "/graph?x"])
def test_what_is_no_path_or_address_is_refused(root: str, run: Run) -> None:
    outcome = run("serve", "--root-path", root)
    assert (outcome.code, outcome.err.count("\n")) == (2, 1)
    assert "--root-path" in outcome.err


def test_files_of_ones_own_have_no_release_to_cite_and_no_pages_of_things(tmp_path: Path) -> None:
    graph = f"{PREFIXES['graph']}own"
    (tmp_path / "own.ttl").write_text("<urn:a> <urn:b> <urn:c> .", encoding="utf-8")
    with serving("--dataset", tmp_path / "own.ttl", "--graph", f"{graph}={tmp_path / 'own.ttl'}") as own:
        assert "link" not in own.fetch("/sparql?query=ASK%20%7B%7D").headers
        assert [own.fetch(path).status for path in ("/cite", "/cite.bib")] == [404, 404]
        assert "/cite" not in own.fetch("/", headers=BROWSER).text
        missing = own.fetch("/id/morocco")
        assert missing.status == 404
        assert "DESCRIBE <https://w3id.org/alliance-graph/id/morocco>" in str(missing.json()["detail"])
        assert "<urn:a>" in own.fetch("/graph/own", headers=BROWSER).text
