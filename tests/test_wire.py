"""Messages between processes arrive whole, however they come, and whether or not the descriptor blocks."""

from __future__ import annotations

import os
import socket
import threading
import time
from collections.abc import Iterator

import pytest

from alliance_graph.engine import awake, wire

_HEAD = {"kind": "solutions", "text": "é\ud800"}
"""What JSON has to bring through, half a character included: a hostile query may have one."""


@pytest.fixture
def ends() -> Iterator[tuple[socket.socket, socket.socket]]:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        yield ours, theirs


@pytest.mark.parametrize("blocks", [True, False])
def test_a_message_arrives_as_it_was_sent(ends: tuple[socket.socket, socket.socket], blocks: bool) -> None:
    ours, theirs = ends
    for end in ends:
        os.set_blocking(end.fileno(), blocks)  # not, as an event loop has it, which the socket is not told
    for body in (b"", b"small", bytes(range(256)) * 10_000):
        sender = threading.Thread(target=wire.send, args=(theirs, _HEAD, body))
        sender.start()
        assert wire.receive(ours) == (_HEAD, body)
        sender.join()


def test_a_message_can_be_passed_on(ends: tuple[socket.socket, socket.socket]) -> None:
    ours, theirs = ends
    wire.send(theirs, _HEAD, b"body")
    head, body = wire.receive(ours)
    wire.send(ours, head, body)
    assert wire.receive(theirs) == (_HEAD, b"body")


def test_what_has_come_says_what_is_missing(ends: tuple[socket.socket, socket.socket]) -> None:
    ours, theirs = ends
    assert awake.comes(ours, 0) is None
    wire.send(theirs, _HEAD, b"body")
    whole = awake.comes(ours, 1)
    assert whole is not None
    for length in range(len(whole)):
        assert wire.missing(whole[:length]) > 0
        assert wire.is_small(whole[:length])
    assert wire.missing(whole) == 0
    theirs.sendall(whole[10:])
    assert wire.receive(ours, begun=whole[:10]) == (_HEAD, b"body")
    assert not wire.is_small(whole[:8] + (10**6).to_bytes(4, "big"))


@pytest.mark.parametrize("head", [b"[" * 100_000, b"1", b"{", b"\xff"])
def test_what_is_no_message_is_told_from_one(ends: tuple[socket.socket, socket.socket], head: bytes) -> None:
    ours, theirs = ends
    wire.send_encoded(theirs, head, b"body")
    with pytest.raises(wire.ConnectionLostError):
        wire.receive(ours)


def test_messages_that_come_together_are_read_one_by_one(ends: tuple[socket.socket, socket.socket]) -> None:
    ours, theirs = ends
    for body in (b"a", b"", b"c" * 1000):
        wire.send(theirs, _HEAD, body)
    rest = b""
    for body in (b"a", b"", b"c" * 1000):
        head, found, rest = wire.receive_next(ours, begun=rest)
        assert (head, found) == (_HEAD, body)
    assert rest == b""


def test_an_end_that_has_closed_is_not_waited_for(ends: tuple[socket.socket, socket.socket]) -> None:
    ours, theirs = ends
    theirs.close()
    assert awake.comes(ours, 10) == b""
    for ask in (lambda: wire.receive(ours), lambda: wire.send(ours, _HEAD)):
        with pytest.raises(wire.ConnectionLostError):
            ask()


@pytest.mark.parametrize(
    ("sent", "longest"),
    [
        (b"\0\0\0\x02" + bytes(8) + b"no", None),
        (b"\0\0\0\x02" + bytes(8) + b"{}more", None),
        (b"\0\0\0\x02" + (1000).to_bytes(8, "big") + b"{}", 999),
        (b"\xff" * 12, 999),
    ],
    ids=["no JSON", "more than a message", "too long a body", "too long a head"],
)
def test_what_is_no_message_is_refused(
    ends: tuple[socket.socket, socket.socket], sent: bytes, longest: int | None
) -> None:
    ours, theirs = ends
    theirs.sendall(sent)
    with pytest.raises(wire.ConnectionLostError):
        wire.receive(ours, longest)


def test_beside_who_computes_for_long_it_is_not_waited_awake(
    ends: tuple[socket.socket, socket.socket], monkeypatch: pytest.MonkeyPatch
) -> None:
    ours, theirs = ends
    offered: list[None] = []
    turn = 0.05

    def another_has_its_turn() -> None:
        offered.append(None)
        time.sleep(turn)

    monkeypatch.setattr(os, "sched_yield", another_has_its_turn)
    monkeypatch.setattr(awake, "_slept_until", [0.0])
    assert awake.comes(ours, 3600) is None
    assert awake.comes(ours, 3600) is None
    assert len(offered) == 1, "it knows that the processor is wanted"
    wire.send(theirs, _HEAD)
    assert awake.comes(ours, 0) is not None
    turn = 0
    time.sleep(awake._CONTENDED_SECONDS)
    threading.Timer(0.01, wire.send, (theirs, _HEAD)).start()
    assert awake.comes(ours, 60) is not None, "it tries again"
