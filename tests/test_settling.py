"""A worker that is used much makes the memory of the dataset its own, when it has nothing to do."""

from __future__ import annotations

import ctypes
import mmap
import os
import platform
import socket
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from alliance_graph.dataset.memory import Source
from alliance_graph.engine import settling
from alliance_graph.engine.limits import Limits
from alliance_graph.engine.pool import Engine, Task
from alliance_graph.engine.settling import Settling
from alliance_graph.web.service import ATTENDANT
from processes import family, until

_FORMATS = {"solutions": "csv", "boolean": "json", "graph": "ntriples"}
_SCAN = "SELECT (COUNT(*) AS ?n) { ?s <urn:of> ?o FILTER (STRLEN(?o) > 0) }"
_NUMBER = 20_000
_LINUX = tuple(map(int, platform.release().split(".")[:2]))


@pytest.fixture
def engine_and_worker(tmp_path: Path) -> Iterator[tuple[Engine, int]]:
    """An engine, and the process id of its one worker."""
    file = tmp_path / "many.nt"
    file.write_text("".join(f'<urn:n{i}> <urn:of> "the value of number {i}" .\n' for i in range(_NUMBER)))
    others = {process.pid for process in family(os.getpid())}  # of other tests
    engine = Engine(Source(((str(file), ""),), union=False), Limits(), ATTENDANT)
    own = [process for process in family(os.getpid()) if process.pid not in others]
    (worker,) = (process.pid for process in own if process.parent in {one.pid for one in own if one.is_host})
    yield engine, worker
    engine.close()


def _ask(engine: Engine, query: str) -> str:
    return engine.ask(Task(query, _FORMATS)).body.decode()


def _shared_bytes(pid: int) -> int:
    """Return how much memory a process shares with others that has been written to."""
    lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    return sum(int(line.split()[1]) * 1024 for line in lines if line.startswith("Shared_Dirty:"))


@pytest.mark.skipif(_LINUX < (5, 14), reason="before Linux 5.14 a worker copies pages as it reads them, and no others")
def test_what_a_worker_shares_becomes_its_own_after_a_scan(engine_and_worker: tuple[Engine, int]) -> None:
    engine, worker = engine_and_worker
    for i in range(20):
        _ask(engine, f'ASK {{ <urn:n{i}> <urn:of> "the value of number {i}" }}')
    time.sleep(0.2)
    at_first = _shared_bytes(worker)
    assert at_first > 4 * 1024 * 1024, "easy queries have it copy what they read"
    assert _ask(engine, _SCAN).split() == ["n", str(_NUMBER)]
    until(lambda: _shared_bytes(worker) < at_first / 10, 10)
    assert _ask(engine, _SCAN).split() == ["n", str(_NUMBER)]


@pytest.fixture
def memory() -> Iterator[tuple[int, int]]:
    """Some memory: where it begins, and its size."""
    size = 5 * 1024 * 1024
    with mmap.mmap(-1, size) as pages:
        first = ctypes.c_char.from_buffer(pages)
        yield ctypes.addressof(first), size
        del first


def test_a_kernel_that_cannot_leaves_it_at_that(memory: tuple[int, int], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settling, "_SHARE", 10**9)
    monkeypatch.setattr(settling, "_MADV_POPULATE_WRITE", 9999)
    ours, theirs = socket.socketpair()
    with ours, theirs:
        assert Settling([memory]).until_comes(ours) is None, "it sleeps"
