"""What docs/wikidata.md shows works: its commands, its joins with a second endpoint, its query for Wikidata."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlencode

import click
import pytest

from alliance_graph.cli import cli
from alliance_graph.dataset.documents import read_all
from alliance_graph.dataset.project import Project
from alliance_graph.dataset.release import Release
from alliance_graph.sources.wikidata.records import read_records, read_things
from alliance_graph.vocabulary import expand
from conftest import REPOSITORY, Run, Server, serving

PAGE = (REPOSITORY / "docs" / "wikidata.md").read_text(encoding="utf-8")
WIKIDATA = "https://query.wikidata.org/sparql"
OTHER_CODE, MEMBER = "Q29", "Q7172"


def _blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", PAGE, re.DOTALL)


@pytest.fixture(scope="module")
def other(project: Project, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """An endpoint that stands for Wikidata: our states as items, one with another code."""
    documents = read_all(project)
    things = read_things(documents)
    lines = [
        "@prefix wd: <http://www.wikidata.org/entity/> . @prefix wdt: <http://www.wikidata.org/prop/direct/> .",
        "@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .",
    ]
    for record in read_records(documents):
        code = things[record.subject].codes.get("P298")
        if record.exact and code:
            code = "XXX" if record.item == OTHER_CODE else code
            name = things[record.subject].names["en"][0]
            lines.append(f'wd:{record.item} wdt:P31 wd:Q3624078 ; wdt:P298 "{code}" ; rdfs:label "{name}"@en .')
    lines.append(f"wd:Q1028 wdt:P463 wd:{MEMBER} . wd:Q30 wdt:P463 wd:Q1065 . wd:Q999 wdt:P463 wd:{MEMBER} .")
    path: Path = tmp_path_factory.mktemp("wikidata") / "items.ttl"
    path.write_text("\n".join(lines), encoding="utf-8")
    with serving("--dataset", path) as running:
        yield running


@pytest.fixture(scope="module")
def own(release: Release, other: Server) -> Iterator[Server]:
    with serving("--release", release.folder, "--allow-service", f"{other.url}/sparql") as running:
        yield running


def test_the_joins_of_the_page_join(own: Server, other: Server) -> None:
    codes, members = (q.replace(WIKIDATA, f"{other.url}/sparql") for q in _blocks("sparql") if "SERVICE" in q)
    assert own.ask(codes).rows() == [{"state": expand("id:spain"), "code": "ESP", "theirs": "XXX"}]
    assert own.ask(members).rows() == [{"state": expand("id:morocco"), "label": "Morocco"}]


def test_the_query_for_wikidata_asks_for_items_we_link(other: Server, project: Project) -> None:
    (query,) = (q for q in _blocks("sparql") if "SERVICE" not in q)
    linked = {record.item for record in read_records(read_all(project))}
    assert set(re.findall(r"wd:(Q\d+)", query)) <= linked
    assert len(other.ask(query).rows()) == 4


def test_the_items_of_the_page_are_ours(run: Run, release: Release) -> None:
    (block,) = _blocks("console")
    query, shown = re.fullmatch(
        r"\$ echo '(.*)' \| alliance-graph query - --format csv\n(.*)", block, re.DOTALL
    ).groups()  # type: ignore[union-attr]
    assert run("query", "-", "--format", "csv", "--release", release.folder, stdin=query).out.replace("\r", "") == shown


def test_the_joins_are_refused_where_no_endpoint_is_allowed(server: Server) -> None:
    query = next(q for q in _blocks("sparql") if "SERVICE" in q)
    assert server.fetch(f"/sparql?{urlencode({'query': query})}").status == 403


def test_every_command_and_option_is_on_the_page() -> None:
    group = cli.commands["links"]
    assert isinstance(group, click.Group)
    for name, command in group.commands.items():
        assert f"alliance-graph links {name}" in PAGE
        assert command.help
        for parameter in command.params:
            if isinstance(parameter, click.Option):
                assert parameter.help, parameter.name
                assert f"`{parameter.opts[0]}`" in PAGE, parameter.opts


@pytest.mark.parametrize("name", ["check", "verify", "suggest"])
def test_each_command_explains_itself(run: Run, name: str) -> None:
    outcome = run("links", name, "--help")
    assert (outcome.code, outcome.err) == (0, "")
    assert f"Usage: alliance-graph links {name}" in outcome.out
