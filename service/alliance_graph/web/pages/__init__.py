"""The pages: one module a kind of page, all in one blueprint."""

from alliance_graph.web.pages import actors, data, editor, home, library, records, search, things, validate
from alliance_graph.web.pages.frame import blueprint

__all__ = ["actors", "blueprint", "data", "editor", "home", "library", "records", "search", "things", "validate"]
