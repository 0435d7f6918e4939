"""An answer that did not arrive whole is an error to the client in every format, never a shorter answer."""

from __future__ import annotations

import http.client
import os
import signal
import socket
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from random import Random
from urllib.parse import quote

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from alliance_graph.engine import wire
from alliance_graph.engine.formats import GRAPH_FORMATS, RESULT_FORMATS, Format
from processes import Service, running, until

_FORMATS = (*RESULT_FORMATS, *GRAPH_FORMATS)
_LINEWISE = [fmt for fmt in _FORMATS if fmt.name in ("csv", "ntriples")]
"""Formats in which the beginning of an answer can look like a whole one."""
_PATTERN = "{ ?a <urn:next> ?b . ?c <urn:next> ?d }"


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("data") / "chain.nt"
    node = "<urn:a-name-that-takes-some-room-in-an-answer:and-some-more:%d>"
    file.write_text("".join(f"{node % i} <urn:next> {node % (i + 1)} .\n" for i in range(500)))
    return file


@pytest.fixture(scope="module")
def service(data: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    with running(tmp_path_factory.mktemp("log") / "log", "--dataset", data, memory_mebibytes=300) as found:
        yield found


@settings(max_examples=100, deadline=None, database=None)
@given(
    head=st.dictionaries(st.text(), st.text()), body=st.binary(max_size=2_000), share=st.floats(0, 1, exclude_max=True)
)
def test_a_message_of_a_worker_that_is_cut_anywhere_is_none(head: dict[str, str], body: bytes, share: float) -> None:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        wire.send(ours, head, body)
        ours.shutdown(socket.SHUT_WR)
        whole = theirs.recv(1_000_000, socket.MSG_PEEK)
        assert wire.receive(theirs, len(body)) == (head, body)
    ours, theirs = socket.socketpair()
    with ours, theirs:
        ours.sendall(whole[: int(len(whole) * share)])
        ours.shutdown(socket.SHUT_WR)
        with pytest.raises(wire.ConnectionLostError):
            wire.receive(theirs)


@pytest.mark.parametrize(
    "message", [b"\xff" * 100, b"\0\0\0\2" + b"\0" * 8 + b"{x", b"\0\0\0\2" + b"\0\0\0\1" * 2 + b"{}"]
)
def test_what_a_worker_sends_is_not_believed(message: bytes) -> None:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        ours.sendall(message)
        with pytest.raises(wire.ConnectionLostError):
            wire.receive(theirs, 1_000_000)


def _request(fmt: Format, rows: int, coding: str = "identity") -> tuple[str, dict[str, str]]:
    """Return target and header fields of a request for an answer of so many rows or triples."""
    query = f"{'CONSTRUCT { ?a <urn:p> ?d }' if fmt.rdf else 'SELECT *'} {_PATTERN} LIMIT {rows}"
    return f"/sparql?query={quote(query)}", {"Accept": fmt.media_type, "Accept-Encoding": coding}


@contextmanager
def _cut_after(service: Service, size: int) -> Iterator[int]:
    """Run a proxy on a port of its own, for one connection, that closes it after so many bytes of the answer's body."""
    with ExitStack() as stack:
        listener = stack.enter_context(socket.create_server(("127.0.0.1", 0)))

        def relay() -> None:
            client, _ = listener.accept()
            with client, socket.create_connection(("127.0.0.1", service.port)) as server:
                server.sendall(client.recv(100_000))
                seen = b""
                while b"\r\n\r\n" not in seen:
                    seen += server.recv(1)
                client.sendall(seen)
                left = size
                while left and (chunk := server.recv(min(left, 65_536))):
                    client.sendall(chunk)
                    left -= len(chunk)

        thread = threading.Thread(target=relay)
        thread.start()
        yield listener.getsockname()[1]
        thread.join()


def _read(port: int, fmt: Format, rows: int, coding: str) -> bytes:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    try:
        target, headers = _request(fmt, rows, coding)
        connection.request("GET", target, headers=headers)
        response = connection.getresponse()
        assert response.status == 200
        return response.read()
    finally:
        connection.close()


@pytest.mark.parametrize("coding", ["identity", "gzip", "br"])
@pytest.mark.parametrize("fmt", _FORMATS, ids=lambda fmt: fmt.name)
def test_an_answer_that_is_cut_anywhere_is_an_error(service: Service, fmt: Format, coding: str) -> None:
    random = Random(fmt.name)  # noqa: S311 - repeatable, not secret
    for rows in (1, 100, 3_000):
        whole = _read(service.port, fmt, rows, coding)
        ends_of_lines = [i + 1 for i, byte in enumerate(whole) if byte == ord("\n")][:-1]  # where a reader sees no harm
        cuts = {
            0,
            1,
            len(whole) - 1,
            random.randrange(len(whole)),
            *random.sample(ends_of_lines, min(3, len(ends_of_lines))),
        }
        for cut in cuts:
            with _cut_after(service, cut) as port, pytest.raises(http.client.IncompleteRead):
                _read(port, fmt, rows, coding)
        with _cut_after(service, len(whole)) as port:
            assert _read(port, fmt, rows, coding) == whole


def _begin(service: Service, stack: ExitStack, fmt: Format) -> http.client.HTTPResponse:
    """Ask for an answer larger than all buffers on the way, and read no more than its beginning."""
    client = stack.enter_context(socket.socket())
    client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    client.settimeout(20)
    client.connect(("127.0.0.1", service.port))
    target, headers = _request(fmt, 40_000)
    lines = [f"GET {target} HTTP/1.1", "Host: localhost", *(f"{name}: {value}" for name, value in headers.items())]
    client.sendall("\r\n".join([*lines, "", ""]).encode())
    response = stack.enter_context(http.client.HTTPResponse(client))
    response.begin()
    assert response.status == 200
    assert response.read(1000)
    return response


def test_an_answer_whose_server_is_killed_is_an_error(data: Path, tmp_path: Path) -> None:
    with running(tmp_path / "log", "--dataset", data) as killed, ExitStack() as stack:
        begun = [_begin(killed, stack, fmt) for fmt in _LINEWISE]
        os.kill(killed.front.pid, signal.SIGKILL)
        for response in begun:
            with pytest.raises((http.client.IncompleteRead, ConnectionError)):
                response.read()


def test_an_answer_that_is_on_its_way_arrives_whole_though_the_engine_dies(service: Service) -> None:
    with ExitStack() as stack:
        begun = {fmt: _begin(service, stack, fmt) for fmt in _LINEWISE}
        host = service.host.pid
        os.kill(host, signal.SIGKILL)
        for fmt, response in begun.items():
            rest = response.read()
            length = int(response.headers["Content-Length"])
            assert len(rest) + 1000 == length, fmt.name
    until(lambda: service.ask("ASK {} # after all").status == 200, 5)
    assert service.host.pid != host


def test_a_query_that_fails_on_the_way_gives_no_part_of_an_answer(service: Service) -> None:
    # Rows come out before the last one is too large to be written.
    rows = "SELECT * { { ?a <urn:next> ?b } UNION { BIND('x' AS ?x0) " + " ".join(
        f"BIND(CONCAT(?x{i}, ?x{i}) AS ?x{i + 1})" for i in range(40)
    )
    answer = service.ask(rows + " BIND(STRLEN(?x40) AS ?b) } }", "text/csv")
    assert answer.status == 503
    assert b"urn:n" not in answer.body
