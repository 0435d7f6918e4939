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
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import pytest

from alliance_graph.dataset.release import Release
from odd_requests import Sent, make
from processes import SLACK_SECONDS, Service, running, until

_FULL = os.environ.get("ALLIANCE_GRAPH_FUZZ") == "full"
_REQUESTS = 10_000
_SHORT_RUN_SECONDS = 20
_CLIENTS = 4
_DEADLINE = 1.0
_SLOW = "took"


@dataclass(frozen=True)
class Got:
    """What came back; status 0 when the connection was closed without an answer."""

    status: int
    headers: dict[str, str]
    body: bytes
    seconds: float


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
    return _exchange(service.port, make(number))


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
            sent = make(number)
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
            and _complaint(make(number), send_again(service, number)) is None
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
    assert [make(number) for number in range(200)] == [make(number) for number in range(200)]
