"""What every request of the application shares: a dataset and the engine that answers from it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import pyoxigraph as ox
from flask import Flask, has_request_context, request

from alliance_graph.config import Config
from alliance_graph.dataset import release as releases
from alliance_graph.dataset.release import Release
from alliance_graph.engine.library import ReadyQuery, read_library
from alliance_graph.engine.pool import Engine, Reply, Task
from alliance_graph.engine.terms import term_to_json
from alliance_graph.validation.checks import Check, read_folder
from alliance_graph.validation.judge import Judge
from alliance_graph.web.cache import MEBIBYTE, Cache, digest
from alliance_graph.web.environ import CACHE_KEY, GONE, SERVICE
from alliance_graph.web.observe import Metrics

ATTENDANT = "alliance_graph.web.attendant"
"""What has a worker serve a client."""
_NAMES = """SELECT DISTINCT ?thing ?label ?rank {
  { VALUES (?property ?rank) { (rdfs:label 1) (skos:prefLabel 1) (dcterms:title 2) (ally:claimStatement 2) }
    ?thing ?property ?label }
  UNION { ?thing ally:assesses/ally:claimStatement ?label BIND(3 AS ?rank) }
  UNION { ?thing ^ally:hasMention/ally:claimStatement ?label BIND(3 AS ?rank) }
  UNION { ?thing sssom:subject_id/(rdfs:label|skos:prefLabel) ?label BIND(3 AS ?rank) }
  UNION { ?thing dqv:isMeasurementOf/rdfs:label ?label BIND(3 AS ?rank) }
  UNION {
    ?thing dcterms:language ?tag ; ^ally:hasTranslationStatus/dcterms:title ?title
    BIND(STRLANG(CONCAT(?title, " (", ?tag, ")"), LANG(?title)) AS ?label)
    BIND(3 AS ?rank)
  }
  FILTER(isIRI(?thing))
} ORDER BY ?rank ?label"""
"""A thing's names, its own first."""


@dataclass(frozen=True)
class Service:
    """A dataset being served."""

    config: Config
    release: Release | None
    """The release; None when an operator's own files are served."""
    digest: str
    """What the answers depend on; another digest may mean other answers."""
    engine: Engine
    library: dict[str, ReadyQuery]
    cache: Cache
    metrics: Metrics

    @property
    def union(self) -> bool:
        """Whether the default graph is the union of all graphs."""
        return self.release is not None or self.config.source.union

    @cached_property
    def checks(self) -> list[Check]:
        """The checks that the release passed; none where no release is served.

        Raises:
            AllianceGraphError: one of them is wrong.
        """
        return read_folder(self.release.checks) if self.release is not None else []

    @cached_property
    def judge(self) -> Judge:
        """What validates texts that are sent; it loads the project at the first one."""
        return Judge(self.config.project, self.config.limits)

    def close(self) -> None:
        """End the processes of the service; what is still to be told of its answers is told."""
        self.cache.repeats.clear()
        self.engine.close()
        self.judge.close()

    @cached_property
    def graphs(self) -> dict[str, int]:
        """The number of triples of each named graph, by its IRI."""
        rows = self.select("SELECT ?g (COUNT(*) AS ?n) { GRAPH ?g { ?s ?p ?o } } GROUP BY ?g")
        return {row["g"].value: int(row["n"].value) for row in rows}

    @cached_property
    def default_graph_size(self) -> int:
        """The number of triples in the default graph."""
        (row,) = self.select("SELECT (COUNT(*) AS ?n) { ?s ?p ?o }")
        return int(row["n"].value)

    @cached_property
    def date(self) -> str | None:
        """The latest day on which a graph was issued or changed, as in `2026-11-22`; None where no graph says."""
        (row,) = self.select(
            "SELECT (MAX(?day) AS ?last) { ?graph a dcat:Dataset ; dcterms:issued|dcterms:modified ?day }"
        )
        return row["last"].value if row["last"] else None

    @cached_property
    def names(self) -> dict[str, dict[str, str]]:
        """What everything is called: by its IRI, then by language.

        What has no name of its own has that of what it is about: an assessment the statement it assesses.
        """
        found: dict[str, dict[str, str]] = {}
        for row in self.select(_NAMES):
            label = row["label"]
            found.setdefault(row["thing"].value, {}).setdefault(label.language or "", label.value)
        return found

    def ask(self, task: Task) -> Reply:
        """Return the engine's reply; the work ends when the client whose request this is goes.

        Raises:
            EngineError: there is no answer.
        """
        if not has_request_context():
            return self.engine.ask(task)
        return self.engine.ask(task, request.environ.get(GONE), request.remote_addr or "")

    def select(self, query: str, **bindings: ox.NamedNode | ox.Literal) -> ox.QuerySolutions:
        """Return the solutions of a SELECT of our own.

        Args:
            query: the query; it has our prefixes.
            bindings: terms for variables that the query selects.

        Raises:
            EngineError: there is no answer.
        """
        bound = {name: term_to_json(term) for name, term in bindings.items()}
        reply = self.ask(Task(query, {"solutions": "json"}, bindings=bound))
        solutions = ox.parse_query_results(reply.body, format=ox.QueryResultsFormat.JSON)
        assert isinstance(solutions, ox.QuerySolutions)
        return solutions


def task_for(ready: ReadyQuery, values: Mapping[str, str], formats: Mapping[str, str | None]) -> Task:
    """Return what to ask of the engine for a ready query.

    Raises:
        AllianceGraphError: a parameter is wrong or missing.
    """
    bindings = {name: term_to_json(term) for name, term in ready.bind(values).items()}
    return Task(ready.text, formats, bindings=bindings)


def start_service(config: Config, metrics: Metrics | None = None) -> Service:
    """Start the engine for a configuration.

    Args:
        config: the configuration.
        metrics: counters to go on with; new ones if None.

    Raises:
        AllianceGraphError: the release or the files cannot be read.
    """
    cache = Cache(config.limits.cache_mebibytes * MEBIBYTE)
    metrics = metrics or Metrics()
    if config.release is None:
        digest, engine = config.source.digest(), Engine(config.source, config.limits, ATTENDANT)
        return Service(config, None, digest, engine, {}, cache, metrics)
    release = releases.read(config.release)
    library = read_library(release.folder / "queries")
    engine = Engine(release.source, config.limits, ATTENDANT)
    return Service(config, release, release.manifest.digest, engine, library, cache, metrics)


def keep(*key: object) -> None:
    """Let the response of this request be kept, and given again to whatever asks for the same."""
    request.environ[CACHE_KEY] = digest(key)


def let_go() -> None:
    """Let the response of this request not be kept."""
    request.environ.pop(CACHE_KEY, None)


def current_service() -> Service:
    """Return the service of the application that handles this request."""
    service = request.environ[SERVICE]
    assert isinstance(service, Service)
    return service


def service_of(app: Flask) -> Service:
    """Return the service of an application."""
    service = app.extensions["alliance_graph"]
    assert isinstance(service, Service)
    return service
