"""What pages ask: ready queries of the library, and queries of their own that lie in `queries/` beside this module.

Both are files with the same header (`engine/library.py`), and both are shown on the page that they made.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path

import pyoxigraph as ox

from alliance_graph.engine.library import ReadyQuery, read_library
from alliance_graph.engine.written import written
from alliance_graph.errors import AllianceGraphError
from alliance_graph.web.answers import WANTED, Shown, show
from alliance_graph.web.i18n import language
from alliance_graph.web.pages.frame import Behind
from alliance_graph.web.service import current_service, task_for

Term = ox.NamedNode | ox.BlankNode | ox.Literal


class Row(dict[str, Term]):
    """One solution: the variables that have a value."""

    def text(self, name: str) -> str:
        """Return the value of a variable as a string; empty if it has none."""
        term = self.get(name)
        return term.value if term is not None else ""


@cache
def _own() -> Mapping[str, ReadyQuery]:
    return read_library(Path(__file__).with_name("queries"), "web/pages/queries")


def rows_of(name: str, **values: str) -> tuple[list[Row], Behind]:
    """Return the solutions of a query in the language of the request, and how the page says where they come from.

    Args:
        name: a query of the pages, or else a ready query.
        values: its parameters, as a user writes them; `lang` is set where the query has it.

    Raises:
        AllianceGraphError: there is no such query, a parameter is wrong, or there is no answer.
    """
    service = current_service()
    ready = _own().get(name) or service.library.get(name)
    if ready is None:
        raise AllianceGraphError(f"there is no ready query {name!r}", f"add queries/{name}.rq to the project")
    values = in_language(ready, values)
    solutions = service.select(ready.text, **ready.bind(values))
    names = [variable.value for variable in solutions.variables]
    found = [zip(names, solution, strict=True) for solution in solutions]
    rows = [Row((name, term) for name, term in bound if term is not None) for bound in found]
    return rows, behind(ready, values)


def in_language(ready: ReadyQuery, values: Mapping[str, str]) -> dict[str, str]:
    """Return values for a query, with the language of the request where it has the parameter `lang` and they do not."""
    has = any(parameter.name == "lang" for parameter in ready.parameters)
    return {"lang": language(), **values} if has else {**values}


def behind(ready: ReadyQuery, values: Mapping[str, str]) -> Behind:
    """Return how a page says that its rows come from a query with these values."""
    return Behind(ready.title[language()], written(ready, values, language()))


def shown(ready: ReadyQuery, values: Mapping[str, str], title: str) -> Shown:
    """Return how the answer to a query with these values is shown.

    Raises:
        AllianceGraphError: a value is wrong or missing, or there is no answer.
    """
    reply = current_service().ask(task_for(ready, values, WANTED))
    return show(reply, ready.view, title, parameters={parameter.name for parameter in ready.parameters})
