"""Messages between the processes of the engine: a JSON head and a body of bytes over a socket.

JSON, not pickle: a worker reads hostile queries, and what it sends must stay data.
"""

from __future__ import annotations

import json
import os
import select
import socket
import struct
import subprocess
import sys
from array import array
from collections.abc import Callable, Mapping
from functools import lru_cache, partial
from types import MappingProxyType
from typing import Any, TypeVar

_T = TypeVar("_T")
_encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode
_LENGTHS = struct.Struct(">IQ")
_SMALL_BYTES = 32 * 1024
"""The largest body that is sent together with its head."""
FIRST_BYTES = _SMALL_BYTES + 4096
"""How much is read at once: a small message as a whole."""
_USUAL_BYTES = 1024
_ALLOCATION = {"GLIBC_TUNABLES": "glibc.malloc.tcache_count=127"}
"""Has glibc keep more memory of each size at hand: the engine asks for hundreds of small pieces for each query, more
than the 7 of a size that are kept otherwise (GNU C Library manual, "Memory Allocation Tunables"). A small query takes
a sixth less for it, over 100,000 triples half. Other C libraries pay no heed to it. What an operator has set goes
before it."""
_LONGEST_HEAD = 1024 * 1024
"""The longest head that is read from a process that is not trusted, in bytes."""


class ConnectionLostError(ConnectionError):
    """The other process is gone, perhaps in the middle of a message, or sends what is none."""


def start(module: str, options: Mapping[str, Any]) -> tuple[subprocess.Popen[bytes], socket.socket]:
    """Start a process that has one end of a socket as its standard input; return it and the other end.

    Args:
        module: the module it runs.
        options: what it is told, as JSON in its only argument.
    """
    ours, theirs = socket.socketpair()
    with theirs:
        process = subprocess.Popen(  # noqa: S603 - our own module, no shell
            [sys.executable, "-m", module, json.dumps(options)],
            stdin=theirs.fileno(),
            close_fds=True,
            env=_ALLOCATION | os.environ,
        )
    return process, ours


def send(connection: socket.socket, head: Mapping[str, Any], body: bytes | bytearray | memoryview = b"") -> None:
    """Send one message, at once if it is small, so that the other process wakes up once.

    Raises:
        ConnectionLostError: the other side has closed.
    """
    send_encoded(connection, encoded(head), body)


def encoded(head: Mapping[str, Any]) -> bytes:
    """Return the head of a message as it is sent."""
    return _encode(dict(head)).encode("utf-8", "surrogatepass")


def send_encoded(connection: socket.socket, head: bytes, body: bytes | bytearray | memoryview) -> None:
    """Send one message whose head is encoded already.

    Raises:
        ConnectionLostError: the other side has closed.
    """
    try:
        if len(body) <= _SMALL_BYTES:
            _send_all(connection, _packed(head, body))
        else:
            _send_all(connection, _LENGTHS.pack(len(head), len(body)) + head)
            _send_all(connection, body)
    except OSError as error:
        raise ConnectionLostError(str(error)) from None


def _packed(head: bytes, body: bytes | bytearray | memoryview = b"") -> bytes:
    """Return a message as a whole."""
    return b"".join((_LENGTHS.pack(len(head), len(body)), head, body))


def _send_all(connection: socket.socket, data: bytes | bytearray | memoryview) -> None:
    """Send data; the descriptor may be one that does not block, as an event loop wants it."""
    rest = memoryview(data)
    while rest:
        try:
            rest = rest[connection.send(rest) :]
        except BlockingIOError:
            is_ready(connection, select.POLLOUT)


def is_ready(connection: socket.socket, event: int, seconds: float | None = None) -> bool:
    """Wait asleep for a connection to be ready.

    Args:
        connection: the socket.
        event: for what, as `select.poll` has it; the end of the connection is waited for, too.
        seconds: for how long; None for however long it takes.

    Returns:
        Whether it was in time.
    """
    waiting = select.poll()  # not select(), which fails when clients hold a thousand descriptors
    waiting.register(connection, event)
    return bool(waiting.poll(None if seconds is None else seconds * 1000))


def send_at_once(connection: socket.socket, head: bytes, body: bytes = b"") -> None:
    """Send a small message, whose head is encoded already, without waiting for the other side to read.

    Raises:
        ConnectionLostError: the other side has closed, or does not read.
    """
    message = _packed(head, body)
    try:
        sent = connection.send(message, socket.MSG_DONTWAIT)
    except OSError as error:
        raise ConnectionLostError(str(error)) from None
    if sent < len(message):
        raise ConnectionLostError("it does not read")


def send_descriptor(connection: socket.socket, head: Mapping[str, Any], descriptor: int) -> None:
    """Send a message without a body, and a descriptor with it, without waiting for the other side to read.

    Raises:
        ConnectionLostError: the other side has closed, or does not read.
    """
    message = _packed(encoded(head))
    rights = (socket.SOL_SOCKET, socket.SCM_RIGHTS, array("i", [descriptor]))
    try:  # not send_fds(), which pays no heed to its flags (Python 3.11)
        connection.sendmsg([message], [rights], socket.MSG_DONTWAIT)
    except OSError as error:
        raise ConnectionLostError(str(error)) from None


def receive(
    connection: socket.socket, longest_body: int | None = None, begun: bytes = b""
) -> tuple[Mapping[str, Any], bytes]:
    """Return the next message; the other side sends another only when it is asked for one.

    Args:
        connection: the socket.
        longest_body: how many bytes a body may have, from a process that is not trusted; None for any number.
        begun: what has been read of it already.

    Raises:
        ConnectionLostError: the other side has closed, before or within a message, or sent what is none.
        TimeoutError: the connection's timeout ran out.
    """
    head, body, rest = receive_next(connection, longest_body, begun)
    if rest:
        raise ConnectionLostError("more than a message")
    return head, body


def receive_next(
    connection: socket.socket, longest_body: int | None = None, begun: bytes = b""
) -> tuple[Mapping[str, Any], bytes, bytes]:
    """Return the next message where another may follow unasked, and what has come of that; otherwise as `receive`."""
    begun = begun or _some(connection, FIRST_BYTES)
    while len(begun) < _LENGTHS.size:
        begun += _some(connection, FIRST_BYTES)
    rest = missing(begun, longest_body)
    return parsed(begun + _exactly(connection, rest) if rest > 0 else begun)


def receive_descriptor(connection: socket.socket) -> tuple[Mapping[str, Any], int | None]:
    """Return the next message, which has no body, and the descriptor that came with it, if one did and there is room.

    Raises:
        ConnectionLostError: as with `receive`.
        TimeoutError: as with `receive`.
    """
    try:
        begun, descriptors, _, _ = socket.recv_fds(connection, _SMALL_BYTES, 1)
    except TimeoutError:
        raise
    except OSError as error:
        raise ConnectionLostError(str(error)) from None
    head, _ = receive(connection, 0, begun)
    return head, descriptors[0] if descriptors else None


def parsed(come: bytes) -> tuple[Mapping[str, Any], bytes, bytes]:
    """Return head and body of a message that has come as a whole, and what has come after it.

    Raises:
        ConnectionLostError: it is none.
    """
    head_length, body_length = _LENGTHS.unpack_from(come)
    body_at = _LENGTHS.size + head_length
    head = bytes(come[_LENGTHS.size : body_at])
    try:
        decoded = _usual(head) if len(head) <= _USUAL_BYTES else _decoded(head)
    except (ValueError, TypeError, RecursionError):
        raise ConnectionLostError("not a message") from None
    return decoded, come[body_at : body_at + body_length], come[body_at + body_length :]


def _decoded(head: bytes) -> Mapping[str, Any]:
    return MappingProxyType(json.loads(head.decode("utf-8", "surrogatepass")))


_usual = lru_cache(maxsize=256)(_decoded)
"""The same for a short head: most are the same."""


def missing(begun: bytes, longest_body: int | None = None) -> int:
    """Return how many bytes are to come of a message that has begun so, as far as it says.

    Args:
        begun: what has come; below 0 is returned if that is more than the message.
        longest_body: how many bytes its body may have; None for any number.

    Raises:
        ConnectionLostError: it says that it is longer than it may be.
    """
    if len(begun) < _LENGTHS.size:
        return _LENGTHS.size - len(begun)
    head_length, body_length = _LENGTHS.unpack_from(begun)
    if longest_body is not None and (head_length > _LONGEST_HEAD or body_length > longest_body):
        raise ConnectionLostError("a message that is too long")
    return int(_LENGTHS.size + head_length + body_length - len(begun))


def is_small(begun: bytes) -> bool:
    """Return whether the message that has begun so is one that is sent and read at once, as far as it says."""
    return len(begun) + missing(begun) <= FIRST_BYTES


def _some(connection: socket.socket, most: int) -> bytes:
    """Return what has come, at least a byte."""
    data = _received(connection, partial(connection.recv, most))
    if not data:
        raise ConnectionLostError("closed")
    return data


def _exactly(connection: socket.socket, size: int) -> bytearray:
    """Return as many bytes as are to come."""
    found = bytearray(size)
    rest = memoryview(found)
    while rest:
        n = _received(connection, partial(connection.recv_into, rest))
        if n == 0:
            raise ConnectionLostError("closed")
        rest = rest[n:]
    return found


def _received(connection: socket.socket, read: Callable[[], _T]) -> _T:
    """Return what is read, when there is something; the descriptor may be one that does not block.

    Raises:
        ConnectionLostError: the connection is broken.
        TimeoutError: its timeout ran out.
    """
    while True:
        try:
            return read()
        except TimeoutError:
            raise
        except BlockingIOError:
            is_ready(connection, select.POLLIN)
        except OSError as error:
            raise ConnectionLostError(str(error)) from None
