"""The command `import`: a published dataset becomes a graph of facts."""

from __future__ import annotations

from pathlib import Path

import click

from alliance_graph.cli import options
from alliance_graph.cli.output import deliver
from alliance_graph.dataset.project import find_project

_DATASET_NAMES = ("atop", "dcad", "geo-pko")


@click.command("import")
@click.argument("dataset", type=click.Choice(_DATASET_NAMES))
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--country", required=True, metavar="CODE", help="Whose facts: an ISO 3166-1 alpha-3 code such as MAR.")
@click.option("--output", "target", type=click.Path(path_type=Path), help="Write the graph to a file instead.")
@options.project
def import_(dataset: str, files: tuple[Path, ...], country: str, target: Path | None, folder: Path | None) -> None:
    """Turn a published dataset into a graph of facts about one country.

    FILES are the dataset's own, as published: atop5_1a.csv and atop5_1m.csv for atop,
    DCAD-v1.0-main.csv for dcad, TCCMap_v.2.3.csv for geo-pko. The graph is written in Turtle.
    """
    from alliance_graph.sources.importing import import_dataset

    text, left_out = import_dataset(dataset, files, country, find_project(folder))
    for line in left_out:
        click.echo(line, err=True)
    deliver(text, target)
