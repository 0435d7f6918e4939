"""Sources: all of them, and each with what describes it and what it records or, for a text, what it claims."""

from __future__ import annotations

from itertools import groupby

from flask import Response

from alliance_graph.web.i18n import t
from alliance_graph.web.naming import by_name, name_of
from alliance_graph.web.pages.addresses import alternates, shows
from alliance_graph.web.pages.asking import rows_of
from alliance_graph.web.pages.frame import blueprint, page
from alliance_graph.web.pages.periods import period_in


@blueprint.get("/sources")
def sources() -> Response:
    """List the sources: the texts whose claims are recorded, and those that record facts."""
    rows, behind = rows_of("all-sources")
    # A source with two titles or publishers has two rows.
    found = [next(own) for _, own in groupby(rows, key=lambda row: row.text("source"))]
    found.sort(key=lambda row: (-int(row.text("mentions")), -int(row.text("facts")), by_name(row.text("source"))))
    return page("sources.html", title=t("sources.title"), behind=[behind], sources=found)


@shows("ally:Source")
def source(iri: str) -> Response:
    """Show a source."""
    said, about = rows_of("source", source=iri)
    facts, recorded = rows_of("facts-of-source", source=iri)
    passages, parts = rows_of("passages", part=iri)
    named = name_of(iri)
    return page(
        "source.html",
        title=named.text,
        alternates=alternates(iri),
        behind=[about, *([recorded] if facts else []), *([parts] if passages else [])],
        said=[(p, list(own)) for p, own in groupby(said, key=lambda row: row.text("property"))],
        facts=[(row, period_in(row)) for row in facts],
        sections=[(s, list(own)) for s, own in groupby(passages, key=lambda row: row.text("section"))],
    )
