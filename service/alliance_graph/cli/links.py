"""The commands for the links to Wikidata: `links check`, `links verify`, `links suggest`."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from alliance_graph.cli import options
from alliance_graph.cli.output import CLEAN, FOUND, deliver, terminal_progress, write
from alliance_graph.dataset.project import find_project
from alliance_graph.vocabulary import compact, expand

if TYPE_CHECKING:
    from alliance_graph.sources.wikidata.http import Http

_online = click.option("--online", is_flag=True, help="Ask over the network; without it no request is made.")
_contact = click.option(
    "--contact",
    default="",
    envvar="ALLIANCE_GRAPH_CONTACT",
    help="An address or page of yours, told to the service in the User-Agent as its policy asks.",
)


@click.group()
def links() -> None:
    """Check the links to Wikidata, hold them against Wikidata, look for missing ones."""


@links.command("check")
@options.project
@options.report_format
@options.report_file
@options.language
def links_check(folder: Path | None, output: str, target: Path | None, lang: str) -> None:
    """Hold the link records against the project's own rules, without any network.

    Each record is whole, names an item by its right IRI, agrees with the direct triple beside it and
    with the country code of its subject, and if asserted has two independent sources or a live
    check; one item stands for one thing. `validate` applies these rules too.

    Exit code: 0 clean, 1 violations, 2 cannot run.
    """
    from alliance_graph.dataset.documents import read_all
    from alliance_graph.sources.wikidata.check import check
    from alliance_graph.validation.outputs import OUTPUTS

    project = find_project(folder)
    report = check(project, read_all(project))
    text = OUTPUTS[output](report, lang)
    if output == "terminal":
        text += f"{report.steps[0].detail}\n"
    deliver(text, target)
    sys.exit(CLEAN if report.clean else FOUND)


@links.command("verify")
@options.project
@_online
@click.option("--api", metavar="URL", help="Another Wikibase's api.php [default: Wikidata's].")
@_contact
@click.option(
    "--max-age",
    default=7.0,
    show_default=True,
    type=click.FloatRange(min=0),
    metavar="DAYS",
    help="Items read longer ago than this are asked for again.",
)
@click.option(
    "--cache", type=click.Path(path_type=Path), help="Where items are kept [default: .cache/ in the project]."
)
@options.brief_format
@options.report_file
@click.option(
    "--patch", "diff", type=click.Path(path_type=Path), help="Write what should change in the Turtle, as a diff."
)
@click.option("--promote", is_flag=True, help="With --patch: assert the candidates that Wikidata confirms.")
@options.language
def links_verify(
    folder: Path | None,
    online: bool,
    api: str | None,
    contact: str,
    max_age: float,
    cache: Path | None,
    output: str,
    target: Path | None,
    diff: Path | None,
    promote: bool,
    lang: str,
) -> None:
    """Hold the links against what Wikidata says of their items.

    Looks whether each item is there, was merged or is gone, whether its names, its classes and its
    country codes agree with ours, and which revision said so. Items are kept on disk, so a run that
    broke off goes on where it was. Nothing is changed: --patch writes a diff for `git apply`.

    Exit code: 0 nothing speaks against a link, 1 something does, 2 cannot run.
    """
    from alliance_graph.dataset.documents import read_all
    from alliance_graph.sources.wikidata import client, report
    from alliance_graph.sources.wikidata.records import read_records, read_things
    from alliance_graph.sources.wikidata.verify import Verdict, verify

    project = find_project(folder)
    documents = read_all(project)
    records, progress = read_records(documents), terminal_progress(True)
    http = _http("links verify", contact) if online else None
    asked = client.open_client(project, api or client.API, http, folder=cache, days=max_age)
    found = verify(records, read_things(documents), asked, progress)
    progress("")
    text = report.terminal(found, lang) if output == "terminal" else report.as_json(found, asked.api, lang)
    deliver(text, target)
    if diff is not None:
        from alliance_graph.sources.wikidata.patch import patch

        write(diff, patch(found, documents, promote=promote))
    sys.exit(FOUND if any(v.verdict is Verdict.CONTRADICTED for v in found) else CLEAN)


@links.command("suggest")
@click.argument("things", nargs=-1)
@options.project
@_online
@click.option("--service", metavar="URL", help="A reconciliation service [default: wikidata.reconci.link].")
@_contact
@click.option("--limit", default=5, show_default=True, type=click.IntRange(1, 50), help="Candidates for each thing.")
@options.brief_format
@options.language
def links_suggest(
    things: tuple[str, ...],
    folder: Path | None,
    online: bool,
    service: str | None,
    contact: str,
    limit: int,
    output: str,
    lang: str,
) -> None:
    """Ask for items of things that have no link record; nothing is written.

    THINGS are IRIs or names such as id:kfor; without any, everything worth a link that has none.
    """
    from alliance_graph.dataset.documents import read_all
    from alliance_graph.sources.wikidata import report
    from alliance_graph.sources.wikidata import suggest as source
    from alliance_graph.sources.wikidata.records import read_records, read_things

    documents = read_all(find_project(folder))
    records, known = read_records(documents), read_things(documents)
    asked = source.unlinked(records, known, [expand(name) or name for name in things])
    address = service or source.SERVICE.format(lang=lang)
    if not online:
        click.echo("".join(f"{compact(thing.iri)}\n" for thing in asked), nl=False)
        click.echo(f"{len(asked)} things without a link; nothing was asked: --online asks {address}", err=True)
        return
    progress = terminal_progress(True)
    http = _http("links suggest", contact)
    found = source.suggest(asked, records, address, http, language=lang, limit=limit, progress=progress)
    progress("")
    click.echo(
        report.suggestions_terminal(found) if output == "terminal" else report.suggestions_json(found, address),
        nl=False,
    )


def _http(purpose: str, contact: str) -> Http:
    from alliance_graph.sources.wikidata.http import Http, user_agent

    return Http(user_agent(purpose, contact), tell=lambda text: click.echo(text, err=True))
