"""The parts of a text whose claims are recorded: its sections and passages, by position and digest."""

from __future__ import annotations

from itertools import groupby

from flask import Response

from alliance_graph.web.naming import name_of
from alliance_graph.web.pages.addresses import alternates, shows
from alliance_graph.web.pages.asking import rows_of
from alliance_graph.web.pages.frame import page


@shows("ally:Passage", "ally:Section")
def part(iri: str) -> Response:
    """Show a section or a passage: where it is in the text, and what it claims."""
    passages, parts = rows_of("passages", part=iri)
    claims, claimed = rows_of("claims-of-part", part=iri)
    return page(
        "part.html",
        title=name_of(iri).text,
        alternates=alternates(iri),
        behind=[parts, claimed],
        mentions=passages,
        claims=[(p, list(own)) for p, own in groupby(claims, key=lambda row: row.text("passage"))],
    )
