"""Between the server and the application: an ASGI application around a WSGI one.

The application is made of blocking calls, which need a thread each. Here, in the event loop, is
what needs none: requests come in and answers go out at the pace of the client, within an amount of
memory for all of them, so a client that sends or reads slowly occupies nothing but its connection.
An answer that takes no waiting is given from here, and so is that of a query which a worker
answers soon; anything else is left to a pool of threads. The work for a client that has gone ends.
"""

from __future__ import annotations

import asyncio
import io
import os
import sys
import threading
import traceback
from collections.abc import Awaitable, Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote_to_bytes

from alliance_graph.web.connection import WHOLE, Repeatable
from alliance_graph.web.environ import GONE, NO_WAITING, ON_REPEAT, REPEATS, SMALL_BYTES, WouldWaitError
from alliance_graph.web.problems import problem

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication, WSGIEnvironment

    from alliance_graph.engine.pool import Begun

_BODY_SECONDS = 10
"""How long the body of a request may take."""
_WATCH_AFTER_SECONDS = 0.25
"""When to begin to look whether a client is still there."""
_ALONE_SECONDS = 0.001
"""How long all may wait for one answer when nobody else waits for any: sleeping and waking takes longer than
an easy query."""
_PIECE_BYTES = 64 * 1024
_RETRY_SECONDS = 5

Scope = Mapping[str, Any]
Receive = Callable[[], Awaitable[Mapping[str, Any]]]
Send = Callable[[Mapping[str, Any]], Awaitable[None]]
Response = tuple[int, list[tuple[bytes, bytes]], bytes]


class _GoneError(Exception):
    """The client has gone before its request was here as a whole."""


class Bridge:
    """An ASGI 3.0 application that answers with a WSGI application (PEP 3333)."""

    def __init__(
        self,
        app: WSGIApplication,
        *,
        threads: int,
        soon: float,
        max_body: int,
        capacity: int,
        longer: Mapping[str, int] | None = None,
    ) -> None:
        """Wrap an application.

        Args:
            app: the application; it gives whole bodies.
            threads: how many requests it works on at a time.
            soon: how many seconds a query has before a thread waits for it.
            max_body: how many bytes the body of a request may have.
            capacity: how many bytes of large answers are on their way at most.
            longer: the paths at which it may have more, and how many.
        """
        self._app = app
        self._soon = soon
        self._max_body = max_body
        self._longer = longer or {}
        self._room = _Room(capacity)
        self._working = 0
        self._threads = ThreadPoolExecutor(threads, thread_name_prefix="request")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        environ = _environ(scope)
        body = b""
        if environ.get("CONTENT_LENGTH", "0") != "0" or "HTTP_TRANSFER_ENCODING" in environ:
            try:
                most = self._longer.get(environ["PATH_INFO"], self._max_body)
                async with asyncio.timeout(_BODY_SECONDS):
                    body = await self._body(receive, most)
            except TimeoutError:
                refusal = problem("bad-request", 408, f"the body did not arrive within {_BODY_SECONDS} s")
                refusal.headers["Connection"] = "close"
                await _send(send, _respond(refusal, environ))
                return
            except _GoneError:
                return
            if len(body) > most:  # never a part of it, which may be a request, too
                refusal = problem("too-large", 413, f"the body is larger than the {most} bytes that are read")
                await _send(send, _respond(refusal, environ))
                return
        gone = environ[GONE] = threading.Event()
        first = {**environ, "wsgi.input": io.BytesIO(body), NO_WAITING: 0 if self._working else _ALONE_SECONDS}
        try:
            response = self._try(first)
        except WouldWaitError as waiting:
            again = {**environ, "wsgi.input": io.BytesIO(body), **waiting.again}
            self._working += 1
            try:
                response = await self._wait(waiting.begun, again, receive, gone)
            except asyncio.CancelledError:  # the server stops, and has waited long enough
                response = _respond(problem("busy", 503, "the service is ending; send the request again"), environ)
            finally:
                self._working -= 1
        if len(response[2]) <= SMALL_BYTES and WHOLE in scope.get("extensions", {}):
            repeat: Repeatable | None = (first[REPEATS], first[ON_REPEAT]) if REPEATS in first else None
            if scope["extensions"][WHOLE]["send"](*response, repeat):
                return
        with self._room.take(response[2]) as there_is_room:
            if not there_is_room:
                detail = f"{self._room.capacity} bytes of large answers are being sent already; send the query again"
                refusal = problem("busy", 503, detail)
                refusal.headers["Retry-After"] = str(_RETRY_SECONDS)
                response = _respond(refusal, environ)
            await _send(send, response)

    async def _body(self, receive: Receive, most: int) -> bytes:
        """Return the body of a request, as far as it is read."""
        body = bytearray()
        more = True
        while more and len(body) <= most:
            message = await receive()
            if message["type"] == "http.disconnect":
                raise _GoneError
            body += message.get("body", b"")
            more = message.get("more_body", False)
        return bytes(body[: most + 1])

    async def _wait(
        self, begun: Begun | None, environ: WSGIEnvironment, receive: Receive, gone: threading.Event
    ) -> Response:
        """Wait for an answer, in a thread unless it comes soon and is small."""
        if begun is not None and await _comes(begun, self._soon) and 0 < begun.size() <= SMALL_BYTES:
            return self._try(environ)
        loop = asyncio.get_running_loop()
        watch: list[asyncio.Task[None]] = []
        timer = loop.call_later(_WATCH_AFTER_SECONDS, lambda: watch.append(loop.create_task(_watch(receive, gone))))
        try:
            return await loop.run_in_executor(self._threads, self._try, environ)
        finally:
            gone.set()
            timer.cancel()
            for task in watch:
                task.cancel()

    def _try(self, environ: WSGIEnvironment) -> Response:
        """Return the application's response, or that to a defect of it.

        Raises:
            WouldWaitError: the response is wanted only without waiting, and is not to be had so.
        """
        try:
            return _respond(self._app, environ)
        except WouldWaitError:
            raise
        except Exception:
            traceback.print_exc()
            return _respond(problem("internal", 500, "the service failed; the request can be sent again"), environ)


async def _comes(begun: Begun, soon: float) -> bool:
    """Wait so many seconds for the reply to a query; return whether it comes."""
    loop = asyncio.get_running_loop()
    came: asyncio.Future[bool] = loop.create_future()
    descriptor = begun.fileno()

    def end(has_come: bool) -> None:
        if not came.done():
            came.set_result(has_come)

    loop.add_reader(descriptor, end, True)
    timer = loop.call_later(soon, end, False)
    try:
        return await came
    finally:
        timer.cancel()
        loop.remove_reader(descriptor)
        os.set_blocking(descriptor, True)  # uvloop had changed it, and the reply is read by blocking calls


class _Room:
    """The memory that large answers may take while they are sent."""

    def __init__(self, capacity: int) -> None:
        self.capacity = capacity
        self._size = 0
        self._readers: dict[int, int] = {}
        """How many clients each body is sent to: one out of the cache is one for all of them."""

    def take(self, body: bytes) -> _Taken:
        """Return a context that says whether there is room for a body, and gives it back at its end."""
        return _Taken(self, body)

    def enter(self, body: bytes) -> bool:
        """Take room for a body; return whether there was some."""
        readers = self._readers.get(id(body), 0)
        if not readers:
            if self._size + len(body) > self.capacity:
                return False
            self._size += len(body)
        self._readers[id(body)] = readers + 1
        return True

    def leave(self, body: bytes) -> None:
        """Give back what `enter` took."""
        readers = self._readers.pop(id(body)) - 1
        if readers:
            self._readers[id(body)] = readers
        else:
            self._size -= len(body)


class _Taken:
    def __init__(self, room: _Room, body: bytes) -> None:
        self._room = room
        self._body = body
        self._counts = len(body) > _PIECE_BYTES

    def __enter__(self) -> bool:
        if self._counts and not self._room.enter(self._body):
            self._counts = False
            return False
        return True

    def __exit__(self, *_: object) -> None:
        if self._counts:
            self._room.leave(self._body)


async def _watch(receive: Receive, gone: threading.Event) -> None:
    """Say when the client has gone."""
    while (await receive())["type"] != "http.disconnect":
        pass
    gone.set()


async def _send(send: Send, response: Response) -> None:
    """Send a response at the pace at which the client takes it."""
    status, headers, body = response
    await send({"type": "http.response.start", "status": status, "headers": headers})
    for at in range(0, len(body) or 1, _PIECE_BYTES):
        piece = body[at : at + _PIECE_BYTES]
        await send({"type": "http.response.body", "body": piece, "more_body": at + _PIECE_BYTES < len(body)})


def _respond(app: WSGIApplication, environ: WSGIEnvironment) -> Response:
    """Return the response of a WSGI application."""
    started: list[tuple[str, list[tuple[str, str]]]] = []

    def start(status: str, headers: list[tuple[str, str]], _: object = None) -> Callable[[bytes], object]:
        started[:] = [(status, headers)]
        return lambda _: None

    chunks = app(environ, start)
    try:
        body = b"".join(chunks)  # the very object, if there is only one: the same for all who are sent it
    finally:
        if hasattr(chunks, "close"):
            chunks.close()
    status, headers = started[0]
    return int(status[:3]), [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in headers], body


def _environ(scope: Scope) -> WSGIEnvironment:
    """Return a request as WSGI has it (PEP 3333)."""
    host, port = scope["server"]
    environ: WSGIEnvironment = {
        "REQUEST_METHOD": scope["method"],
        "SCRIPT_NAME": "",
        "PATH_INFO": unquote_to_bytes(scope["raw_path"]).decode("latin-1"),
        "QUERY_STRING": scope["query_string"].decode("latin-1"),
        "SERVER_NAME": host,
        "SERVER_PORT": str(port),
        "SERVER_PROTOCOL": f"HTTP/{scope['http_version']}",
        "REMOTE_ADDR": scope["client"][0] if scope["client"] else "",
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": scope["scheme"],
        "wsgi.input_terminated": True,
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": True,
        "wsgi.multiprocess": False,
        "wsgi.run_once": False,
    }
    for raw_name, raw_value in scope["headers"]:
        name, value = _key(raw_name), raw_value.decode("latin-1")
        if name in environ:
            value = f"{environ[name]}{'; ' if name == 'HTTP_COOKIE' else ', '}{value}"
        environ[name] = value
    return environ


@lru_cache(maxsize=1024)
def _key(header: bytes) -> str:
    """Return where WSGI has a header field."""
    name = header.decode("latin-1").upper().replace("-", "_")
    return name if name in ("CONTENT_TYPE", "CONTENT_LENGTH") else f"HTTP_{name}"
