"""SHACL shapes as people read them: what a rule looks at, and what it wants of it.

The components are those of SHACL Core (W3C Recommendation of 20 July 2017, section 4), in which all
shapes of the project are written; one without a word of ours is shown by its name.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

import pyoxigraph as ox
from markupsafe import Markup

from alliance_graph.vocabulary import PREFIXES, SHAPES, compact
from alliance_graph.web.i18n import messages, t
from alliance_graph.web.naming import address_of
from alliance_graph.web.pages.asking import Row, Term
from alliance_graph.web.pages.statements import Statements

_SH = PREFIXES["sh"]
_TARGETS = ("targetClass", "targetSubjectsOf", "targetObjectsOf")
_ALTERNATIVES = ("or", "and", "xone")
_NESTED = ("not", "node", "property")
_SAID_ELSEWHERE = frozenset((*_TARGETS, "message", "severity", "path"))
_UNARY = {"zeroOrMorePath": "*", "oneOrMorePath": "+", "zeroOrOnePath": "?"}
_ORDER = ("path", "class", "datatype", "nodeKind", "minCount", "maxCount")


@dataclass(frozen=True)
class Target:
    """What a shape looks at: all things of a class, or all that have a property, or are the value of one."""

    kind: str
    """`targetClass`, `targetSubjectsOf` or `targetObjectsOf`."""
    iri: str


@dataclass(frozen=True)
class Constraint:
    """One thing that is wanted."""

    label: str
    value: str = ""
    """Markup, or nothing."""
    parts: tuple[tuple[Constraint, ...], ...] = ()
    """What is wanted in each of the shapes that this one names."""


@dataclass
class Shape:
    """A shape with a name."""

    iri: str
    graph: str
    severity: str
    """`violation`, `warning` or `info`; empty for a shape that only gathers others."""
    message: str
    own_targets: tuple[Target, ...]
    path: Markup
    constraints: tuple[Constraint, ...]
    about: frozenset[str]
    """The properties that it looks at, as IRIs."""
    members: tuple[str, ...]
    """The named shapes that its things have to fit."""
    gathered_by: list[Shape] = field(default_factory=list)

    @property
    def name(self) -> str:
        return self.iri.removeprefix(SHAPES)

    @property
    def targets(self) -> tuple[Target, ...]:
        """What it looks at, by itself or for the shapes that gather it."""
        found = [*self.own_targets, *(target for shape in self.gathered_by for target in shape.targets)]
        return tuple(dict.fromkeys(found))


class ShapesGraph:
    """The statements of all shapes."""

    def __init__(self, rows: Iterable[Row]) -> None:
        """Read the answer of the query `shapes`."""
        self._says: dict[Term, Statements] = {}
        for row in rows:
            says = self._says.setdefault(row["subject"], Statements())
            says.add(row.text("property"), row["value"], row.text("graph"))

    def shapes(self) -> list[Shape]:
        """Return the named shapes by file and name."""
        found = {s.value: self._shape(s) for s in self._says if isinstance(s, ox.NamedNode)}
        for shape in found.values():
            for member in shape.members:
                if member in found:
                    found[member].gathered_by.append(shape)
        return sorted(found.values(), key=lambda shape: (shape.graph, shape.name))

    def _shape(self, node: ox.NamedNode) -> Shape:
        says = self._says[node]
        return Shape(
            iri=node.value,
            graph=next(iter(says.graphs()), ""),
            severity=says.one("sh:severity").removeprefix(_SH).lower(),
            message=says.one("sh:message"),
            own_targets=tuple(Target(kind, iri) for kind in _TARGETS for iri in says.iris(f"sh:{kind}")),
            path=Markup("").join(self._path(value.term) for value in says.all("sh:path")),
            constraints=self._constraints(node),
            about=frozenset(self._about(node)),
            members=tuple(iri for name in ("property", "node") for iri in says.iris(f"sh:{name}")),
        )

    def _constraints(self, node: Term) -> tuple[Constraint, ...]:
        """Return what a shape wants; a nested one begins with its path."""
        return tuple(self._each_constraint(node))

    def _each_constraint(self, node: Term) -> Iterator[Constraint]:
        named = isinstance(node, ox.NamedNode)
        says = self._says.get(node, Statements())
        properties = says.properties(without=(f"{PREFIXES['rdf']}type",))
        wanted = {name.removeprefix(_SH): values for name, values in properties if name.startswith(_SH)}
        for name in sorted(wanted, key=lambda name: (_ORDER.index(name) if name in _ORDER else len(_ORDER), name)):
            terms = [value.term for value in wanted[name]]
            if name == "path" and not named:
                yield Constraint(t("rules.path"), Markup("").join(map(self._path, terms)))
            elif name in _SAID_ELSEWHERE:
                continue
            elif name in _ALTERNATIVES:
                for term in terms:
                    yield Constraint(_label(name), parts=tuple(map(self._constraints, self._members(term))))
            elif name in _NESTED:
                # What has a name has an entry of its own.
                parts = tuple(self._constraints(term) for term in terms if not isinstance(term, ox.NamedNode))
                names = [shown(term) for term in terms if isinstance(term, ox.NamedNode)]
                yield Constraint(_label(name), Markup(" · ").join(names), parts)
            else:
                values = [self._members(term) if isinstance(term, ox.BlankNode) else [term] for term in terms]
                yield Constraint(_label(name), Markup(" · ").join(shown(term) for some in values for term in some))

    def _members(self, head: Term) -> list[Term]:
        """Return the members of a list."""
        found: list[Term] = []
        while (says := self._says.get(head)) is not None and says.all("rdf:first"):
            found.append(says.all("rdf:first")[0].term)
            head = says.all("rdf:rest")[0].term
        return found

    def _path(self, node: Term) -> Markup:
        """Return a path in the notation of SPARQL, with its properties linked."""
        if isinstance(node, ox.NamedNode):
            return shown(node)
        says = self._says.get(node, Statements())
        if members := self._members(node):
            return Markup(" / ").join(map(self._path, members))
        for value in says.all("sh:inversePath"):
            return Markup("^{}").format(self._path(value.term))
        for value in says.all("sh:alternativePath"):
            return Markup("({})").format(Markup(" | ").join(map(self._path, self._members(value.term))))
        for name, mark in _UNARY.items():
            for value in says.all(f"sh:{name}"):
                return Markup("{}{}").format(self._path(value.term), mark)
        return Markup("")

    def _about(self, node: Term, *, in_path: bool = False) -> Iterator[str]:
        """Yield the properties in the paths of a shape and of what is nested in it."""
        for name, values in self._says.get(node, Statements()).properties():
            path = in_path or name == f"{_SH}path"
            for value in values:
                if path and value.iri and not name.endswith(("#rest", "#type")):
                    yield value.iri
                elif isinstance(value.term, ox.BlankNode):
                    yield from self._about(value.term, in_path=path)


def _label(name: str) -> str:
    return t(f"rules.sh_{name}") if f"rules.sh_{name}" in messages() else f"sh:{name}"


def shown(term: Term) -> Markup:
    """Return a term as it is written in Turtle, linked to where it is described."""
    if isinstance(term, ox.NamedNode):
        return Markup('<a href="{}"><code dir="ltr">{}</code></a>').format(address_of(term.value), compact(term.value))
    return Markup('<code dir="ltr">{}</code>').format(term.value)
