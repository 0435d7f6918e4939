"""Clients that take their time: how long they may, and what is held for them meanwhile."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any, cast

import pytest
from uvicorn import Config as Settings
from uvicorn.server import ServerState

from alliance_graph.web.bridge import Bridge
from alliance_graph.web.connection import Connection
from alliance_graph.web.environ import PIECE_BYTES
from alliance_graph.web.repeats import Repeats


@asynccontextmanager
async def _serving(size: int) -> AsyncIterator[tuple[socket.socket, list[Connection]]]:
    """Serve an answer of so many bytes; give the socket that listens, and the connections as they are made."""
    body = bytes(size)

    def app(_: object, start: Callable[[str, list[tuple[str, str]]], object]) -> list[bytes]:
        start("200 OK", [("Content-Type", "text/plain"), ("Content-Length", str(size))])
        return [body]

    made: list[Connection] = []
    bridge = Bridge(app, threads=1, soon=0.1, max_body=1_000_000, capacity=10_000_000)
    settings = Settings(
        cast(Any, bridge),
        interface="asgi3",
        lifespan="off",
        ws="none",
        log_config=None,
    )

    def connect() -> Connection:
        made.append(Connection(bridge, Repeats, 1_000, config=settings, server_state=ServerState(), app_state={}))
        return made[-1]

    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 8192)
        server = await asyncio.get_running_loop().create_server(connect, sock=listener)
        async with server:
            yield listener, made


async def _left(first: bytes, *, is_stuck: Callable[[Connection], bool], seconds: int, trickle: bytes = b"") -> bool:
    """Return whether a client that has sent something is given up after so many seconds in a state, not before."""
    async with _serving(9_000_000) as (listener, made):
        _, writer = await asyncio.open_connection(*listener.getsockname(), limit=1000)
        writer.write(first)
        async with asyncio.timeout(10):
            while not made or not is_stuck(made[0]):
                await asyncio.sleep(0.01)
        for _ in range(seconds):
            writer.write(trickle)
            await asyncio.sleep(0.01)
            made[0].tick()
        stays = not made[0].transport.is_closing()
        made[0].tick()
        gone = made[0].transport.is_closing()
        writer.transport.abort()
        await asyncio.sleep(0.05)
        return stays and gone


@pytest.mark.parametrize(
    ("first", "is_stuck", "seconds", "trickle"),
    [
        (b"", lambda connection: connection.is_idle, 10, b""),
        (b"GET / HTTP/1.1\r\nX: ", lambda connection: not connection.is_idle, 10, b"x"),
        (b"GET / HTTP/1.1\r\n\r\n", lambda connection: connection.flow.write_paused, 60, b""),
    ],
    ids=["sends nothing", "sends a byte a second", "reads nothing"],
)
def test_a_client_that_takes_too_long_is_given_up(
    first: bytes, is_stuck: Callable[[Connection], bool], seconds: int, trickle: bytes
) -> None:
    assert asyncio.run(_left(first, is_stuck=is_stuck, seconds=seconds, trickle=trickle))


async def _held(clients: int, size: int) -> tuple[list[int], list[int]]:
    """Return what is held for each of so many clients that do not read their answer yet, and what they read then."""
    async with _serving(size) as (listener, made), AsyncExitStack() as stack:
        pairs = []
        for _ in range(clients):
            asking = socket.socket()
            asking.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 8192)
            asking.connect(listener.getsockname())
            asking.sendall(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
            pairs.append(await asyncio.open_connection(sock=asking, limit=1000))
            stack.callback(pairs[-1][1].transport.abort)
        async with asyncio.timeout(20):
            while len(made) < clients or not all(connection.flow.write_paused for connection in made):
                await asyncio.sleep(0.01)
        held = [connection.transport.get_write_buffer_size() for connection in made]
        for reader, _ in pairs:
            await reader.readuntil(b"\r\n\r\n")
        return held, [len(await reader.readexactly(size)) for reader, _ in pairs]


def test_what_slow_clients_hold_is_bounded_and_comes_whole() -> None:
    held, read = asyncio.run(_held(150, 250_000))
    assert read == [250_000] * 150
    assert max(held) > 2 * PIECE_BYTES, "large answers go out with one write"
    assert sorted(held)[80] < 2 * PIECE_BYTES, "but not while many clients take none"
