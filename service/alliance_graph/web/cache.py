"""Answers kept in memory, and the way to them that is ahead of Flask.

A release does not change, so an answer from it stays right as long as it is served. Two tables:
answers by what was asked (query, graphs, parameters, format), and the exact requests that led to
them. A request seen before costs one look-up, whatever its method or form; one that asks the same
in another form costs Flask's routing but no evaluation.
"""

from __future__ import annotations

import gzip
import hashlib
import io
import threading
from collections import OrderedDict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import brotli

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

MEBIBYTE = 1024 * 1024
CACHE_KEY = "alliance_graph.cache_key"
"""Where a view says, in the WSGI environment, which answer its response is."""

CACHED = "alliance_graph.cached"
"""Set in the WSGI environment of a request that was answered from here."""

_SMALLEST_COMPRESSED = 1024
_LARGEST_SHARE = 8
"""An answer larger than this part of the cache is not kept: it would push out many others."""
_BROTLI_QUALITY = 5
_GZIP_LEVEL = 6
_REQUESTS_PER_ANSWER = 4
_FEWEST_REQUESTS = 1024
_OVERHEAD_BYTES = 4096
"""What an answer takes beside its body: header fields, keys, and the requests that are remembered for it."""
_KEPT_HEADERS_NOT = frozenset(("content-length", "date", "etag", "server", "server-timing", "set-cookie"))
_NEVER_COMPRESSED = ("image/png", "font/")

Headers = list[tuple[str, str]]


def etag_of(body: bytes) -> str:
    """Return a strong entity tag for a body (RFC 9110, section 8.8.3)."""
    return f'"{hashlib.sha256(body).hexdigest()[:32]}"'


@dataclass
class Answer:
    """A whole response with status 200."""

    headers: Headers
    body: bytes
    etag: str
    encoded: dict[str, bytes] = field(default_factory=dict)
    """The body in the content codings it was asked for."""

    @property
    def size(self) -> int:
        """Return what the answer counts for, its other codings included whether they were asked for yet or not."""
        return 2 * len(self.body) + _OVERHEAD_BYTES

    def representation(self, coding: str) -> tuple[bytes, str]:
        """Return the body in a coding, and its entity tag; each coding has its own."""
        if not coding:
            return self.body, self.etag
        body = self.encoded.get(coding)
        if body is None:
            body = self.encoded[coding] = _compress(self.body, coding)
        return body, f'{self.etag[:-1]}-{coding}"'


def _compress(body: bytes, coding: str) -> bytes:
    if coding == "br":
        compressed: bytes = brotli.compress(body, quality=_BROTLI_QUALITY)
        return compressed
    return gzip.compress(body, _GZIP_LEVEL, mtime=0)


def _digest(key: object) -> bytes:
    """Return what stands for a key: a query may be long, and what is not counted must not be kept."""
    return hashlib.sha256(repr(key).encode("utf-8", "surrogatepass")).digest()


class Cache:
    """Answers by key, the least recently used of which go first when the space is full."""

    def __init__(self, capacity: int) -> None:
        """Make an empty cache.

        Args:
            capacity: how many bytes of answers are kept.
        """
        self.capacity = capacity
        self.hits = 0
        self.size = 0
        self._answers: OrderedDict[bytes, Answer] = OrderedDict()
        self._requests: OrderedDict[bytes, bytes] = OrderedDict()
        self._lock = threading.Lock()

    def by_request(self, request: object) -> Answer | None:
        """Return the answer that this very request got before."""
        key = self._requests.get(_digest(request))
        return self._get(key) if key is not None else None

    def get(self, key: object) -> Answer | None:
        """Return a kept answer."""
        return self._get(_digest(key))

    def _get(self, digest: bytes) -> Answer | None:
        with self._lock:
            answer = self._answers.get(digest)
            if answer is not None:
                self._answers.move_to_end(digest)
                self.hits += 1
            return answer

    def put(self, key: object, answer: Answer) -> None:
        """Keep an answer, unless it is too large."""
        if len(answer.body) * _LARGEST_SHARE > self.capacity:
            return
        digest = _digest(key)
        with self._lock:
            old = self._answers.pop(digest, None)
            self.size += answer.size - (old.size if old else 0)
            self._answers[digest] = answer
            while self.size > self.capacity:
                _, gone = self._answers.popitem(last=False)
                self.size -= gone.size

    def remember(self, request: object, key: object) -> None:
        """Note that a request is answered by the answer with this key."""
        digest = _digest(key)
        with self._lock:
            if digest not in self._answers:
                return
            self._requests[_digest(request)] = digest
            while len(self._requests) > max(_FEWEST_REQUESTS, _REQUESTS_PER_ANSWER * len(self._answers)):
                self._requests.popitem(last=False)


class HotPath:
    """WSGI middleware: validators, content coding, and answers to requests seen before."""

    def __init__(
        self,
        app: WSGIApplication,
        cache: Callable[[], Cache],
        max_body: int,
    ) -> None:
        """Wrap an application.

        Args:
            app: the application.
            cache: gives the cache of the dataset that is served now.
            max_body: the longest request body that is looked at, in bytes.
        """
        self.app = app
        self.cache = cache
        self.max_body = max_body

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        cache = self.cache()
        request = self._request(environ)
        answer = cache.by_request(request) if request is not None else None
        if answer is not None:
            status, headers, body = _respond(environ, answer, hit=True)
            environ[CACHED] = True
            start_response(status, headers)
            return body
        return self._pass_on(environ, start_response, cache, request)

    def _request(self, environ: WSGIEnvironment) -> object | None:
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
            return where
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
        return (*where, environ.get("CONTENT_TYPE"), body)

    def _pass_on(
        self, environ: WSGIEnvironment, start_response: StartResponse, cache: Cache, request: object | None
    ) -> Iterable[bytes]:
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
        kept = [(name, value) for name, value in headers if name.lower() not in _KEPT_HEADERS_NOT]
        answer = Answer(kept, body, etag_of(body))
        key = environ.get(CACHE_KEY)
        if key is not None:
            answer = cache.get(key) or answer
            cache.put(key, answer)
            if request is not None:
                cache.remember(request, key)
        timing = [(name, value) for name, value in headers if name.lower() == "server-timing"]
        status, headers, sent = _respond(environ, answer, hit=False)
        start_response(status, headers + timing)
        return sent


def _respond(environ: WSGIEnvironment, answer: Answer, *, hit: bool) -> tuple[str, Headers, list[bytes]]:
    """Return status, headers and body for an answer, as this client wants it."""
    coding = _coding(environ.get("HTTP_ACCEPT_ENCODING", ""), answer)
    body, etag = answer.representation(coding)
    headers = [*answer.headers, ("ETag", etag), ("Vary", "Accept-Encoding")]
    if coding:
        headers.append(("Content-Encoding", coding))
    if hit:
        headers.append(("Server-Timing", "cache;desc=hit"))
    asked = environ.get("HTTP_IF_NONE_MATCH")
    if asked and _matches(asked, etag):
        return "304 Not Modified", [h for h in headers if h[0] not in ("Content-Type", "Content-Encoding")], []
    headers.append(("Content-Length", str(len(body))))
    return "200 OK", headers, [] if environ["REQUEST_METHOD"] == "HEAD" else [body]


def _coding(accepted: str, answer: Answer) -> str:
    """Return the content coding to use: brotli before gzip, none for what is small or compressed already."""
    if not accepted or len(answer.body) < _SMALLEST_COMPRESSED:
        return ""
    if any(n == "Content-Type" and v.startswith(_NEVER_COMPRESSED) for n, v in answer.headers):
        return ""
    offered = {}
    for member in accepted.lower().split(","):
        name, _, parameters = member.partition(";")
        offered[name.strip()] = parameters.replace(" ", "") not in ("q=0", "q=0.0", "q=0.00", "q=0.000")
    return next((coding for coding in ("br", "gzip") if offered.get(coding, offered.get("*", False))), "")


def _matches(header: str, etag: str) -> bool:
    """Return whether If-None-Match names a tag; it compares weakly (RFC 9110, section 13.1.2)."""
    tags = [tag.strip().removeprefix("W/") for tag in header.split(",")]
    return "*" in tags or etag in tags
