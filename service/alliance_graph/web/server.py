"""Running the service on Granian."""

from __future__ import annotations

import multiprocessing
import socket

import click

from alliance_graph.config import Config
from alliance_graph.errors import AllianceGraphError

_SPARE_THREADS = 8


def run(config: Config) -> None:
    """Serve until interrupted.

    The application and its engine are made here and handed to Granian's worker by forking: what
    is wrong with the data shows before anything listens, and start-up pays for imports once.

    Raises:
        AllianceGraphError: the data cannot be read, or the address cannot be listened on.
    """
    _check_address(config)
    from granian import Granian
    from granian.constants import Interfaces
    from granian.log import LogLevels

    from alliance_graph.web.app import create_app
    from alliance_graph.web.service import service_of

    multiprocessing.set_start_method("fork")
    app = create_app(config)
    limits = config.limits
    server = Granian(
        "alliance_graph.web.wsgi:app",
        address=config.host,
        port=config.port,
        interface=Interfaces.WSGI,
        workers=1,
        # A thread waits for each query; those beyond the running and waiting ones give other answers.
        blocking_threads=limits.short_queries + limits.long_queries + limits.waiting + _SPARE_THREADS,
        log_level=LogLevels.error,
        websockets=False,
    )
    click.echo(f"answering on http://{_shown_host(config.host)}:{config.port}/ (Ctrl-C ends)", err=True)
    try:
        server.serve(target_loader=lambda: app, wrap_loader=False)
    finally:
        service_of(app).engine.close()


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
