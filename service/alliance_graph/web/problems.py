"""Errors over HTTP: problem documents (RFC 9457), one shape for all of them."""

from __future__ import annotations

import json

from flask import Response

from alliance_graph.engine.admission import QueryRefusedError
from alliance_graph.engine.evaluation import QuerySyntaxError
from alliance_graph.errors import AllianceGraphError
from alliance_graph.vocabulary import BASE

_TITLES = {
    "bad-request": "The request is not one the SPARQL protocol knows",
    "query-refused": "This query is not allowed here",
    "query-syntax": "The query is not valid SPARQL",
    "query-failed": "The query cannot be evaluated",
    "not-found": "There is nothing here",
    "method-not-allowed": "This method is not allowed here",
    "not-acceptable": "None of the formats asked for can be given",
    "too-large": "The request is too large",
    "unsupported-media-type": "A query is not sent in this media type",
    "internal": "The service failed",
}


def problem(kind: str, status: int, detail: str, **members: object) -> Response:
    """Return a problem document.

    Args:
        kind: which problem, a key of the table of titles; its type IRI is `…/problem/<kind>`.
        status: the HTTP status.
        detail: what happened this time, and how to mend it.
        members: further members, such as `line` and `column`.
    """
    document = {
        "type": f"{BASE}problem/{kind}",
        "title": _TITLES[kind],
        "status": status,
        "detail": detail,
        **{name: value for name, value in members.items() if value is not None},
    }
    body = json.dumps(document, ensure_ascii=False, indent=2) + "\n"
    return Response(body, status, content_type="application/problem+json")


def problem_for(error: AllianceGraphError) -> Response:
    """Return the problem document for an error of a query."""
    if isinstance(error, QueryRefusedError):
        return problem("query-refused", 403, str(error), clause=error.clause, line=error.line, column=error.column)
    if isinstance(error, QuerySyntaxError):
        return problem("query-syntax", 400, str(error), line=error.line, column=error.column)
    return problem("query-failed", 400, str(error))
