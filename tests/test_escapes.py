"""A worker reaches nothing: neither a query that slipped past admission nor code that runs in it opens a file or a socket."""

from __future__ import annotations

import socket
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

_ESCAPES = Path(__file__).parent / "escapes.py"


def test_a_query_that_slipped_past_admission_connects_nowhere() -> None:
    with socket.create_server(("127.0.0.1", 0)) as canary:
        canary.settimeout(1)
        url = f"http://127.0.0.1:{canary.getsockname()[1]}/"

        def ask(where: str) -> str:
            done = subprocess.run(
                [sys.executable, str(_ESCAPES), where, url], capture_output=True, text=True, timeout=30, check=False
            )
            assert done.returncode == 0, done.stderr
            return done.stdout

        assert ask("worker").startswith("refused: the query cannot be evaluated")
        with pytest.raises(TimeoutError):
            canary.accept()
        # The same query outside of a worker does connect, so the canary would have heard.
        canary.settimeout(20)  # a slow machine takes its time to begin
        with ThreadPoolExecutor() as listening:
            ear = listening.submit(_hear, canary)
            ask("here")
            ear.result(timeout=5)


def _hear(canary: socket.socket) -> None:
    canary.accept()[0].close()


@pytest.mark.parametrize("where", ["code", "lent"])
def test_a_worker_can_open_nothing_whatever_runs_in_it(tmp_path: Path, where: str) -> None:
    done = subprocess.run(
        [sys.executable, str(_ESCAPES), where, str(tmp_path / "written")],
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    outcomes = dict(line.split(": ", 1) for line in done.stdout.splitlines())
    assert set(outcomes) == {"read a file", "write a file", "connect", "pipe", "duplicate", "run a program"}
    assert set(outcomes.values()) == {"refused"}, outcomes
    assert not (tmp_path / "written").exists()
