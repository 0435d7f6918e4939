"""Whole responses, as the application gives them and as they are sent."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from http import HTTPStatus

Response = tuple[int, list[tuple[bytes, bytes]], bytes]
"""Status, header fields and body of a whole response."""

_STATUS_LINES = {status.value: f"HTTP/1.1 {status.value} {status.phrase}\r\n".encode() for status in HTTPStatus}


def response_of(status: str, headers: Iterable[tuple[str, str]], body: bytes) -> Response:
    """Return what WSGI has of a response as a whole."""
    return int(status[:3]), [_field(name, value) for name, value in headers], body


@lru_cache(maxsize=1024)
def _field(name: str, value: str) -> tuple[bytes, bytes]:
    """Return a header field as it is sent; most are the same in many responses."""
    return name.lower().encode("latin-1"), value.encode("latin-1")


def written(response: Response, before: Iterable[tuple[bytes, bytes]]) -> bytes:
    """Return the bytes of a response as HTTP/1.1 has it (RFC 9112).

    Args:
        response: the response.
        before: header fields that go before its own.
    """
    status, headers, body = response
    lines = [b"%b: %b\r\n" % header for header in (*before, *headers)]
    return b"".join((_STATUS_LINES[status], *lines, b"\r\n", body))
