"""The WSGI environment of a request, and what the layers of the application tell one another in it."""

from __future__ import annotations

import sys
from collections.abc import Mapping
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
"""A `threading.Event` that is set when the client has gone, where the server can tell."""

NO_WAITING = "alliance_graph.no_waiting"
"""Set where the answer is wanted at once: `WouldWaitError` is raised if it takes longer than so many seconds."""

BEGUN = "alliance_graph.begun"
"""The query of the request, which a worker has in hand already."""

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
"""What to call with the client's address when such a request was answered so."""

SMALL_BYTES = 32 * 1024
"""An answer up to this size is read from its worker, compressed and sent at once."""

PIECE_BYTES = 64 * 1024
"""How much of an answer is sent at a time; a larger one goes at the client's pace."""

_LASTING = (SERVICE, STARTED, GONE, REQUEST, QUERY, CACHE_KEY)
"""What does not have to be found out again."""


Response = tuple[int, list[tuple[bytes, bytes]], bytes]
"""Status, header fields and body of a whole response."""


class WouldWaitError(Exception):
    """There is no answer without waiting."""

    def __init__(self, environ: WSGIEnvironment, begun: Begun | None = None) -> None:
        """Say what has been done so far.

        Args:
            environ: the WSGI environment of the request.
            begun: its query, if a worker has it in hand.
        """
        super().__init__("the answer takes some waiting")
        self.begun = begun
        self.again: WSGIEnvironment = {name: environ[name] for name in _LASTING if name in environ}
        if begun is not None:
            self.again[BEGUN] = begun
        """What to add to the WSGI environment to ask again, and wait."""


def request_environ(scope: Mapping[str, Any]) -> WSGIEnvironment:
    """Return a request as WSGI has it (PEP 3333), but for its body.

    Args:
        scope: the request as ASGI has it (HTTP connection scope).
    """
    host, port = scope["server"]
    client, port_of_client = scope["client"] or ("", "")
    environ: WSGIEnvironment = {
        "REQUEST_METHOD": scope["method"],
        "SCRIPT_NAME": "",
        "PATH_INFO": unquote_to_bytes(scope["raw_path"]).decode("latin-1"),
        "QUERY_STRING": scope["query_string"].decode("latin-1"),
        "SERVER_NAME": host,
        "SERVER_PORT": str(port),
        "SERVER_PROTOCOL": f"HTTP/{scope['http_version']}",
        "REMOTE_ADDR": client,
        "REMOTE_PORT": str(port_of_client),
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": scope["scheme"],
        "wsgi.input_terminated": True,
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": True,
        "wsgi.multiprocess": False,
        "wsgi.run_once": False,
    }
    for raw_name, raw_value in scope["headers"]:
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
