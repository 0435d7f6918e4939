"""What the tests share: the project, its dataset, a release, a real server and the command line."""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from email.message import Message
from pathlib import Path
from urllib.parse import urlencode

import pyoxigraph as ox
import pytest

from alliance_graph.building import build
from alliance_graph.dataset.documents import read_all
from alliance_graph.dataset.memory import add_union
from alliance_graph.dataset.project import Project, find_project
from alliance_graph.dataset.release import Release, assemble
from alliance_graph.vocabulary import BASE

REPOSITORY = Path(__file__).parents[1]
COMMAND = Path(sys.executable).with_name("alliance-graph")
SHARED = REPOSITORY.parent / "shared"
"""Reading matter beside the project; tests that need it say so when it is not there."""
BROWSER = {"Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"}
"""What a browser says that it would like to have."""


@pytest.fixture(autouse=True)
def no_leftovers() -> Iterator[None]:
    """Fail a test that leaves a child process behind."""
    before = _children()
    yield
    deadline = time.monotonic() + 2
    while (left := _children() - before - _allowed) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not left, f"child processes left behind: {sorted(left)}"


_allowed: set[int] = set()


def _children() -> set[int]:
    tasks = Path(f"/proc/{os.getpid()}/task")
    if not tasks.exists():  # not Linux: nothing to look at
        return set()
    found: set[int] = set()
    for task in tasks.iterdir():
        try:
            found |= {int(pid) for pid in (task / "children").read_text().split()}
        except OSError:
            continue
    return found


@pytest.fixture(scope="session")
def project() -> Project:
    return find_project(REPOSITORY)


def copy_of(project: Project, root: Path) -> Project:
    """Copy a project to a folder."""
    for folder in ("ontology", "data", "queries"):
        shutil.copytree(project.root / folder, root / folder)
    return find_project(root)


@pytest.fixture
def project_copy(project: Project, tmp_path: Path) -> Project:
    """A copy of the project that a test may spoil."""
    return copy_of(project, tmp_path / "project")


@pytest.fixture(scope="session")
def store(project: Project) -> ox.Store:
    """The whole dataset as queries see it, entailments included."""
    whole = assemble(project, read_all(project), {})
    add_union(whole)
    return whole


@pytest.fixture(scope="session")
def release(project: Project, tmp_path_factory: pytest.TempPathFactory) -> Release:
    made, report = build(project, tmp_path_factory.mktemp("build"))
    assert made is not None, [f"{f.place} {f.rule}" for f in report.findings]
    return made


@pytest.fixture(scope="session")
def article() -> Path:
    found = sorted((SHARED / "article").glob("*.txt")) if (SHARED / "article").is_dir() else []
    if not found:
        pytest.skip("the article is not beside the project (it is no part of it)")
    return found[0]


@dataclass(frozen=True)
class Answer:
    """An HTTP response."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def text(self) -> str:
        return self.body.decode()

    def json(self) -> dict[str, object]:
        found = json.loads(self.body)
        assert isinstance(found, dict)
        return found

    def rows(self) -> list[dict[str, str]]:
        """Return the rows of an answer in JSON, each with its values by name."""
        assert self.status == 200, self.text
        bindings = json.loads(self.body)["results"]["bindings"]
        return [{name: term["value"] for name, term in row.items()} for row in bindings]

    def problem(self, status: int, *kinds: str) -> dict[str, object]:
        """Assert that this is a problem document (RFC 9457) with all its members, of one of the kinds; return it."""
        assert self.status == status, self.text
        assert self.headers["content-type"] == "application/problem+json"
        document = self.json()
        assert document["status"] == status
        for member in ("type", "title", "detail"):
            assert isinstance(document[member], str)
            assert document[member]
        assert str(document["type"]).startswith(f"{BASE}problem/")
        assert not kinds or str(document["type"]).rpartition("/")[2] in kinds, document
        return document


def _headers(message: Message) -> dict[str, str]:
    """Return header fields by their names in small letters; a field that comes twice is one list."""
    return {name.lower(): ", ".join(message.get_all(name, [])) for name in message}


@dataclass(frozen=True)
class Server:
    """A running service."""

    url: str

    def fetch(
        self, path: str, *, method: str = "GET", headers: dict[str, str] | None = None, data: bytes | None = None
    ) -> Answer:
        """Send a request and return whatever comes back, errors included."""
        request = urllib.request.Request(self.url + path, data=data, headers=headers or {}, method=method)
        try:
            with urllib.request.urlopen(request, timeout=30) as response:
                return Answer(response.status, _headers(response.headers), response.read())
        except urllib.error.HTTPError as error:
            with error:
                return Answer(error.code, _headers(error.headers), error.read())

    def ask(self, query: str) -> Answer:
        """Send a query and return whatever comes back, in JSON if it has rows."""
        return self.fetch(f"/sparql?{urlencode({'query': query})}", headers={"Accept": "application/json"})

    def page(self, path: str) -> str:
        """Return a page, as a browser gets it."""
        answer = self.fetch(path, headers=BROWSER)
        assert answer.status == 200, (path, answer.text[:300])
        assert answer.headers["content-type"].startswith("text/html"), path
        return answer.text


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@contextmanager
def serving(*arguments: str | Path, environment: dict[str, str] | None = None) -> Iterator[Server]:
    """Run `alliance-graph serve` with these arguments on a free port."""
    port = free_port()
    process = subprocess.Popen(
        [str(COMMAND), "serve", "--log", "none", "--port", str(port), *map(str, arguments)],
        env={**os.environ, **(environment or {})},
        stderr=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    _allowed.add(process.pid)
    running = Server(f"http://127.0.0.1:{port}")
    try:
        _wait_until_up(running, process)
        yield running
    finally:
        process.terminate()
        process.communicate(timeout=20)
        _allowed.discard(process.pid)


@pytest.fixture(scope="session")
def server(release: Release) -> Iterator[Server]:
    """The real service on a free port, over the real data."""
    with serving("--release", release.folder) as running:
        yield running


def _wait_until_up(running: Server, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        if process.poll() is not None:
            pytest.fail(f"the server ended: {process.communicate()[1].decode()}")
        try:
            if running.fetch("/sparql?query=ASK%7B%7D").status == 200:
                return
        except OSError:
            time.sleep(0.05)
    pytest.fail("the server did not come up")


@dataclass(frozen=True)
class Outcome:
    """What a command gave back."""

    code: int
    out: str
    err: str

    def failure(self) -> str:
        """Assert that the command could not run and said why in one line; return the line."""
        assert self.code == 2, self
        assert self.out == ""
        assert self.err.count("\n") == 1, self.err
        assert self.err.startswith("alliance-graph: ")
        return self.err


Run = Callable[..., Outcome]


@pytest.fixture
def run(run_once: Run) -> Run:
    """Run `alliance-graph` as a user does, from the repository or another folder."""
    return run_once


@pytest.fixture(scope="session")
def run_once() -> Run:
    """The same for fixtures that several tests share."""

    def call(*arguments: str | Path, cwd: Path = REPOSITORY, stdin: str | bytes = "") -> Outcome:
        data = stdin.encode() if isinstance(stdin, str) else stdin
        done = subprocess.run(
            [str(COMMAND), *map(str, arguments)], cwd=cwd, input=data, capture_output=True, check=False, timeout=120
        )
        return Outcome(done.returncode, done.stdout.decode(), done.stderr.decode())

    return call
