"""What a worker does for a client whose connection it was lent: it answers plain query operations.

Loaded by the host of the workers, so it needs no Flask. Whatever else comes, is wrong, has been
asked on it before or takes long is left to the service, which has more to answer with.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple

from alliance_graph.engine.borrower import Answering
from alliance_graph.engine.limits import Limits
from alliance_graph.engine.tasks import Task
from alliance_graph.web import fields
from alliance_graph.web.cache import Answer, etag_of
from alliance_graph.web.environ import WHOLE_BYTES
from alliance_graph.web.hotpath import given
from alliance_graph.web.operation import read_task
from alliance_graph.web.plain import read_plain
from alliance_graph.web.protocol import ProtocolError
from alliance_graph.web.repeats import LONGEST_REQUEST
from alliance_graph.web.response import Lasting, field_line, written
from alliance_graph.web.usual import Usual

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment

_MOST_SEEN = 4096
_LARGEST_TOLD = 16 * 1024
"""The largest answer that the service is given to keep, in bytes: to bring it a larger one takes as long as some queries.
Where one is wanted again, it is computed once more."""
_LARGE = 4096
"""The size of an answer that is compressed, in bytes."""


def prepare(limits: Limits) -> None:
    """Load what is loaded at its first use: a worker, which opens no files, could not."""
    attendant = Attendant(
        {"paths": ["/"], "citing": {}}, limits, lambda *_: ({"format": "json"}, memoryview(bytes(_LARGE)), 0.0)
    )
    for coding in ("br", "gzip"):
        request = f"GET /?query=%C3%A9&{coding}=%C3%A9 HTTP/1.1\r\nHost: localhost\r\nAccept-Encoding: {coding}\r\n\r\n"
        attendant.response(request.encode())
    attendant.response(b"GET /?query=%C3%A9 HTTP/1.1\r\nHost: localhost\r\n\r\n")


class _Answered(NamedTuple):
    """A request and its response."""

    request: bytes
    status: int
    format: str
    body: bytes
    """The answer as it is kept, whatever of it this client got."""
    seconds: float


class Attendant:
    """What answers the requests of one client."""

    def __init__(self, terms: Mapping[str, Any], limits: Limits, answer: Answering) -> None:
        """Make it ready.

        Args:
            terms: what `Direct.terms` says.
            limits: what a query may cost.
            answer: answers a query with no more than so many bytes.
        """
        self._answered: _Answered
        """The last response."""
        self._limits = limits
        self._answer = answer
        self._paths = terms["paths"]
        self._citing = terms["citing"]
        self._fields: dict[str, Lasting] = {}
        self._usual: Usual | None = None
        """What the last request that was read as a whole has in common with others."""
        self._seen: set[int] = set()
        """What was asked, hashed: the service has the answers by the time that they are wanted again."""

    def response(self, request: bytes) -> bytes | None:
        """Return the response to a request; None if the service is to give it."""
        if hash(request) in self._seen or len(self._seen) >= _MOST_SEEN or len(request) > LONGEST_REQUEST:
            return None
        asked = self._read(request)
        if asked is None:
            return None
        environ, task = asked
        head, body, seconds = self._answer(task, WHOLE_BYTES)
        if "problem" in head:
            return None
        name, whole = head["format"], bytes(body)
        answer = Answer(self._fields_of(name), whole, etag_of(whole))
        response = given(environ, answer, fields.timing(seconds)).response()
        self._answered = _Answered(request, response[0], name, whole, seconds)
        return written(response, _date(int(time.time())))

    def note(self) -> tuple[Sequence[object], bytes, bytes]:
        """Take note of the last response, when it is on its way; return what is to be told of it, the request and the answer."""
        request, status, name, body, seconds = self._answered
        self._seen.add(hash(request))
        return (status, name, seconds), request, body if len(body) <= _LARGEST_TOLD else b""

    def _read(self, request: bytes) -> tuple[WSGIEnvironment, Task] | None:
        """Return what a request has that tells how to answer, and what it asks; None if it is not plain."""
        if self._usual is not None and (task := self._usual.task(request)) is not None:
            return self._usual.environ, task
        environ = read_plain(request, {})
        if environ is None or environ["PATH_INFO"] not in self._paths:
            return None
        try:
            task = read_task(environ, b"", self._limits)
        except ProtocolError:
            return None
        self._usual = Usual(request, environ, task, self._limits)
        return environ, task

    def _fields_of(self, name: str) -> Lasting:
        found = self._fields.get(name)
        if found is None:
            found = self._fields[name] = fields.of_answer(name, self._citing)
        return found


@lru_cache(maxsize=1)
def _date(second: int) -> bytes:
    """Return the field that says when a response was made (RFC 9110, section 6.6.1)."""
    return field_line("date", time.strftime("%a, %d %b %Y %H:%M:%S GMT", time.gmtime(second)))
