"""The SPARQL 1.1 Protocol's query operation: from an HTTP request to a query and its dataset."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import parse_qsl

import pyoxigraph as ox
from flask import Request, Response

from alliance_graph.engine.evaluation import Dataset
from alliance_graph.web.problems import problem

QUERY_TYPE = "application/sparql-query"
FORM_TYPE = "application/x-www-form-urlencoded"
UPDATE_TYPE = "application/sparql-update"

_UPDATE = "this service only reads; it has no update operation"


@dataclass(frozen=True)
class QueryRequest:
    """A query operation as the protocol defines it (section 2.1)."""

    query: str
    dataset: Dataset


class ProtocolError(Exception):
    """A request that is no query operation, with the answer it gets."""

    def __init__(self, response: Response) -> None:
        super().__init__(response.status)
        self.response = response


def _refuse(kind: str, status: int, detail: str) -> ProtocolError:
    return ProtocolError(problem(kind, status, detail))


def read_request(request: Request, max_query_bytes: int) -> QueryRequest:
    """Return the query operation of a request.

    Raises:
        ProtocolError: it is none; the error carries the response.
    """
    pairs = _decode(request.query_string)
    if request.method in ("POST", "QUERY"):
        length = request.content_length
        if length is not None and length > max_query_bytes:
            raise _refuse("too-large", 413, f"the body has {length} bytes; at most {max_query_bytes} are read")
        body = request.stream.read(max_query_bytes + 1)
        if len(body) > max_query_bytes:
            raise _refuse("too-large", 413, f"the body is larger than the {max_query_bytes} bytes that are read")
        media_type = request.mimetype
        if media_type == FORM_TYPE:
            pairs = pairs + _decode(body)
        elif media_type == QUERY_TYPE:
            _check_charset(request)
            if any(name == "query" for name, _ in pairs):
                raise _refuse("bad-request", 400, "a query in the body and another in the address; send one")
            pairs = [*pairs, ("query", _utf8(body))]
        elif media_type == UPDATE_TYPE:
            raise _refuse("bad-request", 400, _UPDATE)
        else:
            raise _refuse(
                "unsupported-media-type",
                415,
                f"the body is {media_type or 'of no stated type'}; send {QUERY_TYPE} or {FORM_TYPE}",
            )
    elif len(request.query_string) > max_query_bytes:
        raise _refuse("too-large", 414, f"the address is longer than the {max_query_bytes} bytes that are read")
    return _operation(pairs)


def _operation(pairs: list[tuple[str, str]]) -> QueryRequest:
    values: dict[str, list[str]] = {}
    for name, value in pairs:
        values.setdefault(name, []).append(value)
    if "update" in values:
        raise _refuse("bad-request", 400, _UPDATE)
    queries = values.get("query", [])
    if not queries:
        raise _refuse("bad-request", 400, "the parameter query is missing; send query=SELECT…")
    if len(queries) > 1:
        raise _refuse("bad-request", 400, f"{len(queries)} queries in one request; send one")
    graphs = {name: tuple(values.get(name, ())) for name in ("default-graph-uri", "named-graph-uri")}
    for name, iris in graphs.items():
        for iri in iris:
            try:
                ox.NamedNode(iri)
            except ValueError as error:
                raise _refuse("bad-request", 400, f"{name} is not an absolute IRI: {iri!r} ({error})") from None
    return QueryRequest(queries[0], Dataset(graphs["default-graph-uri"], graphs["named-graph-uri"]))


def _decode(data: bytes) -> list[tuple[str, str]]:
    try:
        return parse_qsl(data.decode("ascii"), keep_blank_values=True, errors="strict")
    except (UnicodeDecodeError, ValueError):
        raise _refuse("bad-request", 400, "the parameters are not percent-encoded UTF-8") from None


def _utf8(body: bytes) -> str:
    try:
        return body.decode("utf-8")
    except UnicodeDecodeError as error:
        raise _refuse("bad-request", 400, f"the query is not UTF-8 at byte {error.start}") from None


def _check_charset(request: Request) -> None:
    charset = request.mimetype_params.get("charset", "utf-8").lower()
    if charset not in ("utf-8", "utf8", "us-ascii"):
        raise _refuse("unsupported-media-type", 415, f"the query is in {charset}; SPARQL queries are UTF-8")
