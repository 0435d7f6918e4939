"""A picture: one drawing for wide screens and paper, one for narrow screens, and a legend."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from markupsafe import Markup

from alliance_graph.pictures.lettering import lines, width
from alliance_graph.pictures.svg import element, group

WIDE, NARROW = 1000.0, 400.0
"""The widths of the two drawings, in the unit of all lengths here; on a page it is about a pixel."""

_RIGHT_TO_LEFT = frozenset(("ar",))
_SWATCH = 28.0
_STEP = 22.0
_MARGIN = 20.0


@dataclass(frozen=True)
class Plane:
    """Where a drawing is made; where people write from right to left, its left is on the right."""

    width: float
    language: str
    prefix: str
    """What the identifiers inside the drawing begin with."""

    @property
    def is_wide(self) -> bool:
        """Whether it is the drawing for wide screens."""
        return self.width > NARROW

    @property
    def mirrored(self) -> bool:
        """Whether the language is written from right to left."""
        return self.language in _RIGHT_TO_LEFT

    def x(self, along: float) -> float:
        """Return the abscissa of a point this far from where lines of text begin."""
        return self.width - along if self.mirrored else along

    def box(self, along: float, y: float, length: float, height: float, **attributes: str | float | None) -> Markup:
        """Return a rectangle that begins this far from where lines of text begin."""
        left = self.x(along + length) if self.mirrored else along
        return element("rect", x=left, y=y, width=length, height=height, **attributes)

    def text(self, along: float, y: float, words: str, style: str, anchor: str = "start") -> Markup:
        """Return a line of text; `anchor` (start, middle, end) follows the direction of writing."""
        return element("text", words, x=self.x(along), y=y, class_=style, text_anchor=anchor)


@dataclass(frozen=True)
class Drawing:
    """Marks on a plane."""

    plane: Plane
    height: float
    marks: Markup
    data: dict[str, str] = field(default_factory=dict)
    """What scripts know of it, by the names of its `data-` attributes."""


@dataclass(frozen=True)
class Item:
    """An entry of the legend."""

    swatch: Markup
    """Marks in a box of 24 by 12."""
    label: str
    series: str | None = None
    """The marks it stands for: those with this `data-series`."""


@dataclass(frozen=True)
class Picture:
    """What is drawn of an answer. As markup in a page it is a figure."""

    kind: str
    title: str
    description: str
    """What is to be seen, for those who do not see it."""
    drawings: tuple[Drawing, ...]
    """The wide one, then the narrow one."""
    legend: tuple[Item, ...]
    notes: tuple[str, ...] = ()
    """What has to be said below it: attributions, and what could not be drawn."""

    @property
    def language(self) -> str:
        """The language in which it speaks."""
        return self.drawings[0].plane.language

    def __html__(self) -> Markup:
        """Return it as a figure for a page that has the style sheet `pictures.css`."""
        entries = (element("li", _boxed(item.swatch), item.label, data_series=item.series) for item in self.legend)
        legend = element("ul", *entries, class_="legend") if self.legend else Markup()
        notes = (element("p", note) for note in self.notes)
        caption = [element("figcaption", legend, *notes)] if self.legend or self.notes else []
        return element("figure", *map(self._inline, self.drawings), *caption, class_=f"picture {self.kind}")

    def _inline(self, drawing: Drawing) -> Markup:
        name = drawing.plane.prefix
        return element(
            "svg",
            *self._told(name),
            drawing.marks,
            class_="wide" if drawing.plane.is_wide else "narrow",
            viewBox=f"0 0 {drawing.plane.width:.0f} {drawing.height:.0f}",
            # Not an image: assistive technology would not reach the links inside.
            role="group",
            aria_labelledby=f"{name}-title {name}-desc",
            direction="rtl" if drawing.plane.mirrored else None,
            **{f"data_{key}": value for key, value in drawing.data.items()},
        )

    def _told(self, name: str) -> tuple[Markup, Markup]:
        return element("title", self.title, id=f"{name}-title"), element("desc", self.description, id=f"{name}-desc")

    def standalone(self, style: str, caption: Sequence[str]) -> Markup:
        """Return it as an SVG file of its own.

        Args:
            style: the style sheet, without variables.
            caption: lines to write below it: source, release, licence.
        """
        drawing = self.drawings[0]
        plane = drawing.plane
        head = 56.0
        entries, legend_height = _rows(self.legend, plane)
        foot = head + drawing.height + legend_height + 24
        room = plane.width - 2 * _MARGIN
        words = [line for text in (*self.notes, *caption) for line in lines(text, room, 12, 6)]
        height = foot + 18 * len(words) + 10
        return element(
            "svg",
            *self._told(f"{self.kind}-file"),
            element("style", Markup(style)),  # noqa: S704 - our own style sheet
            element("rect", width=plane.width, height=height, class_="paper"),
            plane.text(_MARGIN, 36, self.title, "picture-title"),
            group([drawing.marks], transform=f"translate(0 {head:.0f})"),
            group(entries, transform=f"translate(0 {head + drawing.height + 12:.0f})"),
            *(plane.text(_MARGIN, foot + 18 * n, line, "quiet") for n, line in enumerate(words)),
            xmlns="http://www.w3.org/2000/svg",
            class_=f"picture {self.kind}",
            viewBox=f"0 0 {plane.width:.0f} {height:.0f}",
            width=plane.width,
            height=height,
            role="group",
            aria_labelledby=f"{self.kind}-file-title {self.kind}-file-desc",
            lang=plane.language,
            direction="rtl" if plane.mirrored else None,
        )


def _boxed(swatch: Markup) -> Markup:
    return element("svg", swatch, viewBox="0 0 24 12", width=24, height=12, aria_hidden="true")


def _rows(legend: Sequence[Item], plane: Plane) -> tuple[list[Markup], float]:
    """Return the entries of a legend in rows, and the height of these."""
    x, y = _MARGIN, 0.0
    entries = []
    for item in legend:
        needed = _SWATCH + width(item.label, 14) + 24
        if x > _MARGIN and x + needed > plane.width - _MARGIN:
            x, y = _MARGIN, y + _STEP
        corner = plane.x(x) - (24 if plane.mirrored else 0)
        swatch = group([item.swatch], transform=f"translate({corner:.0f} {y:.0f})")
        entries.append(group([swatch, plane.text(x + _SWATCH, y + 10, item.label, "label")]))
        x += needed
    return entries, y + _STEP if legend else 0.0
