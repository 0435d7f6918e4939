"""A worker that is used much makes the memory of the dataset its own, when it has nothing to do."""

from __future__ import annotations

import ctypes
import errno
import mmap
import os
import platform
import re
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
_HUGE = Path("/sys/kernel/mm/transparent_hugepage")
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


_SIZE = 5 * 1024 * 1024
_FILLED = b"as it was" * (_SIZE // 9)


@pytest.fixture
def pages() -> Iterator[mmap.mmap]:
    """Some memory, a quarter of it in use."""
    with mmap.mmap(-1, _SIZE, mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS) as pages:
        pages.madvise(mmap.MADV_DONTDUMP)  # so that the kernel tells of it apart from its neighbours
        pages[: len(_FILLED) // 4] = _FILLED[: len(_FILLED) // 4]
        yield pages


def _settle(pages: mmap.mmap, monkeypatch: pytest.MonkeyPatch) -> str:
    """Have memory settled at once; return what the kernel tells of it then (proc(5), smaps)."""
    monkeypatch.setattr(settling, "_SHARE", 10**9)
    first = ctypes.c_char.from_buffer(pages)
    place = ctypes.addressof(first)
    Settling([(place, _SIZE)]).settle(lambda _: False)
    del first
    assert pages[: len(_FILLED) // 4] == _FILLED[: len(_FILLED) // 4], "nothing has changed"
    regions = re.split(r"(?m)^(?=[0-9a-f]+-[0-9a-f]+ )", Path("/proc/self/smaps").read_text())
    return next(region for region in regions if _holds(region, place))


def _holds(region: str, place: int) -> bool:
    found = re.match(r"([0-9a-f]+)-([0-9a-f]+) ", region)
    return found is not None and int(found[1], 16) <= place < int(found[2], 16)


def _mebibytes(told: str, name: str) -> float:
    found = re.search(rf"(?m)^{name}: +(\d+) kB$", told)
    return int(found[1]) / 1024 if found else 0


@pytest.mark.skipif(_LINUX < (6, 1), reason="before Linux 6.1 no process can ask for huge pages at once")
@pytest.mark.skipif(not _HUGE.exists(), reason="this kernel was built without huge pages")
def test_it_comes_to_lie_in_huge_pages(pages: mmap.mmap, monkeypatch: pytest.MonkeyPatch) -> None:
    told = _settle(pages, monkeypatch)
    assert _mebibytes(told, "AnonHugePages") >= 2
    assert _mebibytes(told, "Rss") >= 5, "what is before and after them is copied, too"


@pytest.mark.skipif(_LINUX < (5, 14), reason="before Linux 5.14 no process can ask for pages at once")
@pytest.mark.parametrize("refused", [errno.EINVAL, errno.ENOMEM, errno.EAGAIN])
def test_where_there_is_no_huge_page_it_comes_to_lie_in_others(
    pages: mmap.mmap, monkeypatch: pytest.MonkeyPatch, refused: int
) -> None:
    def advise(start: int, size: int, advice: int) -> int:
        asked.append(advice)
        return refused if advice == settling._MADV_COLLAPSE else really(start, size, advice)

    asked: list[int] = []
    really = settling._advise
    monkeypatch.setattr(settling, "_advise", advise)
    told = _settle(pages, monkeypatch)
    assert _mebibytes(told, "Rss") >= 5
    if refused == errno.ENOMEM:
        assert asked.count(settling._MADV_COLLAPSE) == 1, "to look for one takes long"


def test_a_kernel_that_can_neither_leaves_it_at_that(pages: mmap.mmap, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settling, "_MADV_COLLAPSE", 9998)
    monkeypatch.setattr(settling, "_MADV_POPULATE_WRITE", 9999)
    assert _mebibytes(_settle(pages, monkeypatch), "Rss") < 2
