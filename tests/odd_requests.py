"""Requests as nobody should send them: odd queries in odd ways, bytes that are no text, and what is no HTTP."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from random import Random
from urllib.parse import quote

from odd_queries import bomb, corpus, large, mutated, nested

_SEED = "alliance-graph"


@dataclass(frozen=True)
class Sent:
    """A request, as bytes."""

    kind: str
    data: bytes
    is_http: bool = True
    """Whether the bytes are a request at all, so that an answer is owed."""


_ACCEPTS = (
    *("*/*", "", "text/html", "application/json", "text/csv", "text/turtle", "application/sparql-results+xml", "q=1"),
    *(
        "*",
        "/",
        ";;;;",
        ",,,,",
        "text/*;q=0",
        "a/b;q=",
        "a/b;q=nan",
        "*/*;q=1e5",
        "*/*;q=-1",
        "text/turtle;q=0.0000001",
    ),
    *(
        "application/json; charset=\xff",
        "text/csv\t,\ttext/turtle",
        '*/*;x="',
        "*/*;q=0.5;q=0.1",
        "\xa0/\xa0",
        "T\xc9XT/CSV",
    ),
)


def _accept(random: Random) -> str:
    header = ",".join(random.choice(_ACCEPTS) for _ in range(random.randrange(1, 4)))
    return header * random.choice((1, 1, 1, 50, 2_000))


_TYPES = (
    *("application/sparql-query", "application/x-www-form-urlencoded", "application/sparql-update", "text/plain", ""),
    *("application/sparql-query; charset=utf-8", "application/sparql-query; charset=utf-16", "multipart/form-data"),
    *(
        "multipart/form-data; boundary=" + "-" * 70,
        "application/json",
        "*/*",
        ";",
        "application/sparql-query; charset=\xff",
    ),
)


def _request(
    method: str, target: bytes, body: bytes = b"", *headers: tuple[str, str], length: int | None = None
) -> bytes:
    lines = [method.encode() + b" " + target + b" HTTP/1.1", b"Host: localhost", b"Connection: close"]
    lines += [f"{name}: {value}".encode("latin-1", "replace") for name, value in headers]
    if body or length is not None:
        lines.append(f"Content-Length: {len(body) if length is None else length}".encode())
    return b"\r\n".join([*lines, b"", body])


def _ask(random: Random, query: str, kind: str) -> Sent:
    """Send a query in one of the ways there are, as the protocol has it or nearly."""
    accept = ("Accept", _accept(random))
    match random.randrange(4):
        case 0:
            target = b"/sparql?query=" + quote(query).encode()[:60_000]
            return Sent(kind, _request(random.choice(("GET", "GET", "HEAD")), target, b"", accept))
        case 1:
            body = b"query=" + quote(query).encode()
            return Sent(kind, _request("POST", b"/sparql", body, accept, ("Content-Type", _TYPES[1])))
        case 2:
            kind_of_body = ("Content-Type", random.choice(_TYPES))
            method = random.choice(("POST", "QUERY", "PUT", "DELETE", "PATCH", "OPTIONS"))
            return Sent(kind, _request(method, b"/sparql", query.encode("utf-8", "replace"), accept, kind_of_body))
        case _:
            body = query.encode("utf-8", "replace")
            return Sent(kind, _request("POST", b"/sparql", body, accept, ("Content-Type", _TYPES[0])))


def _odd_encoding(random: Random) -> Sent:
    """Send percent-encodings that are none, or none of UTF-8."""
    odd = (
        b"%",
        b"%2",
        b"%zz",
        b"%00",
        b"%ff",
        b"%c3%28",
        b"%ed%a0%80",
        b"%u0041",
        b"+",
        b"%2B",
        b"&",
        b"=",
        b";",
        b"%f0%9f%92%a5",
    )
    text = quote(random.choice(corpus())).encode()[:5_000]
    for _ in range(random.randrange(1, 6)):
        at = random.randrange(len(text) + 1)
        text = text[:at] + random.choice(odd) + text[at:]
    names = (b"query=", b"default-graph-uri=", b"named-graph-uri=", b"Query=", b"query", b"=", b"update=", b"")
    text = b"&".join(random.choice(names) + text for _ in range(random.choice((1, 1, 2, 40))))[:60_000]
    if random.random() < 0.5:
        return Sent("encoding", _request("GET", b"/sparql?" + text))
    return Sent("encoding", _request("POST", b"/sparql", text, ("Content-Type", _TYPES[1])))


def _bad_utf8(random: Random) -> Sent:
    """Send a query with bytes that are no UTF-8, or random bytes, as a body."""
    body = bytearray(random.choice(corpus()).encode())
    if random.random() < 0.3:
        body = bytearray(random.randbytes(random.choice((1, 100, 10_000))))
    for _ in range(random.randrange(1, 5)):
        body[random.randrange(len(body) + 1) : 0] = random.choice(
            (b"\xff", b"\xc3", b"\xed\xa0\x80", b"\xf8", b"\x80", b"\0")
        )
    headers = [("Content-Type", random.choice(_TYPES)), ("Accept", _accept(random))]
    if random.random() < 0.2:
        headers.append(("Content-Encoding", random.choice(("gzip", "br", "deflate", "x"))))
    return Sent("bytes", _request("POST", b"/sparql", bytes(body), *headers))


_PATHS = (
    *(
        b"/",
        b"/sparql",
        b"/sparql/",
        b"//sparql",
        b"/sparql%00",
        b"/%73parql",
        b"/query/partners.csv",
        b"/query/..%2f..%2fetc",
    ),
    *(
        b"/query/partners?x=%ff",
        b"/query/entity.nt?entity=urn:x%20y",
        b"/query/%00.json",
        b"/.well-known/void",
        b"/metrics",
    ),
    *(
        b"/data?graph=%00",
        b"/data?default",
        b"/readyz",
        b"/openapi.json",
        b"/static/../../etc/passwd",
        b"/" + b"a" * 9_000,
        b"*",
    ),
)


def _elsewhere(random: Random) -> Sent:
    """Send requests to other addresses, and with header fields that are not as they should be."""
    method = random.choice(("GET", "GET", "HEAD", "POST", "OPTIONS", "TRACE", "PROPFIND", "get"))
    names = (
        "If-None-Match",
        "Accept-Encoding",
        "Accept-Language",
        "Range",
        "Origin",
        "X-Forwarded-Prefix",
        "Cookie",
        "Expect",
    )
    values = ("*", "", "gzip;q=x, br;q=-1", '"' * 500, "bytes=0-", "\xff\xfe", "en;q=", "../" * 100, "a=b; " * 500)
    headers = [(random.choice(names), random.choice(values)) for _ in range(random.randrange(4))]
    if any(name == "Expect" for name, _ in headers):  # the answer may be 417, and the server's own
        return Sent("garbage", _request(method, random.choice(_PATHS), b"", *headers), is_http=False)
    return Sent("elsewhere", _request(method, random.choice(_PATHS), b"", *headers))


def _garbage(random: Random) -> Sent:
    """Send what is no HTTP, or breaks its rules."""
    query = quote(random.choice(corpus())).encode()[:2_000]
    good = _request("GET", b"/sparql?query=" + query)
    chunked = b"POST /sparql HTTP/1.1\r\nHost: x\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n"
    data = random.choice(
        (
            random.randbytes(random.choice((1, 100, 50_000))),
            good[: random.randrange(len(good))],
            good.replace(b"\r\n", b"\n"),
            good.replace(b"HTTP/1.1", random.choice((b"HTTP/9.9", b"HTTP/0.9", b"HTTP/2", b"", b"ICY"))),
            good.replace(b"Host", b"Ho st"),
            _request(
                "POST", b"/sparql", b"ASK {}", ("Content-Type", _TYPES[0]), length=random.choice((0, 3, 10**15, -1))
            ),
            chunked + b"Content-Type: application/sparql-query\r\n\r\n6\r\nASK {}\r\n0\r\n\r\n",
            chunked + b"Content-Length: 6\r\n\r\n6\r\nASK {}\r\n0\r\n\r\n",
            chunked + b"\r\nffffffffffffffff\r\nASK {}\r\n",
            chunked + b"\r\n-1\r\nASK\r\n",
            b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + random.randbytes(200),
            b"GET /sparql?query=ASK%7B%7D HTTP/1.1\r\nHost: x\r\n" + b"X-A: b\r\n" * 5_000 + b"\r\n",
            b"GET /sparql?" + b"query=" * 40_000 + b" HTTP/1.1\r\n\r\n",
            good * 20,
        )
    )
    return Sent("garbage", data, is_http=False)


_KINDS: tuple[tuple[int, Callable[[Random], Sent]], ...] = (
    (50, lambda random: _ask(random, mutated(random), "mutated")),
    (8, lambda random: _ask(random, large(random), "large")),
    (8, lambda random: _ask(random, nested(random), "nested")),
    (2, lambda random: _ask(random, bomb(random), "bomb")),
    (10, _odd_encoding),
    (8, _bad_utf8),
    (8, _elsewhere),
    (6, _garbage),
)


def make(number: int) -> Sent:
    """Return a request, made from the seed and its number alone."""
    random = Random(f"{_SEED}-{number}")  # noqa: S311 - repeatable, not secret
    (kind,) = random.choices([kind for _, kind in _KINDS], [weight for weight, _ in _KINDS])
    return kind(random)
