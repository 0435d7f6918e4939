"""Query operations answered in the event loop, ahead of WSGI: those that a worker answers without more ado."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from flask import Flask

from alliance_graph.engine.borrower import QUICK_SECONDS
from alliance_graph.engine.pool import Begun, EngineError
from alliance_graph.web import fields
from alliance_graph.web.cache import Answer, etag_of
from alliance_graph.web.environ import BEGUN, BODY, CACHE_KEY, GONE, QUICK, ROUTE, SERVICE, STARTED
from alliance_graph.web.hotpath import again, first, is_at_hand, keep
from alliance_graph.web.observe import Observer
from alliance_graph.web.operation import METHODS, PATH, cache_key, read_task
from alliance_graph.web.plain import read_plain
from alliance_graph.web.protocol import ProtocolError
from alliance_graph.web.response import Lasting, Response

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
        self.service = service
        self._observer = observer
        self._paths = (PATH, prefix + PATH)
        self._known: dict[tuple[str, str], Lasting] = {}
        """Fields of answers, by release and format."""

    def begin(self, environ: WSGIEnvironment) -> Response | Begun | None:
        """Return a kept answer, or the query after handing it to a worker; None leaves it to the application.

        Args:
            environ: the WSGI environment of the request, to which is added what is found out about it.
        """
        if environ["PATH_INFO"] not in self._paths or environ["REQUEST_METHOD"] not in METHODS:
            return None
        environ[STARTED] = time.perf_counter()
        service = environ[SERVICE] = self.service()
        if service.config.services:
            return None
        try:
            task = read_task(environ, environ.get(BODY, b""), service.config.limits)
            key = environ[CACHE_KEY] = cache_key(task)
            kept = service.cache.get(key)
            if kept is not None:
                return self._noted(environ, again(environ, kept).response()) if is_at_hand(environ, kept) else None
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
        environ[QUICK] = reply.seconds < QUICK_SECONDS
        lasting = self._fields(service, reply.format)
        return self._noted(environ, first(environ, lasting, reply.body, fields.timing(reply.seconds)).response())

    def terms(self, service: Service) -> Mapping[str, Any]:
        """Return what a worker has to know to answer from a service by itself, as JSON has it."""
        return {"paths": self._paths, "citing": fields.cite_as(service)}

    def learn(
        self, service: Service, connection: WSGIEnvironment, note: Sequence[Any], request: bytes, body: bytes
    ) -> None:
        """Take note of a request that a worker has answered by itself, and keep the answer.

        Args:
            service: what it answered from.
            connection: what WSGI has of the connection it came on.
            note: the status, the format of the answer, and the seconds it took.
            request: the request.
            body: the answer; nothing if it is not told to be kept.

        Raises:
            ValueError: it is no such note; a worker is not trusted.
        """
        status, name, seconds = note
        environ = read_plain(request, connection)
        if environ is None or environ["PATH_INFO"] not in self._paths:
            raise ValueError("not a request that a worker answers")
        if status not in (200, 304) or not 0 <= seconds < math.inf:
            raise ValueError("not an answer to it")
        environ |= {SERVICE: service, ROUTE: PATH, STARTED: time.perf_counter() - seconds}
        try:
            environ[CACHE_KEY] = cache_key(read_task(environ, b"", service.config.limits))
        except ProtocolError as error:
            raise ValueError(error.detail) from None
        if body:
            keep(environ, Answer(self._fields(service, name), body, etag_of(body)))
        service.metrics.seconds.observe(seconds)
        self._observer.note(environ, status)

    def _fields(self, service: Service, name: str) -> Lasting:
        """Return the fields that every answer in a format has, by its name."""
        key = service.digest, name
        if key not in self._known:
            self._known[key] = fields.of_answer(name, fields.cite_as(service))
        return self._known[key]

    def _noted(self, environ: WSGIEnvironment, response: Response) -> Response:
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
