"""Running the service on uvicorn."""

from __future__ import annotations

import asyncio
import gc
import resource
import signal
import socket
from functools import partial
from typing import Any, cast

import click

from alliance_graph.config import Config
from alliance_graph.errors import AllianceGraphError

_LARGEST_SENT = 8
"""How many of the largest answers may be on their way at the same time."""
_SPARE_THREADS = 16
_SPARE_DESCRIPTORS = 128
_FORM_SHARE = 3
"""How much longer a form may be than the text in it: each byte may be sent as three, `%0A`."""
_STOP_SECONDS = 5
"""How long requests that are being answered may go on after the service was told to stop."""
_NEVER_SECONDS = 10**6
"""For a time of uvicorn's that the connection itself keeps."""


def run(config: Config) -> None:
    """Serve until interrupted.

    Raises:
        AllianceGraphError: the data cannot be read, or the address cannot be listened on.
    """
    with _bound(config) as listener:  # held from here on, so nothing is loaded in vain
        from uvicorn import Config as Settings
        from uvicorn import Server

        from alliance_graph.web.app import create_app
        from alliance_graph.web.bridge import Bridge
        from alliance_graph.web.connection import Connection
        from alliance_graph.web.direct import direct_of
        from alliance_graph.web.patience import MOST_CONNECTIONS
        from alliance_graph.web.service import service_of

        app = create_app(config)
        limits = config.limits
        bridge = Bridge(
            app,
            direct_of(app),
            # A thread for each query that runs or waits, and some for those that find no place any more.
            threads=limits.short_queries + limits.long_queries + 2 * limits.waiting + _SPARE_THREADS,
            soon=limits.short_seconds,
            max_body=limits.query_bytes,
            capacity=_LARGEST_SENT * limits.answer_bytes,
            longer=_longer(config),
        )
        connection = partial(
            Connection, bridge, lambda: service_of(app).cache.repeats, _raise_descriptors(MOST_CONNECTIONS)
        )

        async def tick() -> None:
            service_of(app).cache.repeats.clear()
            if bridge.lender is not None:
                bridge.lender.tick()
            for client in list(server.server_state.connections):
                cast(Connection, client).tick()

        server = Server(
            Settings(
                cast(Any, bridge),
                interface="asgi3",
                loop="uvloop",
                http=cast(type[asyncio.Protocol], connection),
                ws="none",
                lifespan="off",
                log_config=None,
                log_level="critical",
                access_log=False,
                proxy_headers=False,
                server_header=False,
                timeout_keep_alive=_NEVER_SECONDS,
                timeout_graceful_shutdown=_STOP_SECONDS,
                callback_notify=tick,
                timeout_notify=0,
            )
        )
        # Uvicorn raises the signal that ended it once more after it has stopped; stopping was all it meant.
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, lambda *_: None)
        gc.collect()
        gc.freeze()  # what is there now stays, and need not be looked through again and again
        click.echo(f"answering on http://{_shown_host(config.host)}:{config.port}/ (Ctrl-C ends)", err=True)
        try:
            server.run([listener])
        finally:
            service_of(app).close()


def _longer(config: Config) -> dict[str, int]:
    """Return how long a form may be where more than a query is sent, by path."""
    limits = config.limits
    texts = {"/validate": limits.text_bytes, "/query": limits.query_bytes, "/query/result": limits.query_bytes}
    return {prefix + path: _FORM_SHARE * size for path, size in texts.items() for prefix in ("", config.prefix)}


def _raise_descriptors(connections: int) -> int:
    """Allow this process the descriptors for so many connections; return for how many the system lets it."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = connections + _SPARE_DESCRIPTORS
    allowed = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
    if soft != resource.RLIM_INFINITY and soft < allowed:
        resource.setrlimit(resource.RLIMIT_NOFILE, (allowed, hard))
    return allowed - _SPARE_DESCRIPTORS


def _bound(config: Config) -> socket.socket:
    """Return a socket that has the address to itself, but does not listen yet."""
    place = f"{config.host}:{config.port}"
    try:
        family, kind, _, _, address = socket.getaddrinfo(config.host, config.port, type=socket.SOCK_STREAM)[0]
    except OSError as error:
        raise AllianceGraphError(
            f"no such address: {error.strerror}", "name another with --host", place=place
        ) from None
    listener = socket.socket(family, kind)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(address)
    except OSError as error:
        listener.close()
        raise AllianceGraphError(
            f"cannot listen here: {error.strerror.lower() if error.strerror else error}",
            "choose another port with --port",
            place=place,
        ) from None
    return listener


def _shown_host(host: str) -> str:
    return "localhost" if host in ("127.0.0.1", "::1", "0.0.0.0", "::") else host  # noqa: S104
