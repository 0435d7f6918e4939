"""A plain request is read without the parser, and is to the application what the parser would have made of it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from typing import Any, cast

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from uvicorn import Config as Settings
from uvicorn.server import ServerState

from alliance_graph.web.bridge import Bridge
from alliance_graph.web.connection import Connection
from alliance_graph.web.environ import connection_environ
from alliance_graph.web.plain import read_plain
from alliance_graph.web.repeats import Repeats

_CONNECTION = connection_environ({"scheme": "http", "server": ("127.0.0.1", 80), "client": ("192.0.2.1", 1234)})


def _get(target: str = "/sparql?query=ASK%7B%7D", *fields: str) -> bytes:
    return "\r\n".join([f"GET {target} HTTP/1.1", "Host: localhost", *fields, "\r\n"]).encode()


PLAIN = [
    _get(),
    _get("/"),
    _get("/a%2Fb/%C3%A9"),
    _get("/a//b/"),
    _get("/sparql?"),
    _get("/sparql?query=a+b%2Bc&x=%FF?/&&=~!'"),
    _get("/", "Accept: a/b", "accept: c/d", "ACCEPT:e/f"),
    _get("/", "Cookie: a=b", "Cookie: c=d"),
    _get("/", "X-Empty:", "X-Inside: \t a \t b"),
    _get("/", "Connection: keep-alive"),
    _get("/", "If-None-Match: *", "Accept-Encoding: br", "Accept-Language: ar"),
]
NOT_PLAIN = [
    _get().replace(b"GET", b"POST"),
    _get().replace(b"GET", b"get"),
    _get().replace(b"GET", b"HEAD"),
    _get().replace(b"1.1", b"1.0"),
    _get("/a#b"),
    _get("//localhost/a"),
    _get("http://localhost/"),
    _get("*"),
    _get("/é"),
    _get("/a b"),
    _get("/", "X: é"),
    _get("/", "X: a\r\n b"),
    _get("/", "X: a\nY: b"),
    _get("/", "X : a"),
    _get("/", "X"),
    _get("/", "X: "),
    _get("/", "X: a\t"),
    _get("/", "X: \0"),
    _get("/", "Content-Length: 0"),
    _get("/", "Transfer-Encoding: chunked"),
    _get("/", "Expect: 100-continue"),
    _get("/", "Upgrade: h2c", "Connection: upgrade"),
    _get("/", "Connection: close"),
    _get("/", "Connection: keep-alive, close"),
    _get().replace(b"Host", b"Hast"),
    _get() + _get(),
    _get() + b"x",
    _get()[:-2],
    _get().replace(b"\r\n", b"\n"),
    b"",
]


@pytest.mark.parametrize("data", NOT_PLAIN)
def test_what_the_parser_has_to_judge_is_left_to_it(data: bytes) -> None:
    assert read_plain(data, _CONNECTION) is None


async def _as_the_application_has_it(data: bytes, *, in_pieces: bool) -> tuple[bytes, Any]:
    """Return status line and the WSGI environment of a request that is sent to a connection."""

    def app(environ: dict[str, Any], start: Callable[[str, list[tuple[str, str]]], object]) -> list[bytes]:
        told = {name: str(value) for name, value in environ.items() if name.isupper() or name == "wsgi.url_scheme"}
        told.pop("REMOTE_PORT", None)
        body = json.dumps(told | {"body": environ["wsgi.input"].read().decode()}).encode()
        start("200 OK", [("Content-Type", "application/json"), ("Content-Length", str(len(body)))])
        return [body]

    bridge = Bridge(app, threads=1, soon=0.1, max_body=1000, capacity=1_000_000)
    settings = Settings(cast(Any, bridge), interface="asgi3", lifespan="off", ws="none", log_config=None)
    server = await asyncio.get_running_loop().create_server(
        lambda: Connection(bridge, Repeats, 10, config=settings, server_state=ServerState(), app_state={}),
        "127.0.0.1",
        0,
    )
    async with server, asyncio.timeout(10):
        address = server.sockets[0].getsockname()
        reader, writer = await asyncio.open_connection(*address)
        for piece in [data[:9], data[9:]] if in_pieces else [data]:
            writer.write(piece)
            await asyncio.sleep(0.01)
        status = await reader.readline()
        length = 0
        while line := (await reader.readline()).strip():
            if line.lower().startswith(b"content-length:"):
                length = int(line.split(b":")[1])
        told = json.loads(await reader.readexactly(length))
        writer.close()
        told.pop("SERVER_PORT")
        return status, told


@pytest.mark.parametrize("data", PLAIN)
def test_a_plain_request_is_what_the_parser_would_have_made_of_it(data: bytes) -> None:
    assert read_plain(data, _CONNECTION) is not None
    answers = [asyncio.run(_as_the_application_has_it(data, in_pieces=pieces)) for pieces in (False, True)]
    assert answers[0] == answers[1]
    assert answers[0][0].split()[1] == b"200"


_LINE = st.text(st.characters(min_codepoint=9, max_codepoint=0xFF), max_size=12)


@settings(max_examples=150, deadline=None)
@given(st.text(st.characters(min_codepoint=0x20, max_codepoint=0x7F), max_size=12), _LINE, _LINE)
@example("?", "", "")
@example("%", "", "\t")
def test_no_request_is_taken_for_another(target: str, name: str, value: str) -> None:
    data = f"GET /{target} HTTP/1.1\r\nHost: localhost\r\nX{name}: {value}\r\n\r\n".encode("latin-1")
    if read_plain(data, _CONNECTION) is not None:
        answers = [asyncio.run(_as_the_application_has_it(data, in_pieces=pieces)) for pieces in (False, True)]
        assert answers[0] == answers[1]
