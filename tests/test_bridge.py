"""Between server and application: no client's pace costs more than its connection, and a request arrives as it was."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import pytest

from alliance_graph.web import bridge
from alliance_graph.web.bridge import Bridge
from alliance_graph.web.environ import GONE, NO_WAITING, WouldWaitError
from processes import until

Environ = dict[str, Any]
Start = Callable[[str, list[tuple[str, str]]], object]
Message = Mapping[str, Any]

_SCOPE = {
    "type": "http",
    "http_version": "1.1",
    "server": ("127.0.0.1", "80"),
    "client": ("192.0.2.1", "1234"),
    "scheme": "http",
    "method": "GET",
    "raw_path": b"/a%2Fb/%C3%A9",
    "query_string": b"x=%FF",
    "headers": [
        (b"host", b"example.org"),
        (b"accept", b"a/b"),
        (b"accept", b"c/d"),
        (b"cookie", b"e"),
        (b"cookie", b"f"),
    ],
}
_POST = _SCOPE | {"method": "POST", "headers": [(b"content-length", b"1000"), (b"content-type", b"text/plain")]}


class _Client:
    """What stands for the client in ASGI: says its body in pieces, then waits, and notes what it is sent."""

    def __init__(self, *pieces: bytes, leaves: bool = False, takes: int | None = None) -> None:
        self.pieces = [*pieces]
        self.leaves = leaves
        self.takes = takes
        self.sent: list[Message] = []

    async def receive(self) -> Message:
        if self.pieces:
            return {"type": "http.request", "body": self.pieces.pop(0), "more_body": True}
        if not self.leaves:
            await asyncio.sleep(60)
        return {"type": "http.disconnect"}

    async def send(self, message: Message) -> None:
        if self.takes is not None and len(self.sent) > self.takes:
            await asyncio.sleep(60)
        self.sent.append(message)

    @property
    def status(self) -> int:
        return int(self.sent[0]["status"])

    @property
    def body(self) -> bytes:
        return b"".join(message["body"] for message in self.sent[1:])


def _run(app: Callable[[Environ, Start], Iterable[bytes]], client: _Client, scope: Message = _SCOPE) -> _Client:
    made = Bridge(app, threads=2, soon=0.1, max_body=100, capacity=1_000_000)
    asyncio.run(made(scope, client.receive, client.send))
    return client


def _answering(body: bytes, seen: Environ | None = None) -> Callable[[Environ, Start], list[bytes]]:
    def app(environ: Environ, start: Start) -> list[bytes]:
        if seen is not None:
            seen.update(environ)
        start("200 OK", [("Content-Type", "text/plain"), ("Content-Length", str(len(body)))])
        return [body]

    return app


def test_a_request_arrives_as_it_was_sent() -> None:
    seen: Environ = {}
    assert _run(_answering(b"fine", seen), _Client()).body == b"fine"
    assert (seen["REQUEST_METHOD"], seen["PATH_INFO"], seen["QUERY_STRING"]) == ("GET", "/a/b/\xc3\xa9", "x=%FF")
    assert (seen["HTTP_HOST"], seen["HTTP_ACCEPT"], seen["HTTP_COOKIE"]) == ("example.org", "a/b, c/d", "e; f")
    assert (seen["REMOTE_ADDR"], seen["wsgi.url_scheme"]) == ("192.0.2.1", "http")


def test_a_body_is_read_no_further_than_is_needed_to_refuse_it() -> None:
    seen: Environ = {}
    client = _Client(*[b"x" * 60] * 5)
    assert _run(_answering(b"", seen), client, _POST).status == 413
    assert not seen, "a part of a body is never taken for a request"
    assert client.pieces, "the rest was not waited for"


def test_a_body_that_does_not_come_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bridge, "_BODY_SECONDS", 0.05)
    seen: Environ = {}
    assert _run(_answering(b"", seen), _Client(b"begun"), _POST).status == 408
    assert not seen


def test_half_a_body_is_not_taken_for_a_request() -> None:
    seen: Environ = {}
    assert not _run(_answering(b"", seen), _Client(b"begun", leaves=True), _POST).sent
    assert not seen


def test_work_for_a_client_that_leaves_is_told_so() -> None:
    told = threading.Event()

    def app(environ: Environ, start: Start) -> list[bytes]:
        if NO_WAITING in environ:
            raise WouldWaitError(environ)
        until(environ[GONE].is_set, 5)
        told.set()
        return _answering(b"too late")(environ, start)

    _run(app, _Client(leaves=True))
    assert told.is_set()


def test_what_is_not_at_hand_holds_up_nobody() -> None:
    def app(environ: Environ, start: Start) -> list[bytes]:
        if environ["PATH_INFO"] == "/slow":
            if NO_WAITING in environ:
                raise WouldWaitError(environ)
            time.sleep(0.5)
        return _answering(b"answer")(environ, start)

    made = Bridge(app, threads=2, soon=0.1, max_body=100, capacity=1_000_000)

    async def both() -> float:
        slow, quick = _Client(), _Client()
        task = asyncio.create_task(made(_SCOPE | {"raw_path": b"/slow"}, slow.receive, slow.send))
        await asyncio.sleep(0.05)
        started = time.monotonic()
        await made(_SCOPE, quick.receive, quick.send)
        seconds = time.monotonic() - started
        await task
        assert slow.body == quick.body == b"answer"
        return seconds

    assert asyncio.run(both()) < 0.3


def test_a_defect_is_a_problem_document(capsys: pytest.CaptureFixture[str]) -> None:
    def app(environ: Environ, _: Start) -> list[bytes]:
        if NO_WAITING in environ:
            raise WouldWaitError(environ)
        raise RuntimeError("secret")

    client = _run(app, _Client())
    assert client.status == 500
    assert b"problem/internal" in client.body
    assert b"secret" not in client.body
    assert "secret" in capsys.readouterr().err


def test_a_large_answer_goes_out_in_pieces_and_whole() -> None:
    body = bytes(range(256)) * 1_000
    client = _run(_answering(body), _Client())
    assert client.body == body
    assert len(client.sent) > 3
    assert [message.get("more_body", False) for message in client.sent[1:]] == [True] * (len(client.sent) - 2) + [False]


def test_more_large_answers_than_there_is_room_for_wait_for_no_one() -> None:
    def app(environ: Environ, start: Start) -> list[bytes]:
        return _answering(bytes(400_000))(environ, start)

    made = Bridge(app, threads=2, soon=0.1, max_body=1, capacity=1_000_000)

    async def several() -> list[int]:
        stuck = [_Client(takes=1) for _ in range(2)]
        tasks = [asyncio.create_task(made(_SCOPE, c.receive, c.send)) for c in stuck]
        await asyncio.sleep(0.05)
        refused = _Client()
        await made(_SCOPE, refused.receive, refused.send)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        later = _Client()
        await made(_SCOPE, later.receive, later.send)
        return [refused.status, later.status]

    assert asyncio.run(several()) == [503, 200]
