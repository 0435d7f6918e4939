"""The WSGI environment of a request, and what the layers of the application tell one another in it."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote_to_bytes

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment

    from alliance_graph.engine.pool import Begun

SERVICE = "alliance_graph.service"
"""The service that answers the request: one from beginning to end, whatever release comes meanwhile."""

STARTED = "alliance_graph.started"
"""When the request came, by `time.perf_counter`."""

BODY = "alliance_graph.body"
"""The body of the request, from which `wsgi.input` is made anew each time the application is asked."""

GONE = "alliance_graph.gone"
"""Whether the client has gone (`Gone`), where the server can tell."""

NO_WAITING = "alliance_graph.no_waiting"
"""Set where the answer is wanted at once: `WouldWaitError` is raised if it takes some waiting."""

BEGUN = "alliance_graph.begun"
"""The query of the request, which a worker has in hand already, or will have when its turn comes."""

QUICK = "alliance_graph.quick"
"""Set when a worker answered the query of the request quickly: it may answer the next ones by itself."""

ROUTE = "alliance_graph.route"
"""Which of its routes answers, says the application."""

QUERY = "alliance_graph.query"
"""The query that is answered."""

REQUEST = "alliance_graph.request"
"""What tells the request from others, or None if it is not of a kind whose answers are kept."""

CACHE_KEY = "alliance_graph.cache_key"
"""Which answer the response is, says whoever made it, if it may be kept."""

CACHED = "alliance_graph.cached"
"""Set when the answer was a kept one."""

REPEATS = "alliance_graph.repeats"
"""Where the response may be noted as that of every request of the very same bytes (`Repeats`)."""

ON_REPEAT = "alliance_graph.on_repeat"
"""What to call when such requests were answered so (`OnRepeat`)."""

PIECE_BYTES = 64 * 1024
"""How much of an answer is sent at a time, where it goes at the client's pace."""

WHOLE_BYTES = 256 * 1024
"""The largest response that is sent with one write."""

_LASTING = (SERVICE, STARTED, GONE, REQUEST, QUERY, CACHE_KEY, BEGUN)
"""What does not have to be found out again."""


class WouldWaitError(Exception):
    """There is no answer without waiting."""

    def __init__(self, environ: WSGIEnvironment) -> None:
        """Say what has been done so far in the WSGI environment of a request."""
        super().__init__("the answer takes some waiting")
        self.begun: Begun | None = environ.get(BEGUN)
        self.again: WSGIEnvironment = {name: environ[name] for name in _LASTING if name in environ}
        """What to add to the WSGI environment to ask again, and wait."""


def request_environ(scope: Mapping[str, Any]) -> WSGIEnvironment:
    """Return a request as WSGI has it (PEP 3333), but for its body.

    Args:
        scope: the request as ASGI has it (HTTP connection scope).
    """
    line = line_environ(scope["method"], scope["raw_path"], scope["query_string"], scope["http_version"])
    return {**connection_environ(scope), **line, **fields_environ(scope["headers"])}


def connection_environ(connection: Mapping[str, Any]) -> WSGIEnvironment:
    """Return what WSGI has of every request on a connection.

    Args:
        connection: what ASGI says of the connection: `scheme`, `server` and `client`.
    """
    host, port = connection["server"]
    client, port_of_client = connection["client"] or ("", "")
    return {
        "SCRIPT_NAME": "",
        "SERVER_NAME": host,
        "SERVER_PORT": str(port),
        "REMOTE_ADDR": client,
        "REMOTE_PORT": str(port_of_client),
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": connection["scheme"],
        "wsgi.input_terminated": True,
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": True,
        "wsgi.multiprocess": False,
        "wsgi.run_once": False,
    }


def line_environ(method: str, path: bytes, query: bytes, version: str) -> WSGIEnvironment:
    """Return what WSGI has of the first line of a request.

    Args:
        method: the method.
        path: the path as it came, percent-encoded.
        query: the query component of the address, without its question mark.
        version: the version of HTTP, as in `1.1`.
    """
    return {
        "REQUEST_METHOD": method,
        "PATH_INFO": (unquote_to_bytes(path) if b"%" in path else path).decode("latin-1"),
        "QUERY_STRING": query.decode("latin-1"),
        "SERVER_PROTOCOL": f"HTTP/{version}",
    }


def fields_environ(headers: Iterable[tuple[bytes, bytes]]) -> WSGIEnvironment:
    """Return what WSGI has of the header fields of a request."""
    environ: WSGIEnvironment = {}
    for raw_name, raw_value in headers:
        name, value = _key(raw_name), raw_value.decode("latin-1")
        if name in environ:
            value = f"{environ[name]}{'; ' if name == 'HTTP_COOKIE' else ', '}{value}"
        environ[name] = value
    return environ


@lru_cache(maxsize=1024)
def _key(field: bytes) -> str:
    """Return where WSGI has a header field."""
    name = field.decode("latin-1").upper().replace("-", "_")
    return name if name in ("CONTENT_TYPE", "CONTENT_LENGTH") else f"HTTP_{name}"
