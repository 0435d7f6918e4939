"""Maps: each place is where it is, and what is disputed is shown so."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import pyoxigraph as ox
import pytest

from alliance_graph.pictures import CannotDrawError, draw, read, worldmap
from alliance_graph.pictures.atlas import Frame, equal_earth, shapes
from alliance_graph.pictures.rings import parted
from pictures.drawing import LIBRARY, address, answer_of, iri, parse

PLAIN = Frame(-180, 180, -60, 84, 1000)


def points(path: str) -> list[list[tuple[float, float]]]:
    rings = []
    for ring in path.split("Z"):
        if not ring:
            continue
        start, _, steps = ring.removeprefix("M").partition("l")
        x, y = map(float, start.split())
        here = [(x, y)]
        numbers = list(map(float, steps.split()))
        for dx, dy in zip(numbers[::2], numbers[1::2], strict=True):
            x, y = x + dx, y + dy
            here.append((x, y))
        rings.append(here)
    return rings


def inside(place: tuple[float, float], rings: list[list[tuple[float, float]]]) -> bool:
    x, y = place
    within = False
    for ring in rings:
        for (x0, y0), (x1, y1) in zip(ring, [*ring[1:], ring[0]], strict=True):
            if (y0 > y) != (y1 > y) and x < x0 + (x1 - x0) * (y - y0) / (y1 - y0):
                within = not within
    return within


@pytest.mark.parametrize(
    ("town", "longitude", "latitude", "code"),
    [
        ("Rabat", -6.8, 33.9, "504"),
        ("Tan-Tan", -11.1, 28.4, "504"),
        ("Laayoune, west of the sand wall", -13.0, 27.0, "732"),
        ("Dakhla's hinterland, west of the sand wall", -15.0, 23.8, "732"),
        ("Tifariti, east of the sand wall", -10.5, 26.2, "732"),
        ("Nouakchott", -15.5, 18.1, "478"),
    ],
)
def test_western_sahara_is_whole_on_the_map(
    town: str, longitude: float, latitude: float, code: str, atlas: Path
) -> None:
    drawn = shapes(atlas, PLAIN)
    assert drawn is not None
    place = PLAIN.place(longitude, latitude)
    assert [shape.code for shape in drawn if inside(place, points(shape.path))] == [code], town


def test_western_sahara_is_hatched_and_attributed(atlas: Path, store: ox.Store) -> None:
    columns, rows = answer_of(store, LIBRARY["states"])
    figure = parse(draw("map", columns, rows, "en", address))
    (sahara,) = [path for path in figure.iter("path") if path.get("class") == "land disputed"]
    assert sahara.get("fill") == "url(#map-hatch)"
    said = " ".join("".join(note.itertext()) for note in figure.iter("p"))
    assert "Western Sahara stands on the United Nations list" in said
    assert "Natural Earth" in said


def test_no_shape_runs_across_the_whole_map(atlas: Path) -> None:
    drawn = shapes(atlas, PLAIN)
    assert drawn is not None
    for shape in drawn:
        for ring in points(shape.path):
            assert all(abs(x1 - x0) < 200 for (x0, _), (x1, _) in pairwise(ring)), shape.name


def test_a_ring_across_the_antimeridian_is_parted() -> None:
    parts = parted([(170.0, 60.0), (-170.0, 60.0), (-170.0, 70.0), (170.0, 70.0)])
    assert sorted((min(x for x, _ in part), max(x for x, _ in part)) for part in parts) == [(-180, -170), (170, 180)]


def test_the_projection_keeps_its_landmarks() -> None:
    assert equal_earth(0, 0) == (0, 0)
    assert equal_earth(180, 0)[0] == pytest.approx(1, abs=1e-6)
    assert equal_earth(0, 90)[1] == pytest.approx(-1.3173627591574 / 2.7066297, abs=1e-6)


def test_without_the_shapes_the_map_says_so_and_how_to_get_them(tmp_path: Path) -> None:
    answer = read(("state", "numeric"), [[iri("france"), ox.Literal("250")]], "en", address)
    with pytest.raises(CannotDrawError, match="make install"):
        worldmap.draw(answer, world=tmp_path / "none.json")


def test_another_file_than_the_shapes_is_an_error_and_not_an_empty_map(tmp_path: Path) -> None:
    other = tmp_path / "other.json"
    other.write_text("{}", encoding="utf-8")
    with pytest.raises(ValueError, match="not the file of countries"):
        shapes(other, PLAIN)


@pytest.mark.parametrize(
    ("said", "largest"),
    [
        ("800 (2004–2009), 150 (2010)", 800),
        ("35 (2019), 300 (2024)", 300),
        ("more than 11,000 soldiers in all", None),
        ("", None),
    ],
)
def test_a_dot_has_the_largest_size_that_a_source_gives_for_a_year(said: str, largest: float | None) -> None:
    assert worldmap.largest(said) == largest
