"""The command line. Every error a user can mend is one line and exit code 2."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from alliance_graph import __version__
from alliance_graph.dataset.project import find_project
from alliance_graph.errors import AllianceGraphError
from alliance_graph.vocabulary import LANGUAGES, compact, expand

if TYPE_CHECKING:
    from alliance_graph.dataset.release import Release
    from alliance_graph.sources.wikidata.http import Http
    from alliance_graph.validation.findings import Report
    from alliance_graph.validation.session import Session

CLEAN, FOUND, FAILED = 0, 1, 2
"""Exit codes: nothing is wrong, violations were found, the command could not run."""

_OUTPUT_NAMES = ("terminal", "github", "sarif", "junit", "json", "turtle")
_DATASET_NAMES = ("atop", "dcad", "geo-pko")
_FORMAT_NAMES = ("table", "json", "xml", "csv", "tsv", "turtle", "jsonld", "ntriples", "rdfxml", "nquads", "trig")

_project = click.option(
    "--project", "folder", type=click.Path(path_type=Path), help="The folder with ontology/ and data/ [default: here]."
)
_build_dir = click.option(
    "--build-dir", type=click.Path(path_type=Path), help="Where releases are kept [default: build/ in the project]."
)


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(__version__, prog_name="alliance-graph")
def cli() -> None:
    """Military alliances as linked data: validate, build, query and serve them."""


@cli.command()
@click.argument("paths", nargs=-1, type=click.Path(path_type=Path))
@_project
@click.option(
    "--format",
    "output",
    type=click.Choice(_OUTPUT_NAMES),
    default="terminal",
    show_default=True,
    help="How the report is written.",
)
@click.option(
    "--output", "target", type=click.Path(path_type=Path), help="Write the report to a file instead of the terminal."
)
@click.option(
    "--evidence",
    "article",
    type=click.Path(path_type=Path),
    help="The article's text: recompute every digest against it.",
)
@click.option("--reasoner", is_flag=True, help="Also check the OWL 2 DL profile and consistency (needs a JDK).")
@click.option("--lang", type=click.Choice(LANGUAGES), default="en", show_default=True, help="Language of the messages.")
@click.option("--watch", "keep_watching", is_flag=True, help="Validate again at each save, until interrupted.")
def validate(
    paths: tuple[Path, ...],
    folder: Path | None,
    output: str,
    target: Path | None,
    article: Path | None,
    reasoner: bool,
    lang: str,
    keep_watching: bool,
) -> None:
    """Find what is wrong in the sources, with file and line.

    Without PATHS the whole project is validated. With PATHS (Turtle files or folders, of the project or
    not) only these are reported on; the rest of the project is their context.

    Exit code: 0 clean, 1 violations, 2 cannot run.
    """
    from alliance_graph.validation.outputs import OUTPUTS
    from alliance_graph.validation.session import Session

    project = find_project(folder)
    chosen = _turtle_files(paths)
    session = Session(project, article, reasoner, progress=_progress(output == "terminal"))
    for path in chosen:
        if project.relative(path) not in session.documents:
            session.update(path)
    if keep_watching:
        if chosen or target:
            raise AllianceGraphError(
                "--watch validates the whole project, to the terminal", "leave PATHS and --output out"
            )
        _watch(session, output, lang)
        return
    report = session.run([project.relative(path) for path in chosen] if paths else None)
    text = OUTPUTS[output](report, lang)
    if target is None:
        click.echo(text, nl=False)
    else:
        _write(target, text)
    sys.exit(CLEAN if report.clean else FOUND)


@cli.command("format")
@click.argument("paths", nargs=-1, type=click.Path(path_type=Path))
@_project
def format_(paths: tuple[Path, ...], folder: Path | None) -> None:
    """Write Turtle files in the canonical form; without PATHS all of the project's."""
    from alliance_graph.dataset.documents import read
    from alliance_graph.dataset.lines import first_comment
    from alliance_graph.validation.canonical import canonical_text

    project = find_project(folder)
    for path in _turtle_files(paths) if paths else list(project.turtle_files):
        document = read(path, project)
        comment = first_comment(document.text)
        if comment is not None:
            raise AllianceGraphError(
                "has a comment, which the canonical form cannot keep",
                "say it with rdfs:comment or skos:editorialNote, or delete it",
                place=f"{document.name}:{comment}",
            )
        text = canonical_text(document)
        if text != document.text:
            _write(path, text)
            click.echo(f"formatted {document.name}")


@cli.command()
@click.argument("article", type=click.Path(path_type=Path))
@_project
def fingerprint(article: Path, folder: Path | None) -> None:
    """Write the hashes of the article's runs of words, against which the copy guard compares."""
    from alliance_graph.validation import copyguard
    from alliance_graph.validation.evidence import read_article

    project = find_project(folder)
    _write(project.root / copyguard.FILE, copyguard.guard_text(read_article(article)))
    click.echo(f"wrote {copyguard.FILE}")


@cli.command("import")
@click.argument("dataset", type=click.Choice(_DATASET_NAMES))
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--country", required=True, metavar="CODE", help="Whose facts: an ISO 3166-1 alpha-3 code such as MAR.")
@click.option("--output", "target", type=click.Path(path_type=Path), help="Write the graph to a file instead.")
@_project
def import_(dataset: str, files: tuple[Path, ...], country: str, target: Path | None, folder: Path | None) -> None:
    """Turn a published dataset into a graph of facts about one country.

    FILES are the dataset's own, as published: atop5_1a.csv and atop5_1m.csv for atop,
    DCAD-v1.0-main.csv for dcad, TCCMap_v.2.3.csv for geo-pko. The graph is written in Turtle.
    """
    from alliance_graph.sources.importing import import_dataset

    text, left_out = import_dataset(dataset, files, country, find_project(folder))
    for line in left_out:
        click.echo(line, err=True)
    if target is None:
        click.echo(text, nl=False)
    else:
        _write(target, text)


_online = click.option("--online", is_flag=True, help="Ask over the network; without it no request is made.")
_contact = click.option(
    "--contact",
    default="",
    envvar="ALLIANCE_GRAPH_CONTACT",
    help="An address or page of yours, told to the service in the User-Agent as its policy asks.",
)
_report_format = click.option(
    "--format",
    "output",
    type=click.Choice(("terminal", "json")),
    default="terminal",
    show_default=True,
    help="How the report is written.",
)
_language = click.option(
    "--lang", type=click.Choice(LANGUAGES), default="en", show_default=True, help="Language of the messages."
)
_target = click.option(
    "--output", "target", type=click.Path(path_type=Path), help="Write the report to a file instead of the terminal."
)


@cli.group()
def links() -> None:
    """Check the links to Wikidata, hold them against Wikidata, look for missing ones."""


@links.command("check")
@_project
@click.option(
    "--format",
    "output",
    type=click.Choice(_OUTPUT_NAMES),
    default="terminal",
    show_default=True,
    help="How the report is written.",
)
@_target
@_language
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
    _show(text, target)
    sys.exit(CLEAN if report.clean else FOUND)


@links.command("verify")
@_project
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
@_report_format
@_target
@click.option(
    "--patch", "diff", type=click.Path(path_type=Path), help="Write what should change in the Turtle, as a diff."
)
@click.option("--promote", is_flag=True, help="With --patch: assert the candidates that Wikidata confirms.")
@_language
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
    records, progress = read_records(documents), _progress(True)
    http = _http("links verify", contact) if online else None
    asked = client.open_client(project, api or client.API, http, folder=cache, days=max_age)
    found = verify(records, read_things(documents), asked, progress)
    progress("")
    text = report.terminal(found, lang) if output == "terminal" else report.as_json(found, asked.api, lang)
    _show(text, target)
    if diff is not None:
        from alliance_graph.sources.wikidata.patch import patch

        _write(diff, patch(found, documents, promote=promote))
    sys.exit(FOUND if any(v.verdict is Verdict.CONTRADICTED for v in found) else CLEAN)


@links.command("suggest")
@click.argument("things", nargs=-1)
@_project
@_online
@click.option("--service", metavar="URL", help="A reconciliation service [default: wikidata.reconci.link].")
@_contact
@click.option("--limit", default=5, show_default=True, type=click.IntRange(1, 50), help="Candidates for each thing.")
@_report_format
@_language
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
    progress = _progress(True)
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


def _show(text: str, target: Path | None) -> None:
    if target is None:
        click.echo(text, nl=False)
    else:
        _write(target, text)


@cli.command()
@_project
@_build_dir
def build(folder: Path | None, build_dir: Path | None) -> None:
    """Validate the sources and write a release; a project with violations gives none."""
    from alliance_graph.building import build as build_release

    release, report = build_release(find_project(folder), build_dir, progress=_progress(True))
    if release is None:
        _show_violations(report)
        sys.exit(FOUND)
    click.echo(f"release {release.manifest.digest[:16]}: {release.manifest.triples} triples in {release.folder}")


@cli.command()
@click.argument("old", type=click.Path(path_type=Path))
@click.argument("new", type=click.Path(path_type=Path))
def changes(old: Path, new: Path) -> None:
    """Show what changed between two releases, a statement a line.

    OLD and NEW are folders of releases, such as those in build/releases.

    Exit code: 0 nothing changed, 1 something did, 2 cannot run.
    """
    from alliance_graph.dataset import release
    from alliance_graph.dataset.changes import changes as compare

    found, anonymous = compare(release.read(old), release.read(new))
    for change in found:
        click.echo(change.line)
    for graph, n in sorted(anonymous.items()):
        click.echo(f"~ {graph}  {n} statements with blank nodes")
    sys.exit(FOUND if found or anonymous else CLEAN)


@cli.command()
@_project
@_build_dir
@click.option(
    "--release", "chosen", type=click.Path(path_type=Path), help="Serve this release instead of building one."
)
@click.option(
    "--dataset",
    "datasets",
    multiple=True,
    type=click.Path(path_type=Path),
    help="Serve this RDF file, folder of RDF files or Oxigraph store instead; may repeat.",
)
@click.option(
    "--graph", "graphs", multiple=True, metavar="IRI=FILE", help="Load a file into a named graph; may repeat."
)
@click.option(
    "--default-graph",
    type=click.Choice(("own", "union")),
    default="own",
    show_default=True,
    help="With --dataset: the default graph is that of the files, or the union of all graphs.",
)
@click.option(
    "--host", default="127.0.0.1", show_default=True, envvar="ALLIANCE_GRAPH_HOST", help="Address to listen on."
)
@click.option(
    "--port",
    default=8000,
    show_default=True,
    type=click.IntRange(1, 65535),
    envvar="ALLIANCE_GRAPH_PORT",
    help="Port to listen on.",
)
@click.option("--root-path", default="", metavar="/PREFIX", help="The path under which a proxy shows the service.")
@click.option(
    "--allow-service",
    "services",
    multiple=True,
    metavar="IRI",
    help="Let SERVICE clauses ask this endpoint; may repeat. None is asked otherwise.",
)
@click.option(
    "--log",
    type=click.Choice(("requests", "none")),
    default="requests",
    show_default=True,
    help="Write a line of JSON for each request to standard error, or none.",
)
def serve(
    folder: Path | None,
    build_dir: Path | None,
    chosen: Path | None,
    datasets: tuple[Path, ...],
    graphs: tuple[str, ...],
    default_graph: str,
    host: str,
    port: int,
    root_path: str,
    services: tuple[str, ...],
    log: str,
) -> None:
    """Answer SPARQL queries over HTTP.

    The project's current release is served, built first when the sources have changed; or the RDF
    of your own that --dataset and --graph name.
    """
    from alliance_graph.building import build_folder
    from alliance_graph.config import Config, limits_from
    from alliance_graph.dataset import release
    from alliance_graph.dataset.memory import find_source
    from alliance_graph.engine.federation import check_allowed
    from alliance_graph.web.server import run

    check_allowed(frozenset(services))
    config = Config(
        project=folder,
        host=host,
        port=port,
        root_path=root_path,
        log=log,
        services=frozenset(services),
        limits=limits_from(os.environ),
    )
    if datasets or graphs:
        if chosen is not None:
            raise AllianceGraphError("--release and --dataset exclude each other", "leave one of them out")
        named = [(iri, Path(path)) for iri, path in (_pair(text, "--graph", "IRI=FILE") for text in graphs)]
        run(replace(config, source=find_source(datasets, named, union=default_graph == "union")))
    elif chosen is not None:
        run(replace(config, release=release.read(chosen).folder))
    else:
        _release(folder, build_dir, None)
        run(replace(config, release=build_folder(find_project(folder), build_dir) / release.CURRENT))


@cli.command()
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
@_project
@_build_dir
@click.option("--release", "chosen", type=click.Path(path_type=Path), help="Ask this release instead of building one.")
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
    _answer(query, dict(_pair(value, "--param", "NAME=VALUE") for value in values), fmt, folder, build_dir, chosen)


def _answer(
    name: str, values: dict[str, str], fmt: str, folder: Path | None, build_dir: Path | None, chosen: Path | None
) -> None:
    from alliance_graph.dataset.documents import read_text
    from alliance_graph.dataset.memory import open_source
    from alliance_graph.engine import table
    from alliance_graph.engine.evaluation import evaluate, serialise
    from alliance_graph.engine.formats import FORMATS
    from alliance_graph.engine.library import read_library

    release = _release(folder, build_dir, chosen)
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


def _release(folder: Path | None, build_dir: Path | None, chosen: Path | None) -> Release:
    from alliance_graph.building import up_to_date_release
    from alliance_graph.dataset import release

    if chosen is not None:
        return release.read(chosen)
    found, report = up_to_date_release(find_project(folder), build_dir, progress=_progress(True))
    if found is None:
        assert report is not None, "without a release there is a report that says why"
        _show_violations(report)
        sys.exit(FOUND)
    return found


def _show_violations(report: Report) -> None:
    from alliance_graph.validation.outputs import terminal

    click.echo(terminal(report), nl=False, err=True)
    click.echo("no release was made: mend the violations first", err=True)


def _pair(text: str, option: str, form: str) -> tuple[str, str]:
    """Return the two sides of an option's value; the first may contain `=` when it is an IRI."""
    name, equals, value = text.rpartition("=") if option == "--graph" else text.partition("=")
    if not equals or not name:
        raise AllianceGraphError(f"{option} {text!r} lacks a part", f"write {option} {form}")
    return name, value


def _turtle_files(paths: tuple[Path, ...]) -> list[Path]:
    files: list[Path] = []
    for path in paths:
        if path.is_dir():
            found = sorted(path.rglob("*.ttl"))
            if not found:
                raise AllianceGraphError(
                    "no Turtle file in this folder", "name one that has .ttl files", place=str(path)
                )
            files += found
        else:
            files.append(path)
    return [path.resolve() if path.exists() else path for path in files]


def _write(path: Path, text: str) -> None:
    """Write a file whole or not at all."""
    draft = path.with_name(f".{path.name}.draft")
    try:
        draft.write_text(text, encoding="utf-8")
        draft.replace(path)
    except OSError as error:
        raise AllianceGraphError(f"cannot be written: {error.strerror}", "check the folder", place=str(path)) from None


def _progress(show: bool) -> Callable[[str], None]:
    """Return what shows on a terminal which step is at work; silent elsewhere."""
    if not show or not sys.stderr.isatty():
        return lambda step: None

    def tell(step: str) -> None:
        click.echo(f"\r\033[K{step} …" if step else "\r\033[K", nl=False, err=True)

    return tell


def _watch(session: Session, output: str, lang: str) -> None:
    from alliance_graph.validation.outputs import OUTPUTS
    from alliance_graph.validation.watch import watch

    def show(report: Report, seconds: float) -> None:
        click.echo(OUTPUTS[output](report, lang), nl=False)
        click.echo(f"validated in {seconds:.2f} s; waiting for the next save (Ctrl-C ends)", err=True)

    watch(session, show)


def main() -> None:
    """Run the command line; see `alliance-graph --help`."""
    try:
        code = cli.main(standalone_mode=False)
    except click.exceptions.Abort:
        sys.exit(130)
    except click.ClickException as error:
        hint = f"; see {error.ctx.command_path} --help" if isinstance(error, click.UsageError) and error.ctx else ""
        _fail(f"{error.format_message()}{hint}")
    except AllianceGraphError as error:
        _fail(str(error))
    except KeyboardInterrupt:
        sys.exit(130)
    except BrokenPipeError:
        sys.stderr.close()
        sys.exit(FAILED)
    else:
        sys.exit(code if isinstance(code, int) else CLEAN)


def _fail(line: str) -> None:
    click.echo(f"alliance-graph: {' '.join(line.split())}", err=True)
    sys.exit(FAILED)
