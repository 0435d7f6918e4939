"""Search: a page, and the same answer as JSON for programs and for the suggestions while a person writes."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from flask import Response, jsonify, request, url_for

from alliance_graph.dataset.index import KINDS, READY_QUERIES
from alliance_graph.dataset.search import BrokenIndexError, Found, Hit, search
from alliance_graph.dataset.words import words
from alliance_graph.errors import AllianceGraphError
from alliance_graph.web.i18n import language, t
from alliance_graph.web.naming import address_of
from alliance_graph.web.openapi import LARGEST_SIZE, SIZE
from alliance_graph.web.pages.frame import Alternate, blueprint, page
from alliance_graph.web.problems import problem, problem_for
from alliance_graph.web.service import current_service, keep
from alliance_graph.web.sparql import allow_reading, citable

_LAST_PAGE = 10_000


class NoIndexError(AllianceGraphError):
    """An operator's own files are served, which nobody has indexed."""

    def __init__(self) -> None:
        super().__init__("the files that are served here have no search index", "ask the SPARQL endpoint")


@blueprint.get("/search")
def search_page() -> Response:
    """Show what a search finds."""
    query, kind = _query(), request.args.get("kind", "")
    try:
        number = _number("page", 1, _LAST_PAGE)
        found, failure = _search(query, kind, SIZE, number), ""
    except (NoIndexError, BrokenIndexError) as error:
        return _unsearchable(error)
    except AllianceGraphError as error:
        number, found, failure = 1, Found((), {}, 0, True), str(error)
    pages = -(-found.total // SIZE)
    data = url_for("pages.search_data", q=query, kind=kind or None, page=number)
    response = page(
        "search.html",
        title=t("search.title_of", query=query) if query else t("search.title"),
        alternates=[Alternate("application/json", data, "JSON")] if found.total else [],
        query=query,
        has_word=any(words(query)),
        kind=kind,
        kinds=[("", sum(found.counts.values())), *found.counts.items()],
        found=found,
        failure=failure,
        hits=[(hit, _address(hit)) for hit in found.hits],
        first=(number - 1) * SIZE + 1,
        number=number,
        pages=pages,
    )
    if failure:
        response.status_code = 400
    return response


@blueprint.get("/search.json")
def search_data() -> Response:
    """Return what a search finds as JSON."""
    query, kind = _query(), request.args.get("kind", "")
    try:
        size, number = _number("size", SIZE, LARGEST_SIZE), _number("page", 1, _LAST_PAGE)
        found = _search(query, kind, size, number)
    except (NoIndexError, BrokenIndexError) as error:
        return _unsearchable(error)
    except AllianceGraphError as error:
        return problem_for(error)
    response = jsonify(
        query=query,
        language=language(),
        kind=kind or None,
        page=number,
        pages=-(-found.total // size),
        total=found.total,
        everyWord=found.every_word,
        kinds=found.counts,
        results=[_result(hit) for hit in found.hits],
    )
    response.headers["Vary"] = "Accept-Language"
    response.headers["Cache-Control"] = "public, no-cache"
    keep("search", request.url, language())
    return allow_reading(citable(response))


def _unsearchable(error: NoIndexError | BrokenIndexError) -> Response:
    kind, status = ("not-found", 404) if isinstance(error, NoIndexError) else ("internal", 500)
    return problem(kind, status, str(error))


def _query() -> str:
    return request.args.get("q", "").strip()


def _search(query: str, kind: str, size: int, number: int) -> Found:
    release = current_service().release
    if release is None:
        raise NoIndexError
    if kind and kind not in KINDS:
        raise AllianceGraphError(f"there is no kind {kind!r}", f"the kinds are {', '.join(KINDS)}")
    return search(release.index, query, language(), kind=kind, size=size, page=number)


def _number(name: str, default: int, largest: int) -> int:
    text = request.args.get(name, "")
    if not text:
        return default
    if not text.isascii() or not text.isdecimal() or not 1 <= int(text[:9]) <= largest or len(text) > 9:
        raise AllianceGraphError(f"{name} is {text!r}", f"write a whole number from 1 to {largest}")
    return int(text)


def _address(hit: Hit) -> str:
    if hit.kind == "query":
        return url_for("pages.ready_query", name=hit.iri.removeprefix(READY_QUERIES))
    return address_of(hit.iri)


def _result(hit: Hit) -> dict[str, Any]:
    return {
        "iri": hit.iri,
        "url": _address(hit),
        "kind": hit.kind,
        "kindLabel": t(f"search.one_{hit.kind}"),
        "label": asdict(hit.label),
        "detail": asdict(hit.detail),
    }
