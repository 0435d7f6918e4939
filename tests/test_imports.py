"""What answers queries starts without what validates: its libraries take longer to load than a query to run."""

from __future__ import annotations

import os
import subprocess
import time
from pathlib import Path

from alliance_graph.dataset.release import Release
from conftest import COMMAND, Server, free_port

_ENVIRONMENT = {**os.environ, "PYTHONPROFILEIMPORTTIME": "1"}
"""Python, and each process it starts, then lists on standard error what it imports."""


def _imported(listing: str) -> set[str]:
    """Return the packages that an import listing names."""
    rows = [line.rpartition("|")[2].strip() for line in listing.splitlines() if line.startswith("import time:")]
    return {row.partition(".")[0] for row in rows}


def test_a_query_loads_neither_the_validator_nor_the_web(release: Release) -> None:
    done = subprocess.run(
        [str(COMMAND), "query", "-", "--release", str(release.folder), "--format", "csv"],
        input=b"SELECT ?x { VALUES ?x { 1 } }",
        capture_output=True,
        env=_ENVIRONMENT,
        check=True,
        timeout=60,
    )
    assert done.stdout == b"x\r\n1\r\n"
    imported = _imported(done.stderr.decode())
    assert {"alliance_graph", "pyoxigraph"} <= imported
    assert imported & {"rdflib", "pyshacl", "flask", "uvicorn", "owlready2"} == set()


def test_the_service_loads_no_validator(release: Release, tmp_path: Path) -> None:
    port = free_port()
    server = Server(f"http://127.0.0.1:{port}")
    with (tmp_path / "imports").open("wb") as listing:
        process = subprocess.Popen(
            [str(COMMAND), "serve", "--release", str(release.folder), "--port", str(port)],
            env=_ENVIRONMENT,
            stdout=subprocess.DEVNULL,
            stderr=listing,
        )
        try:
            deadline = time.monotonic() + 30
            while time.monotonic() < deadline:
                try:
                    assert server.fetch("/sparql?query=ASK%7B%7D").status == 200
                    break
                except OSError:
                    assert process.poll() is None
                    time.sleep(0.05)
            assert server.fetch("/").status == 200
        finally:
            process.terminate()
            process.wait(timeout=20)
    imported = _imported((tmp_path / "imports").read_text(encoding="utf-8"))
    assert {"alliance_graph", "pyoxigraph", "flask"} <= imported
    assert imported & {"rdflib", "pyshacl", "owlready2"} == set()
