"""Rings of points on the globe: cut along a line, and parted where the map ends at 180°."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

Point = tuple[float, float]
"""Longitude and latitude."""


def cut(ring: Sequence[Point], axis: int, bound: float, *, above: bool) -> list[Point]:
    """Return the part of a ring on one side of a meridian or parallel (Sutherland and Hodgman's clipping, one edge).

    Args:
        ring: its points; the last joins the first.
        axis: 0 for a meridian, 1 for a parallel.
        bound: its degrees.
        above: whether to keep what lies east or north of it.
    """
    return list(_cut(ring, axis, bound, 1 if above else -1))


def _cut(ring: Sequence[Point], axis: int, bound: float, sign: int) -> Iterator[Point]:
    for one, two in zip(ring, [*ring[1:], *ring[:1]], strict=True):
        if (one[axis] - bound) * sign >= 0:
            yield one
        if (one[axis] - bound) * (two[axis] - bound) < 0:
            part = (bound - one[axis]) / (two[axis] - one[axis])
            yield one[0] + (two[0] - one[0]) * part, one[1] + (two[1] - one[1]) * part


def parted(ring: Sequence[Point]) -> list[list[Point]]:
    """Return a ring in the parts that a map from -180° to 180° shows: two if it crosses the antimeridian."""
    whole = _unwound(ring)
    east, west = max(x for x, _ in whole), min(x for x, _ in whole)
    if west >= -180 and east <= 180:
        return [whole]
    turn = 360 if west < -180 else -360
    moved = [(x + turn, y) for x, y in whole]
    parts = (cut(cut(part, 0, 180, above=False), 0, -180, above=True) for part in (whole, moved))
    return [part for part in parts if part]


def _unwound(ring: Sequence[Point]) -> list[Point]:
    """Return the ring without leaps from one end of the map to the other, beyond 180° if need be."""
    points: list[Point] = []
    turns = 0
    before: float | None = None
    for x, y in ring:
        if before is not None and abs(x - before) > 180:
            turns += 1 if x < before else -1
        before = x
        points.append((x + 360 * turns, y))
    return points
