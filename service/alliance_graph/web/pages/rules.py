"""The rules that the data are held to: shapes, checks and what is built in, each under the name that findings give.

A finding of `alliance-graph validate` names its rule, and `…/ontology/shapes#<rule>` is where it is described.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from difflib import SequenceMatcher
from itertools import groupby
from pathlib import Path

from flask import Response

from alliance_graph.headers import without_header
from alliance_graph.validation.rules import built_in_rules
from alliance_graph.vocabulary import SHAPES, expand
from alliance_graph.web.i18n import language, t
from alliance_graph.web.naming import name_of, slug
from alliance_graph.web.pages.addresses import alternates, shows
from alliance_graph.web.pages.asking import rows_of
from alliance_graph.web.pages.frame import Behind, page
from alliance_graph.web.pages.shapes import Shape, ShapesGraph
from alliance_graph.web.service import current_service

_NAME = re.compile(r"\b([a-z]+:[A-Za-z][\w-]*)")
_FIELD = re.compile(r"{\w+}")
_AROUND = 2
"""So many lines are shown before and after what an example has wrong."""


@dataclass(frozen=True)
class Line:
    """A line of an example."""

    kind: str
    """`same`, `wrong`, `right` (what stands in place of it), or `gap`."""
    text: str


@dataclass(frozen=True)
class Rule:
    """A rule that findings name."""

    name: str
    severity: str
    message: str
    shape: Shape | None
    """The shape that it is; None for a check or what is built in."""
    query: str
    """The query that it is; empty for a shape or what is built in."""
    about: frozenset[str]
    """The classes and properties that it looks at, as IRIs."""
    example: tuple[Line, ...]
    """What breaks the rule, and how that is mended; empty where the release has none."""


def shapes() -> tuple[list[Shape], Behind]:
    """Return all shapes with a name, and how the page says where they come from."""
    rows, behind = rows_of("shapes")
    return ShapesGraph(rows).shapes(), behind


def rules(found: list[Shape]) -> list[Rule]:
    """Return all rules: those that are shapes, by file, then the checks and what is built in.

    Raises:
        AllianceGraphError: a check of the release cannot be read.
    """
    shaped = [_of_shape(shape) for shape in found if shape.severity]
    return [*shaped, *_checks(), *_built_in()]


@shows(SHAPES.removesuffix("#"))
def rule_book(iri: str) -> Response:
    """Show every rule: what it looks at, what it wants, and what breaks it."""
    found, behind = shapes()
    every = rules(found)
    by_file = groupby((rule for rule in every if rule.shape), key=lambda rule: rule.shape.graph if rule.shape else "")
    parts = [(f"part-{slug(graph)}", graph, name_of(graph).text, list(own)) for graph, own in by_file]
    rest = [rule for rule in every if not rule.shape]
    for key, own in (("checks", [r for r in rest if r.query]), ("built_in", [r for r in rest if not r.query])):
        if own:
            parts.append((f"part-{key}", "", t(f"rules.{key}"), own))
    return page(
        "rules.html",
        title=t("rules.title"),
        alternates=alternates(iri),
        behind=[behind],
        parts=parts,
        gathering=[shape for shape in found if not shape.severity],
        total=len(every),
    )


def _of_shape(shape: Shape) -> Rule:
    about = shape.about | {target.iri for target in shape.targets}
    return Rule(shape.name, shape.severity, shape.message, shape, "", about, _example(shape.name))


def _checks() -> Iterator[Rule]:
    for check in current_service().checks:
        query = without_header(check.query).strip()
        about = frozenset(iri for name in _NAME.findall(query) if (iri := expand(name)))
        yield Rule(check.rule, check.severity, check.messages[language()], None, query, about, _example(check.rule))


def _built_in() -> Iterator[Rule]:
    for name, entry in built_in_rules().items():
        # What was found is not known here.
        yield Rule(name, entry["severity"], _FIELD.sub("…", entry[language()]), None, "", frozenset(), ())


def _example(rule: str) -> tuple[Line, ...]:
    """Return what breaks a rule beside the same mended, as far as the two differ."""
    release = current_service().release
    files = [release.examples / rule / f"{kind}.ttl" for kind in ("invalid", "valid")] if release else []
    if not files or not all(file.is_file() for file in files):
        return ()
    wrong, right = map(_statements, files)
    return tuple(_differences(wrong, right))


def _statements(file: Path) -> list[str]:
    lines = file.read_text(encoding="utf-8").splitlines()
    return [line for line in lines if line.strip() and not line.startswith("PREFIX ")]


def _differences(wrong: list[str], right: list[str]) -> Iterator[Line]:
    groups = list(SequenceMatcher(None, wrong, right, autojunk=False).get_grouped_opcodes(_AROUND))
    for number, group in enumerate(groups):
        if number:
            yield Line("gap", "…")
        for kind, start, end, other_start, other_end in group:
            if kind == "equal":
                yield from (Line("same", text) for text in wrong[start:end])
            else:
                yield from (Line("wrong", text) for text in wrong[start:end])
                yield from (Line("right", text) for text in right[other_start:other_end])


def rules_about(iri: str, every: list[Rule]) -> list[Rule]:
    """Return the rules that look at a class or a property."""
    return [rule for rule in every if iri in rule.about]
