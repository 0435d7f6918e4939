"""No query hurts the service: what goes too far is ended and told, and nobody else notices."""

from __future__ import annotations

import os
import signal
import socket
import statistics
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path

import pytest

from bombs import CARTESIAN, ENDLESS, GREEDY, LARGE
from conftest import Answer
from processes import SLACK_SECONDS, Service, family, running, until

_SECONDS = 2
_MEMORY_MEBIBYTES = 200
_ANSWER_MEBIBYTES = 2


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A chain of 2,500 nodes: small, and enough for any bomb."""
    file = tmp_path_factory.mktemp("data") / "chain.nt"
    file.write_text(
        "".join(f'<urn:n{i}> <urn:next> <urn:n{i + 1}> .\n<urn:n{i}> <urn:l> "{i}" .\n' for i in range(2500))
    )
    return file


@pytest.fixture(scope="module")
def service(data: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    log = tmp_path_factory.mktemp("log") / "service.log"
    limits = {"seconds": _SECONDS, "memory_mebibytes": _MEMORY_MEBIBYTES, "answer_mebibytes": _ANSWER_MEBIBYTES}
    with running(log, "--dataset", data, **limits) as found:
        yield found


@pytest.fixture(scope="module")
def patient(data: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """A service whose deadline is far: on a busy machine a query takes its time to use up the memory."""
    log = tmp_path_factory.mktemp("log") / "service.log"
    with running(log, "--dataset", data, seconds=60, memory_mebibytes=_MEMORY_MEBIBYTES) as found:
        yield found


@pytest.fixture(autouse=True)
def survives(service: Service) -> Iterator[None]:
    """Whatever a test does to the service: the process that serves stays the same, and answers."""
    front = service.front.pid
    yield
    assert service.front.pid == front
    assert service.ask("ASK { ?s ?p ?o }").status == 200


def test_a_query_that_takes_too_long_is_ended_at_its_deadline(service: Service) -> None:
    def ask(name: str) -> None:
        started = time.monotonic()
        document = service.ask(ENDLESS[name]).problem(503, "timeout")
        assert time.monotonic() - started < _SECONDS + SLACK_SECONDS, name
        assert document["limit"] == _SECONDS

    with ThreadPoolExecutor(2) as clients:
        for _ in clients.map(ask, ENDLESS):
            pass


@pytest.mark.parametrize("query", GREEDY.values(), ids=GREEDY.keys())
def test_a_query_that_needs_too_much_memory_is_ended(patient: Service, query: str) -> None:
    patient.ask(query).problem(503, "out-of-memory")
    assert patient.front.resident_mebibytes < 150


@pytest.mark.parametrize("accept", ["application/sparql-results+json, text/turtle;q=0.5", "text/csv, */*;q=0.1"])
@pytest.mark.parametrize("query", LARGE.values(), ids=LARGE.keys())
def test_an_answer_that_is_too_large_is_refused_as_a_whole(service: Service, query: str, accept: str) -> None:
    document = service.ask(query, accept).problem(413, "answer-too-large")
    assert document["limit"] == _ANSWER_MEBIBYTES * 1024 * 1024


def test_a_query_that_would_overflow_the_parser_is_not_parsed(service: Service) -> None:
    worker = {w.pid for w in service.workers}
    document = service.ask("ASK {\n" + "{" * 20_000 + "}" * 20_001).problem(400, "query-too-complex")
    assert (document["line"], document["column"]) == (2, 128)
    assert (document["number"], document["limit"]) == (20_001, 128)
    assert "inside one another" in str(document["detail"])
    assert worker <= {w.pid for w in service.workers}


def _computing(service: Service) -> set[int]:
    """Return the workers that compute for the next fifth of a second."""
    before = {w: w.processor_seconds for w in service.workers}
    time.sleep(0.2)
    return {w.pid for w, seconds in before.items() if w.processor_seconds - seconds > 0.05}


def _slow_query(service: Service) -> int:
    """Return the worker that evaluates a bomb, once it does."""
    before: dict[int, float] = {}
    deadline = time.monotonic() + service.seconds
    while time.monotonic() < deadline:
        for worker in service.workers:
            seconds = worker.processor_seconds
            if seconds - before.setdefault(worker.pid, seconds) > 0.05:
                return worker.pid
        time.sleep(0.05)
    pytest.fail("none computes")


def test_a_worker_with_a_long_query_lets_others_go_first(patient: Service) -> None:
    with ThreadPoolExecutor() as clients:
        bomb = clients.submit(patient.ask, CARTESIAN)
        worker = _slow_query(patient)
        until(lambda: _niceness(worker) == {10}, 10, lambda: "it does not give way")
        os.kill(worker, signal.SIGKILL)
        bomb.result()


def _niceness(pid: int) -> set[int]:
    return {int(t.read_text().rpartition(")")[2].split()[16]) for t in Path(f"/proc/{pid}/task").glob("*/stat")}


def test_a_light_query_is_answered_at_once_while_bombs_run(service: Service) -> None:
    idle = _latencies(service, 40)
    ended = threading.Event()

    def bomb(number: int) -> None:
        while not ended.is_set():
            service.ask(f"{[*ENDLESS.values()][number % len(ENDLESS)]} # {number}")

    with ThreadPoolExecutor() as clients:
        for number in range(8):
            clients.submit(bomb, number)
        time.sleep(0.5)
        try:
            busy = _latencies(service, 60)
        finally:
            ended.set()
    told = f"median {statistics.median(idle) * 1000:.1f} ms alone, {statistics.median(busy) * 1000:.1f} ms beside bombs"
    # 100 ms is the promise; a machine that is slow by itself gets the same in proportion.
    assert statistics.median(busy) < max(0.1, 20 * statistics.median(idle)), told
    assert max(busy) < _SECONDS, told


def test_a_heavy_query_has_its_turn_while_bombs_run(data: Path, tmp_path: Path) -> None:
    limits = {"seconds": 20, "long_queries": 1, "short_seconds": 0.01}
    with running(tmp_path / "log", "--dataset", data, **limits) as bombed, ExitStack() as stack:
        for i in range(2):
            _connect(bombed, stack, bombed.get_request(f"{CARTESIAN} # {i}"))
        bomb = _slow_query(bombed)
        heavy = bombed.ask("SELECT (COUNT(*) AS ?n) { { SELECT * { ?a ?b ?c } LIMIT 100 } ?d ?e ?f }")
        assert heavy.status == 200, heavy.text
        assert bomb in {worker.pid for worker in bombed.workers}


def _latencies(service: Service, number: int) -> list[float]:
    found = []
    for i in range(number):
        started = time.perf_counter()
        assert service.ask(f"ASK {{ <urn:n{i}> ?p {time.time_ns()} }}").status == 200
        found.append(time.perf_counter() - started)
        time.sleep(0.02)
    return found


def test_the_work_stops_when_the_client_has_gone(data: Path, tmp_path: Path) -> None:
    limits = {"seconds": 20, "short_queries": 1, "long_queries": 1}
    with running(tmp_path / "log", "--dataset", data, **limits) as left, ExitStack() as stack:
        for i in range(4):  # one runs, the others wait
            _connect(left, stack, left.get_request(f"{CARTESIAN} # {i}"))
        worker = _slow_query(left)
        stack.close()
        until(lambda: worker not in {w.pid for w in left.workers}, 2, lambda: "the query goes on")
        until(lambda: not _computing(left), 3, lambda: "another goes on")
        started = time.monotonic()
        assert left.ask("SELECT * { ?a ?b ?c . ?d ?e ?f } LIMIT 50000 # takes a long place").status == 200
        assert time.monotonic() - started < 5


def test_what_no_place_is_left_for_is_turned_away(data: Path, tmp_path: Path) -> None:
    limits = {"seconds": 1, "short_queries": 1, "long_queries": 1, "waiting": 2}
    with running(tmp_path / "log", "--dataset", data, **limits) as small, ThreadPoolExecutor(16) as clients:
        answers = [*clients.map(lambda i: small.ask(f"{CARTESIAN} # {i}"), range(16))]
        for answer in answers:
            if answer.status == 429:
                answer.problem(429, "too-many-requests")
                assert int(answer.headers["retry-after"]) >= 1
            else:
                answer.problem(503, "timeout", "busy")
        assert {answer.status for answer in answers} == {429, 503}


def test_two_hundred_bombs_leave_nothing_behind(data: Path, tmp_path: Path) -> None:
    limits = {"seconds": 0.2, "memory_mebibytes": 100, "answer_mebibytes": 1, "long_queries": 8}
    bombs = [
        *ENDLESS.values(),
        *GREEDY.values(),
        *LARGE.values(),
        "ASK {" + "{" * 999,
        "ASK { FILTER(" + "(" * 99_000,
    ]
    with running(tmp_path / "log", "--dataset", data, **limits) as bombed:
        before, front, host = _held(bombed), bombed.front.pid, bombed.host.pid
        with ThreadPoolExecutor(8) as clients:
            answers = [*clients.map(lambda i: bombed.ask(f"{bombs[i % len(bombs)]} # {i}"), range(200))]
        assert {503} <= {answer.status for answer in answers} <= {400, 413, 503}
        assert (bombed.front.pid, bombed.host.pid) == (front, host)
        until(lambda: _held(bombed) == before, 5, lambda: f"{before} before, {_held(bombed)} after")
        assert bombed.front.resident_mebibytes < 150


def _held(service: Service) -> dict[str, int]:
    """Return what the service holds, apart from idle workers, which are one descriptor each in two processes."""
    processes = service.family
    workers = service.workers
    assert len(workers) <= 12
    return {
        "zombies": sum(p.state == "Z" for p in processes),
        "processes": len(processes) - len(workers),
        "descriptors of the front": service.front.descriptors - len(workers),
        "descriptors of the host": service.host.descriptors,
    }


def test_a_worker_that_dies_is_replaced(service: Service) -> None:
    with ThreadPoolExecutor() as clients:
        bomb = clients.submit(service.ask, f"{CARTESIAN} # dies")
        os.kill(_slow_query(service), signal.SIGKILL)
        document = bomb.result().problem(503, "engine-failed")
        assert "again" in str(document["detail"])
    for worker in service.workers:  # the idle ones
        os.kill(worker.pid, signal.SIGKILL)
    for i in range(10):
        assert service.ask(f"ASK {{}} # {i} after its worker died").status == 200


def test_a_host_that_dies_is_replaced(service: Service) -> None:
    host = service.host.pid
    workers = [w.pid for w in service.workers]
    with ThreadPoolExecutor() as clients:
        bomb = clients.submit(service.ask, f"{CARTESIAN} # loses its host")
        _slow_query(service)
        os.kill(host, signal.SIGKILL)
        bomb.result().problem(503, "engine-failed")
        answers = [*clients.map(lambda i: service.ask(f"ASK {{ ?s ?p ?o }} # {i} after the host died"), range(8))]
    assert [answer.status for answer in answers] == [200] * 8
    assert all(answer.json()["boolean"] for answer in answers)
    assert service.host.pid != host
    assert not {w.pid for w in service.workers} & set(workers)


def test_stopping_ends_everything_even_while_queries_run(data: Path, tmp_path: Path) -> None:
    with running(tmp_path / "log", "--dataset", data, seconds=30) as stopped, ThreadPoolExecutor(20) as clients:
        bombs = [clients.submit(stopped.ask, f"{CARTESIAN} # {i}") for i in range(20)]
        _slow_query(stopped)
        pids = {p.pid for p in stopped.family}
        started = time.monotonic()
        stopped.process.terminate()
        stopped.process.wait(timeout=15)
        assert time.monotonic() - started < 10
        until(lambda: not any(family(pid) for pid in pids), 2, lambda: f"still there: {[*map(family, pids)]}")
        for bomb in bombs:
            # Told by the broken connection or a problem document, not by half an answer.
            assert bomb.exception() is not None or bomb.result().status == 503, bomb.result()


def _connect(service: Service, stack: ExitStack, request: bytes, buffer: int | None = None) -> socket.socket:
    client = stack.enter_context(socket.socket())
    if buffer is not None:
        client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, buffer)
    client.connect(("127.0.0.1", service.port))
    client.sendall(request)
    return client


_HEAD = (
    b"POST /sparql HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/sparql-query\r\nContent-Length: 1000\r\n"
)


@pytest.mark.parametrize(
    "request_bytes",
    [_HEAD, _HEAD + b"\r\nASK", b"GET /sparql?query=ASK%7B%7D HTTP/1.1\r\nHost: localhost\r\n\r\n", b""],
    ids=["headers", "body", "silence after an answer", "silence"],
)
def test_clients_that_send_slowly_take_nothing_from_others(service: Service, request_bytes: bytes) -> None:
    with ExitStack() as stack:
        for _ in range(300):
            _connect(service, stack, request_bytes)
        time.sleep(0.5)
        started = time.monotonic()
        assert service.ask(f"ASK {{}} # {request_bytes!r}").status == 200
        assert time.monotonic() - started < 1


def test_long_queries_do_not_fill_the_memory(service: Service) -> None:
    def ask(number: int) -> int:
        return service.ask(f"ASK {{}} # {number} {'x' * 95_000}").status

    assert {ask(i) for i in range(50)} == {200}
    before = service.front.resident_mebibytes
    assert {ask(i) for i in range(400)} == {200}
    assert service.front.resident_mebibytes - before < 15


def test_answers_that_nobody_reads_do_not_fill_the_memory(data: Path, tmp_path: Path) -> None:
    large = "SELECT * { ?a ?b ?c . ?d ?e ?f } LIMIT 20000"
    with running(tmp_path / "log", "--dataset", data, seconds=20, answer_mebibytes=8) as unread:
        size = len(unread.ask(large).body) / 1024**2
        assert 4 < size < 8
        before = unread.front.resident_mebibytes
        with ExitStack() as stack:
            for i in range(100):  # most of them out of the cache
                query = large if i % 10 else f"{large} # {i}"
                _connect(unread, stack, unread.get_request(query), buffer=4096)
            until(lambda: unread.front.descriptors > 100, 5)
            time.sleep(2)
            grown = unread.front.resident_mebibytes - before
            assert grown < 50 * size, f"{grown:.0f} MiB for 100 clients that read nothing of {size:.0f} MiB"
            assert unread.ask("ASK {} # beside them").status == 200
        until(lambda: unread.ask(f"{large} # after them").status == 200, 10)


def test_more_large_answers_than_there_is_room_for_are_refused(data: Path, tmp_path: Path) -> None:
    large = "SELECT * { ?a ?b ?c . ?d ?e ?f } LIMIT 30000"  # more than the system's own buffers take
    with running(tmp_path / "log", "--dataset", data, answer_mebibytes=8) as unread, ExitStack() as stack:
        for i in range(16):
            _connect(unread, stack, unread.get_request(f"{large} # {i}"), buffer=4096)
        refused: list[Answer] = []

        def is_refused() -> bool:
            refused.append(unread.ask(f"{large} # one more {time.time_ns()}"))
            return refused[-1].status == 503

        until(is_refused, 10)
        refused[-1].problem(503, "busy")
        assert int(refused[-1].headers["retry-after"]) >= 1
        assert unread.ask("ASK {} # is small").status == 200
