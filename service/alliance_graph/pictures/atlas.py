"""The shapes of countries: a TopoJSON file decoded, projected and written as SVG paths.

The file is `countries-110m.json` of the npm package world-atlas: Natural Earth's countries at
1:110 million, with the numeric codes of ISO 3166-1 (TopoJSON 1.0: arcs are quantised, each point a
difference from the one before; a negative index is an arc taken backwards).
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from math import asin, cos, radians, sin, sqrt
from pathlib import Path
from typing import Any

from alliance_graph.pictures.rings import Point, cut, parted
from alliance_graph.pictures.sahara import MOROCCO, PARALLEL, WESTERN_SAHARA, merged

SOURCE = "Natural Earth, world-atlas 2"
_NOT_DRAWN = frozenset(("010",))
"""Antarctica."""

# Equal Earth: B. Šavrič, T. Patterson, B. Jenny, "The Equal Earth map projection", International Journal of
# Geographical Information Science, 2018, doi:10.1080/13658816.2018.1504949.
_A1, _A2, _A3, _A4 = 1.340264, -0.081106, 0.000893, 0.003796
_M = sqrt(3) / 2
_HALF_WIDTH = 2.7066297
"""The abscissa of 180° on the equator."""
_OVER = 20.0
"""How far beyond the frame a shape is still drawn."""


def equal_earth(longitude: float, latitude: float) -> tuple[float, float]:
    """Return the place of a point on the map: x from -1 to 1 eastwards, y in the same unit downwards."""
    theta = asin(_M * sin(radians(latitude)))
    squared = theta * theta
    sixth = squared * squared * squared
    x = radians(longitude) * cos(theta) / (_M * (_A1 + 3 * _A2 * squared + sixth * (7 * _A3 + 9 * _A4 * squared)))
    y = theta * (_A1 + _A2 * squared + sixth * (_A3 + _A4 * squared))
    return x / _HALF_WIDTH, -y / _HALF_WIDTH


@dataclass(frozen=True)
class Frame:
    """A part of the world and the width at which it is drawn."""

    west: float
    east: float
    south: float
    north: float
    width: float

    @property
    def scale(self) -> float:
        """The width of half the equator."""
        return self.width / (self._right - self._left)

    @property
    def height(self) -> float:
        """The height of the drawing."""
        return (equal_earth(0, self.south)[1] - self._top) * self.scale

    def place(self, longitude: float, latitude: float) -> tuple[float, float]:
        """Return where a point is drawn."""
        x, y = equal_earth(longitude, latitude)
        return (x - self._left) * self.scale, (y - self._top) * self.scale

    @property
    def _middle(self) -> float:
        # The map is widest where it is nearest to the equator.
        return min(max(0.0, self.south), self.north)

    @property
    def _left(self) -> float:
        return equal_earth(self.west, self._middle)[0]

    @property
    def _right(self) -> float:
        return equal_earth(self.east, self._middle)[0]

    @property
    def _top(self) -> float:
        return equal_earth(0, self.north)[1]


@dataclass(frozen=True)
class Shape:
    """A country as drawn."""

    code: str
    """Its numeric code in ISO 3166-1; empty for what has none."""
    name: str
    """Its name in the file."""
    path: str


@lru_cache(maxsize=16)
def shapes(file: Path, frame: Frame) -> tuple[Shape, ...] | None:
    """Return the shapes of the world in a frame; None if the file is not there.

    Raises:
        ValueError: the file is not that of world-atlas.
    """
    try:
        topology = json.loads(file.read_bytes())
    except FileNotFoundError:
        return None
    try:
        countries = list(_countries(topology))
    except (KeyError, TypeError, IndexError) as error:
        raise ValueError(f"{file.name} is not the file of countries of world-atlas: {error!r}") from None
    drawn = (Shape(code, name, "".join(_paths(rings, frame))) for code, name, rings in countries)
    return tuple(shape for shape in drawn if shape.path)


def _countries(topology: dict[str, Any]) -> Iterator[tuple[str, str, list[list[Point]]]]:
    """Yield code, name and rings of each country; those of Western Sahara and Morocco as the parallel parts them."""
    arcs = list(_arcs(topology))
    found = {}
    for country in topology["objects"]["countries"]["geometries"]:
        polygons = country["arcs"] if country["type"] == "MultiPolygon" else [country["arcs"]]
        code, name = country.get("id", ""), country["properties"]["name"]
        if code in (MOROCCO, WESTERN_SAHARA):
            found[code] = name, polygons[0][0]
        elif code not in _NOT_DRAWN:
            yield code, name, [_ring(ring, arcs) for polygon in polygons for ring in polygon]
    (morocco, north), (sahara, south) = found[MOROCCO], found[WESTERN_SAHARA]
    whole = _ring(merged(north, south), arcs)
    yield MOROCCO, morocco, [cut(whole, 1, PARALLEL, above=True)]
    yield WESTERN_SAHARA, sahara, [cut(whole, 1, PARALLEL, above=False)]


def _arcs(topology: dict[str, Any]) -> Iterator[list[Point]]:
    """Yield the arcs as points of longitude and latitude."""
    (scale_x, scale_y), (move_x, move_y) = topology["transform"]["scale"], topology["transform"]["translate"]
    for arc in topology["arcs"]:
        x = y = 0
        points = []
        for dx, dy in arc:
            x, y = x + dx, y + dy
            points.append((x * scale_x + move_x, y * scale_y + move_y))
        yield points


def _ring(indices: Iterable[int], arcs: list[list[Point]]) -> list[Point]:
    points: list[Point] = []
    for index in indices:
        arc = arcs[index] if index >= 0 else arcs[~index][::-1]
        # Each arc begins where the one before ends.
        points += arc[1:] if points else arc
    return points


def _paths(rings: list[list[Point]], frame: Frame) -> Iterator[str]:
    for part in (part for ring in rings for part in parted(ring)):
        points = [frame.place(*point) for point in part]
        if any(-_OVER < x < frame.width + _OVER and -_OVER < y < frame.height + _OVER for x, y in points):
            yield _path(points)


def _path(points: Iterable[Point]) -> str:
    """Return a closed path in tenths of a unit, each point by its difference from the one before."""
    steps: list[str] = []
    at: tuple[int, int] | None = None
    for x, y in points:
        new = round(x * 10), round(y * 10)
        if at is None:
            steps.append(f"M{new[0] / 10:g} {new[1] / 10:g}l")
        elif new != at:
            steps.append(f"{(new[0] - at[0]) / 10:g} {(new[1] - at[1]) / 10:g} ")
        at = new
    return f"{''.join(steps).rstrip()}Z" if len(steps) > 3 else ""
