"""A Wikidata on loopback: the same interface over generated entities, with the faults a test asks for.

It speaks `wbgetentities` of the Wikibase API and the Reconciliation Service API 0.2.
"""

from __future__ import annotations

import gzip
import http.server
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, cast
from urllib.parse import parse_qs, urlsplit

Entity = dict[str, Any]


def claim(value: str, *, rank: str = "normal", item: bool = False) -> Entity:
    """Return a statement with a value."""
    content: object = {"entity-type": "item", "id": value} if item else value
    return {"mainsnak": {"snaktype": "value", "datavalue": {"value": content}}, "rank": rank, "type": "statement"}


def entity(
    identifier: str,
    names: dict[str, list[str]],
    *,
    kinds: tuple[str, ...] = (),
    above: tuple[str, ...] = (),
    codes: dict[str, str] | None = None,
) -> Entity:
    """Return an entity as the interface gives it."""
    return {
        "type": "item",
        "id": identifier,
        "title": identifier,
        "lastrevid": 1_000_000 + int(identifier[1:]) % 1_000_000,
        "modified": "2026-11-01T00:00:00Z",
        "labels": {code: {"language": code, "value": found[0]} for code, found in names.items()},
        "aliases": {
            code: [{"language": code, "value": name} for name in found[1:]]
            for code, found in names.items()
            if found[1:]
        },
        "claims": {
            "P31": [claim(kind, item=True) for kind in kinds],
            "P279": [claim(kind, item=True) for kind in above],
            **{name: [claim(value)] for name, value in (codes or {}).items()},
        },
    }


@dataclass
class Wikidata:
    """What the service has, does wrong and was asked."""

    entities: dict[str, Entity] = field(default_factory=dict)
    redirects: dict[str, str] = field(default_factory=dict)
    faults: list[str] = field(default_factory=list)
    """What goes wrong with the next requests, one each; then all is well."""
    silent: int = 0
    """How many entities at the most an answer holds; 0 is no limit. The rest is left out without a word."""
    manifest: Entity = field(
        default_factory=lambda: {
            "versions": ["0.1", "0.2"],
            "identifierSpace": "http://www.wikidata.org/entity/",
            "schemaSpace": "http://www.wikidata.org/prop/direct/",
        }
    )
    candidates: dict[str, list[Entity]] = field(default_factory=dict)
    """Name that is asked for → what is proposed."""
    asked: list[dict[str, str]] = field(default_factory=list)
    """The parameters of each request, faulty ones included."""
    agents: set[str] = field(default_factory=set)
    url: str = ""

    @property
    def api(self) -> str:
        return f"{self.url}/w/api.php"

    @property
    def reconciliation(self) -> str:
        return f"{self.url}/en/api"

    def identifiers(self) -> list[list[str]]:
        """Return the identifiers of each request for entities."""
        return [form["ids"].split("|") for form in self.asked if "ids" in form]

    def answer(self, form: dict[str, str]) -> Entity:
        if form.get("action") == "wbgetentities":
            return self._entities(form["ids"].split("|"))
        if "queries" in form:
            questions = json.loads(form["queries"])
            return {key: {"result": self.candidates.get(q["query"], [])} for key, q in questions.items()}
        return self.manifest

    def _entities(self, identifiers: list[str]) -> Entity:
        assert len(identifiers) <= 50, "the interface takes fifty"
        found: dict[str, Entity] = {}
        for identifier in identifiers:
            if identifier.endswith("000000000"):
                return {"error": {"code": "no-such-entity", "info": "Could not find it", "id": identifier}}
            target = self.redirects.get(identifier, identifier)
            if target not in self.entities:
                found[identifier] = {"id": identifier, "missing": ""}
                continue
            found[identifier] = dict(self.entities[target])
            if target != identifier:
                found[identifier]["redirects"] = {"from": identifier, "to": target}
        if self.silent:
            found = dict(list(found.items())[: self.silent])
        return {"entities": found, "success": 1}


class _Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self._respond(urlsplit(self.path).query)

    def do_POST(self) -> None:
        self._respond(self.rfile.read(int(self.headers["Content-Length"])).decode())

    def _respond(self, query: str) -> None:
        service = cast("_Server", self.server).service
        form = {name: values[-1] for name, values in parse_qs(query).items()}
        service.asked.append(form)
        service.agents.add(self.headers["User-Agent"])
        fault = service.faults.pop(0) if service.faults else ""
        status, told, body = 200, {}, b""
        match fault.partition(":")[::2]:
            case ["cut", _]:
                self.close_connection = True
                return
            case ["status", rest]:
                code, _, wait = rest.partition(",")
                status = int(code)
                told = {"Retry-After": wait} if wait else {}
            case ["maxlag", wait]:
                told = {"Retry-After": wait} if wait else {}
                body = json.dumps({"error": {"code": "maxlag", "info": "Waiting: 7 seconds lagged", "lag": 7}}).encode()
            case ["error", code]:
                body = json.dumps({"error": {"code": code, "info": "it says why"}}).encode()
            case ["html", _]:
                body = b"<html>sorry</html>"
            case ["half", _]:
                body = json.dumps(service.answer(form)).encode()[:-20]
            case _:
                body = json.dumps(service.answer(form)).encode()
        if status == 200 and fault != "plain":
            body, told["Content-Encoding"] = gzip.compress(body), "gzip"
        if fault == "half-packed":
            body = body[: len(body) // 2]
        self.send_response(status)
        for name, value in {"Content-Length": str(len(body)), **told}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


class _Server(http.server.ThreadingHTTPServer):
    service: Wikidata


@contextmanager
def wikidata() -> Iterator[Wikidata]:
    """Run a Wikidata on loopback."""
    server = _Server(("127.0.0.1", 0), _Handler)
    server.service = Wikidata(url=f"http://127.0.0.1:{server.server_port}")
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield server.service
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
