"""The answer to anyone's query as a page shows it: its view, its table, or why there is none."""

from __future__ import annotations

import json
import re
from collections.abc import Set
from dataclasses import dataclass
from typing import Any

from flask import Response, request

from alliance_graph import pictures
from alliance_graph.engine.library import VIEWS
from alliance_graph.engine.pool import Reply, Task
from alliance_graph.errors import AllianceGraphError
from alliance_graph.pictures import CannotDrawError, Picture
from alliance_graph.web import results
from alliance_graph.web.environ import QUERY
from alliance_graph.web.i18n import language, t
from alliance_graph.web.naming import followed
from alliance_graph.web.problems import problem, problem_for
from alliance_graph.web.service import current_service
from alliance_graph.web.sparql import with_other_endpoints

WANTED = {"solutions": "json", "boolean": "json", "graph": "ntriples"}
"""The formats that `results.read` reads."""

_MOST_ROWS = 1000
_VIEW = re.compile(r'^[ \t]*#\+[ \t]*view[ \t]*=[ \t]*"([^"\r\n]*)"', re.MULTILINE)


@dataclass(frozen=True)
class Shown:
    """An answer, as a page shows it."""

    kind: str
    """`solutions`, `boolean` or `graph`."""
    view: str
    picture: Picture | None
    table: results.Table
    rows: int
    """How many rows the answer has; the table may have fewer."""
    milliseconds: int
    notes: tuple[str, ...]
    """What has to be said of how it is shown."""
    lasting: bool
    """Whether it stays so as long as the release is served; what other endpoints said may not."""


@dataclass(frozen=True)
class Failure:
    """Why there is no answer."""

    status: int
    problem: dict[str, Any]
    """The members of the problem document (RFC 9457)."""
    headers: dict[str, str]
    excerpt: str
    """The line of the query where it fails, with a mark under the place; empty if no place is known."""


def answer(query: str, view: str | None) -> Shown | Failure:
    """Return the answer to a query in the language of the request.

    Args:
        query: the text of the query.
        view: the view to show it in; if None, the one that the query states in a line like `#+ view = "map"`.
    """
    service = current_service()
    longest = service.config.limits.query_bytes
    if len(query.encode("utf-8", "surrogatepass")) > longest:
        return _failure(problem("too-large", 413, f"the query is larger than the {longest} bytes that are read"), query)
    request.environ[QUERY] = query
    try:
        task = with_other_endpoints(Task(query, WANTED))
        with service.metrics.seconds.time():
            reply = service.ask(task)
        return show(reply, view or stated_view(query), t("answer.answer"), lasting=not task.inlined)
    except AllianceGraphError as error:
        return _failure(problem_for(error), query)


def stated_view(query: str) -> str:
    """Return the view that a query asks for, as the header of a ready query does; a table if it asks for none."""
    match = _VIEW.search(query)
    return match[1].lower() if match else "table"


def show(reply: Reply, view: str, title: str, *, parameters: Set[str] | None = None, lasting: bool = True) -> Shown:
    """Return how an answer is shown in the language of the request.

    Args:
        reply: the answer, in a format of `WANTED`.
        view: a view of the library; one that does not fit the answer becomes a note.
        title: what the answer is about.
        parameters: the parameters of the ready query that it answers: columns that only repeat what was asked.
            None for a query of a user's own, of which the first rows are shown, and IRIs as they are.
        lasting: whether the answer stays so as long as the release is served.
    """
    names, rows = results.read(reply)
    notes: list[str] = []
    picture: Picture | None = None
    if view not in VIEWS:
        notes.append(t("answer.unknown_view", view=view))
    elif view != "table":
        try:
            picture = pictures.draw(view, names, rows, language(), followed, title=title, heading=results.heading)
        except CannotDrawError as error:
            notes.append(str(error))
    most = _MOST_ROWS if parameters is None else len(rows)
    if len(rows) > most:
        notes.append(t("answer.first", shown=most, n=len(rows)))
    return Shown(
        kind=reply.kind,
        view=view if picture is not None else "table",
        picture=picture,
        table=results.table(names, rows[:most], followed, parameters or frozenset(), by_name=parameters is not None),
        rows=len(rows),
        milliseconds=round(reply.seconds * 1000),
        notes=tuple(notes),
        lasting=lasting,
    )


def _failure(response: Response, query: str) -> Failure:
    document = json.loads(response.get_data())
    headers = {name: response.headers[name] for name in ("Retry-After",) if name in response.headers}
    return Failure(
        response.status_code, document, headers, _excerpt(query, document.get("line"), document.get("column"))
    )


def _excerpt(query: str, line: int | None, column: int | None) -> str:
    lines = query.split("\n")
    if line is None or column is None or line > len(lines):
        return ""
    text = lines[line - 1]
    head = f"{line} │ "
    indent = "".join(character if character == "\t" else " " for character in text[: column - 1])
    return f"{head}{text}\n{' ' * len(head)}{indent}▲"
