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
import traceback
from collections.abc import Awaitable, Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

from alliance_graph.engine.lanes import Gone
from alliance_graph.web.connection import CARRIED, WHOLE, repeatable
from alliance_graph.web.environ import BODY, GONE, PIECE_BYTES, QUICK, WouldWaitError, request_environ
from alliance_graph.web.lending import Lender
from alliance_graph.web.problems import problem
from alliance_graph.web.response import Response, pairs, response_of
from alliance_graph.web.soon import Outcome, Soon

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication, WSGIEnvironment

    from alliance_graph.web.direct import Direct

_BODY_SECONDS = 10
"""How long the body of a request may take."""
_WATCH_AFTER_SECONDS = 0.25
"""When to begin to look whether a client is still there."""
_RETRY_SECONDS = 5

Scope = Mapping[str, Any]
Receive = Callable[[], Awaitable[Mapping[str, Any]]]
Send = Callable[[Mapping[str, Any]], Awaitable[None]]


class _GoneError(Exception):
    """The client has gone before its request was here as a whole."""


class Bridge:
    """An ASGI 3.0 application that answers with a WSGI application (PEP 3333)."""

    def __init__(
        self,
        app: WSGIApplication,
        direct: Direct | None = None,
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
            direct: what answers query operations ahead of it; None for nothing.
            threads: how many requests it works on at a time.
            soon: how many seconds a query has before a thread waits for it.
            max_body: how many bytes the body of a request may have.
            capacity: how many bytes of large answers are on their way at most.
            longer: the paths at which it may have more, and how many.
        """
        self._app = app
        self._threads = ThreadPoolExecutor(threads, thread_name_prefix="request")
        self.lender = Lender(direct, self._threads) if direct is not None else None
        self.soon = Soon(self._try, direct, soon)
        self._max_body = max_body
        self._longer = longer or {}
        self._room = _Room(capacity)
        self.slow = 0
        """How many clients have not taken what was sent to them."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        environ = request_environ(scope)
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
        extensions = scope.get("extensions", {})
        try:
            carried: Outcome | None = extensions[CARRIED]["outcome"] if CARRIED in extensions else None
            environ |= {BODY: body, GONE: Gone()}
            outcome, environ = (carried, environ) if carried else await self._soon_answer(environ)
            if isinstance(outcome, WouldWaitError):
                environ |= outcome.again
                response = await self._wait(environ, receive)
            else:
                response = outcome
        except asyncio.CancelledError:  # the server stops, and has waited long enough
            response = _respond(problem("busy", 503, "the service is ending; send the request again"), environ)
        if WHOLE in extensions and extensions[WHOLE]["send"](*response, repeatable(environ), environ.get(QUICK)):
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

    async def _soon_answer(self, environ: WSGIEnvironment) -> tuple[Outcome, WSGIEnvironment]:
        """Return the answer if it comes soon, and the WSGI environment that it has."""
        came: asyncio.Future[tuple[Outcome, WSGIEnvironment]] = asyncio.get_running_loop().create_future()

        def done(outcome: Outcome, environ: WSGIEnvironment) -> None:
            if not came.done():
                came.set_result((outcome, environ))
            else:
                self.abandon(outcome, environ)

        self.soon.ask(environ, done)
        return await came

    def abandon(self, outcome: Outcome, environ: WSGIEnvironment) -> None:
        """End the work for a request whose answer nobody waits for any more."""
        environ[GONE].set()
        if isinstance(outcome, WouldWaitError) and outcome.begun is not None:
            self._threads.submit(outcome.begun.finish)

    async def _wait(self, environ: WSGIEnvironment, receive: Receive) -> Response:
        """Wait for an answer, in a thread."""
        loop = asyncio.get_running_loop()
        gone = environ[GONE]
        watch: list[asyncio.Task[None]] = []
        timer = loop.call_later(_WATCH_AFTER_SECONDS, lambda: watch.append(loop.create_task(_watch(receive, gone))))
        self.soon.waiting += 1
        try:
            return await loop.run_in_executor(self._threads, self.soon.finish, environ)
        finally:
            self.soon.waiting -= 1
            gone.set()
            timer.cancel()
            for task in watch:
                task.cancel()

    def _try(self, environ: WSGIEnvironment) -> Response:
        """Return the application's response, or that to a defect of it.

        Raises:
            WouldWaitError: the response is wanted only without waiting, and is not to be had so.
        """
        environ["wsgi.input"] = io.BytesIO(environ.get(BODY, b""))
        try:
            return _respond(self._app, environ)
        except WouldWaitError:
            raise
        except Exception:
            traceback.print_exc()
            return _respond(problem("internal", 500, "the service failed; the request can be sent again"), environ)


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
        self._counts = len(body) > PIECE_BYTES

    def __enter__(self) -> bool:
        if self._counts and not self._room.enter(self._body):
            self._counts = False
            return False
        return True

    def __exit__(self, *_: object) -> None:
        if self._counts:
            self._room.leave(self._body)


async def _watch(receive: Receive, gone: Gone) -> None:
    """Say when the client has gone."""
    while (await receive())["type"] != "http.disconnect":
        pass
    gone.set()


async def _send(send: Send, response: Response) -> None:
    """Send a response at the pace at which the client takes it."""
    status, lines, body = response
    await send({"type": "http.response.start", "status": status, "headers": pairs(lines)})
    for at in range(0, len(body) or 1, PIECE_BYTES):
        piece = body[at : at + PIECE_BYTES]
        await send({"type": "http.response.body", "body": piece, "more_body": at + PIECE_BYTES < len(body)})


def _respond(app: WSGIApplication, environ: WSGIEnvironment) -> Response:
    """Return the response of a WSGI application."""
    started: list[tuple[str, list[tuple[str, str]]]] = []

    def start(status: str, headers: list[tuple[str, str]], _: object = None) -> Callable[[bytes], object]:
        started[:] = [(status, headers)]
        return lambda _: None

    chunks = app(environ, start)
    try:
        body = b"".join(chunks)
    finally:
        if hasattr(chunks, "close"):
            chunks.close()
    return response_of(*started[0], body)
