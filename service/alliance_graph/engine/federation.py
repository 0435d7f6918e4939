"""Asking other endpoints, where an operator allows it by name.

The workers cannot reach a network, and the engine that could is never let. What this module does
instead is what the SPARQL 1.1 Federated Query recommendation (section 2) says a SERVICE clause
means: the pattern in it is asked of the other endpoint by itself, and its solutions are joined
with the rest. So a clause with an allowed constant IRI is replaced by a marker, the endpoint is
asked from here, and the worker puts the solutions, as VALUES, in the place of the marker after the
query has passed admission. A clause that is not allowed stays, and admission refuses it.
"""

from __future__ import annotations

import http.client
import ipaddress
import re
import secrets
import ssl
from collections.abc import Callable, Mapping, Set
from dataclasses import dataclass
from urllib.parse import urlencode, urlsplit

import pyoxigraph as ox

from alliance_graph import __version__
from alliance_graph.engine.limits import Limits
from alliance_graph.engine.tokens import TOKEN, line_and_column
from alliance_graph.errors import AllianceGraphError
from alliance_graph.vocabulary import PREFIXES

_FORMS = frozenset(("SELECT", "ASK", "CONSTRUCT", "DESCRIBE"))
_AGENT = f"alliance-graph/{__version__} (SPARQL federation)"
_ACCEPT = "application/sparql-results+json"


class RemoteError(AllianceGraphError):
    """Another endpoint gave no usable answer."""


@dataclass(frozen=True)
class Clause:
    """A SERVICE clause in a query."""

    start: int
    end: int
    iri: str
    silent: bool
    pattern: str
    """What stands between the braces."""


Fetch = Callable[[str, str], bytes]
"""Sends a query to an address and returns the answer in JSON, or raises RemoteError."""


def resolve(query: str, allowed: Set[str], fetch: Fetch) -> tuple[str, dict[str, str]]:
    """Ask the allowed endpoints that a query names.

    Args:
        query: the query.
        allowed: IRIs of the endpoints the operator allows.
        fetch: how one is asked.

    Returns:
        The query with a marker for each clause that was asked, and what each marker stands for.

    Raises:
        RemoteError: an endpoint that is not asked silently gave no answer.
    """
    inlined: dict[str, str] = {}
    parts: list[str] = []
    at = 0
    for clause in _clauses(query, allowed):
        # Not to be guessed, so that nobody can write a marker of their own.
        marker = f'{{ BIND("{secrets.token_hex(16)}" AS ?_marker) }}'
        inlined[marker] = _ask(query, clause, fetch)
        parts += [query[at : clause.start], marker]
        at = clause.end
    return "".join([*parts, query[at:]]), inlined


def _clauses(query: str, allowed: Set[str]) -> list[Clause]:
    """Return the allowed clauses of a query that are not within one another."""
    tokens = [t for t in TOKEN.finditer(query) if t.lastgroup not in ("space", "comment")]
    found: list[Clause] = []
    for i, token in enumerate(tokens):
        if token[0].upper() != "SERVICE" or (found and token.start() < found[-1].end):
            continue
        silent = i + 1 < len(tokens) and tokens[i + 1][0].upper() == "SILENT"
        name, *rest = tokens[i + 1 + silent :] or [token]
        if name.lastgroup != "iri" or name[0][1:-1] not in allowed or not rest or rest[0][0] != "{":
            continue
        end = _closing(rest)
        if end is not None:
            pattern = query[rest[0].end() : end.start()]
            found.append(Clause(token.start(), end.end(), name[0][1:-1], silent, pattern))
    return found


def _closing(tokens: list[re.Match[str]]) -> re.Match[str] | None:
    """Return the brace that closes the one at the beginning."""
    depth = 0
    for token in tokens:
        depth += (token[0] == "{") - (token[0] == "}")
        if depth == 0:
            return token
    return None


def _ask(query: str, clause: Clause, fetch: Fetch) -> str:
    """Return the solutions of a clause's pattern as a VALUES block."""
    try:
        answer = fetch(clause.iri, f"{_prologue(query, clause.pattern)}SELECT * WHERE {{{clause.pattern}}}")
        return _values(answer)
    except RemoteError as error:
        if clause.silent:
            return "VALUES () { () }"  # one solution without bindings (section 2.3 of the recommendation)
        line, column = line_and_column(query, clause.start)
        error.place = f"line {line}, column {column}: SERVICE <{clause.iri}>"
        raise


def _prologue(query: str, pattern: str) -> str:
    """Return the prologue of a query, and the project's prefixes that the pattern uses beside it."""
    start = next((t.start() for t in TOKEN.finditer(query) if t.lastgroup == "word" and t[0].upper() in _FORMS), 0)
    declared = query[:start]
    used = {t["prefix"] for t in TOKEN.finditer(pattern) if t.lastgroup == "name" and t["prefix"]}
    ours = "".join(f"PREFIX {p}: <{PREFIXES[p]}>\n" for p in sorted(used & PREFIXES.keys()))
    return f"{ours}{declared}\n"


def _values(answer: bytes) -> str:
    """Return a result as a VALUES block; its terms are written by the serialiser, so they stay terms."""
    try:
        results = ox.parse_query_results(answer, format=ox.QueryResultsFormat.JSON)
        if not isinstance(results, ox.QuerySolutions):
            raise RemoteError("answered yes or no where a table was asked for")
        names = results.variables
        rows = [[_term(solution[name]) for name in names] for solution in results]
    except (SyntaxError, ValueError) as error:
        raise RemoteError(f"gave an answer that is no SPARQL result: {error}") from None
    head = " ".join(f"?{name.value}" for name in names)
    return f"VALUES ({head}) {{ {' '.join('(' + ' '.join(row) + ')' for row in rows)} }}"


def _term(term: ox.NamedNode | ox.BlankNode | ox.Literal | ox.Triple | None) -> str:
    if term is None:
        return "UNDEF"
    if isinstance(term, (ox.NamedNode, ox.Literal)):
        return str(term)
    raise RemoteError("has blank nodes or quoted triples in its answer, which cannot be joined with other data")


def http_fetch(limits: Limits) -> Fetch:
    """Return what asks endpoints over HTTP: no redirects, no private address but one named as such."""

    def fetch(address: str, query: str) -> bytes:
        try:
            return _post(address, query, limits)
        except (OSError, http.client.HTTPException) as error:
            raise RemoteError(f"cannot be reached: {error}", "try again later") from None

    return fetch


def _post(address: str, query: str, limits: Limits) -> bytes:
    parts = urlsplit(address)
    host = parts.hostname or ""
    port = parts.port or (443 if parts.scheme == "https" else 80)
    if parts.scheme == "https":
        context = ssl.create_default_context()
        connection: http.client.HTTPConnection = http.client.HTTPSConnection(
            host, port, timeout=limits.seconds, context=context
        )
    else:
        connection = http.client.HTTPConnection(host, port, timeout=limits.seconds)
    try:
        connection.connect()
        # Looked at when connected: a name may mean another address than a moment ago.
        _check_peer(host, connection.sock.getpeername()[0])
        target = f"{parts.path or '/'}{'?' + parts.query if parts.query else ''}"
        headers = {"Accept": _ACCEPT, "User-Agent": _AGENT, "Content-Type": "application/x-www-form-urlencoded"}
        connection.request("POST", target, urlencode({"query": query}), headers)
        response = connection.getresponse()
        if 300 <= response.status < 400:
            raise RemoteError("answered with a redirect, which is not followed", "name the address it leads to")
        if response.status != 200:
            raise RemoteError(f"answered with status {response.status}")
        body = response.read(limits.answer_bytes + 1)
        if len(body) > limits.answer_bytes:
            raise RemoteError(f"gave an answer larger than {limits.answer_mebibytes} MiB", "ask it for less")
        return body
    finally:
        connection.close()


def _check_peer(host: str, address: str) -> None:
    """Refuse a private address behind a public name (server-side request forgery)."""
    peer = ipaddress.ip_address(address.partition("%")[0])
    named = host == "localhost" or _is_address(host)
    if not peer.is_global and not named:
        raise RemoteError(f"has the private address {peer}", "the operator can allow the address itself")


def _is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


def check_allowed(iris: Set[str]) -> None:
    """Check the endpoints an operator names.

    Raises:
        AllianceGraphError: one is not an absolute http or https IRI.
    """
    for iri in sorted(iris):
        parts = urlsplit(iri)
        if parts.scheme not in ("http", "https") or not parts.hostname or parts.username is not None:
            raise AllianceGraphError(
                "not the address of an endpoint", "write https://…, without user name", place=f"--allow-service {iri}"
            )


def inline(query: str, inlined: Mapping[str, str]) -> str:
    """Return an admitted query with the solutions of other endpoints in the place of their markers."""
    for marker, values in inlined.items():
        query = query.replace(marker, values)
    return query
