"""Whole responses, as the application gives them and as they are sent."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import lru_cache
from http import HTTPStatus

Headers = Sequence[tuple[str, str]]
"""Header fields as WSGI has them."""
Response = tuple[int, list[bytes], bytes]
"""Status, field lines (each with its end, one or several together) and body of a whole response."""

_STATUS = {status.value: f"{status.value} {status.phrase}" for status in HTTPStatus}
_STATUS_LINES = {number: f"HTTP/1.1 {status}\r\n".encode() for number, status in _STATUS.items()}


def response_of(status: str, headers: Iterable[tuple[str, str]], body: bytes) -> Response:
    """Return what WSGI has of a response as a whole."""
    return int(status[:3]), [field_line(name, value) for name, value in headers], body


@lru_cache(maxsize=1024)
def field_line(name: str, value: str) -> bytes:
    """Return a header field as it is sent (RFC 9112, section 5); most are the same in many responses."""
    return f"{name.lower()}: {value}\r\n".encode("latin-1")


def pairs(lines: Iterable[bytes]) -> list[tuple[bytes, bytes]]:
    """Return names and values of field lines."""
    found = (line.partition(b": ") for line in b"".join(lines).split(b"\r\n")[:-1])
    return [(name, value) for name, _, value in found]


def as_wsgi(response: Response) -> tuple[str, list[tuple[str, str]], bytes]:
    """Return status, header fields and body of a response as WSGI has them."""
    status, lines, body = response
    return _STATUS[status], [(name.decode("latin-1"), value.decode("latin-1")) for name, value in pairs(lines)], body


def written(response: Response, *before: bytes) -> bytes:
    """Return the bytes of a response as HTTP/1.1 has it (RFC 9112).

    Args:
        response: the response.
        before: field lines that go before its own.
    """
    status, lines, body = response
    return b"".join((_STATUS_LINES[status], *before, *lines, b"\r\n", body))
