"""What all requests of a client have in common beside the query, so that it is read once.

A program that asks one query after the other sends the same bytes before and after each of them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from alliance_graph.engine.limits import Limits
from alliance_graph.engine.tasks import Task
from alliance_graph.web.protocol import unquote_plus

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment

_NAME = b"query="
_OF_QUERY = bytes(code for code in range(0x21, 0x7F) if code not in b"#&")
"""What a query in an address is written with, where it is the only parameter: what `web.plain` has there, but no ampersand."""


class Usual:
    """The beginning and the end of a client's requests, and what they say."""

    def __init__(self, request: bytes, environ: WSGIEnvironment, task: Task, limits: Limits) -> None:
        """Take what a request has beside its query; where it has other parameters, none is like it.

        Args:
            request: a plain request.
            environ: the WSGI environment of it.
            task: what it asks of the engine.
            limits: what a query may cost.
        """
        self.environ = environ
        """The WSGI environment of requests like it, but for their queries."""
        parameters = environ["QUERY_STRING"].encode("latin-1")
        address, _, rest = request.partition(b"?")  # no path has one
        query = parameters.removeprefix(_NAME)
        self._before = address + b"?" + _NAME
        self._after = rest[len(parameters) :]
        self._formats = task.formats
        self._longest = limits.query_bytes - len(_NAME)
        self._has_likes = parameters.startswith(_NAME) and _is_plain(query)

    def task(self, request: bytes) -> Task | None:
        """Return what a request asks of the engine if it is like the others; None if it is not, or has to be looked at."""
        before, after = self._before, self._after
        if not self._has_likes or not request.startswith(before) or not request.endswith(after):
            return None
        query = request[len(before) : -len(after)]
        if len(query) > self._longest or not _is_plain(query):
            return None
        try:
            return Task(unquote_plus(query.decode("ascii")), self._formats)
        except UnicodeDecodeError:
            return None


def _is_plain(query: bytes) -> bool:
    return bool(query) and not query.translate(None, _OF_QUERY)
