"""One connection: what a client may do to it costs nobody else, and what repeats is answered as if it did not."""

from __future__ import annotations

import hashlib
import json
import signal
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from alliance_graph.web.repeats import LONGEST_REQUEST, Repeats
from bytewise import Client, busy, counted, get, one_triple, post
from processes import Service, running, until


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    folder = tmp_path_factory.mktemp("connection")
    with running(folder / "log", "--dataset", one_triple(folder)) as found:
        yield found


@pytest.fixture
def client(service: Service) -> Iterator[Client]:
    with ExitStack() as stack:
        yield Client(service, stack)


def _problem(response: tuple[int, dict[str, str], bytes]) -> str:
    status, fields, body = response
    assert fields["content-type"] == "application/problem+json"
    document = json.loads(body)
    assert document["status"] == status
    return str(document["type"]).rpartition("/")[2]


@pytest.mark.parametrize("request_bytes", [get("ASK {}"), post(b"ASK {}"), get("ASK {}", "If-None-Match: *")])
def test_a_request_repeated_byte_for_byte_gets_the_same_answer(client: Client, request_bytes: bytes) -> None:
    answers = []
    for _ in range(5):
        client.send(request_bytes)
        answers.append(client.response())
    assert len({(status, fields["etag"], body) for status, fields, body in answers}) == 1
    assert [fields.get("server-timing") for _, fields, _ in answers[1:]] == ["cache;desc=hit"] * 4


def test_a_repeated_answer_has_the_date_of_the_day(client: Client) -> None:
    dates = set()
    end = time.monotonic() + 2.5
    while time.monotonic() < end:
        client.send(get("ASK { # dated\n}"))
        dates.add(client.response()[1]["date"])
        time.sleep(0.01)
    assert len(dates) > 1


def test_repeated_requests_are_counted(service: Service, client: Client) -> None:
    asked = 'alliance_graph_requests_total{route="cache"'
    time.sleep(1.1)  # what was repeated before is counted by now
    before = counted(service, asked)
    for _ in range(50):
        client.send(get("ASK { # counted\n}"))
        client.response()
    until(lambda: counted(service, asked) - before == 49, 5)


def test_repeated_requests_are_in_the_log(tmp_path: Path) -> None:
    query = "ASK { # logged\n}"
    with (
        running(tmp_path / "log", "--dataset", one_triple(tmp_path), "--log", "requests") as service,
        ExitStack() as stack,
    ):
        client = Client(service, stack)
        for _ in range(50):
            client.send(get(query))
            client.response()
    lines = [json.loads(line) for line in (tmp_path / "log").read_text().splitlines() if line.startswith("{")]
    digest = hashlib.sha256(query.encode()).hexdigest()[:16]
    asked = [line for line in lines if line.get("query") == digest]
    assert sum(line.get("times", 1) for line in asked) == 50
    assert len(asked) < 10
    assert {line["client"] for line in asked} == {"127.0.0.1"}


@pytest.mark.parametrize(
    ("request_bytes", "kind"),
    [
        (get("SELECT nothing"), "query-syntax"),
        (get("ASK {}", "Accept: image/png"), "not-acceptable"),
        (get("SELECT nothing", "Accept: text/html").replace(b"/sparql?", b"/query?"), "query-syntax"),
        (get("").replace(b"/sparql?", b"/no-such-page?"), "not-found"),
        (post(b"#" * 200_000), "too-large"),
        (b"nonsense\r\n\r\n", "bad-request"),
    ],
    ids=["query", "format", "page", "address", "body", "no request"],
)
def test_problems_are_counted_by_kind(service: Service, client: Client, request_bytes: bytes, kind: str) -> None:
    """Whichever part of the service finds them."""
    name = f'alliance_graph_problems_total{{problem="{kind}"}}'
    before, before_all = counted(service, name), counted(service, "alliance_graph_problems_total")
    client.send(request_bytes)
    assert client.response()[0] >= 400
    assert counted(service, name) - before == counted(service, "alliance_graph_problems_total") - before_all == 1


def test_requests_sent_at_once_are_answered_in_their_order(client: Client) -> None:
    queries = [f"SELECT ({i} AS ?x) {{}}" for i in (1, 2, 2, 3, 1)]
    for _ in range(2):
        client.send(b"".join(get(query, "Accept: text/csv") for query in queries))
        assert [int(client.response()[2].split()[1]) for _ in queries] == [1, 2, 2, 3, 1]


@pytest.mark.parametrize("number", [1, 150, 600], ids=["at once", "soon", "later"])
def test_what_is_asked_before_the_answer_has_come_is_answered_after_it(client: Client, number: int) -> None:
    for turn in ("first", "second"):
        client.send(get(busy(number, turn), "Accept: text/csv"))
        time.sleep(0.002)
        client.send(get(f"SELECT (1 AS ?{turn}) {{}}", "Accept: text/csv"))
        client.send(get(f"SELECT (2 AS ?{turn}) {{}}", "Accept: text/csv")[:-2])
        answers = [client.response()[2].decode().split() for _ in range(2)]
        assert answers == [[turn, str(number**2)], [turn, "1"]]
        client.send(b"\r\n")
        assert client.response()[2].decode().split() == [turn, "2"]


def test_many_connections_ask_at_once(service: Service) -> None:
    """More than there are places for."""
    with ExitStack() as stack:
        clients = [Client(service, stack) for _ in range(40)]
        for turn in range(3):
            for number, client in enumerate(clients):
                client.send(get(busy(60 + number, f"turn{turn}"), "Accept: text/csv"))
            for number, client in enumerate(clients):
                assert client.response()[2].decode().split() == [f"turn{turn}", str((60 + number) ** 2)]
    until(lambda: service.ask("ASK {} # nobody waits").status == 200, 5)


def test_many_connections_ask_the_same_at_once(service: Service) -> None:
    """Whoever finds the answer kept meanwhile gives its place back, too."""
    with ExitStack() as stack:
        clients = [Client(service, stack) for _ in range(12)]
        for turn in range(8):
            for client in clients:
                client.send(get(busy(60, f"same{turn}"), "Accept: text/csv"))
            for client in clients:
                assert client.response()[2].decode().split() == [f"same{turn}", "3600"]
        clients[0].socket.settimeout(5)
        clients[0].send(get("ASK { # another\n}"))
        assert clients[0].response()[0] == 200


def test_clients_that_leave_before_their_answer_leave_nothing_behind(service: Service) -> None:
    for turn in range(20):
        with ExitStack() as stack:
            for number in range(20):
                Client(service, stack).send(get(busy(60 + 10 * number, f"left{turn}")))
    until(lambda: service.ask("ASK {} # somebody stays").status == 200, 5)
    until(lambda: service.front.descriptors < 100, 10)


def test_what_was_asked_before_the_end_is_answered(tmp_path: Path) -> None:
    for number in (200, 700):
        with running(tmp_path / "log", "--dataset", one_triple(tmp_path)) as ending, ExitStack() as stack:
            client = Client(ending, stack)
            client.send(get(busy(10, "warm")))
            client.response()
            client.send(get(busy(number, "last"), "Accept: text/csv"))
            time.sleep(0.01)
            ending.process.send_signal(signal.SIGTERM)
            status, _, body = client.response()
            assert (status, body.split()) == (200, [b"last", b"%d" % number**2])
            assert client.is_closed()


def test_a_request_that_comes_in_pieces_is_one(client: Client) -> None:
    whole = get("ASK { # whole\n}")
    for _ in range(2):
        client.send(whole)
        client.response()
    for at in (1, 30, len(whole) - 1):
        client.send(whole[:at])
        time.sleep(0.05)
        client.send(whole[at:])
        assert client.response()[0] == 200


def test_a_body_is_not_taken_for_a_request(client: Client) -> None:
    """Even one that the service refuses before it has read it to its end."""
    inner = get("ASK { # inner\n}")
    for _ in range(3):
        client.send(inner)
        client.response()
    client.send(post(b"#" * 200_000)[: -len(inner)])
    assert _problem(client.response()) == "too-large"
    client.send(inner)  # the last bytes of the body
    client.send(get("ASK { # after\n}"))
    assert client.response()[0] == 200
    client.socket.settimeout(0.5)
    with pytest.raises(TimeoutError):
        client.socket.recv(1)


def test_an_offer_of_another_protocol_is_passed_over(client: Client) -> None:
    head, body = post(b"query=ASK%7B%7D").split(b"\r\n\r\n")
    head = head.replace(b"application/sparql-query", b"application/x-www-form-urlencoded")
    client.send(head + b"\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\n\r\n" + body)
    assert client.response()[0] == 200


def test_head_is_answered_without_a_body_however_often_it_is_asked(client: Client) -> None:
    for _ in range(3):
        client.send(get("ASK {}", method="HEAD"))
        status, fields, body = client.response(head=True)
        assert (status, int(fields["content-length"]), body) == (200, 26, b"")


@pytest.mark.parametrize("request_bytes", [get("ASK {}", "Connection: close"), get("ASK {}").replace(b"1.1", b"1.0")])
def test_a_connection_that_is_to_be_closed_is(service: Service, request_bytes: bytes) -> None:
    for _ in range(2):
        with ExitStack() as stack:
            client = Client(service, stack)
            client.send(request_bytes)
            status, fields, _ = client.response()
            assert (status, fields["connection"]) == (200, "close")
            assert client.is_closed()


def test_a_client_that_asks_before_it_sends_is_told_to_go_on(client: Client) -> None:
    request = post(b"ASK {}", "Expect: 100-continue")
    client.send(request[:-6])
    assert client.socket.recv(100).startswith(b"HTTP/1.1 100 ")
    client.send(request[-6:])
    assert client.response()[0] == 200


@pytest.mark.parametrize(
    ("request_bytes", "status", "kind"),
    [
        (get("#" * 80_000), 414, "too-large"),
        (get("#" * 800_000), 431, "too-large"),
        (get("ASK {}", f"X: {'x' * 800_000}"), 431, "too-large"),
        (b"x" * 200_000, 400, "bad-request"),
        (b"nonsense\r\n\r\n", 400, "bad-request"),
        (get("ASK {}", "Content-Length: 1", "Transfer-Encoding: chunked"), 400, "bad-request"),
        (get("ASK {}", "no field"), 400, "bad-request"),
        (b"GET /sparql?query=ASK{} HTTP/1.1\r\nHost : x\r\n\r\n", 400, "bad-request"),
    ],
    ids=["address", "very long address", "field", "endless", "nonsense", "two lengths", "no field", "blank"],
)
def test_what_is_no_request_is_refused_with_the_reason(
    client: Client, request_bytes: bytes, status: int, kind: str
) -> None:
    client.send(request_bytes)
    response = client.response()
    assert (response[0], response[1]["connection"]) == (status, "close")
    assert _problem(response) == kind
    client.socket.settimeout(10)
    assert client.is_closed()


def test_who_sends_nothing_makes_room_for_who_does(service: Service, tmp_path: Path) -> None:
    with ExitStack() as stack:
        clients = [Client(service, stack) for _ in range(2_100)]
        clients[-1].send(get("ASK {}"))
        assert clients[-1].response()[0] == 200
        assert clients[0].is_closed()
        assert service.ask("ASK {} # one more").status == 200
    until(lambda: service.front.descriptors < 100, 5)


def test_what_may_be_repeated_is_bounded() -> None:
    repeats = Repeats()
    for i in range(10_000):
        repeats.put(b"%d" % i * 100, bytes(60_000), print)
    assert repeats.get(b"0" * 100) is not None
    kept = sum(repeats.get(b"%d" % i * 100) is not None for i in range(10_000))
    assert 10 < kept < 500
    repeats.clear()
    repeats.put(b"large", bytes(300_000), print)
    assert repeats.get(b"0" * 100) is repeats.get(b"large") is None


def test_a_request_that_is_too_long_to_be_looked_for_is_answered(client: Client) -> None:
    for _ in range(3):
        client.send(get(f"ASK {{}} # {'x' * LONGEST_REQUEST}"))
        assert client.response()[0] == 200
