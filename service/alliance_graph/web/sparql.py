"""`/sparql`: the endpoint."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import lru_cache

from flask import Blueprint, Response, request

from alliance_graph.engine.federation import http_fetch, resolve
from alliance_graph.engine.formats import FORMATS, FORMATS_OF_KIND
from alliance_graph.engine.pool import Reply, Task
from alliance_graph.errors import AllianceGraphError
from alliance_graph.web.cache import CACHE_KEY, CACHED
from alliance_graph.web.negotiation import choose
from alliance_graph.web.observe import QUERY
from alliance_graph.web.problems import problem_for
from alliance_graph.web.protocol import ProtocolError, read_request
from alliance_graph.web.service import current_service

blueprint = Blueprint("sparql", __name__)

METHODS = ("GET", "HEAD", "OPTIONS", "POST", "QUERY")


@blueprint.route("/sparql", methods=["GET", "POST", "QUERY"])
def endpoint() -> Response:
    """Answer a query operation of the SPARQL 1.1 Protocol, or describe the service when asked nothing."""
    service = current_service()
    if request.method == "GET" and not request.query_string:
        from alliance_graph.web.metadata import service_description

        return service_description()
    try:
        operation = read_request(request, service.config.limits.query_bytes)
        request.environ[QUERY] = operation.query
        task = Task(
            operation.query,
            accepted_formats(request.headers.get("Accept")),
            operation.dataset.default_graphs,
            operation.dataset.named_graphs,
        )
        return ask(task)
    except ProtocolError as error:
        return error.response
    except AllianceGraphError as error:
        return problem_for(error)


def ask(task: Task) -> Response:
    """Return the answer to a query, kept or new.

    Raises:
        EngineError: there is no answer.
    """
    service = current_service()
    federated = federate(task)
    if federated is not None:
        return federated
    key = (
        task.query,
        task.default_graphs,
        task.named_graphs,
        tuple(sorted(task.formats.items(), key=str)),
        tuple((name, *sorted(term.items())) for name, term in sorted(task.bindings.items())),
    )
    request.environ[CACHE_KEY] = key
    kept = service.cache.get(key)
    if kept is not None:
        request.environ[CACHED] = True
        return Response(kept.body, headers=kept.headers)
    with service.metrics.seconds.time():
        return answer(service.engine.ask(task))


def federate(task: Task) -> Response | None:
    """Return the answer to a query that asks allowed endpoints; None if it asks none.

    It is not kept, for nobody knows how long the other endpoint's part of it holds.

    Raises:
        AllianceGraphError: another endpoint, or our engine, gave no answer.
    """
    whole = with_other_endpoints(task)
    if not whole.inlined:
        return None
    response = answer(current_service().engine.ask(whole))
    response.headers["Cache-Control"] = "no-store"
    return response


def with_other_endpoints(task: Task) -> Task:
    """Return a query with what allowed endpoints answer to their parts of it; as it is if it asks none.

    Raises:
        AllianceGraphError: another endpoint gave no answer.
    """
    config = current_service().config
    if not config.services:
        return task
    query, inlined = resolve(task.query, config.services, http_fetch(config.limits))
    return replace(task, query=query, inlined=inlined) if inlined else task


@blueprint.after_request
def allow_reading(response: Response) -> Response:
    """Let scripts of any site read answers (Fetch Standard, CORS); never with credentials."""
    response.headers["Access-Control-Allow-Origin"] = "*"
    response.headers["Access-Control-Expose-Headers"] = "ETag, Link, Server-Timing"
    if request.method == "OPTIONS":
        response.headers["Access-Control-Allow-Methods"] = ", ".join(METHODS)
        response.headers["Access-Control-Allow-Headers"] = "Accept, Content-Type"
        response.headers["Access-Control-Max-Age"] = "86400"
    return response


@lru_cache(maxsize=256)
def accepted_formats(accept: str | None) -> Mapping[str, str | None]:
    """Return, for each kind of answer, the format an Accept header wants most; None where it wants none."""
    chosen = {kind: choose(accept, offered) for kind, offered in FORMATS_OF_KIND.items()}
    return {kind: fmt.name if fmt else None for kind, fmt in chosen.items()}


def answer(reply: Reply) -> Response:
    """Return an answer as an HTTP response."""
    response = Response(reply.body, content_type=FORMATS[reply.format].content_type)
    response.headers["Vary"] = "Accept"
    # A new release may answer otherwise: a client may keep the answer but asks whether it still holds.
    response.headers["Cache-Control"] = "public, no-cache"
    response.headers["Server-Timing"] = f"query;dur={reply.seconds * 1000:.1f}"
    return citable(response)


def citable(response: Response) -> Response:
    """Link an answer to the page that says how it is cited (RFC 8574), where a release is served."""
    service = current_service()
    if service.release is not None:
        response.headers["Link"] = f'<{service.config.root_path.rstrip("/")}/cite>; rel="cite-as"'
    return response
