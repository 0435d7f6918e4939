"""The query page: an editor for a query of one's own, and its answer as a table or a picture, to be taken away."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pyoxigraph as ox
from flask import Response, current_app, render_template, request, url_for

from alliance_graph import pictures
from alliance_graph.engine.formats import FORMATS_BY_SUFFIX, FORMATS_OF_KIND, only
from alliance_graph.engine.library import VIEWS
from alliance_graph.engine.pool import Task
from alliance_graph.engine.written import spell, written
from alliance_graph.errors import AllianceGraphError
from alliance_graph.vocabulary import PREFIXES
from alliance_graph.web.answers import Failure, Shown, answer
from alliance_graph.web.i18n import language, t
from alliance_graph.web.pages.asking import in_language, rows_of
from alliance_graph.web.pages.frame import PAGE, blueprint, page
from alliance_graph.web.pages.library import by_topic
from alliance_graph.web.problems import problem, problem_for
from alliance_graph.web.samples import Sample, samples_for_query
from alliance_graph.web.service import current_service, keep, let_go
from alliance_graph.web.sparql import ask

_EXAMPLE = """SELECT ?claim ?statement {
  ?claim a ally:Claim ; ally:claimStatement ?statement
  FILTER(LANG(?statement) = "en")
}
LIMIT 10"""
ANY = "SELECT * {\n  ?subject ?predicate ?object\n}\nLIMIT 10"
"""A query to begin with where nobody knows what the data hold."""

_EDITOR = "vendor/codemirror.js"
_LONGEST_ADDRESS = 16_000
"""A longer address is not offered: servers and programs on the way may refuse it."""
_OWN = ("query", "ready", "view", "lang")
"""The parameters of the page; any other is one of the ready query's."""
_KINDS = ("class", "property", "graph", "thing")
"""What a name stands for; one that stands for several is offered as the first of them."""


@blueprint.get("/query")
def editor() -> Response:
    """Show a query in the editor and, if the address holds one, its answer.

    `?query=` holds its text, `?ready=` the name of a ready query, whose parameters may follow; `?view=` how the
    answer is shown.
    """
    try:
        query = _asked_query()
    except AllianceGraphError as error:
        return problem_for(error)
    shown = answer(query, _asked_view()) if query is not None else None
    service = current_service()
    response = page(
        "editor.html",
        title=t("editor.title"),
        query=query if query is not None else _EXAMPLE if service.release else ANY,
        view=_asked_view(),
        views=VIEWS,
        needs=pictures.VIEWS,
        topics=by_topic() if service.library else [],
        prefixes=sorted(PREFIXES.items()),
        # Without it, as where the package was not installed but is run from its sources, the text area stays.
        library=_EDITOR if Path(str(current_app.static_folder), _EDITOR).is_file() else None,
        **(_parts(query, shown) if query is not None and shown is not None else {}),
    )
    if isinstance(shown, Failure):
        response.status_code = shown.status
        response.headers.update(shown.headers)
    if not isinstance(shown, Shown) or not shown.lasting:
        _let_go(response)
    return response


@blueprint.post("/query/result")
def query_result() -> Response:
    """Return what the page shows of the answer to a query: a piece of HTML for the script of the page.

    A query that is itself at fault gets status 200, for the piece that says what is wrong is what was asked for;
    the page without script, and the endpoint, answer with the status of the problem.
    """
    # Percent-encoding makes three bytes of one.
    request.max_content_length = 4 * current_service().config.limits.query_bytes
    query = _plain(request.form.get("query", ""))
    shown = answer(query, _asked_view())
    response = Response(render_template("answer.html", **_parts(query, shown)), content_type=PAGE.content_type)
    response.headers["Cache-Control"] = "no-store"
    if isinstance(shown, Failure) and (shown.status == 429 or shown.status >= 500):
        response.status_code = shown.status
        response.headers.update(shown.headers)
    return response


@blueprint.get("/query/result.<suffix>")
def query_file(suffix: str) -> Response:
    """Return the answer to a query as a file in the format that the ending names."""
    fmt = FORMATS_BY_SUFFIX.get(f".{suffix}")
    query = request.args.get("query")
    if fmt is None or query is None:
        return problem("not-found", 404, "write /query/result.csv?query=…, or another ending of a result format")
    try:
        return ask(Task(_plain(query), only(fmt)))
    except AllianceGraphError as error:
        return problem_for(error)


@blueprint.get("/query/names.json")
def query_names() -> Response:
    """Return the names that the editor offers: each with its kind, and its label and definition where it has them."""
    try:
        rows, _ = rows_of("terms")
    except AllianceGraphError as error:
        return problem_for(error)
    names: dict[str, dict[str, str]] = {}
    for row in sorted(rows, key=lambda row: _KINDS.index(row.text("kind"))):
        about = {key: row.text(key) for key in ("kind", "label", "definition") if row.text(key)}
        names.setdefault(spell(ox.NamedNode(row.text("term"))), about)
    body = json.dumps([{"name": name, **about} for name, about in names.items()], ensure_ascii=False)
    response = Response(body, content_type="application/json")
    response.headers["Cache-Control"] = "public, no-cache"
    response.headers["Vary"] = "Accept-Language"
    keep("names", language())
    return response


def _asked_query() -> str | None:
    """Return the query that the address holds.

    Raises:
        AllianceGraphError: it names a ready query that there is not, or gives it a wrong value.
    """
    name = request.args.get("ready")
    if name is None:
        query = request.args.get("query")
        return _plain(query) if query and query.strip() else None
    ready = current_service().library.get(name)
    if ready is None:
        raise AllianceGraphError(f"there is no ready query {name!r}", f"{url_for('pages.library')} lists them all")
    values = {key: value for key, value in request.args.items() if key not in _OWN and value}
    return written(ready, in_language(ready, values), language())


def _plain(query: str) -> str:
    """Return a query with the ends of lines that it was written with; forms send others."""
    return query.replace("\r\n", "\n")


def _asked_view() -> str | None:
    view = request.values.get("view")
    return view if view in VIEWS else None


def _parts(query: str, shown: Shown | Failure) -> dict[str, Any]:
    """Return what the template of an answer wants."""
    share = url_for("pages.editor", query=query, view=_asked_view(), _external=True)
    short = len(share) <= _LONGEST_ADDRESS
    downloads: list[tuple[str, str]] = []
    samples: tuple[Sample, ...] = ()
    if isinstance(shown, Shown):
        samples = samples_for_query(url_for("sparql.endpoint", _external=True), query, shown.kind)
        if short:
            downloads = [
                (fmt.label, f"{url_for('pages.query_file', suffix=fmt.suffix[1:], lang=None)}?{asked}")
                for asked in (urlencode({"query": query}),)
                for fmt in FORMATS_OF_KIND[shown.kind]
            ]
    return {
        "answer": shown if isinstance(shown, Shown) else None,
        "failure": shown if isinstance(shown, Failure) else None,
        "share": share if short else None,
        "downloads": downloads,
        "samples": samples,
    }


def _let_go(response: Response) -> None:
    """Keep a page out of all caches."""
    let_go()
    response.headers["Cache-Control"] = "no-store"
