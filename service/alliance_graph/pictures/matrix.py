"""A matrix: one line a thing, one column another, the amount in each cell written and shaded."""

from __future__ import annotations

from collections.abc import Iterator

from markupsafe import Markup

from alliance_graph.pictures.answer import Answer, CannotDrawError, Thing
from alliance_graph.pictures.grid import Grid, read_grid
from alliance_graph.pictures.lettering import lines, shorten, width
from alliance_graph.pictures.picture import NARROW, WIDE, Drawing, Picture, Plane
from alliance_graph.pictures.series import shade
from alliance_graph.pictures.svg import element, group, linked
from alliance_graph.pictures.words import word

COLUMNS = "thing, other thing [, number]"
_MOST_ROWS, _MOST_COLUMNS = 120, 40
_CELL = 30.0
_HEAD_SIZE = 13.0


def draw(answer: Answer, title: str = "") -> Picture:
    """Return the matrix of an answer, the fullest lines and columns first.

    Args:
        answer: rows with two things and perhaps a number; the columns of a network fit, too.
        title: what it shows.

    Raises:
        CannotDrawError: it has no such columns, no rows, or too many.
    """
    language = answer.language
    grid = read_grid(answer, COLUMNS, two=True)
    for found, most in ((len(grid.rows), _MOST_ROWS), (len(grid.columns), _MOST_COLUMNS)):
        if found > most:
            raise CannotDrawError("too_many", language, n=found, most=most)
    rows = sorted(grid.rows.values(), key=lambda thing: -grid.row_totals[thing.key])
    columns = sorted(grid.columns.values(), key=lambda thing: -grid.column_totals[thing.key])
    planes = (Plane(WIDE, language, "matrix-wide"), Plane(NARROW, language, "matrix-narrow"))
    return Picture(
        kind="matrix",
        title=title or word("matrix", language),
        description=word("matrix_told", language, rows=len(rows), columns=len(columns), cells=len(grid.cells)),
        drawings=tuple(_drawing(plane, grid, rows, columns) for plane in planes),
        legend=(),
        notes=(word("measure", language, name=answer.heading(grid.measure)),) if grid.measure else (),
    )


def _drawing(plane: Plane, grid: Grid, rows: list[Thing], columns: list[Thing]) -> Drawing:
    longest = max(width(thing.label, 14) for thing in rows)
    begin = min(longest + 24, 330.0) if plane.is_wide else 8.0
    cell = min((plane.width - begin - 8) / len(columns), 62.0 if plane.is_wide else 90.0)
    head_lines = 2 if cell >= 2 * _HEAD_SIZE + 4 else 1
    head = min(max(width(thing.label, _HEAD_SIZE) for thing in columns) / (1.6 if head_lines == 2 else 1) + 12, 220.0)
    marks = [_column_head(plane, thing, begin + (n + 0.5) * cell, head, head_lines) for n, thing in enumerate(columns)]
    most = max(grid.cells.values())
    y = head + 6
    for thing in rows:
        if plane.is_wide:
            label = plane.text(begin - 12, y + 20, shorten(thing.label, begin - 20, 14), "label", "end")
            line = y
        else:
            label = plane.text(begin, y + 14, shorten(thing.label, plane.width - 16, 14), "label")
            line = y + 20
        cells = _cells(plane, grid, thing, columns, (begin, line, cell), most)
        marks.append(group([linked(thing.address, element("title", thing.label), label), *cells], class_="line"))
        y = line + _CELL + (2 if plane.is_wide else 10)
    return Drawing(plane, y + 4, Markup("").join(marks))


def _column_head(plane: Plane, thing: Thing, along: float, head: float, most: int) -> Markup:
    """Return the head of a column, written upwards, in two lines where there is room for them."""
    x = plane.x(along)
    broken = lines(thing.label, head - 8, _HEAD_SIZE, most)
    texts = (
        element(
            "text",
            line,
            class_="label head-label",
            # Upwards in either direction of writing: from the cells away.
            text_anchor="end" if plane.mirrored else "start",
            transform=f"translate({x + 5 + (n - (len(broken) - 1) / 2) * 15:.1f} {head:.1f}) rotate(-90)",
        )
        for n, line in enumerate(broken)
    )
    return linked(thing.address, element("title", thing.label), *texts)


def _cells(
    plane: Plane, grid: Grid, thing: Thing, columns: list[Thing], place: tuple[float, float, float], most: float
) -> Iterator[Markup]:
    begin, y, cell = place
    yield plane.box(begin, y, cell * len(columns) - 2, _CELL, class_="cell empty")
    for n, column in enumerate(columns):
        at = begin + n * cell
        value = grid.cells.get((thing.key, column.key))
        if not value:
            continue
        content = grid.texts.get((thing.key, column.key), f"{value:g}")
        style = 1 if grid.texts else shade(value, most)
        told = f"{thing.label} – {column.label}: {content}"
        yield group(
            [
                element("title", told),
                plane.box(at, y, cell - 2, _CELL, class_=f"cell shade{style}"),
                plane.text(at + cell / 2 - 1, y + 20, shorten(content, cell - 4, 14), f"on-shade{style}", "middle"),
            ]
        )
