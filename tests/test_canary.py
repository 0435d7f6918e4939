"""Nothing a query names is ever fetched: listeners on loopback hear nothing, wherever their addresses stand."""

from __future__ import annotations

import http.client
import itertools
import socket
import threading
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from urllib.parse import quote, urlencode

import pyoxigraph as ox
import pytest

from processes import Service, running

_QUERIES = 2_000
_CLIENTS = 4


@dataclass
class Canaries:
    """Listeners, and what has connected to them."""

    urls: list[str]
    heard: list[bytes] = field(default_factory=list)

    def listen(self, listener: socket.socket) -> None:
        """Note every connection until the listener is closed."""
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            with connection:
                connection.settimeout(1)
                try:
                    self.heard.append(connection.recv(1000))
                except OSError:
                    self.heard.append(b"")


def _listeners(stack: ExitStack) -> Iterator[tuple[socket.socket, str]]:
    for family, host, shown in ((socket.AF_INET, "127.0.0.1", "127.0.0.1"), (socket.AF_INET6, "::1", "[::1]")):
        try:
            listener = stack.enter_context(socket.create_server((host, 0), family=family))
        except OSError:  # a machine without IPv6
            continue
        yield listener, f"http://{shown}:{listener.getsockname()[1]}/sparql"


@pytest.fixture(scope="module")
def canaries() -> Iterator[Canaries]:
    with ExitStack() as stack:
        listeners = [*_listeners(stack)]
        found = Canaries([url for _, url in listeners])
        threads = [threading.Thread(target=found.listen, args=(listener,)) for listener, _ in listeners]
        for thread in threads:
            thread.start()
        yield found
        for listener, _ in listeners:
            listener.shutdown(socket.SHUT_RDWR)
        for thread in threads:
            thread.join()


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    folder = tmp_path_factory.mktemp("canary")
    data = folder / "data.trig"
    data.write_text('<urn:a> <urn:b> <urn:c> , 1 , "x" . <urn:g> { <urn:a> <urn:b> <urn:c> }')
    with running(folder / "log", "--dataset", data, seconds=5) as found:
        yield found


_CLAUSES = (
    "SERVICE URL { ?x ?y ?z }",
    "SERVICE SILENT URL { ?x ?y ?z }",
    "service silent URL{}",
    "SERVICEURL{?x ?y ?z}",
    "SERVICESILENTURL{?x ?y ?z}",
    "SERVICE # a comment\nURL { ?x ?y ?z }",
    "SERVICE\tURL\n{ SELECT * { ?x ?y ?z } }",
    "SERVICE here: { ?x ?y ?z }",
    "SERVICE:x { ?x ?y ?z }",
    "SERVICE ?url { ?x ?y ?z }",
    "BIND(URL AS ?url) SERVICE ?url { ?x ?y ?z }",
    "VALUES ?url { URL } SERVICE ?url { ?x ?y ?z }",
    "SERVICE <> { ?x ?y ?z }",
    "SERVICE <sparql> { ?x ?y ?z }",
    "trueSERVICEURL{?x ?y ?z}",
    "SERVICE URL { SERVICE URL { ?x ?y ?z } }",
    "\\u0053ERVICE URL { ?x ?y ?z }",
    "LOAD URL",
    "LOAD SILENT URL INTO GRAPH <urn:g>",
    "GRAPH URL { ?x ?y ?z }",
    "?x URL ?z",
    "FILTER(URL(?x))",
    "BIND(URL(1) AS ?e)",
    "FROM URL",
    "FROM NAMED URL",
    "",
)
"""What a query might be made to fetch; a group has it where `CLAUSE` stands."""

_PATTERNS = (
    "CLAUSE",
    "?s ?p ?o . CLAUSE",
    "?s ?p 1.CLAUSE",
    "?s ?p true CLAUSE",
    "?s ?p 'x'@en.CLAUSE",
    "?s ?p [] CLAUSE ?s ?p ()",
    "CLAUSE ?s ?p ?o",
    "{ CLAUSE }",
    "{ ?s ?p ?o } UNION { CLAUSE }",
    "{ CLAUSE } UNION { ?s ?p ?o }",
    "OPTIONAL { CLAUSE }",
    "?s ?p ?o OPTIONAL { ?s ?p ?q CLAUSE }",
    "?s ?p ?o MINUS { CLAUSE }",
    "GRAPH ?g { CLAUSE }",
    "GRAPH <urn:g> { ?s ?p ?o CLAUSE }",
    "{ SELECT ?s { CLAUSE } }",
    "{ SELECT (COUNT(*) AS ?n) WHERE { CLAUSE } GROUP BY ?x HAVING (COUNT(*) > 0) }",
    "FILTER EXISTS { CLAUSE }",
    "FILTER NOT EXISTS { CLAUSE }",
    "FILTER(1 < 2 && EXISTS { CLAUSE })",
    "?s ?p ?o FILTER(?o<?p)CLAUSE FILTER(?p>?o)",
    "BIND(EXISTS { CLAUSE } AS ?e)",
    "BIND(IF(NOT EXISTS { CLAUSE }, 1, 2) AS ?e)",
    "FILTER(COALESCE(EXISTS { CLAUSE }, true) IN (true, false))",
    "VALUES ?s { 1 2 } CLAUSE",
    "?s (<urn:b>|!<urn:c>)* ?o . CLAUSE",
    "?s ?p ?o {| ?q ?r |} CLAUSE",
    "<< ?s ?p ?o >> ?q ?r . CLAUSE",
    "?s ?p '''a''' , \"\"\"b\"\"\" CLAUSE # '''\n",
)
_FORMS = (
    "SELECT * FROM_CLAUSE { PATTERN }",
    "SELECT DISTINCT ?s FROM_CLAUSE WHERE { PATTERN } ORDER BY ?s LIMIT 5",
    "SELECT (COUNT(*) AS ?n) FROM_CLAUSE { PATTERN } GROUP BY ?s HAVING (COUNT(*) >= 0)",
    "SELECT ?s FROM_CLAUSE { ?s ?p ?o } GROUP BY ?s HAVING (EXISTS { PATTERN })",
    "SELECT * FROM_CLAUSE { ?s ?p ?o } ORDER BY (EXISTS { PATTERN })",
    "SELECT (EXISTS { PATTERN } AS ?e) FROM_CLAUSE { ?s ?p ?o }",
    "SELECT (SUM(IF(EXISTS { PATTERN }, 1, 0)) AS ?n) FROM_CLAUSE { ?s ?p ?o }",
    "ASK FROM_CLAUSE { PATTERN }",
    "CONSTRUCT { ?s ?p ?o } FROM_CLAUSE WHERE { PATTERN }",
    "CONSTRUCT FROM_CLAUSE WHERE { PATTERN }",
    "CONSTRUCT { PATTERN } FROM_CLAUSE WHERE { ?s ?p ?o }",
    "DESCRIBE ?s FROM_CLAUSE { PATTERN }",
    "DESCRIBE URL FROM_CLAUSE",
    "SELECT * FROM_CLAUSE { ?s ?p ?o } VALUES ?s { URL }",
    "SELECT * FROM_CLAUSE { ?s ?p ?o } ; LOAD URL",
    "LOAD URL ; SELECT * { PATTERN }",
    "INSERT { ?s ?p ?o } WHERE { PATTERN }",
    "DELETE WHERE { PATTERN } ; LOAD URL INTO GRAPH URL",
)
_FROM = ("", "FROM URL", "FROM NAMED URL", "FROM URL FROM NAMED URL", "FROM here:", "FROM<sparql>", "from named here:x")
_PROLOGUES = (
    "",
    "PREFIX here: URL PREFIX : URL ",
    "BASE URL PREFIX here: <sparql> PREFIX : <#> ",
    "VERSION '1.2' BASE URL ",
)


def _queries(urls: Sequence[str]) -> Iterator[str]:
    """Yield every clause in every place and form once, then further combinations, nested in one another."""
    random = Random("canary")  # noqa: S311 - repeatable, not secret
    each = itertools.chain(
        itertools.product(_CLAUSES, _PATTERNS, _FORMS[:1]),
        itertools.product(_CLAUSES, _PATTERNS[:1], _FORMS),
        ((random.choice(_CLAUSES), random.choice(_PATTERNS), random.choice(_FORMS)) for _ in itertools.count()),
    )
    for number, (clause, pattern, form) in enumerate(itertools.islice(each, _QUERIES)):
        nested = pattern
        if number % 5 == 4:
            nested = random.choice(_PATTERNS).replace("CLAUSE", pattern, 1)
        query = random.choice(_PROLOGUES) + form.replace("FROM_CLAUSE", random.choice(_FROM))
        query = query.replace("PATTERN", nested.replace("CLAUSE", clause))
        yield query.replace("URL", f"<{urls[number % len(urls)]}>")


def _send(connection: http.client.HTTPConnection, number: int, query: str, url: str) -> int:
    """Send a query in one of the ways of the protocol, now and then with the address as a graph's."""
    graphs = {0: "", 1: urlencode({"default-graph-uri": url}), 2: urlencode({"named-graph-uri": url})}[number // 4 % 3]
    kind = {"Content-Type": "application/sparql-query"}
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    match number % 4:
        case 0:
            connection.request("GET", f"/sparql?query={quote(query)}&{graphs}")
        case 1:
            connection.request("POST", f"/sparql?{graphs}", query.encode(), kind)
        case 2:
            connection.request("POST", "/sparql", f"query={quote(query)}&{graphs}".encode(), form)
        case _:
            update = "application/sparql-update" if "LOAD" in query else kind["Content-Type"]
            connection.request("POST", f"/sparql?{graphs}", query.encode(), {"Content-Type": update})
    response = connection.getresponse()
    response.read()
    return response.status


def test_nothing_that_a_query_names_is_fetched(service: Service, canaries: Canaries) -> None:
    before = [*canaries.heard]
    queries = [*enumerate(_queries(canaries.urls))]
    assert len(queries) == _QUERIES

    def client(share: list[tuple[int, str]]) -> Counter[int]:
        connection = http.client.HTTPConnection("127.0.0.1", service.port, timeout=30)
        url = canaries.urls[0]
        try:
            return Counter(_send(connection, number, query, url) for number, query in share)
        finally:
            connection.close()

    seen: Counter[int] = Counter()
    with ThreadPoolExecutor(_CLIENTS) as clients:
        for part in clients.map(client, [queries[i::_CLIENTS] for i in range(_CLIENTS)]):
            seen += part
    assert canaries.heard == before
    assert set(seen) <= {200, 400, 403, 406}
    # Of each kind many: what was refused by name, what was not SPARQL, and what was answered from our own data.
    assert min(seen[200], seen[400], seen[403]) > 100, seen


def test_the_engine_by_itself_would_fetch_many_of_them(canaries: Canaries) -> None:
    before = len(canaries.heard)
    store = ox.Store()
    store.add(ox.Quad(ox.NamedNode("urn:a"), ox.NamedNode("urn:b"), ox.NamedNode("urn:c")))
    for query in itertools.islice(_queries(canaries.urls), 500):
        with suppress(SyntaxError, ValueError, RuntimeError, OSError):
            results = store.query(query)
            if not isinstance(results, ox.QueryBoolean):
                list(results)
    assert len(canaries.heard) - before > 50


def test_what_does_connect_is_heard(canaries: Canaries) -> None:
    for url in canaries.urls:
        host, _, port = url.removeprefix("http://").removesuffix("/sparql").rpartition(":")
        before = len(canaries.heard)
        with socket.create_connection((host.strip("[]"), int(port)), timeout=5) as connection:
            connection.sendall(b"heard")
            connection.shutdown(socket.SHUT_WR)
            assert connection.recv(1) == b""
        assert canaries.heard[before:] == [b"heard"]


def test_a_file_that_a_query_names_is_not_read(service: Service, tmp_path: Path) -> None:
    secret = tmp_path / "secret.ttl"
    secret.write_text('<urn:s> <urn:p> "told" .')
    for dataset in (f"FROM <{secret.as_uri()}>", f"FROM NAMED <{secret.as_uri()}>", f"FROM <{secret}>"):
        for pattern in ("?s ?p ?o", "GRAPH ?g { ?s ?p ?o }", f"GRAPH <{secret.as_uri()}> {{ ?s ?p ?o }}"):
            assert b"told" not in service.ask(f"SELECT * {dataset} {{ {pattern} }}").body
