"""Pictures of answers, drawn on the server as SVG."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from alliance_graph.pictures import chart, matrix, network, timeline, worldmap
from alliance_graph.pictures.answer import Answer, CannotDrawError, Link, Term, read
from alliance_graph.pictures.picture import Picture

__all__ = ["VIEWS", "CannotDrawError", "Picture", "draw", "read"]

VIEWS = {
    "graph": network.COLUMNS,
    "matrix": matrix.COLUMNS,
    "timeline": timeline.COLUMNS,
    "map": worldmap.COLUMNS,
    "chart": chart.COLUMNS,
}
"""The views that are pictures, and the columns each needs, those in brackets if there are such."""

_DRAW: dict[str, Callable[[Answer, str], Picture]] = {
    "graph": network.draw,
    "matrix": matrix.draw,
    "timeline": timeline.draw,
    "map": worldmap.draw,
    "chart": chart.draw,
}


def draw(
    view: str,
    columns: Sequence[str],
    rows: Sequence[Sequence[Term | None]],
    language: str,
    link: Link,
    *,
    title: str = "",
    heading: Callable[[str], str] = str,
) -> Picture:
    """Return the picture of the answer to a query.

    In a template, `{{ picture }}` is the figure; the table of the same rows belongs beside it.

    Args:
        view: one of `VIEWS`.
        columns: the variables of the answer.
        rows: the terms of each solution, in the order of the columns.
        language: the language in which the picture speaks.
        link: gives the address of the page of an IRI, or None.
        title: what the picture shows.
        heading: gives what a column is called.

    Raises:
        CannotDrawError: the answer does not fit the view, or has nothing or too much to draw.
        KeyError: there is no such view.
    """
    return _DRAW[view](read(columns, rows, language, link, heading), title)
