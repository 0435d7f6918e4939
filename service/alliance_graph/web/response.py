"""Whole responses, as the application gives them and as they are sent."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cached_property, lru_cache
from http import HTTPStatus
from typing import NamedTuple

Headers = Sequence[tuple[str, str]]
"""Header fields as WSGI has them."""
Response = tuple[int, list[bytes], bytes]
"""Status, field lines (each with its end, one or several together) and body of a whole response."""

_NEVER_COMPRESSED = ("image/png", "font/")
_OF_BODY = ("content-type", "content-encoding")
"""Fields that a response without a body does not have (RFC 9110, section 15.4.5)."""
_STATUS = {status.value: f"{status.value} {status.phrase}" for status in HTTPStatus}
_STATUS_LINES = {number: f"HTTP/1.1 {status}\r\n".encode() for number, status in _STATUS.items()}


def response_of(status: str, headers: Iterable[tuple[str, str]], body: bytes) -> Response:
    """Return what WSGI has of a response as a whole."""
    return int(status[:3]), [field_line(name, value) for name, value in headers], body


def field_lines(*headers: tuple[str, str]) -> bytes:
    """Return header fields as they are sent (RFC 9112, section 5); their names are in small letters, their values ours."""
    return "".join([f"{name}: {value}\r\n" for name, value in headers]).encode("latin-1")


@lru_cache(maxsize=1024)
def field_line(name: str, value: str) -> bytes:
    """Return a header field as it is sent; most are the same in many responses.

    Raises:
        ValueError: the value has the end of a line in it.
    """
    if "\r" in value or "\n" in value:
        raise ValueError("a header field of more than a line")
    return field_lines((name.lower(), value))


class Lasting:
    """The header fields of an answer that are the same whoever asks for it, written once."""

    def __init__(self, headers: Headers) -> None:
        self.headers = headers
        self.lines = b"".join(field_line(name, value) for name, value in headers)
        self.is_compressible = not any(
            name.lower() == "content-type" and value.startswith(_NEVER_COMPRESSED) for name, value in headers
        )

    @cached_property
    def without_body(self) -> Lasting:
        """Those of a response that has no body."""
        return Lasting([field for field in self.headers if field[0].lower() not in _OF_BODY])


class Given(NamedTuple):
    """An answer as one client gets it."""

    status: int
    lasting: Lasting
    own: Headers
    """The fields that are this client's, with names in small letters and values of ours."""
    body: bytes

    def response(self) -> Response:
        """Return it as it is sent."""
        return self.status, [self.lasting.lines, field_lines(*self.own)], self.body

    def as_wsgi(self) -> tuple[str, list[tuple[str, str]], bytes]:
        """Return status, header fields and body as WSGI has them."""
        return _STATUS[self.status], [*self.lasting.headers, *self.own], self.body


def pairs(lines: Iterable[bytes]) -> list[tuple[bytes, bytes]]:
    """Return names and values of field lines."""
    found = (line.partition(b": ") for line in b"".join(lines).split(b"\r\n")[:-1])
    return [(name, value) for name, _, value in found]


def written(response: Response, *before: bytes) -> bytes:
    """Return the bytes of a response as HTTP/1.1 has it (RFC 9112).

    Args:
        response: the response.
        before: field lines that go before its own.
    """
    status, lines, body = response
    return b"".join((_STATUS_LINES[status], *before, *lines, b"\r\n", body))
