"""The pages: one module a kind of page, all in one blueprint."""

from alliance_graph.web.pages import data, editor, home, library, search, things, validate
from alliance_graph.web.pages.frame import blueprint

__all__ = ["blueprint", "data", "editor", "home", "library", "search", "things", "validate"]
