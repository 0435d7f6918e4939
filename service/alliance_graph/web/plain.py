"""Requests as most clients send them, read from their bytes.

A GET without a body or anything else to negotiate about the connection is taken apart here, in a
fifth of the time that a parser of all of HTTP takes with what it does for each request. Whatever
is not spelled as RFC 9112 has it, or asks for more, is none of these; the parser judges it.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING

from alliance_graph.web.environ import fields_environ, line_environ

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment

_REQUEST = re.compile(
    rb"GET (/(?!/)[!\"$->@-~]*)(?:\?([!\"$-~]*))? HTTP/1\.1\r\n((?:[!#$%&'*+.^_`|~0-9A-Za-z-]+:[\t -~]*(?<![\t ])\r\n)+)\r\n"
)
"""A request line (RFC 9112, section 3) with an address of ASCII characters, and field lines (section 5)."""
_OF_CONNECTION = (
    "CONTENT_LENGTH",
    "HTTP_CONNECTION",
    "HTTP_EXPECT",
    "HTTP_HTTP2_SETTINGS",
    "HTTP_TE",
    "HTTP_TRANSFER_ENCODING",
    "HTTP_UPGRADE",
)
"""Fields about more than the answer."""


def read_plain(data: bytes, connection: WSGIEnvironment) -> WSGIEnvironment | None:
    """Return the WSGI environment of a request; None if it is not plain, or not one whole request.

    Args:
        data: the bytes that came.
        connection: what WSGI has of the connection they came on (`connection_environ`).
    """
    match = _REQUEST.fullmatch(data)
    if match is None:
        return None
    path, query, lines = match.groups(b"")
    fields = _fields(lines)
    return None if fields is None else {**connection, **line_environ("GET", path, query, "1.1"), **fields}


@lru_cache(maxsize=256)
def _fields(lines: bytes) -> WSGIEnvironment | None:
    """Return what WSGI has of field lines, which a client sends with every request; None if they ask for more."""
    pairs = (line.partition(b":") for line in lines[:-2].split(b"\r\n"))
    environ = fields_environ((name, value.lstrip(b" \t")) for name, _, value in pairs)
    if "HTTP_HOST" not in environ:
        return None
    for name in _OF_CONNECTION:
        if name in environ and environ[name].lower() != "keep-alive":
            return None
    return environ
