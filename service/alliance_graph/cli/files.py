"""The commands for the project's own files: `validate`, `format`, `fingerprint`."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from alliance_graph.cli import options
from alliance_graph.cli.output import CLEAN, FOUND, deliver, terminal_progress, write
from alliance_graph.dataset.project import find_project
from alliance_graph.errors import AllianceGraphError

if TYPE_CHECKING:
    from alliance_graph.validation.findings import Report
    from alliance_graph.validation.session import Session


@click.command()
@click.argument("paths", nargs=-1, type=click.Path(path_type=Path))
@options.project
@options.report_format
@options.report_file
@click.option(
    "--evidence",
    "article",
    type=click.Path(path_type=Path),
    help="The article's text: recompute every digest against it.",
)
@click.option("--reasoner", is_flag=True, help="Also check the OWL 2 DL profile and consistency (needs a JDK).")
@options.language
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
    session = Session(project, article, reasoner, progress=terminal_progress(output == "terminal"))
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
    deliver(OUTPUTS[output](report, lang), target)
    sys.exit(CLEAN if report.clean else FOUND)


@click.command("format")
@click.argument("paths", nargs=-1, type=click.Path(path_type=Path))
@options.project
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
            write(path, text)
            click.echo(f"formatted {document.name}")


@click.command()
@click.argument("article", type=click.Path(path_type=Path))
@options.project
def fingerprint(article: Path, folder: Path | None) -> None:
    """Write the hashes of the article's runs of words, against which the copy guard compares."""
    from alliance_graph.validation import copyguard
    from alliance_graph.validation.evidence import read_article

    project = find_project(folder)
    write(project.root / copyguard.FILE, copyguard.guard_text(read_article(article)))
    click.echo(f"wrote {copyguard.FILE}")


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


def _watch(session: Session, output: str, lang: str) -> None:
    from alliance_graph.validation.outputs import OUTPUTS
    from alliance_graph.validation.watch import watch

    def show(report: Report, seconds: float) -> None:
        click.echo(OUTPUTS[output](report, lang), nl=False)
        click.echo(f"validated in {seconds:.2f} s; waiting for the next save (Ctrl-C ends)", err=True)

    watch(session, show)
