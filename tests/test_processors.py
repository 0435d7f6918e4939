"""A worker keeps off the processor of those who wait for it, and stays free to use any."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

from alliance_graph.engine import processors

_ALLOWED = os.sched_getaffinity(0)


@pytest.fixture
def here() -> Iterator[int]:
    """The processor that runs this, by its number."""
    number = min(_ALLOWED)
    os.sched_setaffinity(0, {number})
    assert processors.current() == number
    yield number
    os.sched_setaffinity(0, _ALLOWED)


@pytest.mark.skipif(len(_ALLOWED) < 2, reason="there is only one processor to be on")
def test_it_goes_to_another_processor_and_may_come_back(here: int) -> None:
    os.sched_setaffinity(0, _ALLOWED)
    for _ in range(100):
        if processors.current() == here:
            processors.keep_off(here)
            if processors.current() != here:  # the kernel may have brought it back, but not each time
                break
    assert processors.current() != here
    assert os.sched_getaffinity(0) == _ALLOWED


def test_it_stays_where_it_has_no_other(here: int) -> None:
    processors.keep_off(here)
    assert processors.current() == here
    assert os.sched_getaffinity(0) == {here}
