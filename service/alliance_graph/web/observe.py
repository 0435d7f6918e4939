"""What an operator sees: metrics, and a line of log for each request or for those that repeat it."""

from __future__ import annotations

import atexit
import hashlib
import json
import sys
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable
from functools import lru_cache
from typing import TYPE_CHECKING, Any, TextIO

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

from alliance_graph.web import problems
from alliance_graph.web.environ import CACHED, ON_REPEAT, QUERY, REPEATS, ROUTE, STARTED

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
_REST_SECONDS = 0.1
"""How long the log rests between writing: to be woken for each line would cost requests more than the line."""
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


class RequestLog:
    """One JSON line a request, written by a thread of its own so that no request waits for a pipe."""

    def __init__(self, stream: TextIO | None = None) -> None:
        self._stream = stream or sys.stderr
        self._lines: deque[str] = deque()
        self._some = threading.Event()
        self._started = threading.Lock()
        self._writing = threading.Lock()
        self._thread: threading.Thread | None = None

    def write(self, about: str, seconds: float) -> None:
        """Note a request that was answered within so many seconds; `about` is what `about_request` says of it."""
        if self._thread is None:  # not before the first request: the server may fork before that
            self._start()
        self._lines.append(f'{_stamp(int(time.time() * 1000))}, "ms": {seconds * 1000:.2f}, {about}}}\n')
        if not self._some.is_set():
            self._some.set()

    def _start(self) -> None:
        with self._started:
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="request-log", daemon=True)
                self._thread.start()
                atexit.register(self._write)

    def _run(self) -> None:
        while self._some.wait():
            self._some.clear()
            self._write()
            time.sleep(_REST_SECONDS)

    def _write(self) -> None:
        """Write the lines that wait, at once: a thread that computes holds requests up."""
        with self._writing:
            self._stream.write("".join([self._lines.popleft() for _ in range(len(self._lines))]))
            self._stream.flush()


@lru_cache(maxsize=2)
def _stamp(milliseconds: int) -> str:
    """Return how a line begins: in a millisecond there may be many."""
    return f'{{"time": "{_second(milliseconds // 1000)}.{milliseconds % 1000:03d}Z"'


@lru_cache(maxsize=2)
def _second(moment: int) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(moment))


def about_request(client: str, environ: WSGIEnvironment, status: int, cached: bool) -> str:
    """Return what is told of a request, as members of a JSON object."""
    about = _about(client, environ["REQUEST_METHOD"], environ["PATH_INFO"], status, cached)
    query = environ.get(QUERY)
    return f'{about}, "query": "{hashlib.sha256(query.encode()).hexdigest()[:16]}"' if query else about


@lru_cache(maxsize=1024)
def _about(client: str, method: str, path: str, status: int, cached: bool) -> str:
    """Return what many lines have in common: they may come by the ten thousand a second."""
    told = {"client": client, "method": method, "path": path, "status": status, "cached": cached}
    return json.dumps(told, ensure_ascii=False)[1:-1]


class Observer:
    """Counts, times and logs every request."""

    def __init__(self, metrics: Metrics, log: RequestLog | None) -> None:
        """Make it ready.

        Args:
            metrics: where requests are counted.
            log: where they are noted; None for nowhere.
        """
        self._metrics = metrics
        self._log = log.write if log is not None else _no_log
        self._counters: dict[tuple[str, int], Counter] = {}
        """The counters that have been used: looking one up by its labels takes a while."""

    def note(self, environ: WSGIEnvironment, status: int) -> None:
        """Note that a request has been answered, and have it noted whenever it is answered so again."""
        cached = environ.get(CACHED, False)
        client = environ.get("REMOTE_ADDR", "")
        count = self._counter(environ.get(ROUTE, "cache" if cached else "none"), status).inc
        about = about_request(client, environ, status, cached)
        log = self._log
        count()
        log(about, time.perf_counter() - environ[STARTED])
        if REPEATS in environ:

            def on_repeat(other: str, times: int) -> None:
                count(times)
                log(f'{about_request(other, environ, status, cached)}, "times": {times}', 0)

            environ[ON_REPEAT] = on_repeat

    def _counter(self, route: str, status: int) -> Counter:
        counter = self._counters.get((route, status))
        if counter is None:
            counter = self._counters[route, status] = self._metrics.requests.labels(route, status)
        return counter


def _no_log(about: str, seconds: float) -> None:
    """Note nothing."""


class Observed:
    """WSGI middleware that has every request noted."""

    def __init__(self, app: WSGIApplication, observer: Observer) -> None:
        """Wrap an application."""
        self._app = app
        self._observer = observer

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        environ.setdefault(STARTED, time.perf_counter())
        seen: list[int] = []

        def note(status: str, headers: list[tuple[str, str]], *exc_info: Any) -> Callable[[bytes], object]:
            seen.append(int(status[:3]))
            return start_response(status, headers, *exc_info)

        body = self._app(environ, note)
        self._observer.note(environ, seen[-1] if seen else 500)
        return body
