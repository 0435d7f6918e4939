"""A network: one actor in the centre, the others around it, one strand for each kind of tie.

The others stand on lines of their own at even distances, so no label touches another however many there are.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from math import sqrt

import pyoxigraph as ox
from markupsafe import Markup

from alliance_graph.pictures.answer import Answer, CannotDrawError, Row, Thing, amount
from alliance_graph.pictures.lettering import lines, shorten, width
from alliance_graph.pictures.picture import NARROW, WIDE, Drawing, Item, Picture, Plane
from alliance_graph.pictures.series import line_swatch, styles
from alliance_graph.pictures.svg import element, group, linked
from alliance_graph.pictures.words import word

COLUMNS = "source, target [kind, weight, targetClass]"
TRIPLES = ("subject", "predicate", "object")
_MOST = 150
_NAME, _SMALL = 15.0, 12.0
_GAP, _HEAD = 16.0, 30.0
_ORDER = ("State", "IntergovernmentalOrganization", "ArmedForces", "ActorGroup")
_ROUND = (5.0, "spot")
_SHAPES = {"IntergovernmentalOrganization": (0.0, "spot"), "ActorGroup": (5.0, "spot hollow")}

Strokes = Mapping[str, tuple[str, str | None]]


@dataclass(frozen=True)
class Tie:
    """One kind of tie between the centre and a node."""

    kind: Thing
    weight: float

    @property
    def breadth(self) -> float:
        """The width of its strand."""
        return 1.6 + 1.5 * sqrt(self.weight)


@dataclass
class Node:
    """An actor around the centre."""

    thing: Thing
    group: Thing | None
    ties: list[Tie] = field(default_factory=list)

    @property
    def weight(self) -> float:
        """The sum of its ties."""
        return sum(tie.weight for tie in self.ties)

    @property
    def bundle(self) -> float:
        """The width of its strands side by side."""
        return sum(tie.breadth + 1 for tie in self.ties)


def draw(answer: Answer, title: str = "", only: Collection[str] = ()) -> Picture:
    """Return the network that an answer describes.

    Args:
        answer: rows with `source` and `target`, or those of a graph (`subject`, `predicate`, `object`).
        title: what it shows.
        only: the kinds to draw, as IRIs; all if empty.

    Raises:
        CannotDrawError: it has no such columns, no rows, or too many.
    """
    language = answer.language
    centre, nodes = _read(answer)
    weights: Counter[str] = Counter()
    kinds: dict[str, Thing] = {}
    for node in nodes:
        for tie in node.ties:
            weights[tie.kind.key] += round(tie.weight * 1000)
            kinds[tie.kind.key] = tie.kind
    # The styles come from all kinds, so that a kind keeps its colour when others are left out.
    order = sorted(kinds, key=lambda key: (-weights[key], key))
    strokes = styles(order)
    if only:
        nodes = [Node(n.thing, n.group, [tie for tie in n.ties if tie.kind.key in only]) for n in nodes]
        nodes = [node for node in nodes if node.ties]
    if not nodes:
        raise CannotDrawError("no_rows", language)
    if len(nodes) > _MOST:
        raise CannotDrawError("too_many", language, n=len(nodes), most=_MOST)
    for node in nodes:
        node.ties.sort(key=lambda tie: order.index(tie.kind.key))
    nodes.sort(key=_rank)
    drawn = [key for key in order if not only or key in only]
    return Picture(
        kind="network",
        title=title or word("network", language),
        description=word("network_told", language, centre=centre.label, n=len(nodes), kinds=len(drawn)),
        drawings=(
            _drawing(Plane(WIDE, language, "network-wide"), centre, nodes, strokes),
            _drawing(Plane(NARROW, language, "network-narrow"), centre, nodes, strokes),
        ),
        legend=tuple(Item(line_swatch(*strokes[key]), kinds[key].label, key) for key in drawn),
        notes=(word("network_width", language),) if answer.has("weight") else (),
    )


def _rank(node: Node) -> tuple[int, str, float, str]:
    slug = node.group.key.rpartition("#")[2] if node.group else ""
    known = _ORDER.index(slug) if slug in _ORDER else len(_ORDER)
    return known, slug, -node.weight, node.thing.label


def _read(answer: Answer) -> tuple[Thing, list[Node]]:
    if answer.columns == TRIPLES:
        edges = [_edge(answer, row, *TRIPLES) for row in answer.rows if not isinstance(row["object"], ox.Literal)]
    elif answer.has("source", "target"):
        edges = [_edge(answer, row, "source", "kind", "target") for row in answer.rows]
    else:
        raise CannotDrawError("unfit", answer.language, columns=COLUMNS)
    whole = [edge for edge in edges if edge is not None]
    if not whole:
        raise CannotDrawError("no_rows", answer.language)
    ends: Counter[str] = Counter()
    for source, _, target, _ in whole:
        ends[source.key] += 1
        ends[target.key] += 1
    # The centre is the thing with the most ties; of two alike, the one named first.
    hub = max(ends, key=lambda key: ends[key])
    centre = next(thing for edge in whole for thing in (edge[0], edge[2]) if thing.key == hub)
    nodes: dict[str, Node] = {}
    sums: dict[tuple[str, str], float] = defaultdict(float)
    names: dict[tuple[str, str], Thing] = {}
    for source, kind, target, row in whole:
        other, column = (target, "target") if source.key == hub else (source, "source")
        nodes.setdefault(other.key, Node(other, answer.thing(row, f"{column}Class")))
        weight = amount(row.get("weight"))
        sums[other.key, kind.key] += 1 if weight is None else weight
        names[other.key, kind.key] = kind
    for (other_key, kind_key), total in sums.items():
        if total > 0:
            nodes[other_key].ties.append(Tie(names[other_key, kind_key], total))
    return centre, [node for node in nodes.values() if node.ties]


def _edge(answer: Answer, row: Row, source: str, kind: str, target: str) -> tuple[Thing, Thing, Thing, Row] | None:
    begin, end = answer.thing(row, source), answer.thing(row, target)
    if begin is None or end is None:
        return None
    return begin, answer.thing(row, kind) or Thing("", word("no_kind", answer.language)), end, row


@dataclass(frozen=True)
class _Place:
    """Where a node stands, and what is written beside it."""

    node: Node
    y: float
    """The middle of its line."""
    name: list[str]
    kinds: list[str]
    beside: str
    """Its one kind, if there is room for it behind the name."""


def _placed(node: Node, y: float, room: float) -> tuple[_Place, float]:
    """Return a node from here downwards, and where the next one begins."""
    # A number stays on the line of its kind.
    told = " · ".join(f"{tie.kind.label}\u00a0{tie.weight:g}" for tie in node.ties)
    if width(node.thing.label, _NAME) + width(told, _SMALL) + 10 < room:
        size = max(18.0, node.bundle)
        return _Place(node, y + size / 2, [node.thing.label], [], told), y + size + _GAP / 2
    name, kinds = lines(node.thing.label, room, _NAME, 2), lines(told, room, _SMALL, 5)
    size = max(18.0 * len(name) + 15.0 * len(kinds), node.bundle)
    return _Place(node, y + size / 2, name, kinds, ""), y + size + _GAP


def _drawing(plane: Plane, centre: Thing, nodes: Sequence[Node], strokes: Strokes) -> Drawing:
    if not plane.is_wide:
        side = _Side(plane, nodes, hub=34, out=96, room=NARROW - 154)
        height = max(side.height, 120.0)
        return Drawing(
            plane, height, Markup("").join([*side.marks(height, strokes), _centre(plane, 34, height, centre, 30)])
        )
    middle, room = WIDE / 2, WIDE / 2 - 200
    cut = _halfway(nodes, room)
    after = _Side(plane, nodes[:cut], hub=middle, out=170, room=room)
    before = _Side(plane, nodes[cut:], hub=middle, out=-170, room=room)
    height = max(after.height, before.height, 160.0)
    marks = [*after.marks(height, strokes), *before.marks(height, strokes), _centre(plane, middle, height, centre, 54)]
    return Drawing(plane, height, Markup("").join(marks))


def _halfway(nodes: Sequence[Node], room: float) -> int:
    """Return where to part the nodes so that both sides are about as tall, between two groups if that is near."""
    sizes = [_placed(node, 0, room)[1] for node in nodes]
    total = sum(sizes)

    def cost(cut: int) -> float:
        splits = 0 < cut < len(nodes) and nodes[cut - 1].group == nodes[cut].group
        return abs(sum(sizes[:cut]) - total / 2) + (total / 8 if splits else 0)

    return min(range(1, len(nodes) + 1), key=cost)


class _Side:
    """The nodes on one side of the centre, one below the other."""

    def __init__(self, plane: Plane, nodes: Sequence[Node], *, hub: float, out: float, room: float) -> None:
        self.plane, self.hub, self.out = plane, hub, out
        self._places: list[_Place] = []
        self._heads: list[tuple[float, str]] = []
        y, last = 6.0, None
        for node in nodes:
            if node.group is not None and node.group != last:
                self._heads.append((y + 20, node.group.label))
                y += _HEAD
            last = node.group
            place, y = _placed(node, y, room)
            self._places.append(place)
        self.height = y

    def marks(self, height: float, strokes: Strokes) -> Iterator[Markup]:
        """Yield what is drawn of this side in a picture of this height."""
        down = (height - self.height) / 2
        towards = 1 if self.out > 0 else -1
        node_x = self.hub + self.out
        for place in self._places:
            yield group(self._strands(place, down, height, strokes), class_="tie", data_node=place.node.thing.key)
        for y, label in self._heads:
            yield self.plane.text(node_x + towards * 16, y + down, label, "head", _anchor(towards))
        for place in self._places:
            yield self._label(place, down, node_x, towards)

    def _strands(self, place: _Place, down: float, height: float, strokes: Strokes) -> Iterator[Markup]:
        x0, x1 = self.plane.x(self.hub), self.plane.x(self.hub + self.out)
        bend = x0 + (x1 - x0) * 0.55
        middle = height / 2
        y = place.y + down - place.node.bundle / 2
        for tie in place.node.ties:
            end = y + (tie.breadth + 1) / 2
            y += tie.breadth + 1
            begin = middle + (end - middle) * 24 / max(height / 2, 24)
            style, dashes = strokes[tie.kind.key]
            yield element(
                "path",
                element("title", f"{place.node.thing.label}: {tie.kind.label}, {tie.weight:g}"),
                d=f"M{x0:.1f} {begin:.1f}C{bend:.1f} {begin:.1f} {bend:.1f} {end:.1f} {x1:.1f} {end:.1f}",
                class_=f"strand {style}",
                stroke_width=tie.breadth,
                stroke_dasharray=dashes,
                data_series=tie.kind.key,
            )

    def _label(self, place: _Place, down: float, node_x: float, towards: int) -> Markup:
        x, anchor, node = node_x + towards * 16, _anchor(towards), place.node
        y = place.y + down - (18.0 * len(place.name) + 15.0 * len(place.kinds)) / 2
        names, kinds = [], []
        for line in place.name:
            y += 18
            words = element("tspan", line, class_="name")
            beside = element("tspan", f"\u00a0 {place.beside}", class_="beside") if place.beside else Markup()
            names.append(self.plane.text(x, y - 4, words + beside, "name", anchor))
        for line in place.kinds:
            y += 15
            kinds.append(self.plane.text(x, y - 4, line, "quiet", anchor))
        shape = _shape(self.plane.x(node_x), place.y + down, node)
        return group([shape, linked(node.thing.address, *names), *kinds], class_="node", data_node=node.thing.key)


def _anchor(towards: int) -> str:
    return "start" if towards > 0 else "end"


def _shape(x: float, y: float, node: Node) -> Markup:
    """Return the mark of a node: round for a state, square for an organization, broken for a group."""
    corner, style = _SHAPES.get(node.group.key.rpartition("#")[2], _ROUND) if node.group else _ROUND
    tall = max(13.0, node.bundle)
    return element("rect", x=x - 5, y=y - tall / 2, width=10, height=tall, rx=corner, class_=style)


def _centre(plane: Plane, along: float, height: float, thing: Thing, radius: float) -> Markup:
    size = _NAME if plane.is_wide else 12.0
    label = shorten(thing.label, 2 * radius - 8, size) if width(thing.label, size) > 2 * radius else thing.label
    text = plane.text(along, height / 2 + 5, label, "centre-label" if plane.is_wide else "centre-label small", "middle")
    circle = element("circle", cx=plane.x(along), cy=height / 2, r=radius, class_="centre")
    return linked(thing.address, group([element("title", thing.label), circle, text]))
