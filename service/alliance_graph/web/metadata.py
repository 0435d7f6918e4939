"""What machines ask of the service itself: its description, its graphs, its health."""

from __future__ import annotations

import pyoxigraph as ox
from flask import Blueprint, Response, jsonify, request, url_for

from alliance_graph.dataset import rdf
from alliance_graph.dataset.description import DATASET
from alliance_graph.engine.formats import GRAPH_FORMATS, Format
from alliance_graph.engine.pool import EngineError, Task
from alliance_graph.errors import AllianceGraphError
from alliance_graph.vocabulary import METADATA_GRAPH, PREFIXES
from alliance_graph.web import description, observe
from alliance_graph.web.negotiation import choose
from alliance_graph.web.openapi import openapi
from alliance_graph.web.problems import problem, problem_for
from alliance_graph.web.service import current_service
from alliance_graph.web.sparql import allow_reading, answer

blueprint = Blueprint("metadata", __name__)
blueprint.after_request(allow_reading)

_ALL = "CONSTRUCT { ?s ?p ?o } WHERE { ?s ?p ?o }"


def service_description() -> Response:
    """Return the service description (SPARQL 1.1 Service Description, section 2)."""
    service = current_service()
    triples = description.describe_service(
        url_for("sparql.endpoint", _external=True),
        union=service.union,
        graphs=sorted(service.graphs.items()),
        triples=service.default_graph_size,
        services=sorted(service.config.services),
        limits=service.config.limits,
    )
    return graph_response(triples)


def graph_response(triples: list[ox.Triple]) -> Response:
    """Return triples of our own in the RDF format the client wants most."""
    fmt = choose(request.headers.get("Accept"), GRAPH_FORMATS)
    if fmt is None or fmt.rdf is None:
        offered = [f.media_type for f in GRAPH_FORMATS]
        return problem("not-acceptable", 406, f"this can be given as {', '.join(offered)}", offered=offered)
    response = Response(rdf.serialise(triples, fmt.rdf), content_type=fmt.content_type)
    response.headers["Vary"] = "Accept"
    response.headers["Cache-Control"] = "no-cache"
    return response


@blueprint.get("/.well-known/void")
def void() -> Response:
    """Describe the dataset (VoID, section 7.2), as the release does, with where it is served from here."""
    service = current_service()
    endpoint = url_for("sparql.endpoint", _external=True)
    own = description.describe_access(DATASET, endpoint, service.default_graph_size)
    if service.release is None:
        return graph_response(own)
    try:
        reply = service.ask(Task(_ALL, {"graph": "ntriples"}, default_graphs=(METADATA_GRAPH,)))
    except AllianceGraphError as error:
        return problem_for(error)
    recorded = [quad.triple for quad in ox.parse(reply.body, format=ox.RdfFormat.N_TRIPLES)]
    size = ox.NamedNode(f"{PREFIXES['void']}triples")
    kept = [t for t in recorded if not (t.predicate == size and t.subject == ox.NamedNode(DATASET))]
    return graph_response(kept + own)


@blueprint.route("/graph-store", methods=["GET"])
def graph_store() -> Response:
    """Return a graph (SPARQL 1.1 Graph Store HTTP Protocol, section 5.2), named in the address."""
    names = request.args.getlist("graph")
    default = "default" in request.args
    if len(names) + default != 1 or (names and not names[0]):
        return problem("bad-request", 400, "say which graph: ?default, or ?graph= with the IRI of one")
    if names and names[0] not in current_service().graphs:
        return problem("not-found", 404, f"there is no graph <{names[0]}>; the service description lists all")
    return graph_answer(tuple(names), choose(request.headers.get("Accept"), GRAPH_FORMATS))


def graph_answer(names: tuple[str, ...], fmt: Format | None) -> Response:
    """Return graphs of the dataset as one; the default graph if none is named.

    Args:
        names: the IRIs of the graphs, all of which the dataset has.
        fmt: the format; None is answered with what could be had.
    """
    task = Task(_ALL, {"graph": fmt.name if fmt else None}, default_graphs=names)
    try:
        return answer(current_service().ask(task))
    except AllianceGraphError as error:
        return problem_for(error)


@blueprint.get("/openapi.json")
def api_description() -> Response:
    """Describe the interface (OpenAPI 3.1)."""
    service = current_service()
    return jsonify(openapi(request.url_root, list(service.library.values()), service.config.limits))


@blueprint.get("/healthz")
def healthy() -> Response:
    """Say that the process is alive."""
    return Response("ok\n", content_type="text/plain; charset=utf-8")


@blueprint.get("/readyz")
def ready() -> Response:
    """Say whether queries are answered."""
    try:
        current_service().ask(Task("ASK {}", {"boolean": "json"}))
    except EngineError as error:
        return problem_for(error)
    return Response("ready\n", content_type="text/plain; charset=utf-8")


@blueprint.get("/metrics")
def metrics() -> Response:
    """Return the metrics in the Prometheus text format."""
    service = current_service()
    service.metrics.quads.set(service.engine.quads)
    service.metrics.cache_bytes.set(service.cache.size)
    return Response(service.metrics.text(), content_type=observe.CONTENT_TYPE)
