"""`/sparql`: the endpoint."""

from __future__ import annotations

from flask import Blueprint, Response, request

from alliance_graph.engine.evaluation import Results, evaluate, formats_for, serialise
from alliance_graph.errors import AllianceGraphError
from alliance_graph.web.negotiation import choose
from alliance_graph.web.problems import problem, problem_for
from alliance_graph.web.protocol import ProtocolError, read_request
from alliance_graph.web.service import current_service

blueprint = Blueprint("sparql", __name__)

METHODS = ("GET", "POST", "HEAD", "OPTIONS")


@blueprint.route("/sparql", methods=["GET", "POST"])
def endpoint() -> Response:
    """Answer a query operation of the SPARQL 1.1 Protocol."""
    service = current_service()
    try:
        operation = read_request(request, service.config.max_query_bytes)
        results = evaluate(service.store, operation.query, dataset=operation.dataset)
        return answer(results)
    except ProtocolError as error:
        return error.response
    except AllianceGraphError as error:
        return problem_for(error)


@blueprint.after_request
def allow_reading(response: Response) -> Response:
    """Let scripts of any site read answers (Fetch Standard, CORS); never with credentials."""
    response.headers["Access-Control-Allow-Origin"] = "*"
    response.headers["Access-Control-Expose-Headers"] = "Link, ETag"
    if request.method == "OPTIONS":
        response.headers["Access-Control-Allow-Methods"] = ", ".join(METHODS)
        response.headers["Access-Control-Allow-Headers"] = "Accept, Content-Type"
        response.headers["Access-Control-Max-Age"] = "86400"
    return response


def answer(results: Results) -> Response:
    """Return an answer in the format the client wants most.

    Raises:
        AllianceGraphError: evaluation failed on the way.
    """
    offered = formats_for(results)
    fmt = choose(request.headers.get("Accept"), offered)
    if fmt is None:
        types = ", ".join(f.media_type for f in offered)
        return problem(
            "not-acceptable", 406, f"this answer can be given as {types}", offered=[f.media_type for f in offered]
        )
    release = current_service().release
    response = Response(serialise(results, fmt), content_type=fmt.content_type)
    response.headers["Vary"] = "Accept"
    response.headers["Link"] = f'<{_dataset_iri(release.manifest.digest)}>; rel="describedby"'
    return response


def _dataset_iri(digest: str) -> str:
    from alliance_graph.vocabulary import BASE

    return f"{BASE}release/{digest[:16]}"
