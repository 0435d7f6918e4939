"""What every request of the application shares: a dataset and the engine that answers from it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import pyoxigraph as ox
from flask import Flask, request

from alliance_graph.config import Config
from alliance_graph.dataset import release as releases
from alliance_graph.dataset.release import Release
from alliance_graph.engine.library import ReadyQuery, read_library
from alliance_graph.engine.pool import Engine, Task
from alliance_graph.engine.terms import term_to_json
from alliance_graph.web.cache import MEBIBYTE, Cache
from alliance_graph.web.environ import SERVICE
from alliance_graph.web.observe import Metrics


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
    def graphs(self) -> dict[str, int]:
        """The number of triples of each named graph, by its IRI."""
        rows = self.select("SELECT ?g (COUNT(*) AS ?n) { GRAPH ?g { ?s ?p ?o } } GROUP BY ?g")
        return {row["g"].value: int(row["n"].value) for row in rows}

    @cached_property
    def default_graph_size(self) -> int:
        """The number of triples in the default graph."""
        (row,) = self.select("SELECT (COUNT(*) AS ?n) { ?s ?p ?o }")
        return int(row["n"].value)

    def select(self, query: str) -> ox.QuerySolutions:
        """Return the solutions of a SELECT of our own.

        Raises:
            EngineError: there is no answer.
        """
        reply = self.engine.ask(Task(query, {"solutions": "json"}))
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
        digest, engine = config.source.digest(), Engine(config.source, config.limits)
        return Service(config, None, digest, engine, {}, cache, metrics)
    release = releases.read(config.release)
    library = read_library(release.folder / "queries")
    engine = Engine(release.source, config.limits)
    return Service(config, release, release.manifest.digest, engine, library, cache, metrics)


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
