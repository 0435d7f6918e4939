"""What an operator sees: metrics and one line of log for each request."""

from __future__ import annotations

import hashlib
import json
import queue
import sys
import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import TYPE_CHECKING, Any, TextIO

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

from alliance_graph.web import problems
from alliance_graph.web.environ import CACHED, ON_REPEAT, QUERY, REPEATS, ROUTE, STARTED

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
_BUCKETS = (0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1, 3, 10, 30)


class Metrics:
    """Counters of one service, in the Prometheus text format."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.requests = Counter(
            "alliance_graph_requests", "Requests answered.", ["route", "status"], registry=self.registry
        )
        self.seconds = Histogram(
            "alliance_graph_query_seconds", "Time a query took.", buckets=_BUCKETS, registry=self.registry
        )
        self.registry.register(problems.COUNT)
        for kind in problems.TITLES:  # so that one which has not come yet is seen to be 0
            problems.COUNT.labels(kind)
        self.quads = Gauge("alliance_graph_quads", "Statements in the dataset.", registry=self.registry)
        self.cache_bytes = Gauge("alliance_graph_cache_bytes", "Size of the kept answers.", registry=self.registry)

    def text(self) -> bytes:
        """Return all metrics."""
        return generate_latest(self.registry)


@dataclass(frozen=True, slots=True)
class _Request:
    """What is told of a request."""

    client: str
    method: str
    path: str
    query: str
    route: str
    status: int
    cached: bool


class RequestLog:
    """One JSON line a request, written by a thread of its own so that no request waits for a pipe."""

    def __init__(self, stream: TextIO | None = None) -> None:
        self._stream = stream or sys.stderr
        self._lines: queue.SimpleQueue[tuple[float, float, _Request]] = queue.SimpleQueue()
        self._started = threading.Lock()
        self._thread: threading.Thread | None = None

    def write(self, request: _Request, seconds: float) -> None:
        """Note a request that was answered within so many seconds."""
        if self._thread is None:  # not before the first request: the server may fork before that
            self._start()
        self._lines.put((time.time(), seconds, request))

    def _start(self) -> None:
        with self._started:
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="request-log", daemon=True)
                self._thread.start()

    def _run(self) -> None:
        while True:
            moment, seconds, request = self._lines.get()
            milliseconds = int(moment % 1 * 1000)
            self._stream.write(
                f'{{"time": "{_second(int(moment))}.{milliseconds:03d}Z", "ms": {seconds * 1000:.2f}, {_rest(request)}\n'
            )
            if self._lines.empty():
                self._stream.flush()


@lru_cache(maxsize=2)
def _second(moment: int) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(moment))


@lru_cache(maxsize=1024)
def _rest(request: _Request) -> str:
    """Return what the lines about equal requests have in common: they may come by the ten thousand a second."""
    told = {
        "client": request.client,
        "method": request.method,
        "path": request.path,
        "status": request.status,
        "cached": request.cached,
    }
    if request.query:
        told["query"] = hashlib.sha256(request.query.encode()).hexdigest()[:16]
    return json.dumps(told, ensure_ascii=False)[1:]


class Observer:
    """WSGI middleware that counts, times and logs every request."""

    def __init__(self, app: WSGIApplication, metrics: Metrics, log: RequestLog | None) -> None:
        """Wrap an application.

        Args:
            app: the application.
            metrics: where requests are counted.
            log: where they are noted; None for nowhere.
        """
        self.app = app
        self.metrics = metrics
        self.log = log

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        started = environ.setdefault(STARTED, time.perf_counter())
        seen: list[int] = []

        def note(status: str, headers: list[tuple[str, str]], *exc_info: Any) -> Callable[[bytes], object]:
            seen.append(int(status[:3]))
            return start_response(status, headers, *exc_info)

        body = self.app(environ, note)
        cached = environ.get(CACHED, False)
        request = _Request(
            client=environ.get("REMOTE_ADDR", ""),
            method=environ["REQUEST_METHOD"],
            path=environ["PATH_INFO"],
            query=environ.get(QUERY, ""),
            route=environ.get(ROUTE, "cache" if cached else "none"),
            status=seen[-1] if seen else 500,
            cached=cached,
        )
        count = self.metrics.requests.labels(request.route, request.status).inc
        log = self.log.write if self.log is not None else _no_log
        count()
        log(request, time.perf_counter() - started)
        if REPEATS in environ:

            def on_repeat(client: str) -> None:
                count()
                log(request if client == request.client else replace(request, client=client), 0)

            environ[ON_REPEAT] = on_repeat
        return body


def _no_log(request: _Request, seconds: float) -> None:
    """Note nothing."""
