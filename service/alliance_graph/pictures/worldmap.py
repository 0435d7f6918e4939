"""A map of the world: countries filled by an amount, places as dots whose area is theirs."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import sqrt
from pathlib import Path

import pyoxigraph as ox
from markupsafe import Markup

from alliance_graph.pictures.answer import Answer, CannotDrawError, Row, Thing, amount
from alliance_graph.pictures.atlas import SOURCE, Frame, Shape, shapes
from alliance_graph.pictures.picture import WIDE, Drawing, Item, Picture, Plane
from alliance_graph.pictures.sahara import WESTERN_SAHARA
from alliance_graph.pictures.series import area_swatch, shade
from alliance_graph.pictures.svg import element, group, hatch, linked
from alliance_graph.pictures.words import word

COLUMNS = "thing, numeric | thing, latitude, longitude [, personnel]"
FRAMES = {
    "world": Frame(-170, 180, -56, 80, WIDE),
    "africa": Frame(-30, 60, -36, 48, WIDE),
    "mediterranean": Frame(-22, 44, 18, 54, WIDE),
}
"""Parts of the world that can be drawn."""
WORLD = Path(__file__).parents[1] / "web" / "static" / "vendor" / "world-atlas" / "countries-110m.json"
"""The file of shapes, which the installation fetches."""
_MOST = 3000
_FIGURE = re.compile(r"(\d[\d,.\u202f\u00a0 ]*)\s*\((\d{4})(?:–(\d{4}))?\)")


@dataclass(frozen=True)
class Area:
    """A country to fill."""

    thing: Thing
    code: str
    """Its numeric code in ISO 3166-1."""
    value: float
    place: tuple[float, float] | None
    """A point inside it: where it is drawn if the map has no shape for it."""


@dataclass(frozen=True)
class Dot:
    """A place."""

    thing: Thing
    place: tuple[float, float]
    value: float | None
    told: str


def largest(estimates: str) -> float | None:
    """Return the largest of the sizes of a contingent, from `800 (2004–2009), 150 (2010)`; None if it gives none.

    A text of another form, such as "more than 11,000 soldiers in all", is no size at one time.
    """
    sizes = [float(re.sub(r"\D", "", figure[1])) for figure in _FIGURE.finditer(estimates)]
    return max(sizes, default=None)


def draw(answer: Answer, title: str = "", frame: str = "world", world: Path = WORLD) -> Picture:
    """Return the map of an answer.

    Args:
        answer: rows that name a thing with its `numeric` code in ISO 3166-1, or its `latitude` and
            `longitude`, or both: what has a shape is filled, the rest are dots.
        title: what it shows.
        frame: the part of the world, of `FRAMES`.
        world: the file of shapes.

    Raises:
        CannotDrawError: it has no such columns, no rows or too many, or the file of shapes is missing.
    """
    if not (answer.has("numeric") or answer.has("latitude", "longitude")):
        raise CannotDrawError("unfit", answer.language, columns=COLUMNS)
    areas, dots = areas_of(answer), dots_of(answer)
    if not areas and not dots:
        raise CannotDrawError("no_rows" if not answer.rows else "no_places", answer.language)
    return world_map(areas, dots, answer, title=title, frame=frame, world=world)


def areas_of(answer: Answer) -> list[Area]:
    """Return the countries of an answer, each once, with the number of its rows."""
    found: dict[str, Area] = {}
    for row in answer.rows if answer.has("numeric") else ():
        thing, code = answer.thing(row, _subject(answer)), row.get("numeric")
        if thing is not None and isinstance(code, ox.Literal):
            before = found[code.value].value if code.value in found else 0
            found[code.value] = Area(thing, code.value, before + 1, _place(row))
    return list(found.values())


def dots_of(answer: Answer) -> list[Dot]:
    """Return the places of an answer: what has coordinates and no code of a country."""
    dots = {}
    for row in answer.rows:
        place, thing = _place(row), answer.thing(row, _subject(answer))
        if place is None or thing is None or "numeric" in row:
            continue
        size = row.get("personnel")
        told = size.value if isinstance(size, ox.Literal) else ""
        value = amount(size) if amount(size) is not None else largest(told)
        dots[thing.key, place] = Dot(thing, place, value, told)
    return list(dots.values())


def _subject(answer: Answer) -> str:
    return "site" if answer.has("site") else answer.subject("numeric", "latitude", "longitude") or "numeric"


def _place(row: Row) -> tuple[float, float] | None:
    latitude, longitude = amount(row.get("latitude")), amount(row.get("longitude"))
    if latitude is None or longitude is None or abs(latitude) > 90 or abs(longitude) > 180:
        return None
    return longitude, latitude


def world_map(
    areas: Sequence[Area],
    dots: Sequence[Dot],
    answer: Answer,
    *,
    title: str = "",
    frame: str = "world",
    world: Path = WORLD,
    home: str = "",
) -> Picture:
    """Return the map of these areas and dots.

    Args:
        areas: the countries to fill.
        dots: the places.
        answer: where they are from.
        title: what it shows.
        frame: the part of the world, of `FRAMES`.
        world: the file of shapes.
        home: the numeric code of the country that the map is about.

    Raises:
        CannotDrawError: there is too much to draw, or the file of shapes is missing.
    """
    language = answer.language
    if len(dots) > _MOST:
        raise CannotDrawError("too_many", language, n=len(dots), most=_MOST)
    within = FRAMES[frame]
    countries = shapes(world, within)
    if countries is None:
        raise CannotDrawError("no_shapes", language)
    # A map is not mirrored: west is on the left in every language.
    plane = Plane(WIDE, language, "map-wide")
    filled = {area.code: area for area in areas}
    most = max((area.value for area in areas), default=1)
    edge = element("rect", width=WIDE, height=within.height)
    marks = Markup("").join(
        [
            hatch("map-hatch", "disputed"),
            element("clipPath", edge, id="map-edge"),
            element("rect", width=WIDE, height=within.height, class_="sea"),
            group(
                (_country(shape, filled.get(shape.code), most, home) for shape in countries), clip_path="url(#map-edge)"
            ),
            *_smalls(areas, {shape.code for shape in countries}, within, most),
            *_dots(dots, within),
        ]
    )
    return Picture(
        kind="map",
        title=title or word("map", language),
        description=word("map_told", language, areas=len(areas), dots=len(dots)),
        drawings=(Drawing(plane, within.height, marks),),
        legend=(
            *([Item(area_swatch("land home"), word("home", language))] if home else []),
            *_legend(areas, dots, most, language),
            _disputed(language),
        ),
        notes=(word("sahara", language), word("layer", language, source=SOURCE)),
    )


def _country(shape: Shape, area: Area | None, most: float, home: str) -> Markup:
    if shape.code == WESTERN_SAHARA:
        style = f"land disputed shade{shade(area.value, most)}" if area else "land disputed"
        return element("path", d=shape.path, class_=style, fill="url(#map-hatch)")
    if area is None:
        return element("path", d=shape.path, class_="land home" if shape.code == home else "land")
    told = element("title", _told(area, most))
    return linked(
        area.thing.address, element("path", told, d=shape.path, class_=f"land shade{shade(area.value, most)}")
    )


def _told(area: Area, most: float) -> str:
    return area.thing.label if most <= 1 else f"{area.thing.label}: {area.value:g}"


def _smalls(areas: Sequence[Area], drawn: set[str], frame: Frame, most: float) -> Iterator[Markup]:
    """Draw as small squares the countries that are too small for a shape at this scale."""
    for area in areas:
        if area.code in drawn or area.place is None:
            continue
        x, y = frame.place(*area.place)
        if _inside(x, y, frame):
            mark = element(
                "rect",
                element("title", _told(area, most)),
                x=x - 4,
                y=y - 4,
                width=8,
                height=8,
                class_=f"land small shade{shade(area.value, most)}",
            )
            yield linked(area.thing.address, mark)


def _inside(x: float, y: float, frame: Frame) -> bool:
    return 0 <= x <= frame.width and 0 <= y <= frame.height


def _dots(dots: Sequence[Dot], frame: Frame) -> Iterator[Markup]:
    """Draw the places, the largest first, so that none hides another."""
    for dot in sorted(dots, key=lambda dot: -(dot.value or 0)):
        x, y = frame.place(*dot.place)
        if _inside(x, y, frame):
            told = f"{dot.thing.label}: {dot.told}" if dot.told else dot.thing.label
            circle = element("circle", element("title", told), cx=x, cy=y, r=_radius(dot.value), class_="dot")
            yield linked(dot.thing.address, circle)


def _radius(value: float | None) -> float:
    return 3.5 if value is None else max(0.45 * sqrt(value), 2.5)


def _legend(areas: Sequence[Area], dots: Sequence[Dot], most: float, language: str) -> Iterator[Item]:
    if areas and most <= 1:
        yield Item(area_swatch("shade1"), word("area", language))
    elif areas:
        for step in range(1, 5):
            values = [area.value for area in areas if shade(area.value, most) == step]
            if values:
                low, high = min(values), max(values)
                told = f"{low:g}" if low == high else f"{low:g}–{high:g}"
                yield Item(area_swatch(f"shade{step}"), told)
    if dots:
        swatch = element("circle", cx=12, cy=6, r=5, class_="dot")
        yield Item(swatch, word("dot_sized" if any(dot.value for dot in dots) else "dot", language))


def _disputed(language: str) -> Item:
    swatch = [
        hatch("map-hatch-swatch", "disputed"),
        element("rect", x=1, y=1, width=22, height=10, class_="land disputed", fill="url(#map-hatch-swatch)"),
    ]
    return Item(Markup("").join(swatch), word("disputed", language))
