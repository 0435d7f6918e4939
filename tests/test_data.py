"""The data can be taken along: each file that is offered is the one whose digest the release states."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path

import pytest

from alliance_graph.dataset.release import Release
from alliance_graph.vocabulary import BASE, PREFIXES
from conftest import Server, serving


def _sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


@pytest.mark.parametrize(
    ("name", "media_type"),
    [
        ("dataset.nq", "application/n-quads"),
        ("dataset.trig", "application/trig"),
        ("dataset.jsonld", "application/ld+json"),
    ],
)
def test_the_whole_dataset_is_a_download(server: Server, release: Release, name: str, media_type: str) -> None:
    answer = server.fetch(f"/dump/{name}")
    assert answer.headers["content-type"].startswith(media_type)
    assert _sha256(answer.body) == release.manifest.files[name]
    assert answer.headers["access-control-allow-origin"] == "*"


def test_the_digest_of_the_release_can_be_recomputed(server: Server, release: Release) -> None:
    assert _sha256(server.fetch("/dump/dataset.nq").body) == release.manifest.digest


def test_each_graph_is_where_the_description_of_the_dataset_says(server: Server, release: Release) -> None:
    description = server.fetch("/.well-known/void", headers={"Accept": "application/n-triples"}).text
    dumps = re.findall(rf"<{PREFIXES['void']}dataDump> <{BASE}(dump/[^>]+)>", description)
    assert len(dumps) > 50
    for dump in dumps:
        answer = server.fetch(f"/{dump}")
        assert (answer.status, answer.headers["content-type"]) == (200, "text/turtle; charset=utf-8")
        assert _sha256(answer.body) == release.manifest.files[f"graphs/{dump.removeprefix('dump/')}"]


@pytest.mark.parametrize(
    "name", ["manifest.json", "search.sqlite", "../manifest.json", "..%2Fmanifest.json", "queries/partners.rq", "x.ttl"]
)
def test_nothing_else_of_the_release_can_be_taken(server: Server, name: str) -> None:
    assert server.fetch(f"/dump/{name}").status == 404


def test_the_page_links_to_every_file(server: Server, release: Release) -> None:
    text = server.fetch("/data?lang=ar").text
    linked = set(re.findall(r'href="/dump/([^"?]+)"', text))
    graphs = {name.removeprefix("graphs/") for name in release.manifest.files if name.startswith("graphs/")}
    assert linked == graphs | {"dataset.nq", "dataset.trig", "dataset.jsonld"}
    assert release.manifest.digest in text


def test_files_of_ones_own_are_not_offered(tmp_path: Path) -> None:
    (tmp_path / "own.ttl").write_text("<urn:a> <urn:b> <urn:c> .", encoding="utf-8")
    with serving("--dataset", tmp_path / "own.ttl") as own:
        assert [own.fetch(path).status for path in ("/data", "/dump/dataset.nq")] == [404, 404]
