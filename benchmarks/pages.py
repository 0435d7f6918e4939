"""Measure the pages: what a first load sends, and how soon the page is answered. See benchmarks/README.md."""

from __future__ import annotations

import argparse
import http.client
import re
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import parse_qsl, urlencode, urljoin, urlsplit

from bench.processes import free_port

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests"))  # the tests list the kinds of page

from browser.kinds import KINDS

_LANGUAGES = ("en", "fr", "ar")
_PAGES = {kind: path for kind, path in KINDS.items() if "lang=" not in path}
_WARMING_LANGUAGE = "es"
_REPEATS = 20
_START_SECONDS = 60
_KILOBYTE = 1000
_ASSET = re.compile(r"""<(?:script|link|img)\b[^>]*?\b(?:src|href)="(/static/[^"]+)\"""")
_MODULE = re.compile(r"""^import\b[^;]*?["'](\.[^"']+)["'];""", re.MULTILINE)
"""A module that is loaded with another at once; the query editor comes later, by `import(…)`."""


@dataclass
class Client:
    """A browser as far as bytes and times go: one connection, compressed answers, each asset fetched once."""

    place: str
    connection: http.client.HTTPConnection = field(init=False)
    _assets: dict[str, tuple[int, tuple[str, ...]]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.connection = http.client.HTTPConnection(self.place, timeout=60)

    def fetch(self, path: str, encoding: str = "br") -> tuple[float, bytes]:
        """Return how many seconds an answer took, whatever its status, and its body as it was sent."""
        headers = {"Accept": "text/html,*/*;q=0.8", "Accept-Encoding": encoding}
        begun = time.perf_counter()
        self.connection.request("GET", path, headers=headers)
        body = self.connection.getresponse().read()
        return time.perf_counter() - begun, body

    def assets(self, html: str) -> dict[str, int]:
        """Return what a page loads at once, with what it loads in turn: each address and the bytes sent."""
        found: dict[str, int] = {}
        waiting = [*dict.fromkeys(_ASSET.findall(html))]
        while waiting:
            path = waiting.pop()
            if path in found:
                continue
            if path not in self._assets:
                text = self.fetch(path, "identity")[1].decode(errors="replace")
                modules = _MODULE.findall(text) if urlsplit(path).path.endswith(".js") else []
                needed = tuple(urljoin(path, module) for module in modules)
                self._assets[path] = (len(self.fetch(path)[1]), needed)
            found[path], needed = self._assets[path]
            waiting += needed
        return found


def main() -> None:
    """Ask every kind of page and print a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--place", help="host and port of a running service; one is started if left out")
    place = parser.parse_args().place
    if place:
        _measure(Client(place))
    else:
        with _serving() as started:
            _measure(Client(started))


def _measure(client: Client) -> None:
    for path in _PAGES.values():
        client.fetch(_in(path, _WARMING_LANGUAGE))
    print("| page | page kB | with assets kB | first ms | repeated ms |\n|---|--:|--:|--:|--:|")
    largest = slowest = 0.0
    for kind, path in _PAGES.items():
        first = statistics.median(client.fetch(_in(path, code))[0] for code in _LANGUAGES)
        repeated = statistics.median(client.fetch(path)[0] for _ in range(_REPEATS))
        page = len(client.fetch(path)[1])
        whole = page + sum(client.assets(client.fetch(path, "identity")[1].decode()).values())
        largest, slowest = max(largest, whole), max(slowest, first)
        numbers = f"{page / _KILOBYTE:.1f} | {whole / _KILOBYTE:.1f} | {first * 1000:.1f} | {repeated * 1000:.2f}"
        print(f"| {kind} | {numbers} |")
    print(f"\nlargest {largest / _KILOBYTE:.1f} kB, slowest first answer {slowest * 1000:.1f} ms")


def _in(path: str, code: str) -> str:
    """Return the address of a page in a language."""
    parts = urlsplit(path)
    return f"{parts.path}?{urlencode(dict(parse_qsl(parts.query)) | {'lang': code})}"


@contextmanager
def _serving() -> Iterator[str]:
    port = free_port()
    command = Path(sys.executable).with_name("alliance-graph")
    process = subprocess.Popen([command, "serve", "--log", "none", "--port", str(port)])
    try:
        _wait(process, port)
        yield f"127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(20)


def _wait(process: subprocess.Popen[bytes], port: int) -> None:
    deadline = time.monotonic() + _START_SECONDS
    while process.poll() is None and time.monotonic() < deadline:
        try:
            http.client.HTTPConnection("127.0.0.1", port, timeout=5).request("GET", "/readyz")
        except OSError:
            time.sleep(0.1)
        else:
            return
    sys.exit("the service did not start; what it wrote stands above")


if __name__ == "__main__":
    main()
