"""Query operations answered in the event loop, ahead of WSGI: those that a worker answers without more ado."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from flask import Flask

from alliance_graph.engine.pool import Begun, EngineError
from alliance_graph.web import fields
from alliance_graph.web.cache import Headers
from alliance_graph.web.environ import BEGUN, BODY, CACHE_KEY, GONE, ROUTE, SERVICE, STARTED, Response, response_of
from alliance_graph.web.hotpath import again, first, is_at_hand
from alliance_graph.web.observe import Observer
from alliance_graph.web.protocol import ProtocolError
from alliance_graph.web.sparql import METHODS, PATH, cache_key, read_task

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment

    from alliance_graph.web.service import Service

_EXTENSION = "alliance_graph_direct"


class Direct:
    """Answers query operations as the view of `/sparql` would.

    What is no operation, or has no answer, is left to the application: it says what is wrong.
    """

    def __init__(self, service: Callable[[], Service], observer: Observer, prefix: str) -> None:
        """Make it ready.

        Args:
            service: gives what is served now.
            observer: notes what is answered.
            prefix: the path that a proxy maps to the application, which may or may not strip it.
        """
        self._service = service
        self._observer = observer
        self._paths = (PATH, prefix + PATH)
        self._known: dict[tuple[str, str], Headers] = {}
        """Fields of answers, by release and format."""

    def begin(self, environ: WSGIEnvironment) -> Response | Begun | None:
        """Return a kept answer, or the query after handing it to a worker; None leaves it to the application.

        Args:
            environ: the WSGI environment of the request, to which is added what is found out about it.
        """
        if environ["PATH_INFO"] not in self._paths or environ["REQUEST_METHOD"] not in METHODS:
            return None
        environ[STARTED] = time.perf_counter()
        service = environ[SERVICE] = self._service()
        if service.config.services:
            return None
        try:
            task = read_task(environ, environ.get(BODY, b""), service.config.limits)
            key = environ[CACHE_KEY] = cache_key(task)
            kept = service.cache.get(key)
            if kept is not None:
                return self._noted(environ, *again(environ, kept)) if is_at_hand(environ, kept) else None
            begun = service.engine.begin(task, environ.get(GONE), environ["REMOTE_ADDR"])
        except (ProtocolError, EngineError):
            return None
        if begun is not None:
            environ[BEGUN] = begun
        return begun

    def finish(self, environ: WSGIEnvironment) -> Response:
        """Return the answer to a query that was begun, as soon as it is there.

        Raises:
            EngineError: there is none.
        """
        service: Service = environ[SERVICE]
        reply = environ[BEGUN].finish()
        service.metrics.seconds.observe(reply.seconds)
        environ[ROUTE] = PATH
        return self._noted(
            environ, *first(environ, self._fields(service, reply.format), reply.body, [fields.timing(reply.seconds)])
        )

    def _fields(self, service: Service, name: str) -> Headers:
        """Return the fields that every answer in a format has, by its name."""
        key = service.digest, name
        if key not in self._known:
            known = fields.answer_fields(name) | fields.cite_as(service) | fields.READING | fields.COMMON
            self._known[key] = [*known.items()]
        return self._known[key]

    def _noted(self, environ: WSGIEnvironment, status: str, headers: list[tuple[str, str]], body: bytes) -> Response:
        response = response_of(status, headers, body)
        self._observer.note(environ, response[0])
        return response


def answer_directly(app: Flask, direct: Direct) -> None:
    """Have a server that can answer query operations ahead of an application."""
    app.extensions[_EXTENSION] = direct


def direct_of(app: Flask) -> Direct:
    """Return what answers query operations ahead of an application."""
    direct = app.extensions[_EXTENSION]
    assert isinstance(direct, Direct)
    return direct
