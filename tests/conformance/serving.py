"""Serving the data of a test, and asking over HTTP."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlencode

import pyoxigraph as ox
from werkzeug.test import Client, TestResponse

from alliance_graph.dataset.memory import Source
from alliance_graph.engine.formats import Format
from conformance import suites

Data = tuple[tuple[str, str], ...]
"""Files, each with the graph its triples belong to, as a manifest gives them."""


class ServiceFailedError(Exception):
    """The service failed (5xx), which no test expects."""


class NotAnsweredError(AssertionError):
    """The service refused a query (4xx)."""


@dataclass(frozen=True)
class Asked:
    """A client for the service over some data."""

    client: Client

    def ask(self, query: str, accept: str, way: int = 0) -> TestResponse:
        """Send a query in one of the three ways of the protocol (SPARQL 1.1 Protocol, section 2.1)."""
        headers = {"Accept": accept}
        form = urlencode({"query": query})
        match way % 3:
            case 0:
                response = self.client.get(f"/sparql?{form}", headers=headers)
            case 1:
                kind = "application/x-www-form-urlencoded"
                response = self.client.post("/sparql", data=form, content_type=kind, headers=headers)
            case _:
                kind = "application/sparql-query"
                response = self.client.post("/sparql", data=query.encode(), content_type=kind, headers=headers)
        if response.status_code >= 500:
            raise ServiceFailedError(f"{response.status_code}: {response.get_data(as_text=True)}")
        return response

    def answer(self, query: str, fmt: Format, way: int = 0) -> bytes:
        """Return the answer to a query in a format.

        Raises:
            NotAnsweredError: it was refused.
        """
        response = self.ask(query, fmt.media_type, way)
        if response.status_code != 200:
            raise NotAnsweredError(response.get_data(as_text=True))
        assert response.content_type == fmt.content_type
        return response.get_data()


def source_of(data: Data, folder: Path) -> Source:
    """Return the source for the data of a test.

    Args:
        data: files and graphs; the default graph is their own, not the union.
        folder: where to put files that have to be rewritten.
    """
    files = [(_absolute(iri, folder), graph) for iri, graph in data]
    if not files:
        empty = folder / "empty.nt"
        empty.touch()
        files = [(str(empty), "")]
    return Source(tuple(files), union=False)


def _absolute(iri: str, folder: Path) -> str:
    """Return the file, or a rewritten copy if it has relative IRIs: those are relative to where it is published."""
    path = suites.path_of(iri)
    form = ox.RdfFormat.from_extension(path.suffix[1:])
    assert form is not None, iri
    try:
        for _ in ox.parse(path=str(path), format=form):
            pass
    except SyntaxError:
        copy = folder / f"{hashlib.sha256(iri.encode()).hexdigest()}.nq"
        ox.serialize(ox.parse(path=str(path), format=form, base_iri=iri), str(copy), ox.RdfFormat.N_QUADS)
        return str(copy)
    return str(path)
