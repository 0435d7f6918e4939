"""How the series of a picture are told apart: by colour, and by a second means for those who see no colour."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from math import ceil, log

from markupsafe import Markup

from alliance_graph.pictures.svg import element

_COLOURS = 7
_SHADES = 4
_DASHES = (None, "8 4", "2 3")


def _style(n: int) -> str:
    return f"s{n % _COLOURS + 1}"


def styles(keys: Iterable[str]) -> Mapping[str, tuple[str, str | None]]:
    """Return the class and the dashes of each series; 21 are all different, then they begin again."""
    return {key: (_style(n), _DASHES[n // _COLOURS % len(_DASHES)]) for n, key in enumerate(keys)}


def shade(value: float, most: float) -> int:
    """Return the shade of an amount, 1 to 4, in equal steps of the logarithm: most counts are small."""
    if most <= 1 or value <= 1:
        return 1
    return min(1 + ceil((_SHADES - 1) * log(value) / log(most)), _SHADES)


def line_swatch(style: str, dashes: str | None) -> Markup:
    """Return the swatch of a line."""
    return element("path", d="M0 6H24", class_=f"strand {style}", stroke_dasharray=dashes, stroke_width=4)


def area_swatch(style: str, fill: str | None = None) -> Markup:
    """Return the swatch of an area."""
    return element("rect", x=1, y=1, width=22, height=10, class_=f"area {style}", fill=fill)
