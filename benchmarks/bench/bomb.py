"""What one client's hopeless query does to the others, and what its sender gets."""

from __future__ import annotations

import json
import threading
import time
from dataclasses import dataclass
from statistics import median, quantiles

from bench.client import Connection, NoAnswerError, Response
from bench.data import Shape
from bench.processes import processor_seconds
from bench.queries import BOMB, KINDS, RESULTS_TYPE
from bench.systems import Running

_PAUSE_SECONDS = 0.01
_ASK = KINDS[0]


@dataclass(frozen=True)
class Latency:
    """How long a trivial query took a client that asks a hundred times a second."""

    median: float
    worst_percent: float
    """The 99th percentile."""
    worst: float
    failures: int


@dataclass(frozen=True)
class Bombing:
    """What happened while so many bombs ran."""

    bombs: int
    others: Latency
    seconds: float
    """When the first bomb's sender got something."""
    outcomes: tuple[str, ...]
    """What the senders of the bombs got."""


@dataclass(frozen=True)
class Resilience:
    """What bombs do to a system."""

    quiet: Latency
    bombings: tuple[Bombing, ...]
    abandoned: float
    """How many processors went on with a bomb after its sender had left."""


class _Prober:
    """A client with trivial queries, none asked twice."""

    def __init__(self, running: Running, shape: Shape) -> None:
        self._port = running.place.port
        self._variant = running.place.variants(_ASK, shape)
        self._number = 0

    def probe(self, until: threading.Event, least: float, most: float) -> Latency:
        """Ask for at least so many seconds, and then until the event."""
        times: list[float] = []
        failures = 0
        started = time.perf_counter()
        connection = Connection(self._port)
        while (now := time.perf_counter()) < started + least or (not until.is_set() and now < started + most):
            self._number += 1
            try:
                response = connection.exchange(self._variant(self._number), most)
                failures += response.status != 200
                times.append(response.seconds)
            except NoAnswerError:
                failures += 1
                times.append(time.perf_counter() - now)
                connection.close()
                connection = Connection(self._port)
            time.sleep(_PAUSE_SECONDS)
        connection.close()
        return Latency(median(times), quantiles(times, n=100)[98] if len(times) > 1 else times[0], max(times), failures)


def bombard(running: Running, shape: Shape, limit: float, counts: tuple[int, ...]) -> Resilience:
    """Send one bomb, then several at once, to a system whose limit is so many seconds where it has one."""
    request = running.place.request(BOMB, RESULTS_TYPE)
    prober = _Prober(running, shape)
    over = threading.Event()
    over.set()
    prober.probe(over, 0.5, 0.5)  # warms up
    quiet = prober.probe(over, 1.5, 1.5)
    bombings = [_bombing(running, request, prober, limit, count) for count in counts]
    return Resilience(quiet, tuple(bombings), _abandoned(running, request))


def _bombing(running: Running, request: bytes, prober: _Prober, limit: float, count: int) -> Bombing:
    over = threading.Event()
    most = 2 * limit + 1
    results: list[tuple[str, float]] = []

    def send() -> None:
        started = time.perf_counter()
        try:
            with Connection(running.place.port) as connection:
                outcome = _outcome(connection.exchange(request, most))
        except NoAnswerError as error:
            outcome = str(error)
        results.append((outcome, time.perf_counter() - started))
        if len(results) == count:
            over.set()

    threads = [threading.Thread(target=send, daemon=True) for _ in range(count)]
    for thread in threads:
        thread.start()
    time.sleep(0.2)
    others = prober.probe(over, 1, most)
    for thread in threads:
        thread.join()
    outcomes = tuple(sorted({outcome for outcome, _ in results}))
    return Bombing(count, others, min(seconds for _, seconds in results), outcomes)


def _outcome(response: Response) -> str:
    """Return what a sender got, in words."""
    if response.status != 200:
        return f"status {response.status}"
    try:
        json.loads(response.body)
    except ValueError:
        return "status 200 with an answer that is not JSON"
    return "status 200 with an answer"


def _abandoned(running: Running, request: bytes) -> float:
    connection = Connection(running.place.port)
    connection.send(request)
    time.sleep(0.7)
    connection.close()
    time.sleep(0.5)
    before, started = processor_seconds(running.pid), time.perf_counter()
    time.sleep(1)
    return (processor_seconds(running.pid) - before) / (time.perf_counter() - started)
