"""Where the sources of a project lie, and which named graph each Turtle file is."""

from __future__ import annotations

import os
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from urllib.parse import quote

from alliance_graph.errors import AllianceGraphError
from alliance_graph.vocabulary import GRAPH

CHECKS_FOLDER = "ontology/checks"
EXAMPLES_FOLDER = "tests/fixtures/rules"
"""Where each rule has what breaks it, `<rule>/invalid.ttl`, and the same mended, `<rule>/valid.ttl`; may be missing."""
SOURCE_FOLDERS = ("ontology", "data", "queries", EXAMPLES_FOLDER)
_INSTALLED = Path(__file__).resolve().parents[1] / "project"


def graph_iri(relative: str) -> str:
    """Return the graph that the file with this path (inside the project, with `/`) holds.

    `data/<path>.ttl` is `…/graph/<path>`; `ontology/<path>.ttl` is `…/graph/ontology/<path>`.
    """
    name = relative.removesuffix(".ttl").removeprefix("data/")
    return GRAPH + quote(name, safe="/-._~")


@dataclass(frozen=True)
class Project:
    """A folder with `ontology/`, `data/` and `queries/` in it."""

    root: Path

    @cached_property
    def turtle_files(self) -> tuple[Path, ...]:
        """Every Turtle file of `ontology/` and `data/`, in a fixed order."""
        found = [p for folder in ("ontology", "data") for p in (self.root / folder).rglob("*.ttl")]
        return tuple(sorted(found, key=self.relative))

    @property
    def queries(self) -> Path:
        return self.root / "queries"

    @property
    def is_installed(self) -> bool:
        """Whether this is the copy inside the installed package, which is not to be written to."""
        return self.root == _INSTALLED

    def files(self, folder: str, pattern: str) -> list[Path]:
        """Return the files below a folder of the project that match a pattern, in a fixed order."""
        return sorted((self.root / folder).rglob(pattern), key=self.relative)

    def relative(self, path: Path) -> str:
        """Return a path as a person in the project's folder would write it, with `/`."""
        for place in (Path(os.path.abspath(path)), path.resolve()):  # noqa: PTH100 - a link has its own name
            if place.is_relative_to(self.root):
                return place.relative_to(self.root).as_posix()
        return path.as_posix()

    def graph_of(self, path: Path) -> str:
        """Return the IRI of the named graph that a Turtle file holds."""
        relative = self.relative(path)
        own = relative.startswith(("data/", "ontology/"))
        return graph_iri(relative if own else f"local/{path.name}")


def find_project(folder: Path | None = None) -> Project:
    """Return the project in `folder`, or the one around the working directory, or the installed one.

    Raises:
        AllianceGraphError: `folder` was named and is no project, or there is none to be found.
    """
    if folder is not None:
        if not _is_project(folder):
            raise AllianceGraphError(
                "not a project: it has no ontology/ and data/", "name the folder that holds both", place=str(folder)
            )
        return Project(folder.resolve())
    here = Path.cwd()
    for candidate in (here, *here.parents, Path(__file__).parents[3], _INSTALLED):
        if _is_project(candidate):
            return Project(candidate.resolve())
    raise AllianceGraphError("no project here", "go to a folder with ontology/ and data/, or name one with --project")


def _is_project(folder: Path) -> bool:
    return (folder / "ontology").is_dir() and (folder / "data").is_dir()
