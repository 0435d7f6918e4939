"""The W3C tests of the Graph Store Protocol, as far as a service goes that only reads.

What the tests write is refused. What they read is there from the start instead: the graph that a
response is to have is the graph that is served.
"""

from __future__ import annotations

from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pyoxigraph as ox
import pytest
from werkzeug.test import Client, TestResponse

from alliance_graph.config import Config
from alliance_graph.dataset.memory import Source
from alliance_graph.vocabulary import GRAPH
from alliance_graph.web.app import create_app
from alliance_graph.web.service import service_of
from conformance import suites
from conformance.comparison import same_graphs
from conformance.exchanges import Dialogue, Exchange, read_dialogues

suites.require()

_FOLDER = "sparql/sparql11/graph-store-protocol/"
_DIALOGUES = [
    dialogue
    for name in ("manifest-direct.ttl", "manifest-indirect.ttl")
    for dialogue in read_dialogues(_FOLDER + name, "GraphStoreProtocolTest")
]
_LOCATION = "$LOCATION$"
"""What the manifest writes for the address that a service gives to a new graph."""
_NEW = "http://www.example/gsp/new"


def test_there_are_as_many_tests_as_the_suite_has() -> None:
    assert len(_DIALOGUES) == 14


@pytest.mark.parametrize("dialogue", _DIALOGUES, ids=lambda dialogue: dialogue.id)
def test_graphs_are_read_as_the_suite_wants_and_nothing_is_written(
    dialogue: Dialogue, tmp_path_factory: pytest.TempPathFactory
) -> None:
    contents: dict[str, bytes] = {}
    for exchange in dialogue.exchanges:
        if exchange.reads:
            _note(contents, exchange)
            _is_read(exchange, contents, tmp_path_factory.mktemp("graphs"))
        else:
            _note(contents, exchange)
            _is_refused(exchange, tmp_path_factory.mktemp("graphs"))


def _note(contents: dict[str, bytes], exchange: Exchange) -> None:
    """Keep in mind what a store would now have, had it done what was asked."""
    body = exchange.response_body if exchange.reads else exchange.body
    if exchange.method == "DELETE":
        contents.pop(_graph(exchange), None)
    elif body is not None:
        contents[_graph(exchange)] = body


def _graph(exchange: Exchange) -> str:
    """Return the graph that a request is about; empty for the default graph."""
    parts = urlsplit(_path(exchange))
    if parts.path != "/graph-store":
        return GRAPH + parts.path.removeprefix("/graph/")
    arguments = parse_qs(parts.query, keep_blank_values=True)
    return "" if "default" in arguments else arguments.get("graph", [_NEW])[0]


def _path(exchange: Exchange) -> str:
    """Return where this service has what the manifest has below `/gsp`."""
    path = exchange.path.replace(_LOCATION, _NEW)
    if path.startswith("/gsp/"):
        return path.replace("/gsp/", "/graph/", 1)
    return path.replace("/gsp", "/graph-store", 1)


def _is_read(exchange: Exchange, contents: dict[str, bytes], folder: Path) -> None:
    response = _ask(exchange, contents, folder)
    assert exchange.has_status(response.status_code), response.get_data(as_text=True)
    if response.status_code == 404:
        assert response.content_type == "application/problem+json"
    if "content-type" in exchange.response_headers:
        # Turtle is always UTF-8 (RDF 1.1 Turtle, section 8): whether it is said makes no difference.
        assert response.mimetype == exchange.response_headers["content-type"].partition(";")[0]
    if exchange.method == "HEAD":
        assert response.get_data() == b""
    elif exchange.response_body is not None:
        wanted = ox.parse(exchange.response_body, format=ox.RdfFormat.TURTLE)
        assert same_graphs(wanted, ox.parse(response.get_data(), format=ox.RdfFormat.TURTLE))


def _is_refused(exchange: Exchange, folder: Path) -> None:
    response = _ask(exchange, {_graph(exchange): b"<urn:s> <urn:p> <urn:o> ."}, folder)
    assert response.status_code == 405
    assert response.content_type == "application/problem+json"
    allowed = set(response.headers["Allow"].replace(" ", "").split(","))
    assert {"GET", "HEAD"} <= allowed
    assert not allowed & {"PUT", "POST", "DELETE", "PATCH"}


def _ask(exchange: Exchange, contents: dict[str, bytes], folder: Path) -> TestResponse:
    """Send a request to a service over some graphs."""
    files = []
    for number, (graph, body) in enumerate(contents.items()):
        file = folder / f"{number}.ttl"
        file.write_bytes(body)
        files.append((str(file), graph))
    if not files:
        empty = folder / "empty.ttl"
        empty.touch()
        files = [(str(empty), "")]
    app = create_app(Config(source=Source(tuple(files), union=False)))
    try:
        client: Client = app.test_client()
        return client.open(_path(exchange), method=exchange.method, headers=exchange.headers, data=exchange.body)
    finally:
        service_of(app).engine.close()
