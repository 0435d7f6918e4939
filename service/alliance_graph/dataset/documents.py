"""Reading the Turtle files a maintainer edits."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import pyoxigraph as ox

from alliance_graph.dataset.lines import too_deep, triple_lines
from alliance_graph.dataset.project import Project
from alliance_graph.errors import AllianceGraphError

_POSITION = re.compile(r"^Parser error (?:at|between) .*?: (?P<cause>.*)$", re.DOTALL)
_RDF_1_2 = re.compile(r"<<|@[A-Za-z0-9-]+--(?:ltr|rtl)")
_DEEPEST = 100
"""Levels of brackets: canonical labels for blank nodes take 0.3 s at 200 levels and, at 1,000, do not end."""
_PREFIX = re.compile(r"^\s*@?prefix\s+([^\s:]*):\s*<([^>]*)>", re.IGNORECASE | re.MULTILINE)


class TurtleSyntaxError(AllianceGraphError):
    """A file that is not Turtle, with the place where reading it failed."""

    def __init__(self, path: str, line: int, column: int, cause: str) -> None:
        super().__init__(f"not valid Turtle: {cause}", "mend the syntax there", place=f"{path}:{line}:{column}")
        self.line = line
        self.column = column


@dataclass(frozen=True)
class Document:
    """One Turtle file, read: its triples in the order in which the parser met them."""

    name: str
    """The path as a person in the project's folder writes it."""
    graph: str
    text: str
    triples: tuple[ox.Triple, ...]

    @cached_property
    def prefixes(self) -> dict[str, tuple[str, int]]:
        """The declared prefixes: name → (namespace, line)."""
        found: dict[str, tuple[str, int]] = {}
        for match in _PREFIX.finditer(self.text):
            found[match[1]] = (match[2], self.text.count("\n", 0, match.start(2)) + 1)
        return found

    @cached_property
    def lines(self) -> tuple[tuple[int, int], ...]:
        """(line of the subject, line of the object) of each triple, counted from 1."""
        found = triple_lines(self.text)
        if len(found) != len(self.triples):  # never seen; a wrong line would mislead more than none
            return ((1, 1),) * len(self.triples)
        return tuple(found)

    @cached_property
    def _by_subject(self) -> dict[str, list[int]]:
        """Where in the order of triples those about a subject stand, by the subject as in N-Triples."""
        found: dict[str, list[int]] = {}
        for at, triple in enumerate(self.triples):
            found.setdefault(str(triple.subject), []).append(at)
        return found

    def about(self, subject: str) -> list[ox.Triple]:
        """Return the triples about a subject, written as in N-Triples."""
        return [self.triples[at] for at in self._by_subject.get(subject, ())]

    def line_of(self, subject: str, predicate: str = "", value: str = "") -> int | None:
        """Return the line that says something of a subject, as precisely as asked; None if none does.

        Terms are written as in N-Triples (`<iri>`, `_:b`, `"literal"@en`); an empty one is not asked
        for. Without a match for the value the line is that of the predicate's first statement, without
        one that of the subject.
        """
        best: tuple[int, int] | None = None
        for at in self._by_subject.get(subject, ()):
            triple, (subject_line, object_line) = self.triples[at], self.lines[at]
            rank, line = 0, subject_line
            if str(triple.predicate) == predicate:
                rank, line = (2 if str(triple.object) == value else 1), object_line
            if best is None or rank > best[0]:
                best = (rank, line)
        return best[1] if best else None


def read_text(path: Path, name: str) -> str:
    """Return a file's text.

    Raises:
        AllianceGraphError: the file cannot be read or is not UTF-8.
    """
    try:
        return path.read_bytes().decode("utf-8")
    except UnicodeDecodeError as error:
        raise AllianceGraphError(
            f"not UTF-8 at byte {error.start}", "save the file in UTF-8 encoding", place=name
        ) from None
    except OSError as error:
        raise AllianceGraphError(
            f"cannot be read: {error.strerror}", "check that the file is there and readable", place=name
        ) from None


def parse(text: str, *, name: str, graph: str) -> Document:
    """Parse Turtle.

    Raises:
        TurtleSyntaxError: the text is not Turtle, or nested too deeply; the error names line and column.
    """
    line = too_deep(text, _DEEPEST)
    if line is not None:
        raise TurtleSyntaxError(name, line, 1, f"brackets stand more than {_DEEPEST} levels inside one another")
    try:
        triples = tuple(quad.triple for quad in ox.parse(text, format=ox.RdfFormat.TURTLE))
    except SyntaxError as error:
        message = str(error.msg)
        match = _POSITION.match(message)
        raise TurtleSyntaxError(
            name, error.lineno or 1, error.offset or 1, match["cause"] if match else message
        ) from None
    if any(map(_beyond_rdf_1_1, triples)):
        mark = _RDF_1_2.search(text)
        line = text.count("\n", 0, mark.start()) + 1 if mark else 1
        raise TurtleSyntaxError(name, line, 1, "triple terms and directions of text are of RDF 1.2, not used here")
    return Document(name, graph, text, triples)


def _beyond_rdf_1_1(triple: ox.Triple) -> bool:
    term = triple.object
    return isinstance(term, ox.Triple) or (isinstance(term, ox.Literal) and term.direction is not None)


def read(path: Path, project: Project) -> Document:
    """Read one Turtle file of a project.

    Raises:
        AllianceGraphError: the file cannot be read, is not UTF-8, or is not Turtle.
    """
    name = project.relative(path)
    return parse(read_text(path, name), name=name, graph=project.graph_of(path))


def read_all(project: Project) -> list[Document]:
    """Read every Turtle file of a project; the first one that cannot be read raises."""
    return [read(path, project) for path in project.turtle_files]


def store_of(documents: Iterable[Document]) -> ox.Store:
    """Return a store in memory with each document in its named graph."""
    store = ox.Store()
    store.bulk_extend(
        ox.Quad(t.subject, t.predicate, t.object, ox.NamedNode(document.graph))
        for document in documents
        for t in document.triples
    )
    return store
