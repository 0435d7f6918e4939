"""The way to kept answers that is ahead of Flask.

A request seen before costs one look-up, whatever its method or form; one that asks the same in
another form costs no evaluation.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

from alliance_graph.web.cache import Answer, Cache, digest, etag_of
from alliance_graph.web.environ import BEGUN, CACHE_KEY, CACHED, NO_WAITING, REPEATS, REQUEST, SERVICE, WouldWaitError
from alliance_graph.web.response import Given, Headers, Lasting

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

    from alliance_graph.web.service import Service

_KEPT_HEADERS_NOT = frozenset(("content-length", "date", "etag", "server", "server-timing", "set-cookie"))


class HotPath:
    """WSGI middleware: validators, content coding, and answers to requests seen before."""

    def __init__(
        self,
        app: WSGIApplication,
        service: Callable[[], Service],
        max_body: int,
    ) -> None:
        """Wrap an application.

        Args:
            app: the application.
            service: gives what is served now.
            max_body: the longest request body that is looked at, in bytes.
        """
        self.app = app
        self.service = service
        self.max_body = max_body

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        cache = environ.setdefault(SERVICE, self.service()).cache
        request = environ[REQUEST] if REQUEST in environ else self._request(environ)
        environ[REQUEST] = request
        # A query that has been begun is finished, even if another has brought its answer meanwhile.
        answer = cache.by_request(request) if request is not None and BEGUN not in environ else None
        if NO_WAITING in environ and (answer is None or not is_at_hand(environ, answer)):
            raise WouldWaitError(environ)
        if answer is None:
            return self._pass_on(environ, start_response)
        status, headers, body = again(environ, answer).as_wsgi()
        start_response(status, headers)
        return [body]

    def _request(self, environ: WSGIEnvironment) -> bytes | None:
        """Return what tells a request from others, or None if it is not of a kind that is kept.

        HEAD is told from GET only when the response is sent.
        """
        method = environ["REQUEST_METHOD"]
        where = (
            environ.get("HTTP_HOST"),
            environ["PATH_INFO"],
            environ.get("QUERY_STRING"),
            environ.get("HTTP_ACCEPT"),
            environ.get("HTTP_ACCEPT_LANGUAGE"),
        )
        if method in ("GET", "HEAD"):
            return digest(where)
        if method not in ("POST", "QUERY"):
            return None
        try:
            length = int(environ.get("CONTENT_LENGTH") or 0)
        except ValueError:
            return None
        if not 0 < length <= self.max_body:
            return None
        body = environ["wsgi.input"].read(length)
        environ["wsgi.input"] = io.BytesIO(body)
        return digest((*where, environ.get("CONTENT_TYPE"), body))

    def _pass_on(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Let the application answer; keep the answer if it says under which key."""
        head = environ["REQUEST_METHOD"] == "HEAD"
        if head:  # asked as GET, so that the headers are those a GET would have
            environ["REQUEST_METHOD"] = "GET"
        caught: list[Any] = []

        def catch(status: str, headers: Headers, exc_info: object = None) -> Callable[[bytes], object]:
            caught[:] = [status, headers]
            return caught.append

        chunks = self.app(environ, catch)
        try:
            body = b"".join(chunks)
        finally:
            close = getattr(chunks, "close", None)
            if close is not None:
                close()
        if head:
            environ["REQUEST_METHOD"] = "HEAD"
        status, headers = caught[0], caught[1]
        if not status.startswith("200"):
            start_response(status, headers)
            return [] if head else [body]
        lasting = [(name, value) for name, value in headers if name.lower() not in _KEPT_HEADERS_NOT]
        timing = ", ".join(value for name, value in headers if name.lower() == "server-timing")
        status, headers, sent = first(environ, Lasting(lasting), body, timing).as_wsgi()
        start_response(status, headers)
        return [sent]


def first(environ: WSGIEnvironment, lasting: Lasting, body: bytes, timing: str) -> Given:
    """Return a new answer as this client wants it; it is kept if the WSGI environment says under which key.

    Args:
        environ: the WSGI environment of the request.
        lasting: what describes the answer whoever asks for it.
        body: the answer.
        timing: what Server-Timing says of it; nothing if it has no such field.
    """
    return given(environ, keep(environ, Answer(lasting, body, etag_of(body))), timing)


def keep(environ: WSGIEnvironment, answer: Answer) -> Answer:
    """Keep an answer if the WSGI environment of its request says under which key; return the one that is kept."""
    key = environ.get(CACHE_KEY)
    if key is not None:
        cache: Cache = environ[SERVICE].cache
        answer = cache.get(key) or answer
        cache.put(key, answer)
        request = environ.get(REQUEST)
        if request is not None:
            cache.remember(request, key)
    return answer


def again(environ: WSGIEnvironment, answer: Answer) -> Given:
    """Return a kept answer as this client wants it; its request may be answered so whenever it comes again."""
    environ[CACHED] = True
    environ[REPEATS] = environ[SERVICE].cache.repeats
    return given(environ, answer, "cache;desc=hit")


def is_at_hand(environ: WSGIEnvironment, answer: Answer) -> bool:
    """Return whether a kept answer is there as this client wants it."""
    return answer.is_at_hand(environ.get("HTTP_ACCEPT_ENCODING", ""))


def given(environ: WSGIEnvironment, answer: Answer, timing: str) -> Given:
    """Return an answer as this client wants it.

    Args:
        environ: the WSGI environment of the request.
        answer: the answer.
        timing: what Server-Timing says of it; nothing if it has no such field.
    """
    coding = answer.coding(environ.get("HTTP_ACCEPT_ENCODING", ""))
    body, etag = answer.representation(coding)
    own = [("etag", etag), ("vary", "Accept-Encoding")]
    if timing:
        own.append(("server-timing", timing))
    asked = environ.get("HTTP_IF_NONE_MATCH")
    if asked and _matches(asked, etag):
        return Given(304, answer.lasting.without_body, own, b"")
    if coding:
        own.append(("content-encoding", coding))
    own.append(("content-length", str(len(body))))
    return Given(200, answer.lasting, own, b"" if environ["REQUEST_METHOD"] == "HEAD" else body)


def _matches(header: str, etag: str) -> bool:
    """Return whether If-None-Match names a tag; it compares weakly (RFC 9110, section 13.1.2)."""
    tags = [tag.strip().removeprefix("W/") for tag in header.split(",")]
    return "*" in tags or etag in tags
