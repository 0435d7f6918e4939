"""The command `query`: an answer without a server."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from alliance_graph.cli import options
from alliance_graph.cli.releases import current_release
from alliance_graph.dataset.project import find_project
from alliance_graph.errors import AllianceGraphError
from alliance_graph.vocabulary import LANGUAGES

_FORMAT_NAMES = ("table", "json", "xml", "csv", "tsv", "turtle", "jsonld", "ntriples", "rdfxml", "nquads", "trig")


@click.command()
@click.argument("query", required=False)
@click.option(
    "--param", "-p", "values", multiple=True, metavar="NAME=VALUE", help="A parameter of a ready query; may repeat."
)
@click.option(
    "--format",
    "-f",
    "fmt",
    type=click.Choice(_FORMAT_NAMES),
    default="table",
    show_default=True,
    help="How the answer is written.",
)
@click.option("--list", "listing", is_flag=True, help="List the ready queries instead.")
@click.option("--lang", type=click.Choice(LANGUAGES), default="en", show_default=True, help="Language of the list.")
@options.project
@options.build_dir
@options.release("Ask this release instead of building one.")
def query(
    query: str | None,
    values: tuple[str, ...],
    fmt: str,
    listing: bool,
    lang: str,
    folder: Path | None,
    build_dir: Path | None,
    chosen: Path | None,
) -> None:
    """Answer a query without a server.

    QUERY is the name of a ready query, a file with SPARQL in it, or - for standard input.
    """
    from alliance_graph.engine.library import read_library

    if listing:
        for ready in read_library(find_project(folder).queries).values():
            click.echo(f"{ready.name}\t{ready.title[lang]}")
        return
    if query is None:
        raise AllianceGraphError("no query given", "name a ready query (--list shows them), a file, or -")
    _answer(
        query, dict(options.pair(value, "--param", "NAME=VALUE") for value in values), fmt, folder, build_dir, chosen
    )


def _answer(
    name: str, values: dict[str, str], fmt: str, folder: Path | None, build_dir: Path | None, chosen: Path | None
) -> None:
    from alliance_graph.dataset.documents import read_text
    from alliance_graph.dataset.memory import open_source
    from alliance_graph.engine import table
    from alliance_graph.engine.evaluation import evaluate, serialise
    from alliance_graph.engine.formats import FORMATS
    from alliance_graph.engine.library import read_library

    release = current_release(folder, build_dir, chosen)
    bindings = {}
    library = read_library(release.folder / "queries")
    if name == "-":
        text, place = _standard_input(), "-"
    elif name in library:
        ready = library[name]
        text, place, bindings = ready.text, ready.place, ready.bind(values)
    elif Path(name).exists() or "." in name or "/" in name:
        text, place = read_text(Path(name), name), name
    else:
        raise AllianceGraphError(f"no ready query {name!r}", "alliance-graph query --list shows them all")
    if values and not bindings:
        raise AllianceGraphError("--param is for ready queries that have parameters", "leave it out")
    results = evaluate(open_source(release.source), text, bindings=bindings, place=place)
    if fmt == "table":
        table.show(results, hide=frozenset(bindings))
        return
    answer = serialise(results, FORMATS[fmt], place)
    if answer and not answer.endswith(b"\n"):
        answer += b"\n"
    sys.stdout.buffer.write(answer)


def _standard_input() -> str:
    try:
        return sys.stdin.buffer.read().decode("utf-8")
    except UnicodeDecodeError as error:
        raise AllianceGraphError(f"not UTF-8 at byte {error.start}", "send the query in UTF-8", place="-") from None
