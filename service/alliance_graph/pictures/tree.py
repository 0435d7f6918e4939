"""A forest: things under what they belong to, as lines that branch off.

Each tree stands whole in one column; on a wide plane there are three, filled one after the other.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from markupsafe import Markup, escape

from alliance_graph.pictures.answer import Thing
from alliance_graph.pictures.lettering import shorten, width
from alliance_graph.pictures.picture import NARROW, WIDE, Drawing, Picture, Plane
from alliance_graph.pictures.svg import element, group, linked

_COLUMNS = 3
_LINE, _GAP, _INDENT = 26.0, 14.0, 22.0
_NAME, _SMALL = 15.0, 12.0
_BETWEEN = 24.0


@dataclass(frozen=True)
class Branch:
    """A thing and what belongs under it."""

    thing: Thing
    beside: str = ""
    """What is written behind its name, if there is room."""
    branches: tuple[Branch, ...] = ()

    @property
    def size(self) -> int:
        """How many things there are from here on."""
        return 1 + sum(branch.size for branch in self.branches)

    @property
    def height(self) -> float:
        """The room that it takes as a tree, with the gap after it; what has no branches needs none."""
        return self.size * _LINE + (_GAP if self.branches else 0)


def draw(trees: Sequence[Branch], language: str, title: str, description: str) -> Picture:
    """Return the picture of trees.

    Args:
        trees: in the order in which they are drawn.
        language: the language in which it speaks.
        title: what it shows.
        description: what is to be seen, for those who do not see it.
    """
    return Picture(
        kind="tree",
        title=title,
        description=description,
        drawings=(
            _drawing(Plane(WIDE, language, "tree-wide"), trees, _COLUMNS),
            _drawing(Plane(NARROW, language, "tree-narrow"), trees, 1),
        ),
        legend=(),
    )


def _drawing(plane: Plane, trees: Sequence[Branch], number: int) -> Drawing:
    room = (plane.width - _BETWEEN * (number - 1)) / number
    marks: list[Markup] = []
    height = 0.0
    for at, column in enumerate(_columns(trees, number)):
        y = 0.0
        for tree in column:
            marks.extend(_tree(plane, tree, at * (room + _BETWEEN), y, room))
            y += tree.height
        height = max(height, y)
    return Drawing(plane, height, Markup("").join(marks))


def _columns(trees: Sequence[Branch], number: int) -> Iterator[list[Branch]]:
    """Yield the trees by column: as many as make the columns about as tall, in their order."""
    left = sum(tree.height for tree in trees)
    rest = list(trees)
    for columns in range(number, 0, -1):
        column, tall = [], 0.0
        while rest and (columns == 1 or tall + rest[0].height / 2 <= left / columns):
            column.append(rest.pop(0))
            tall += column[-1].height
        left -= tall
        yield column


def _tree(plane: Plane, branch: Branch, along: float, top: float, room: float) -> Iterator[Markup]:
    """Yield the marks of a tree whose first line begins here and may be this long."""
    middle = top + _LINE / 2
    name = shorten(branch.thing.label, room, _NAME)
    written = escape(name)
    if width(name, _NAME) + 10 + width(branch.beside, _SMALL) <= room:
        # In one text with the name, as the width of that is only an estimate.
        written += element("tspan", f"\u00a0\u00a0\u2068{branch.beside}\u2069", class_="beside")
    title = element("title", f"{branch.thing.label} {branch.beside}".strip())
    yield linked(branch.thing.address, group([title, plane.text(along, middle + 5, written, "name")]))
    y = top + _LINE
    for below in branch.branches:
        stem, end = plane.x(along + _INDENT / 3), plane.x(along + _INDENT - 5)
        yield element(
            "path", d=f"M{stem:.1f} {middle + 9:.1f}V{y + _LINE / 2:.1f}H{end:.1f}", class_="stem", aria_hidden="true"
        )
        yield from _tree(plane, below, along + _INDENT, y, room - _INDENT)
        y += below.size * _LINE
