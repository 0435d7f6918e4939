"""The command `serve`: a release or RDF files as a SPARQL endpoint."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

import click

from alliance_graph.cli import options
from alliance_graph.cli.releases import current_release
from alliance_graph.dataset.project import find_project
from alliance_graph.errors import AllianceGraphError


@click.command()
@options.project
@options.build_dir
@options.release("Serve this release instead of building one.")
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
@click.option(
    "--root-path",
    default="",
    metavar="/PREFIX|URL",
    help="The path, or the whole address, under which a proxy shows the service.",
)
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
    help="Write a line of JSON for each request, or for those that repeat it, to standard error, or none.",
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
        named = [(iri, Path(path)) for iri, path in (options.pair(text, "--graph", "IRI=FILE") for text in graphs)]
        run(replace(config, source=find_source(datasets, named, union=default_graph == "union")))
    elif chosen is not None:
        run(replace(config, release=release.read(chosen).folder))
    else:
        current_release(folder, build_dir, None)
        run(replace(config, release=build_folder(find_project(folder), build_dir) / release.CURRENT))
