"""Two SHACL engines of different origin, pySHACL and rudof, agree on every shape.

They are compared result by result (rule, severity, node), so a shape that one of them reads
differently is seen even where both call the data non-conforming.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pyoxigraph as ox
import pyrudof
import pytest

from alliance_graph.dataset.documents import Document, read, read_all
from alliance_graph.dataset.project import Project
from alliance_graph.validation.graphs import TermConverter, rdflib_graph
from alliance_graph.validation.session import SHAPES_FOLDER
from alliance_graph.validation.shapes import Shapes
from alliance_graph.vocabulary import SHAPES

FIXTURES = sorted((Path(__file__).parent / "fixtures" / "rules").glob("*/*.ttl"))
BULK = ("data/article/claims/", "data/catalog.ttl", SHAPES_FOLDER)
"""No fixture needs these, and without them rudof takes a sixth of the time."""

Results = set[tuple[str, str, str]]
"""Rule, severity and node of each result."""


class Engines:
    """Both engines with the project's shapes, over the same statements."""

    def __init__(self, shapes: Sequence[Document], data: Sequence[Document]) -> None:
        self.shapes = Shapes(triple for document in shapes for triple in document.triples)
        self.graph = rdflib_graph(triple for document in data for triple in document.triples)
        self.rudof = pyrudof.Rudof(pyrudof.RudofConfig())
        for number, document in enumerate(data):
            self.rudof.read_data(document.text, merge=number > 0, reader_mode=pyrudof.ReaderMode.Strict)
        text = "\n".join(document.text for document in shapes)
        self.rudof.read_shacl(text, reader_mode=pyrudof.ReaderMode.Strict)

    def by_pyshacl(self, nodes: set[str] | None = None) -> Results:
        results = self.shapes.validate(self.graph, nodes)
        return {(r.rule, str(r.severity), r.focus.strip("<>")) for r in results}

    def by_rudof(self, nodes: set[str] | None = None) -> Results:
        return {
            (str(entry.source_shape).removeprefix(SHAPES), entry.severity.lower(), entry.focus_node)
            for entry in self.rudof.validate_shacl()
            if nodes is None or entry.focus_node in nodes
        }

    def both(self, document: Document) -> tuple[Results, Results]:
        """Return what each engine finds wrong with the nodes of one more document."""
        nodes = {t.subject.value for t in document.triples if isinstance(t.subject, ox.NamedNode)}
        converter = TermConverter()
        added = [triple for triple in map(converter.triple, document.triples) if triple not in self.graph]
        self.rudof.begin_staging()
        self.rudof.read_data(document.text, merge=True, reader_mode=pyrudof.ReaderMode.Strict)
        for triple in added:
            self.graph.add(triple)
        try:
            return self.by_pyshacl(nodes), self.by_rudof(nodes)
        finally:
            for triple in added:
                self.graph.remove(triple)
            self.rudof.rollback_staging()


@pytest.fixture(scope="module")
def documents(project: Project) -> list[Document]:
    return read_all(project)


@pytest.fixture(scope="module")
def shapes(documents: list[Document]) -> list[Document]:
    return [document for document in documents if document.name.startswith(SHAPES_FOLDER)]


@pytest.fixture(scope="module")
def engines(shapes: list[Document], documents: list[Document]) -> Engines:
    return Engines(shapes, [document for document in documents if not document.name.startswith(BULK)])


def test_engines_agree_on_the_project(shapes: list[Document], documents: list[Document]) -> None:
    engines = Engines(shapes, documents)
    assert engines.by_pyshacl() == engines.by_rudof()


@pytest.mark.parametrize("path", FIXTURES, ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_engines_agree_on_the_fixture(engines: Engines, project: Project, shapes: list[Document], path: Path) -> None:
    found, confirmed = engines.both(read(path, project))
    assert found == confirmed
    rule = path.parent.name
    if any(t.subject == ox.NamedNode(SHAPES + rule) for document in shapes for t in document.triples):
        assert (rule in {name for name, _, _ in confirmed}) is (path.stem == "invalid")
