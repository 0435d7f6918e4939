"""Queries answered ahead of Flask: those that a worker answers without more ado."""

from __future__ import annotations

import io
from collections.abc import Iterable
from contextlib import suppress
from typing import TYPE_CHECKING

from alliance_graph.engine.pool import Begun, EngineError
from alliance_graph.web import fields
from alliance_graph.web.environ import (
    BEGUN,
    CACHE_KEY,
    CACHED,
    GONE,
    NO_WAITING,
    ROUTE,
    SERVICE,
    WouldWaitError,
)
from alliance_graph.web.protocol import ProtocolError
from alliance_graph.web.soon import is_small
from alliance_graph.web.sparql import METHODS, PATH, cache_key, read_task

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

    from alliance_graph.web.service import Service


class Direct:
    """WSGI middleware that answers query operations as the view of `/sparql` would, and leaves it all others.

    What is no operation, or has no answer, goes to the application: it says what is wrong.
    """

    def __init__(self, app: WSGIApplication) -> None:
        """Wrap an application."""
        self.app = app

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        service: Service = environ[SERVICE]
        begun: Begun | None = environ.get(BEGUN)
        if begun is None and environ["PATH_INFO"] == PATH and not service.config.services:
            with suppress(ProtocolError, EngineError):
                task = read_task(environ, _body(environ), service.config.limits)
                key = environ[CACHE_KEY] = cache_key(task)
                kept = service.cache.get(key)
                if kept is not None:
                    environ[CACHED] = True
                    environ[ROUTE] = PATH
                    start_response("200 OK", kept.headers)
                    return [kept.body]
                begun = service.engine.begin(task, environ.get(GONE), environ.get("REMOTE_ADDR", ""))
        patience = environ.get(NO_WAITING)
        if patience is not None and (begun is None or not _is_here(begun, patience)):
            raise WouldWaitError(environ, begun)
        if begun is None:
            return self.app(environ, start_response)
        environ[BEGUN] = begun
        try:
            reply = begun.finish()
        except EngineError:  # which the application gets to see, too
            return self.app(environ, start_response)
        service.metrics.seconds.observe(reply.seconds)
        environ[ROUTE] = PATH
        headers = fields.answer_fields(reply) | fields.cite_as(service) | fields.READING | fields.COMMON
        start_response("200 OK", [*headers.items()])
        return [reply.body]


def _is_here(begun: Begun, seconds: float) -> bool:
    """Return whether a reply that is small comes within so many seconds."""
    return begun.is_in_hand and begun.comes(seconds) and is_small(begun)


def _body(environ: WSGIEnvironment) -> bytes:
    """Return the body of a request that is in memory.

    Raises:
        ProtocolError: it is not, or the method is none that asks a query.
    """
    if environ["REQUEST_METHOD"] in ("GET", "HEAD"):
        return b""
    body = environ["wsgi.input"]
    if environ["REQUEST_METHOD"] not in METHODS or not isinstance(body, io.BytesIO):
        raise ProtocolError("bad-request", 400, "not a query operation")
    return body.getvalue()
