"""Errors over HTTP: problem documents (RFC 9457), one shape for all of them."""

from __future__ import annotations

import json

from flask import Response
from prometheus_client import Counter

from alliance_graph.engine.federation import RemoteError
from alliance_graph.engine.formats import FORMATS_OF_KIND
from alliance_graph.engine.pool import EngineError
from alliance_graph.errors import AllianceGraphError
from alliance_graph.vocabulary import BASE

PROBLEM_TYPE = "application/problem+json"

TITLES = {
    "bad-request": "The request cannot be understood",
    "query-refused": "This query is not allowed here",
    "query-syntax": "The query is not valid SPARQL",
    "query-failed": "The query cannot be evaluated",
    "query-too-complex": "The query is too complex",
    "text-too-complex": "The text is too complex to be validated",
    "answer-too-large": "The answer is too large",
    "timeout": "The work took too long",
    "out-of-memory": "The work needed too much memory",
    "busy": "The service is busy",
    "remote-failed": "Another endpoint gave no usable answer",
    "engine-failed": "The work was interrupted",
    "too-many-requests": "Too many requests are waiting",
    "not-found": "There is nothing here",
    "method-not-allowed": "This method is not allowed here",
    "not-acceptable": "None of the formats asked for can be given",
    "too-large": "The request is too large",
    "unsupported-media-type": "This media type is not read here",
    "internal": "The service failed",
}
"""The problems there are, each with its title; the type IRI of one is `…/problem/<kind>`."""

COUNT = Counter("alliance_graph_problems", "Problems that were told, by kind.", ["problem"], registry=None)
"""One for the whole process: a request may be refused before there is a service that it is for."""

ENGINE_STATUS = {
    "query-refused": 403,
    "not-acceptable": 406,
    "answer-too-large": 413,
    "too-many-requests": 429,
    "timeout": 503,
    "out-of-memory": 503,
    "busy": 503,
    "engine-failed": 503,
}
"""The status of a problem that the engine reports; any other is the query's own fault, 400."""


def problem(kind: str, status: int, detail: str, **members: object) -> Response:
    """Return a problem document, and count it.

    Args:
        kind: which problem, a key of the table of titles; its type IRI is `…/problem/<kind>`.
        status: the HTTP status.
        detail: what happened this time, and how to mend it.
        members: further members, such as `line` and `column`.
    """
    COUNT.labels(kind).inc()
    document = {
        "type": f"{BASE}problem/{kind}",
        "title": TITLES[kind],
        "status": status,
        "detail": detail,
        **{name: value for name, value in members.items() if value is not None},
    }
    body = json.dumps(document, ensure_ascii=False, indent=2) + "\n"
    return Response(body, status, content_type=PROBLEM_TYPE)


def problem_for(error: AllianceGraphError) -> Response:
    """Return the problem document for an error of a query."""
    if isinstance(error, RemoteError):
        return problem("remote-failed", 502, str(error))
    if not isinstance(error, EngineError):
        return problem("bad-request", 400, str(error))
    details = dict(error.details)
    if error.problem == "not-acceptable":
        offered = [fmt.media_type for fmt in FORMATS_OF_KIND[str(details.pop("kind"))]]
        detail = f"this answer can be given as {', '.join(offered)}"
        return problem(error.problem, 406, detail, offered=offered)
    retry_after = details.pop("retry_after", None)
    response = problem(error.problem, ENGINE_STATUS.get(error.problem, 400), str(error), **details)
    if retry_after is not None:
        response.headers["Retry-After"] = str(retry_after)
    return response
