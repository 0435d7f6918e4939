"""Several clients that ask easy queries share a worker: each gets its own answers, whatever the others do."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from random import Random
from typing import Any, cast

import pytest

from alliance_graph.engine import wire
from alliance_graph.engine.crew import Worker
from alliance_graph.engine.loans import Loan
from alliance_graph.web.lending import Ended, Lender, _Lending
from bombs import CARTESIAN
from bytewise import Client, busy, counted, get, post
from loans import ask_easy, borrowers, clients_of, is_free, numbers
from processes import Service, running, until

_MANY = 12
_LENT_TO = 2
"""To how many workers clients are lent at the most, of the four places for short queries."""


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    data = tmp_path_factory.mktemp("data") / "one.nt"
    data.write_text("".join(f"<urn:n{i}> <urn:next> <urn:n{i + 1}> .\n" for i in range(2500)))
    log = tmp_path_factory.mktemp("log") / "log"
    with running(log, "--dataset", data, seconds=10, short_queries=2 * _LENT_TO) as found:
        yield found


@pytest.fixture
def clients(service: Service) -> Iterator[list[Client]]:
    """Clients that are lent, all of them."""
    until(lambda: is_free(service), 10)
    with ExitStack() as stack:
        clients = [Client(service, stack) for _ in range(_MANY)]
        _ask_until(lambda: _lent(service) == _MANY, clients)
        assert len(borrowers(service)) <= _LENT_TO
        yield clients


def _lent(service: Service) -> int:
    return sum(map(clients_of, borrowers(service)))


def _ask_until(condition: Callable[[], bool], clients: list[Client]) -> None:
    """Have clients ask in turn until something is so, at the end of a turn."""
    deadline = time.monotonic() + 10
    while not condition():
        assert time.monotonic() < deadline, "it does not come about"
        for client in clients:
            ask_easy(client, 1)


def _ask_own(client: Client, number: int) -> None:
    """Ask what no other client asks, and look whether it is answered."""
    client.send(get(f"SELECT ({number} AS ?x) {{}} # {next(numbers)}", "Accept: text/csv"))
    assert int(client.response()[2].split()[1]) == number


def test_each_gets_its_own_answers(service: Service, clients: list[Client]) -> None:
    def ask(client: Client) -> None:
        for _ in range(200):
            _ask_own(client, next(numbers))

    asked = 'alliance_graph_requests_total{route="/sparql",status="200"}'
    time.sleep(0.5)
    before = counted(service, asked)
    with ThreadPoolExecutor(_MANY) as threads:
        list(threads.map(ask, clients))
    until(lambda: counted(service, asked) - before == _MANY * 200, 5)


def test_what_one_asks_of_the_service_takes_the_others_nothing(service: Service, clients: list[Client]) -> None:
    workers = {worker.pid for worker in borrowers(service)}
    for number, client in enumerate(clients[:3]):
        client.send(post(f"SELECT ({number} AS ?x) {{}}".encode(), "Accept: text/csv"))
        assert int(client.response()[2].split()[1]) == number
    until(lambda: _lent(service) == _MANY - 3, 0.9)
    for client in clients:
        _ask_own(client, next(numbers))
    assert {worker.pid for worker in borrowers(service)} == workers


def test_one_that_leaves_takes_the_others_nothing(service: Service, clients: list[Client]) -> None:
    for client in clients[::2]:
        client.socket.close()
    until(lambda: _lent(service) == _MANY // 2, 0.9)
    for client in clients[1::2]:
        _ask_own(client, next(numbers))
    assert _lent(service) == _MANY // 2


def test_one_that_is_silent_goes_back_while_others_ask(service: Service, clients: list[Client]) -> None:
    silent, *others = clients
    _ask_until(lambda: _lent(service) == _MANY - 1, others)
    _ask_own(silent, next(numbers))


def test_one_whose_queries_take_long_goes_back_and_stays_there(service: Service, clients: list[Client]) -> None:
    slow, *others = clients
    for turn in range(3):
        slow.send(get(busy(350, f"slow{turn}"), "Accept: text/csv"))
        assert slow.response()[0] == 200
        _ask_until(lambda: _lent(service) == len(others), others)
    ask_easy(slow, 10)
    assert _lent(service) <= len(others)


def test_those_who_wait_while_a_query_takes_long_are_answered_elsewhere(
    service: Service, clients: list[Client]
) -> None:
    (worker, *_) = borrowers(service)
    os.kill(worker.pid, signal.SIGSTOP)  # so that all have asked when it looks
    for number, client in enumerate(clients):
        client.send(get(busy(700, f"long{number}"), "Accept: text/csv"))
    os.kill(worker.pid, signal.SIGCONT)
    until(lambda: clients_of(worker) == 0, 0.5)
    assert [client.response()[2].split()[0] for client in clients] == [
        b"long%d" % number for number in range(len(clients))
    ]


@pytest.mark.parametrize("asks", [False, True], ids=["idle", "at work"])
def test_a_worker_that_ends_takes_no_request_with_it(service: Service, clients: list[Client], asks: bool) -> None:
    workers = borrowers(service)
    if asks:
        for worker in workers:
            os.kill(worker.pid, signal.SIGSTOP)
    wanted = [next(numbers) for _ in clients]
    for client, number in zip(clients, wanted, strict=True):
        client.send(get(f"SELECT ({number} AS ?x) {{}}", "Accept: text/csv"))
    if not asks:
        assert [int(client.response()[2].split()[1]) for client in clients] == wanted
    for worker in workers:
        os.kill(worker.pid, signal.SIGKILL)
    if asks:
        assert [int(client.response()[2].split()[1]) for client in clients] == wanted
    for _ in range(5):
        for client in clients:
            _ask_own(client, next(numbers))
    until(
        lambda: _lent(service) == _MANY,
        0.5,
        lambda: f"{_lent(service)} are lent: it was not for what they asked that the worker ended",
    )


def test_a_query_that_goes_too_far_costs_only_its_own_client_anything(service: Service, clients: list[Client]) -> None:
    clients[0].send(get(CARTESIAN))
    for _ in range(50):
        for client in clients[1:]:
            _ask_own(client, next(numbers))
    assert clients[0].response()[0] == 503


def test_clients_that_come_and_go_leave_nothing_behind(service: Service) -> None:
    def come_and_go(seed: int) -> None:
        random = Random(seed)  # noqa: S311 - no secret
        for _ in range(25):
            with ExitStack() as stack:
                client = Client(service, stack)
                for _ in range(random.randrange(12)):
                    _ask_own(client, next(numbers))
                if random.random() < 0.5:  # and one that is not read any more
                    client.send(get(f"ASK {{ # {next(numbers)}\n}}")[: random.choice((10, None))])

    with ThreadPoolExecutor(_MANY) as threads:
        list(threads.map(come_and_go, range(_MANY)))
    until(lambda: is_free(service), 5)
    until(lambda: service.front.descriptors < 40, 10, lambda: f"{service.front.descriptors} descriptors")
    assert service.ask("ASK {}").status == 200


@pytest.mark.parametrize(
    "said",
    [
        [{"ready": 0}, {"ready": 0}],
        [{"returns": 0, "retire": False, "unfit": False}],
        [{"ready": 0}, {"returns": 1, "retire": False, "unfit": False}],
        [{"ready": 0}, {"returns": [0], "retire": False, "unfit": False}],
    ],
    ids=["twice ready", "back before it has it", "another", "nonsense"],
)
def test_a_worker_is_not_believed(tmp_path: Path, said: list[dict[str, object]]) -> None:
    ours, theirs = socket.socketpair()
    with ours, theirs, (tmp_path / "client").open("w") as client:
        loan = Loan(Worker(os.getpid(), ours), os.dup(client.fileno()), lambda *_: None)
        for message in said:
            wire.send(theirs, message)
        with pytest.raises((wire.ConnectionLostError, TypeError)):
            list(loan.messages())
        loan.end(is_lost=True)


@pytest.mark.parametrize(
    "said",
    [
        {"returns": 0},
        {"returns": 0, "retire": False},
        {"returns": 1, "retire": False, "unfit": False},
        {"notes": [[0, [200, "json", 0.1], -1, 0]]},
        {"notes": [[7, [200, "json", 0.1], 0, 0]]},
        {"notes": 1},
        {},
    ],
)
def test_a_client_comes_back_whatever_its_worker_says(tmp_path: Path, said: dict[str, object]) -> None:
    async def ended() -> Ended:
        back: asyncio.Future[Ended] = asyncio.get_running_loop().create_future()
        lending = _Lending(Lender(cast(Any, None), threads), loan, cast(Any, None))
        lending.add(0, {}, back.set_result)
        wire.send(theirs, {"ready": 0})
        wire.send(theirs, said)
        return await asyncio.wait_for(back, 5)

    ours, theirs = socket.socketpair()
    with ours, theirs, (tmp_path / "client").open("w") as client, ThreadPoolExecutor(1) as threads:
        loan = Loan(Worker(os.getpid(), ours), os.dup(client.fileno()), lambda *_: None)
        assert asyncio.run(ended()).was_lost


def test_a_worker_that_does_not_read_stops_nobody(tmp_path: Path) -> None:
    def is_lent_more(number: int | None) -> bool:
        wire.send(theirs, {"ready": number})
        try:
            return list(loan.messages()) == []
        except wire.ConnectionLostError:
            return False

    ours, theirs = socket.socketpair()
    with ours, theirs, (tmp_path / "client").open("w") as client:
        loan = Loan(Worker(os.getpid(), ours), os.dup(client.fileno()), lambda *_: None)
        number: int | None = 0
        while number is not None and is_lent_more(number):
            number = loan.lend(client.fileno(), {"x": "x" * 10_000})
        assert loan.clients < 1000
        loan.end(is_lost=True)
