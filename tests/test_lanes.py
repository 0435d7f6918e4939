"""Who gets a place when there are more queries than places: clients take turns, and none fills the line alone."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor

import pytest

from alliance_graph.engine.lanes import Asker, Gone, Lane
from alliance_graph.engine.limits import Limits
from alliance_graph.engine.problems import EngineError
from processes import until

Line = Callable[[str], "Future[str]"]


def _asker(client: str = "", *, seconds: float = 20, gone: Gone | None = None) -> Asker:
    return Asker(client, time.monotonic() + seconds, gone)


@pytest.fixture
def lane() -> Lane:
    """A lane whose only place is taken."""
    taken = Lane(1, Limits(waiting=6))
    taken.take(_asker())
    return taken


@pytest.fixture
def served() -> list[str]:
    return []


@pytest.fixture
def line_up(lane: Lane, served: list[str]) -> Iterator[Line]:
    """Put a client's query in the line; when its turn comes it is served and leaves."""
    with ThreadPoolExecutor(20) as threads:

        def serve(client: str) -> str:
            try:
                lane.take(_asker(client))
            except EngineError as error:
                return error.problem
            served.append(client)
            lane.leave()
            return "served"

        def put(client: str) -> Future[str]:
            before = lane.waiting
            future = threads.submit(serve, client)
            until(lambda: lane.waiting > before or before == 6, 10)  # in the order of the calls
            return future

        yield put


def test_clients_take_turns(lane: Lane, line_up: Line, served: list[str]) -> None:
    waiting = [line_up(client) for client in ("a", "a", "a", "a", "b", "c")]
    lane.leave()
    assert {future.result() for future in waiting} == {"served"}
    assert served == ["a", "b", "c", "a", "a", "a"]


def test_a_full_line_has_room_for_a_client_with_less_in_it(lane: Lane, line_up: Line, served: list[str]) -> None:
    waiting = [line_up("greedy") for _ in range(6)]
    assert line_up("greedy").result(1) == "too-many-requests"
    assert not any(future.done() for future in waiting)
    modest = []
    for future in reversed(waiting[3:]):
        modest.append(line_up("modest"))
        assert future.result(1) == "too-many-requests"
    assert line_up("modest").result(1) == "too-many-requests"  # both have three now
    lane.leave()
    assert [future.result() for future in waiting] == ["served"] * 3 + ["too-many-requests"] * 3
    assert [future.result() for future in modest] == ["served"] * 3
    assert served == ["greedy", "modest"] * 3


def test_who_is_turned_away_is_told_when_to_come_again(lane: Lane, line_up: Line) -> None:
    for _ in range(6):
        line_up("")
    with pytest.raises(EngineError, match="6 queries are waiting already") as caught:
        lane.take(_asker())
    assert caught.value.details["retry_after"] == 3
    lane.leave()


def test_who_waited_in_vain_leaves_the_line(lane: Lane) -> None:
    with pytest.raises(EngineError, match="not answered within") as caught:
        lane.take(_asker(seconds=0.05))
    assert caught.value.problem == "busy"
    gone = Gone()
    gone.set()
    with pytest.raises(EngineError, match="gone"):
        lane.take(_asker(gone=gone))
    assert not lane.take_if_free()
    lane.leave()
    assert lane.take_if_free()


def test_no_place_is_lost_however_queries_come_and_go() -> None:
    lane = Lane(3, Limits(waiting=20))
    inside = 0
    most = 0
    lock = threading.Lock()

    def ask(number: int) -> None:
        nonlocal inside, most
        gone = Gone()
        if number % 5 == 0:
            gone.set()
        try:
            lane.take(_asker(f"{number % 7}", seconds=0.001 * (number % 40), gone=gone))
        except EngineError:
            return
        with lock:
            inside += 1
            most = max(most, inside)
        time.sleep(0.0005)
        with lock:
            inside -= 1
        lane.leave()

    with ThreadPoolExecutor(30) as threads:
        for _ in threads.map(ask, range(2000)):
            pass
    assert most == 3
    until(lambda: all(lane.take_if_free() for _ in range(3)), 1)
    assert not lane.take_if_free()
