"""Messages between the processes of the engine: a JSON head and a body of bytes over a socket.

JSON, not pickle: a worker reads hostile queries, and what it sends must stay data.
"""

from __future__ import annotations

import json
import socket
import struct
from collections.abc import Mapping
from typing import Any

_LENGTHS = struct.Struct(">IQ")
_SMALL_BYTES = 32 * 1024
_LONGEST_HEAD = 1024 * 1024
"""The longest head that is read from a process that is not trusted, in bytes."""


class ConnectionLostError(ConnectionError):
    """The other process is gone, perhaps in the middle of a message, or sends what is none."""


def send(connection: socket.socket, head: Mapping[str, Any], body: bytes | bytearray | memoryview = b"") -> None:
    """Send one message, at once if it is small, so that the other process wakes up once."""
    text = json.dumps(head, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "surrogatepass")
    try:
        if len(body) <= _SMALL_BYTES:
            connection.sendall(b"".join((_LENGTHS.pack(len(text), len(body)), text, body)))
        else:
            connection.sendall(_LENGTHS.pack(len(text), len(body)) + text)
            connection.sendall(body)
    except OSError as error:
        raise ConnectionLostError(str(error)) from None


def receive(connection: socket.socket, longest_body: int | None = None) -> tuple[dict[str, Any], bytes]:
    """Return the next message.

    Args:
        connection: the socket.
        longest_body: how many bytes a body may have, from a process that is not trusted; None for any number.

    Raises:
        ConnectionLostError: the other side has closed, before or within a message, or sent what is none.
        TimeoutError: the connection's timeout ran out.
    """
    head_length, body_length = _LENGTHS.unpack(_exactly(connection, _LENGTHS.size))
    if longest_body is not None and (head_length > _LONGEST_HEAD or body_length > longest_body):
        raise ConnectionLostError("a message that is too long")
    message = _exactly(connection, head_length + body_length)
    try:
        head = json.loads(bytes(message[:head_length]))
    except ValueError:
        raise ConnectionLostError("not a message") from None
    return head, bytes(message[head_length:])


def peek(connection: socket.socket) -> int:
    """Return the size in bytes of the body of the message that has begun to come; 0 if there is none."""
    try:
        lengths = connection.recv(_LENGTHS.size, socket.MSG_PEEK | socket.MSG_DONTWAIT)
    except OSError:
        return 0
    return int(_LENGTHS.unpack(lengths)[1]) if len(lengths) == _LENGTHS.size else 0


def _exactly(connection: socket.socket, size: int) -> memoryview:
    view = memoryview(bytearray(size))
    got = 0
    while got < size:
        try:
            n = connection.recv_into(view[got:])
        except TimeoutError:
            raise
        except OSError as error:
            raise ConnectionLostError(str(error)) from None
        if n == 0:
            raise ConnectionLostError("closed")
        got += n
    return view
