"""`/sparql`: the endpoint."""

from __future__ import annotations

from flask import Blueprint, Response, request

from alliance_graph.engine.borrower import QUICK_SECONDS
from alliance_graph.engine.federation import http_fetch, resolve
from alliance_graph.engine.pool import Begun, Reply, Task
from alliance_graph.errors import AllianceGraphError
from alliance_graph.web import fields
from alliance_graph.web.environ import BEGUN, CACHE_KEY, CACHED, QUICK
from alliance_graph.web.operation import METHODS, PATH, cache_key, read_task
from alliance_graph.web.problems import problem, problem_for
from alliance_graph.web.protocol import ProtocolError
from alliance_graph.web.service import current_service

blueprint = Blueprint("sparql", __name__)


@blueprint.route(PATH, methods=["GET", "POST", "QUERY"])
def endpoint() -> Response:
    """Answer a query operation of the SPARQL 1.1 Protocol, or describe the service when asked nothing."""
    limits = current_service().config.limits
    if request.method == "GET" and not request.query_string:
        from alliance_graph.web.metadata import service_description

        return service_description()
    try:
        return ask(read_task(request.environ, request.stream.read(limits.query_bytes + 1), limits))
    except ProtocolError as error:
        return problem(error.kind, error.status, error.detail)
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
    key = request.environ[CACHE_KEY] = cache_key(task)
    kept = service.cache.get(key)
    if kept is not None:
        request.environ[CACHED] = True
        return Response(kept.body, headers=kept.lasting.headers)
    with service.metrics.seconds.time():
        return answer(_evaluate(task))


def _evaluate(task: Task) -> Reply:
    """Return the engine's reply, from a worker that has the query in hand already if there is one.

    Raises:
        EngineError: there is no answer.
    """
    begun = request.environ.get(BEGUN)
    reply = begun.finish() if isinstance(begun, Begun) else current_service().ask(task)
    if request.blueprint == blueprint.name:  # not where a page asks for its own ends
        request.environ[QUICK] = reply.seconds < QUICK_SECONDS
    return reply


def federate(task: Task) -> Response | None:
    """Return the answer to a query that asks allowed endpoints; None if it asks none.

    It is not kept, for nobody knows how long the other endpoint's part of it holds.

    Raises:
        AllianceGraphError: another endpoint, or our engine, gave no answer.
    """
    whole = with_other_endpoints(task)
    if not whole.inlined:
        return None
    response = answer(_evaluate(whole))
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
    return task._replace(query=query, inlined=inlined) if inlined else task


@blueprint.after_request
def allow_reading(response: Response) -> Response:
    """Let scripts of any site read answers (Fetch Standard, CORS); never with credentials."""
    response.headers.update(fields.READING)
    if request.method == "OPTIONS":
        response.headers["Access-Control-Allow-Methods"] = ", ".join(sorted((*METHODS, "OPTIONS")))
        response.headers["Access-Control-Allow-Headers"] = "Accept, Content-Type"
        response.headers["Access-Control-Max-Age"] = "86400"
    return response


def answer(reply: Reply) -> Response:
    """Return an answer as an HTTP response."""
    lasting = fields.answer_fields(reply.format).items()
    return citable(Response(reply.body, headers=[*lasting, ("Server-Timing", fields.timing(reply.seconds))]))


def citable(response: Response) -> Response:
    """Link an answer to the page that says how it is cited."""
    response.headers.update(fields.cite_as(current_service()))
    return response
