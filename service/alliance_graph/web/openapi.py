"""The interface in OpenAPI 3.1, from the tables the service itself works with."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from alliance_graph import __version__
from alliance_graph.dataset.index import KINDS
from alliance_graph.dataset.search import LONGEST_QUERY
from alliance_graph.engine.formats import FORMATS, FORMATS_OF_KIND, Format
from alliance_graph.engine.library import Parameter, ReadyQuery
from alliance_graph.engine.limits import Limits
from alliance_graph.validation.judge import REPORT_FORMATS, TEXT_TYPES
from alliance_graph.vocabulary import LANGUAGES
from alliance_graph.web.problems import ENGINE_STATUS

_SCHEMAS = {
    "iri": {"type": "string", "format": "iri-reference"},
    "string": {"type": "string"},
    "language": {"type": "string"},
    "integer": {"type": "integer"},
    "date": {"type": "string", "format": "date"},
}
SIZE = 20
"""The number of results of a search on one page, unless another is asked for."""
LARGEST_SIZE = 100
_PROBLEM = {
    "type": "object",
    "required": ["type", "title", "status", "detail"],
    "properties": {
        "type": {"type": "string", "format": "uri"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "line": {"type": "integer"},
        "column": {"type": "integer"},
    },
}


def openapi(root: str, library: list[ReadyQuery], limits: Limits) -> dict[str, Any]:
    """Return the description.

    Args:
        root: the address of the service.
        library: the ready queries.
        limits: what a query may cost.
    """
    paths: dict[str, Any] = {
        "/sparql": {"get": _sparql_get(), "post": _sparql_post()},
        "/graph-store": {"get": _graph_store()},
        "/search.json": {"get": _search()},
        "/.well-known/void": {"get": _rdf("Description of the dataset (VoID)")},
        "/validate": {"get": _responding("A form for a text to validate", "text/html"), "post": _validate()},
        "/healthz": {"get": _text("Whether the process is alive")},
        "/readyz": {"get": _text("Whether queries are answered")},
        "/metrics": {"get": _text("Metrics in the Prometheus text format")},
    }
    for ready in library:
        for fmt in FORMATS.values():
            if fmt in FORMATS_OF_KIND[ready.kind]:
                paths[f"/query/{ready.name}{fmt.suffix}"] = {"get": _ready(ready, fmt)}
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Alliance Graph",
            "version": __version__,
            "description": "SPARQL 1.1 endpoint, read-only, and ready queries.",
            "x-limits": asdict(limits),
        },
        "servers": [{"url": root}],
        "paths": paths,
        "components": {"schemas": {"Problem": _PROBLEM}},
    }


def _content(formats: tuple[Format, ...]) -> dict[str, Any]:
    return {fmt.media_type: {} for fmt in formats}


def _responses(content: dict[str, Any], *statuses: int) -> dict[str, Any]:
    problem = {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
    found: dict[str, Any] = {"200": {"description": "the answer", "content": content}}
    for status in sorted(set(statuses)):
        found[str(status)] = {"description": "no answer; the document says why", "content": problem}
    return found


def _query_responses(*more: int) -> dict[str, Any]:
    formats = tuple(FORMATS.values())
    return _responses(_content(formats), 400, 413, 429, *ENGINE_STATUS.values(), *more)


def _dataset_parameters() -> list[dict[str, Any]]:
    schema = {"type": "array", "items": {"type": "string", "format": "iri"}}
    return [{"name": name, "in": "query", "schema": schema} for name in ("default-graph-uri", "named-graph-uri")]


def _sparql_get() -> dict[str, Any]:
    query = {"name": "query", "in": "query", "schema": {"type": "string"}}
    return {
        "summary": "Answer a query; without one, describe the service",
        "parameters": [query, *_dataset_parameters()],
        "responses": _query_responses(414),
    }


def _sparql_post() -> dict[str, Any]:
    form = {"type": "object", "required": ["query"], "properties": {"query": {"type": "string"}}}
    body = {
        "application/sparql-query": {"schema": {"type": "string"}},
        "application/x-www-form-urlencoded": {"schema": form},
    }
    return {
        "summary": "Answer a query",
        "parameters": _dataset_parameters(),
        "requestBody": {"required": True, "content": body},
        "responses": _query_responses(415),
    }


def _graph_store() -> dict[str, Any]:
    graph = {"name": "graph", "in": "query", "schema": {"type": "string", "format": "iri"}}
    default = {"name": "default", "in": "query", "schema": {"type": "string"}, "allowEmptyValue": True}
    responses = _responses(_content(FORMATS_OF_KIND["graph"]), 400, 404, 406)
    return {"summary": "Return a graph", "parameters": [graph, default], "responses": responses}


def _search() -> dict[str, Any]:
    number = {"type": "integer", "minimum": 1}
    parameters = {
        "q": ("words to look for, the last one possibly unfinished", {"type": "string", "maxLength": LONGEST_QUERY}),
        "kind": ("the kind of things to return; all if left out", {"type": "string", "enum": list(KINDS)}),
        "lang": ("language of the labels", {"type": "string", "enum": list(LANGUAGES)}),
        "size": ("number of results a page", number | {"maximum": LARGEST_SIZE, "default": SIZE}),
        "page": ("which page", number | {"default": 1}),
    }
    return {
        "summary": "Search names, statements and definitions in four languages",
        "parameters": [
            {"name": name, "in": "query", "description": description, "schema": schema}
            for name, (description, schema) in parameters.items()
        ],
        "responses": _responses({"application/json": {}}, 400, 404),
    }


def _rdf(summary: str) -> dict[str, Any]:
    return {"summary": summary, "responses": _responses(_content(FORMATS_OF_KIND["graph"]), 406)}


def _text(summary: str) -> dict[str, Any]:
    return _responding(summary, "text/plain")


def _responding(summary: str, media_type: str) -> dict[str, Any]:
    return {"summary": summary, "responses": _responses({media_type: {}}, 503)}


def _validate() -> dict[str, Any]:
    file = {"name": "file", "in": "query", "description": "the file of the project whose next version the text is"}
    return {
        "summary": "Validate a text in Turtle",
        "parameters": [file | {"schema": {"type": "string"}}],
        "requestBody": {"required": True, "content": {TEXT_TYPES[0]: {"schema": {"type": "string"}}}},
        "responses": _responses(_content(REPORT_FORMATS), 400, 406, 413, 415, 429, 503),
    }


def _ready(ready: ReadyQuery, fmt: Format) -> dict[str, Any]:
    return {
        "summary": ready.title["en"],
        "description": ready.description["en"],
        "parameters": [_parameter(parameter) for parameter in ready.parameters],
        "responses": _responses(_content((fmt,)), 400, 503),
    }


def _parameter(parameter: Parameter) -> dict[str, Any]:
    schema: dict[str, Any] = dict(_SCHEMAS[parameter.type])
    if parameter.default is not None:
        schema["default"] = parameter.default
    return {
        "name": parameter.name,
        "in": "query",
        "required": parameter.default is None,
        "description": parameter.description["en"],
        "schema": schema,
    }
