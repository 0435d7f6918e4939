"""The engine by itself: its answers, and the end of work that nobody waits for."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from alliance_graph.dataset.memory import Source
from alliance_graph.engine.crew import Worker
from alliance_graph.engine.lanes import Gone
from alliance_graph.engine.limits import Limits
from alliance_graph.engine.pool import Engine, EngineError, Task
from alliance_graph.web.service import ATTENDANT
from processes import family, until

_FORMATS = {"solutions": "csv", "boolean": "json", "graph": "ntriples"}
_BOMB = "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i }"
_HEAVY = "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f }"
_LONG = "SELECT (COUNT(*) AS ?n) { { SELECT * { ?a ?b ?c } LIMIT 200 } ?d ?e ?f }"
"""Takes longer than a short query may here, and not long enough to have to give way."""


@pytest.fixture
def source(tmp_path: Path) -> Source:
    file = tmp_path / "chain.nt"
    file.write_text("".join(f"<urn:n{i}> <urn:next> <urn:n{i + 1}> .\n" for i in range(1500)))
    return Source(((str(file), ""),), union=False)


@pytest.fixture
def engine(source: Source) -> Iterator[Engine]:
    """An engine with one place of each kind."""
    made = Engine(source, Limits(seconds=30, short_queries=1, long_queries=1, short_seconds=0.01), ATTENDANT)
    yield made
    made.close()


def _ask(engine: Engine, query: str) -> str:
    return engine.ask(Task(query, _FORMATS)).body.decode()


def _processor_seconds() -> float:
    """Return what the engine's processes have computed so far."""
    return sum(process.processor_seconds for process in family(os.getpid())[1:])


def test_the_work_stops_when_nobody_waits_for_it(engine: Engine) -> None:
    gone = Gone()
    with ThreadPoolExecutor() as threads:
        asked = [threads.submit(engine.ask, Task(f"{_BOMB} # {i}", _FORMATS), gone) for i in range(4)]
        time.sleep(1)  # one runs, the others wait
        assert not any(future.done() for future in asked)
        gone.set()
        for future in asked:
            assert isinstance(future.exception(timeout=3), EngineError)
    before = _processor_seconds()
    time.sleep(0.5)
    assert _processor_seconds() - before < 0.2
    until(lambda: _ask(engine, _HEAVY).split() == ["n", "2250000"], 10)


def test_a_query_begins_when_its_turn_has_come(engine: Engine) -> None:
    begun = engine.begin(Task("ASK {}", _FORMATS))
    assert begun is not None
    assert begun.is_in_hand
    told: list[str] = []
    waits = engine.begin(Task("ASK {} # finds no place", _FORMATS))
    assert waits is not None
    waits.when_called(lambda: told.append("called"))
    assert not waits.start_at_once()
    assert not waits.is_in_hand
    assert begun.comes(10)
    assert not told
    reply = begun.finish()
    assert told
    assert waits.start_at_once()
    assert waits.comes(10)
    assert reply.body == waits.finish().body == b'{"head":{},"boolean":true}'
    assert begun.finish() is reply


def test_a_query_that_waits_can_be_waited_for(engine: Engine) -> None:
    tasks = [engine.begin(Task(f"ASK {{}} # {number}", _FORMATS)) for number in range(3)]
    with ThreadPoolExecutor(3) as threads:
        replies = [*threads.map(lambda begun: begun.finish() if begun is not None else None, tasks)]
    assert [reply.body for reply in replies if reply is not None] == [b'{"head":{},"boolean":true}'] * 3
    until(lambda: _ask(engine, "SELECT (1 AS ?x) {}").split() == ["x", "1"], 10)


def test_a_begun_query_ends_with_the_same_error_however_often_it_is_asked_for(engine: Engine) -> None:
    begun = engine.begin(Task("ASK {", _FORMATS))
    assert begun is not None
    for _ in range(2):
        with pytest.raises(EngineError, match="not a valid SPARQL query"):
            begun.finish()
    assert "true" in _ask(engine, "ASK {}")


def test_a_begun_query_goes_on_in_the_long_lane(engine: Engine) -> None:
    begun = engine.begin(Task(_HEAVY, _FORMATS))
    assert begun is not None
    assert begun.finish().body.split() == [b"n", b"2250000"]


def test_a_worker_is_kept_after_a_long_query(engine: Engine) -> None:
    before = _workers()
    for i in range(3):
        assert _ask(engine, f"{_LONG} # {i}").split() == ["n", "300000"]
    assert _workers() == before


def test_queries_that_wait_for_a_long_place_keep_their_work(source: Source) -> None:
    engine = Engine(source, Limits(short_queries=4, long_queries=1, short_seconds=0.01), ATTENDANT)
    try:
        _ask_together(engine, 4)
        before = _workers()
        assert len(before) > 1
        _ask_together(engine, 4)
        assert _workers() >= before
    finally:
        engine.close()


def test_queries_that_may_not_keep_their_work_begin_again(source: Source, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Worker, "own_bytes", lambda _: None)
    engine = Engine(source, Limits(short_queries=4, long_queries=1, short_seconds=0.01), ATTENDANT)
    try:
        _ask_together(engine, 8)
    finally:
        engine.close()


def test_a_query_that_waits_for_a_processor_is_not_taken_for_a_long_one(source: Source) -> None:
    engine = Engine(source, Limits(seconds=30, short_queries=4, long_queries=1, short_seconds=0.2), ATTENDANT)
    gone = Gone()
    try:
        _ask_together(engine, 2)
        with ThreadPoolExecutor() as threads:
            bomb = threads.submit(engine.ask, Task(_BOMB, _FORMATS), gone)
            time.sleep(1)  # it has the only long place by now
            computing = {pid: _spent(pid) for pid in _workers()}
            time.sleep(0.2)
            idle = {pid for pid in _workers() if _spent(pid) == computing[pid]}
            assert idle
            for pid in idle:
                os.kill(pid, signal.SIGSTOP)
            asked = threads.submit(_ask, engine, "ASK {}")
            time.sleep(0.5)
            assert not asked.done()
            for pid in idle:
                os.kill(pid, signal.SIGCONT)
            assert asked.result(timeout=1) == '{"head":{},"boolean":true}'
            assert not bomb.done()
            gone.set()
    finally:
        engine.close()


def _spent(pid: int) -> float:
    return next(process.processor_seconds for process in family(os.getpid()) if process.pid == pid)


def _workers() -> set[int]:
    (host,) = (process for process in family(os.getpid()) if process.is_host and process.parent == os.getpid())
    return {process.pid for process in family(host.pid)[1:]}


def _ask_together(engine: Engine, number: int) -> None:
    with ThreadPoolExecutor(number) as threads:
        answers = threads.map(lambda i: _ask(engine, f"{_LONG} # {i}"), range(number))
        assert {answer.split()[1] for answer in answers} == {"300000"}
