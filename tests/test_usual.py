"""A request that is like those before it says to the worker what it would say if it were read as a whole."""

from __future__ import annotations

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from alliance_graph.engine.limits import Limits
from alliance_graph.engine.tasks import Task
from alliance_graph.web.operation import read_task
from alliance_graph.web.plain import read_plain
from alliance_graph.web.protocol import ProtocolError
from alliance_graph.web.usual import Usual

_LIMITS = Limits(query_bytes=200)
_FIELDS = (
    *("Host: localhost\r\nAccept: text/csv", "Host: localhost", "Accept: text/csv"),
    "Host: localhost\r\nAccept: application/sparql-results+json,x/y?query=ASK%7B%7D,text/turtle;a=b",
    "Host: localhost\r\nReferer: /sparql?query=a",
)


def _request(parameters: str, fields: str = _FIELDS[0], path: str = "/sparql", method: str = "GET") -> bytes:
    return f"{method} {path}?{parameters} HTTP/1.1\r\n{fields}\r\n\r\n".encode("utf-8", "surrogatepass")


def _read(request: bytes) -> Task | None:
    environ = read_plain(request, {})
    try:
        return read_task(environ, b"", _LIMITS) if environ is not None else None
    except ProtocolError:
        return None


def _usual(request: bytes) -> Usual:
    environ = read_plain(request, {})
    assert environ is not None
    return Usual(request, environ, read_task(environ, b"", _LIMITS), _LIMITS)


_PARAMETERS = (
    *("query=ASK%7B%7D", "query=ASK+%7B%7D", "query=%C3%A9", "query=a%2Bb", "query==&", "query=", "query=?query=a"),
    *(
        "query=a&query=b",
        "query=a&default-graph-uri=urn:a",
        "default-graph-uri=urn:a&query=a",
        "query=a#b",
        "query=a b",
    ),
    *("query=%FF", "query=%", "query=%4", "query=%zz", "query=\\x41", "query=é", "query=a\tb", "query=a;b", "x=a"),
    *("query=" + "a" * 194, "query=" + "a" * 195, "query=a HTTP/1.1\r\nX: y"),
)
_FIRST = (
    *("query=ASK%7B%7D", "query=a", "query=a&default-graph-uri=urn:a", "default-graph-uri=urn:a&query=a"),
    *("x=1&query=a", "x=?query=b&query=a", "query=a&x=?query=b"),
)


@pytest.mark.parametrize("first", _FIRST)
@pytest.mark.parametrize("second", _PARAMETERS)
@pytest.mark.parametrize("fields", _FIELDS)
def test_it_says_what_reading_it_as_a_whole_says(first: str, second: str, fields: str) -> None:
    for others in _FIELDS:
        request = _request(second, fields)
        if "Host" in others:
            assert _usual(_request(first, others)).task(request) in (None, _read(request))


@pytest.mark.parametrize("parameters", ["x=1&query=a", "default-graph-uri=urn:a&query=a", "query=a&x=1"])
def test_a_field_is_never_taken_for_the_query(parameters: str) -> None:
    """One that has what looks like a query, where the address has other parameters beside its own."""
    first = _request(parameters, "Host: localhost\r\nAccept: application/sparql-results+json,x/y?query=aaaa,b/c")
    assert _usual(first).task(first.replace(b"y?query=aaaa", b"y?query=bbbb")) is None


def test_one_that_differs_in_nothing_but_the_query_is_recognised() -> None:
    usual = _usual(_request("query=SELECT+*+%7B%7D"))
    request = _request("query=ASK+%7B+%3Fs+%3Fp+%22%C3%A9%22+%7D")
    assert usual.task(request) == _read(request)
    assert usual.task(request) is not None


@pytest.mark.parametrize("other", [{"fields": _FIELDS[1]}, {"path": "/"}, {"method": "POST"}])
def test_one_that_differs_elsewhere_is_not(other: dict[str, str]) -> None:
    assert _usual(_request("query=a")).task(_request("query=a", **other)) is None


@settings(max_examples=500, deadline=None, database=None)
@given(
    first=st.sampled_from(_FIRST),
    fields=st.sampled_from([f for f in _FIELDS if "Host" in f]),
    text=st.text(max_size=40),
    position=st.integers(0, 180),
    cut=st.integers(0, 3),
)
@example(first="query=a", fields=_FIELDS[0], text="b\r\n\r\nGET /sparql?query=c", position=19, cut=0)
def test_no_other_bytes_are_taken_for_a_query(first: str, fields: str, text: str, position: int, cut: int) -> None:
    request = _request(first, fields)
    spliced = request[:position] + text.encode("utf-8", "surrogatepass") + request[position + cut :]
    assert _usual(request).task(spliced) in (None, _read(spliced))
