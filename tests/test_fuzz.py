"""Whatever bytes come in, the service answers in time, blames itself for nothing, and goes on serving.

A run takes 20 seconds; `ALLIANCE_GRAPH_FUZZ=full` sends 10,000 requests. Each request is made from
the seed and its number alone, so a failure can be sent again: `send_again(service, number)`.
"""

from __future__ import annotations

import http.client
import itertools
import json
import os
import socket
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cache
from random import Random
from urllib.parse import quote

import pytest

from alliance_graph.dataset.release import Release
from alliance_graph.engine.tokens import TOKEN
from conftest import REPOSITORY, SHARED
from processes import SLACK_SECONDS, Service, running, until

_SEED = "alliance-graph"
_FULL = os.environ.get("ALLIANCE_GRAPH_FUZZ") == "full"
_REQUESTS = 10_000
_SHORT_RUN_SECONDS = 20
_CLIENTS = 4
_DEADLINE = 1.0
_SLOW = "took"


@dataclass(frozen=True)
class Sent:
    """A request, as bytes."""

    kind: str
    data: bytes
    is_http: bool = True
    """Whether the bytes are a request at all, so that an answer is owed."""


@dataclass(frozen=True)
class Got:
    """What came back; status 0 when the connection was closed without an answer."""

    status: int
    headers: dict[str, str]
    body: bytes
    seconds: float


@cache
def _corpus() -> tuple[str, ...]:
    """Return the ready queries and, where they are, those of the W3C suites."""
    suites = SHARED / "conformance" / "rdf-tests" / "sparql"
    files = [*REPOSITORY.glob("queries/*.rq"), *(suites.rglob("*.rq") if suites.is_dir() else ())]
    texts = [file.read_bytes().decode("utf-8", "replace") for file in sorted(files)]
    return tuple(text for text in texts if len(text) < 20_000)


@cache
def _tokens_of(text: str) -> tuple[str, ...]:
    return tuple(token[0] for token in TOKEN.finditer(text))


_SPICES = (
    *("SELECT", "ASK {", "CONSTRUCT WHERE {", "DESCRIBE *", "{", "}", "(", ")", "[", "]", "<<", ">>", "{|", "|}"),
    *("UNION", "OPTIONAL {", "MINUS {", "FILTER", "EXISTS {", "GRAPH ?g {", "VALUES ?x {", "BIND(", "AS ?x", "SERVICE"),
    *("GROUP BY ?s", "HAVING (COUNT(*) > 1)", "ORDER BY DESC(?s)", "LIMIT 999999999999999999999", "OFFSET -1"),
    *(
        "99999999999999999999",
        "1e999",
        "-0",
        ".5.5",
        "'",
        '"""',
        "'''",
        "\\",
        "\\uD800",
        "\\U00110000",
        "%",
        "@en--ltr",
    ),
    *(
        "?",
        "$",
        "_:",
        "<",
        "<urn:x>",
        "<>",
        "a:",
        ":",
        "^",
        "*",
        "+",
        "/",
        "|",
        "!",
        "||",
        "&&",
        ";",
        ",",
        ".",
        "#",
        "\n",
    ),
    *("\0", "\ufeff", "\u2028", "\U0001f4a5", "مغرب", "e\u0301", "\x7f", "\ufffe"),
    *("REGEX(?s, '(a*)*$')", "REPLACE('x', '(((((((.*)*)*)*)*)*)*)*', '$9')", "STRDT('x', ?p)", "IRI('\\n')", "RAND()"),
    *("<http://www.w3.org/2001/XMLSchema#dateTime>('9999999999-99-99T99:99:99Z')", "SUBSTR('x', -1e300, 1e300)"),
    *("(<urn:p>|!<urn:p>)*", "COUNT(DISTINCT *)", "GROUP_CONCAT(?s; SEPARATOR='')", "SELECT * { ?s ?p ?o }"),
)


def _mutated(random: Random) -> str:
    """Return a query with tokens left out, doubled, swapped, or put in from elsewhere."""
    tokens = [*_tokens_of(random.choice(_corpus()))]
    for _ in range(random.choice((0, 1, 1, 2, 3, 8))):
        at = random.randrange(len(tokens) + 1)
        match random.randrange(6):
            case 0:
                del tokens[at : at + random.randrange(1, 4)]
            case 1:
                tokens[at:at] = tokens[at : at + random.randrange(1, 12)] * random.choice((1, 2, 50))
            case 2:
                tokens.insert(at, random.choice(_SPICES))
            case 3:
                tokens[at : at + 1] = [random.choice(_SPICES)]
            case 4:
                other = _tokens_of(random.choice(_corpus()))
                tokens[at:] = other[random.randrange(len(other)) :]
            case _:
                random.shuffle(tokens[at : at + 6])
    return "".join(tokens)[:120_000]


def _large(random: Random) -> str:
    """Return something repeated until the query is long, or the answer large."""
    number = random.choice((30, 79, 200, 3_000, 30_000))
    unit = random.choice(
        (
            *(
                "?s ?p ?o . ",
                "?s%d ?p%d ?o%d . ",
                "{ ?s ?p ?o%d } UNION ",
                "OPTIONAL { ?s ?p ?o%d } ",
                "FILTER(?s != %d) ",
            ),
            *(
                "BIND(CONCAT(STR(?s), '%d') AS ?x%d) ",
                "MINUS { ?s ?p %d } ",
                "VALUES ?x%d { 1 2 3 } ",
                "?s <urn:p>* ?x%d . ",
            ),
            *("{ SELECT * { ?s%d ?p ?o } } ", "FILTER EXISTS { ?s ?p%d ?o } ", "?s (<urn:a>/<urn:b>) ?x%d . ", "'%d' "),
        )
    )
    many = "".join(unit.replace("%d", str(i)) for i in range(number))
    start = random.choice(("ASK", "SELECT *", "SELECT (COUNT(*) AS ?n)", "CONSTRUCT { ?s ?p ?o }", "DESCRIBE ?s"))
    return f"{start} {{ ?s ?p ?o . {many} {{}} }}"[: random.choice((90_000, 110_000))]


def _nested(random: Random) -> str:
    """Return a query with brackets in brackets, closed or not."""
    opening, closing = random.choice(
        (
            *(
                ("{", "}"),
                ("{ SELECT (COUNT(*) AS ?n) {", "}}"),
                ("FILTER EXISTS {", "}"),
                ("?s ?p ?o OPTIONAL {", "}"),
            ),
            *(
                ("FILTER(", ")"),
                ("?s ?p [ ?p ", "]"),
                ("?s ?p (", ")"),
                ("?s ?p << ?s ?p ", ">>"),
                ("BIND(STR(", ") AS ?x)"),
            ),
            *(
                ("{} UNION {", "}"),
                ("MINUS {", "}"),
                ("GRAPH ?g {", "}"),
                ("?s ^(", ")"),
                ("FILTER(!", ")"),
                ("FILTER(1+(", "))"),
            ),
        )
    )
    depth = random.choice((5, 60, 127, 129, 1_000, 20_000))
    return f"ASK {{ {opening * depth} {random.choice(('', '1', '?s ?p ?o'))} {closing * random.choice((depth, depth - 1, 0))} }}"[
        :100_000
    ]


def _bomb(random: Random) -> str:
    """Return a query that is cheap to read and dear to answer."""
    return (
        random.choice(
            (
                "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i }",
                "SELECT * { ?a ?b ?c . ?d ?e ?f } ORDER BY ?f ?c",
                "SELECT * { ?a ?b ?c . ?d ?e ?f }",
                "SELECT ?x30 { BIND('x' AS ?x0) "
                + " ".join(f"BIND(CONCAT(?x{i},?x{i}) AS ?x{i + 1})" for i in range(30))
                + " }",
                "SELECT * { ?a ?b ?c . ?d ?e ?f FILTER(REGEX(STR(?c), CONCAT('(', STR(?f), '.*)*$'))) }",
                "SELECT * { ?a (<urn:x>|!<urn:x>)* ?b }",
                "CONSTRUCT { ?a ?e ?f } { ?a ?b ?c . ?d ?e ?f }",
            )
        )
        + f" # {random.random()}"
    )


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
    text = quote(random.choice(_corpus())).encode()[:5_000]
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
    body = bytearray(random.choice(_corpus()).encode())
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
    query = quote(random.choice(_corpus())).encode()[:2_000]
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
    (50, lambda random: _ask(random, _mutated(random), "mutated")),
    (8, lambda random: _ask(random, _large(random), "large")),
    (8, lambda random: _ask(random, _nested(random), "nested")),
    (2, lambda random: _ask(random, _bomb(random), "bomb")),
    (10, _odd_encoding),
    (8, _bad_utf8),
    (8, _elsewhere),
    (6, _garbage),
)


def _make(number: int) -> Sent:
    random = Random(f"{_SEED}-{number}")  # noqa: S311 - repeatable, not secret
    (make,) = random.choices([make for _, make in _KINDS], [weight for weight, _ in _KINDS])
    return make(random)


def _exchange(port: int, sent: Sent) -> Got:
    """Send a request on a connection of its own and read whatever comes back."""
    started = time.monotonic()
    with socket.create_connection(("127.0.0.1", port), timeout=_DEADLINE + 10) as connection:
        try:
            connection.sendall(sent.data)
            if not sent.is_http:
                connection.shutdown(socket.SHUT_WR)
        except OSError:  # refused while it was being sent; the answer, if there is one, says why
            pass
        method = sent.data.split(b" ", 1)[0].decode("latin-1") if sent.is_http else None
        response = http.client.HTTPResponse(connection, method=method)
        try:
            response.begin()
            headers = {name.lower(): value for name, value in response.getheaders()}
            return Got(response.status, headers, response.read(), time.monotonic() - started)
        except (http.client.HTTPException, ConnectionError):
            return Got(0, {}, b"", time.monotonic() - started)
        finally:
            response.close()


def _complaint(sent: Sent, got: Got) -> str | None:
    """Return what is wrong with an answer, or None."""
    if got.seconds > _DEADLINE + SLACK_SECONDS:
        return f"{_SLOW} {got.seconds:.1f} s"
    if got.status == 0:
        return "no answer" if sent.is_http else None
    if got.status >= 500 and got.status != 503:
        return f"status {got.status}: {got.body[:300]!r}"
    if got.status >= 400 and sent.is_http and not sent.data.startswith(b"HEAD"):
        if got.headers.get("content-type") != "application/problem+json":
            return f"status {got.status} without a problem document: {got.headers}"
        document = json.loads(got.body)
        if document.get("status") != got.status or not document.get("detail"):
            return f"status {got.status} with a poor problem document: {document}"
    return None


@pytest.fixture(scope="module")
def service(release: Release, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    log = tmp_path_factory.mktemp("log") / "service.log"
    limits = {"seconds": _DEADLINE, "memory_mebibytes": 200, "answer_mebibytes": 2, "long_queries": 4}
    with running(log, "--release", release.folder, **limits) as found:
        yield found


def send_again(service: Service, number: int) -> Got:
    """Send one of the requests, to look at what comes back."""
    return _exchange(service.port, _make(number))


def test_no_bytes_hurt_the_service(service: Service, capsys: pytest.CaptureFixture[str]) -> None:
    front, host = service.front.pid, service.host.pid
    numbers = iter(range(_REQUESTS))
    lock = threading.Lock()
    end = float("inf") if _FULL else time.monotonic() + _SHORT_RUN_SECONDS
    seen: Counter[tuple[str, int]] = Counter()
    slowest: list[tuple[float, int]] = []
    complaints: dict[int, str] = {}

    def client() -> None:
        while time.monotonic() < end:
            with lock:
                number = next(numbers, None)
            if number is None:
                return
            sent = _make(number)
            got = _exchange(service.port, sent)
            complaint = _complaint(sent, got)
            with lock:
                seen[sent.kind, got.status] += 1
                slowest.append((got.seconds, number))
                if complaint is not None:
                    complaints[number] = f"{sent.kind} {complaint}\n    {sent.data[:500]!r}"

    with ThreadPoolExecutor(_CLIENTS) as clients:
        for done in [clients.submit(client) for _ in range(_CLIENTS)]:
            done.result()
    if _FULL:
        with capsys.disabled():
            _tell(seen, slowest)
    for number, complaint in [*complaints.items()]:  # it may have been the machine that had no time
        if (
            complaint.partition(" ")[2].startswith(_SLOW)
            and _complaint(_make(number), send_again(service, number)) is None
        ):
            del complaints[number]
    told = [f"request {number}: {complaint}" for number, complaint in complaints.items()]
    assert not complaints, f"{len(complaints)} of {seen.total()}:\n" + "\n".join(told[:10])
    assert seen.total() > 300
    assert (service.front.pid, service.host.pid) == (front, host)
    until(lambda: not [p for p in service.family if p.state == "Z"], 2, lambda: f"zombies: {service.family}")
    assert service.front.resident_mebibytes < 300
    assert service.ask("ASK { ?s ?p ?o }").json()["boolean"] is True


def _tell(seen: Counter[tuple[str, int]], slowest: list[tuple[float, int]]) -> None:
    lines = [f"\n{seen.total()} requests; slowest {max(slowest)[0]:.2f} s (request {max(slowest)[1]})"]
    for kind, group in itertools.groupby(sorted(seen.items()), key=lambda item: item[0][0]):
        lines.append(f"{kind:>10}: " + ", ".join(f"{status} × {number}" for (_, status), number in group))
    print("\n".join(lines))  # noqa: T201 - asked for


def test_the_requests_are_the_same_in_every_run() -> None:
    assert [_make(number) for number in range(200)] == [_make(number) for number in range(200)]
