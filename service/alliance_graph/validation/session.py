"""One validation after another over the same project: all of it, some files, or what has changed.

The documents, their union as an rdflib graph (for pySHACL) and as an Oxigraph store (for checks)
stay in memory, so that in `--watch` a saved file costs only itself.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import pyoxigraph as ox

from alliance_graph.dataset.documents import Document, TurtleSyntaxError, parse, read_text
from alliance_graph.dataset.project import Project
from alliance_graph.engine.admission import QueryRefusedError, admit
from alliance_graph.engine.library import library_problems
from alliance_graph.validation import checks, copyguard, evidence, files, rules
from alliance_graph.validation.findings import UNREADABLE, Finding, Report, Step, in_order, shown
from alliance_graph.validation.graphs import TermConverter
from alliance_graph.validation.ontology import check_ontology
from alliance_graph.validation.parallel import both, can_fork
from alliance_graph.validation.shapes import Shapes

if TYPE_CHECKING:
    from rdflib import Graph

SHAPES_FOLDER = "ontology/shapes/"
_ENOUGH_FILES_FOR_TWO = 16
"""From so many files on, two processes check them faster than one."""
_PATH, _EXACT, _CHOSEN = 1_000, 2_000, 10_000


@dataclass
class Session:
    """The state of a project under validation."""

    project: Project
    evidence_file: Path | None = None
    reasoning: bool = False
    progress: Callable[[str], None] = lambda step: None
    documents: dict[str, Document] = field(default_factory=dict)
    """The documents that could be read, by name."""
    unreadable: dict[str, Finding] = field(default_factory=dict)

    def __post_init__(self) -> None:
        from rdflib import Graph

        self._triples: Counter[ox.Triple] = Counter()
        self._converter = TermConverter()
        self._graph: Graph = Graph(bind_namespaces="none")
        self._store = ox.Store()
        self._shapes: Shapes | None = None
        self._checks: list[checks.Check] | None = None
        self._known: dict[tuple[str, str], tuple[Document, tuple[Finding, ...]]] = {}
        self._guard = copyguard.read_guard(self.project)
        self._article = evidence.read_article(self.evidence_file) if self.evidence_file else None
        for path in self.project.turtle_files:
            self.update(path)

    def update(self, path: Path) -> set[str]:
        """Read a file anew, or forget it when it is gone; return the nodes it spoke or speaks of.

        Raises:
            AllianceGraphError: the file is there but cannot be read, or is not UTF-8.
        """
        name = self.project.relative(path)
        known = name in self.documents or name in self.unreadable
        return self.put(path, read_text(path, name) if path.exists() or not known else None)

    def put(self, path: Path, text: str | None) -> set[str]:
        """Take a text for what a file holds, or forget the file; return the nodes it spoke or speaks of.

        Args:
            path: the file, which need not be there.
            text: its text; None forgets it.
        """
        name = self.project.relative(path)
        old = self.documents.pop(name, None)
        self.unreadable.pop(name, None)
        new = None
        if text is not None:
            try:
                new = parse(text, name=name, graph=self.project.graph_of(path))
            except TurtleSyntaxError as error:
                self.unreadable[name] = rules.finding(
                    UNREADABLE,
                    name,
                    error.line,
                    error.column,
                    cause=error.cause.removeprefix("not valid Turtle: "),
                )
        self._replace(old, new)
        if name.startswith(SHAPES_FOLDER):
            self._shapes = None
        touched = [document for document in (old, new) if document]
        return {
            triple.subject.value
            for document in touched
            for triple in document.triples
            if isinstance(triple.subject, ox.NamedNode)
        }

    def _replace(self, old: Document | None, new: Document | None) -> None:
        for document, sign in ((old, -1), (new, 1)):
            if document is None:
                continue
            graph = ox.NamedNode(document.graph)
            if sign < 0:
                self._store.remove_graph(graph)
            else:
                self.documents[document.name] = document
                self._store.extend(ox.Quad(t.subject, t.predicate, t.object, graph) for t in document.triples)
            for triple in document.triples:
                before = self._triples[triple]
                self._triples[triple] = before + sign
                if before == 0:
                    self._graph.add(self._converter.triple(triple))
                elif before + sign == 0:
                    del self._triples[triple]
                    self._graph.remove(self._converter.triple(triple))

    def neighbours(self, nodes: Iterable[str]) -> set[str]:
        """Return the nodes with those that refer to them: what a change to them can make wrong."""
        found = set(nodes)
        for iri in list(found):
            for quad in self._store.quads_for_pattern(None, None, ox.NamedNode(iri)):
                if isinstance(quad.subject, ox.NamedNode):
                    found.add(quad.subject.value)
        return found

    def run(self, names: Iterable[str] | None = None, *, focus_nodes: set[str] | None = None) -> Report:
        """Validate.

        Args:
            names: report on the files with these names only; None reports on all.
            focus_nodes: look at these nodes only in SHACL; None looks at those of the files.
        """
        chosen = None if names is None else set(names)
        documents = [d for n, d in sorted(self.documents.items()) if chosen is None or n in chosen]
        steps: list[Step] = []
        findings: list[Finding] = []

        def step(name: str, look: Callable[[], Iterable[Finding]], detail: str = "") -> None:
            self.progress(name)
            findings.extend(look())
            steps.append(Step(name, detail=detail))

        n_files = len(documents)
        unreadable = [f for n, f in self.unreadable.items() if chosen is None or n in chosen]
        step("syntax", lambda: unreadable, f"{n_files + len(unreadable)} Turtle files")
        step("canonical form", lambda: self._each(files.check_form, documents))
        step("prefixes", lambda: self._each(files.check_prefixes, documents))
        step("shapes", lambda: list(self._run_shapes(documents, chosen, focus_nodes)))
        step("checks", lambda: list(self._run_checks(chosen)))
        if chosen is None:
            step("queries", lambda: list(self._check_queries()))
        step("copy guard", lambda: list(self._check_copies(documents, chosen)), f"{len(self._guard)} runs of words")
        for finding in unreadable:
            reason = "it cannot be read; mend it first, for what refers to it may look wrong until then"
            steps.append(Step(f"what {finding.file} says", skipped=reason))
        if self._article is None:
            steps.append(Step("evidence", skipped="no article given: --evidence ARTICLE recomputes every digest"))
        else:
            article = self._article
            step("evidence", lambda: evidence.check_evidence(documents, article), "every digest recomputed")
        if self.reasoning:
            step("profile and consistency", lambda: check_ontology(list(self.documents.values())))
        else:
            steps.append(Step("profile and consistency", skipped="not asked for: --reasoner checks them, with Java"))
        return Report(tuple(steps), in_order(findings), n_files + len(unreadable))

    def _each(self, check: Callable[[Document], Iterable[Finding]], documents: list[Document]) -> Iterator[Finding]:
        """Yield what a check of single files finds; a file that has not changed is not checked again."""
        name = check.__name__
        new = [d for d in documents if self._known.get((name, d.name), (None,))[0] is not d]

        def run(part: slice) -> list[tuple[Finding, ...]]:
            return [tuple(check(document)) for document in new[part]]

        if len(new) >= _ENOUGH_FILES_FOR_TWO and can_fork():
            odd, even = both(lambda: run(slice(0, None, 2)), lambda: run(slice(1, None, 2)))
            found = [*zip(new[0::2], odd, strict=True), *zip(new[1::2], even, strict=True)]
        else:
            found = list(zip(new, run(slice(None)), strict=True))
        for document, findings in found:
            self._known[name, document.name] = (document, findings)
        for document in documents:
            yield from self._known[name, document.name][1]

    def _check_literals(self, document: Document) -> Iterator[Finding]:
        return copyguard.check_literals(document, self._guard)

    def _run_shapes(
        self, documents: list[Document], chosen: set[str] | None, focus_nodes: set[str] | None
    ) -> Iterator[Finding]:
        if self._shapes is None:
            shapes = [d for n, d in self.documents.items() if n.startswith(SHAPES_FOLDER)]
            self._shapes = Shapes(t for d in shapes for t in d.triples)
        if focus_nodes is None and chosen is not None:
            focus_nodes = {t.subject.value for d in documents for t in d.triples if isinstance(t.subject, ox.NamedNode)}
        for result in self._shapes.validate(self._graph, focus_nodes):
            document, line = self._place(result.focus, result.path, result.value, chosen)
            yield Finding(
                result.rule,
                result.severity,
                result.messages,
                document,
                line,
                focus=shown(result.focus),
                path=shown(result.path),
                value=shown(result.value),
            )

    def _run_checks(self, chosen: set[str] | None) -> Iterator[Finding]:
        if self._checks is None or chosen is None:  # a whole run sees checks that were edited
            self._checks = checks.read_checks(self.project)
        by_graph = {d.graph: d for d in self.documents.values()}
        for check in self._checks:
            for found in checks.run(check, self._store, by_graph):
                if chosen is None or found.file in chosen:
                    yield found

    def _check_queries(self) -> Iterator[Finding]:
        for name, line, column, cause in library_problems(self.project):
            yield rules.finding("query-header", name, line, column, cause=cause)
        for path in self.project.files("ontology/rules", "*.rq"):
            name = self.project.relative(path)
            try:
                admit(read_text(path, name))
            except QueryRefusedError as error:
                yield rules.finding("query-header", name, error.line, error.column, cause=error.cause)

    def _check_copies(self, documents: list[Document], chosen: set[str] | None) -> Iterator[Finding]:
        yield from self._each(self._check_literals, documents)
        if chosen is None:
            for path in [*self.project.files("ontology", "*.rq"), *self.project.files("queries", "*.rq")]:
                yield from copyguard.check_text(path, self.project.relative(path), self._guard)

    def _place(self, focus: str, path: str, value: str, chosen: set[str] | None) -> tuple[str, int]:
        """Return the file and line that best shows a result."""
        best = ("", 1, -1)
        for name, document in sorted(self.documents.items()):
            line = document.line_of(focus)
            if line is None or (chosen is not None and name not in chosen and best[2] >= 0):
                continue
            precise = document.line_of(focus, path, value) or line
            rank = _rank(document, focus, path, value) + (_CHOSEN if chosen is None or name in chosen else 0)
            if rank > best[2]:
                best = (name, precise, rank)
        return best[0] or "ontology", best[1]


def _rank(document: Document, focus: str, path: str, value: str) -> int:
    """Return how much a document says of what a result is about."""
    about = document.about(focus)
    if any(str(t.predicate) == path and str(t.object) == value for t in about):
        return _EXACT
    if any(str(t.predicate) == path for t in about):
        return _PATH
    # Of files that only mention a node, the one that says most of it is where it is at home.
    return min(len(about), _PATH - 1)
