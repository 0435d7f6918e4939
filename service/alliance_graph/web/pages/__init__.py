"""The pages: one module a kind of page, all in one blueprint."""

from alliance_graph.web.pages import (
    actors,
    claims,
    data,
    editor,
    graphs,
    home,
    library,
    ontology,
    pictures,
    records,
    rules,
    schemes,
    search,
    sources,
    texts,
    things,
    validate,
)
from alliance_graph.web.pages.frame import blueprint

__all__ = [
    "actors",
    "blueprint",
    "claims",
    "data",
    "editor",
    "graphs",
    "home",
    "library",
    "ontology",
    "pictures",
    "records",
    "rules",
    "schemes",
    "search",
    "sources",
    "texts",
    "things",
    "validate",
]
