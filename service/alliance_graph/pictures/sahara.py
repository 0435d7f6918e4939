"""Western Sahara on the map.

Natural Earth draws who controls what: its "Morocco" reaches along the coast to the south, and its
"W. Sahara" is only the land east of the sand wall. A map that hatched that polygon alone would show
most of the disputed territory as Morocco's. So the two polygons are put together again and parted
along the parallel of 27°40′ N, the boundary of Morocco and Spanish Sahara since 1958 (United States,
Office of the Geographer, "Morocco – Western Sahara (Spanish Sahara) Boundary", International Boundary
Study No. 9, 1961).
"""

from __future__ import annotations

from collections.abc import Sequence

MOROCCO, WESTERN_SAHARA = "504", "732"
"""Their numeric codes in ISO 3166-1."""
PARALLEL = 27 + 40 / 60


def merged(one: Sequence[int], other: Sequence[int]) -> list[int]:
    """Return the ring around two neighbours: their arcs without the one they share.

    Raises:
        ValueError: they do not share exactly one arc.
    """
    shared = [index for index in one if ~index in other]
    if len(shared) != 1:
        raise ValueError(f"the polygons of Morocco and Western Sahara share {len(shared)} arcs, not one")
    return [*_after(one, shared[0]), *_after(other, ~shared[0])]


def _after(ring: Sequence[int], index: int) -> list[int]:
    at = ring.index(index)
    return [*ring[at + 1 :], *ring[:at]]
