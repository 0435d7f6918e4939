"""Whole responses, as the application gives them and as they are sent."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from http import HTTPStatus

Response = tuple[int, list[bytes], bytes]
"""Status, field lines (each with its end) and body of a whole response."""

_STATUS_LINES = {status.value: f"HTTP/1.1 {status.value} {status.phrase}\r\n".encode() for status in HTTPStatus}


def response_of(status: str, headers: Iterable[tuple[str, str]], body: bytes) -> Response:
    """Return what WSGI has of a response as a whole."""
    return int(status[:3]), [field_line(name, value) for name, value in headers], body


@lru_cache(maxsize=1024)
def field_line(name: str, value: str) -> bytes:
    """Return a header field as it is sent (RFC 9112, section 5); most are the same in many responses."""
    return f"{name.lower()}: {value}\r\n".encode("latin-1")


def pairs(lines: Iterable[bytes]) -> list[tuple[bytes, bytes]]:
    """Return names and values of field lines."""
    found = (line[:-2].partition(b": ") for line in lines)
    return [(name, value) for name, _, value in found]


def written(response: Response, *before: bytes) -> bytes:
    """Return the bytes of a response as HTTP/1.1 has it (RFC 9112).

    Args:
        response: the response.
        before: field lines that go before its own.
    """
    status, lines, body = response
    return b"".join((_STATUS_LINES[status], *before, *lines, b"\r\n", body))
