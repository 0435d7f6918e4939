"""A chart of horizontal bars, each divided by series where the answer has a second thing."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from markupsafe import Markup

from alliance_graph.pictures.answer import Answer, CannotDrawError, Thing
from alliance_graph.pictures.grid import Grid, read_grid
from alliance_graph.pictures.lettering import lines, width
from alliance_graph.pictures.picture import NARROW, WIDE, Drawing, Item, Picture, Plane
from alliance_graph.pictures.series import area_swatch, styles
from alliance_graph.pictures.svg import element, group, hatch, linked
from alliance_graph.pictures.words import word
from alliance_graph.vocabulary import VERDICTS

COLUMNS = "thing [, series, number]"
_MOST_BARS, _MOST_SERIES = 120, 14

Address = Callable[[str, str], str]

_HATCHED = frozenset(("verdict-disputed",))
_BAR = 22.0


def draw(answer: Answer, title: str = "", address: Address | None = None) -> Picture:
    """Return the bars of an answer.

    Args:
        answer: rows with a thing, perhaps a second one that divides the bars, and a number; without a number
            rows are counted.
        title: what it shows.
        address: where a part of a bar leads, from the last parts of the IRIs of the thing and the series.

    Raises:
        CannotDrawError: it has no such columns, no rows, or too many.
    """
    language = answer.language
    grid = read_grid(answer, COLUMNS, two=False)
    if len(grid.rows) > _MOST_BARS or len(grid.columns) > _MOST_SERIES:
        n, most = (len(grid.rows), _MOST_BARS) if len(grid.rows) > _MOST_BARS else (len(grid.columns), _MOST_SERIES)
        raise CannotDrawError("too_many", language, n=n, most=most)
    if any(value < 0 for value in grid.cells.values()):
        raise CannotDrawError("unfit", language, columns=COLUMNS)
    series = _ordered(grid)
    classes = _classes(series)
    planes = (Plane(WIDE, language, "chart-wide"), Plane(NARROW, language, "chart-narrow"))
    several = len(series) > 1
    return Picture(
        kind="chart",
        title=title or word("chart", language),
        description=word("chart_told", language, n=len(grid.rows), total=f"{sum(grid.cells.values()):g}"),
        drawings=tuple(_drawing(plane, grid, series, classes, address) for plane in planes),
        legend=tuple(Item(_swatch(classes[s.key]), s.label, s.key) for s in series) if several else (),
        notes=(word("measure", language, name=answer.heading(grid.measure)),) if grid.measure else (),
    )


def _ordered(grid: Grid) -> list[Thing]:
    def rank(thing: Thing) -> int:
        return VERDICTS.index(thing.key) if thing.key in VERDICTS else len(VERDICTS)

    return sorted(grid.columns.values(), key=rank)


def _classes(series: list[Thing]) -> Mapping[str, str]:
    if all(thing.key in VERDICTS for thing in series):
        return {thing.key: f"verdict-{thing.slug}" for thing in series}
    return {key: style for key, (style, _) in styles(thing.key for thing in series).items()}


def _fill(style: str, place: str) -> str | None:
    return f"url(#{place}-{style})" if style in _HATCHED else None


def _swatch(style: str) -> Markup:
    pattern = hatch(f"chart-swatch-{style}", style) if style in _HATCHED else Markup()
    return pattern + area_swatch(style, _fill(style, "chart-swatch"))


def _drawing(
    plane: Plane, grid: Grid, series: list[Thing], classes: Mapping[str, str], address: Address | None
) -> Drawing:
    begin = 330.0 if plane.is_wide else 8.0
    room = plane.width - begin - 56
    most = max(grid.row_totals.values(), default=0) or 1
    marks = [hatch(f"{plane.prefix}-{style}", style) for style in _HATCHED.intersection(classes.values())]
    y = 8.0
    for thing in grid.rows.values():
        label_room = begin - 24 if plane.is_wide else plane.width - 16
        label = lines(thing.label, label_room, 14, 2)
        above = 0.0 if plane.is_wide else 18.0 * len(label)
        height = max(_BAR, 18.0 * len(label) if plane.is_wide else _BAR)
        first = y + height / 2 - 9 * len(label) + 14 if plane.is_wide else y + 14
        texts = [
            plane.text(
                begin - 14 if plane.is_wide else 8, first + 18 * n, line, "label", "end" if plane.is_wide else "start"
            )
            for n, line in enumerate(label)
        ]
        bar = _bar(plane, grid, thing, series, classes, (begin, y + above + (height - _BAR) / 2, room / most), address)
        marks.append(group([linked(thing.address, *texts), *bar], class_="bar"))
        y += above + height + (10 if plane.is_wide else 14)
    return Drawing(plane, y, Markup("").join(marks))


def _bar(
    plane: Plane,
    grid: Grid,
    thing: Thing,
    series: list[Thing],
    classes: Mapping[str, str],
    place: tuple[float, float, float],
    address: Address | None,
) -> Iterator[Markup]:
    begin, y, scale = place
    x = begin
    for one in series:
        value = grid.cells.get((thing.key, one.key), 0)
        if not value:
            continue
        long, told, style = value * scale, f"{value:g}", classes[one.key]
        name = f"{thing.label} – {one.label}: {told}" if one.key else f"{thing.label}: {told}"
        parts = [
            element("title", name),
            plane.box(x, y, max(long - 1, 0.5), _BAR, class_=f"area {style}", fill=_fill(style, plane.prefix)),
        ]
        if len(series) > 1 and width(told, 13) + 4 < long:
            parts.append(plane.text(x + long / 2, y + 16, told, f"on-area on-{style}", "middle"))
        where = address(thing.slug, one.slug) if address else None
        yield linked(where, group(parts, data_series=one.key or None))
        x += long
    yield plane.text(x + 6, y + 16, f"{grid.row_totals[thing.key]:g}", "quiet")
