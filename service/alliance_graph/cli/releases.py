"""The commands for releases, `build` and `changes`, and the release that other commands work on."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from alliance_graph.cli import options
from alliance_graph.cli.output import CLEAN, FOUND, terminal_progress
from alliance_graph.dataset.project import find_project

if TYPE_CHECKING:
    from alliance_graph.dataset.release import Release
    from alliance_graph.validation.findings import Report


@click.command()
@options.project
@options.build_dir
def build(folder: Path | None, build_dir: Path | None) -> None:
    """Validate the sources and write a release; a project with violations gives none."""
    from alliance_graph.building import build as build_release

    release, report = build_release(find_project(folder), build_dir, progress=terminal_progress(True))
    if release is None:
        _show_violations(report)
        sys.exit(FOUND)
    click.echo(f"release {release.manifest.digest[:16]}: {release.manifest.triples} triples in {release.folder}")


@click.command()
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


def current_release(folder: Path | None, build_dir: Path | None, chosen: Path | None) -> Release:
    """Return the chosen release, or the project's, built first when the sources have changed.

    A project with violations ends the command: the report is on standard error.
    """
    from alliance_graph.building import up_to_date_release
    from alliance_graph.dataset import release

    if chosen is not None:
        return release.read(chosen)
    found, report = up_to_date_release(find_project(folder), build_dir, progress=terminal_progress(True))
    if found is None:
        assert report is not None, "without a release there is a report that says why"
        _show_violations(report)
        sys.exit(FOUND)
    return found


def _show_violations(report: Report) -> None:
    from alliance_graph.validation.outputs import terminal

    click.echo(terminal(report), nl=False, err=True)
    click.echo("no release was made: mend the violations first", err=True)
