"""Running the service on Granian."""

from __future__ import annotations

import multiprocessing
import resource
import socket

import click

from alliance_graph.config import Config
from alliance_graph.errors import AllianceGraphError

_CONNECTIONS = 2048
"""How many clients may be connected; each may hold a thread, which costs little while it waits, so that
no client that sends or reads slowly, or not at all, takes one away from another."""
_SPARE_DESCRIPTORS = 128
_IDLE_MILLISECONDS = 10_000
"""How long a client may take for the headers of a request, or between two requests."""
_BUFFER_BYTES = 128 * 1024
"""What is kept of a client's bytes while its headers come in: the longest address, and then some."""
_STOP_SECONDS = 5
"""How long requests that are being answered may go on after the service was told to stop."""


def run(config: Config) -> None:
    """Serve until interrupted.

    The application and its engine are made here and handed to Granian's worker by forking: what
    is wrong with the data shows before anything listens, and start-up pays for imports once.

    Raises:
        AllianceGraphError: the data cannot be read, or the address cannot be listened on.
    """
    _check_address(config)
    from granian import Granian
    from granian.constants import HTTPModes, Interfaces
    from granian.http import HTTP1Settings
    from granian.log import LogLevels

    from alliance_graph.web.app import create_app
    from alliance_graph.web.service import service_of

    multiprocessing.set_start_method("fork")
    app = create_app(config)
    connections = _raise_descriptors(_CONNECTIONS)
    server = Granian(
        "alliance_graph.web.wsgi:app",
        address=config.host,
        port=config.port,
        interface=Interfaces.WSGI,
        workers=1,
        http=HTTPModes.http1,  # one request at a time on a connection
        backpressure=connections,
        blocking_threads=connections,
        http1_settings=HTTP1Settings(header_read_timeout=_IDLE_MILLISECONDS, max_buffer_size=_BUFFER_BYTES),
        workers_kill_timeout=_STOP_SECONDS,
        log_level=LogLevels.error,
        websockets=False,
    )
    click.echo(f"answering on http://{_shown_host(config.host)}:{config.port}/ (Ctrl-C ends)", err=True)
    try:
        server.serve(target_loader=lambda: app, wrap_loader=False)
    finally:
        service_of(app).close()


def _raise_descriptors(connections: int) -> int:
    """Allow this process the descriptors for so many connections; return for how many the system lets it."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = connections + _SPARE_DESCRIPTORS
    allowed = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
    if soft != resource.RLIM_INFINITY and soft < allowed:
        resource.setrlimit(resource.RLIMIT_NOFILE, (allowed, hard))
    return allowed - _SPARE_DESCRIPTORS


def _check_address(config: Config) -> None:
    """Find out whether the address is free before anything starts that would fail less clearly."""
    place = f"{config.host}:{config.port}"
    try:
        family, kind, _, _, address = socket.getaddrinfo(config.host, config.port, type=socket.SOCK_STREAM)[0]
    except OSError as error:
        raise AllianceGraphError(
            f"no such address: {error.strerror}", "name another with --host", place=place
        ) from None
    with socket.socket(family, kind) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(address)
        except OSError as error:
            raise AllianceGraphError(
                f"cannot listen here: {error.strerror.lower() if error.strerror else error}",
                "choose another port with --port",
                place=place,
            ) from None


def _shown_host(host: str) -> str:
    return "localhost" if host in ("127.0.0.1", "::1", "0.0.0.0", "::") else host  # noqa: S104
