"""Requests and the responses they are to have, as the manifests about protocols give them.

They are written in the HTTP vocabulary in RDF (https://www.w3.org/TR/HTTP-in-RDF10/).
"""

from __future__ import annotations

import http.client
from dataclasses import dataclass
from urllib.parse import urlsplit

import pyoxigraph as ox

from conformance import suites
from conformance.manifests import MF, RDF, Manifest, Node, as_node, plain
from conftest import Answer

_HT = "http://www.w3.org/2011/http#"
_STATUS = "http://www.w3.org/2011/http-statusCodes#"
_CONTENT = "http://www.w3.org/2011/content#"
_CODES = {"OK": "200", "Created": "201", "NoContent": "204", "NotFound": "404"}
_TIMEOUT = 30


@dataclass(frozen=True)
class Exchange:
    """A request and what its response is to be."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes | None
    statuses: frozenset[str]
    """The status codes the response may have, or their first digits."""
    boolean: bool | None
    """The answer to an ASK."""
    form: str
    """The kind of document: `boolean`, `tabular` or `RDF`; empty where it does not matter."""
    response_headers: dict[str, str]
    response_body: bytes | None

    @property
    def reads(self) -> bool:
        """Whether the request changes nothing (for the Graph Store Protocol)."""
        return self.method in ("GET", "HEAD")

    def has_status(self, status: int) -> bool:
        """Return whether the response may have a status."""
        return any(str(status).startswith(code) for code in self.statuses)


@dataclass(frozen=True)
class Dialogue:
    """One test: requests that follow each other."""

    id: str
    exchanges: tuple[Exchange, ...]


def read_dialogues(path: str, kind: str) -> list[Dialogue]:
    """Return the tests of a kind that a manifest has, in the order of their names."""
    manifest = Manifest(suites.iri_of(path))
    folder = manifest.iri.removeprefix(suites.iri_of("sparql/")).rpartition("/")[0]
    found = []
    for test in manifest.subjects(f"{RDF}type", ox.NamedNode(f"{MF}{kind}")):
        requests = manifest.node(manifest.node(test, f"{MF}action"), f"{_HT}requests")
        exchanges = tuple(_exchange(manifest, request) for request in manifest.items(requests))
        found.append(Dialogue(f"{folder}/{test.value.rpartition('#')[2]}", exchanges))
    return sorted(found, key=lambda dialogue: dialogue.id)


def _exchange(manifest: Manifest, request: Node) -> Exchange:
    response = manifest.node(request, f"{_HT}resp")
    statuses = (plain(term).removeprefix(_STATUS) for term in manifest.values(response, f"{MF}expectedStatus"))
    boolean = manifest.text(response, f"{MF}expectedBoolean")
    return Exchange(
        manifest.text(request, f"{_HT}methodName"),
        manifest.text(request, f"{_HT}absolutePath"),
        _headers(manifest, request),
        _body(manifest, request),
        frozenset(_CODES.get(name) or name.removeprefix("StatusCode").removesuffix("xx") for name in statuses),
        boolean == "true" if boolean else None,
        manifest.text(response, f"{MF}expectedFormat"),
        _headers(manifest, response),
        _body(manifest, response),
    )


def _headers(manifest: Manifest, message: Node) -> dict[str, str]:
    head = manifest.value(message, f"{_HT}headers")
    headers = manifest.items(as_node(head)) if head is not None else ()
    return {manifest.text(h, f"{_HT}fieldName"): manifest.text(h, f"{_HT}fieldValue") for h in headers}


def _body(manifest: Manifest, message: Node) -> bytes | None:
    content = manifest.value(message, f"{_HT}body")
    if content is None:
        return None
    encoding = manifest.text(as_node(content), f"{_CONTENT}characterEncoding")
    return manifest.text(as_node(content), f"{_CONTENT}chars").encode(encoding)


def send(url: str, exchange: Exchange, path: str) -> Answer:
    """Send a request just as it is, without the headers that other clients add, and return the response."""
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=_TIMEOUT)
    try:
        connection.request(exchange.method, path, body=exchange.body, headers=exchange.headers)
        response = connection.getresponse()
        headers = {name.lower(): value for name, value in response.getheaders()}
        return Answer(response.status, headers, response.read())
    finally:
        connection.close()
