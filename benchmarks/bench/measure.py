"""Timing the kinds of query, turn by turn, so that what disturbs the machine disturbs all systems alike."""

from __future__ import annotations

import itertools
import time
from collections.abc import Iterator, Mapping
from contextlib import nullcontext
from dataclasses import dataclass, field
from statistics import median

from bench.client import ClosedError, Connection, Flood, NoAnswerError, Response, flood
from bench.compare import BrokenAnswerError, essence
from bench.data import Shape
from bench.processes import apart
from bench.queries import KINDS, Kind
from bench.systems import Running

CLIENTS = 16


@dataclass(frozen=True)
class Budget:
    """How long the measurements of one kind of query may take, in seconds."""

    # How often all systems are started.
    starts: int = 3
    # How often each kind has its turn after each start; in the last of these rounds many clients ask, too.
    rounds: int = 3
    # How long one client asks one system in a round.
    single: float = 0.05
    # How many times it asks at least in a round.
    samples: int = 1
    # How many requests one system is sent in a row before the next has its turn.
    row: int = 10
    # How long many clients ask one system in a round.
    flood: float = 0.35
    # How long any answer may take.
    patience: float = 5.0
    # How slow a query may be for one client for many to ask it.
    flooded: float = 0.6
    # How slow it may be for many to ask it after more than the first start.
    flooded_again: float = 0.1
    # How long all systems are warmed up.
    warm_up: float = 3.0


QUICK = Budget(starts=1, rounds=1, single=0.06, samples=3, flood=0.08, warm_up=0.8, flooded=0.05)


@dataclass(frozen=True)
class Single:
    """How one client asks."""

    repeated: bool
    """Whether it asks the same bytes again, or queries not seen before."""
    apart: bool
    """Whether it has a processor of its own, or shares all with the servers."""

    @property
    def name(self) -> str:
        return f"{'repeated' if self.repeated else 'first'}_{'apart' if self.apart else 'shared'}"


SINGLES = tuple(Single(repeated, apart) for apart in (True, False) for repeated in (False, True))


@dataclass
class Cell:
    """What was measured of one system for one kind of query."""

    seconds: dict[str, list[float]] = field(default_factory=lambda: {single.name: [] for single in SINGLES})
    """Seconds to answers to one client, by the name of the way it asked."""
    first_floods: list[Flood] = field(default_factory=list)
    repeated_floods: list[Flood] = field(default_factory=list)
    answer_bytes: int = 0
    agrees: bool = True
    """Whether the answer is this service's, or that of most."""
    trouble: str = ""
    """Why it was not measured, or not wholly."""

    def latency(self, single: Single, *, best: bool = False) -> float | None:
        """Return the median seconds to an answer, one client; `best`: the fastest tenth's slowest."""
        times = sorted(self.seconds[single.name])
        if not times:
            return None
        return times[len(times) // 10] if best else median(times)

    def rate(self, *, repeated: bool, best: bool = False) -> float | None:
        """Return the median number of answers a second, many clients; `best`: that of the best turn."""
        rates = [f.rate for f in (self.repeated_floods if repeated else self.first_floods)]
        if not rates:
            return None
        return max(rates) if best else median(rates)


class Subject:
    """A running system, its connection, and the variants of each kind it has not seen."""

    def __init__(self, name: str, running: Running, shape: Shape) -> None:
        self.name = name
        self.running = running
        self.shape = shape
        self._connection: Connection | None = None
        self._builders = {kind.name: running.place.variants(kind, shape) for kind in KINDS}
        self._numbers = {kind.name: itertools.count(1) for kind in KINDS}

    def same(self, kind: Kind) -> bytes:
        """Return the request that is repeated."""
        return self._builders[kind.name](0)

    def new(self, kind: Kind) -> Iterator[bytes]:
        """Return requests that this system has not had before."""
        return map(self._builders[kind.name], self._numbers[kind.name])

    def ask(self, request: bytes, patience: float) -> Response:
        """Ask over the one connection that is kept; a new one if the server closed it while it was idle.

        Raises:
            NoAnswerError: there is no answer in time.
        """
        if self._connection is not None:
            try:
                return self._connection.exchange(request, patience)
            except ClosedError:
                self.close()
            except NoAnswerError:
                self.close()
                raise
        connection = Connection(self.running.place.port)
        try:
            response = connection.exchange(request, patience)
        except NoAnswerError:
            connection.close()
            raise
        self._connection = connection
        return response

    def flood(self, requests: Iterator[bytes], budget: Budget) -> Flood:
        """Let many clients ask."""
        return flood(self.running.place.port, requests, CLIENTS, budget.flood, CLIENTS * budget.patience)

    def close(self) -> None:
        """Close the connection."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None


def warm_up(subjects: list[Subject], budget: Budget) -> None:
    """Let every system answer queries of all kinds for a while, so that compilers and caches have settled."""
    for subject in subjects:
        end = time.perf_counter() + budget.warm_up
        for kind in itertools.cycle(KINDS):
            if time.perf_counter() > end:
                break
            try:
                for request in itertools.islice(subject.new(kind), 5):
                    subject.ask(request, budget.patience)
                    if time.perf_counter() > end:
                        break
            except NoAnswerError:
                continue


def measure(kind: Kind, subjects: list[Subject], cells: Mapping[str, Cell], budget: Budget, turn: int) -> None:
    """Measure all systems for one kind of query in one of the rounds.

    On which processors the system lets client and servers lie stays for seconds and changes every
    time, so a kind is measured in several rounds, between which all others have theirs. Where in
    memory a process has come to lie stays as long as it lives, so they are started several times.

    Args:
        kind: the kind.
        subjects: the systems.
        cells: what is known of them by name, to which what is measured is added.
        budget: how long it may take.
        turn: the number of the round, from 0, whatever the start.
    """
    for single in SINGLES:
        able = [subject for subject in subjects if not cells[subject.name].trouble]
        with apart(subject.running.pid for subject in able) if single.apart else nullcontext():
            _single(kind, able, cells, budget, single)
    if (turn + 1) % budget.rounds:
        return
    for subject in _rotated(able, turn):
        cell = cells[subject.name]
        slowest = max(map(median, cell.seconds.values()))
        if slowest > (budget.flooded if turn < budget.rounds else budget.flooded_again):
            continue
        cell.first_floods.append(subject.flood(subject.new(kind), budget))
        cell.repeated_floods.append(subject.flood(itertools.repeat(subject.same(kind)), budget))


def compare(kind: Kind, subjects: list[Subject], cells: dict[str, Cell], budget: Budget) -> None:
    """Ask everyone the same, compare the answers, and add to what is known of the systems, by name."""
    answers = {}
    for subject in subjects:
        cell = cells.setdefault(subject.name, Cell())
        try:
            response = subject.ask(subject.same(kind), budget.patience)
            if response.status != 200:
                cell.trouble = f"status {response.status}"
                continue
            answers[subject.name] = essence(kind, response.body)
            cell.answer_bytes = len(response.body)
        except (NoAnswerError, BrokenAnswerError) as error:
            cell.trouble = str(error)
    given = list(answers.values())
    right = max(given, key=given.count, default=None)
    for name, answer in answers.items():
        cells[name].agrees &= answer == right


def _single(kind: Kind, subjects: list[Subject], cells: Mapping[str, Cell], budget: Budget, single: Single) -> None:
    """Let one client ask, system by system, until each has had its time."""
    left = list(subjects)
    spent: dict[str, list[float]] = {subject.name: [] for subject in subjects}
    requests = {s.name: itertools.repeat(s.same(kind)) if single.repeated else s.new(kind) for s in subjects}
    for turn in itertools.count():
        if not left:
            return
        for subject in _rotated(left, turn):
            cell, now = cells[subject.name], spent[subject.name]
            times = cell.seconds[single.name]
            try:
                for request in itertools.islice(requests[subject.name], budget.row):
                    response = subject.ask(request, budget.patience)
                    if response.status != 200:
                        raise NoAnswerError(f"status {response.status}")
                    now.append(response.seconds)
                    times.append(response.seconds)
                    if len(now) >= budget.samples and sum(now) > budget.single:
                        left.remove(subject)
                        break
            except NoAnswerError as error:
                cell.trouble = str(error)
                left.remove(subject)


def _rotated(subjects: list[Subject], turn: int) -> list[Subject]:
    """Return the systems in another order each turn, so that none always comes after the same one."""
    start = turn % len(subjects) if subjects else 0
    return subjects[start:] + subjects[:start]
