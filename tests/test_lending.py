"""A client that asks one easy query after the other is answered by a worker itself, and notices nothing but the speed."""

from __future__ import annotations

import hashlib
import json
import os
import signal
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from random import Random

import pytest

from bombs import CARTESIAN, GREEDY, LARGE
from bytewise import Client, busy, counted, get, post
from loans import ask_easy, borrowers, connected, is_free, lend, numbers
from odd_queries import mutated
from processes import Service, running, until

_LIMITS = {"seconds": 3, "memory_mebibytes": 200, "answer_mebibytes": 2}

_LONGEST_ADDRESS = 60_000
"""A longer one ends the connection (414)."""

Response = tuple[int, dict[str, str], bytes]
"""Status, header fields and body."""


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("data") / "chain.trig"
    file.write_text(
        "".join(f'<urn:n{i}> <urn:next> <urn:n{i + 1}> ; <urn:l> "é{i}" .\n' for i in range(2500))
        + "<urn:g> { <urn:a> <urn:b> <urn:c> }"
    )
    return file


@pytest.fixture(scope="module")
def service(data: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    with running(tmp_path_factory.mktemp("log") / "log", "--dataset", data, **_LIMITS) as found:
        yield found


@pytest.fixture(scope="module")
def other(data: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """A service of which nobody asks more than a query."""
    with running(tmp_path_factory.mktemp("log") / "log", "--dataset", data, **_LIMITS) as found:
        yield found


@pytest.fixture
def client(service: Service) -> Iterator[Client]:
    with connected(service) as found:
        yield found


_ROWS = "SELECT ?s ?l { ?s <urn:l> ?l } ORDER BY ?s LIMIT "
_REQUESTS = {
    "json": get(_ROWS + "5"),
    "xml": get(_ROWS + "5", "Accept: application/sparql-results+xml"),
    "csv": get(_ROWS + "5", "Accept: text/csv"),
    "tsv": get(_ROWS + "5", "Accept: text/tab-separated-values"),
    "boolean": get("ASK { <urn:n1> ?p 'no' }"),
    "turtle": get("CONSTRUCT { ?s <urn:x> ?l } { ?s <urn:l> ?l } LIMIT 3", "Accept: text/turtle"),
    "rdf/xml": get("CONSTRUCT { <urn:s> <urn:x#y> 'é' } {}", "Accept: application/rdf+xml"),
    "json-ld": get("CONSTRUCT { <urn:s> <urn:x#y> 'é' } {}", "Accept: application/ld+json"),
    "describe": get("DESCRIBE <urn:n7>", "Accept: application/n-triples"),
    "graph": get("ASK { <urn:a> ?b ?c }").replace(b" HTTP", b"&default-graph-uri=urn%3Ag HTTP", 1),
    "a form's blanks": get("ASK { ?a ?b 'c d' }").replace(b"%20", b"+"),
    "not ascii": get("ASK { ?s ?p 'é7', 'é8' }", "Accept-Language: ar"),
    "a character as its number": get("ASK { ?s ?p '\\u00e97' }"),
    "brotli": get(_ROWS + "200", "Accept-Encoding: br, gzip"),
    "gzip": get(_ROWS + "201", "Accept-Encoding: gzip"),
    "not modified": get("ASK { # etag\n}", "If-None-Match: *"),
    "large": get(_ROWS + "2000"),
    "larger": get(_ROWS + "2400 # larger", "Accept: application/sparql-results+xml"),
    "long": get("ASK {} # " + "x" * 12_000),
    "too long for it": get("ASK {} # " + "x" * 20_000),
    "syntax": get("SELECT nothing"),
    "update": get("INSERT DATA { <urn:a> <urn:b> <urn:c> }"),
    "service": get("ASK { SERVICE <http://127.0.0.1:9/> { ?s ?p ?o } }"),
    "too complex": get("ASK {" + "{" * 500 + "}" * 501),
    "not acceptable": get("ASK {}", "Accept: image/png"),
    "unknown function": get("SELECT (<urn:f>(1) AS ?x) {}"),
    "no query": get("").replace(b"?query=", b""),
    "two queries": get("ASK {}&query=ASK {}").replace(b"%26query%3D", b"&query="),
    "not utf-8": get("ASK {}").replace(b"ASK", b"%ff"),
    "post": post(b"ASK { # posted\n}"),
    "head": get("ASK {}", method="HEAD"),
    "another address": get("").replace(b"/sparql?query=", b"/healthz"),
    "no such address": get("").replace(b"/sparql?query=", b"/nothing"),
}
_CHANGING = ("date", "server-timing")


_LEFT = frozenset(("two queries", "too long for it", "syntax", "update", "service", "too complex", "not acceptable"))
_LEFT |= {"larger", "unknown function", "no query", "not utf-8", "post", "head", "another address", "no such address"}
"""What is left to the service."""


def test_what_a_field_has_is_never_kept_as_the_answer_to_the_query(service: Service, client: Client) -> None:
    query = f"SELECT ?s {{ ?s <urn:next> <urn:n7> }} # {next(numbers)}"
    address = get(query).partition(b"?")[2].partition(b" ")[0]

    def disguised(inner: bytes) -> bytes:
        """Return the request for the query, with what looks like another in a field."""
        accept = b"Accept: application/sparql-results+json,x/y?query=" + inner + b",c/d;e=" + b"f" * len(address)
        return b"GET /sparql?x=1&" + address + b" HTTP/1.1\r\nHost: localhost\r\n" + accept + b"\r\n\r\n"

    lend(service, client)
    for inner in (b"a", b"SELECT%20(%22no%22%20AS%20%3Fs)%7B%7D%23", b"b"):
        client.send(disguised(inner))
        assert b"urn:n6" in client.response()[2]
    until(lambda: is_free(service), 10)
    with ExitStack() as stack:
        another = Client(service, stack)
        another.send(get(query, "Accept: application/sparql-results+json"))
        assert b"urn:n6" in another.response()[2]


@pytest.mark.parametrize("name", _REQUESTS)
def test_an_answer_is_the_same_whoever_gives_it(service: Service, other: Service, name: str) -> None:
    """By a worker where it can; on a machine that stands still for a moment, not at the first time."""
    for _ in range(5):
        given, is_still_lent = _ask_lent(service, name)
        if is_still_lent == (name not in _LEFT):
            break
    else:
        pytest.fail("it is left to the service" if name not in _LEFT else "it is not left to the service")
    with ExitStack() as stack:
        client = Client(other, stack)
        client.send(_REQUESTS[name])
        assert _without_change(client.response(head=name == "head")) == given
        ask_easy(client, 1)


def _ask_lent(service: Service, name: str) -> tuple[Response, bool]:
    """Ask on a connection that is lent; return the response, and whether the connection is lent after it."""
    with ExitStack() as stack:
        client = Client(service, stack)
        worker = lend(service, client)
        client.send(_REQUESTS[name])
        response = client.response(head=name == "head")
        is_still_lent = bool(borrowers(service))
        assert worker.pid in {w.pid for w in service.workers}, "the worker ended"
        ask_easy(client, 1)
    until(lambda: is_free(service), 5)
    return _without_change(response), is_still_lent


def _without_change(response: Response) -> Response:
    """Return a response without what is another each time."""
    status, fields, body = response
    return status, {name: value for name, value in fields.items() if name not in _CHANGING}, body


def test_torn_queries_get_the_same_answers_too(service: Service, other: Service, client: Client) -> None:
    random = Random("lending")  # noqa: S311 - no secret
    queries = [f"{mutated(random)} # {number}" for number in range(400)]
    for query in (query for query in queries if len(get(query)) < _LONGEST_ADDRESS):
        ask_easy(client, 5)
        found = []
        with ExitStack() as stack:
            for asked in (client, Client(other, stack)):
                asked.send(get(query))
                status, fields, _ = asked.response()
                found.append((status, fields["content-type"]))
        assert found[0] == found[1] or {found[0][0], found[1][0]} <= {200, 413, 503}, query


def test_what_was_answered_is_kept_for_all(service: Service, client: Client) -> None:
    lend(service, client)
    request = get(f"SELECT ?l {{ <urn:n3> <urn:l> ?l }} # {next(numbers)}", "Accept: text/csv")
    client.send(request)
    first = client.response()

    def is_kept() -> bool:
        with ExitStack() as stack:
            another = Client(service, stack)
            another.send(request)
            status, fields, body = another.response()
            assert (status, fields["etag"], body) == (first[0], first[1]["etag"], first[2])
            return fields["server-timing"] == "cache;desc=hit"

    until(is_kept, 5)


def test_what_is_asked_again_is_not_computed_again(service: Service, client: Client) -> None:
    lend(service, client)
    request = get(f"ASK {{ # {next(numbers)}\n}}")
    answers = []
    for _ in range(3):
        client.send(request)
        answers.append(client.response())
    assert len({(status, fields["etag"], body) for status, fields, body in answers}) == 1
    assert [fields["server-timing"] for _, fields, _ in answers[1:]] == ["cache;desc=hit"] * 2
    assert lend(service, client)


def test_every_request_is_counted(service: Service, client: Client) -> None:
    asked, took = 'alliance_graph_requests_total{route="/sparql",status="200"}', "alliance_graph_query_seconds_count"
    lend(service, client)
    time.sleep(0.5)
    before = counted(service, asked), counted(service, took)
    ask_easy(client, 500)
    until(lambda: (counted(service, asked) - before[0], counted(service, took) - before[1]) == (500, 500), 5)


def test_every_request_is_in_the_log(data: Path, tmp_path: Path) -> None:
    with running(tmp_path / "log", "--dataset", data, "--log", "requests") as service, ExitStack() as stack:
        client = Client(service, stack)
        lend(service, client)
        queries = [f"ASK {{ # logged {number}\n}}" for number in range(100)]
        for query in queries:
            client.send(get(query))
            client.response()
    lines = [json.loads(line) for line in (tmp_path / "log").read_text().splitlines() if line.startswith("{")]
    digests = [hashlib.sha256(query.encode()).hexdigest()[:16] for query in queries]
    asked = [line for line in lines if line.get("query") in digests]
    assert [line["query"] for line in asked] == digests
    assert {(line["client"], line["method"], line["path"], line["status"]) for line in asked} == {
        ("127.0.0.1", "GET", "/sparql", 200)
    }
    assert all(0 < line["ms"] < 1000 for line in asked)


_HOPELESS = {
    "time": (CARTESIAN, 503, "timeout"),
    "memory": (GREEDY["doubling"], 503, "out-of-memory"),
    "size": (LARGE["rows"], 413, "answer-too-large"),
}


@pytest.mark.parametrize("name", _HOPELESS)
def test_a_query_that_goes_too_far_is_told_so(service: Service, client: Client, name: str) -> None:
    query, status, kind = _HOPELESS[name]
    lend(service, client)
    started = time.monotonic()
    client.send(get(query))
    found, _, body = client.response()
    assert (found, json.loads(body)["type"].rpartition("/")[2]) == (status, kind)
    assert time.monotonic() - started < service.seconds + 1.5
    ask_easy(client)


@pytest.mark.parametrize("number", [150, 600, 1200], ids=["soon", "later", "late"])
def test_a_query_that_takes_its_time_gets_it(service: Service, client: Client, number: int) -> None:
    for turn in range(2):
        lend(service, client)
        client.send(get(busy(number, f"turn{turn}"), "Accept: text/csv"))
        assert client.response()[2].split() == [b"turn%d" % turn, b"%d" % number**2]
        until(lambda: is_free(service), 5)
        ask_easy(client, 100)


def test_requests_sent_at_once_are_answered_in_their_order(service: Service, client: Client) -> None:
    lend(service, client)
    queries = [f"SELECT ({i} AS ?x) {{}} # {next(numbers)}" for i in (1, 2, 3)]
    client.send(b"".join(get(query, "Accept: text/csv") for query in queries))
    assert [int(client.response()[2].split()[1]) for _ in queries] == [1, 2, 3]


def test_a_request_that_comes_in_pieces_is_one(service: Service, client: Client) -> None:
    for at in (1, 30, -1):
        lend(service, client)
        whole = get(f"ASK {{ # {next(numbers)}\n}}")
        client.send(whole[:at])
        time.sleep(0.05)
        client.send(whole[at:])
        assert client.response()[0] == 200


def test_a_large_answer_that_is_taken_slowly_arrives_whole(service: Service, client: Client) -> None:
    requests = [get(f"{_ROWS}1700 # {next(numbers)}", "Accept: application/sparql-results+xml") for _ in range(40)]
    lend(service, client)
    for request in requests:  # more than the system's own buffers take
        client.send(request)
        time.sleep(0.01)
    answers = [client.response() for _ in requests]
    assert {status for status, _, _ in answers} == {200}
    assert len({body for _, _, body in answers}) == 1
    assert answers[0][2].endswith(b"</sparql>")


def test_a_connection_that_is_silent_comes_back(service: Service, client: Client) -> None:
    worker = lend(service, client)
    until(lambda: is_free(service), 5)
    assert worker.pid in {w.pid for w in service.workers}
    ask_easy(client)


def test_a_client_that_leaves_leaves_nothing_behind(service: Service) -> None:
    for turn in range(20):
        with ExitStack() as stack:
            client = Client(service, stack)
            lend(service, client)
            if turn % 2:
                client.send(get(busy(300, f"left{turn}")))
        until(lambda: is_free(service), 5)
    until(lambda: service.front.descriptors < 30, 10, lambda: f"{service.front.descriptors} descriptors")


@pytest.mark.parametrize("asks", [False, True], ids=["idle", "at work"])
def test_a_worker_that_ends_takes_no_request_with_it(service: Service, client: Client, asks: bool) -> None:
    worker = lend(service, client)
    request = get(busy(250, f"lost{next(numbers)}"), "Accept: text/csv")
    if asks:
        os.kill(worker.pid, signal.SIGSTOP)
        client.send(request)
        time.sleep(0.1)
    os.kill(worker.pid, signal.SIGKILL)
    if not asks:
        client.send(request)
    assert client.response()[2].split()[1] == b"62500"
    ask_easy(client)


def test_who_waits_goes_first(data: Path, tmp_path: Path) -> None:
    limits = {"short_queries": 2, "long_queries": 1, "seconds": 20, "short_seconds": 5}
    with running(tmp_path / "log", "--dataset", data, **limits) as small, ExitStack() as stack:
        client = Client(small, stack)
        with ThreadPoolExecutor() as clients:
            lend(small, client)
            others = [clients.submit(small.ask, busy(900, f"other{i}")) for i in range(3)]
            until(lambda: is_free(small), 3, lambda: "it keeps its place while others wait")
            assert {other.result().status for other in others} == {200}
        ask_easy(client)


@pytest.mark.parametrize("number", [1, 200, 700, 1500])
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_what_was_asked_before_the_end_is_answered(data: Path, tmp_path: Path, number: int, method: str) -> None:
    with running(tmp_path / "log", "--dataset", data) as ending, ExitStack() as stack:
        client = Client(ending, stack)
        lend(ending, client)
        query = busy(number, "last")
        client.send(get(query, "Accept: text/csv") if method == "GET" else post(query.encode(), "Accept: text/csv"))
        time.sleep(0.005)
        ending.process.send_signal(signal.SIGTERM)
        assert client.response()[2].split() == [b"last", b"%d" % number**2]
        assert client.is_closed()


def test_a_worker_that_says_nothing_keeps_no_request(service: Service, client: Client) -> None:
    worker = lend(service, client)
    os.kill(worker.pid, signal.SIGSTOP)
    client.send(get(f"ASK {{ # {next(numbers)}\n}}"))
    assert client.response()[0] == 200
    until(lambda: worker.pid not in {w.pid for w in service.workers}, 5)
    ask_easy(client)


def test_several_clients_are_lent_at_once_and_each_gets_its_own_answers(service: Service) -> None:
    def ask(number: int) -> None:
        with ExitStack() as stack:
            client = Client(service, stack)
            for turn in range(300):
                client.send(get(f"SELECT ({number * 1000 + turn} AS ?x) {{}} # {next(numbers)}", "Accept: text/csv"))
                assert int(client.response()[2].split()[1]) == number * 1000 + turn

    for many in (2, 3, 12):
        with ThreadPoolExecutor(many) as clients:
            for _ in clients.map(ask, range(many)):
                pass
